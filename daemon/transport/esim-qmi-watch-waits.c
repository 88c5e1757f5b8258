/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-watch-private.h"

#include <string.h>

#include "esim-error.h"
#include "esim-iccid.h"

#define POLL_MS 500 /* a net for modems that never indicate */
#define BUSY_POLL_MS 350
#define SETTLE_MS 300
#define GRACE_MS 3000
#define QUIET_MS 2000 /* after which what may be a step on the way is taken for what stays */
#define BLANK_QUIET_MS 300
#define SWITCH_QUIET_MS                                                                                      \
  3000 /* after which a modem that said nothing on a switch of slots is taken at its word */

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

/* Whether the modem is done with the card. @with_profile: there is one on it that the modem will find */
static gboolean
is_done (EsimQmiWatch *self, EsimQmiCardState state, gboolean with_profile, gboolean sessionless)
{
  gint64 quiet = since_ms (self->heard_at);

  if (state == ESIM_QMI_CARD_BLANK)
    return !with_profile && quiet >= BLANK_QUIET_MS;
  if (state == ESIM_QMI_CARD_DETECTED)
    return sessionless && quiet >= QUIET_MS;
  return state == ESIM_QMI_CARD_READY || state == ESIM_QMI_CARD_UNKNOWN;
}

static gboolean
shows (EsimQmiWatch *self, const EsimQmiAwaited *awaited)
{
  gboolean with_profile = awaited->expected != NULL;

  /* Some modems have no other word for a card without a profile. */
  if (!with_profile && (self->state == ESIM_QMI_CARD_ABSENT || self->state == ESIM_QMI_CARD_DOWN))
    return self->restarted && since_ms (self->heard_at) >= QUIET_MS;
  if (!is_done (self, self->state, with_profile, awaited->sessionless))
    return FALSE;
  if (with_profile)
    return g_strcmp0 (self->iccid, awaited->expected) == 0;
  return self->iccid == NULL || (awaited->previous != NULL && strcmp (self->iccid, awaited->previous) != 0);
}

/* What the modem shows may be from before the switch. Once it has begun anew, the state is the final one. */
static gboolean
is_settled (EsimQmiWatch *self, const EsimQmiAwaited *awaited)
{
  if (self->restarted)
    return TRUE;
  if (awaited->expected == NULL)
    return FALSE;
  return g_strcmp0 (awaited->expected, awaited->previous) != 0 || since_ms (awaited->begin) >= GRACE_MS;
}

gboolean
esim_qmi_watch_is_fulfilled (EsimQmiWatch *self)
{
  return self->awaited != NULL && shows (self, self->awaited) && is_settled (self, self->awaited);
}

/* One look. %FALSE only if there is no use in going on. */
static gboolean
look_again (EsimQmiWatch *self, gint64 end, GError **error)
{
  g_autoptr (GError) failure = NULL;

  /* A modem that is busy with its card answers this with all kinds of errors. */
  if (!esim_qmi_watch_look (self, MIN (ESIM_QMI_WATCH_TIMEOUT, left_ms (end) / 1000 + 1), &failure) &&
      esim_port_is_gone (ESIM_PORT (self->device))) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return esim_port_go_on (ESIM_PORT (self->device), "wait for the modem", error);
}

/* Until the next indication, or as long as it makes sense to wait for one. */
static gboolean
pause_for (EsimQmiWatch *self, guint indications, guint timeout_ms, GError **error)
{
  if (indications == self->indications)
    esim_port_pause (ESIM_PORT (self->device), MAX (timeout_ms, 1));
  return esim_port_check (ESIM_PORT (self->device), "wait for the modem", error) &&
         esim_port_go_on (ESIM_PORT (self->device), "wait for the modem", error);
}

/* -- the subscription -- */

static gboolean
await_shown (EsimQmiWatch *self, const EsimQmiAwaited *awaited, gboolean *seen, GError **error)
{
  guint matched_at = G_MAXUINT;

  while (TRUE) {
    guint indications = self->indications;
    guint pause;

    *seen = esim_qmi_watch_is_fulfilled (self);
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
  EsimQmiAwaited awaited = {expected, previous, now, now + timeout_ms * G_TIME_SPAN_MILLISECOND,
                            self->state == ESIM_QMI_CARD_DETECTED && !self->was_ready};
  gboolean ok;

  *seen = FALSE;
  if (expected_iccid != NULL && expected == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "What the modem is to show is not an ICCID");
    return FALSE;
  }
  self->awaiting = TRUE;
  self->awaited = &awaited;
  /* One that came before the wait was begun, with the command that the card answered last. */
  self->restarted =
      self->restarted || esim_qmi_watch_is_passing (self) || self->state == ESIM_QMI_CARD_ABSENT;
  self->heard_at = now;
  ok = await_shown (self, &awaited, seen, error);
  self->awaiting = FALSE;
  self->awaited = NULL;
  self->restarted = FALSE;
  esim_qmi_watch_remember_announced (self);
  return ok;
}

/* -- resets -- */

void
esim_qmi_watch_begin_reset (EsimQmiWatch *self)
{
  self->awaiting = TRUE;
  self->restarted = TRUE;
}

