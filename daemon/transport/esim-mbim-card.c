/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-card.h"

#include <openssl/crypto.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "esim-error.h"
#include "esim-mbim-auth.h"
#include "esim-mbim-device.h"
#include "esim-mbim-slots.h"
#include "esim-mbim-status.h"
#include "esim-mbim-watch.h"

/* Of our own: ModemManager and the widespread LPAs use 1, Hermes 2. */
#define CHANNEL_GROUP 3
#define ALL_CHANNELS 0

#define APDU_TIMEOUT 60
#define CHANNEL_TIMEOUT 30
#define IDENTITY_TIMEOUT 10
#define SHUT_COMMAND_TIMEOUT 1
#define SHUT_MS 5000
#define SHUT_DEVICE_MS 2000
#define COMMAND_MAX 261
#define REFUSALS_MAX 2

struct _EsimMbimCard {
  GObject parent;
  EsimMbimDevice *device;
  EsimMbimWatch *watch;
  guint segment_size;
  guint apdu_timeout;
  int select_p2;
  int accepted_p2;  /* -1 before the first success */
  gboolean refused; /* a SELECT was, and none was taken since */
  gboolean served;  /* a command was carried */
  guint refusals;   /* of first commands, before that */
  guint32 channels; /* set of the open ones */
  gboolean unsure;  /* an answer was lost that may have opened one */
};

static void esim_mbim_card_iface_init (EsimCardInterface *iface);

G_DEFINE_TYPE_WITH_CODE (EsimMbimCard, esim_mbim_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, esim_mbim_card_iface_init))

static void
on_news (EsimMbimNews news, gpointer data)
{
  static const char *const names[] = {[ESIM_MBIM_NEWS_RESET] = "reset",
                                      [ESIM_MBIM_NEWS_CHANGED] = "changed",
                                      [ESIM_MBIM_NEWS_SLOTS] = "slots"};

  g_signal_emit_by_name (data, names[news]);
}

static void
on_gone (EsimPort *port, EsimMbimCard *self)
{
  self->channels = 0;
  g_signal_emit_by_name (self, "gone");
}

/* -- logical channels -- */

typedef enum { OPENED, NO_CHANNEL, NOT_SELECTED, FAILED } OpenOutcome;

/* In the order in which the card sent it; MBIM carries SW1 in the low byte. */
static guint16
card_status_word (guint32 status)
{
  return (guint16) ((status & 0xFF) << 8 | (status >> 8 & 0xFF));
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

typedef struct {
  guint channel;
  GBytes *answer; /* to the SELECT; NULL before */
} Opened;

static void
opened_clear (Opened *opened)
{
  g_clear_pointer (&opened->answer, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Opened, opened_clear)

/* Some modems hand a SELECT that failed out as a success with the card's word in it. */
static OpenOutcome
judge_opened (EsimMbimCard *self, guint32 status, guint32 number, Opened *opened, GError **error)
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
    opened->channel = number;
    return OPENED;
  }
  (void) close_one (self, number, CHANNEL_TIMEOUT, NULL);
  set_card_error (error, word, "select the application");
  return NOT_SELECTED;
}

static OpenOutcome
open_once (EsimMbimCard *self, const guint8 *aid, gsize aid_length, guint p2, Opened *opened, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  guint32 code, status, number, size = 0;
  const guint8 *data = NULL;
  OpenOutcome outcome;

  answer = esim_mbim_device_command (
      self->device,
      mbim_message_ms_uicc_low_level_access_open_channel_set_new (aid_length, aid, p2, CHANNEL_GROUP, NULL),
      CHANNEL_TIMEOUT, "open a logical channel", &code, error);
  if (answer == NULL && code == ESIM_MBIM_STATUS_NO_LOGICAL_CHANNELS)
    return NO_CHANNEL;
  if (answer == NULL &&
      (code == ESIM_MBIM_STATUS_SELECT_FAILED || code == MBIM_STATUS_ERROR_INVALID_PARAMETERS))
    return NOT_SELECTED;
  if (answer == NULL) {
    self->unsure |= g_error_matches (*error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
    return FAILED;
  }
  if (!mbim_message_ms_uicc_low_level_access_open_channel_response_parse (answer, &status, &number, &size,
                                                                          &data, &failure)) {
    self->unsure = TRUE;
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's answer cannot be read: %s",
                 failure->message);
    return FAILED;
  }
  outcome = judge_opened (self, status, number, opened, error);
  if (outcome == OPENED)
    opened->answer = g_bytes_new (data, size);
  return outcome;
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
  self->unsure = FALSE;
  return TRUE;
}

