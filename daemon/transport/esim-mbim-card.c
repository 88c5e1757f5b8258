/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-card.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "esim-error.h"
#include "esim-mbim-device.h"
#include "esim-mbim-status.h"
#include "esim-mbim-subscription.h"

/* Of our own: ModemManager and the widespread LPAs use 1, Hermes 2. */
#define CHANNEL_GROUP 3
#define ALL_CHANNELS 0

#define APDU_TIMEOUT 60
#define CHANNEL_TIMEOUT 30
#define QUERY_TIMEOUT 5
#define POLL_MS 1000
#define SETTLE_MS 300
#define GRACE_MS 3000
#define SHUT_COMMAND_TIMEOUT 1
#define SHUT_MS 5000
#define SHUT_DEVICE_MS 2000
#define COMMAND_MAX 261

struct _EsimMbimCard {
  GObject parent;
  EsimMbimDevice *device;
  EsimMbimSlot slot;
  EsimMbimReady ready;
  char *announced; /* what "changed" is measured against, see describe() */
  guint segment_size;
  guint apdu_timeout;
  int select_p2;
  int accepted_p2;   /* -1 before the first success */
  guint32 channels;  /* set of the open ones */
  guint indications; /* of the ready state, counted */
  gboolean awaiting;
  gboolean restarted; /* the modem began to read the card again, since the await began */
  gboolean slot_stale;
};

static void esim_mbim_card_iface_init (EsimCardInterface *iface);

G_DEFINE_TYPE_WITH_CODE (EsimMbimCard, esim_mbim_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, esim_mbim_card_iface_init))

/* -- slots and ready state
 * ------------------------------------------------------------------------------------- */

static EsimMbimSlotState
slot_state (EsimMbimCard *self)
{
  if (esim_mbim_slot_is_empty (&self->slot))
    return ESIM_MBIM_SLOT_ABSENT;
  if (!self->slot.active)
    return ESIM_MBIM_SLOT_INACTIVE;
  if (!self->slot.known && self->ready.state == MBIM_SUBSCRIBER_READY_STATE_SIM_NOT_INSERTED)
    return ESIM_MBIM_SLOT_ABSENT;
  return ESIM_MBIM_SLOT_ACTIVE;
}

/* What a listener of "changed" cares for. */
static char *
describe (EsimMbimCard *self)
{
  return g_strdup_printf ("%d %d %s", slot_state (self),
                          self->ready.state == MBIM_SUBSCRIBER_READY_STATE_SIM_NOT_INSERTED,
                          self->ready.iccid != NULL ? self->ready.iccid : "");
}

static void
remember_announced (EsimMbimCard *self)
{
  g_free (self->announced);
  self->announced = describe (self);
}

static void
announce (EsimMbimCard *self)
{
  g_autofree char *now = NULL;

  if (self->awaiting || self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED ||
      (self->slot.known && esim_mbim_slot_state_is_passing (self->slot.state)))
    return;
  now = describe (self);
  if (g_strcmp0 (now, self->announced) == 0)
    return;
  remember_announced (self);
  g_signal_emit_by_name (self, "changed");
}

static void
note_ready (EsimMbimCard *self)
{
  self->indications++;
  if (self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED)
    self->restarted = TRUE;
  esim_mbim_device_wake (self->device);
}

static void
note_slot (EsimMbimCard *self, guint number, MbimUiccSlotState state)
{
  /* Which slot is in use may have changed with it; asked when it is needed, for nothing can be asked from
   * here. */
  self->slot_stale = TRUE;
  if (number != self->slot.number)
    return;
  self->slot.known = TRUE;
  self->slot.state = state;
  if (state == MBIM_UICC_SLOT_STATE_OFF || state == MBIM_UICC_SLOT_SATE_OFF_EMPTY)
    self->slot.active = FALSE;
}

static void
on_indication (EsimMbimDevice *device, MbimMessage *message, EsimMbimCard *self)
{
  MbimUiccSlotState state;
  guint number;

  if (esim_mbim_ready_parse (message, &self->ready))
    note_ready (self);
  else if (esim_mbim_slot_parse (message, &number, &state))
    note_slot (self, number, state);
  else
    return;
  announce (self);
}

