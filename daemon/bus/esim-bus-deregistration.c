/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus.h"
#include "esim-call.h"
#include "esim-dbus.h"
#include "esim-describe.h"
#include "esim-error.h"
#include "esim-names.h"
#include "esim-options.h"

struct _EsimBusDeregistration {
  EsimBus *bus;
  EsimDeregistration *deregistration;
  char *path;
  EsimDBusDeregistration *iface;
};

static void
act_describe (EsimCall *call)
{
  EsimOutbox *outbox = esim_manager_get_outbox (esim_bus_get_manager (call->bus));

  esim_call_return (call, g_variant_new ("(@a{sv})", esim_describe_deregistration (
                                                         ESIM_DEREGISTRATION (call->target), outbox)));
}

static gboolean
validate_answer (EsimCall *call, GError **error)
{
  EsimDeregistration *deregistration = ESIM_DEREGISTRATION (call->target);

  if (call->trusted)
    return esim_deregistration_check_answer (deregistration, (guint) call->number, call->options, error);
  /* Which question it is decides who may answer; what is wrong with an answer would tell a stranger what is
   * asked. */
  if (call->number != 0 && call->number == esim_deregistration_get_question (deregistration))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "that question is not asked now; look at Describe again");
  return FALSE;
}

static void
act_answer (EsimCall *call)
{
  esim_deregistration_answer (ESIM_DEREGISTRATION (call->target), (guint) call->number, call->options,
                              esim_call_end, call);
}

static void
act_check (EsimCall *call)
{
  esim_deregistration_check (ESIM_DEREGISTRATION (call->target));
  esim_call_return (call, NULL);
}

static void
act_retry (EsimCall *call)
{
  EsimDeregistration *deregistration = ESIM_DEREGISTRATION (call->target);
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);
  g_autoptr (GError) error = NULL;

  /* Another one of the same profile may have been opened since this one failed. */
  if (esim_stage_is_ended (record->stage) &&
      !esim_manager_check_free (esim_bus_get_manager (call->bus), record->eid, record->iccid, &error)) {
    esim_call_fail (call, error);
    return;
  }
  esim_deregistration_retry (deregistration, esim_call_end, call);
}

static void
act_withdraw (EsimCall *call)
{
  esim_deregistration_withdraw (ESIM_DEREGISTRATION (call->target), esim_call_end, call);
}

static void
act_forget (EsimCall *call)
{
  esim_deregistration_forget (ESIM_DEREGISTRATION (call->target), esim_call_end, call);
}

static void
act_receipt (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *receipt = esim_deregistration_dup_receipt (ESIM_DEREGISTRATION (call->target), &error);

  if (receipt == NULL)
    esim_call_fail (call, error);
  else
    esim_call_return (call, g_variant_new ("(s)", receipt));
}

/* For the requester, and by polkit for others. A record that cannot be read has no requester. */
static EsimCall *
prepare (EsimBusDeregistration *self, GDBusMethodInvocation *invocation, const char *action, EsimCallAct act)
{
  EsimCall *call = esim_call_new (self->bus, G_OBJECT (self->deregistration), invocation, NULL);

  call->action = action;
  call->has_owner = esim_deregistration_get_stage (self->deregistration) != ESIM_STAGE_UNREADABLE;
  call->owner_may = call->has_owner;
  call->owner = esim_deregistration_get_record (self->deregistration)->requester;
  call->act = act;
  return call;
}

static gboolean
on_describe (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  esim_call_run (prepare (self, invocation, "inspect", act_describe));
  return TRUE;
}

static gboolean
on_answer (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, guint question, GVariant *answer,
           EsimBusDeregistration *self)
{
  EsimCall *call = prepare (self, invocation, "deregister", act_answer);

  call->number = question;
  call->options = g_variant_ref (answer);
  call->validate = validate_answer;
  /* What releases a deletion is authorized afresh, whoever gives it; a no needs that from others only. */
  call->owner_may = call->owner_may && !esim_deregistration_releases (self->deregistration, answer);
  esim_call_run (call);
  return TRUE;
}

static gboolean
on_check (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  esim_call_run (prepare (self, invocation, "deregister", act_check));
  return TRUE;
}

