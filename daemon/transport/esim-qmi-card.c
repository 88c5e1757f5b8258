/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-card.h"

#include <openssl/crypto.h>

#include "esim-error.h"
#include "esim-qmi-device.h"
#include "esim-qmi-record.h"
#include "esim-qmi-reset.h"
#include "esim-qmi-status.h"
#include "esim-qmi-uim.h"
#include "esim-qmi-watch.h"

#define APDU_TIMEOUT 60
#define CHANNEL_TIMEOUT 30
#define SHUT_COMMAND_TIMEOUT 1
#define SHUT_MS 5000
#define SHUT_DEVICE_MS 2000
#define COMMAND_MAX 261

struct _EsimQmiCard {
  GObject parent;
  EsimQmiDevice *device;
  EsimQmiWatch *watch;
  EsimQmiRecord *record;
  guint segment_size;
  guint apdu_timeout;
};

static void esim_qmi_card_iface_init (EsimCardInterface *iface);

G_DEFINE_TYPE_WITH_CODE (EsimQmiCard, esim_qmi_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, esim_qmi_card_iface_init))

static void
on_news (EsimQmiNews news, gpointer data)
{
  static const char *const names[] = {
      [ESIM_QMI_NEWS_RESET] = "reset", [ESIM_QMI_NEWS_CHANGED] = "changed", [ESIM_QMI_NEWS_SLOTS] = "slots"};
  EsimQmiCard *self = data;

  if (news == ESIM_QMI_NEWS_RESET)
    esim_qmi_record_clear_channels (self->record);
  g_signal_emit_by_name (self, names[news]);
}

static void
on_gone (EsimPort *port, EsimQmiCard *self)
{
  /* What is written down stays: it may be the proxy that left, and the modem has it all still. */
  g_signal_emit_by_name (self, "gone");
}

static guint8
get_uim_slot (EsimQmiCard *self)
{
  return (guint8) esim_qmi_watch_get_uim_slot (self->watch);
}

/* -- logical channels -- */

typedef enum { OPENED, NO_CHANNEL, NOT_SELECTED, FAILED } OpenOutcome;

static gboolean
close_one (EsimQmiCard *self, guint channel, guint timeout, GError **error)
{
  return esim_qmi_uim_close_channel (self->device, get_uim_slot (self), (guint8) channel, timeout, error);
}

static void
set_card_error (GError **error, EsimError code, guint16 status_word, guint status, const char *what)
{
  g_autoptr (GError) made =
      g_error_new (ESIM_ERROR, code, "Could not %s: the card %s (status word %04X)", what,
                   status_word == 0x6A82 ? "has no such application" : "refuses it", status_word);

  esim_error_set_detail (made, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (status_word));
  if (status != 0)
    esim_error_set_detail (made, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 (status));
  g_propagate_error (error, g_steal_pointer (&made));
}

static gboolean
is_success (guint16 word)
{
  guint8 sw1 = word >> 8;

  return sw1 == 0x90 || sw1 == 0x91 || sw1 == 0x61 || sw1 == 0x62 || sw1 == 0x63;
}

/* With a word of the card's other than success: whether the modem calls it a refusal or not. */
static OpenOutcome
judge_word (EsimQmiCard *self, const EsimQmiOpened *opened, GError **error)
{
  if (opened->word == 0x6881 || opened->word == 0x6A81 || opened->word == 0x6A84) {
    set_card_error (error, ESIM_ERROR_CARD_ERROR, opened->word, opened->status, "open a logical channel");
    return NO_CHANNEL;
  }
  if (opened->channel >= 1 && opened->channel <= ESIM_CARD_CHANNEL_MAX)
    (void) close_one (self, opened->channel, CHANNEL_TIMEOUT, NULL);
  set_card_error (error, ESIM_ERROR_NOT_SUPPORTED, opened->word, opened->status, "select the application");
  return NOT_SELECTED;
}

/* A modem without a card may have other words for that. */
static GError *
explain (EsimQmiCard *self, guint status)
{
  GError *error;

  if (status == 0 || esim_qmi_watch_get_slot_state (self->watch) != ESIM_QMI_SLOT_ABSENT)
    return NULL;
  error = esim_qmi_status_to_error (QMI_PROTOCOL_ERROR_NO_SIM, "open a logical channel");
  esim_error_set_detail (error, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 (status));
  return error;
}

static OpenOutcome
judge_opened (EsimQmiCard *self, const EsimQmiOpened *opened, GError *failure, GError **error)
{
  g_autoptr (GError) owned = failure;
  GError *no_card;

  if (opened->word != 0 && !is_success (opened->word))
    return judge_word (self, opened, error);
  if (failure != NULL) {
    no_card = explain (self, opened->status);
    g_propagate_error (error, no_card != NULL ? no_card : g_steal_pointer (&owned));
    if (opened->status == QMI_PROTOCOL_ERROR_INSUFFICIENT_RESOURCES)
      return NO_CHANNEL;
    return opened->status == QMI_PROTOCOL_ERROR_SIM_FILE_NOT_FOUND ? NOT_SELECTED : FAILED;
  }
  if (opened->channel >= 1 && opened->channel <= ESIM_CARD_CHANNEL_MAX)
    return OPENED;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
               "The modem opened a logical channel %u, which cannot be", opened->channel);
  return FAILED;
}

