/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-host-private.h"
#include "esim-card-loss.h"
#include "esim-card-post.h"
#include "esim-error.h"
#include "esim-redact.h"

#include <string.h>

#define RESETS_MAX 3
#define RECOVER_WITHIN_S 120
#define RESET_PAUSE_MS 500 /* until the modem has begun to read the card again */

static EsimProfileInfo *
find_profile (GPtrArray *profiles, const char *iccid)
{
  for (guint i = 0; profiles != NULL && i < profiles->len; i++) {
    EsimProfileInfo *profile = g_ptr_array_index (profiles, i);

    if (strcmp (profile->iccid, iccid) == 0)
      return profile;
  }
  return NULL;
}

EsimCardHost *
esim_card_host_new (const EsimCardHostSetup *setup)
{
  EsimCardHost *self = g_new0 (EsimCardHost, 1);
  g_autoptr (GPtrArray) marks = NULL;

  self->setup = *setup;
  self->setup.modem = self->modem = esim_modem_config_copy (setup->modem);
  self->keeps_slot = setup->transport->is_shared != NULL && setup->transport->is_shared (setup->modem);
  self->hold = esim_hold_new (setup->worker, setup->keeper, setup->modem->name, setup->modem->device);
  self->asker = esim_asker_new (setup->worker);
  self->mark = esim_channel_mark_new (setup->runtime_dir, setup->modem->name, setup->modem->slot);
  /* Looking at the folder also takes away what cut off writes left there. */
  marks = esim_store_list (setup->store, ESIM_UNSAVED_KIND, ESIM_UNSAVED_VERSION, NULL);
  if ((marks != NULL && marks->len > 0) || esim_channel_mark_is_set (self->mark)) {
    self->resets_left = RESETS_MAX;
    self->recover_until = g_get_monotonic_time () + RECOVER_WITHIN_S * G_USEC_PER_SEC;
  }
  return self;
}

void
esim_card_host_free (EsimCardHost *self)
{
  esim_modem_config_free (self->modem);
  esim_channel_mark_free (self->mark);
  esim_hold_free (self->hold);
  esim_asker_free (self->asker);
  g_free (self->eid);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  g_clear_pointer (&self->info, esim_euicc_info_unref);
  esim_card_host_drop_details (self);
  g_clear_pointer (&self->notifications, g_ptr_array_unref);
  g_free (self);
}

static void
on_card_gone (EsimCard *card, gpointer data)
{
  esim_hold_lose (((EsimCardHost *) data)->hold);
  esim_card_post_gone (&((EsimCardHost *) data)->setup);
}

static void
on_card_reset (EsimCard *card, gpointer data)
{
  ((EsimCardHost *) data)->stale = TRUE;
}

static void
on_card_changed (EsimCard *card, gpointer data)
{
  ((EsimCardHost *) data)->stale = TRUE;
  esim_card_post_changed (&((EsimCardHost *) data)->setup);
}

static void
look_job (gpointer data)
{
  EsimCardHost *self = data;

  self->looking = FALSE;
  if (!self->stopping && esim_card_host_is_open (self))
    esim_card_host_look_at_slots (self);
}

/* In a callback nothing may wait. */
static void
on_card_slots (EsimCard *card, gpointer data)
{
  EsimCardHost *self = data;

  if (self->looking)
    return;
  self->looking = TRUE;
  esim_worker_push (self->setup.worker, look_job, self, NULL);
}

static void
post_news (EsimCardHost *self)
{
  EsimCardSnapshot *snapshot;

  if (!self->news || self->eid == NULL || self->profiles == NULL)
    return;
  self->news = FALSE;
  snapshot = esim_card_snapshot_new (self->eid, self->slot, self->profiles);
  snapshot->is_iot = self->is_iot || (self->info != NULL && self->info->is_iot);
  snapshot->info = self->info != NULL ? esim_euicc_info_ref (self->info) : NULL;
  snapshot->details = self->details != NULL ? esim_card_details_ref (self->details) : NULL;
  snapshot->notifications = self->notifications != NULL ? g_ptr_array_ref (self->notifications) : NULL;
  esim_card_post_snapshot (&self->setup, snapshot);
}

/* Whatever was known belongs to the card that was there. */
static void
forget (EsimCardHost *self)
{
  g_clear_pointer (&self->eid, g_free);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  g_clear_pointer (&self->info, esim_euicc_info_unref);
  g_clear_pointer (&self->details, esim_card_details_unref);
  g_clear_pointer (&self->notifications, g_ptr_array_unref);
  self->listed = FALSE;
  self->all_saved = FALSE;
}

static void
stop_linger (EsimCardHost *self)
{
  if (self->linger == NULL)
    return;
  g_source_destroy (self->linger);
  g_clear_pointer (&self->linger, g_source_unref);
}

