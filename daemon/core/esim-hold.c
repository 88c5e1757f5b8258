/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-hold.h"
#include "esim-error.h"

/* Longer than any modem takes to come to rest, and any stop of ModemManager's work with it. */
#define HOLD_MS 75000
#define MARGIN_MS 5000
#define LOOK_AT_TASK_MS 500

struct _EsimHold {
  EsimWorker *worker;
  const EsimKeeper *keeper;
  char *modem;
  char *device;
  guint count;
  gboolean held;
  gboolean hurried;
  gboolean lost;  /* since the last question */
  EsimWait *wait; /* of the question that is under way */
};

/* One question to the main thread. The main thread frees the worker: while it looks at @given_up, the worker
 * is there if that is not set. */
typedef struct {
  gatomicrefcount refs;
  EsimWorker *worker;
  const EsimKeeper *keeper;
  char *modem;
  char *device;
  char *iccid;
  guint ms;
  gboolean verify;
  guint lost_ms;
  gint given_up; /* atomic */
  EsimWait wait;
  gboolean known;
  GError *error;
  /* The main thread's: */
  gboolean granted; /* and nobody may want it any more: */
  gboolean dropped;
} Question;

static void
question_unref (gpointer data)
{
  Question *question = data;

  if (!g_atomic_ref_count_dec (&question->refs))
    return;
  g_free (question->modem);
  g_free (question->device);
  g_free (question->iccid);
  g_clear_error (&question->error);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_unref)

static Question *
question_ref (Question *question)
{
  g_atomic_ref_count_inc (&question->refs);
  return question;
}

static Question *
question_new (EsimHold *self, guint ms)
{
  Question *question = g_new0 (Question, 1);

  g_atomic_ref_count_init (&question->refs);
  question->worker = self->worker;
  question->keeper = self->keeper;
  question->modem = g_strdup (self->modem);
  question->device = g_strdup (self->device);
  question->ms = ms;
  return question;
}

static void
end_wait (gpointer data)
{
  Question *question = data;

  if (!g_atomic_int_get (&question->given_up))
    esim_wait_finish (&question->wait);
}

static void
on_answer (const GError *error, gpointer data)
{
  g_autoptr (Question) question = data;

  if (g_atomic_int_get (&question->given_up))
    return;
  question->error = error != NULL ? g_error_copy (error) : NULL;
  esim_worker_invoke (question->worker, end_wait, question_ref (question), question_unref);
}

static void
release_now (gpointer data)
{
  Question *question = data;

  question->keeper->release (question->modem, question->device, question->ms, question->keeper->keeper);
}

static void
on_held (const GError *error, gpointer data)
{
  g_autoptr (Question) question = data;

  question->granted = error == NULL;
  /* One that was being probed when it was asked for is known only now. */
  question->known |= question->keeper->is_known (question->modem, question->device, question->keeper->keeper);
  question->ms = 0;
  /* They may have come to know it only while they were asked. */
  if (question->granted && !question->dropped)
    question->known = question->known || question->keeper->is_known (question->modem, question->device,
                                                                     question->keeper->keeper);
  if (question->granted && question->dropped)
    release_now (question);
  on_answer (error, g_steal_pointer (&question));
}

/* Whoever asked has stopped waiting: what was granted meanwhile, or will be, is given back. */
static void
drop (gpointer data)
{
  Question *question = data;

  question->dropped = TRUE;
  if (question->granted)
    release_now (question);
}

static void
ask_now (gpointer data)
{
  Question *question = data;
  const EsimKeeper *keeper = question->keeper;

  question->known = keeper->is_known (question->modem, question->device, keeper->keeper);
  if (question->verify)
    keeper->verify (question->modem, question->device, question->iccid, question->ms, on_answer,
                    question_ref (question), keeper->keeper);
  else
    keeper->hold (question->modem, question->device, question->ms, on_held, question_ref (question),
                  keeper->keeper);
}

static gboolean
fail (EsimError code, const char *message, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, code, message);
  return FALSE;
}

