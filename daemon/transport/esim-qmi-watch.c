/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-watch.h"

#include <string.h>

#include "esim-error.h"
#include "esim-iccid.h"
#include "esim-qmi-events.h"
#include "esim-qmi-slots.h"
#include "esim-qmi-state.h"

#define QUERY_TIMEOUT 5 /* s */
#define POLL_MS 1000    /* a net for modems that never indicate */
#define BUSY_POLL_MS 400
#define SETTLE_MS 300
#define GRACE_MS 3000

#define QUIET_MS 2000 /* after which a card that is not there is taken for one without a profile */

/* What a wait is for. */
typedef struct {
  const char *expected;
  const char *previous;
  gint64 begin, end;
} Awaited;

/* Outlives the watch if it has to. */
typedef struct {
  EsimQmiWatch *watch; /* NULL once it is no more */
} Ask;

struct _EsimQmiWatch {
  EsimQmiDevice *device;
  gboolean by_logical_slot;
  EsimQmiWatchFunc changed;
  gpointer data;
  EsimQmiSlot *slot;
  EsimQmiCardState state;
  char *iccid;        /* that the modem shows; NULL if none */
  char *announced;    /* what "changed" is measured against, see describe() */
  guint indications;  /* of the card and its slot, counted */
  gboolean awaiting;  /* nothing is announced */
  gboolean restarted; /* the modem began to read the card again, since the await began or it was announced */
  gboolean slot_stale;
  gboolean looking; /* a question of ours is under way, which may be broken off */
  gint64 heard_at;  /* when the last indication came */
  const Awaited *awaited;
  Ask *ask; /* what is asked without waiting for it */
};

static EsimPort *
get_port (EsimQmiWatch *self)
{
  return ESIM_PORT (self->device);
}

guint
esim_qmi_watch_get_uim_slot (EsimQmiWatch *self)
{
  return self->by_logical_slot && self->slot->logical != 0 ? self->slot->logical : 1;
}