/* With one P2; where no channel is left, once more after those of an earlier run were closed. */
static OpenOutcome
open_with_room (EsimMbimCard *self, const guint8 *aid, gsize aid_length, guint p2, gboolean *cleared,
                Opened *opened, GError **error)
{
  g_autoptr (GError) failure = NULL;
  OpenOutcome outcome = open_once (self, aid, aid_length, p2, opened, &failure);

  /* Channels that are open now are somebody's who lives. */
  if (outcome == NO_CHANNEL && !*cleared && self->channels == 0 &&
      card_close_stale (ESIM_CARD (self), NULL)) {
    *cleared = TRUE;
    g_clear_error (&failure);
    outcome = open_once (self, aid, aid_length, p2, opened, &failure);
  }
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return outcome;
}

/* There are modems that give no channel any more after a SELECT that they did not like. */
static GError *
explain (EsimMbimCard *self, OpenOutcome outcome, GError *failure)
{
  if (outcome != NO_CHANNEL || !self->refused || self->select_p2 >= 0 || self->channels != 0)
    return failure;
  g_prefix_error (&failure, "The modem refused to select the application in the usual way, and opens no "
                            "channel since: restart it, and "
                            "set select-p2 = 12 for it in esimd.conf. ");
  return failure;
}

/* The values of P2 to try, the likeliest first; returns their number. */
static guint
order_p2 (EsimMbimCard *self, guint p2[4])
{
  static const guint usual[] = {0x04, 0x0C, 0x00};
  guint n = 0;

  if (self->select_p2 >= 0) {
    p2[0] = (guint) self->select_p2;
    return 1;
  }
  if (self->accepted_p2 >= 0)
    p2[n++] = (guint) self->accepted_p2;
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (self->accepted_p2 != (int) usual[i])
      p2[n++] = usual[i];
  return n;
}

static gboolean
card_open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
                   GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  g_auto (Opened) opened = {0};
  g_autoptr (GError) failure = NULL;
  OpenOutcome outcome = FAILED;
  gboolean cleared = FALSE;
  guint p2[4];
  guint n = order_p2 (self, p2);

  if (!esim_port_go_on (ESIM_PORT (self->device), "open a logical channel", error) ||
      !esim_mbim_watch_ensure_active (self->watch, error))
    return FALSE;
  /* Nobody else knows of it, and the modem has few. */
  if (self->unsure && self->channels == 0)
    (void) card_close_stale (card, NULL);
  for (guint i = 0; i < n; i++) {
    g_clear_error (&failure);
    outcome = open_with_room (self, aid, aid_length, p2[i], &cleared, &opened, &failure);
    if (outcome == OPENED) {
      self->accepted_p2 = (int) p2[i];
      self->refused = FALSE;
      self->channels |= 1u << opened.channel;
      *channel = opened.channel;
      if (answer != NULL)
        *answer = g_steal_pointer (&opened.answer);
      return TRUE;
    }
    if (outcome != NOT_SELECTED)
      break;
    self->refused = TRUE;
  }
  if (g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) && outcome == NOT_SELECTED)
    failure->code = ESIM_ERROR_NOT_SUPPORTED;
  g_propagate_error (error, explain (self, outcome, g_steal_pointer (&failure)));
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

/* -- APDUs -- */

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
  return esim_port_go_on (ESIM_PORT (self->device), "send the card a command", error);
}

/* A modem that opens channels and takes none of them for open. The first time the card may have been reset
 * just then. */