static void
on_gone (EsimMbimDevice *device, EsimMbimCard *self)
{
  self->channels = 0;
  g_signal_emit_by_name (self, "gone");
}

static gboolean
ensure_active (EsimMbimCard *self, GError **error)
{
  if (self->slot_stale || !self->slot.active) {
    if (!esim_mbim_slot_query (self->device, &self->slot, error))
      return FALSE;
    self->slot_stale = FALSE;
  }
  if (self->slot.active)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
               "The modem uses another slot than slot %u: switch it there first", self->slot.number);
  return FALSE;
}

static gboolean
ensure_unhurried (EsimMbimCard *self, const char *what, GError **error)
{
  if (!esim_mbim_device_is_hurried (self->device))
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "Could not %s: the service is stopping", what);
  return FALSE;
}

/* -- logical channels
 * ------------------------------------------------------------------------------------------ */

typedef enum { OPENED, NO_CHANNEL, NOT_SELECTED, FAILED } OpenOutcome;

/* In the order in which the card sent it; MBIM carries SW1 in the low byte. */
static guint16
card_status_word (guint32 status)
{
  return (guint16)((status & 0xFF) << 8 | (status >> 8 & 0xFF));
}

static gboolean
close_one (EsimMbimCard *self, guint channel, guint timeout, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  guint32 code;

  answer = esim_mbim_device_command (
      self->device,
      mbim_message_ms_uicc_low_level_access_close_channel_set_new (channel, CHANNEL_GROUP, NULL), timeout,
      "close a logical channel", &code, error);
  return answer != NULL;
}

static void
set_card_error (GError **error, guint16 status_word, const char *what)
{
  g_autoptr (GError) made =
      g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR, "Could not %s: the card answered with status word %04X",
                   what, status_word);

  esim_error_set_detail (made, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (status_word));
  g_propagate_error (error, g_steal_pointer (&made));
}

/* Some modems hand a SELECT that failed out as a success with the card's word in it. */
static OpenOutcome
judge_opened (EsimMbimCard *self, guint32 status, guint32 number, guint *channel, GError **error)
{
  guint16 word = card_status_word (status);
  guint8 sw1 = word >> 8;

  if (word == 0x6881 || word == 0x6A81) {
    set_card_error (error, word, "open a logical channel");
    return NO_CHANNEL;
  }
  if (number < 1 || number > ESIM_CARD_CHANNEL_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                 "The modem opened a logical channel %u, which cannot be", number);
    return FAILED;
  }
  if (sw1 == 0x90 || sw1 == 0x91 || sw1 == 0x61 || sw1 == 0x62 || sw1 == 0x63) {
    *channel = number;
    return OPENED;
  }
  (void)close_one (self, number, CHANNEL_TIMEOUT, NULL);
  set_card_error (error, word, "select the application");
  return NOT_SELECTED;
}

static OpenOutcome
open_once (EsimMbimCard *self, const guint8 *aid, gsize aid_length, guint p2, guint *channel, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  guint32 code, status, number;

  answer = esim_mbim_device_command (
      self->device,
      mbim_message_ms_uicc_low_level_access_open_channel_set_new (aid_length, aid, p2, CHANNEL_GROUP, NULL),
      CHANNEL_TIMEOUT, "open a logical channel", &code, error);
  if (answer == NULL && code == ESIM_MBIM_STATUS_NO_LOGICAL_CHANNELS)
    return NO_CHANNEL;
  if (answer == NULL &&
      (code == ESIM_MBIM_STATUS_SELECT_FAILED || code == MBIM_STATUS_ERROR_INVALID_PARAMETERS))
    return NOT_SELECTED;
  if (answer == NULL)
    return FAILED;
  if (!mbim_message_ms_uicc_low_level_access_open_channel_response_parse (answer, &status, &number, NULL,
                                                                          NULL, &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's answer cannot be read: %s",
                 failure->message);
    return FAILED;
  }
  return judge_opened (self, status, number, channel, error);
}