EsimQmiSlotState
esim_qmi_watch_get_slot_state (EsimQmiWatch *self)
{
  if (self->slot->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    return ESIM_QMI_SLOT_ABSENT;
  if (!self->slot->active)
    return ESIM_QMI_SLOT_INACTIVE;
  return self->state == ESIM_QMI_CARD_ABSENT ? ESIM_QMI_SLOT_ABSENT : ESIM_QMI_SLOT_ACTIVE;
}

static gboolean
is_passing (EsimQmiWatch *self)
{
  return self->state == ESIM_QMI_CARD_DOWN || self->state == ESIM_QMI_CARD_READING;
}

/* -- news -- */

/* What a listener of "changed" cares for. */
static char *
describe (EsimQmiWatch *self)
{
  return g_strdup_printf ("%d %s", esim_qmi_watch_get_slot_state (self),
                          self->iccid != NULL ? self->iccid : "");
}

static void
remember_announced (EsimQmiWatch *self)
{
  g_free (self->announced);
  self->announced = describe (self);
}

static void
announce (EsimQmiWatch *self)
{
  g_autofree char *now = NULL;

  if (self->awaiting || is_passing (self))
    return;
  now = describe (self);
  if (g_strcmp0 (now, self->announced) == 0)
    return;
  remember_announced (self);
  self->changed (ESIM_QMI_NEWS_CHANGED, self->data);
}

static void
set_iccid (EsimQmiWatch *self, const char *iccid)
{
  if (g_strcmp0 (self->iccid, iccid) == 0)
    return;
  g_free (self->iccid);
  self->iccid = g_strdup (iccid);
}

static void
set_slot (EsimQmiWatch *self, const EsimQmiSlot *slot)
{
  g_clear_pointer (&self->slot, esim_qmi_slot_free);
  self->slot = esim_qmi_slot_copy (slot);
  if (slot->iccid != NULL || slot->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    set_iccid (self, slot->iccid);
}

static void
note_restart (EsimQmiWatch *self)
{
  if (self->restarted)
    return;
  self->restarted = TRUE;
  if (!self->awaiting)
    self->changed (ESIM_QMI_NEWS_RESET, self->data);
}

/* -- what is asked without waiting -- */

static void
on_iccid (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Ask *ask = data;
  g_autoptr (QmiMessageUimReadTransparentOutput) output = NULL;
  g_autofree char *iccid = NULL;
  EsimQmiWatch *self = ask->watch;

  output = qmi_client_uim_read_transparent_finish (QMI_CLIENT_UIM (source), result, NULL);
  if (self == NULL)
    return;
  self->ask = NULL;
  if (output == NULL || self->awaiting)
    return;
  if (qmi_message_uim_read_transparent_output_get_result (output, NULL))
    iccid = esim_qmi_state_get_iccid (output, NULL);
  set_iccid (self, iccid);
  announce (self);
}

/* The modem has read the card again, and its indications do not say what it found. */
static void
ask_later (EsimQmiWatch *self)
{
  g_autoptr (QmiMessageUimReadTransparentInput) input = NULL;
  QmiClientUim *uim = esim_qmi_device_get_uim (self->device, NULL);

  if (uim == NULL || self->ask != NULL || self->awaiting)
    return;
  self->ask = g_new0 (Ask, 1);
  self->ask->watch = self;
  input = esim_qmi_state_new_iccid_input (esim_qmi_watch_get_uim_slot (self));
  qmi_client_uim_read_transparent (uim, input, QUERY_TIMEOUT, NULL, on_iccid, self->ask);
}

/* -- waits: what they are for -- */

static gint64
since_ms (gint64 time)
{
  return (g_get_monotonic_time () - time) / G_TIME_SPAN_MILLISECOND;
}

static guint
left_ms (gint64 end)
{
  return (guint) CLAMP (-since_ms (end), 0, G_MAXINT);
}

static gboolean
shows (EsimQmiWatch *self, const Awaited *awaited)
{
  if (awaited->expected != NULL)
    return !is_passing (self) && self->state != ESIM_QMI_CARD_ABSENT &&
           g_strcmp0 (self->iccid, awaited->expected) == 0;
  /* Some modems have no other word for a card without a profile. */
  if (self->state == ESIM_QMI_CARD_ABSENT || self->state == ESIM_QMI_CARD_DOWN)
    return self->restarted && since_ms (self->heard_at) >= QUIET_MS;
  if (is_passing (self))
    return FALSE;
  return self->iccid == NULL || (awaited->previous != NULL && strcmp (self->iccid, awaited->previous) != 0);
}

/* What the modem shows may be from before the switch. Once it has begun anew, the state is the final one. */
static gboolean
is_settled (EsimQmiWatch *self, const Awaited *awaited)
{
  if (self->restarted)
    return TRUE;
  if (awaited->expected == NULL)
    return FALSE;
  return g_strcmp0 (awaited->expected, awaited->previous) != 0 || since_ms (awaited->begin) >= GRACE_MS;
}

/* -- indications -- */

static void
take_slots (EsimQmiWatch *self, QmiMessage *message)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_parse (message, NULL);
  gboolean was_there = self->slot->active && self->slot->card == QMI_UIM_PHYSICAL_CARD_STATE_PRESENT;
  const EsimQmiSlot *slot;

  slot = slots != NULL ? esim_qmi_slots_find (slots, self->slot->number, NULL) : NULL;
  if (slot == NULL)
    return;
  set_slot (self, slot);
  if (!slot->active)
    self->state = ESIM_QMI_CARD_UNKNOWN; /* it is of another slot from now on */
  if (was_there && slot->card != QMI_UIM_PHYSICAL_CARD_STATE_PRESENT)
    note_restart (self);
  else if (slot->active && slot->iccid == NULL && slot->card == QMI_UIM_PHYSICAL_CARD_STATE_PRESENT)
    ask_later (self);
}

static void
take_state (EsimQmiWatch *self, QmiMessage *message)
{
  EsimQmiCardState state;

  if (!self->slot->active ||
      !esim_qmi_state_parse (message, esim_qmi_watch_get_uim_slot (self), &state, NULL, NULL))
    return;
  self->state = state;
  if (state == ESIM_QMI_CARD_ABSENT)
    set_iccid (self, NULL);
  if (state != ESIM_QMI_CARD_READY) {
    note_restart (self);
  } else if (self->restarted && !self->awaiting) {
    self->restarted = FALSE;
    ask_later (self);
  }
}

static void
take_refresh (EsimQmiWatch *self, QmiMessage *message)
{
  gboolean begins, ends;

  esim_qmi_events_take_refresh (self->device, message, &begins, &ends);
  if (begins) {
    note_restart (self);
    self->state = ESIM_QMI_CARD_READING;
  }
  if (!ends)
    return;
  if (self->state == ESIM_QMI_CARD_READING)
    self->state = ESIM_QMI_CARD_READY;
  self->restarted = self->restarted && self->awaiting;
  ask_later (self);
}

static void
on_indication (EsimQmiDevice *device, QmiMessage *message, EsimQmiWatch *self)
{
  guint16 id = qmi_message_get_message_id (message);

  if (id == ESIM_QMI_SLOT_STATUS_INDICATION)
    take_slots (self, message);
  else if (id == ESIM_QMI_CARD_STATUS_INDICATION)
    take_state (self, message);
  else if (id == ESIM_QMI_REFRESH_INDICATION)
    take_refresh (self, message);
  else
    return;
  self->indications++;
  self->heard_at = g_get_monotonic_time ();
  esim_port_wake (get_port (self));
  /* A modem at work may leave a question unanswered for long, and has just said what it was to answer. */
  if (self->looking && self->awaited != NULL && shows (self, self->awaited) &&
      is_settled (self, self->awaited))
    esim_port_interrupt (get_port (self));
  announce (self);
}

/* -- asking -- */

static gboolean
ask_slot (EsimQmiWatch *self, guint timeout, GError **error)
{
  g_autoptr (GPtrArray) slots = NULL;
  const EsimQmiSlot *slot;
  guint indications = self->indications;

  slots = esim_qmi_slots_query (self->device, timeout, error);
  slot = slots != NULL ? esim_qmi_slots_find (slots, self->slot->number, error) : NULL;
  if (slot == NULL)
    return FALSE;
  /* What the modem said of itself meanwhile is the newer word. */
  if (indications == self->indications || !self->slot->known)
    set_slot (self, slot);
  self->slot_stale = FALSE;
  return TRUE;
}

static gboolean
ask_state (EsimQmiWatch *self, guint timeout, GError **error)
{
  guint indications = self->indications;
  EsimQmiCardState state = ESIM_QMI_CARD_UNKNOWN;

  if (self->slot->active &&
      !esim_qmi_state_query (self->device, esim_qmi_watch_get_uim_slot (self), timeout, &state, NULL, error))
    return FALSE;
  if (indications == self->indications)
    self->state = state;
  return TRUE;
}

/* The slot's status says it, or the card's file does; also where the status may be of before the switch. */
static void
ask_iccid (EsimQmiWatch *self, guint timeout)
{
  g_autofree char *iccid = NULL;
  g_autoptr (GError) failure = NULL;
  guint indications = self->indications;
  const char *expected = self->awaited != NULL ? self->awaited->expected : NULL;
  gboolean doubted = self->restarted && expected != NULL && g_strcmp0 (self->iccid, expected) != 0;

  if (!self->slot->active || is_passing (self) || self->state == ESIM_QMI_CARD_ABSENT ||
      (self->slot->iccid != NULL && !doubted))
    return;
  iccid = esim_qmi_state_read_iccid (self->device, esim_qmi_watch_get_uim_slot (self), timeout, &failure);
  if (failure != NULL)
    g_debug ("%s", failure->message);
  if (indications == self->indications && (iccid != NULL || self->slot->iccid == NULL))
    set_iccid (self, iccid);
}

/* All of it. %FALSE where a question was not answered. */
static gboolean
look (EsimQmiWatch *self, guint timeout, GError **error)
{
  gboolean ok;

  self->looking = TRUE;
  ok = ask_slot (self, timeout, error) && ask_state (self, timeout, error);
  if (ok)
    ask_iccid (self, timeout);
  self->looking = FALSE;
  return ok;
}

gboolean
esim_qmi_watch_ensure_active (EsimQmiWatch *self, GError **error)
{
  if ((self->slot_stale || !self->slot->active) && !ask_slot (self, QUERY_TIMEOUT, error))
    return FALSE;
  if (self->slot->active)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
               "The modem uses another slot than slot %u: switch it there first", self->slot->number);
  if (error != NULL)
    esim_error_set_detail (*error, ESIM_DETAIL_SLOT_STATE, g_variant_new_string ("inactive"));
  return FALSE;
}

