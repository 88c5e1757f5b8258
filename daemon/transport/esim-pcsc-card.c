/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-card.h"

#include "esim-error.h"
#include "esim-pcsc-error.h"
#include "esim-pcsc-link.h"
#include "esim-pcsc-uicc.h"
#include "esim-pcsc-watch.h"
#include "esim-worker.h"

#define APDU_TIMEOUT 60
#define COMMAND_MAX 261
#define FIRST_STATE_MS 10000
/* pcscd tells that a program has left the card only if it has seen it there, and it looks twice a second. */
#define REFUSED_MS 1000
#define SHUT_CHANNEL_MS 1000
#define SHUT_CHANNELS_MS 1500
#define SHUT_WATCH_MS 1000
#define SHUT_LINK_MS 1500
/* Between two looks at what the card shows; longer each time. */
#define LOOK_MS 100
#define LOOK_MAX_MS 2000

struct _EsimPcscCard {
  GObject parent;
  char *reader;
  EsimPcscLink *link;
  EsimPcscWatch *watch;
  guint segment_size;
  guint apdu_timeout_ms;
  int select_p2; /* -1 before the first success */
  EsimPcscUicc uicc;
  guint32 channels; /* set of the open ones */
  DWORD state;      /* of the reader, as it was told last */
  EsimWait *first;  /* for that to be told once */
  GError *unusable; /* why it could not be told */
  GSource *again;   /* looks whether the other program has left */
  gboolean connected;
  gboolean proactive; /* the card asks for a REFRESH, and nobody is there to fetch it */
  gboolean refused;   /* another program had the card to itself */
  gboolean unsure;    /* an exchange failed: a channel of ours may be open that is not in the set */
  gboolean known;
  gboolean gone;
  gboolean shut;
};

static void esim_pcsc_card_iface_init (EsimCardInterface *iface);

G_DEFINE_TYPE_WITH_CODE (EsimPcscCard, esim_pcsc_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, esim_pcsc_card_iface_init))

/* -- the reader, as it is told -- */

static void
become_gone (EsimPcscCard *self)
{
  if (self->gone || self->shut)
    return;
  self->gone = TRUE;
  self->channels = 0;
  esim_pcsc_link_wake (self->link);
  g_signal_emit_by_name (self, "gone");
}

static gboolean
is_other_card (DWORD before, DWORD now)
{
  return (before & SCARD_STATE_PRESENT) != (now & SCARD_STATE_PRESENT) || before >> 16 != now >> 16;
}

static void
on_news (const EsimPcscNews *news, gpointer data)
{
  EsimPcscCard *self = data;
  gboolean first = !self->known;
  DWORD before = self->state;
  gboolean changed;

  if (news->result != SCARD_S_SUCCESS && first)
    self->unusable = esim_pcsc_error_new (news->result, self->reader, "watch the reader");
  else if (news->result != SCARD_S_SUCCESS)
    become_gone (self);
  self->known = TRUE;
  if (self->first != NULL)
    esim_wait_finish (self->first);
  if (news->result != SCARD_S_SUCCESS)
    return;
  self->state = news->state;
  changed = !first && is_other_card (before, news->state);
  if (changed) {
    self->channels = 0;
    self->connected = FALSE;
    self->proactive = FALSE;
    self->unsure = FALSE;
  }
  /* Whoever had it to itself has left. */
  if (self->refused && (news->state & SCARD_STATE_EXCLUSIVE) == 0) {
    self->refused = FALSE;
    changed = TRUE;
  }
  if (changed && !self->shut)
    g_signal_emit_by_name (self, "changed");
}

/* -- commands -- */

static gboolean
check_there (EsimPcscCard *self, const char *what, GError **error)
{
  if (!self->gone && !self->shut)
    return esim_pcsc_link_go_on (self->link, what, error);
  g_propagate_error (error, esim_pcsc_error_new (SCARD_E_READER_UNAVAILABLE, self->reader, what));
  return FALSE;
}

