/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A modem made to use another slot: the one verb for which two eUICCs' workers take turns. */
#include "esim-error.h"
#include "esim-settle.h"
#include "esim-switch.h"
#include "esim-verbs.h"

typedef struct {
  EsimManager *manager;
  EsimOperation *operation;
  EsimEuicc *euicc;
  EsimEuicc *mover; /* in whose worker the modem is switched: nothing else is done with its card meanwhile */
  guint slot;
  guint previous;
  GError *error; /* why the card in the slot could not be read */
} Activation;

static void
activation_free (gpointer data)
{
  Activation *self = data;

  g_object_unref (self->manager);
  g_object_unref (self->operation);
  g_object_unref (self->euicc);
  g_clear_object (&self->mover);
  g_clear_error (&self->error);
  g_free (self);
}

static Activation *
activation_copy (const Activation *self)
{
  Activation *copy = g_new0 (Activation, 1);

  copy->manager = g_object_ref (self->manager);
  copy->operation = g_object_ref (self->operation);
  copy->euicc = g_object_ref (self->euicc);
  copy->mover = g_object_ref (self->mover);
  copy->slot = self->slot;
  copy->previous = self->previous;
  copy->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  return copy;
}

static gboolean
move (EsimCardHost *host, EsimTask *task, guint slot, guint *previous, GError **error)
{
  EsimHold *hold = esim_card_host_get_hold (host);
  gboolean ok;

  esim_task_report (task, "holding-modem", 0.1);
  if (!esim_hold_begin (hold, task, error))
    return FALSE;
  esim_task_report (task, "switching-slot", 0.3);
  ok = esim_task_commit (task, error) && esim_card_host_check_running (host, error) &&
       esim_card_host_use_slot (host, slot, previous, error);
  /* Whoever else uses the modem finds the other card by beginning anew. */
  esim_hold_end (hold, 0);
  return ok;
}

static gboolean
restore_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Activation *self = data;

  return move (host, task, self->previous, NULL, error);
}

static void
restore_done (EsimEuicc *mover, const GError *error, gpointer data)
{
  Activation *self = data;
  g_autoptr (GError) both = NULL;

  if (error == NULL) {
    esim_euicc_reopen (mover);
    esim_euicc_reopen (self->euicc);
    esim_operation_finish (self->operation, NULL, self->error);
    return;
  }
  both = g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                      "%s. The former slot could not be restored either (%s): restart the modem",
                      self->error->message, error->message);
  esim_operation_finish (self->operation, NULL, both);
}

static gboolean
read_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  esim_task_report (task, "reading-card", 0.7);
  return esim_switch_reopen (host, NULL, error) != NULL;
}

/* Ends it with @error, the modem as it was before. */
static void
lead_back (Activation *self, const GError *error)
{
  /* 0: the modem did not come to be asked. */
  if (self->previous == self->slot || self->previous == 0) {
    esim_operation_finish (self->operation, NULL, error);
    return;
  }
  self->error = g_error_copy (error);
  esim_euicc_run (self->mover, NULL, restore_job, restore_done, activation_copy (self), activation_free);
}

static void
read_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Activation *self = data;

  if (error == NULL)
    esim_operation_finish (self->operation, NULL, NULL);
  else
    lead_back (self, error);
}

static gboolean
move_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Activation *self = data;

  return move (host, task, self->slot, &self->previous, error);
}

/* A switch that was begun and not seen to end is led back, too. */
static void
move_done (EsimEuicc *mover, const GError *error, gpointer data)
{
  Activation *self = data;

  if (error != NULL) {
    lead_back (self, error);
    return;
  }
  if (mover != self->euicc)
    esim_euicc_reopen (mover);
  esim_euicc_run (self->euicc, self->operation, read_job, read_done, activation_copy (self), activation_free);
}

static void
go_on (gpointer data)
{
  Activation *self = data;

  esim_euicc_run (self->mover, self->operation, move_job, move_done, activation_copy (self), activation_free);
}

EsimOperation *
esim_verb_activate_slot (EsimManager *manager, EsimEuicc *euicc, guint requester, gboolean allow_disconnect,
                         GError **error)
{
  EsimEuicc *active = esim_modems_find_active_slot (esim_manager_get_modems (manager), euicc);
  Activation *self;
  EsimOperation *operation;

  if (esim_euicc_get_state (euicc) != ESIM_EUICC_INACTIVE_SLOT) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         "the modem uses this slot already, or there is nothing in it");
    return NULL;
  }
  if (!esim_manager_check_questions (manager, error) || !esim_euicc_check_queue (euicc, error) ||
      (active != NULL && !esim_euicc_check_queue (active, error)))
    return NULL;
  operation = esim_operation_new ("activate-slot", G_OBJECT (euicc), NULL, requester);
  self = g_new0 (Activation, 1);
  *self = (Activation){.manager = g_object_ref (manager),
                       .operation = operation,
                       .euicc = g_object_ref (euicc),
                       .mover = g_object_ref (active != NULL ? active : euicc),
                       .slot = esim_euicc_get_slot (euicc)};
  esim_manager_add_operation (manager, operation);
  /* A physical SIM, which nobody can look into, carries the network just as well. */
  esim_network_ask_before_cutting (esim_manager_get_look_at_network (manager), active, operation,
                                   allow_disconnect, go_on, self, activation_free);
  return operation;
}