/* One look. %FALSE only if there is no use in going on. */
static gboolean
look_again (EsimQmiWatch *self, gint64 end, GError **error)
{
  g_autoptr (GError) failure = NULL;

  /* A modem that is busy with its card answers this with all kinds of errors. */
  if (!look (self, MIN (QUERY_TIMEOUT, left_ms (end) / 1000 + 1), &failure) &&
      esim_port_is_gone (get_port (self))) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return esim_port_go_on (get_port (self), "wait for the modem", error);
}

/* Until the next indication, or as long as it makes sense to wait for one. */
static gboolean
pause_for (EsimQmiWatch *self, guint indications, guint timeout_ms, GError **error)
{
  if (indications == self->indications)
    esim_port_pause (get_port (self), MAX (timeout_ms, 1));
  return esim_port_check (get_port (self), "wait for the modem", error) &&
         esim_port_go_on (get_port (self), "wait for the modem", error);
}

/* -- the subscription -- */

static gboolean
await_shown (EsimQmiWatch *self, const Awaited *awaited, gboolean *seen, GError **error)
{
  guint matched_at = G_MAXUINT;

  while (TRUE) {
    guint indications = self->indications;
    guint pause;

    *seen = shows (self, awaited) && is_settled (self, awaited);
    if (*seen)
      return TRUE;
    if (!look_again (self, awaited->end, error))
      return FALSE;
    *seen = shows (self, awaited);
    /* Still the same after a quiet moment: a modem that says nothing on its way. */
    if (*seen && (is_settled (self, awaited) || (awaited->expected == NULL && matched_at == indications)))
      return TRUE;
    if (left_ms (awaited->end) == 0)
      return TRUE;
    matched_at = *seen ? indications : G_MAXUINT;
    pause = *seen ? SETTLE_MS : self->restarted ? BUSY_POLL_MS : POLL_MS;
    if (!pause_for (self, indications, MIN (left_ms (awaited->end), pause), error))
      return FALSE;
  }
}