static gboolean
card_close_stale (EsimCard *card, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  guint32 code;

  answer = esim_mbim_device_command (
      self->device,
      mbim_message_ms_uicc_low_level_access_close_channel_set_new (ALL_CHANNELS, CHANNEL_GROUP, NULL),
      CHANNEL_TIMEOUT, "close the channels of an earlier run", &code, &failure);
  /* Nothing was open: some modems call that an error. */
  if (answer == NULL && code != ESIM_MBIM_STATUS_INVALID_LOGICAL_CHANNEL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  self->channels = 0;
  return TRUE;
}

/* With one P2; where no channel is left, once more after those of an earlier run were closed. */
static OpenOutcome
open_with_room (EsimMbimCard *self, const guint8 *aid, gsize aid_length, guint p2, gboolean *cleared,
                guint *channel, GError **error)
{
  g_autoptr (GError) failure = NULL;
  OpenOutcome outcome = open_once (self, aid, aid_length, p2, channel, &failure);

  /* Channels that are open now are somebody's who lives. */
  if (outcome == NO_CHANNEL && !*cleared && self->channels == 0 &&
      card_close_stale (ESIM_CARD (self), NULL)) {
    *cleared = TRUE;
    g_clear_error (&failure);
    outcome = open_once (self, aid, aid_length, p2, channel, &failure);
  }
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return outcome;
}

/* The values of P2 to try, the likeliest first; returns their number. */
static guint
order_p2 (EsimMbimCard *self, guint p2[4])
{
  static const guint usual[] = {0x04, 0x0C, 0x00};
  guint n = 0;

  if (self->select_p2 >= 0) {
    p2[0] = (guint)self->select_p2;
    return 1;
  }
  if (self->accepted_p2 >= 0)
    p2[n++] = (guint)self->accepted_p2;
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (self->accepted_p2 != (int)usual[i])
      p2[n++] = usual[i];
  return n;
}

static gboolean
card_open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  g_autoptr (GError) failure = NULL;
  OpenOutcome outcome = FAILED;
  gboolean cleared = FALSE;
  guint p2[4];
  guint n = order_p2 (self, p2);

  if (!ensure_unhurried (self, "open a logical channel", error) || !ensure_active (self, error))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    g_clear_error (&failure);
    outcome = open_with_room (self, aid, aid_length, p2[i], &cleared, channel, &failure);
    if (outcome == OPENED) {
      self->accepted_p2 = (int)p2[i];
      self->channels |= 1u << *channel;
      return TRUE;
    }
    if (outcome != NOT_SELECTED)
      break;
  }
  if (g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) && outcome == NOT_SELECTED)
    failure->code = ESIM_ERROR_NOT_SUPPORTED;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
card_close_channel (EsimCard *card, guint channel, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  if (channel < 1 || channel > ESIM_CARD_CHANNEL_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "There is no logical channel %u", channel);
    return FALSE;
  }
  self->channels &= ~(1u << channel);
  return close_one (self, channel, CHANNEL_TIMEOUT, error);
}

/* -- APDUs
 * ----------------------------------------------------------------------------------------------------- */

static gboolean
check_command (EsimMbimCard *self, guint channel, gsize length, GError **error)
{
  if (channel > ESIM_CARD_CHANNEL_MAX || length < 4) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "Not a command for a card's channel");
    return FALSE;
  }
  if (length > COMMAND_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "A command of %" G_GSIZE_FORMAT " octets: %u fit", length, COMMAND_MAX);
    return FALSE;
  }
  return ensure_unhurried (self, "send the card a command", error);
}

