/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of the package mobile-broadband-provider-info. */
#define ESIM_APN_FILE "/usr/share/mobile-broadband-provider-info/serviceproviders.xml"

/* One way to the internet. Strings are never %NULL; "" without. */
typedef struct {
  char *apn;
  char *user_name;
  char *password;
  char *provider; /* as the file names it */
} EsimApn;

void esim_apn_free (EsimApn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimApn, esim_apn_free)

/**
 * EsimApnVerdict:
 * @ESIM_APN_NOT_FOUND: the file knows no way to the internet for this operator
 * @ESIM_APN_FOUND: there is one
 * @ESIM_APN_AMBIGUOUS: there are several that differ, and nothing tells which: somebody has to choose
 */
typedef enum {
  ESIM_APN_NOT_FOUND,
  ESIM_APN_FOUND,
  ESIM_APN_AMBIGUOUS,
} EsimApnVerdict;

/* candidates (element-type EsimApn): none, one, or several. */
typedef struct {
  EsimApnVerdict verdict;
  GPtrArray *candidates;
} EsimApnAnswer;

void esim_apn_answer_free (EsimApnAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimApnAnswer, esim_apn_answer_free)

/**
 * esim_apn_look_up:
 * @file: most often ESIM_APN_FILE
 * @home_operator: MCC and MNC, 5 or 6 digits, of the profile and not of the network that it is in: abroad
 * that one's APN would be the wrong one
 * @service_provider: (nullable): the profile's
 *
 * An MNC is looked for as it is written, and if it is unknown so, with or without a leading zero.
 *
 * Resellers have the MCC and MNC of their host. If the service provider's name fits the name of some of the
 * providers with that MCC and MNC, these are the ones, and no others; else all of them, and they have to
 * agree. A group identifier (GID1) would tell resellers apart better; the file has none.
 *
 * Counted are APNs whose usage is "internet"; only where a provider has none of these, those that serve the
 * internet among others ("mms-internet-…"), and only where it has neither, those whose usage is not told.
 *
 * Reads the file from its beginning to its end, some milliseconds, and keeps nothing of it. Any thread.
 *
 * Returns: (transfer full): %NULL on error: NOT_FOUND (no such file), INVALID_ARGUMENT (@home_operator),
 * STORAGE_ERROR (cannot be read, or is no list of providers), LIMIT_EXCEEDED
 */
EsimApnAnswer *esim_apn_look_up (const char *file, const char *home_operator, const char *service_provider,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_apn_is_valid:
 * Returns: whether NetworkManager takes @text for an APN: 1 to 64 letters, digits, ". - _"
 */
gboolean esim_apn_is_valid (const char *text);

G_END_DECLS
