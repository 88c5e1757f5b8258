/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-nm-create.h"

#include "esim-apn.h"
#include "esim-error.h"
#include "esim-nm-error.h"
#include "esim-nm-names.h"

#include <string.h>

#define FLAG_TO_DISK 0x1        /* NM_SETTINGS_ADD_CONNECTION2_FLAG_TO_DISK */
#define FLAG_UPDATE_TO_DISK 0x1 /* NM_SETTINGS_UPDATE2_FLAG_TO_DISK */
#define CREDENTIAL_OCTETS_MAX 255
#define NAME_CHARS_MAX 64

typedef struct {
  GDBusConnection *bus;
  char *owner;
  char *iccid;
  char *uuid;
  char *name;
  char *apn; /* NULL: gsm.auto-config */
  char *user_name;
  char *password;
  gboolean overwrite;
  gboolean retried;
  char *path;
  GVariant *settings; /* of the one that is there already */
} Create;

static void
create_free (Create *self)
{
  g_object_unref (self->bus);
  g_free (self->owner);
  g_free (self->iccid);
  g_free (self->uuid);
  g_free (self->name);
  g_free (self->apn);
  g_free (self->user_name);
  g_free (self->password);
  g_free (self->path);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_free (self);
}

static void
call (GTask *task, const char *path, const char *interface, const char *method, GVariant *arguments,
      const char *reply, GAsyncReadyCallback callback)
{
  Create *self = g_task_get_task_data (task);

  g_dbus_connection_call (self->bus, self->owner, path, interface, method, arguments, G_VARIANT_TYPE (reply),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, ESIM_NM_CALL_MS, g_task_get_cancellable (task),
                          callback, task);
}

static void
fail (GTask *task, GError *error, const char *what)
{
  esim_nm_error_translate (&error, what);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
succeed (GTask *task)
{
  Create *self = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&self->path), g_free);
  g_object_unref (task);
}

static gboolean
is_named (const GError *error, const char *name)
{
  g_autofree char *its = esim_nm_error_dup_name (error);

  return g_strcmp0 (its, name) == 0;
}

/* What is said of the way to the network, as gsm has it. */
static void
put_access (const Create *self, GVariantDict *gsm)
{
  static const char *const keys[] = {"apn", "auto-config", "username", "password"};

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_variant_dict_remove (gsm, keys[i]);
  /* With auto-config NetworkManager wants none of the others. */
  if (self->apn == NULL) {
    g_variant_dict_insert (gsm, "auto-config", "b", TRUE);
    return;
  }
  g_variant_dict_insert (gsm, "apn", "s", self->apn);
  if (self->user_name != NULL)
    g_variant_dict_insert (gsm, "username", "s", self->user_name);
  if (self->password != NULL)
    g_variant_dict_insert (gsm, "password", "s", self->password);
}

