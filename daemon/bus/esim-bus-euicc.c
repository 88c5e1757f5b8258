/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus.h"
#include "esim-bus-download.h"
#include "esim-bus-operation.h"
#include "esim-call.h"
#include "esim-dbus.h"
#include "esim-describe-card.h"
#include "esim-error.h"
#include "esim-names.h"
#include "esim-options.h"
#include "esim-verbs.h"

#include <string.h>

struct _EsimBusEuicc {
  EsimBus *bus;
  EsimEuicc *euicc;
  char *path;
  EsimDBusEuicc *iface;
  GHashTable *profiles; /* ICCID → EsimBusProfile */
};

static const char *const state_names[] = {"idle",   "busy",          "refreshing",
                                          "absent", "inactive-slot", "unsupported"};

static const EsimOption common_options[] = {{"cancel-with-caller", "b"}, {NULL, NULL}};
static const EsimOption activate_options[] = {
    {"cancel-with-caller", "b"}, {"allow-disconnect", "b"}, {NULL, NULL}};
static const EsimOption refresh_options[] = {
    {"cancel-with-caller", "b"}, {"details", "b"}, {"notifications", "b"}, {NULL, NULL}};

static gboolean
validate_common (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, common_options, error);
}

static gboolean
validate_activate (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, activate_options, error);
}

static gboolean
validate_refresh (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, refresh_options, error);
}

