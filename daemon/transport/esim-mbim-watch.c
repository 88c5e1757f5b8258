/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-watch.h"

#include <string.h>

#include "esim-error.h"
#include "esim-iccid.h"
#include "esim-mbim-slots.h"
#include "esim-mbim-subscription.h"

#define QUERY_TIMEOUT 5 /* s */
#define POLL_MS 1000    /* a net for modems that never indicate */
#define SETTLE_MS 300
#define GRACE_MS 3000

struct _EsimMbimWatch {
  EsimMbimDevice *device;
  EsimMbimWatchFunc changed;
  gpointer data;
  EsimMbimSlot slot;
  EsimMbimReady ready;
  char *announced;   /* what "changed" is measured against, see describe() */
  guint indications; /* of the ready state, counted */
  gboolean awaiting;
  gboolean restarted; /* the modem began to read the card again, since the await began */
  gboolean slot_stale;
  guint8
      told[ESIM_MBIM_SLOTS_MAX]; /* of each slot, as summarise() has it: what "slots" is measured against */
};

static EsimMbimSlotState
slot_state (EsimMbimWatch *self)
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
describe (EsimMbimWatch *self)
{
  return g_strdup_printf ("%d %d %s", slot_state (self),
                          self->ready.state == MBIM_SUBSCRIBER_READY_STATE_SIM_NOT_INSERTED,
                          self->ready.iccid != NULL ? self->ready.iccid : "");
}

static void
remember_announced (EsimMbimWatch *self)
{
  g_free (self->announced);
  self->announced = describe (self);
}

static void
announce (EsimMbimWatch *self)
{
  g_autofree char *now = NULL;

  if (self->awaiting || self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED ||
      (self->slot.known && esim_mbim_slot_state_is_passing (self->slot.state)))
    return;
  now = describe (self);
  if (g_strcmp0 (now, self->announced) == 0)
    return;
  remember_announced (self);
  self->changed (ESIM_MBIM_NEWS_CHANGED, self->data);
}

static void
note_ready (EsimMbimWatch *self)
{
  self->indications++;
  if (self->ready.state == MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED) {
    self->restarted = TRUE;
    if (!self->awaiting)
      self->changed (ESIM_MBIM_NEWS_RESET, self->data);
  }
  esim_port_wake (ESIM_PORT (self->device));
}

/* Never 0. */
static guint8
summarise (const EsimMbimSlot *slot)
{
  return (guint8) (1 + esim_mbim_slot_get_content (slot) * 2 + esim_mbim_slot_looks_active (slot));
}

/* On its way through a switch a modem says many things: what stands after it counts. */
static void
compare_slot (EsimMbimWatch *self, guint number, MbimUiccSlotState state)
{
  EsimMbimSlot slot = {.number = number, .known = TRUE, .state = state};
  guint8 now = summarise (&slot);

  if (self->awaiting || esim_mbim_slot_state_is_passing (state) || self->told[number - 1] == now)
    return;
  self->told[number - 1] = now;
  self->changed (ESIM_MBIM_NEWS_SLOTS, self->data);
}

static void
note_slot (EsimMbimWatch *self, guint number, MbimUiccSlotState state)
{
  /* Which slot is in use may have changed with it; asked when it is needed, for nothing can be asked from
   * here. */
  self->slot_stale = TRUE;
  compare_slot (self, number, state);
  if (number != self->slot.number)
    return;
  self->slot.known = TRUE;
  self->slot.state = state;
  if (state == MBIM_UICC_SLOT_STATE_OFF || state == MBIM_UICC_SLOT_SATE_OFF_EMPTY)
    self->slot.active = FALSE;
}

static void
on_indication (EsimMbimDevice *device, MbimMessage *message, EsimMbimWatch *self)
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

gboolean
esim_mbim_watch_ensure_active (EsimMbimWatch *self, GError **error)
{
  if (self->slot_stale || !self->slot.active) {
    if (!esim_mbim_slot_query (self->device, &self->slot, error))
      return FALSE;
    self->slot_stale = FALSE;
  }
  if (self->slot.active)
    return TRUE;
  if (esim_mbim_slot_is_empty (&self->slot)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no card in slot %u of the modem",
                 self->slot.number);
    return FALSE;
  }
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
               "The modem uses another slot than slot %u: switch it there first", self->slot.number);
  if (error != NULL)
    esim_error_set_detail (*error, ESIM_DETAIL_SLOT_STATE, g_variant_new_string ("inactive"));
  return FALSE;
}

/* Asks, unless the modem said something of itself meanwhile: that is the newer word. */
static gboolean
ask_ready (EsimMbimWatch *self, guint timeout, GError **error)
{
  EsimMbimReady answer = {.state = MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED};
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

/* A modem is done with a switch of slots when the slot tells of a card that is not just being read; the ready
 * state says the same where the slot does not. */
static gboolean
has_card_ready (EsimMbimWatch *self)
{
  if (self->slot.known && esim_mbim_slot_state_is_passing (self->slot.state))
    return FALSE;
  return self->ready.state != MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED;
}

static gboolean
await_slot (EsimMbimWatch *self, guint slot, gint64 end, GError **error)
{
  EsimMbimSlot used = {.wanted = slot};

  while (TRUE) {
    g_autoptr (GError) failure = NULL;
    gint64 left = (end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

    /* The first call or two after a switch fail on some modems. */
    if (esim_mbim_slot_query (self->device, &used, &failure) && used.active &&
        (!used.known || !esim_mbim_slot_state_is_passing (used.state)) &&
        ask_ready (self, QUERY_TIMEOUT, &failure) &&
        (slot != self->slot.number || (self->slot = used, has_card_ready (self))))
      return TRUE;
    if (esim_port_is_gone (ESIM_PORT (self->device)) ||
        g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CANCELLED)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    if (left <= 0) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                   "The modem switched to slot %u and does not come to the card there", slot);
      return FALSE;
    }
    esim_port_pause (ESIM_PORT (self->device), (guint) MIN (left, POLL_MS));
    if (!esim_port_go_on (ESIM_PORT (self->device), "wait for the slot", error))
      return FALSE;
  }
}