static void
add_automatic (GVariantBuilder *settings, const char *name)
{
  g_variant_builder_open (settings, G_VARIANT_TYPE ("{sa{sv}}"));
  g_variant_builder_add (settings, "s", name);
  g_variant_builder_open (settings, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (settings, "{sv}", "method", g_variant_new_string ("auto"));
  g_variant_builder_close (settings);
  g_variant_builder_close (settings);
}

static GVariant *
build_settings (const Create *self)
{
  GVariantBuilder settings, mark;
  GVariantDict connection, gsm, user;

  g_variant_dict_init (&connection, NULL);
  g_variant_dict_insert (&connection, "id", "s", self->name);
  g_variant_dict_insert (&connection, "uuid", "s", self->uuid);
  g_variant_dict_insert (&connection, "type", "s", "gsm");
  g_variant_dict_insert (&connection, "autoconnect", "b", TRUE);
  g_variant_dict_init (&gsm, NULL);
  g_variant_dict_insert (&gsm, "sim-id", "s", self->iccid);
  put_access (self, &gsm);
  g_variant_builder_init (&mark, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&mark, "{ss}", ESIM_NM_MARK, self->iccid);
  g_variant_dict_init (&user, NULL);
  g_variant_dict_insert_value (&user, "data", g_variant_builder_end (&mark));
  g_variant_builder_init (&settings, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_builder_add (&settings, "{s@a{sv}}", "connection", g_variant_dict_end (&connection));
  g_variant_builder_add (&settings, "{s@a{sv}}", "gsm", g_variant_dict_end (&gsm));
  g_variant_builder_add (&settings, "{s@a{sv}}", "user", g_variant_dict_end (&user));
  add_automatic (&settings, "ipv4");
  add_automatic (&settings, "ipv6");
  return g_variant_builder_end (&settings);
}

static gboolean
says (GVariant *setting, const char *key, const char *wanted)
{
  const char *text = "";

  if (setting != NULL)
    (void) g_variant_lookup (setting, key, "&s", &text);
  return g_str_equal (text, wanted != NULL ? wanted : "");
}

/* The one that is there already with our access in it, or %NULL if it has that. GetSettings leaves out what
 * is secret, and an update without it would take it away: the SIM's PIN above all. */
static GVariant *
build_update (const Create *self, GVariant *secrets)
{
  g_autoptr (GVariant) gsm = g_variant_lookup_value (self->settings, "gsm", G_VARIANT_TYPE ("a{sv}"));
  g_autoptr (GVariant) secret =
      secrets != NULL ? g_variant_lookup_value (secrets, "gsm", G_VARIANT_TYPE ("a{sv}")) : NULL;
  GVariantBuilder settings;
  GVariantDict dict;
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gboolean automatic = FALSE;

  (void) g_variant_lookup (gsm, "auto-config", "b", &automatic);
  if (automatic == (self->apn == NULL) && says (gsm, "apn", self->apn) &&
      says (gsm, "username", self->user_name) && says (secret, "password", self->password))
    return NULL;
  g_variant_dict_init (&dict, gsm);
  if (secret != NULL) {
    g_variant_iter_init (&iter, secret);
    while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
      g_variant_dict_insert_value (&dict, name, value);
  }
  put_access (self, &dict);
  g_variant_builder_init (&settings, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_iter_init (&iter, self->settings);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &value))
    if (!g_str_equal (name, "gsm"))
      g_variant_builder_add (&settings, "{s@a{sv}}", name, value);
  g_variant_builder_add (&settings, "{s@a{sv}}", "gsm", g_variant_dict_end (&dict));
  return g_variant_builder_end (&settings);
}

static void
on_updated (GObject *bus, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);

  if (reply == NULL)
    fail (data, error, "change the connection");
  else
    succeed (data);
}

static void
on_secrets (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Create *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) secrets = NULL;
  GVariant *update;

  /* What cannot be read is kept somewhere else than in the connection, and stays there. */
  if (reply == NULL && !g_dbus_error_is_remote_error (error)) {
    fail (task, error, "tell what is secret in the connection");
    return;
  }
  g_clear_error (&error);
  if (reply != NULL)
    secrets = g_variant_get_child_value (reply, 0);
  update = build_update (self, secrets);
  if (update == NULL) {
    succeed (task);
    return;
  }
  call (task, self->path, ESIM_NM_CONNECTION_INTERFACE, "Update2",
        g_variant_new ("(@a{sa{sv}}ua{sv})", update, FLAG_UPDATE_TO_DISK, NULL), "(a{sv})", on_updated);
}

static GError *
not_ours (const Create *self)
{
  return g_error_new (
      ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
      "NetworkManager's connection %s was made for this profile and has been changed into another: "
      "change it back, or delete it (“nmcli connection delete %s”), and try again",
      self->uuid, self->uuid);
}

static void
on_settings (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Create *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (EsimNmConnection) there = NULL;

  if (reply == NULL) {
    fail (task, error, "tell of the connection");
    return;
  }
  self->settings = g_variant_get_child_value (reply, 0);
  there = esim_nm_connection_read (self->path, self->settings);
  if (there == NULL || !g_str_equal (there->iccid, self->iccid) || (self->overwrite && !there->ours))
    fail (task, not_ours (self), "");
  else if (self->overwrite)
    call (task, self->path, ESIM_NM_CONNECTION_INTERFACE, "GetSecrets", g_variant_new ("(s)", "gsm"),
          "(a{sa{sv}})", on_secrets);
  else
    succeed (task);
}