void
esim_qmi_watch_end_reset (EsimQmiWatch *self, gboolean done)
{
  self->awaiting = FALSE;
  /* Whatever was known is of before. */
  if (done && esim_qmi_state_may_last (self->state))
    self->state = ESIM_QMI_CARD_READING;
  self->restarted = done;
}

/* -- slots -- */

GPtrArray *
esim_qmi_watch_list_slots (EsimQmiWatch *self, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, ESIM_QMI_WATCH_TIMEOUT, error);
  EsimQmiSlot *only;

  if (slots == NULL)
    return NULL;
  only = g_ptr_array_index (slots, 0);
  if (!only->known && self->state == ESIM_QMI_CARD_ABSENT)
    only->card = QMI_UIM_PHYSICAL_CARD_STATE_ABSENT;
  else if (!only->known && esim_qmi_state_may_last (self->state))
    only->card = QMI_UIM_PHYSICAL_CARD_STATE_PRESENT;
  return esim_qmi_slots_describe (slots);
}

/* A switch of slots under way. */
typedef struct {
  guint slot;
  guint indications; /* counted before it */
  gint64 begin, end;
} Switch;

/* A modem may tell of the card that it used before until it has begun with the other. */
static gboolean
has_begun (EsimQmiWatch *self, const Switch *under_way)
{
  return self->indications != under_way->indications || since_ms (under_way->begin) >= SWITCH_QUIET_MS;
}

/* Whether the card in the slot that the modem was told to use can be asked for. */
static gboolean
is_usable (EsimQmiWatch *self, const Switch *under_way, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, ESIM_QMI_WATCH_TIMEOUT, error);
  const EsimQmiSlot *used = slots != NULL ? esim_qmi_slots_find (slots, under_way->slot, error) : NULL;
  const EsimQmiSlot *own = slots != NULL ? esim_qmi_slots_find (slots, self->slot->number, NULL) : NULL;
  EsimQmiCardState state;
  guint uim_slot;

  if (own != NULL)
    esim_qmi_watch_set_slot (self, own);
  if (used == NULL || !used->active || !has_begun (self, under_way))
    return FALSE;
  if (used->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    return TRUE;
  uim_slot = self->by_logical_slot && used->logical != 0 ? used->logical : 1;
  if (!esim_qmi_state_query (self->device, uim_slot, ESIM_QMI_WATCH_TIMEOUT, &state, NULL, error))
    return FALSE;
  if (state == ESIM_QMI_CARD_BLANK &&
      esim_qmi_state_is_refused (self->device, uim_slot, ESIM_QMI_WATCH_TIMEOUT))
    return FALSE;
  return is_done (self, state, FALSE, TRUE);
}

static gboolean
await_slot (EsimQmiWatch *self, const Switch *under_way, GError **error)
{
  while (TRUE) {
    g_autoptr (GError) failure = NULL;
    guint indications = self->indications;

    /* The first call or two after a switch fail on some modems. */
    if (is_usable (self, under_way, &failure))
      return TRUE;
    if (left_ms (under_way->end) == 0) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                   "The modem switched to slot %u and does not come to the card there", under_way->slot);
      return FALSE;
    }
    if (!pause_for (self, indications, MIN (left_ms (under_way->end), BUSY_POLL_MS), error))
      return FALSE;
  }
}

static gboolean
switch_slot (EsimQmiWatch *self, const Switch *under_way, guint *previous, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_qmi_slots_query (self->device, ESIM_QMI_WATCH_TIMEOUT, error);
  const EsimQmiSlot *used = slots != NULL ? esim_qmi_slots_find (slots, 0, error) : NULL;
  const EsimQmiSlot *wanted;

  if (used == NULL)
    return FALSE;
  if (!used->known && under_way->slot != used->number) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "The modem does not tell of more than one slot");
    return FALSE;
  }
  wanted = esim_qmi_slots_find (slots, under_way->slot, error);
  if (wanted == NULL)
    return FALSE;
  *previous = wanted->active ? wanted->number : used->number;
  if (wanted->active)
    return TRUE;
  return esim_qmi_slots_switch (self->device, used->logical != 0 ? used->logical : 1, under_way->slot,
                                error) &&
         await_slot (self, under_way, error);
}

gboolean
esim_qmi_watch_use_slot (EsimQmiWatch *self, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  Switch under_way = {slot, self->indications, now, now + timeout_ms * G_TIME_SPAN_MILLISECOND};
  guint before = 0;
  gboolean ok;

  if (previous != NULL)
    *previous = 0;
  if (!esim_port_go_on (ESIM_PORT (self->device), "switch to the slot", error))
    return FALSE;
  self->awaiting = TRUE;
  self->heard_at = now;
  ok = switch_slot (self, &under_way, &before, error);
  if (ok && !esim_qmi_watch_look (self, ESIM_QMI_WATCH_TIMEOUT, NULL))
    self->slot_stale = TRUE;
  self->awaiting = FALSE;
  self->restarted = FALSE;
  esim_qmi_watch_remember_announced (self);
  if (previous != NULL)
    *previous = before;
  return ok;
}