static void
act_refresh (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation =
      esim_verb_refresh (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid,
                         esim_options_get_boolean (call->options, "details"),
                         esim_options_get_boolean (call->options, "notifications"), &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_activate (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation =
      esim_verb_activate_slot (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid,
                               esim_options_get_boolean (call->options, "allow-disconnect"), &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_send (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation = esim_verb_send_notifications (esim_bus_get_manager (call->bus),
                                                           ESIM_EUICC (call->target), call->uid, &error);

  esim_bus_operation_answer (call, operation, error);
}

static void
act_remove (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation = esim_verb_remove_notification (
      esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid, call->number, &error);

  esim_bus_operation_answer (call, operation, error);
}

static GVariant *
describe_notification (const EsimNotification *notification, const EsimOutboxItem *item)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "sequence", "t", notification->sequence);
  g_variant_dict_insert (&dict, "event", "s", esim_notification_event_to_string (notification->event));
  g_variant_dict_insert (&dict, "address", "s", notification->address);
  g_variant_dict_insert (&dict, "iccid", "s", notification->iccid);
  g_variant_dict_insert (&dict, "state", "s",
                         item != NULL ? esim_delivery_state_to_string (item->state) : "on-card");
  g_variant_dict_insert (&dict, "attempts", "u", item != NULL ? item->attempts : 0);
  g_variant_dict_insert (&dict, "next-attempt", "x", item != NULL ? item->next_attempt : (gint64) 0);
  g_variant_dict_insert (&dict, "error-name", "s",
                         item != NULL && item->error_name != NULL ? item->error_name : "");
  g_variant_dict_insert (&dict, "error", "s", item != NULL && item->error != NULL ? item->error : "");
  return g_variant_dict_end (&dict);
}

static gboolean
is_on_disk (GPtrArray *items, const char *eid, const EsimNotification *notification)
{
  for (guint i = 0; i < items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (item->notification->sequence == notification->sequence && strcmp (item->eid, eid) == 0)
      return TRUE;
  }
  return FALSE;
}

/* What waits, on disk or on the card alone; counts only, where @builder is NULL. */
static guint
list_notifications (EsimBusEuicc *self, GVariantBuilder *builder)
{
  GPtrArray *items = esim_outbox_get_items (esim_manager_get_outbox (esim_bus_get_manager (self->bus)));
  EsimCardSnapshot *card = esim_euicc_get_snapshot (self->euicc);
  const char *eid = esim_euicc_get_eid (self->euicc);
  guint count = 0;

  for (guint i = 0; i < items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (strcmp (item->eid, eid) != 0)
      continue;
    count += item->state != ESIM_DELIVERY_ACKNOWLEDGED;
    if (builder != NULL)
      g_variant_builder_add_value (builder, describe_notification (item->notification, item));
  }
  for (guint i = 0; card != NULL && card->notifications != NULL && i < card->notifications->len; i++) {
    const EsimNotification *notification = g_ptr_array_index (card->notifications, i);

    if (is_on_disk (items, eid, notification))
      continue;
    count++;
    if (builder != NULL)
      g_variant_builder_add_value (builder, describe_notification (notification, NULL));
  }
  return count;
}

static void
act_list (EsimCall *call)
{
  GVariantBuilder builder;
  EsimBusEuicc *self = g_object_get_data (call->target, "esim-bus");

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  if (self != NULL)
    (void) list_notifications (self, &builder);
  esim_call_return (call, g_variant_new ("(aa{sv})", &builder));
}

static gboolean
start (EsimBusEuicc *self, GDBusMethodInvocation *invocation, GVariant *options, guint64 number,
       const char *action, EsimCallValidate validate, EsimCallAct act)
{
  EsimCall *call = esim_call_new (self->bus, G_OBJECT (self->euicc), invocation, options);

  call->number = number;
  call->action = action;
  call->validate = validate;
  call->act = act;
  esim_call_run (call);
  return TRUE;
}

static gboolean
on_refresh (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusEuicc *self)
{
  return start (self, invocation, options, 0, "refresh", validate_refresh, act_refresh);
}

static gboolean
on_activate (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusEuicc *self)
{
  return start (self, invocation, options, 0, "switch", validate_activate, act_activate);
}

static gboolean
on_send (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusEuicc *self)
{
  return start (self, invocation, options, 0, "notifications", validate_common, act_send);
}

static gboolean
on_remove (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, guint64 sequence, GVariant *options,
           EsimBusEuicc *self)
{
  return start (self, invocation, options, sequence, "notifications", validate_common, act_remove);
}

static gboolean
on_list (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, EsimBusEuicc *self)
{
  return start (self, invocation, NULL, 0, "refresh", NULL, act_list);
}

static EsimCall *
prepare (EsimBusEuicc *self, GDBusMethodInvocation *invocation, GVariant *options)
{
  return esim_call_new (self->bus, G_OBJECT (self->euicc), invocation, options);
}

static gboolean
on_download (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, const char *code, GVariant *options,
             EsimBusEuicc *self)
{
  esim_bus_download (prepare (self, invocation, options), code);
  return TRUE;
}

static gboolean
on_discover (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, GVariant *options, EsimBusEuicc *self)
{
  esim_bus_discover (prepare (self, invocation, options));
  return TRUE;
}

static gboolean
on_reset (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, const char *const *what, GVariant *options,
          EsimBusEuicc *self)
{
  esim_bus_reset_memory (prepare (self, invocation, options), what);
  return TRUE;
}

static gboolean
on_set_default (EsimDBusEuicc *iface, GDBusMethodInvocation *invocation, const char *address,
                GVariant *options, EsimBusEuicc *self)
{
  esim_bus_set_default_address (prepare (self, invocation, options), address);
  return TRUE;
}

/* What is read only when somebody wants to know. */
static void
update_details (EsimBusEuicc *self, const EsimCardDetails *details)
{
  static const char *const none[] = {NULL};
  const EsimAddresses *addresses = details != NULL ? details->addresses : NULL;

  esim_dbus_euicc_set_default_smdp_address (self->iface, addresses != NULL ? addresses->default_smdp : "");
  esim_dbus_euicc_set_root_smds_addresses (self->iface,
                                           addresses != NULL ? (const char *const *) addresses->smds : none);
  esim_dbus_euicc_set_policy_rules (self->iface, esim_describe_rat (details != NULL ? details->rat : NULL));
}

static void
update_profiles (EsimBusEuicc *self, EsimCardSnapshot *card)
{
  GHashTableIter iter;
  gpointer iccid;

  g_hash_table_iter_init (&iter, self->profiles);
  while (g_hash_table_iter_next (&iter, &iccid, NULL))
    if (card == NULL || esim_card_snapshot_find (card, iccid) == NULL)
      g_hash_table_iter_remove (&iter);
  for (guint i = 0; card != NULL && i < card->profiles->len; i++) {
    EsimProfileInfo *info = g_ptr_array_index (card->profiles, i);
    EsimBusProfile *shown = g_hash_table_lookup (self->profiles, info->iccid);
    g_autofree char *path = NULL;

    if (shown != NULL) {
      esim_bus_profile_update (shown, info);
      continue;
    }
    path = g_strdup_printf ("%s/profile/%u", self->path, esim_bus_next_number (self->bus, self->path));
    g_hash_table_insert (self->profiles, g_strdup (info->iccid),
                         esim_bus_profile_new (self->bus, self->euicc, info, path));
  }
}

void
esim_bus_euicc_update (EsimBusEuicc *self)
{
  static const char *const none[] = {NULL};
  EsimCardSnapshot *card = esim_euicc_get_snapshot (self->euicc);
  const EsimModemConfig *modem = esim_euicc_get_modem (self->euicc);
  EsimWay way = esim_euicc_get_way (self->euicc);
  const EsimEuiccInfo *info = card != NULL ? card->info : NULL;

  esim_dbus_euicc_set_eid (self->iface, esim_euicc_get_eid (self->euicc));
  esim_dbus_euicc_set_modem (self->iface, modem->name);
  esim_dbus_euicc_set_device (self->iface, way.device);
  esim_dbus_euicc_set_transport (self->iface, way.transport);
  esim_dbus_euicc_set_slot (self->iface, esim_euicc_get_slot (self->euicc));
  esim_dbus_euicc_set_state (self->iface, state_names[esim_euicc_get_state (self->euicc)]);
  esim_dbus_euicc_set_problem (self->iface, esim_euicc_get_problem (self->euicc));
  esim_dbus_euicc_set_spec_version (self->iface, info != NULL ? info->spec_version : "");
  esim_dbus_euicc_set_firmware_version (self->iface, info != NULL ? info->firmware_version : "");
  esim_dbus_euicc_set_free_memory (self->iface, info != NULL ? info->free_memory : 0);
  esim_dbus_euicc_set_ci_key_ids (self->iface, info != NULL ? (const char *const *) info->ci_key_ids : none);
  update_details (self, card != NULL ? card->details : NULL);
  esim_dbus_euicc_set_pending_notifications (self->iface, list_notifications (self, NULL));
  esim_dbus_euicc_set_notifications_read (self->iface, card != NULL && card->notifications != NULL);
  esim_dbus_euicc_set_operation (self->iface,
                                 esim_bus_get_path (self->bus, esim_euicc_get_operation (self->euicc)));
  update_profiles (self, card);
  esim_bus_update_deregistrations (self->bus);
}

static void
on_changed (EsimEuicc *euicc, EsimBusEuicc *self)
{
  esim_bus_euicc_update (self);
}

const char *
esim_bus_euicc_get_profile_path (EsimBusEuicc *self, const char *iccid)
{
  EsimBusProfile *shown = g_hash_table_lookup (self->profiles, iccid);

  return shown != NULL ? esim_bus_profile_get_path (shown) : "/";
}

void
esim_bus_euicc_flush (EsimBusEuicc *self)
{
  GHashTableIter iter;
  gpointer shown;

  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->iface));
  g_hash_table_iter_init (&iter, self->profiles);
  while (g_hash_table_iter_next (&iter, NULL, &shown))
    esim_bus_profile_flush (shown);
}

