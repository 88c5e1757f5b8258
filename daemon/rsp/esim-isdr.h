/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-apdu.h"
#include "esim-euicc-info.h"
#include "esim-notification.h"
#include "esim-profile-info.h"

G_BEGIN_DECLS

/**
 * EsimIsdr:
 *
 * A session with the ISD-R of an eUICC on a logical channel of its own: the functions of ES10b and ES10c,
 * each one command (those of a download: esim-isdr-rsp.h). Opened, used and freed in the card's worker;
 * freeing it closes the channel. The EID is read when it is opened, so a session speaks for one card from its
 * first to its last APDU: a card that is swapped takes the channel along.
 *
 * Errors of all functions: those of #EsimCard; CARD_ERROR for an answer that the standard does not know; a
 * result code other than ok becomes a typed error with ESIM_DETAIL_RESULT_CODE and ESIM_DETAIL_FUNCTION.
 */
typedef struct _EsimIsdr EsimIsdr;

/* NOT_SUPPORTED if the card has no ISD-R. */
EsimIsdr *esim_isdr_open (EsimCard *card, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_isdr_free (EsimIsdr *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimIsdr, esim_isdr_free)

/* (transfer full): frees it; whether its channel is closed now. Over a port that has hung up nothing is. */
gboolean esim_isdr_close (EsimIsdr *self);

/* Frees it without closing the channel: after an accepted switch, when the modem resets the card by itself.
 */
void esim_isdr_abandon (EsimIsdr *self);

const char *esim_isdr_get_eid (EsimIsdr *self);

/**
 * esim_isdr_is_iot:
 * Whether the answer to the SELECT told that this is an eUICC of SGP.32 (3.8.4: its template E1), made to be
 * managed by an eIM. It costs no command. %FALSE is no proof: not every way to select gives the template; see
 * EsimEuiccInfo.is_iot, which is sure.
 */
gboolean esim_isdr_is_iot (EsimIsdr *self);

/* (transfer full) (element-type EsimProfileInfo). One APDU; only the tags that are used, no icons. */
GPtrArray *esim_isdr_list_profiles (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* BF20 as the card gave it, for InitiateAuthentication. It does not change while a card is there, so it is
 * asked for once a session: esim_isdr_get_info1() reads the same octets, whichever is called first. */
GBytes *esim_isdr_get_info1_bytes (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimEuiccInfo *esim_isdr_get_info1 (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimEuiccInfo *esim_isdr_get_info2 (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_isdr_enable:
 * @profile: named to the card by its AID where there is one (a card in the field refuses the ICCID), else by
 * ICCID
 * @refresh: the refreshFlag
 *
 * Errors: NOT_FOUND, WRONG_STATE (not disabled), POLICY_VIOLATION (the enabled one may not be disabled), BUSY
 * (catBusy: try again after a while).
 */
gboolean esim_isdr_enable (EsimIsdr *self, const EsimProfileInfo *profile, gboolean refresh,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND, WRONG_STATE (not enabled), POLICY_VIOLATION, BUSY. */
gboolean esim_isdr_disable (EsimIsdr *self, const EsimProfileInfo *profile, gboolean refresh,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND, WRONG_STATE (not disabled), POLICY_VIOLATION. */
gboolean
esim_isdr_delete (EsimIsdr *self, const EsimProfileInfo *profile, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a nickname may be: INVALID_ARGUMENT for more than 64 octets, text that is not UTF-8 or has control
 * characters. */
gboolean esim_isdr_check_nickname (const char *nickname, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* INVALID_ARGUMENT as above; NOT_FOUND. */
gboolean esim_isdr_set_nickname (EsimIsdr *self, const char *iccid, const char *nickname,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full) (element-type EsimNotification): metadata alone. */
GPtrArray *esim_isdr_list_notifications (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full) (element-type EsimNotification): all that are pending, signed; one APDU.
 * @left_out: (out) (optional): how many there are that cannot be read. */
GPtrArray *
esim_isdr_retrieve_notifications (EsimIsdr *self, guint *left_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NotificationSent: takes it from the card's list. One that is not there is success. */
gboolean
esim_isdr_remove_notification (EsimIsdr *self, guint64 sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