static gboolean
on_retry (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  EsimCall *call = prepare (self, invocation, "deregister", act_retry);
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (self->deregistration);

  /* Where the carrier has confirmed, the deletion follows without another question. */
  call->owner_may = call->owner_may && record->confirmed == 0;
  esim_call_run (call);
  return TRUE;
}

static gboolean
on_withdraw (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  esim_call_run (prepare (self, invocation, "deregister", act_withdraw));
  return TRUE;
}

static gboolean
on_forget (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  esim_call_run (prepare (self, invocation, "deregister", act_forget));
  return TRUE;
}

static gboolean
on_receipt (EsimDBusDeregistration *iface, GDBusMethodInvocation *invocation, EsimBusDeregistration *self)
{
  esim_call_run (prepare (self, invocation, "deregister", act_receipt));
  return TRUE;
}

static const char *
profile_path (EsimBusDeregistration *self)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (self->deregistration);
  GPtrArray *euiccs = esim_manager_get_euiccs (esim_bus_get_manager (self->bus));

  for (guint i = 0; *record->eid != '\0' && i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);

    if (esim_euicc_is_present (euicc) && g_str_equal (esim_euicc_get_eid (euicc), record->eid))
      return esim_bus_get_profile_path (self->bus, euicc, record->iccid);
  }
  return "/";
}

void
esim_bus_deregistration_update (EsimBusDeregistration *self)
{
  esim_dbus_deregistration_set_profile (self->iface, profile_path (self));
  esim_dbus_deregistration_set_stage (
      self->iface, esim_stage_to_string (esim_deregistration_get_stage (self->deregistration)));
  esim_dbus_deregistration_set_needs_input (self->iface,
                                            esim_deregistration_needs_input (self->deregistration));
  esim_dbus_deregistration_set_requester (self->iface,
                                          esim_deregistration_get_record (self->deregistration)->requester);
  esim_dbus_deregistration_set_revision (self->iface,
                                         esim_deregistration_get_revision (self->deregistration));
}

static void
on_changed (EsimDeregistration *deregistration, EsimBusDeregistration *self)
{
  esim_bus_deregistration_update (self);
  esim_bus_update_profiles (self->bus);
}

EsimBusDeregistration *
esim_bus_deregistration_new (EsimBus *bus, EsimDeregistration *deregistration)
{
  EsimBusDeregistration *self = g_new0 (EsimBusDeregistration, 1);
  g_autoptr (GDBusObjectSkeleton) object = NULL;

  self->bus = bus;
  self->deregistration = g_object_ref (deregistration);
  self->path =
      g_strdup_printf (ESIM_ROOT_PATH "/deregistration/%u", esim_bus_next_number (bus, "deregistration"));
  self->iface = esim_dbus_deregistration_skeleton_new ();
  g_signal_connect (self->iface, "handle-describe", G_CALLBACK (on_describe), self);
  g_signal_connect (self->iface, "handle-answer", G_CALLBACK (on_answer), self);
  g_signal_connect (self->iface, "handle-check", G_CALLBACK (on_check), self);
  g_signal_connect (self->iface, "handle-retry", G_CALLBACK (on_retry), self);
  g_signal_connect (self->iface, "handle-withdraw", G_CALLBACK (on_withdraw), self);
  g_signal_connect (self->iface, "handle-forget", G_CALLBACK (on_forget), self);
  g_signal_connect (self->iface, "handle-get-receipt", G_CALLBACK (on_receipt), self);
  esim_bus_set_path (bus, deregistration, self->path);
  esim_bus_deregistration_update (self);
  object = g_dbus_object_skeleton_new (self->path);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (self->iface));
  g_dbus_object_manager_server_export (esim_bus_get_server (bus), object);
  g_signal_connect (deregistration, "changed", G_CALLBACK (on_changed), self);
  return self;
}

void
esim_bus_deregistration_free (EsimBusDeregistration *self)
{
  g_signal_handlers_disconnect_by_data (self->deregistration, self);
  g_signal_handlers_disconnect_by_data (self->iface, self);
  (void) g_dbus_object_manager_server_unexport (esim_bus_get_server (self->bus), self->path);
  esim_bus_set_path (self->bus, self->deregistration, NULL);
  g_object_unref (self->iface);
  g_object_unref (self->deregistration);
  g_free (self->path);
  g_free (self);
}