/* After a failure that ends what was between us and the card. */
static void
learn_from (EsimPcscCard *self, LONG code)
{
  if (esim_pcsc_error_is_reader_gone (code)) {
    become_gone (self);
    return;
  }
  if (code == SCARD_E_TIMEOUT || code == SCARD_E_CANCELLED)
    return;
  self->connected = FALSE;
  self->channels = 0;
  self->unsure = code != SCARD_W_RESET_CARD && code != SCARD_W_REMOVED_CARD;
  if (code == SCARD_W_RESET_CARD) {
    g_signal_emit_by_name (self, "reset");
    g_signal_emit_by_name (self, "changed");
  }
}

static void
drop_again (EsimPcscCard *self)
{
  if (self->again == NULL)
    return;
  g_source_destroy (self->again);
  g_clear_pointer (&self->again, g_source_unref);
}

static gboolean
on_again (gpointer data)
{
  EsimPcscCard *self = data;

  drop_again (self);
  if (self->refused)
    g_signal_emit_by_name (self, "changed");
  return G_SOURCE_REMOVE;
}

/* Once: whoever still has it then has been seen, and its leaving is news. */
static void
become_refused (EsimPcscCard *self)
{
  if (!self->refused) {
    drop_again (self);
    self->again = g_timeout_source_new (REFUSED_MS);
    g_source_set_callback (self->again, on_again, self, NULL);
    g_source_attach (self->again, g_main_context_get_thread_default ());
  }
  self->refused = TRUE;
}

static gboolean
ensure_connected (EsimPcscCard *self, GError **error)
{
  LONG code;

  if (self->connected)
    return TRUE;
  if (esim_pcsc_link_connect (self->link, &code, error)) {
    self->connected = TRUE;
    self->refused = FALSE;
    drop_again (self);
    return TRUE;
  }
  if (code == SCARD_E_SHARING_VIOLATION)
    become_refused (self);
  else if (esim_pcsc_error_is_reader_gone (code))
    become_gone (self);
  return FALSE;
}

/* Nothing of ours is open: others may have the card. */
static void
release (EsimPcscCard *self)
{
  if (!self->connected || self->channels != 0 || self->gone)
    return;
  self->connected = FALSE;
  esim_pcsc_link_disconnect (self->link);
}

/* One command as it is. */
static gboolean
exchange (gpointer data, const guint8 *command, gsize length, GByteArray *response, guint16 *word,
          GError **error)
{
  EsimPcscCard *self = data;
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  LONG code;

  if (!esim_pcsc_link_transmit (self->link, command, length, self->apdu_timeout_ms, answer, &code, error)) {
    learn_from (self, code);
    return FALSE;
  }
  *word = (guint16) (answer->data[answer->len - 2] << 8 | answer->data[answer->len - 1]);
  self->proactive |= *word >> 8 == 0x91;
  g_byte_array_append (response, answer->data, answer->len - 2);
  return TRUE;
}

/* -- logical channels -- */

static gboolean
reset_now (EsimPcscCard *self, GError **error)
{
  LONG code;

  self->channels = 0;
  if (!esim_pcsc_link_reset (self->link, &code, error)) {
    learn_from (self, code);
    return FALSE;
  }
  self->connected = TRUE;
  self->proactive = FALSE;
  self->unsure = FALSE;
  return TRUE;
}

