/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-euicc.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-redact.h"
#include "esim-settle.h"

struct _EsimEuicc {
  GObject parent;
  EsimEuiccSetup setup;
  EsimModemConfig *modem; /* a copy: it may be asked for longer than its slot is there */
  EsimWorker *worker;
  EsimCardHost *host; /* the worker's */
  EsimCardSnapshot *snapshot;
  char *told_eid;
  GPtrArray *slots; /* of EsimCardSlot; NULL before they were told */
  gboolean slots_are_news;
  guint slot;
  guint way;
  EsimEuiccState state; /* busy is not kept here */
  char *problem;
  gboolean known;
  gboolean stopped;
  GQueue jobs; /* of Job: those whose end main has not heard of yet */
  EsimOperation *running;
  gboolean reached;       /* the last job left the port open */
  gboolean settled;       /* what an earlier run was cut off in was looked after */
  gboolean reading_again; /* a look that the modem asked for is queued */
  guint retries;          /* looks that failed one after the other */
  guint retry;            /* source of the next one */
  guint unsaved;          /* jobs in a row that left notifications on the card alone */
  guint save;             /* source of the look that is to save them */
  gboolean was_emptied;   /* its slot was empty since the card was read */
};

G_DEFINE_FINAL_TYPE (EsimEuicc, esim_euicc, G_TYPE_OBJECT)

static guint signal_changed;

static void look_again (EsimEuicc *self);

/* A modem that has just come, is still busy with its card, or lost an answer is asked again: soon, then ever
 * more seldom, and not for ever. Later its own word, a Refresh or a Check make it asked. */
#define RETRIES_MAX 6

typedef struct {
  EsimEuicc *euicc;
  EsimOperation *operation;
  EsimTask *task;
  EsimCardJob job;
  EsimCardDone done;
  gpointer data;
  GDestroyNotify free_data;
  gboolean unsaved;
  GError *error;
  gboolean taken;   /* the worker has run it: its messages are under way */
  gboolean reached; /* it ended with the card within reach */
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  if (job->free_data != NULL)
    job->free_data (job->data);
  g_clear_object (&job->operation);
  esim_task_unref (job->task);
  g_clear_error (&job->error);
  g_object_unref (job->euicc);
  g_free (job);
}

static void
set_state (EsimEuicc *self, EsimEuiccState state, const char *problem)
{
  g_autofree char *masked = NULL;

  if (state == ESIM_EUICC_ABSENT && self->state != ESIM_EUICC_ABSENT && self->known) {
    masked = esim_redact_id (esim_euicc_get_eid (self));
    esim_log (ESIM_LOG_CARD_REMOVED, ESIM_LOG_WARNING, ESIM_LOG_FIELD_EUICC, masked,
              "the eUICC %s is away: %s", masked, problem);
  }
  self->state = state;
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

gboolean
esim_euicc_is_slot_inactive (const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);

  return g_variant_lookup (details, ESIM_DETAIL_SLOT_STATE, "s", NULL);
}

/* The modem has begun to use the slot, and is not through with the card: it will be looked at again. */
static gboolean
is_still_coming (EsimEuicc *self, const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);

  return self->state == ESIM_EUICC_INACTIVE_SLOT && self->retries < RETRIES_MAX &&
         g_variant_lookup (details, ESIM_DETAIL_NOT_READY, "b", NULL);
}

/* A card that was away, and is in the slot again or not: which one it is cannot be seen. */
static void
become_inactive (EsimEuicc *self, const char *problem)
{
  if (self->state == ESIM_EUICC_ABSENT)
    g_clear_pointer (&self->snapshot, esim_card_snapshot_unref);
  set_state (self, ESIM_EUICC_INACTIVE_SLOT, problem);
}

