/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus-operation.h"
#include "esim-dbus.h"
#include "esim-error.h"
#include "esim-names.h"
#include "esim-options.h"

#include <string.h>

struct _EsimBusOperation {
  EsimBus *bus;
  EsimOperation *operation;
  char *path;
  EsimDBusOperation *iface;
};

static const char *const state_names[] = {"queued", "running", "waiting", "succeeded", "failed", "cancelled"};

/* A profile that came has its object by now, and core knows no paths. */
static GVariant *
describe_result (EsimBus *bus, EsimOperation *operation, GVariant *result)
{
  EsimEuicc *euicc = ESIM_EUICC (esim_operation_get_euicc (operation));
  const char *iccid;
  GVariantDict dict;

  if (strcmp (esim_operation_get_kind (operation), "download") != 0 ||
      !g_variant_lookup (result, "iccid", "&s", &iccid))
    return result;
  g_variant_dict_init (&dict, result);
  g_variant_dict_insert (&dict, "profile", "o", esim_bus_get_profile_path (bus, euicc, iccid));
  return g_variant_dict_end (&dict);
}

static void
act_describe (EsimCall *call)
{
  EsimOperation *operation = ESIM_OPERATION (call->target);
  const GError *error = esim_operation_get_error (operation);
  GVariant *question = esim_operation_describe_question (operation);
  GVariant *result = esim_operation_get_result (operation);
  g_autoptr (GVariant) details = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (question != NULL)
    g_variant_dict_insert_value (&dict, "question", question);
  if (result != NULL)
    g_variant_dict_insert_value (&dict, "result", describe_result (call->bus, operation, result));
  if (error != NULL) {
    details = esim_error_dup_details (error);
    g_variant_dict_insert (&dict, "error-name", "s", esim_error_get_dbus_name (error));
    g_variant_dict_insert (&dict, "error", "s", error->message);
    g_variant_dict_insert_value (&dict, "details", details);
  }
  esim_call_return (call, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
act_cancel (EsimCall *call)
{
  g_autoptr (GError) error = NULL;

  if (esim_operation_cancel (ESIM_OPERATION (call->target), &error))
    esim_call_return (call, NULL);
  else
    esim_call_fail (call, error);
}

static void
act_answer (EsimCall *call)
{
  g_autoptr (GError) error = NULL;

  if (esim_operation_answer (ESIM_OPERATION (call->target), (guint) call->number, call->options, &error))
    esim_call_return (call, NULL);
  else
    esim_call_fail (call, error);
}

static gboolean
start (EsimBusOperation *self, GDBusMethodInvocation *invocation, guint number, GVariant *options,
       EsimCallAct act)
{
  EsimCall *call = esim_call_new (self->bus, G_OBJECT (self->operation), invocation, options);

  call->number = number;
  call->action = "inspect";
  call->owner_may = TRUE;
  call->owner = esim_operation_get_requester (self->operation);
  call->act = act;
  esim_call_run (call);
  return TRUE;
}

static gboolean
on_describe (EsimDBusOperation *iface, GDBusMethodInvocation *invocation, EsimBusOperation *self)
{
  return start (self, invocation, 0, NULL, act_describe);
}

static gboolean
on_cancel (EsimDBusOperation *iface, GDBusMethodInvocation *invocation, EsimBusOperation *self)
{
  return start (self, invocation, 0, NULL, act_cancel);
}

static gboolean
on_answer (EsimDBusOperation *iface, GDBusMethodInvocation *invocation, guint question, GVariant *answer,
           EsimBusOperation *self)
{
  return start (self, invocation, question, answer, act_answer);
}

static const char *
target_path (EsimBusOperation *self)
{
  EsimEuicc *euicc = ESIM_EUICC (esim_operation_get_euicc (self->operation));
  const char *iccid = esim_operation_get_iccid (self->operation);

  return iccid != NULL ? esim_bus_get_profile_path (self->bus, euicc, iccid)
                       : esim_bus_get_path (self->bus, euicc);
}

static void
update (EsimBusOperation *self)
{
  EsimOperation *operation = self->operation;
  const GError *error = esim_operation_get_error (operation);

  esim_dbus_operation_set_kind (self->iface, esim_operation_get_kind (operation));
  esim_dbus_operation_set_state (self->iface, state_names[esim_operation_get_state (operation)]);
  esim_dbus_operation_set_phase (self->iface, esim_operation_get_phase (operation));
  esim_dbus_operation_set_progress (self->iface, esim_operation_get_progress (operation));
  esim_dbus_operation_set_bytes_done (self->iface, esim_operation_get_bytes_done (operation));
  esim_dbus_operation_set_bytes_total (self->iface, esim_operation_get_bytes_total (operation));
  esim_dbus_operation_set_cancellable (self->iface, !esim_operation_is_ended (operation) &&
                                                        !esim_operation_is_committed (operation));
  esim_dbus_operation_set_committed (self->iface, esim_operation_is_committed (operation));
  esim_dbus_operation_set_target (self->iface, target_path (self));
  esim_dbus_operation_set_requester (self->iface, esim_operation_get_requester (operation));
  esim_dbus_operation_set_needs_input (self->iface, esim_operation_get_question (operation) != 0);
  esim_dbus_operation_set_revision (self->iface, esim_operation_get_revision (operation));
  esim_dbus_operation_set_error_name (self->iface, error != NULL ? esim_error_get_dbus_name (error) : "");
}

static void
on_changed (EsimOperation *operation, EsimBusOperation *self)
{
  update (self);
}

static void
on_finished (EsimOperation *operation, gboolean success, EsimBusOperation *self)
{
  /* The signal comes after all property changes, those of the card among them. */
  esim_bus_flush_euicc (self->bus, ESIM_EUICC (esim_operation_get_euicc (operation)));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->iface));
  esim_dbus_operation_emit_finished (self->iface, success);
}