static GError *
explain_refusal (EsimMbimCard *self, guint32 code, GError *failure)
{
  GError *error;

  if (self->served || code != ESIM_MBIM_STATUS_INVALID_LOGICAL_CHANNEL || ++self->refusals < REFUSALS_MAX)
    return failure;
  g_error_free (failure);
  error = g_error_new_literal (
      ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
      "Could not send a command: the modem opens logical channels and refuses every command on them; its "
      "firmware does not let programs reach the card by MBIM. Newer firmware may, or another way to the "
      "modem "
      "(QMI), if it has one");
  esim_error_set_detail (error, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 (code));
  esim_error_set_detail (error, ESIM_DETAIL_NO_WAY, g_variant_new_boolean (TRUE));
  return error;
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
  guint32 status, size, code;

  if (!check_command (self, channel, length, error))
    return FALSE;
  /* The modem makes the class byte anew and needs to know which half of the table it is from: 8X and CX (TS
   * 102 221, 10.1.1) are what ES10 uses, 0X and 4X what AUTHENTICATE and GET RESPONSE do. */
  type = command[0] & 0x80 ? MBIM_UICC_CLASS_BYTE_TYPE_EXTENDED : MBIM_UICC_CLASS_BYTE_TYPE_INTER_INDUSTRY;
  answer =
      esim_mbim_device_command (self->device,
                                mbim_message_ms_uicc_low_level_access_apdu_set_new (
                                    channel, MBIM_UICC_SECURE_MESSAGING_NONE, type, length, command, NULL),
                                self->apdu_timeout, "send the card a command", &code, &failure);
  if (answer == NULL) {
    g_propagate_error (error, explain_refusal (self, code, g_steal_pointer (&failure)));
    return FALSE;
  }
  self->served = TRUE;
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
  if (size > 0) {
    g_byte_array_append (response, data, size);
    /* It may have been keys of the USIM, and the message is nobody's but ours. */
    OPENSSL_cleanse ((guint8 *) data, size);
  }
  *status_word = card_status_word (status);
  return TRUE;
}

static guint
card_get_segment_size (EsimCard *card)
{
  return ESIM_MBIM_CARD (card)->segment_size;
}

/* -- the card in the modem -- */

static gboolean
card_await_subscription (EsimCard *card, const char *expected_iccid, const char *previous_iccid,
                         guint timeout_ms, gboolean *seen, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  if (!esim_mbim_watch_await (self->watch, expected_iccid, previous_iccid, timeout_ms, seen, error))
    return FALSE;
  /* Only a card that was reset has none open. */
  if (*seen)
    self->channels = 0;
  return TRUE;
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

/* The modem starts anew: its port may go away before the answer comes, which is an answer too. */
static gboolean
reset_modem (EsimMbimCard *self, GError **error)
{
  /* libmbim 1.28 knows the command's number and has no function for it. */
  g_autoptr (MbimMessage) request = mbim_message_command_new (
      0, MBIM_SERVICE_MS_BASIC_CONNECT_EXTENSIONS, MBIM_CID_MS_BASIC_CONNECT_EXTENSIONS_DEVICE_RESET,
      MBIM_MESSAGE_COMMAND_TYPE_SET);
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;

  answer = esim_mbim_device_command (self->device, g_steal_pointer (&request), CHANNEL_TIMEOUT,
                                     "reset the modem", NULL, &failure);
  if (answer != NULL || g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
reset_card (EsimMbimCard *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  guint32 code;

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

/* MBIM knows no provisioning session. */
static gboolean
card_reset (EsimCard *card, EsimCardReset level, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  if (level == ESIM_CARD_RESET_SESSION) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "An MBIM modem has no session with the card that could be begun anew");
    return FALSE;
  }
  if (!esim_port_go_on (ESIM_PORT (self->device), "reset the card", error) ||
      !esim_mbim_watch_ensure_active (self->watch, error))
    return FALSE;
  self->channels = 0;
  return level == ESIM_CARD_RESET_MODEM ? reset_modem (self, error) : reset_card (self, error);
}

static gboolean
card_is_gone (EsimCard *card)
{
  return esim_port_is_gone (ESIM_PORT (ESIM_MBIM_CARD (card)->device));
}

static guint
card_get_slot (EsimCard *card)
{
  return esim_mbim_watch_get_slot (ESIM_MBIM_CARD (card)->watch);
}

static GPtrArray *
card_list_slots (EsimCard *card, GError **error)
{
  return esim_mbim_slots_list (ESIM_MBIM_CARD (card)->device, error);
}

static gboolean
card_use_slot (EsimCard *card, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  self->channels = 0;
  return esim_mbim_watch_use_slot (self->watch, slot, timeout_ms, previous, error);
}

static char *
card_dup_imei (EsimCard *card)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (MbimMessage) answer = NULL;
  g_autofree char *imei = NULL;

  answer = esim_mbim_device_command (ESIM_MBIM_CARD (card)->device, mbim_message_device_caps_query_new (NULL),
                                     IDENTITY_TIMEOUT, "ask the modem for its identity", NULL, &failure);
  if (answer == NULL ||
      !mbim_message_device_caps_response_parse (answer, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                                                &imei, NULL, NULL, &failure))
    g_debug ("the modem does not tell its identity: %s", failure->message);
  return g_steal_pointer (&imei);
}

static gboolean
card_read_line (EsimCard *card, EsimCardLine *line, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  return esim_port_go_on (ESIM_PORT (self->device), "ask the modem for its line", error) &&
         esim_mbim_auth_read_line (self->device, esim_mbim_watch_get_slot (self->watch), line, error);
}

static gboolean
card_authenticate (EsimCard *card, const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
                   EsimAkaAnswer *answer, GError **error)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);

  return esim_port_go_on (ESIM_PORT (self->device), "have the modem authenticate", error) &&
         esim_mbim_watch_ensure_active (self->watch, error) &&
         esim_mbim_auth_aka (self->device, challenge, token, answer, error);
}