EsimBusEuicc *
esim_bus_euicc_new (EsimBus *bus, EsimEuicc *euicc)
{
  EsimBusEuicc *self = g_new0 (EsimBusEuicc, 1);
  g_autoptr (GDBusObjectSkeleton) object = NULL;

  self->bus = bus;
  self->euicc = g_object_ref (euicc);
  self->path = g_strdup_printf (ESIM_ROOT_PATH "/euicc/%u", esim_bus_next_number (bus, "euicc"));
  self->profiles =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) esim_bus_profile_free);
  self->iface = esim_dbus_euicc_skeleton_new ();
  g_signal_connect (self->iface, "handle-refresh", G_CALLBACK (on_refresh), self);
  g_signal_connect (self->iface, "handle-activate-slot", G_CALLBACK (on_activate), self);
  g_signal_connect (self->iface, "handle-download", G_CALLBACK (on_download), self);
  g_signal_connect (self->iface, "handle-discover", G_CALLBACK (on_discover), self);
  g_signal_connect (self->iface, "handle-reset-memory", G_CALLBACK (on_reset), self);
  g_signal_connect (self->iface, "handle-set-default-smdp-address", G_CALLBACK (on_set_default), self);
  g_signal_connect (self->iface, "handle-send-notifications", G_CALLBACK (on_send), self);
  g_signal_connect (self->iface, "handle-remove-notification", G_CALLBACK (on_remove), self);
  g_signal_connect (self->iface, "handle-list-notifications", G_CALLBACK (on_list), self);
  esim_bus_set_path (bus, euicc, self->path);
  g_object_set_data (G_OBJECT (euicc), "esim-bus", self);
  esim_bus_euicc_update (self);
  object = g_dbus_object_skeleton_new (self->path);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (self->iface));
  g_dbus_object_manager_server_export (esim_bus_get_server (bus), object);
  g_signal_connect (euicc, "changed", G_CALLBACK (on_changed), self);
  return self;
}

void
esim_bus_euicc_free (EsimBusEuicc *self)
{
  g_signal_handlers_disconnect_by_data (self->euicc, self);
  g_signal_handlers_disconnect_by_data (self->iface, self);
  g_object_set_data (G_OBJECT (self->euicc), "esim-bus", NULL);
  g_hash_table_unref (self->profiles);
  (void) g_dbus_object_manager_server_unexport (esim_bus_get_server (self->bus), self->path);
  esim_bus_set_path (self->bus, self->euicc, NULL);
  g_object_unref (self->iface);
  g_object_unref (self->euicc);
  g_free (self->path);
  g_free (self);
}