static gboolean
card_transmit (EsimCard *card, guint channel, const guint8 *command, gsize length, GByteArray *response,
               guint16 *status_word, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  MbimUiccClassByteType type;
  const guint8 *data;
  guint32 status, size;

  if (!check_command (self, channel, length, error))
    return FALSE;
  /* The modem makes the class byte anew and needs to know which half of the table it is from: 8X and CX (TS
   * 102 221, 10.1.1) are what ES10 uses, 0X and 4X what AUTHENTICATE and GET RESPONSE do. */
  type = command[0] & 0x80 ? MBIM_UICC_CLASS_BYTE_TYPE_EXTENDED : MBIM_UICC_CLASS_BYTE_TYPE_INTER_INDUSTRY;
  answer =
      esim_mbim_device_command (self->device,
                                mbim_message_ms_uicc_low_level_access_apdu_set_new (
                                    channel, MBIM_UICC_SECURE_MESSAGING_NONE, type, length, command, NULL),
                                self->apdu_timeout, "send the card a command", NULL, error);
  if (answer == NULL)
    return FALSE;
  if (!mbim_message_ms_uicc_low_level_access_apdu_response_parse (answer, &status, &size, &data, &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's answer cannot be read: %s",
                 failure->message);
    return FALSE;
  }
  if (size > ESIM_CARD_RESPONSE_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "The card's answer has %u octets: %u are the limit", size, ESIM_CARD_RESPONSE_MAX);
    return FALSE;
  }
  if (size > 0)
    g_byte_array_append (response, data, size);
  *status_word = card_status_word (status);
  return TRUE;
}

static guint
card_get_segment_size (EsimCard *card)
{
  return ESIM_MBIM_CARD (card)->segment_size;
}

/* -- after a switch
 * -------------------------------------------------------------------------------------------- */

typedef struct {
  const char *expected;
  const char *previous;
  gint64 begin, end;
} Awaited;

static gboolean
shows (EsimMbimCard *self, const Awaited *awaited)
{
  if (self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED)
    return FALSE;
  if (awaited->expected != NULL)
    return g_strcmp0 (self->ready.iccid, awaited->expected) == 0;
  return self->ready.iccid == NULL ||
         (awaited->previous != NULL && strcmp (self->ready.iccid, awaited->previous) != 0);
}

/* What the modem shows may be from before the switch, or a step on the way: a modem that goes 7 → 0 → 7 shows
 * the final state twice. Once it has begun anew, the state is the final one. */
static gboolean
is_settled (EsimMbimCard *self, const Awaited *awaited)
{
  if (self->restarted)
    return TRUE;
  if (awaited->expected == NULL)
    return FALSE;
  return g_strcmp0 (awaited->expected, awaited->previous) != 0 ||
         g_get_monotonic_time () - awaited->begin >= GRACE_MS * G_TIME_SPAN_MILLISECOND;
}

static guint
left_ms (const Awaited *awaited)
{
  gint64 left = (awaited->end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

  return (guint)CLAMP (left, 0, G_MAXINT);
}

/* Asks, unless the modem said something of itself meanwhile: that is the newer word. */
static gboolean
ask_ready (EsimMbimCard *self, guint timeout, GError **error)
{
  EsimMbimReady answer = {MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED, NULL};
  guint indications = self->indications;

  if (!esim_mbim_ready_query (self->device, timeout, &answer, error))
    return FALSE;
  if (indications != self->indications) {
    esim_mbim_ready_clear (&answer);
    return TRUE;
  }
  esim_mbim_ready_clear (&self->ready);
  self->ready = answer;
  return TRUE;
}

/* One look: by the modem's own word if it came, else by asking. %FALSE only if there is no use in going on.
 */
static gboolean
look_again (EsimMbimCard *self, guint *indications, const Awaited *awaited, GError **error)
{
  guint timeout = MIN (QUERY_TIMEOUT, left_ms (awaited) / 1000 + 1);
  g_autoptr (GError) failure = NULL;

  if (*indications == self->indications && !ask_ready (self, timeout, &failure)) {
    /* A modem that is busy with its card answers this with all kinds of errors. */
    if (esim_mbim_device_is_gone (self->device)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    self->ready.state = MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED;
  }
  *indications = self->indications;
  return ensure_unhurried (self, "wait for the modem", error);
}

static gboolean
await_shown (EsimMbimCard *self, const Awaited *awaited, gboolean *seen, GError **error)
{
  guint indications = self->indications;
  guint matched_at = G_MAXUINT;

  while (TRUE) {
    if (!look_again (self, &indications, awaited, error))
      return FALSE;
    *seen = shows (self, awaited);
    /* Still the same after a quiet moment: a modem that says nothing on its way. */
    if (*seen && (is_settled (self, awaited) || (awaited->expected == NULL && matched_at == indications)))
      return TRUE;
    if (left_ms (awaited) == 0)
      return TRUE;
    matched_at = *seen ? indications : G_MAXUINT;
    esim_mbim_device_pause (self->device, MIN (left_ms (awaited), *seen ? SETTLE_MS : POLL_MS));
    if (esim_mbim_device_is_gone (self->device)) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                   "The modem went away while it read the card again");
      return FALSE;
    }
  }
}