static void
card_hurry (EsimCard *card, guint grace_ms)
{
  esim_port_hurry (ESIM_PORT (ESIM_MBIM_CARD (card)->device), grace_ms);
}

static void
card_shut (EsimCard *card)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (card);
  gint64 end = g_get_monotonic_time () + (SHUT_MS - SHUT_DEVICE_MS) * G_TIME_SPAN_MILLISECOND;

  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++) {
    g_autoptr (GError) failure = NULL;

    if ((self->channels & 1u << channel) == 0 || esim_port_is_gone (ESIM_PORT (self->device)) ||
        g_get_monotonic_time () >= end)
      continue;
    if (!close_one (self, channel, SHUT_COMMAND_TIMEOUT, &failure))
      g_debug ("channel %u: %s", channel, failure->message);
  }
  self->channels = 0;
  esim_mbim_device_close (self->device, SHUT_DEVICE_MS);
}

/* -- life -- */

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

EsimCard *
esim_mbim_card_open (const EsimMbimOptions *options, GError **error)
{
  g_autoptr (EsimMbimCard) self = g_object_new (ESIM_TYPE_MBIM_CARD, NULL);

  self->segment_size = CLAMP (options->segment_size != 0 ? options->segment_size : 255, 1, 255);
  self->apdu_timeout = options->apdu_timeout != 0 ? options->apdu_timeout : APDU_TIMEOUT;
  self->select_p2 = options->select_p2;
  self->device = esim_mbim_device_open (options->device, options->use_proxy, error);
  if (self->device == NULL)
    return NULL;
  g_signal_connect (self->device, "gone", G_CALLBACK (on_gone), self);
  self->watch = esim_mbim_watch_new (self->device, options->slot, on_news, self, error);
  if (self->watch == NULL) {
    esim_mbim_device_close (self->device, SHUT_DEVICE_MS);
    return NULL;
  }
  return ESIM_CARD (g_steal_pointer (&self));
}

EsimMbimSlotState
esim_mbim_card_get_slot_state (EsimCard *card)
{
  return esim_mbim_watch_get_slot_state (ESIM_MBIM_CARD (card)->watch);
}

const char *
esim_mbim_card_get_iccid (EsimCard *card)
{
  return esim_mbim_watch_get_iccid (ESIM_MBIM_CARD (card)->watch);
}

static void
esim_mbim_card_dispose (GObject *object)
{
  EsimMbimCard *self = ESIM_MBIM_CARD (object);

  g_clear_pointer (&self->watch, esim_mbim_watch_free);
  if (self->device != NULL)
    g_signal_handlers_disconnect_by_data (self->device, self);
  g_clear_object (&self->device);
  G_OBJECT_CLASS (esim_mbim_card_parent_class)->dispose (object);
}

static void
esim_mbim_card_class_init (EsimMbimCardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_mbim_card_dispose;
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
  iface->get_slot = card_get_slot;
  iface->list_slots = card_list_slots;
  iface->use_slot = card_use_slot;
  iface->hurry = card_hurry;
  iface->dup_imei = card_dup_imei;
  iface->read_line = card_read_line;
  iface->authenticate = card_authenticate;
  iface->shut = card_shut;
}