/* What the end of a job says about the card. One that did not touch the card says nothing. */
static void
learn_from (EsimEuicc *self, const GError *error, gboolean reached)
{
  if (error == NULL || self->snapshot != NULL) {
    if (error == NULL && reached) {
      self->was_emptied = FALSE;
      set_state (self, ESIM_EUICC_IDLE, "");
    } else if (error != NULL && esim_euicc_is_slot_inactive (error))
      become_inactive (self, error->message);
    else if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED))
      set_state (self, ESIM_EUICC_ABSENT, error->message);
    return;
  }
  /* Nothing was ever read of it. */
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED))
    set_state (self, ESIM_EUICC_UNSUPPORTED, error->message);
  else if (esim_euicc_is_slot_inactive (error))
    set_state (self, ESIM_EUICC_INACTIVE_SLOT, error->message);
  else if (!is_still_coming (self, error))
    set_state (self, ESIM_EUICC_ABSENT, error->message);
}

/* "refreshing" is a phase of what runs. */
static void
on_running_changed (EsimOperation *operation, EsimEuicc *self)
{
  g_signal_emit (self, signal_changed, 0);
}

static void
set_running (EsimEuicc *self, EsimOperation *operation)
{
  if (self->running != NULL)
    g_signal_handlers_disconnect_by_func (self->running, on_running_changed, self);
  if (g_set_object (&self->running, operation) && operation != NULL)
    g_signal_connect (operation, "changed", G_CALLBACK (on_running_changed), self);
}

static void
job_started (gpointer data)
{
  Job *job = data;

  if (job->operation == NULL)
    return;
  set_running (job->euicc, job->operation);
  esim_operation_set_state (job->operation, ESIM_OPERATION_RUNNING);
  g_signal_emit (job->euicc, signal_changed, 0);
}

static gboolean
on_save (gpointer data)
{
  EsimEuicc *self = data;

  self->save = 0;
  look_again (self);
  return G_SOURCE_REMOVE;
}

/* What a full disk or a lost session left on the card alone is fetched by itself. */
static void
plan_saving (EsimEuicc *self, gboolean unsaved)
{
  const EsimConfig *config = self->setup.config;
  guint pause;

  g_clear_handle_id (&self->save, g_source_remove);
  self->unsaved = unsaved ? self->unsaved + 1 : 0;
  if (!unsaved || self->stopped)
    return;
  pause = esim_outbox_get_pause (self->unsaved, config->retry_min_s, config->retry_max_s);
  self->save = g_timeout_add_seconds (pause, on_save, self);
}

static void
job_finished (gpointer data)
{
  Job *job = data;
  EsimEuicc *self = job->euicc;

  g_queue_remove (&self->jobs, job);
  set_running (self, NULL);
  self->reached = job->reached;
  if (!self->stopped)
    learn_from (self, job->error, job->reached);
  plan_saving (self, job->unsaved);
  if (job->done != NULL)
    job->done (self, job->error, job->data);
  else if (job->operation != NULL)
    esim_operation_finish (job->operation, NULL, job->error);
  g_signal_emit (self, signal_changed, 0);
}

static void
nothing (gpointer data)
{
}

/* The last message that has the job frees it. */
static void
post_finished (Job *job)
{
  esim_worker_post_to_main (job_finished, job, NULL);
  esim_worker_post_to_main (nothing, job, job_free);
}

/* One that will never run: whoever waits for its end is told. */
static void
post_dropped (Job *job)
{
  job->error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                                    "the eUICC was taken away before this could be done");
  post_finished (job);
}

/* In the worker. */
static void
job_run (gpointer data)
{
  Job *job = data;

  job->taken = TRUE;
  esim_worker_post_to_main (job_started, job, NULL);
  if (esim_task_check (job->task, &job->error))
    (void) job->job (job->euicc->host, job->task, job->data, &job->error);
  esim_card_host_end (job->euicc->host, job->error);
  job->reached = esim_card_host_is_open (job->euicc->host);
  job->unsaved = esim_card_host_is_marked_unsaved (job->euicc->host);
  post_finished (job);
}