static gboolean
card_await_subscription (EsimCard *card, const char *expected_iccid, const char *previous_iccid,
                         guint timeout_ms, gboolean *seen, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  gint64 now = g_get_monotonic_time ();
  g_autofree char *expected = esim_mbim_iccid_normalise (expected_iccid);
  g_autofree char *previous = esim_mbim_iccid_normalise (previous_iccid);
  Awaited awaited = {expected, previous, now, now + timeout_ms * G_TIME_SPAN_MILLISECOND};
  gboolean ok;

  *seen = FALSE;
  if (expected_iccid != NULL && expected == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "What the modem is to show is not an ICCID");
    return FALSE;
  }
  self->awaiting = TRUE;
  self->restarted = self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED;
  ok = await_shown (self, &awaited, seen, error);
  self->awaiting = FALSE;
  self->channels = 0;
  remember_announced (self);
  return ok;
}

static gboolean
set_pass_through (EsimMbimCard *self, MbimUiccPassThroughAction action, guint32 *code, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;

  answer = esim_mbim_device_command (self->device,
                                     mbim_message_ms_uicc_low_level_access_reset_set_new (action, NULL),
                                     CHANNEL_TIMEOUT, "reset the card", code, error);
  return answer != NULL;
}

static gboolean
card_reset (EsimCard *card, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  g_autoptr (GError) failure = NULL;
  guint32 code;

  if (!ensure_unhurried (self, "reset the card", error) || !ensure_active (self, error))
    return FALSE;
  self->channels = 0;
  /* Both actions reset the card. After "disable" the modem reads it as usual, which is what is wanted; a
   * modem that will not disable what is not enabled is led through both. */
  if (set_pass_through (self, MBIM_UICC_PASS_THROUGH_ACTION_DISABLE, &code, &failure))
    return TRUE;
  if (code == 0 || code == MBIM_STATUS_ERROR_NO_DEVICE_SUPPORT ||
      code == MBIM_STATUS_ERROR_SIM_NOT_INSERTED) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return set_pass_through (self, MBIM_UICC_PASS_THROUGH_ACTION_ENABLE, &code, error) &&
         set_pass_through (self, MBIM_UICC_PASS_THROUGH_ACTION_DISABLE, &code, error);
}

static gboolean
card_is_gone (EsimCard *card)
{
  return esim_mbim_device_is_gone (ESIM_MBIM_CARD (card)->device);
}

/* -- life
 * ------------------------------------------------------------------------------------------------------ */

gboolean
esim_mbim_is_device_node (const char *path)
{
  g_autofree char *link = NULL;
  g_autofree char *target = NULL;
  g_autofree char *subsystem = NULL;
  struct stat status;

  if (stat (path, &status) != 0 || !S_ISCHR (status.st_mode))
    return FALSE;
  link = g_strdup_printf ("/sys/dev/char/%u:%u/subsystem", major (status.st_rdev), minor (status.st_rdev));
  target = g_file_read_link (link, NULL);
  if (target == NULL)
    return FALSE;
  subsystem = g_path_get_basename (target);
  return g_str_equal (subsystem, "usbmisc") || g_str_equal (subsystem, "wwan");
}

