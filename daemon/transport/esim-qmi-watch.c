/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-watch-private.h"

#include "esim-error.h"
#include "esim-qmi-events.h"
#include "esim-qmi-slots.h"
#include "esim-qmi-state.h"

#define SETTLE_MS 1000 /* of a card of which nothing is awaited */

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

gboolean
esim_qmi_watch_is_passing (EsimQmiWatch *self)
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

void
esim_qmi_watch_remember_announced (EsimQmiWatch *self)
{
  g_free (self->announced);
  self->announced = describe (self);
}

static void
announce (EsimQmiWatch *self)
{
  g_autofree char *now = NULL;

  if (self->awaiting || esim_qmi_watch_is_passing (self) ||
      (self->restarted && self->state != ESIM_QMI_CARD_ABSENT))
    return;
  now = describe (self);
  if (g_strcmp0 (now, self->announced) == 0)
    return;
  esim_qmi_watch_remember_announced (self);
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

void
esim_qmi_watch_set_slot (EsimQmiWatch *self, const EsimQmiSlot *slot)
{
  g_clear_pointer (&self->slot, esim_qmi_slot_free);
  self->slot = esim_qmi_slot_copy (slot);
  if (slot->iccid != NULL || slot->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    set_iccid (self, slot->iccid);
}

void
esim_qmi_watch_set_state (EsimQmiWatch *self, EsimQmiCardState state)
{
  self->state = state;
  self->was_ready = self->was_ready || state == ESIM_QMI_CARD_READY;
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
  g_autofree EsimQmiAsk *ask = data;
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

static void
drop_settling (EsimQmiWatch *self)
{
  if (self->settling == NULL)
    return;
  g_source_destroy (self->settling);
  g_clear_pointer (&self->settling, g_source_unref);
}

/* The modem has read the card again, and its indications do not say what it found. */
static void
ask_later (EsimQmiWatch *self)
{
  g_autoptr (QmiMessageUimReadTransparentInput) input = NULL;
  QmiClientUim *uim = esim_qmi_device_get_uim (self->device, NULL);

  if (self->awaiting)
    return;
  drop_settling (self);
  self->restarted = FALSE;
  if (uim == NULL || self->ask != NULL)
    return;
  self->ask = g_new0 (EsimQmiAsk, 1);
  self->ask->watch = self;
  input = esim_qmi_state_new_iccid_input (esim_qmi_watch_get_uim_slot (self));
  qmi_client_uim_read_transparent (uim, input, ESIM_QMI_WATCH_TIMEOUT, NULL, on_iccid, self->ask);
}

static gboolean
on_settled (gpointer data)
{
  EsimQmiWatch *self = data;

  /* One that is being read says so when it was. */
  if (!esim_qmi_watch_is_passing (self))
    ask_later (self);
  return G_SOURCE_REMOVE;
}

/* The same once nothing more is said: it may be a step on the way. */
static void
ask_once_settled (EsimQmiWatch *self)
{
  drop_settling (self);
  self->settling = g_timeout_source_new (SETTLE_MS);
  g_source_set_callback (self->settling, on_settled, self, NULL);
  g_source_attach (self->settling, g_main_context_get_thread_default ());
}

/* -- indications -- */

static char *
describe_slots (GPtrArray *slots)
{
  g_autoptr (GPtrArray) list = esim_qmi_slots_describe (slots);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++) {
    const EsimCardSlot *slot = g_ptr_array_index (list, i);

    g_string_append_printf (text, "%d %d %s;", slot->active, slot->content,
                            slot->eid != NULL ? slot->eid : "");
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* On its way through a switch a modem says many things: what stands after it counts. */
static void
compare_slots (EsimQmiWatch *self, GPtrArray *slots)
{
  g_autofree char *told = NULL;

  if (self->awaiting)
    return;
  told = describe_slots (slots);
  if (g_strcmp0 (self->told, told) == 0)
    return;
  g_free (self->told);
  self->told = g_steal_pointer (&told);
  self->changed (ESIM_QMI_NEWS_SLOTS, self->data);
}

static void
take_slots (EsimQmiWatch *self, QmiMessage *message)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_parse (message, NULL);
  gboolean was_there = self->slot->active && self->slot->card == QMI_UIM_PHYSICAL_CARD_STATE_PRESENT;
  const EsimQmiSlot *slot;

  if (slots != NULL)
    compare_slots (self, slots);
  slot = slots != NULL ? esim_qmi_slots_find (slots, self->slot->number, NULL) : NULL;
  if (slot == NULL)
    return;
  esim_qmi_watch_set_slot (self, slot);
  if (!slot->active)
    self->state = ESIM_QMI_CARD_UNKNOWN; /* it is of another slot from now on */
  if (was_there && slot->card != QMI_UIM_PHYSICAL_CARD_STATE_PRESENT)
    note_restart (self);
  else if (slot->active && slot->card == QMI_UIM_PHYSICAL_CARD_STATE_PRESENT &&
           (slot->iccid == NULL || self->restarted))
    ask_once_settled (self);
}

static void
take_state (EsimQmiWatch *self, QmiMessage *message)
{
  EsimQmiCardState state;

  if (!self->slot->active ||
      !esim_qmi_state_parse (message, esim_qmi_watch_get_uim_slot (self), &state, NULL, NULL))
    return;
  esim_qmi_watch_set_state (self, state);
  if (state == ESIM_QMI_CARD_ABSENT)
    set_iccid (self, NULL);
  if (state != ESIM_QMI_CARD_READY)
    note_restart (self);
  if (state == ESIM_QMI_CARD_READY && self->restarted)
    ask_later (self);
  else if (state == ESIM_QMI_CARD_BLANK || state == ESIM_QMI_CARD_DETECTED)
    ask_once_settled (self);
  else
    drop_settling (self);
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
  esim_port_wake (ESIM_PORT (self->device));
  /* A modem at work may leave a question unanswered for long, and has just said what it was to answer. */
  if (self->looking && esim_qmi_watch_is_fulfilled (self))
    esim_port_interrupt (ESIM_PORT (self->device));
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
    esim_qmi_watch_set_slot (self, slot);
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
  if (state == ESIM_QMI_CARD_BLANK && self->awaiting &&
      esim_qmi_state_is_refused (self->device, esim_qmi_watch_get_uim_slot (self), timeout))
    state = ESIM_QMI_CARD_READING;
  if (indications == self->indications)
    esim_qmi_watch_set_state (self, state);
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

  if (!self->slot->active || esim_qmi_watch_is_passing (self) || self->state == ESIM_QMI_CARD_ABSENT ||
      (self->slot->iccid != NULL && !doubted))
    return;
  iccid = esim_qmi_state_read_iccid (self->device, esim_qmi_watch_get_uim_slot (self), timeout, &failure);
  if (failure != NULL)
    g_debug ("%s", failure->message);
  if (indications == self->indications && (iccid != NULL || self->slot->iccid == NULL))
    set_iccid (self, iccid);
}

/* All of it. %FALSE where a question was not answered. */
gboolean
esim_qmi_watch_look (EsimQmiWatch *self, guint timeout, GError **error)
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
  if ((self->slot_stale || !self->slot->active) && !ask_slot (self, ESIM_QMI_WATCH_TIMEOUT, error))
    return FALSE;
  if (self->slot->active)
    return TRUE;
  if (self->slot->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no card in slot %u of the modem",
                 self->slot->number);
    return FALSE;
  }
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
               "The modem uses another slot than slot %u: switch it there first", self->slot->number);
  if (error != NULL)
    esim_error_set_detail (*error, ESIM_DETAIL_SLOT_STATE, g_variant_new_string ("inactive"));
  return FALSE;
}