gboolean
esim_qmi_watch_await (EsimQmiWatch *self, const char *expected_iccid, const char *previous_iccid,
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
  self->awaited = &awaited;
  /* One that came before the wait was begun, with the command that the card answered last. */
  self->restarted = self->restarted || is_passing (self);
  self->heard_at = now;
  ok = await_shown (self, &awaited, seen, error);
  self->awaiting = FALSE;
  self->awaited = NULL;
  self->restarted = FALSE;
  remember_announced (self);
  return ok;
}

void
esim_qmi_watch_await_down (EsimQmiWatch *self, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;

  while (self->state != ESIM_QMI_CARD_DOWN && self->state != ESIM_QMI_CARD_ABSENT && left_ms (end) > 0) {
    guint indications = self->indications;

    if (!pause_for (self, indications, left_ms (end), NULL))
      return;
  }
}

/* -- slots -- */

GPtrArray *
esim_qmi_watch_list_slots (EsimQmiWatch *self, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, QUERY_TIMEOUT, error);
  EsimQmiSlot *only;

  if (slots == NULL)
    return NULL;
  only = g_ptr_array_index (slots, 0);
  if (!only->known && self->state == ESIM_QMI_CARD_ABSENT)
    only->card = QMI_UIM_PHYSICAL_CARD_STATE_ABSENT;
  else if (!only->known && self->state == ESIM_QMI_CARD_READY)
    only->card = QMI_UIM_PHYSICAL_CARD_STATE_PRESENT;
  return esim_qmi_slots_describe (slots);
}

/* Whether the card in @slot, which the modem was told to use, can be asked for. */
static gboolean
is_usable (EsimQmiWatch *self, guint slot, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, QUERY_TIMEOUT, error);
  const EsimQmiSlot *used = slots != NULL ? esim_qmi_slots_find (slots, slot, error) : NULL;
  EsimQmiCardState state;

  if (used == NULL || !used->active)
    return FALSE;
  if (slot == self->slot->number)
    set_slot (self, used);
  if (used->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    return TRUE;
  if (!esim_qmi_state_query (self->device, self->by_logical_slot && used->logical != 0 ? used->logical : 1,
                             QUERY_TIMEOUT, &state, NULL, error))
    return FALSE;
  if (slot == self->slot->number)
    self->state = state;
  return state == ESIM_QMI_CARD_READY || state == ESIM_QMI_CARD_UNKNOWN;
}

