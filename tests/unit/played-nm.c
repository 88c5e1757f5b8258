/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "played-nm.h"

#include <string.h>

#define NAME "org.freedesktop.NetworkManager"
#define ROOT "/org/freedesktop/NetworkManager"
#define ERRORS NAME ".Settings."

static const char introspection[] =
    "<node>"
    "<interface name='org.freedesktop.NetworkManager'>"
    "<method name='DeactivateConnection'><arg type='o' direction='in'/></method>"
    "<property name='ActiveConnections' type='ao' access='read'/></interface>"
    "<interface name='org.freedesktop.NetworkManager.Settings'>"
    "<method name='ListConnections'><arg type='ao' direction='out'/></method>"
    "<method name='GetConnectionByUuid'><arg type='s' direction='in'/><arg type='o' "
    "direction='out'/></method>"
    "<method name='AddConnection2'><arg type='a{sa{sv}}' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='o' direction='out'/><arg type='a{sv}' "
    "direction='out'/></method>"
    "</interface>"
    "<interface name='org.freedesktop.NetworkManager.Settings.Connection'>"
    "<method name='GetSettings'><arg type='a{sa{sv}}' direction='out'/></method>"
    "<method name='GetSecrets'><arg type='s' direction='in'/><arg type='a{sa{sv}}' direction='out'/></method>"
    "<method name='Update2'><arg type='a{sa{sv}}' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='a{sv}' direction='out'/></method>"
    "<method name='Delete'/></interface>"
    "<interface name='org.freedesktop.NetworkManager.Connection.Active'>"
    "<property name='Connection' type='o' access='read'/></interface>"
    "</node>";

static GDBusNodeInfo *node;

static void
emit (PlayedNm *self, const char *path, const char *interface, const char *signal, GVariant *arguments)
{
  g_assert_true (g_dbus_connection_emit_signal (self->bus, NULL, path, interface, signal, arguments, NULL));
}

static GVariant *
list_keys (GHashTable *table)
{
  GVariantBuilder builder;
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (table), (GCompareFunc) g_strcmp0);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ao"));
  for (GList *key = keys; key != NULL; key = key->next)
    g_variant_builder_add (&builder, "o", key->data);
  return g_variant_builder_end (&builder);
}

static void
announce_actives (PlayedNm *self)
{
  GVariantDict changed;

  g_variant_dict_init (&changed, NULL);
  g_variant_dict_insert_value (&changed, "ActiveConnections", list_keys (self->actives));
  emit (self, ROOT, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new ("(s@a{sv}as)", NAME, g_variant_dict_end (&changed), NULL));
}

static GVariant *
look_up (GVariant *settings, const char *setting, const char *key)
{
  g_autoptr (GVariant) inner =
      settings != NULL ? g_variant_lookup_value (settings, setting, G_VARIANT_TYPE ("a{sv}")) : NULL;

  return inner != NULL ? g_variant_lookup_value (inner, key, NULL) : NULL;
}

static const char *
find_uuid (PlayedNm *self, const char *uuid)
{
  GHashTableIter iter;
  const char *path;
  GVariant *settings;

  g_hash_table_iter_init (&iter, self->settings);
  while (g_hash_table_iter_next (&iter, (gpointer *) &path, (gpointer *) &settings)) {
    g_autoptr (GVariant) its = look_up (settings, "connection", "uuid");

    if (its != NULL && g_str_equal (g_variant_get_string (its, NULL), uuid))
      return path;
  }
  return NULL;
}

/* @settings with another gsm. */
static GVariant *
with_gsm (GVariant *settings, GVariantDict *gsm)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_iter_init (&iter, settings);
  while (settings != NULL && g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &value))
    if (!g_str_equal (name, "gsm"))
      g_variant_builder_add (&builder, "{s@a{sv}}", name, value);
  g_variant_builder_add (&builder, "{s@a{sv}}", "gsm", g_variant_dict_end (gsm));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* As NetworkManager does: what is secret is kept, and not told with the rest. */
static void
put (PlayedNm *self, const char *path, GVariant *settings)
{
  static const char *const keys[] = {"password", "pin"};
  g_autoptr (GVariant) owned = g_variant_ref_sink (settings);
  g_autoptr (GVariant) gsm = g_variant_lookup_value (owned, "gsm", G_VARIANT_TYPE ("a{sv}"));
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sa{sv}}", NULL));
  GVariantDict open, secret;

  g_variant_dict_init (&open, gsm);
  g_variant_dict_init (&secret, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GVariant) value = g_variant_dict_lookup_value (&open, keys[i], NULL);

    if (value != NULL)
      g_variant_dict_insert_value (&secret, keys[i], value);
    g_variant_dict_remove (&open, keys[i]);
  }
  g_hash_table_insert (self->settings, g_strdup (path), with_gsm (owned, &open));
  g_hash_table_insert (self->secrets, g_strdup (path), with_gsm (nothing, &secret));
}