void
esim_euicc_run (EsimEuicc *self, EsimOperation *operation, EsimCardJob func, EsimCardDone done, gpointer data,
                GDestroyNotify free_data)
{
  Job *job = g_new0 (Job, 1);

  job->euicc = g_object_ref (self);
  job->operation = operation != NULL ? g_object_ref (operation) : NULL;
  job->task =
      operation != NULL ? esim_task_ref (esim_operation_get_task (operation)) : esim_task_new (NULL, NULL);
  job->job = func;
  job->done = done;
  job->data = data;
  job->free_data = free_data;
  g_queue_push_tail (&self->jobs, job);
  if (self->stopped) {
    post_dropped (job);
    return;
  }
  esim_worker_push (self->worker, job_run, job, NULL);
}

gboolean
esim_euicc_has_job (EsimEuicc *self, EsimOperation *operation)
{
  for (GList *link = self->jobs.head; link != NULL; link = link->next)
    if (((Job *) link->data)->operation == operation)
      return TRUE;
  return FALSE;
}

/* @data: a gboolean: whether an earlier run was cut off in the middle of something */
static gboolean
open_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (esim_card_host_begin (host, NULL, error) == NULL || esim_card_host_read_profiles (host, error) == NULL)
    return FALSE;
  *(gboolean *) data = esim_card_host_is_marked_unsaved (host);
  if (esim_card_host_is_marked_unsaved (host) &&
      esim_card_host_save_notifications (host, TRUE, &local) == NULL)
    g_warning ("notifications of an earlier run are still on the card alone: %s", local->message);
  return TRUE;
}

static gboolean
settle_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  return esim_settle_check (host, task, error);
}

static void
settle_done (EsimEuicc *self, const GError *error, gpointer data)
{
  if (error != NULL)
    g_message ("%s: %s", self->setup.modem->name, error->message);
}

static gboolean
on_retry (gpointer data)
{
  EsimEuicc *self = data;

  self->retry = 0;
  look_again (self);
  return G_SOURCE_REMOVE;
}

static void
plan_retry (EsimEuicc *self)
{
  if (self->stopped || self->retry != 0 || self->retries >= RETRIES_MAX)
    return;
  self->retry = g_timeout_add_seconds (1U << self->retries, on_retry, self);
  self->retries++;
}

/* Of a card that is pulled and put back an open port tells; of a port that hung up with its proxy nobody. */
static gboolean
may_pass (EsimEuicc *self, const GError *error)
{
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED))
    return !self->reached;
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
}

static void
open_done (EsimEuicc *self, const GError *error, gpointer data)
{
  self->known = TRUE;
  self->reading_again = FALSE;
  if (error == NULL) {
    self->retries = 0;
    /* Later marks are this run's own, which sees to it by itself. */
    if (*(gboolean *) data && !self->settled && !self->stopped)
      esim_euicc_run (self, NULL, settle_job, settle_done, NULL, NULL);
    self->settled = TRUE;
    return;
  }
  g_message ("%s: %s", self->setup.modem->name, error->message);
  if (may_pass (self, error))
    plan_retry (self);
}

static void
look_again (EsimEuicc *self)
{
  g_clear_handle_id (&self->retry, g_source_remove);
  self->reading_again = TRUE;
  esim_euicc_run (self, NULL, open_job, open_done, g_new0 (gboolean, 1), g_free);
}

static void
on_snapshot (EsimCardSnapshot *snapshot, GObject *owner)
{
  EsimEuicc *self = ESIM_EUICC (owner);

  g_clear_pointer (&self->snapshot, esim_card_snapshot_unref);
  self->snapshot = esim_card_snapshot_ref (snapshot);
  g_signal_emit (self, signal_changed, 0);
}

static void
on_port (const EsimPortNews *port, GObject *owner)
{
  EsimEuicc *self = ESIM_EUICC (owner);

  g_clear_pointer (&self->slots, g_ptr_array_unref);
  self->slots = g_ptr_array_ref (port->slots);
  self->slots_are_news = TRUE;
  self->slot = port->slot;
  self->way = port->way;
  g_signal_emit (self, signal_changed, 0);
}