static gboolean
await_slot (EsimQmiWatch *self, guint slot, gint64 end, GError **error)
{
  while (TRUE) {
    g_autoptr (GError) failure = NULL;
    guint indications = self->indications;

    /* The first call or two after a switch fail on some modems. */
    if (is_usable (self, slot, &failure))
      return TRUE;
    if (left_ms (end) == 0) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                   "The modem switched to slot %u and does not come to the card there", slot);
      return FALSE;
    }
    if (!pause_for (self, indications, MIN (left_ms (end), BUSY_POLL_MS), error))
      return FALSE;
  }
}

static gboolean
switch_slot (EsimQmiWatch *self, guint slot, gint64 end, guint *previous, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, QUERY_TIMEOUT, error);
  const EsimQmiSlot *wanted, *used;
  guint logical;

  wanted = slots != NULL ? esim_qmi_slots_find (slots, slot, error) : NULL;
  if (wanted == NULL)
    return FALSE;
  used = esim_qmi_slots_find (slots, 0, NULL);
  logical = used->logical != 0 ? used->logical : 1;
  *previous = wanted->active ? slot : used->number;
  if (wanted->active)
    return TRUE;
  return esim_qmi_slots_switch (self->device, logical, slot, error) && await_slot (self, slot, end, error);
}

gboolean
esim_qmi_watch_use_slot (EsimQmiWatch *self, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  guint before = 0;
  gboolean ok;

  if (!esim_port_go_on (get_port (self), "switch to the slot", error))
    return FALSE;
  self->awaiting = TRUE;
  ok = switch_slot (self, slot, end, &before, error);
  self->awaiting = FALSE;
  self->restarted = FALSE;
  self->slot_stale = TRUE;
  remember_announced (self);
  if (previous != NULL)
    *previous = before;
  return ok;
}

/* -- life -- */

static gboolean
learn (EsimQmiWatch *self, guint wanted, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, QUERY_TIMEOUT, error);
  const EsimQmiSlot *slot = slots != NULL ? esim_qmi_slots_find (slots, wanted, error) : NULL;
  g_autoptr (GError) failure = NULL;

  if (slot == NULL)
    return FALSE;
  self->slot = esim_qmi_slot_copy (slot);
  set_iccid (self, slot->iccid);
  g_signal_connect (self->device, "indication", G_CALLBACK (on_indication), self);
  if (!esim_qmi_events_register (self->device, esim_qmi_watch_get_uim_slot (self), &failure))
    g_debug ("no indications: %s", failure->message);
  g_clear_error (&failure);
  if (!ask_state (self, QUERY_TIMEOUT, &failure)) {
    if (esim_port_is_gone (get_port (self)) || g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    g_debug ("no state of the card: %s", failure->message);
  }
  ask_iccid (self, QUERY_TIMEOUT);
  /* A card that is being read just now is news once it can be asked, whatever it shows then. */
  if (!is_passing (self))
    remember_announced (self);
  return esim_port_check (get_port (self), "ask for the card", error);
}

EsimQmiWatch *
esim_qmi_watch_new (EsimQmiDevice *device, guint slot, gboolean by_logical_slot, EsimQmiWatchFunc changed,
                    gpointer data, GError **error)
{
  g_autoptr (EsimQmiWatch) self = g_new0 (EsimQmiWatch, 1);

  self->device = g_object_ref (device);
  self->by_logical_slot = by_logical_slot;
  self->changed = changed;
  self->data = data;
  /* Nothing is announced before it is known what to measure it against. */
  self->awaiting = TRUE;
  if (!learn (self, slot, error))
    return NULL;
  self->awaiting = FALSE;
  self->restarted = is_passing (self);
  return g_steal_pointer (&self);
}

void
esim_qmi_watch_free (EsimQmiWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->device, self);
  if (self->ask != NULL)
    self->ask->watch = NULL;
  g_object_unref (self->device);
  g_clear_pointer (&self->slot, esim_qmi_slot_free);
  g_free (self->iccid);
  g_free (self->announced);
  g_free (self);
}

guint
esim_qmi_watch_get_slot (EsimQmiWatch *self)
{
  return self->slot->number;
}

const char *
esim_qmi_watch_get_iccid (EsimQmiWatch *self)
{
  return self->iccid;
}