/* A card does not tell whose a channel is. While no other program has it, none is anybody's who lives. */
static gboolean
card_close_stale (EsimCard *card, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  g_autoptr (GError) failure = NULL;
  LONG code;

  if (!check_there (self, "close the channels of an earlier run", error))
    return FALSE;
  self->channels = 0;
  self->connected = FALSE;
  self->unsure = FALSE;
  /* A card that is put in later begins with none. */
  if (esim_pcsc_link_reset_alone (self->link, &code, &failure) || code == SCARD_E_NO_SMARTCARD)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
open_with_room (EsimPcscCard *self, guint *channel, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean full;

  if (esim_pcsc_uicc_open_channel (&self->uicc, channel, &full, &failure))
    return TRUE;
  /* Channels that are open now are somebody's who lives. */
  if (full && self->channels == 0 && card_close_stale (ESIM_CARD (self), NULL)) {
    g_clear_error (&failure);
    if (ensure_connected (self, &failure) &&
        esim_pcsc_uicc_open_channel (&self->uicc, channel, &full, &failure))
      return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
card_open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
                   GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  guint opened = 0;

  if (!check_there (self, "open a logical channel", error))
    return FALSE;
  /* Nobody else knows of it, and the card has few. */
  if (self->unsure && self->channels == 0)
    (void) card_close_stale (card, NULL);
  if (!ensure_connected (self, error))
    return FALSE;
  if (!open_with_room (self, &opened, error)) {
    release (self);
    return FALSE;
  }
  self->channels |= 1u << opened;
  if (esim_pcsc_uicc_select (&self->uicc, opened, aid, aid_length, &self->select_p2, answer, error)) {
    *channel = opened;
    return TRUE;
  }
  (void) esim_card_close_channel (card, opened, NULL);
  return FALSE;
}

static gboolean
card_close_channel (EsimCard *card, guint channel, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  gboolean closed;

  if (channel < 1 || channel > ESIM_CARD_CHANNEL_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "There is no logical channel %u", channel);
    return FALSE;
  }
  /* A reset, or another card, has closed it. */
  if ((self->channels & 1u << channel) == 0)
    return TRUE;
  self->channels &= ~(1u << channel);
  closed = esim_pcsc_uicc_close_channel (&self->uicc, channel, error);
  release (self);
  return closed;
}

static gboolean
card_transmit (EsimCard *card, guint channel, const guint8 *command, gsize length, GByteArray *response,
               guint16 *status_word, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);

  if (channel > ESIM_CARD_CHANNEL_MAX || length < 4) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "Not a command for a card's channel");
    return FALSE;
  }
  if (length > COMMAND_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "A command of %" G_GSIZE_FORMAT " octets: %u fit", length, COMMAND_MAX);
    return FALSE;
  }
  if (!check_there (self, "send the card a command", error))
    return FALSE;
  if ((self->channels & 1u << channel) == 0) {
    g_propagate_error (error,
                       esim_pcsc_error_new ((self->state & SCARD_STATE_PRESENT) != 0 ? SCARD_E_INVALID_HANDLE
                                                                                     : SCARD_W_REMOVED_CARD,
                                            self->reader, "send the card a command"));
    return FALSE;
  }
  return exchange (self, command, length, response, status_word, error);
}

static guint
card_get_segment_size (EsimCard *card)
{
  return ESIM_PCSC_CARD (card)->segment_size;
}

/* -- what the card shows -- */

static gboolean
shows (EsimPcscCard *self, const char *expected, const char *previous, gboolean *seen, GError **error)
{
  g_autofree char *iccid = NULL;

  if (!ensure_connected (self, error) || !esim_pcsc_uicc_read_iccid (&self->uicc, &iccid, error))
    return FALSE;
  *seen =
      expected != NULL ? g_strcmp0 (iccid, expected) == 0 : iccid == NULL || g_strcmp0 (iccid, previous) != 0;
  return TRUE;
}

static gboolean
look_until (EsimPcscCard *self, const char *expected, const char *previous, guint timeout_ms, gboolean *seen,
            GError **error)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;

  for (guint pause = LOOK_MS;; pause = MIN (2 * pause, LOOK_MAX_MS)) {
    gint64 left;

    if (!check_there (self, "wait for the card to show the change", error))
      return FALSE;
    /* No modem fetches the REFRESH that the card asks for: it is for us to reset it. */
    if (self->proactive && !reset_now (self, error))
      return FALSE;
    if (!shows (self, expected, previous, seen, error))
      return FALSE;
    left = (end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
    if (*seen || left <= 0)
      return TRUE;
    esim_pcsc_link_pause (self->link, (guint) MIN (left, pause));
    /* It may not have asked, and show the change after a reset only. */
    self->proactive |= pause == LOOK_MS;
  }
}

static gboolean
card_await_subscription (EsimCard *card, const char *expected_iccid, const char *previous_iccid,
                         guint timeout_ms, gboolean *seen, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  gboolean looked;

  self->channels = 0;
  *seen = FALSE;
  looked = look_until (self, expected_iccid, previous_iccid, timeout_ms, seen, error);
  release (self);
  return looked;
}

/* A reader has no use of its own of the card, and no modem. */
static gboolean
card_reset (EsimCard *card, EsimCardReset level, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  gboolean done;

  if (level != ESIM_CARD_RESET_CARD) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "In a smart card reader the card itself can be reset, and nothing else");
    return FALSE;
  }
  if (!check_there (self, "reset the card", error))
    return FALSE;
  done = reset_now (self, error);
  release (self);
  return done;
}