static void look (GTask *task);

static void
on_added (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Create *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);

  if (reply != NULL) {
    g_variant_get_child (reply, 0, "o", &self->path);
    succeed (task);
  } else if (is_named (error, ESIM_NM_ERROR_UUID_EXISTS) && !self->retried) {
    /* Somebody put it back between our two calls. */
    self->retried = TRUE;
    g_error_free (error);
    look (task);
  } else {
    fail (task, error, "make the connection");
  }
}

static void
on_found (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Create *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);

  if (reply != NULL) {
    g_variant_get (reply, "(o)", &self->path);
    call (task, self->path, ESIM_NM_CONNECTION_INTERFACE, "GetSettings", NULL, "(a{sa{sv}})", on_settings);
  } else if (is_named (error, ESIM_NM_ERROR_NO_SUCH_CONNECTION)) {
    g_error_free (error);
    call (task, ESIM_NM_SETTINGS_PATH, ESIM_NM_SETTINGS_INTERFACE, "AddConnection2",
          g_variant_new ("(@a{sa{sv}}ua{sv})", build_settings (self), FLAG_TO_DISK, NULL), "(oa{sv})",
          on_added);
  } else {
    fail (task, error, "say whether there is a connection");
  }
}

static void
look (GTask *task)
{
  Create *self = g_task_get_task_data (task);

  call (task, ESIM_NM_SETTINGS_PATH, ESIM_NM_SETTINGS_INTERFACE, "GetConnectionByUuid",
        g_variant_new ("(s)", self->uuid), "(o)", on_found);
}

static gboolean
is_credential (const char *text)
{
  if (text == NULL)
    return TRUE;
  for (const char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return FALSE;
  return strlen (text) <= CREDENTIAL_OCTETS_MAX && g_utf8_validate (text, -1, NULL);
}

static GError *
judge (const EsimNmRequest *request, const char *iccid)
{
  if (iccid == NULL)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                        "no connection can be made for a profile without a whole ICCID");
  if (request->apn != NULL && *request->apn != '\0' && !esim_apn_is_valid (request->apn))
    return g_error_new (
        ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
        "the APN is at most 64 letters, digits, dots, hyphens and underscores: look at what the "
        "operator tells");
  if (!is_credential (request->user_name) || !is_credential (request->password))
    return g_error_new (ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                        "the APN's user name and password are at most %d octets of text each",
                        CREDENTIAL_OCTETS_MAX);
  return NULL;
}

/* A name comes from a card: what cannot be shown is left out. */
static char *
make_name (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *name = g_string_new (NULL);
  guint n = 0;

  for (const char *at = valid; *at != '\0' && n < NAME_CHARS_MAX; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (g_unichar_isprint (c)) {
      g_string_append_unichar (name, c);
      n++;
    }
  }
  g_strstrip (name->str);
  return g_string_free (*name->str == '\0' ? g_string_assign (name, "eSIM") : name, FALSE);
}

static char *
dup_unless_empty (const char *text)
{
  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

void
esim_nm_create_async (GDBusConnection *bus, const char *owner, const EsimNmRequest *request,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Create *self = g_new0 (Create, 1);
  GError *error;

  self->bus = g_object_ref (bus);
  self->owner = g_strdup (owner);
  self->iccid = esim_nm_connection_dup_iccid (request->iccid);
  self->name = make_name (request->name);
  self->apn = dup_unless_empty (request->apn);
  self->user_name = dup_unless_empty (request->user_name);
  self->password = dup_unless_empty (request->password);
  self->overwrite = request->overwrite;
  g_task_set_check_cancellable (task, FALSE); /* its error has to be one of ours */
  g_task_set_task_data (task, self, (GDestroyNotify) create_free);
  error = judge (request, self->iccid);
  if (error != NULL) {
    fail (task, error, "");
    return;
  }
  self->uuid = esim_nm_connection_dup_uuid (self->iccid);
  look (task);
}

char *
esim_nm_create_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