/* Waits in slices, because whoever cancels the task only sets a mark. */
static gboolean
await_answer (EsimHold *self, Question *question, EsimTask *task, GError **error)
{
  gint64 end = g_get_monotonic_time () + (question->ms + MARGIN_MS) * G_TIME_SPAN_MILLISECOND;
  gint64 lost = 0;

  while (!esim_wait_run (&question->wait, LOOK_AT_TASK_MS)) {
    gint64 now = g_get_monotonic_time ();

    if (!esim_task_check (task, error))
      return FALSE;
    if (lost == 0 && self->lost && question->verify)
      lost = now;
    if (lost != 0 && now >= lost + question->lost_ms * G_TIME_SPAN_MILLISECOND)
      return fail (ESIM_ERROR_CARD_REMOVED, "the modem went away before ModemManager had shown its card",
                   error);
    if (now >= end)
      return fail (ESIM_ERROR_TIMED_OUT, "nobody told in time whether the modem may be used", error);
  }
  if (self->hurried)
    return fail (ESIM_ERROR_CANCELLED, "the service is stopping", error);
  if (question->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (question->error));
  return FALSE;
}

static gboolean
ask (EsimHold *self, Question *question, EsimTask *task, GError **error)
{
  gboolean ok;

  if (self->hurried)
    return fail (ESIM_ERROR_CANCELLED, "the service is stopping", error);
  esim_wait_init (&question->wait);
  self->wait = &question->wait;
  self->lost = FALSE;
  esim_worker_post_to_main (ask_now, question_ref (question), question_unref);
  ok = await_answer (self, question, task, error);
  self->wait = NULL;
  g_atomic_int_set (&question->given_up, TRUE);
  return ok;
}

gboolean
esim_hold_begin (EsimHold *self, EsimTask *task, GError **error)
{
  g_autoptr (Question) question = NULL;

  if (self->keeper != NULL && self->count == 0) {
    question = question_new (self, HOLD_MS);
    if (!ask (self, question, task, error)) {
      esim_worker_post_to_main (drop, question_ref (question), question_unref);
      return FALSE;
    }
    self->held = question->known;
  }
  self->count++;
  return TRUE;
}

void
esim_hold_end (EsimHold *self, guint delay_ms)
{
  g_assert (self->count > 0);
  if (--self->count > 0 || self->keeper == NULL)
    return;
  self->held = FALSE;
  esim_worker_post_to_main (release_now, question_new (self, delay_ms), question_unref);
}

gboolean
esim_hold_is_held (EsimHold *self)
{
  return self->held;
}

void
esim_hold_stay_awake (EsimHold *self, gboolean awake)
{
  if (self->keeper != NULL)
    self->keeper->stay_awake (awake, self->keeper->keeper);
}

gboolean
esim_hold_verify (EsimHold *self, EsimTask *task, const char *iccid, guint timeout_ms, guint lost_ms,
                  GError **error)
{
  g_autoptr (Question) question = NULL;

  if (self->keeper == NULL)
    return TRUE;
  question = question_new (self, timeout_ms);
  question->verify = TRUE;
  question->lost_ms = lost_ms;
  question->iccid = g_strdup (iccid);
  return ask (self, question, task, error);
}

void
esim_hold_lose (EsimHold *self)
{
  self->lost = TRUE;
}

void
esim_hold_hurry (EsimHold *self)
{
  self->hurried = TRUE;
  if (self->wait != NULL)
    esim_wait_finish (self->wait);
}

EsimHold *
esim_hold_new (EsimWorker *worker, const EsimKeeper *keeper, const char *modem, const char *device)
{
  EsimHold *self = g_new0 (EsimHold, 1);

  self->worker = worker;
  self->keeper = keeper;
  self->modem = g_strdup (modem);
  self->device = g_strdup (device);
  return self;
}

void
esim_hold_free (EsimHold *self)
{
  g_free (self->modem);
  g_free (self->device);
  g_free (self);
}
