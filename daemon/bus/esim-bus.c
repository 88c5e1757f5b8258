/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus.h"
#include "esim-bus-deregister.h"
#include "esim-bus-download.h"
#include "esim-bus-modems.h"
#include "esim-dbus.h"
#include "esim-names.h"

struct _EsimBus {
  guint refs;
  gboolean over; /* off the bus */
  EsimManager *manager;
  GDBusObjectManagerServer *server;
  EsimDBusManager *iface;
  EsimBusCarriers *carriers;
  GHashTable *numbers;         /* kind → the last one */
  GHashTable *paths;           /* object → path */
  GHashTable *euiccs;          /* EsimEuicc → EsimBusEuicc */
  GHashTable *operations;      /* EsimOperation → EsimBusOperation */
  GHashTable *deregistrations; /* EsimDeregistration → EsimBusDeregistration */
};

EsimManager *
esim_bus_get_manager (EsimBus *self)
{
  return self->manager;
}

GDBusObjectManagerServer *
esim_bus_get_server (EsimBus *self)
{
  return self->server;
}

guint
esim_bus_next_number (EsimBus *self, const char *kind)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, kind)) + 1;

  g_hash_table_replace (self->numbers, g_strdup (kind), GUINT_TO_POINTER (number));
  return number;
}

const char *
esim_bus_get_path (EsimBus *self, gpointer object)
{
  const char *path = object != NULL ? g_hash_table_lookup (self->paths, object) : NULL;

  return path != NULL ? path : "/";
}

void
esim_bus_set_path (EsimBus *self, gpointer object, const char *path)
{
  if (path != NULL)
    g_hash_table_replace (self->paths, object, g_strdup (path));
  else
    g_hash_table_remove (self->paths, object);
}

const char *
esim_bus_get_profile_path (EsimBus *self, EsimEuicc *euicc, const char *iccid)
{
  EsimBusEuicc *shown = euicc != NULL ? g_hash_table_lookup (self->euiccs, euicc) : NULL;

  return shown != NULL ? esim_bus_euicc_get_profile_path (shown, iccid) : "/";
}

void
esim_bus_flush_euicc (EsimBus *self, EsimEuicc *euicc)
{
  EsimBusEuicc *shown = self->euiccs != NULL ? g_hash_table_lookup (self->euiccs, euicc) : NULL;

  if (shown != NULL)
    esim_bus_euicc_flush (shown);
}

void
esim_bus_update_profiles (EsimBus *self)
{
  GHashTableIter iter;
  gpointer shown;

  g_hash_table_iter_init (&iter, self->euiccs);
  while (g_hash_table_iter_next (&iter, NULL, &shown))
    esim_bus_euicc_update (shown);
}

void
esim_bus_update_deregistrations (EsimBus *self)
{
  GHashTableIter iter;
  gpointer shown;

  if (self->deregistrations == NULL)
    return;
  g_hash_table_iter_init (&iter, self->deregistrations);
  while (g_hash_table_iter_next (&iter, NULL, &shown))
    esim_bus_deregistration_update (shown);
}

static void
update_operations (EsimBus *self)
{
  GPtrArray *operations = esim_manager_get_operations (self->manager);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; i < operations->len; i++)
    g_ptr_array_add (paths, (gpointer) esim_bus_get_path (self, g_ptr_array_index (operations, i)));
  g_ptr_array_add (paths, NULL);
  esim_dbus_manager_set_operations (self->iface, (const char *const *) paths->pdata);
}

static void
on_euicc_added (EsimManager *manager, EsimEuicc *euicc, EsimBus *self)
{
  g_hash_table_insert (self->euiccs, euicc, esim_bus_euicc_new (self, euicc));
}

static void
on_euicc_removed (EsimManager *manager, EsimEuicc *euicc, EsimBus *self)
{
  g_hash_table_remove (self->euiccs, euicc);
}

static void
on_operation_added (EsimManager *manager, EsimOperation *operation, EsimBus *self)
{
  g_hash_table_insert (self->operations, operation, esim_bus_operation_new (self, operation));
  update_operations (self);
}

static void
on_operation_removed (EsimManager *manager, EsimOperation *operation, EsimBus *self)
{
  g_hash_table_remove (self->operations, operation);
  update_operations (self);
}

static void
on_deregistration_added (EsimManager *manager, EsimDeregistration *deregistration, EsimBus *self)
{
  g_hash_table_insert (self->deregistrations, deregistration,
                       esim_bus_deregistration_new (self, deregistration));
  esim_bus_update_profiles (self);
}

