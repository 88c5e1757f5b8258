/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka.h"
#include "esim-card-slot.h"

G_BEGIN_DECLS

/**
 * EsimCard:
 *
 * A slot of a modem (or a reader) with a UICC in it, as a transport offers it: logical channels and APDUs,
 * and what a switch of profiles needs of the modem. Everything here belongs to the worker in which the card
 * was opened: each function waits there until it has its answer, and must be called from there.
 *
 * Errors of all functions: CARD_REMOVED (the device or the card went away: the object is of no use any more,
 * see esim_card_is_gone()), MODEM_ERROR (with ESIM_DETAIL_MODEM_STATUS), TIMED_OUT, CARD_ERROR (with
 * ESIM_DETAIL_STATUS_WORD), LIMIT_EXCEEDED (an answer longer than anything the standard knows).
 *
 * Signals:
 *  "gone": the device vanished. Emitted once, in the worker.
 *  "changed": the modem said that the card or its subscription changed although nobody here asked for it. In
 * the worker.
 *  "reset": the modem began to read the card again although nobody here asked for it: channels are closed. In
 * the worker, before "changed" if that comes at all.
 *  "slots": esim_card_list_slots() may tell something new, of whichever slot. In the worker.
 */
#define ESIM_TYPE_CARD (esim_card_get_type ())
G_DECLARE_INTERFACE (EsimCard, esim_card, ESIM, CARD, GObject)

#define ESIM_CARD_CHANNEL_MAX 19
#define ESIM_CARD_RESPONSE_MAX 65536

/**
 * EsimCardReset:
 * @ESIM_CARD_RESET_SESSION: the modem's use of the card ends and begins anew (its provisioning session)
 * @ESIM_CARD_RESET_CARD: the UICC loses its power, or is reset as if
 * @ESIM_CARD_RESET_MODEM: the modem starts anew; its ports may go and come back
 *
 * How hard a modem is made to read its card again, the gentlest first.
 */
typedef enum {
  ESIM_CARD_RESET_SESSION,
  ESIM_CARD_RESET_CARD,
  ESIM_CARD_RESET_MODEM,
} EsimCardReset;

/**
 * EsimCardLine:
 * @iccid: digits; %NULL if the modem shows none
 * @imsi: digits; %NULL likewise
 * @others: how many further slots with a card the modem uses at the same time
 *
 * The line that the modem itself would authenticate with, as it says. To be cleared by
 * esim_card_line_clear().
 */
typedef struct {
  char *iccid;
  char *imsi;
  guint others;
} EsimCardLine;

void esim_card_line_clear (EsimCardLine *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimCardLine, esim_card_line_clear)

struct _EsimCardInterface {
  GTypeInterface parent;

  gboolean (*open_channel) (EsimCard *self, const guint8 *aid, gsize aid_length, guint *channel,
                            GBytes **answer, GError **error);
  gboolean (*transmit) (EsimCard *self, guint channel, const guint8 *command, gsize length,
                        GByteArray *response, guint16 *status_word, GError **error);
  gboolean (*close_channel) (EsimCard *self, guint channel, GError **error);
  gboolean (*close_stale) (EsimCard *self, GError **error);
  guint (*get_segment_size) (EsimCard *self);
  gboolean (*await_subscription) (EsimCard *self, const char *expected_iccid, const char *previous_iccid,
                                  guint timeout_ms, gboolean *seen, GError **error);
  gboolean (*reset) (EsimCard *self, EsimCardReset level, GError **error);
  gboolean (*is_gone) (EsimCard *self);
  guint (*get_slot) (EsimCard *self);
  GPtrArray *(*list_slots) (EsimCard *self, GError **error);
  gboolean (*use_slot) (EsimCard *self, guint slot, guint timeout_ms, guint *previous, GError **error);
  char *(*dup_imei) (EsimCard *self);                                             /* (nullable) */
  gboolean (*read_line) (EsimCard *self, EsimCardLine *line, GError **error);     /* (nullable) */
  gboolean (*authenticate) (EsimCard *self, const guint8 challenge[ESIM_AKA_KEY], /* (nullable) */
                            const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer, GError **error);
  void (*hurry) (EsimCard *self, guint grace_ms);
  void (*shut) (EsimCard *self);
};

/**
 * esim_card_open_channel:
 * @channel: (out): 1 to 19
 * @answer: (out) (transfer full) (optional): what the card answered to the SELECT, without the status word.
 *   Empty where the card, or the modem, says nothing; what is in it depends on the modem's way to select, so
 *   what is absent may be there all the same
 *
 * Opens a logical channel and selects @aid on it. A channel that was opened and whose application could not
 * be selected is closed again. Where the modem has no channel left, stale ones of ours are closed and it is
 * tried once more. NOT_SUPPORTED if the card has no such application.
 */