static void
answer (GDBusMethodInvocation *invocation, GVariant *value)
{
  g_dbus_method_invocation_return_value (invocation, value);
}

static void
refuse (GDBusMethodInvocation *invocation, const char *name)
{
  g_dbus_method_invocation_return_dbus_error (invocation, name, "those who play it\nsay no");
}

static char *
make (PlayedNm *self)
{
  return g_strdup_printf (ROOT "/Settings/%u", ++self->n_made);
}

static void
add (PlayedNm *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) settings = g_variant_get_child_value (parameters, 0);
  g_autoptr (GVariant) uuid = look_up (settings, "connection", "uuid");
  g_autofree char *path = NULL;
  guint flags;

  g_variant_get_child (parameters, 1, "u", &flags);
  g_assert_cmpuint (flags, ==, 1); /* to disk */
  if (find_uuid (self, g_variant_get_string (uuid, NULL)) != NULL) {
    refuse (invocation, ERRORS "UuidExists");
    return;
  }
  path = make (self);
  put (self, path, settings);
  emit (self, ROOT "/Settings", NAME ".Settings", "NewConnection", g_variant_new ("(o)", path));
  answer (invocation, g_variant_new ("(oa{sv})", path, NULL));
}

static void
deactivate (PlayedNm *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  const char *active;

  g_variant_get (parameters, "(&o)", &active);
  if (!g_hash_table_contains (self->actives, active)) {
    refuse (invocation, NAME ".ConnectionNotActive");
    return;
  }
  answer (invocation, NULL);
  if (!self->slow_to_let_go)
    played_nm_take_down (self, active);
}

static void
call_root (PlayedNm *self, const char *method, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  const char *uuid, *path;

  if (g_str_equal (method, "DeactivateConnection")) {
    deactivate (self, parameters, invocation);
  } else if (g_str_equal (method, "ListConnections")) {
    answer (invocation, g_variant_new ("(@ao)", list_keys (self->settings)));
  } else if (g_str_equal (method, "AddConnection2")) {
    add (self, parameters, invocation);
  } else {
    g_variant_get (parameters, "(&s)", &uuid);
    path = find_uuid (self, uuid);
    if (path != NULL)
      answer (invocation, g_variant_new ("(o)", path));
    else
      refuse (invocation, ERRORS "InvalidConnection");
  }
}

static void
call_connection (PlayedNm *self, const char *path, const char *method, GVariant *parameters,
                 GDBusMethodInvocation *invocation)
{
  GVariant *settings = g_hash_table_lookup (self->settings, path);

  if (settings == NULL) {
    refuse (invocation, "org.freedesktop.DBus.Error.UnknownMethod");
  } else if (g_str_equal (method, "GetSettings")) {
    answer (invocation, g_variant_new ("(@a{sa{sv}})", settings));
  } else if (g_str_equal (method, "GetSecrets")) {
    answer (invocation, g_variant_new ("(@a{sa{sv}})", g_hash_table_lookup (self->secrets, path)));
  } else if (g_str_equal (method, "Update2")) {
    put (self, path, g_variant_get_child_value (parameters, 0));
    emit (self, path, NAME ".Settings.Connection", "Updated", NULL);
    answer (invocation, g_variant_new ("(a{sv})", NULL));
  } else {
    played_nm_drop (self, path);
    answer (invocation, NULL);
  }
}

static gboolean
is_change (const char *method)
{
  static const char *const changes[] = {"AddConnection2", "Update2", "Delete", "DeactivateConnection", NULL};

  return g_strv_contains (changes, method);
}

static void
on_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  PlayedNm *self = data;

  if (is_change (method))
    g_string_append_printf (self->calls, "%s ", method);
  if (g_strcmp0 (method, self->refused) == 0 && self->loses_answers)
    self->kept = invocation;
  else if (g_strcmp0 (method, self->refused) == 0)
    refuse (invocation, self->refusal);
  else if (g_str_equal (path, ROOT) || g_str_equal (path, ROOT "/Settings"))
    call_root (self, method, parameters, invocation);
  else
    call_connection (self, path, method, parameters, invocation);
}

static GVariant *
on_property (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
             const char *property, GError **error, gpointer data)
{
  PlayedNm *self = data;
  const char *connection = g_hash_table_lookup (self->actives, path);

  if (g_str_equal (property, "ActiveConnections"))
    return list_keys (self->actives);
  if (connection != NULL)
    return g_variant_new_object_path (connection);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, "it is down");
  return NULL;
}