gboolean
esim_mbim_watch_use_slot (EsimMbimWatch *self, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  guint before = 0;
  gboolean ok;

  if (previous != NULL)
    *previous = 0;
  if (!esim_port_go_on (ESIM_PORT (self->device), "switch to the slot", error))
    return FALSE;
  self->awaiting = TRUE;
  ok = esim_mbim_slots_map (self->device, slot, &before, error);
  if (ok && before != slot)
    ok = await_slot (self, slot, end, error);
  self->awaiting = FALSE;
  self->slot_stale = TRUE;
  remember_announced (self);
  if (previous != NULL)
    *previous = before;
  return ok;
}

typedef struct {
  const char *expected;
  const char *previous;
  gint64 begin, end;
} Awaited;

static gboolean
shows (EsimMbimWatch *self, const Awaited *awaited)
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
is_settled (EsimMbimWatch *self, const Awaited *awaited)
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

  return (guint) CLAMP (left, 0, G_MAXINT);
}

/* One look: by the modem's own word if it came, else by asking. %FALSE only if there is no use in going on.
 */
static gboolean
look_again (EsimMbimWatch *self, guint *indications, const Awaited *awaited, GError **error)
{
  guint timeout = MIN (QUERY_TIMEOUT, left_ms (awaited) / 1000 + 1);
  g_autoptr (GError) failure = NULL;

  if (*indications == self->indications && !ask_ready (self, timeout, &failure)) {
    /* A modem that is busy with its card answers this with all kinds of errors. */
    if (esim_port_is_gone (ESIM_PORT (self->device))) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    self->ready.state = MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED;
  }
  *indications = self->indications;
  return esim_port_go_on (ESIM_PORT (self->device), "wait for the modem", error);
}

static gboolean
await_shown (EsimMbimWatch *self, const Awaited *awaited, gboolean *seen, GError **error)
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
    esim_port_pause (ESIM_PORT (self->device), MIN (left_ms (awaited), *seen ? SETTLE_MS : POLL_MS));
    if (esim_port_is_gone (ESIM_PORT (self->device))) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                   "The modem went away while it read the card again");
      return FALSE;
    }
  }
}

gboolean
esim_mbim_watch_await (EsimMbimWatch *self, const char *expected_iccid, const char *previous_iccid,
                       guint timeout_ms, gboolean *seen, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *expected = esim_iccid_normalise (expected_iccid);
  g_autofree char *previous = esim_iccid_normalise (previous_iccid);
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
  remember_announced (self);
  return ok;
}

static gboolean
learn (EsimMbimWatch *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!esim_mbim_slot_query (self->device, &self->slot, error))
    return FALSE;
  if (!esim_mbim_subscribe (self->device, &failure))
    g_debug ("no indications: %s", failure->message);
  g_clear_error (&failure);
  if (!esim_mbim_ready_query (self->device, QUERY_TIMEOUT, &self->ready, &failure)) {
    if (esim_port_is_gone (ESIM_PORT (self->device)) ||
        g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    g_debug ("no ready state: %s", failure->message);
  }
  /* A card that is being read just now is news once it can be asked, whatever it shows then. */
  if (self->ready.state != MBIM_SUBSCRIBER_READY_STATE_NOT_INITIALIZED)
    remember_announced (self);
  return TRUE;
}

EsimMbimWatch *
esim_mbim_watch_new (EsimMbimDevice *device, guint slot, EsimMbimWatchFunc changed, gpointer data,
                     GError **error)
{
  g_autoptr (EsimMbimWatch) self = g_new0 (EsimMbimWatch, 1);

  self->device = g_object_ref (device);
  self->changed = changed;
  self->data = data;
  self->slot.wanted = slot;
  /* Nothing is announced before it is known what to measure it against. */
  self->awaiting = TRUE;
  g_signal_connect (device, "indication", G_CALLBACK (on_indication), self);
  if (!learn (self, error))
    return NULL;
  self->awaiting = FALSE;
  /* From now on it is this slot, whichever the modem uses. */
  self->slot.wanted = self->slot.number;
  return g_steal_pointer (&self);
}

void
esim_mbim_watch_free (EsimMbimWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->device, self);
  g_object_unref (self->device);
  esim_mbim_ready_clear (&self->ready);
  g_free (self->announced);
  g_free (self);
}

guint
esim_mbim_watch_get_slot (EsimMbimWatch *self)
{
  return self->slot.number;
}

EsimMbimSlotState
esim_mbim_watch_get_slot_state (EsimMbimWatch *self)
{
  return slot_state (self);
}

const char *
esim_mbim_watch_get_iccid (EsimMbimWatch *self)
{
  return self->ready.iccid;
}