gboolean esim_card_open_channel (EsimCard *self, const guint8 *aid, gsize aid_length, guint *channel,
                                 GBytes **answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_transmit:
 * @command: a command APDU with the class byte that goes with @channel, Le included where the case has one
 * @response: the data is appended, without the status word
 * @status_word: (out): as the card gave it: 61xx and 6Cxx are the caller's business (or the modem saw to
 * them)
 */
gboolean
esim_card_transmit (EsimCard *self, guint channel, const guint8 *command, gsize length, GByteArray *response,
                    guint16 *status_word, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes what esim_card_open_channel() opened. An error is for the log: the channel is taken for closed. */
gboolean esim_card_close_channel (EsimCard *self, guint channel, GError **error);

/**
 * esim_card_close_stale:
 * Closes whatever channels an earlier life of this service left open: for a start after a crash. Channels of
 * other clients are not touched.
 */
gboolean esim_card_close_stale (EsimCard *self, GError **error);

/* How many octets of data go into one STORE DATA: 255, or less where the modem is known to carry less. */
guint esim_card_get_segment_size (EsimCard *self);

/**
 * esim_card_await_subscription:
 * @expected_iccid: (nullable): the ICCID that the modem should show; %NULL: none, or at least not
 * @previous_iccid
 * @previous_iccid: (nullable): the one it showed before
 * @seen: (out): whether it came to show that in time
 *
 * After a switch: waits until the modem itself has read the card again. Ends on the modem's own indication.
 * Any logical channel opened before is dead afterwards.
 */
gboolean
esim_card_await_subscription (EsimCard *self, const char *expected_iccid, const char *previous_iccid,
                              guint timeout_ms, gboolean *seen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes the modem read the card again; every channel dies. NOT_SUPPORTED where the modem has no such way. */
gboolean esim_card_reset (EsimCard *self, EsimCardReset level, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean esim_card_is_gone (EsimCard *self);

/* The physical slot, from 1. */
guint esim_card_get_slot (EsimCard *self);

/**
 * esim_card_list_slots:
 * Asks the modem what it tells of all its slots; switches none.
 *
 * Returns: (transfer full) (element-type EsimCardSlot): in ascending order, at least one
 */
GPtrArray *esim_card_list_slots (EsimCard *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_use_slot:
 * @slot: physical, from 1
 * @previous: (out) (optional): the slot that the modem used before, also where this fails, so that it can be
 * led back; 0 = that did not come to be known
 *
 * Has the modem use @slot, and waits until it can be asked for the card in it. No channel may be open on the
 * slot that was used before. This object stays with its own slot. NOT_SUPPORTED where the modem has one slot
 * or cannot switch; TIMED_OUT if the card was not there in time (the modem uses @slot all the same).
 */
gboolean esim_card_use_slot (EsimCard *self, guint slot, guint timeout_ms, guint *previous,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full) (nullable): the modem's own identity as it tells it, not looked at: an IMEI, or an
 * IMEISV; %NULL where it has none, or does not tell. */
char *esim_card_dup_imei (EsimCard *self);

/**
 * esim_card_read_line:
 * @line: (out caller-allocates): whatever was in it is overwritten; cleared on error
 *
 * Asks the modem anew which line esim_card_authenticate() would be done with. NOT_SUPPORTED where there is no
 * such function; WRONG_STATE where the modem uses another slot than this one's.
 */
gboolean esim_card_read_line (EsimCard *self, EsimCardLine *line, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_authenticate:
 * @challenge: RAND
 * @token: AUTN
 * @answer: (out caller-allocates): zeros on error
 *
 * Has the modem itself ask the USIM that it uses (MBIM 1.0, 10.5.32: Auth AKA). The request names no slot:
 * who calls this looks at esim_card_read_line() before and after, as esim_usim_aka() does. A USIM that
 * answers with no keys is no error: @answer tells. NOT_SUPPORTED where the modem has no such function, as
 * over QMI, or it is a reader.
 */
gboolean esim_card_authenticate (EsimCard *self, const guint8 challenge[ESIM_AKA_KEY],
                                 const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_hurry:
 * The service is to stop: what still waits for the modem after @grace_ms ends with CANCELLED, and so does
 * what is begun later, but for closing. Does not wait itself: it may run inside another wait of the worker
 * (esim_worker_invoke()).
 */
void esim_card_hurry (EsimCard *self, guint grace_ms);

/**
 * esim_card_shut:
 * Closes the channels that are open and the port: 5 seconds at most, then by force. The card is of no use
 * afterwards.
 */
void esim_card_shut (EsimCard *self);

G_END_DECLS
