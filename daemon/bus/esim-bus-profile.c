/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus.h"
#include "esim-bus-deregister.h"
#include "esim-bus-download.h"
#include "esim-bus-operation.h"
#include "esim-call.h"
#include "esim-dbus.h"
#include "esim-describe-card.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-verbs.h"

#include <string.h>

struct _EsimBusProfile {
  EsimBus *bus;
  EsimEuicc *euicc;
  EsimProfileInfo *info;
  char *path;
  EsimDBusProfile *iface;
};

static const char *const class_names[] = {"test", "provisioning", "operational"};

static const EsimOption common_options[] = {{"cancel-with-caller", "b"}, {NULL, NULL}};
static const EsimOption enable_options[] = {{"cancel-with-caller", "b"},
                                            {"allow-disconnect", "b"},
                                            {"create-connection", "b"},
                                            {"apn", "s"},
                                            {NULL, NULL}};
static const EsimOption disable_options[] = {
    {"cancel-with-caller", "b"}, {"allow-disconnect", "b"}, {NULL, NULL}};
static const EsimOption delete_options[] = {
    {"cancel-with-caller", "b"}, {"allow-disconnect", "b"}, {"contract-continues", "b"}, {NULL, NULL}};
/* A call carries the profile's ICCID, for the object may go while a prompt is open. */

static gboolean
validate_common (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, common_options, error);
}

static gboolean
validate_enable (EsimCall *call, GError **error)
{
  const char *apn;

  if (!esim_options_check (call->options, enable_options, error))
    return FALSE;
  apn = esim_options_get_string (call->options, "apn");
  if (*apn == '\0' || esim_options_get_boolean (call->options, "create-connection"))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "\"apn\" has no meaning without \"create-connection\"");
  return FALSE;
}

static gboolean
validate_disable (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, disable_options, error);
}

static gboolean
validate_delete (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, delete_options, error);
}

typedef struct {
  char *iccid;
  char *nickname;
} Named;

static void
named_free (gpointer data)
{
  Named *named = data;

  g_free (named->iccid);
  g_free (named->nickname);
  g_free (named);
}