static OpenOutcome
open_once (EsimQmiCard *self, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
           GError **error)
{
  g_auto (EsimQmiOpened) opened = {0};
  GError *failure = NULL;
  OpenOutcome outcome;

  (void) !esim_qmi_uim_open_channel (self->device, get_uim_slot (self), aid, aid_length, CHANNEL_TIMEOUT,
                                     &opened, &failure);
  outcome = judge_opened (self, &opened, failure, error);
  if (outcome != OPENED)
    return outcome;
  *channel = opened.channel;
  esim_qmi_record_add_channel (self->record, opened.channel);
  if (answer != NULL)
    *answer = opened.answer != NULL ? g_steal_pointer (&opened.answer) : g_bytes_new (NULL, 0);
  return OPENED;
}

/* Whether the modem may have the channel still: a refusal says that it is closed already. */
static gboolean
may_be_open (const GError *failure)
{
  return g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) ||
         g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT) ||
         g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

/* Only what was written down: a number that was not may be another program's. */
static gboolean
card_close_stale (EsimCard *card, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);
  guint32 stale = esim_qmi_record_get_stale (self->record);

  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++) {
    g_autoptr (GError) failure = NULL;

    if ((stale & 1u << channel) == 0)
      continue;
    if (!close_one (self, channel, CHANNEL_TIMEOUT, &failure) && may_be_open (failure)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    if (failure != NULL)
      g_debug ("channel %u: %s", channel, failure->message);
    esim_qmi_record_remove_channel (self->record, channel);
  }
  return TRUE;
}

static gboolean
card_open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
                   GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);
  g_autoptr (GError) failure = NULL;
  OpenOutcome outcome;

  if (aid_length < 5 || aid_length > 16) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "Not an application's identifier");
    return FALSE;
  }
  if (!esim_port_go_on (ESIM_PORT (self->device), "open a logical channel", error) ||
      !esim_qmi_watch_ensure_active (self->watch, error))
    return FALSE;
  outcome = open_once (self, aid, aid_length, channel, answer, &failure);
  if (outcome == NO_CHANNEL && esim_qmi_record_get_stale (self->record) != 0 &&
      card_close_stale (card, NULL)) {
    g_clear_error (&failure);
    outcome = open_once (self, aid, aid_length, channel, answer, &failure);
  }
  if (outcome == OPENED)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
card_close_channel (EsimCard *card, guint channel, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);
  g_autoptr (GError) failure = NULL;

  if (channel < 1 || channel > ESIM_CARD_CHANNEL_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "There is no logical channel %u", channel);
    return FALSE;
  }
  if (!close_one (self, channel, CHANNEL_TIMEOUT, &failure) && may_be_open (failure)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  esim_qmi_record_remove_channel (self->record, channel);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* -- APDUs -- */

static gboolean
check_command (EsimQmiCard *self, guint channel, gsize length, GError **error)
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

/* A STORE DATA with one of the four ES10 commands after which a card asks for a REFRESH (SGP.22 5.7.16 to
 * 5.7.19). The REFRESH can flush what modems of this kind keep of an answer that is fetched in parts, so the
 * modem is to fetch it at once; ChromeOS does the same. All other answers are fetched in parts from here:
 * the modem's own collecting has a limit that nobody knows. */
static gboolean
is_followed_by_refresh (const guint8 *command, gsize length)
{
  return length >= 7 && command[1] == 0xE2 && command[5] == 0xBF && command[6] >= 0x31 && command[6] <= 0x34;
}

static gboolean
card_transmit (EsimCard *card, guint channel, const guint8 *command, gsize length, GByteArray *response,
               guint16 *status_word, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);
  g_autoptr (GBytes) answer = NULL;
  const guint8 *data;
  gsize size;

  if (!check_command (self, channel, length, error))
    return FALSE;
  answer = esim_qmi_uim_send_apdu (self->device, get_uim_slot (self), (guint8) channel, command, length,
                                   is_followed_by_refresh (command, length), self->apdu_timeout, error);
  if (answer == NULL)
    return FALSE;
  data = g_bytes_get_data (answer, &size);
  g_byte_array_append (response, data, (guint) size - 2);
  *status_word = (guint16) (data[size - 2] << 8 | data[size - 1]);
  OPENSSL_cleanse ((guint8 *) data, size);
  return TRUE;
}

static guint
card_get_segment_size (EsimCard *card)
{
  return ESIM_QMI_CARD (card)->segment_size;
}

/* -- the card in the modem -- */

static gboolean
card_await_subscription (EsimCard *card, const char *expected_iccid, const char *previous_iccid,
                         guint timeout_ms, gboolean *seen, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);

  if (!esim_qmi_watch_await (self->watch, expected_iccid, previous_iccid, timeout_ms, seen, error))
    return FALSE;
  /* Only a card that was reset has none open. */
  if (*seen)
    esim_qmi_record_clear_channels (self->record);
  return TRUE;
}

