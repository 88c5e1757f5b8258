/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr-euicc.h"
#include "esim-isdr-rsp.h"
#include "esim-manager.h"

G_BEGIN_DECLS

/**
 * The verbs of org.esimd1.Euicc that bring profiles, and what goes with them. As those of esim-verbs.h.
 */

/**
 * EsimDownloadOptions:
 * @code: an activation code, or ""
 * @smdp_address: instead of @code; both "": the card's default SM-DP+
 * @matching_id: goes with @smdp_address; "" = none
 * @confirmation_code: (nullable): as a person typed it beforehand. It is copied, and the copy wiped
 * @allow_test: a profile of class "test" may be installed
 */
typedef struct {
  const char *code;
  const char *smdp_address;
  const char *matching_id;
  const char *confirmation_code;
  gboolean allow_test;
} EsimDownloadOptions;

/* The form of what was given, which no card and no server is needed for: before a person is asked for a
 * password. INVALID_ACTIVATION_CODE, INVALID_ARGUMENT, NOT_SUPPORTED (a kind of code). */
gboolean
esim_verb_download_check (const EsimDownloadOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for the address of a server, "" being none. INVALID_ARGUMENT. */
gboolean esim_verb_address_check (const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* INVALID_ACTIVATION_CODE, INVALID_ARGUMENT, NOT_SUPPORTED (an eIM manages this card). Its result: "iccid" s,
 * "root-key-id" s, "notification" s ("pending", "acknowledged", "refused", ""); the caller adds "profile". */
EsimOperation *
esim_verb_download (EsimManager *manager, EsimEuicc *euicc, guint requester,
                    const EsimDownloadOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @addresses: (nullable): these discovery servers; else those that the card names. INVALID_ARGUMENT. Its
 * result: "orders" aa{sv}, "problems" aa{sv}. */
EsimOperation *esim_verb_discover (EsimManager *manager, EsimEuicc *euicc, guint requester,
                                   const char *const *addresses, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimResetOptions:
 * @eid: as a person typed it
 * @contracts_continue: the caller knows that this ends no contract
 * @allow_disconnect: it is not asked before the machine's only way to the network is cut
 */
typedef struct {
  EsimMemoryReset what;
  const char *eid;
  gboolean contracts_continue;
  gboolean allow_disconnect;
} EsimResetOptions;

/* INVALID_ARGUMENT (nothing to take away, another EID, operational profiles without @contracts_continue),
 * WRONG_STATE (a deregistration of one of them is open). Result: "deleted" as. */
EsimOperation *
esim_verb_reset_memory (EsimManager *manager, EsimEuicc *euicc, guint requester,
                        const EsimResetOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @address: "" takes it away. INVALID_ARGUMENT. */
EsimOperation *esim_verb_set_default_address (EsimManager *manager, EsimEuicc *euicc, guint requester,
                                              const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In the main thread, once. @type: "image/png", "image/jpeg", or "" with no @icon. */
typedef void (*EsimIconDone) (const char *type, GBytes *icon, const GError *error, gpointer user_data);

/* Reads a profile's icon from the card, without an operation. @free_data: (nullable), after @done */
void esim_verb_get_icon (EsimManager *manager, EsimEuicc *euicc, const char *iccid, EsimIconDone done,
                         gpointer user_data, GDestroyNotify free_data);

G_END_DECLS
