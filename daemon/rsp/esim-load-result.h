/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-notification.h"

G_BEGIN_DECLS

/**
 * EsimLoadResult:
 * @installed: whether the profile is on the card
 * @aid: (nullable): of its ISD-P, where @installed
 * @transaction_id: of the session that it ends
 * @notification: its number, recipient and ICCID, and the signed object byte for byte: what is delivered
 * @command: where the card stopped, a BppCommandId; -1 where @installed
 * @reason: why, an ErrorReason; -1 where @installed
 *
 * ProfileInstallationResult (BF37; SGP.22 2.5.6): what the card has to say of a package, good or bad. It ends
 * the session, and is to be kept before anything else is done.
 */
typedef struct {
  gboolean installed;
  GBytes *aid;
  GBytes *transaction_id;
  EsimNotification *notification;
  gint command;
  gint reason;
} EsimLoadResult;

/* @bytes: BF37. CARD_ERROR: it cannot be read; where it is a BF37 at all it can be kept and delivered all the
 * same. */
EsimLoadResult *esim_load_result_parse (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_load_result_free (EsimLoadResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimLoadResult, esim_load_result_free)

/* %TRUE if @installed; else the typed error of esim_bpp_words_make_error(). */
gboolean esim_load_result_check (const EsimLoadResult *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
