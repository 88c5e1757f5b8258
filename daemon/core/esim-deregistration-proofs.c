/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the deletion: who was told of it, as the outbox has it, and when it counts as completed. */
#include "esim-deregistration-private.h"
#include "esim-proofs.h"
#include "esim-ts43-plan.h"

/* After that long without an acknowledgement it counts as completed, and delivery goes on. */
#define DAY_S 86400
#define ACKNOWLEDGE_WITHIN_S (30 * DAY_S)

gboolean
esim_deregistration_wants (EsimDeregistration *self, const EsimOutboxItem *item)
{
  return self->record->stage != ESIM_STAGE_UNREADABLE && !self->forgotten &&
         esim_proofs_want (self->record, item);
}

static void
show_attempts (EsimDeregistration *self)
{
  guint attempts = esim_proofs_count_attempts (self->record, self->setup.outbox);

  if (attempts == self->attempts)
    return;
  self->attempts = attempts;
  esim_deregistration_changed (self);
}

/* The profile names more servers than the card has given notifications for. */
void
esim_deregistration_ask_for_proofs (EsimDeregistration *self)
{
  if (self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR &&
      self->record->proofs->len < self->record->recipients && self->euicc != NULL &&
      esim_euicc_is_present (self->euicc))
    esim_euicc_fetch_notifications (self->euicc);
}

static gboolean
on_day (gpointer data)
{
  EsimDeregistration *self = data;

  if (self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR) {
    esim_deregistration_ask_for_proofs (self);
    esim_deregistration_update (self);
    return G_SOURCE_CONTINUE;
  }
  self->daily = 0;
  return G_SOURCE_REMOVE;
}

void
esim_deregistration_update (EsimDeregistration *self)
{
  g_autoptr (EsimDeregistrationRecord) record = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gboolean news, complete;

  /* Put off after a failed write: not before its time. */
  if (self->stopped || self->writing || self->forgotten || self->timer != 0 ||
      (self->record->stage != ESIM_STAGE_NOTIFYING_OPERATOR &&
       self->record->stage != ESIM_STAGE_VERIFYING_END && self->record->stage != ESIM_STAGE_COMPLETED))
    return;
  record = esim_deregistration_record_copy (self->record);
  news = esim_proofs_adopt (record, self->setup.outbox);
  news = esim_proofs_collect (record, self->setup.outbox) || news;
  complete = record->stage == ESIM_STAGE_NOTIFYING_OPERATOR &&
             (esim_deregistration_record_is_told (record) || now >= record->removed + ACKNOWLEDGE_WITHIN_S);
  if (record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && !complete &&
      record->steps[ESIM_STEP_NOTIFY] == ESIM_STEP_PENDING) {
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY, ESIM_STEP_WAITING);
    news = TRUE;
  }
  if (record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && self->daily == 0)
    self->daily = g_timeout_add_seconds (DAY_S, on_day, self);
  if (!news && !complete) {
    show_attempts (self);
    return;
  }
  if (complete)
    esim_ts43_end_delivery (record, now);
  if (esim_deregistration_record_is_told (record))
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY,
                                         record->proofs->len > 0 ? ESIM_STEP_DONE : ESIM_STEP_SKIPPED);
  else if (complete)
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY, ESIM_STEP_FAILED);
  esim_deregistration_record_set_error (record, NULL);
  /* An acknowledgement that came while this one was written is looked for afterwards. */
  esim_deregistration_commit (self, g_steal_pointer (&record), FALSE, esim_deregistration_go_on, NULL, NULL);
}