static gboolean
card_is_gone (EsimCard *card)
{
  return ESIM_PCSC_CARD (card)->gone;
}

static guint
card_get_slot (EsimCard *card)
{
  return 1;
}

static GPtrArray *
card_list_slots (EsimCard *card, GError **error)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  g_autoptr (GPtrArray) slots = esim_card_slots_new ();
  gboolean present = (self->state & SCARD_STATE_PRESENT) != 0;

  if (!check_there (self, "look at the slot", error))
    return NULL;
  g_ptr_array_add (slots,
                   esim_card_slot_new (1, TRUE, present ? ESIM_CARD_SLOT_CARD : ESIM_CARD_SLOT_EMPTY, NULL));
  return g_steal_pointer (&slots);
}

static gboolean
card_use_slot (EsimCard *card, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                       "PC/SC shows each slot of a reader as a reader of its own: use that one");
  return FALSE;
}

/* -- life -- */

static void
card_hurry (EsimCard *card, guint grace_ms)
{
  esim_pcsc_link_hurry (ESIM_PCSC_CARD (card)->link, grace_ms);
}

static void
card_shut (EsimCard *card)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (card);
  gint64 end = g_get_monotonic_time () + SHUT_CHANNELS_MS * G_TIME_SPAN_MILLISECOND;

  if (self->shut)
    return;
  self->apdu_timeout_ms = SHUT_CHANNEL_MS;
  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++) {
    g_autoptr (GError) failure = NULL;

    if ((self->channels & 1u << channel) == 0 || self->gone || g_get_monotonic_time () >= end)
      continue;
    if (!esim_pcsc_uicc_close_channel (&self->uicc, channel, &failure))
      g_debug ("channel %u: %s", channel, failure->message);
  }
  self->shut = TRUE;
  self->channels = 0;
  drop_again (self);
  esim_pcsc_watch_free (g_steal_pointer (&self->watch), SHUT_WATCH_MS);
  esim_pcsc_link_close (self->link, SHUT_LINK_MS);
}

static gboolean
await_first_state (EsimPcscCard *self, GError **error)
{
  EsimWait wait;

  esim_wait_init (&wait);
  self->first = &wait;
  self->watch = esim_pcsc_watch_new (self->reader, on_news, self);
  if (!esim_wait_run (&wait, FIRST_STATE_MS))
    self->unusable = g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                                  "The smart card service does not tell of the reader \"%s\". Restart pcscd",
                                  self->reader);
  self->first = NULL;
  if (self->unusable == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->unusable));
  return FALSE;
}

EsimCard *
esim_pcsc_card_open (const EsimPcscOptions *options, GError **error)
{
  g_autoptr (EsimPcscCard) self = g_object_new (ESIM_TYPE_PCSC_CARD, NULL);

  self->reader = g_strdup (options->reader);
  self->segment_size = CLAMP (options->segment_size != 0 ? options->segment_size : 255, 1, 255);
  self->apdu_timeout_ms = 1000 * (options->apdu_timeout != 0 ? options->apdu_timeout : APDU_TIMEOUT);
  self->select_p2 = options->select_p2;
  self->uicc = (EsimPcscUicc){exchange, self};
  self->link = esim_pcsc_link_new (self->reader, error);
  if (self->link == NULL)
    return NULL;
  if (await_first_state (self, error))
    return ESIM_CARD (g_steal_pointer (&self));
  card_shut (ESIM_CARD (self));
  return NULL;
}

static void
esim_pcsc_card_finalize (GObject *object)
{
  EsimPcscCard *self = ESIM_PCSC_CARD (object);

  drop_again (self);
  esim_pcsc_watch_free (self->watch, 0);
  esim_pcsc_link_free (self->link);
  g_clear_error (&self->unusable);
  g_free (self->reader);
  G_OBJECT_CLASS (esim_pcsc_card_parent_class)->finalize (object);
}

static void
esim_pcsc_card_class_init (EsimPcscCardClass *class)
{
  G_OBJECT_CLASS (class)->finalize = esim_pcsc_card_finalize;
}

static void
esim_pcsc_card_init (EsimPcscCard *self)
{
}

static void
esim_pcsc_card_iface_init (EsimCardInterface *iface)
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