static void
drop_card (EsimCardHost *self)
{
  esim_card_host_abandon (self);
  if (self->card == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->card, self);
  esim_card_shut (self->card);
  /* It closed what was open, unless nobody was there any more to be told. */
  if (!esim_card_is_gone (self->card))
    esim_channel_mark_clear (self->mark);
  g_clear_object (&self->card);
}

void
esim_card_host_hurry (EsimCardHost *self, guint grace_ms)
{
  self->stopping = TRUE;
  esim_hold_hurry (self->hold);
  esim_asker_hurry (self->asker);
  if (self->interrupt != NULL)
    self->interrupt (self->interrupted);
  if (self->card != NULL)
    esim_card_hurry (self->card, grace_ms);
}

/* @slots: (transfer full) */
static void
post_port (EsimCardHost *self, GPtrArray *slots)
{
  self->slots = slots->len;
  esim_card_post_port (&self->setup, &(EsimPortNews){self->way, self->slot, slots});
}

void
esim_card_host_look_at_slots (EsimCardHost *self)
{
  g_autoptr (GError) local = NULL;
  GPtrArray *slots;

  if (self->setup.port == NULL || self->card == NULL || self->slots == 1)
    return;
  slots = esim_card_list_slots (self->card, &local);
  if (slots == NULL)
    g_message ("the modem does not tell of its slots: %s", local->message);
  else
    post_port (self, slots);
}

/* Each way in turn, beginning with the one that served last; the first failure is the one to be told. */
static EsimCard *
open_way (EsimCardHost *self, GError **error)
{
  guint count = esim_modem_config_count_ways (self->setup.modem), first = self->way;
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < count; i++) {
    guint number = (first + i) % count;
    EsimWay way = esim_modem_config_get_way (self->setup.modem, number);
    g_autoptr (GError) local = NULL;
    EsimCard *card =
        self->setup.transport->open (self->setup.modem, &way, self->setup.transport->data, &local);

    self->way = number;
    if (card != NULL)
      return card;
    if (failure == NULL)
      failure = g_steal_pointer (&local);
    else
      g_message ("%s by %s: %s", self->setup.modem->name, way.transport, local->message);
    if (self->stopping)
      break;
  }
  self->way = first;
  g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

gboolean
esim_card_host_ensure_card (EsimCardHost *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (self->card != NULL && esim_card_is_gone (self->card))
    drop_card (self);
  if (self->card != NULL)
    return TRUE;
  self->card = open_way (self, error);
  if (self->card == NULL)
    return FALSE;
  self->slot = esim_card_get_slot (self->card);
  /* The modem may use another one when its port is opened again, and somebody else look at that. */
  if (self->keeps_slot)
    self->modem->found_slot = self->slot;
  self->slots = 0;
  g_signal_connect (self->card, "gone", G_CALLBACK (on_card_gone), self);
  g_signal_connect (self->card, "reset", G_CALLBACK (on_card_reset), self);
  g_signal_connect (self->card, "changed", G_CALLBACK (on_card_changed), self);
  g_signal_connect (self->card, "slots", G_CALLBACK (on_card_slots), self);
  if (esim_channel_mark_is_set (self->mark) && !esim_card_close_stale (self->card, &local))
    g_message ("the channel left open by an earlier run could not be closed: %s", local->message);
  esim_card_host_look_at_slots (self);
  return TRUE;
}

/* A switch that was cut off by the end of an earlier run can leave a modem that lets nobody come to the card
 * until it is reset: the reset which that run did not come to. One that came while the modem was still at
 * work with the switch may not have been enough, and the modem may let somebody in for a moment before that:
 * so a few times, for as long as a modem takes for such things. */
static EsimIsdr *
open_isdr (EsimCardHost *self, GError **error)
{
  g_autoptr (GError) failure = NULL, reset = NULL;
  EsimIsdr *isdr = esim_isdr_open (self->card, &failure);

  if (isdr == NULL && self->resets_left > 0 && g_get_monotonic_time () < self->recover_until &&
      g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR)) {
    self->resets_left--;
    if (!esim_card_reset (self->card, ESIM_CARD_RESET_CARD, &reset)) {
      g_message ("the UICC could not be reset after an earlier run was cut off: %s", reset->message);
    } else {
      g_clear_error (&failure);
      esim_wait_sleep (RESET_PAUSE_MS);
      isdr = esim_isdr_open (self->card, &failure);
    }
  }
  if (isdr == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return isdr;
}