static void
on_saved (const char *id, GObject *owner)
{
  esim_outbox_add (ESIM_EUICC (owner)->setup.outbox, id);
}

static void
on_gone (GObject *owner)
{
  EsimEuicc *self = ESIM_EUICC (owner);

  if (self->stopped)
    return;
  set_state (self, ESIM_EUICC_ABSENT, "the modem went away; plug it in again");
  /* Or only the proxy did. */
  plan_retry (self);
  g_signal_emit (self, signal_changed, 0);
}

static void
on_changed (GObject *owner)
{
  EsimEuicc *self = ESIM_EUICC (owner);

  if (!self->reading_again)
    esim_euicc_reopen (self);
}

void
esim_euicc_reopen (EsimEuicc *self)
{
  self->retries = 0;
  look_again (self);
}

static gboolean
fetch_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  return esim_card_host_begin (host, NULL, error) != NULL &&
         esim_card_host_save_notifications (host, TRUE, error) != NULL;
}

void
esim_euicc_fetch_notifications (EsimEuicc *self)
{
  esim_euicc_run (self, NULL, fetch_job, NULL, NULL, NULL);
}

gboolean
esim_euicc_is_known (EsimEuicc *self)
{
  return self->known;
}

const EsimModemConfig *
esim_euicc_get_modem (EsimEuicc *self)
{
  return self->setup.modem;
}

EsimEuiccState
esim_euicc_get_state (EsimEuicc *self)
{
  if (self->state != ESIM_EUICC_IDLE || self->running == NULL)
    return self->state;
  return g_strcmp0 (esim_operation_get_phase (self->running), "waiting-for-modem") == 0
             ? ESIM_EUICC_REFRESHING
             : ESIM_EUICC_BUSY;
}

const char *
esim_euicc_get_problem (EsimEuicc *self)
{
  return self->problem;
}

EsimCardSnapshot *
esim_euicc_get_snapshot (EsimEuicc *self)
{
  return self->snapshot;
}

const char *
esim_euicc_get_eid (EsimEuicc *self)
{
  return self->snapshot != NULL ? self->snapshot->eid : self->told_eid != NULL ? self->told_eid : "";
}

void
esim_euicc_set_told_eid (EsimEuicc *self, const char *eid)
{
  if (g_strcmp0 (self->told_eid, eid) == 0)
    return;
  g_free (self->told_eid);
  self->told_eid = g_strdup (eid);
  g_signal_emit (self, signal_changed, 0);
}

void
esim_euicc_note_content (EsimEuicc *self, gboolean is_empty)
{
  if (self->state != ESIM_EUICC_INACTIVE_SLOT && self->state != ESIM_EUICC_ABSENT)
    return;
  if (self->was_emptied && !is_empty && self->snapshot != NULL) {
    g_clear_pointer (&self->snapshot, esim_card_snapshot_unref);
    g_signal_emit (self, signal_changed, 0);
  }
  self->was_emptied = is_empty;
}

EsimWay
esim_euicc_get_way (EsimEuicc *self)
{
  return esim_modem_config_get_way (self->setup.modem, self->way);
}

guint
esim_euicc_get_slot (EsimEuicc *self)
{
  return self->slot != 0 ? self->slot : esim_modem_config_get_slot (self->setup.modem);
}

GPtrArray *
esim_euicc_get_slots (EsimEuicc *self)
{
  return self->slots;
}

GPtrArray *
esim_euicc_take_told_slots (EsimEuicc *self)
{
  if (!self->slots_are_news)
    return NULL;
  self->slots_are_news = FALSE;
  return g_ptr_array_ref (self->slots);
}

EsimOperation *
esim_euicc_get_operation (EsimEuicc *self)
{
  return self->running;
}