/* -- life -- */

static gboolean
learn (EsimQmiWatch *self, guint wanted, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, ESIM_QMI_WATCH_TIMEOUT, error);
  const EsimQmiSlot *slot = slots != NULL ? esim_qmi_slots_find (slots, wanted, error) : NULL;
  g_autoptr (GError) failure = NULL;

  if (slot == NULL)
    return FALSE;
  self->slot = esim_qmi_slot_copy (slot);
  self->told = describe_slots (slots);
  set_iccid (self, slot->iccid);
  g_signal_connect (self->device, "indication", G_CALLBACK (on_indication), self);
  if (!esim_qmi_events_register (self->device, esim_qmi_watch_get_uim_slot (self), &failure))
    g_debug ("no indications: %s", failure->message);
  g_clear_error (&failure);
  if (!ask_state (self, ESIM_QMI_WATCH_TIMEOUT, &failure)) {
    if (esim_port_is_gone (ESIM_PORT (self->device)) ||
        g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    g_debug ("no state of the card: %s", failure->message);
  }
  ask_iccid (self, ESIM_QMI_WATCH_TIMEOUT);
  /* A card that is being read just now is news once it can be asked, whatever it shows then. */
  if (!esim_qmi_watch_is_passing (self))
    esim_qmi_watch_remember_announced (self);
  return esim_port_check (ESIM_PORT (self->device), "ask for the card", error);
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
  self->restarted = esim_qmi_watch_is_passing (self);
  return g_steal_pointer (&self);
}

void
esim_qmi_watch_free (EsimQmiWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->device, self);
  drop_settling (self);
  if (self->ask != NULL)
    self->ask->watch = NULL;
  g_object_unref (self->device);
  g_clear_pointer (&self->slot, esim_qmi_slot_free);
  g_free (self->iccid);
  g_free (self->announced);
  g_free (self->told);
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
