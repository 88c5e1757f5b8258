/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimActivationCode:
 *
 * SGP.22 4.1: what a person types, or scans, to order a download.
 */
typedef struct {
  char *smdp_address; /* FQDN, in lower case */
  char *matching_id;  /* "" = none */
  char *smdp_oid;     /* nullable: the OID that CERT.DPauth must have */
  gboolean confirmation_code_required;
  char *ci_key_id;        /* nullable: upper-case hexadecimal; SGP.22 v3 */
  gboolean device_change; /* SGP.22 v3: the profile comes from another device */
} EsimActivationCode;

/* Octets of a text that is looked at at all, blanks and prefix included. */
#define ESIM_ACTIVATION_CODE_TEXT_MAX 1024

/**
 * esim_activation_code_parse:
 * @text: with or without "LPA:" (either case); blanks around it are passed over; at most
 *   %ESIM_ACTIVATION_CODE_TEXT_MAX octets
 *
 * The whole grammar: 1$address$[matching id][$[OID][$[1][$[CI key id][$[1]]]]].
 *
 * Errors: INVALID_ARGUMENT's own kind, INVALID_ACTIVATION_CODE, in words that say which part is wrong, with
 * ESIM_DETAIL_POSITION (u: of the first wrong character in @text, from 1) and ESIM_DETAIL_PART (s: "code",
 * "format", "address", "matching-id", "oid", "confirmation-flag", "ci-key-id", "device-change-flag"). The
 * words never repeat the code, since it is as good as a password.
 */
EsimActivationCode *esim_activation_code_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Wipes what it held. */
void esim_activation_code_free (EsimActivationCode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimActivationCode, esim_activation_code_free)

/**
 * esim_activation_code_check_matching_id:
 * @matching_id: "" = none
 *
 * For a matching id that did not come in a code: an option, or the id of an event, which is any text by the
 * ASN.1 module. There are operators, too, who give out small letters, against 4.1; this is the way for those.
 *
 * Errors: INVALID_ARGUMENT.
 */
gboolean
esim_activation_code_check_matching_id (const char *matching_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