/* By another way, if it is only this one that does not lead to a card. */
static gboolean
open_session (EsimCardHost *self, GError **error)
{
  guint count = esim_modem_config_count_ways (self->setup.modem), first = self->way;
  g_autoptr (GError) failure = NULL;

  for (guint i = 0; i < count; i++) {
    g_autoptr (GError) local = NULL;

    if (esim_card_host_ensure_card (self, &local)) {
      esim_channel_mark_set (self->mark);
      self->listed = FALSE;
      self->stale = FALSE;
      self->isdr = open_isdr (self, &local);
      self->is_iot = self->isdr != NULL && esim_isdr_is_iot (self->isdr);
    }
    if (self->isdr != NULL)
      return TRUE;
    if (failure == NULL)
      failure = g_error_copy (local);
    if (!esim_card_is_no_way (local) || count == 1)
      break;
    drop_card (self);
    self->way = (first + i + 1) % count;
  }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
esim_card_host_check_eid (EsimCardHost *self, const char *eid, GError **error)
{
  const char *found = esim_isdr_get_eid (self->isdr);

  /* Nothing announced it: what is shown is of a card that is not here. */
  if (self->eid != NULL && strcmp (self->eid, found) != 0) {
    forget (self);
    esim_card_post_changed (&self->setup);
  }
  if (self->eid == NULL) {
    self->eid = g_strdup (found);
    self->news = TRUE;
  }
  if (eid == NULL || strcmp (eid, found) == 0)
    return TRUE;
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
      "another eUICC is in this slot now; nothing was changed on it. Put the first one back to go on");
  return FALSE;
}

EsimIsdr *
esim_card_host_begin (EsimCardHost *self, const char *eid, GError **error)
{
  stop_linger (self);
  /* A session is renewed between two jobs, never within one: what a job has read holds for its session. */
  if (!self->working && self->stale) {
    esim_card_host_close (self);
    /* The modem may use another slot now, or a card may have come into one. */
    if (self->card != NULL && !esim_card_is_gone (self->card))
      esim_card_host_look_at_slots (self);
  }
  self->working = TRUE;
  if ((self->isdr == NULL || self->card == NULL || esim_card_is_gone (self->card)) &&
      !open_session (self, error))
    return NULL;
  return esim_card_host_check_eid (self, eid, error) ? self->isdr : NULL;
}

EsimIsdr *
esim_card_host_get_session (EsimCardHost *self, const char *eid, GError **error)
{
  if (self->isdr != NULL && self->listed && !esim_card_is_gone (self->card) &&
      strcmp (esim_isdr_get_eid (self->isdr), eid) == 0)
    return self->isdr;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                       "the card went away in the middle of the work; nothing more was done");
  return NULL;
}

void
esim_card_host_close (EsimCardHost *self)
{
  stop_linger (self);
  if (self->isdr == NULL)
    return;
  /* What could not be closed the modem may have still. */
  if (esim_isdr_close (g_steal_pointer (&self->isdr)))
    esim_channel_mark_clear (self->mark);
}

void
esim_card_host_abandon (EsimCardHost *self)
{
  stop_linger (self);
  if (self->isdr != NULL)
    esim_isdr_abandon (g_steal_pointer (&self->isdr));
}

void
esim_card_host_shut (EsimCardHost *self)
{
  esim_card_host_close (self);
  drop_card (self);
}

static void
close_job (gpointer data)
{
  EsimCardHost *self = data;

  /* Another job may have come first and gone: then it left a linger of its own. */
  if (self->linger == NULL)
    esim_card_host_close (self);
}

/* In a callback nothing may wait, and closing waits: it becomes a job. */
static gboolean
on_linger (gpointer data)
{
  EsimCardHost *self = data;

  g_clear_pointer (&self->linger, g_source_unref);
  esim_worker_push (self->setup.worker, close_job, self, NULL);
  return G_SOURCE_REMOVE;
}

static void
start_linger (EsimCardHost *self)
{
  stop_linger (self);
  if (self->setup.linger_ms == 0) {
    esim_card_host_close (self);
    return;
  }
  self->linger = g_timeout_source_new (self->setup.linger_ms);
  g_source_set_callback (self->linger, on_linger, self, NULL);
  g_source_attach (self->linger, esim_worker_get_context (self->setup.worker));
}

void
esim_card_host_end (EsimCardHost *self, const GError *error)
{
  self->working = FALSE;
  if (self->isdr == NULL && esim_card_is_out_of_reach (error))
    forget (self);
  if (self->card != NULL && esim_card_is_gone (self->card)) {
    drop_card (self);
    forget (self);
  } else if (self->card != NULL && g_error_matches (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT)) {
    /* The two may have lost step with one another: the device is opened anew, and what stayed open is closed
     * then. */
    drop_card (self);
    esim_channel_mark_set (self->mark);
  } else if (self->isdr != NULL && error != NULL && esim_card_is_session_lost (error)) {
    esim_card_host_close (self);
  } else if (self->isdr != NULL) {
    start_linger (self);
  }
  post_news (self);
}