gboolean
esim_euicc_is_present (EsimEuicc *self)
{
  return self->state == ESIM_EUICC_IDLE && self->snapshot != NULL;
}

gboolean
esim_euicc_check (EsimEuicc *self, const char *iccid, GError **error)
{
  if (self->stopped || !esim_euicc_is_present (self)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "the eUICC does not answer: %s", self->problem);
    return FALSE;
  }
  if (iccid != NULL && esim_card_snapshot_find (self->snapshot, iccid) == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "there is no such profile on this card");
    return FALSE;
  }
  return esim_euicc_check_queue (self, error);
}

gboolean
esim_euicc_check_queue (EsimEuicc *self, GError **error)
{
  if (self->jobs.length >= ESIM_EUICC_QUEUE_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                         "too many operations wait for this card; try again when some have ended");
    return FALSE;
  }
  return TRUE;
}

EsimEuicc *
esim_euicc_new (const EsimEuiccSetup *setup)
{
  EsimEuicc *self = g_object_new (ESIM_TYPE_EUICC, NULL);
  EsimCardHostSetup host = {.transport = setup->transport,
                            .keeper = setup->keeper,
                            .store = setup->store,
                            .runtime_dir = setup->runtime_dir,
                            .linger_ms = setup->config->linger_ms,
                            .notify = setup->config->notify,
                            .switch_timeout_ms = setup->config->switch_timeout_s * 1000,
                            .port = on_port,
                            .snapshot = on_snapshot,
                            .saved = on_saved,
                            .gone = on_gone,
                            .changed = on_changed,
                            .owner = G_OBJECT (self)};

  self->setup = *setup;
  self->modem = esim_modem_config_copy (setup->modem);
  self->setup.modem = self->modem;
  host.modem = self->modem;
  self->worker = esim_worker_new ("card");
  host.worker = self->worker;
  self->host = esim_card_host_new (&host);
  esim_euicc_reopen (self);
  return self;
}

typedef struct {
  EsimCardHost *host;
  guint grace_ms;
} Hurry;

static void
hurry_host (gpointer data)
{
  Hurry *hurry = data;

  esim_card_host_hurry (hurry->host, hurry->grace_ms);
}

void
esim_euicc_hurry (EsimEuicc *self, guint grace_ms)
{
  Hurry *hurry;

  if (self->stopped)
    return;
  hurry = g_new (Hurry, 1);
  *hurry = (Hurry){self->host, grace_ms};
  esim_worker_invoke (self->worker, hurry_host, hurry, g_free);
}

static void
close_host (gpointer data)
{
  esim_card_host_shut (data);
}

void
esim_euicc_stop (EsimEuicc *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_handle_id (&self->save, g_source_remove);
  esim_worker_stop (self->worker, close_host, self->host);
  for (GList *link = self->jobs.head; link != NULL; link = link->next)
    if (!((Job *) link->data)->taken)
      post_dropped (link->data);
  esim_card_host_free (self->host);
  self->host = NULL;
}

static void
esim_euicc_finalize (GObject *object)
{
  EsimEuicc *self = ESIM_EUICC (object);

  g_clear_pointer (&self->snapshot, esim_card_snapshot_unref);
  g_free (self->problem);
  g_free (self->told_eid);
  g_clear_pointer (&self->slots, g_ptr_array_unref);
  g_clear_pointer (&self->modem, esim_modem_config_free);
  g_clear_handle_id (&self->retry, g_source_remove);
  set_running (self, NULL);
  G_OBJECT_CLASS (esim_euicc_parent_class)->finalize (object);
}

static void
esim_euicc_class_init (EsimEuiccClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = esim_euicc_finalize;
  signal_changed =
      g_signal_new ("changed", ESIM_TYPE_EUICC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_euicc_init (EsimEuicc *self)
{
  g_queue_init (&self->jobs);
  self->state = ESIM_EUICC_ABSENT;
  self->problem = g_strdup ("the card is being read");
}