EsimBusOperation *
esim_bus_operation_new (EsimBus *bus, EsimOperation *operation)
{
  EsimBusOperation *self = g_new0 (EsimBusOperation, 1);
  g_autoptr (GDBusObjectSkeleton) object = NULL;

  self->bus = bus;
  self->operation = g_object_ref (operation);
  self->path = g_strdup_printf (ESIM_ROOT_PATH "/operation/%u", esim_bus_next_number (bus, "operation"));
  self->iface = esim_dbus_operation_skeleton_new ();
  g_signal_connect (self->iface, "handle-describe", G_CALLBACK (on_describe), self);
  g_signal_connect (self->iface, "handle-cancel", G_CALLBACK (on_cancel), self);
  g_signal_connect (self->iface, "handle-answer", G_CALLBACK (on_answer), self);
  esim_bus_set_path (bus, operation, self->path);
  update (self);
  object = g_dbus_object_skeleton_new (self->path);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (self->iface));
  g_dbus_object_manager_server_export (esim_bus_get_server (bus), object);
  g_signal_connect (operation, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (operation, "finished", G_CALLBACK (on_finished), self);
  return self;
}

void
esim_bus_operation_free (EsimBusOperation *self)
{
  g_signal_handlers_disconnect_by_data (self->operation, self);
  g_signal_handlers_disconnect_by_data (self->iface, self);
  (void) g_dbus_object_manager_server_unexport (esim_bus_get_server (self->bus), self->path);
  esim_bus_set_path (self->bus, self->operation, NULL);
  g_object_unref (self->iface);
  g_object_unref (self->operation);
  g_free (self->path);
  g_free (self);
}

/* The option cancel-with-caller */

static void
on_caller_left (GDBusConnection *connection, const char *name, gpointer operation)
{
  g_autoptr (GError) error = NULL;

  if (!esim_operation_cancel (operation, &error))
    g_debug ("the caller left: %s", error->message);
}

static void
on_end (EsimOperation *operation, gboolean success, gpointer watch)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (watch));
}

void
esim_bus_operation_answer (EsimCall *call, EsimOperation *operation, const GError *error)
{
  guint watch;

  if (operation == NULL) {
    esim_call_fail (call, error);
    return;
  }
  if (esim_options_get_boolean (call->options, "cancel-with-caller")) {
    watch = g_bus_watch_name_on_connection (g_dbus_method_invocation_get_connection (call->invocation),
                                            esim_call_get_sender (call), G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                            on_caller_left, operation, NULL);
    g_signal_connect (operation, "finished", G_CALLBACK (on_end), GUINT_TO_POINTER (watch));
  }
  esim_call_return (call, g_variant_new ("(o)", esim_bus_get_path (call->bus, operation)));
}