gboolean
esim_card_host_use_slot (EsimCardHost *self, guint slot, guint *previous, GError **error)
{
  if (previous != NULL)
    *previous = 0;
  if (!esim_card_host_ensure_card (self, error))
    return FALSE;
  esim_card_host_close (self);
  if (!esim_card_use_slot (self->card, slot, self->setup.switch_timeout_ms, previous, error))
    return FALSE;
  esim_card_host_look_at_slots (self);
  return TRUE;
}

gboolean
esim_card_host_is_open (EsimCardHost *self)
{
  return self->card != NULL && !esim_card_is_gone (self->card);
}

gboolean
esim_card_host_check_running (EsimCardHost *self, GError **error)
{
  if (!self->stopping)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CANCELLED,
                       "the service is stopping; what was begun goes on at its next start");
  return FALSE;
}

EsimHold *
esim_card_host_get_hold (EsimCardHost *self)
{
  return self->hold;
}

EsimAsker *
esim_card_host_get_asker (EsimCardHost *self)
{
  return self->asker;
}

EsimWorker *
esim_card_host_get_worker (EsimCardHost *self)
{
  return self->setup.worker;
}

EsimStore *
esim_card_host_get_store (EsimCardHost *self)
{
  return self->setup.store;
}

void
esim_card_host_set_interrupt (EsimCardHost *self, EsimWorkerJob interrupt, gpointer data)
{
  self->interrupt = interrupt;
  self->interrupted = data;
  if (interrupt != NULL && self->stopping)
    interrupt (data);
}

EsimCard *
esim_card_host_get_card (EsimCardHost *self)
{
  return self->card;
}

const char *
esim_card_host_get_eid (EsimCardHost *self)
{
  return self->eid;
}

guint
esim_card_host_get_switch_timeout (EsimCardHost *self)
{
  return self->setup.switch_timeout_ms;
}

GPtrArray *
esim_card_host_read_profiles (EsimCardHost *self, GError **error)
{
  EsimIsdr *isdr = esim_card_host_begin (self, NULL, error);
  GPtrArray *profiles = isdr != NULL ? esim_isdr_list_profiles (isdr, error) : NULL;

  if (profiles == NULL)
    return NULL;
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  self->profiles = profiles;
  self->listed = TRUE;
  self->news = TRUE;
  return profiles;
}

GPtrArray *
esim_card_host_get_profiles (EsimCardHost *self, GError **error)
{
  return self->profiles != NULL ? self->profiles : esim_card_host_read_profiles (self, error);
}

EsimProfileInfo *
esim_card_host_find_profile (EsimCardHost *self, const char *iccid)
{
  return find_profile (self->profiles, iccid);
}

void
esim_card_host_replace_profile (EsimCardHost *self, EsimProfileInfo *profile)
{
  /* A snapshot may hold the old array: it stays as it is. */
  GPtrArray *profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_profile_info_unref);

  for (guint i = 0; i < self->profiles->len; i++) {
    EsimProfileInfo *old = g_ptr_array_index (self->profiles, i);

    g_ptr_array_add (profiles,
                     esim_profile_info_ref (strcmp (old->iccid, profile->iccid) == 0 ? profile : old));
  }
  g_ptr_array_unref (self->profiles);
  self->profiles = profiles;
  self->news = TRUE;
}

EsimEuiccInfo *
esim_card_host_get_info (EsimCardHost *self, gboolean whole, GError **error)
{
  EsimEuiccInfo *info;
  EsimIsdr *isdr;

  if (self->info != NULL && !whole)
    return self->info;
  isdr = esim_card_host_begin (self, NULL, error);
  if (isdr == NULL)
    return NULL;
  info = whole ? esim_isdr_get_info2 (isdr, error) : esim_isdr_get_info1 (isdr, error);
  if (info == NULL)
    return NULL;
  g_clear_pointer (&self->info, esim_euicc_info_unref);
  self->info = info;
  self->news = TRUE;
  return info;
}

gboolean
esim_card_host_has_details (EsimCardHost *self)
{
  return self->details != NULL;
}

EsimCardDetails *
esim_card_host_get_details (EsimCardHost *self, GError **error)
{
  EsimIsdr *isdr = self->details == NULL ? esim_card_host_begin (self, NULL, error) : NULL;

  if (isdr != NULL)
    self->details = esim_card_details_read (isdr, error);
  self->news = self->news || isdr != NULL;
  return self->details;
}

void
esim_card_host_drop_details (EsimCardHost *self)
{
  g_clear_pointer (&self->details, esim_card_details_unref);
}