static const GDBusInterfaceVTable calls = {.method_call = on_call, .get_property = on_property};

static char **
on_enumerate (GDBusConnection *bus, const char *sender, const char *path, gpointer data)
{
  return g_new0 (char *, 1);
}

static GDBusInterfaceInfo **
on_introspect (GDBusConnection *bus, const char *sender, const char *path, const char *child, gpointer data)
{
  GDBusInterfaceInfo **interfaces = g_new0 (GDBusInterfaceInfo *, 5);

  for (guint i = 0; i < 4; i++)
    interfaces[i] = g_dbus_interface_info_ref (node->interfaces[i]);
  return interfaces;
}

static const GDBusInterfaceVTable *
on_dispatch (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
             const char *child, gpointer *out_data, gpointer data)
{
  *out_data = data;
  return &calls;
}

static const GDBusSubtreeVTable tree = {on_enumerate, on_introspect, on_dispatch};

static void
on_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_set (gpointer data)
{
  return *(gboolean *) data;
}

void
played_nm_appear (PlayedNm *self)
{
  gboolean has_name = FALSE;

  self->name = g_bus_own_name_on_connection (self->bus, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_acquired, NULL,
                                             &has_name, NULL);
  played_bus_wait (is_set, &has_name);
}

void
played_nm_vanish (PlayedNm *self)
{
  g_clear_handle_id (&self->name, g_bus_unown_name);
}

PlayedNm *
played_nm_new (PlayedBus *bus)
{
  PlayedNm *self = g_new0 (PlayedNm, 1);
  g_autoptr (GError) error = NULL;

  if (node == NULL)
    node = g_dbus_node_info_new_for_xml (introspection, &error);
  g_assert_no_error (error);
  self->bus = bus->theirs;
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  self->actives = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->calls = g_string_new (NULL);
  /* A subtree of GDBus is one level deep. */
  for (guint i = 0; i < G_N_ELEMENTS (self->subtrees); i++) {
    static const char *const paths[] = {ROOT, ROOT "/Settings", ROOT "/ActiveConnection"};

    self->subtrees[i] = g_dbus_connection_register_subtree (
        self->bus, paths[i], &tree, G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, self, NULL, &error);
    g_assert_no_error (error);
  }
  return self;
}

void
played_nm_free (PlayedNm *self)
{
  played_nm_vanish (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->subtrees); i++)
    g_dbus_connection_unregister_subtree (self->bus, self->subtrees[i]);
  g_hash_table_unref (self->settings);
  g_hash_table_unref (self->secrets);
  g_hash_table_unref (self->actives);
  g_string_free (self->calls, TRUE);
  g_clear_object (&self->kept);
  g_free (self);
}

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE ("a{sa{sv}}"), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

const char *
played_nm_add (PlayedNm *self, const char *settings)
{
  g_autofree char *path = make (self);

  played_nm_change (self, path, settings);
  if (self->name != 0)
    emit (self, ROOT "/Settings", NAME ".Settings", "NewConnection", g_variant_new ("(o)", path));
  g_hash_table_lookup_extended (self->settings, path, (gpointer *) &settings, NULL);
  return settings;
}

void
played_nm_change (PlayedNm *self, const char *path, const char *settings)
{
  put (self, path, parse (settings));
  if (self->name != 0)
    emit (self, path, NAME ".Settings.Connection", "Updated", NULL);
}

void
played_nm_drop (PlayedNm *self, const char *path)
{
  g_autofree char *gone = g_strdup (path);

  g_hash_table_remove (self->settings, gone);
  g_hash_table_remove (self->secrets, gone);
  if (self->name != 0)
    emit (self, ROOT "/Settings", NAME ".Settings", "ConnectionRemoved", g_variant_new ("(o)", gone));
}

const char *
played_nm_take_up (PlayedNm *self, const char *path)
{
  char *active = g_strdup_printf (ROOT "/ActiveConnection/%u", ++self->n_made);

  g_hash_table_insert (self->actives, active, g_strdup (path));
  if (self->name != 0)
    announce_actives (self);
  return active;
}

void
played_nm_take_down (PlayedNm *self, const char *active)
{
  g_hash_table_remove (self->actives, active);
  if (self->name != 0)
    announce_actives (self);
}

char *
played_nm_dup (PlayedNm *self, const char *path, const char *setting, const char *key)
{
  g_autoptr (GVariant) value = look_up (g_hash_table_lookup (self->settings, path), setting, key);

  if (value == NULL)
    value = look_up (g_hash_table_lookup (self->secrets, path), setting, key);
  return value != NULL ? g_variant_print (value, FALSE) : NULL;
}