static void
on_deregistration_removed (EsimManager *manager, EsimDeregistration *deregistration, EsimBus *self)
{
  g_hash_table_remove (self->deregistrations, deregistration);
  esim_bus_update_profiles (self);
}

static void
on_ready (EsimManager *manager, EsimBus *self)
{
  /* Whoever sees Ready sees everything else first. */
  esim_bus_update_profiles (self);
  esim_dbus_manager_set_ready (self->iface, TRUE);
}

static void
follow (EsimBus *self)
{
  EsimManager *manager = self->manager;

  g_signal_connect (manager, "euicc-added", G_CALLBACK (on_euicc_added), self);
  g_signal_connect (manager, "euicc-removed", G_CALLBACK (on_euicc_removed), self);
  g_signal_connect (manager, "operation-added", G_CALLBACK (on_operation_added), self);
  g_signal_connect (manager, "operation-removed", G_CALLBACK (on_operation_removed), self);
  g_signal_connect (manager, "deregistration-added", G_CALLBACK (on_deregistration_added), self);
  g_signal_connect (manager, "deregistration-removed", G_CALLBACK (on_deregistration_removed), self);
  g_signal_connect (manager, "ready", G_CALLBACK (on_ready), self);
  for (guint i = 0; i < esim_manager_get_euiccs (manager)->len; i++)
    on_euicc_added (manager, g_ptr_array_index (esim_manager_get_euiccs (manager), i), self);
  for (guint i = 0; i < esim_manager_get_deregistrations (manager)->len; i++)
    on_deregistration_added (manager, g_ptr_array_index (esim_manager_get_deregistrations (manager), i),
                             self);
}

EsimBus *
esim_bus_new (GDBusConnection *connection, EsimManager *manager, EsimCarrierDirectory *carriers)
{
  static const char *const capabilities[] = {"transport-mbim",
                                             "transport-qmi",
                                             "transport-qrtr",
#ifdef ESIM_WITH_PCSC
                                             "transport-pcsc",
#endif
                                             "slots",
                                             "modem-manager",
                                             "network-manager",
                                             "deregister-local",
                                             "deregister-portal",
                                             "carriers",
                                             "download",
                                             "discover",
                                             "reset-memory",
                                             "trust",
                                             NULL};
  static const char *const none[] = {NULL};
  EsimBus *self = g_new0 (EsimBus, 1);
  g_autoptr (GError) error = NULL;

  self->refs = 1;
  self->manager = g_object_ref (manager);
  self->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->euiccs = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) esim_bus_euicc_free);
  self->operations = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) esim_bus_operation_free);
  self->deregistrations =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) esim_bus_deregistration_free);
  self->server = g_dbus_object_manager_server_new (ESIM_ROOT_PATH);
  self->iface = esim_dbus_manager_skeleton_new ();
  self->carriers = esim_bus_carriers_new (self, self->iface, carriers);
  esim_bus_deregister_handle (self, self->iface);
  esim_bus_modems_handle (self, self->iface);
  esim_bus_manager_download_handle (self, self->iface);
  esim_dbus_manager_set_version (self->iface, ESIM_VERSION);
  esim_dbus_manager_set_capabilities (self->iface, capabilities);
  esim_dbus_manager_set_operations (self->iface, none);
  esim_dbus_manager_set_ready (self->iface, esim_manager_is_ready (manager));
  follow (self);
  g_dbus_object_manager_server_set_connection (self->server, connection);
  /* The root is not one of its own children. */
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->iface), connection, ESIM_ROOT_PATH,
                                         &error))
    g_warning ("the manager is not on the bus: %s", error->message);
  return self;
}

EsimBus *
esim_bus_ref (EsimBus *self)
{
  self->refs++;
  return self;
}

void
esim_bus_unref (EsimBus *self)
{
  if (--self->refs > 0)
    return;
  g_object_unref (self->server);
  g_object_unref (self->iface);
  g_hash_table_unref (self->paths);
  g_hash_table_unref (self->numbers);
  g_object_unref (self->manager);
  g_free (self);
}

gboolean
esim_bus_is_over (EsimBus *self)
{
  return self->over;
}

void
esim_bus_free (EsimBus *self)
{
  self->over = TRUE;
  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_signal_handlers_disconnect_by_data (self->iface, self);
  g_clear_pointer (&self->carriers, esim_bus_carriers_free);
  g_clear_pointer (&self->operations, g_hash_table_unref);
  g_clear_pointer (&self->deregistrations, g_hash_table_unref);
  g_clear_pointer (&self->euiccs, g_hash_table_unref);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->iface));
  g_dbus_object_manager_server_set_connection (self->server, NULL);
  esim_bus_unref (self);
}