static gboolean
learn (EsimMbimCard *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!esim_mbim_slot_query (self->device, &self->slot, error))
    return FALSE;
  if (!esim_mbim_subscribe (self->device, &failure))
    g_debug ("no indications: %s", failure->message);
  g_clear_error (&failure);
  if (!esim_mbim_ready_query (self->device, QUERY_TIMEOUT, &self->ready, &failure)) {
    if (esim_mbim_device_is_gone (self->device) ||
        g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    g_debug ("no ready state: %s", failure->message);
  }
  remember_announced (self);
  return TRUE;
}

EsimCard *
esim_mbim_card_open (const EsimMbimOptions *options, GError **error)
{
  g_autoptr (EsimMbimCard) self = g_object_new (ESIM_TYPE_MBIM_CARD, NULL);

  self->segment_size = CLAMP (options->segment_size != 0 ? options->segment_size : 255, 1, 255);
  self->apdu_timeout = options->apdu_timeout != 0 ? options->apdu_timeout : APDU_TIMEOUT;
  self->select_p2 = options->select_p2;
  self->slot.wanted = options->slot;
  self->device = esim_mbim_device_open (options->device, options->use_proxy, error);
  if (self->device == NULL)
    return NULL;
  g_signal_connect (self->device, "indication", G_CALLBACK (on_indication), self);
  g_signal_connect (self->device, "gone", G_CALLBACK (on_gone), self);
  if (!learn (self, error)) {
    esim_mbim_device_close (self->device, SHUT_DEVICE_MS);
    return NULL;
  }
  /* From now on it is this slot, whichever the modem uses. */
  self->slot.wanted = self->slot.number;
  return ESIM_CARD (g_steal_pointer (&self));
}

guint
esim_mbim_card_get_slot (EsimCard *card)
{
  return ESIM_MBIM_CARD (card)->slot.number;
}

EsimMbimSlotState
esim_mbim_card_get_slot_state (EsimCard *card)
{
  return slot_state (ESIM_MBIM_CARD (card));
}

const char *
esim_mbim_card_get_iccid (EsimCard *card)
{
  return ESIM_MBIM_CARD (card)->ready.iccid;
}

void
esim_mbim_card_hurry (EsimCard *card, guint grace_ms)
{
  esim_mbim_device_hurry (ESIM_MBIM_CARD (card)->device, grace_ms);
}

void
esim_mbim_card_shut (EsimCard *card)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  gint64 end = g_get_monotonic_time () + (SHUT_MS - SHUT_DEVICE_MS) * G_TIME_SPAN_MILLISECOND;

  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++) {
    g_autoptr (GError) failure = NULL;

    if ((self->channels & 1u << channel) == 0 || esim_mbim_device_is_gone (self->device) ||
        g_get_monotonic_time () >= end)
      continue;
    if (!close_one (self, channel, SHUT_COMMAND_TIMEOUT, &failure))
      g_debug ("channel %u: %s", channel, failure->message);
  }
  self->channels = 0;
  esim_mbim_device_close (self->device, SHUT_DEVICE_MS);
}

static void
esim_mbim_card_dispose (GObject *object)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (object);

  if (self->device != NULL)
    g_signal_handlers_disconnect_by_data (self->device, self);
  g_clear_object (&self->device);
  G_OBJECT_CLASS (esim_mbim_card_parent_class)->dispose (object);
}

static void
esim_mbim_card_finalize (GObject *object)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (object);

  esim_mbim_ready_clear (&self->ready);
  g_free (self->announced);
  G_OBJECT_CLASS (esim_mbim_card_parent_class)->finalize (object);
}

static void
esim_mbim_card_class_init (EsimMbimCardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_mbim_card_dispose;
  G_OBJECT_CLASS (class)->finalize = esim_mbim_card_finalize;
}

static void
esim_mbim_card_init (EsimMbimCard *self)
{
  self->accepted_p2 = -1;
}

static void
esim_mbim_card_iface_init (EsimCardInterface *iface)
{
  iface->open_channel = card_open_channel;
  iface->transmit = card_transmit;
  iface->close_channel = card_close_channel;
  iface->close_stale = card_close_stale;
  iface->get_segment_size = card_get_segment_size;
  iface->await_subscription = card_await_subscription;
  iface->reset = card_reset;
  iface->is_gone = card_is_gone;
}
