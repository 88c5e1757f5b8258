/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-offer.h"

G_BEGIN_DECLS

/*
 * Downloads from what @code and @options (a{sv}, floating or not, taken) name onto @euicc, and tells what
 * came of it. Returns: an EsimctlExit; any value with @error set.
 */
int
esimctl_fetch (EsimctlOffer *offer, EsimEuicc *euicc, const char *code, GVariant *options, GError **error);

/* The options of a verb that downloads; esimctl_fetch_begin() puts them into an EsimctlOffer. */
typedef struct {
  gboolean yes;
  gboolean accept_rules;
  gboolean allow_test;
  char *code_file; /* of the confirmation code */
} EsimctlFetchOptions;

#define ESIMCTL_FETCH_ENTRIES(options)                                                                       \
  {"yes", 'y', 0, G_OPTION_ARG_NONE, &(options)->yes, N_ ("Install what the server offers; do not ask"),     \
   NULL},                                                                                                    \
      {"accept-rules",                                                                                       \
       0,                                                                                                    \
       0,                                                                                                    \
       G_OPTION_ARG_NONE,                                                                                    \
       &(options)->accept_rules,                                                                             \
       N_ ("Agree to the operator's rules, such as that the profile may not be deleted"),                    \
       NULL},                                                                                                \
      {"allow-test-profile",                                                                                 \
       0,                                                                                                    \
       0,                                                                                                    \
       G_OPTION_ARG_NONE,                                                                                    \
       &(options)->allow_test,                                                                               \
       N_ ("A test profile may be installed"),                                                               \
       NULL},                                                                                                \
  {                                                                                                          \
    "confirmation-code-file", 0, 0, G_OPTION_ARG_FILENAME, &(options)->code_file,                            \
        N_ ("The file whose first line is the confirmation code; “-”: standard input"), N_ ("FILE")          \
  }

/* Sets up @offer. Returns: %FALSE with @error set. */
gboolean esimctl_fetch_begin (EsimctlContext *context, EsimctlFetchOptions *options, EsimctlOffer *offer,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