static gboolean
card_reset (EsimCard *card, EsimCardReset level, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);

  if (!esim_port_go_on (ESIM_PORT (self->device), "reset the card", error) ||
      !esim_qmi_watch_ensure_active (self->watch, error))
    return FALSE;
  if (!esim_qmi_reset (self->device, self->watch, level, error))
    return FALSE;
  esim_qmi_record_clear_channels (self->record);
  return TRUE;
}

static gboolean
card_is_gone (EsimCard *card)
{
  return esim_port_is_gone (ESIM_PORT (ESIM_QMI_CARD (card)->device));
}

static guint
card_get_slot (EsimCard *card)
{
  return esim_qmi_watch_get_slot (ESIM_QMI_CARD (card)->watch);
}

static GPtrArray *
card_list_slots (EsimCard *card, GError **error)
{
  return esim_qmi_watch_list_slots (ESIM_QMI_CARD (card)->watch, error);
}

static gboolean
card_use_slot (EsimCard *card, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);

  esim_qmi_record_clear_channels (self->record);
  return esim_qmi_watch_use_slot (self->watch, slot, timeout_ms, previous, error);
}

static void
card_hurry (EsimCard *card, guint grace_ms)
{
  esim_port_hurry (ESIM_PORT (ESIM_QMI_CARD (card)->device), grace_ms);
}

static void
card_shut (EsimCard *card)
{
  EsimQmiCard *self = ESIM_QMI_CARD (card);
  gint64 end = g_get_monotonic_time () + (SHUT_MS - SHUT_DEVICE_MS) * G_TIME_SPAN_MILLISECOND;
  guint32 open = esim_qmi_record_get_open (self->record);

  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++) {
    g_autoptr (GError) failure = NULL;

    if ((open & 1u << channel) == 0 || card_is_gone (card) || g_get_monotonic_time () >= end)
      continue;
    /* One that could not be closed stays written down. */
    if (close_one (self, channel, SHUT_COMMAND_TIMEOUT, &failure))
      esim_qmi_record_remove_channel (self->record, channel);
    else
      g_debug ("channel %u: %s", channel, failure->message);
  }
  if (esim_qmi_device_close (self->device, SHUT_DEVICE_MS))
    esim_qmi_record_set_client (self->record, 0);
}

/* -- life -- */

/* The client of an earlier life is given back; on a node of QRTR it ended with its socket. */
static void
take_over (EsimQmiCard *self, EsimQmiWay way)
{
  guint8 stale = esim_qmi_record_take_stale_client (self->record);

  if (way == ESIM_QMI_QRTR)
    return;
  if (stale != 0)
    esim_qmi_device_release_stale (self->device, stale);
  esim_qmi_record_set_client (self->record, esim_qmi_device_get_client (self->device));
}

EsimCard *
esim_qmi_card_open (const EsimQmiOptions *options, GError **error)
{
  g_autoptr (EsimQmiCard) self = g_object_new (ESIM_TYPE_QMI_CARD, NULL);

  self->segment_size = CLAMP (options->segment_size != 0 ? options->segment_size : 255, 1, 255);
  self->apdu_timeout = options->apdu_timeout != 0 ? options->apdu_timeout : APDU_TIMEOUT;
  self->record =
      esim_qmi_record_new (options->record, options->way == ESIM_QMI_QRTR ? NULL : options->device);
  self->device =
      esim_qmi_device_open (options->way, options->device, options->node, options->use_proxy, error);
  if (self->device == NULL)
    return NULL;
  g_signal_connect (self->device, "gone", G_CALLBACK (on_gone), self);
  take_over (self, options->way);
  self->watch =
      esim_qmi_watch_new (self->device, options->slot, options->way == ESIM_QMI_QRTR, on_news, self, error);
  if (self->watch == NULL) {
    if (esim_qmi_device_close (self->device, SHUT_DEVICE_MS))
      esim_qmi_record_set_client (self->record, 0);
    return NULL;
  }
  return ESIM_CARD (g_steal_pointer (&self));
}

EsimQmiSlotState
esim_qmi_card_get_slot_state (EsimCard *card)
{
  return esim_qmi_watch_get_slot_state (ESIM_QMI_CARD (card)->watch);
}

const char *
esim_qmi_card_get_iccid (EsimCard *card)
{
  return esim_qmi_watch_get_iccid (ESIM_QMI_CARD (card)->watch);
}

static void
esim_qmi_card_dispose (GObject *object)
{
  EsimQmiCard *self = ESIM_QMI_CARD (object);

  g_clear_pointer (&self->watch, esim_qmi_watch_free);
  if (self->device != NULL)
    g_signal_handlers_disconnect_by_data (self->device, self);
  g_clear_object (&self->device);
  g_clear_pointer (&self->record, esim_qmi_record_free);
  G_OBJECT_CLASS (esim_qmi_card_parent_class)->dispose (object);
}

static void
esim_qmi_card_class_init (EsimQmiCardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_qmi_card_dispose;
}

static void
esim_qmi_card_init (EsimQmiCard *self)
{
}

static void
esim_qmi_card_iface_init (EsimCardInterface *iface)
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
  iface->shut = card_shut;
}