static void
act_switch (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *apn = esim_options_get_string (call->options, "apn");
  EsimSwitchOptions options = {
      .enable = call->number != 0,
      .allow_disconnect = esim_options_get_boolean (call->options, "allow-disconnect"),
      .create_connection = esim_options_get_boolean (call->options, "create-connection"),
      .apn = *apn != '\0' ? apn : NULL};
  EsimOperation *operation = esim_verb_switch (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target),
                                               call->uid, call->text, &options, &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_rename (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  Named *named = g_object_get_data (G_OBJECT (call->invocation), "named");
  EsimOperation *operation =
      esim_verb_set_nickname (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid,
                              named->iccid, named->nickname, &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_delete (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation =
      esim_verb_delete (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid, call->text,
                        esim_options_get_boolean (call->options, "contract-continues"),
                        esim_options_get_boolean (call->options, "allow-disconnect"), &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_list_connections (EsimCall *call)
{
  g_autoptr (GPtrArray) found =
      esim_connections_find (esim_manager_get_connections (esim_bus_get_manager (call->bus)), call->text);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < found->len; i++) {
    const EsimConnection *connection = g_ptr_array_index (found, i);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "uuid", "s", connection->uuid);
    g_variant_dict_insert (&dict, "name", "s", connection->name);
    g_variant_dict_insert (&dict, "ours", "b", connection->ours);
    g_variant_dict_insert (&dict, "active", "b", connection->active);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  esim_call_return (call, g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder)));
}

static EsimCall *
prepare (EsimBusProfile *self, GDBusMethodInvocation *invocation, GVariant *options, const char *action,
         EsimCallValidate validate, EsimCallAct act)
{
  EsimCall *call = esim_call_new (self->bus, G_OBJECT (self->euicc), invocation, options);

  call->text = g_strdup (self->info->iccid);
  call->action = action;
  call->validate = validate;
  call->act = act;
  return call;
}

static gboolean
on_enable (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusProfile *self)
{
  EsimCall *call = prepare (self, invocation, options, "switch", validate_enable, act_switch);

  call->number = 1;
  esim_call_run (call);
  return TRUE;
}

static gboolean
on_disable (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, GVariant *options,
            EsimBusProfile *self)
{
  esim_call_run (prepare (self, invocation, options, "switch", validate_disable, act_switch));
  return TRUE;
}

static gboolean
on_set_nickname (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, const char *nickname,
                 GVariant *options, EsimBusProfile *self)
{
  Named *named = g_new (Named, 1);

  *named = (Named){g_strdup (self->info->iccid), g_strdup (nickname)};
  g_object_set_data_full (G_OBJECT (invocation), "named", named, named_free);
  esim_call_run (prepare (self, invocation, options, "rename", validate_common, act_rename));
  return TRUE;
}

static gboolean
on_delete (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusProfile *self)
{
  esim_call_run (prepare (self, invocation, options, "delete", validate_delete, act_delete));
  return TRUE;
}

static gboolean
on_deregister (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, GVariant *options,
               EsimBusProfile *self)
{
  esim_call_run (prepare (self, invocation, options, "deregister", esim_bus_deregister_validate,
                          esim_bus_deregister_act));
  return TRUE;
}

static gboolean
on_list_connections (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, EsimBusProfile *self)
{
  esim_call_run (prepare (self, invocation, NULL, "refresh", NULL, act_list_connections));
  return TRUE;
}

static gboolean
on_get_icon (EsimDBusProfile *iface, GDBusMethodInvocation *invocation, EsimBusProfile *self)
{
  esim_bus_get_icon (prepare (self, invocation, NULL, NULL, NULL, NULL));
  return TRUE;
}

static void
set_connections (EsimBusProfile *self)
{
  g_autoptr (GPtrArray) found = esim_connections_find (
      esim_manager_get_connections (esim_bus_get_manager (self->bus)), self->info->iccid);
  g_autoptr (GPtrArray) uuids = g_ptr_array_new ();

  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (uuids, ((EsimConnection *) g_ptr_array_index (found, i))->uuid);
  g_ptr_array_add (uuids, NULL);
  esim_dbus_profile_set_connections (self->iface, (const char *const *) uuids->pdata);
}

static void
set_policy (EsimBusProfile *self)
{
  EsimPolicyRules rules = self->info->policy_rules;
  g_autoptr (GVariant) named = g_variant_ref_sink (esim_describe_policy_rules (rules));
  g_autofree const char **names = g_variant_get_strv (named, NULL);

  esim_dbus_profile_set_policy_rules (self->iface, names);
  esim_dbus_profile_set_can_disable (self->iface,
                                     self->info->enabled && (rules & ESIM_PPR_1_NO_DISABLE) == 0);
  esim_dbus_profile_set_can_delete (self->iface,
                                    (rules & ESIM_PPR_2_NO_DELETE) == 0 &&
                                        !(self->info->enabled && (rules & ESIM_PPR_1_NO_DISABLE) != 0));
}

void
esim_bus_profile_update (EsimBusProfile *self, EsimProfileInfo *info)
{
  EsimManager *manager = esim_bus_get_manager (self->bus);
  g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (info);

  esim_profile_info_ref (info);
  g_clear_pointer (&self->info, esim_profile_info_unref);
  self->info = info;
  esim_dbus_profile_set_euicc (self->iface, esim_bus_get_path (self->bus, self->euicc));
  esim_dbus_profile_set_iccid (self->iface, info->iccid);
  esim_dbus_profile_set_name (self->iface, info->name);
  esim_dbus_profile_set_nickname (self->iface, info->nickname);
  esim_dbus_profile_set_service_provider (self->iface, info->service_provider);
  esim_dbus_profile_set_home_operator (self->iface, info->home_operator);
  esim_dbus_profile_set_gid1 (self->iface, info->gid1);
  esim_dbus_profile_set_gid2 (self->iface, info->gid2);
  esim_dbus_profile_set_class (self->iface, class_names[info->class_]);
  esim_dbus_profile_set_state (self->iface, info->enabled ? "enabled" : "disabled");
  esim_dbus_profile_set_notification_addresses (self->iface, (const char *const *) addresses);
  set_policy (self);
  set_connections (self);
  esim_dbus_profile_set_deregistration (
      self->iface,
      esim_bus_get_path (self->bus, esim_manager_find_deregistration (
                                        manager, esim_euicc_get_eid (self->euicc), info->iccid)));
}

const char *
esim_bus_profile_get_path (EsimBusProfile *self)
{
  return self->path;
}

void
esim_bus_profile_flush (EsimBusProfile *self)
{
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->iface));
}

EsimBusProfile *
esim_bus_profile_new (EsimBus *bus, EsimEuicc *euicc, EsimProfileInfo *info, const char *path)
{
  EsimBusProfile *self = g_new0 (EsimBusProfile, 1);
  g_autoptr (GDBusObjectSkeleton) object = NULL;

  self->bus = bus;
  self->euicc = g_object_ref (euicc);
  self->path = g_strdup (path);
  self->iface = esim_dbus_profile_skeleton_new ();
  g_signal_connect (self->iface, "handle-enable", G_CALLBACK (on_enable), self);
  g_signal_connect (self->iface, "handle-disable", G_CALLBACK (on_disable), self);
  g_signal_connect (self->iface, "handle-set-nickname", G_CALLBACK (on_set_nickname), self);
  g_signal_connect (self->iface, "handle-delete", G_CALLBACK (on_delete), self);
  g_signal_connect (self->iface, "handle-list-connections", G_CALLBACK (on_list_connections), self);
  g_signal_connect (self->iface, "handle-get-icon", G_CALLBACK (on_get_icon), self);
  g_signal_connect (self->iface, "handle-deregister", G_CALLBACK (on_deregister), self);
  esim_bus_profile_update (self, info);
  object = g_dbus_object_skeleton_new (path);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (self->iface));
  g_dbus_object_manager_server_export (esim_bus_get_server (bus), object);
  return self;
}

void
esim_bus_profile_free (EsimBusProfile *self)
{
  g_signal_handlers_disconnect_by_data (self->iface, self);
  (void) g_dbus_object_manager_server_unexport (esim_bus_get_server (self->bus), self->path);
  g_object_unref (self->iface);
  esim_profile_info_unref (self->info);
  g_object_unref (self->euicc);
  g_free (self->path);
  g_free (self);
}
