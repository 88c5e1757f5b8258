/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-config.h"
#include "esim-error.h"

#include <string.h>

#define MODEM_GROUP "modem "

typedef enum { VALUE_NUMBER, VALUE_BOOLEAN, VALUE_STRING, VALUE_LIST, VALUE_NOTIFY } ValueType;

typedef struct {
  const char *group;
  const char *key;
  ValueType type;
  gsize offset; /* of the member, in EsimConfig or EsimModemConfig */
  guint64 min;
  guint64 max;
} Setting;

#define IN_CONFIG(member) G_STRUCT_OFFSET (EsimConfig, member)
#define IN_MODEM(member) G_STRUCT_OFFSET (EsimModemConfig, member)

static const Setting settings[] = {
    {"network", "connect-timeout-seconds", VALUE_NUMBER, IN_CONFIG (http.connect_timeout_s), 1, 300},
    {"network", "total-timeout-seconds", VALUE_NUMBER, IN_CONFIG (http.total_timeout_s), 1, 3600},
    {"network", "allow-loopback", VALUE_BOOLEAN, IN_CONFIG (http.allow_loopback), 0, 0},
    {"network", "connect-to", VALUE_LIST, IN_CONFIG (http.connect_to), 0, 0},
    {"network", "proxy", VALUE_STRING, IN_CONFIG (http.proxy), 0, 0},
    {"network", "web-trust", VALUE_STRING, IN_CONFIG (http.web_trust), 0, 0},
    {"network", "retry-min-seconds", VALUE_NUMBER, IN_CONFIG (retry_min_s), 1, 86400},
    {"network", "retry-max-seconds", VALUE_NUMBER, IN_CONFIG (retry_max_s), 1, 604800},
    {"network", "refusals-max", VALUE_NUMBER, IN_CONFIG (refusals_max), 1, 1000},
    {"notifications", "install", VALUE_NOTIFY, IN_CONFIG (notify.install), 0, 0},
    {"notifications", "enable", VALUE_NOTIFY, IN_CONFIG (notify.enable), 0, 0},
    {"notifications", "disable", VALUE_NOTIFY, IN_CONFIG (notify.disable), 0, 0},
    {"trust", "folders", VALUE_LIST, IN_CONFIG (trust_folders), 0, 0},
    {"trust", "also-trust", VALUE_LIST, IN_CONFIG (also_trust), 0, 0},
    {"carriers", "folders", VALUE_LIST, IN_CONFIG (carrier_folders), 0, 0},
    {"card", "linger-milliseconds", VALUE_NUMBER, IN_CONFIG (linger_ms), 0, 60000},
    {"card", "switch-timeout-seconds", VALUE_NUMBER, IN_CONFIG (switch_timeout_s), 1, 300},
    {"pcsc", "enabled", VALUE_BOOLEAN, IN_CONFIG (pcsc), 0, 0},
    {"modem-manager", "enabled", VALUE_BOOLEAN, IN_CONFIG (modem_manager), 0, 0},
    {"network-manager", "enabled", VALUE_BOOLEAN, IN_CONFIG (network_manager), 0, 0},
};

static const Setting modem_settings[] = {
    {"modem", "device", VALUE_STRING, IN_MODEM (device), 0, 0},
    {"modem", "transport", VALUE_STRING, IN_MODEM (transport), 0, 0},
    {"modem", "ignore", VALUE_BOOLEAN, IN_MODEM (ignore), 0, 0},
    {"modem", "use-proxy", VALUE_BOOLEAN, IN_MODEM (use_proxy), 0, 0},
    {"modem", "slot", VALUE_NUMBER, IN_MODEM (slot), 1, 16},
    {"modem", "segment-size", VALUE_NUMBER, IN_MODEM (segment_size), 16, 255},
    {"modem", "select-p2", VALUE_NUMBER, IN_MODEM (select_p2), 0, 255},
};

EsimWay *
esim_way_new (const char *transport, const char *device)
{
  EsimWay *self = g_new (EsimWay, 1);

  *self = (EsimWay){g_strdup (transport), g_strdup (device)};
  return self;
}

void
esim_way_free (EsimWay *self)
{
  g_free (self->transport);
  g_free (self->device);
  g_free (self);
}

gboolean
esim_way_is_transport (const char *transport)
{
  static const char *const known[] = {"mbim", "qmi", "qmi-over-mbim", "qrtr",
#ifdef ESIM_WITH_PCSC
                                      "pcsc",
#endif
                                      NULL};

  return g_strv_contains (known, transport);
}

EsimNotify
esim_notify_policy_get (const EsimNotifyPolicy *self, EsimNotificationEvents event)
{
  switch (event) {
  case ESIM_EVENT_INSTALL:
    return self->install;
  case ESIM_EVENT_ENABLE:
    return self->enable;
  case ESIM_EVENT_DISABLE:
    return self->disable;
  case ESIM_EVENT_DELETE:
  default:
    return ESIM_NOTIFY_SEND;
  }
}

EsimModemConfig *
esim_modem_config_new (const char *name, const char *device, const char *transport)
{
  EsimModemConfig *self = g_new0 (EsimModemConfig, 1);

  self->name = g_strdup (name);
  self->device = g_strdup (device);
  self->transport = g_strdup (transport);
  self->use_proxy = -1;
  self->select_p2 = -1;
  return self;
}

EsimModemConfig *
esim_modem_config_copy (const EsimModemConfig *self)
{
  EsimModemConfig *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->device = g_strdup (self->device);
  copy->transport = g_strdup (self->transport);
  copy->more = NULL;
  for (guint i = 1; i < esim_modem_config_count_ways (self); i++) {
    EsimWay way = esim_modem_config_get_way (self, i);

    if (copy->more == NULL)
      copy->more = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_way_free);
    g_ptr_array_add (copy->more, esim_way_new (way.transport, way.device));
  }
  return copy;
}

void
esim_modem_config_free (EsimModemConfig *self)
{
  g_free (self->name);
  g_free (self->device);
  g_free (self->transport);
  g_clear_pointer (&self->more, g_ptr_array_unref);
  g_free (self);
}

guint
esim_modem_config_get_slot (const EsimModemConfig *self)
{
  return self->slot != 0 ? self->slot : self->found_slot;
}

guint
esim_modem_config_count_ways (const EsimModemConfig *self)
{
  return 1 + (self->more != NULL ? self->more->len : 0);
}

EsimWay
esim_modem_config_get_way (const EsimModemConfig *self, guint number)
{
  if (number == 0)
    return (EsimWay){self->transport, self->device};
  return *(const EsimWay *) g_ptr_array_index (self->more, number - 1);
}

static EsimConfig *
config_new (void)
{
  static const char *const folders[] = {ESIM_SYSCONFDIR "/esimd/trust", ESIM_DATADIR "/esimd/trust", NULL};
  static const char *const carriers[] = {ESIM_SYSCONFDIR "/esimd/carriers.d",
                                         ESIM_DATADIR "/esimd/carriers.d", NULL};
  EsimConfig *self = g_new0 (EsimConfig, 1);

  self->http = (EsimHttpConfig){.connect_timeout_s = 15, .total_timeout_s = 60, .response_max = 1024 * 1024};
  self->trust_folders = g_strdupv ((char **) folders);
  self->also_trust = g_new0 (char *, 1);
  self->carrier_folders = g_strdupv ((char **) carriers);
  self->retry_min_s = 60;
  self->retry_max_s = 6 * 3600;
  self->refusals_max = 5;
  self->linger_ms = 1500;
  self->switch_timeout_s = 15;
  self->modem_manager = TRUE;
  self->network_manager = TRUE;
  self->modems = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_modem_config_free);
  return self;
}

void
esim_config_free (EsimConfig *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->http.connect_to);
  g_free (self->http.proxy);
  g_free (self->http.web_trust);
  g_strfreev (self->trust_folders);
  g_strfreev (self->also_trust);
  g_strfreev (self->carrier_folders);
  g_ptr_array_unref (self->modems);
  g_free (self);
}

static EsimModemConfig *
get_modem (EsimConfig *self, const char *name)
{
  EsimModemConfig *modem;

  for (guint i = 0; i < self->modems->len; i++) {
    modem = g_ptr_array_index (self->modems, i);
    if (strcmp (modem->name, name) == 0)
      return modem;
  }
  modem = esim_modem_config_new (name, NULL, NULL);
  g_ptr_array_add (self->modems, modem);
  return modem;
}

static const Setting *
find_setting (const Setting *table, gsize length, const char *group, const char *key)
{
  for (gsize i = 0; i < length; i++)
    if ((group == NULL || strcmp (table[i].group, group) == 0) && strcmp (table[i].key, key) == 0)
      return &table[i];
  return NULL;
}

static void
read_list (GKeyFile *file, const char *group, const char *key, char ***list, GError **error)
{
  char **value = g_key_file_get_string_list (file, group, key, NULL, error);

  if (value == NULL)
    return;
  g_strfreev (*list);
  *list = value;
}

static void
read_notify (GKeyFile *file, const char *group, const char *key, EsimNotify *notify, GError **error)
{
  static const char *const words[] = {"send", "remove", "keep"}; /* in the order of the enum */
  g_autofree char *word = g_key_file_get_string (file, group, key, error);

  if (word == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], word) == 0) {
      *notify = (EsimNotify) i;
      return;
    }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "must be \"send\", \"remove\" or \"keep\"");
}

static void
read_number (GKeyFile *file, const char *group, const Setting *setting, guint *number, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint64 value = g_key_file_get_uint64 (file, group, setting->key, &local);

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return;
  }
  if (value < setting->min || value > setting->max) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "must be from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, setting->min, setting->max);
    return;
  }
  *number = (guint) value;
}

static gboolean
read_value (GKeyFile *file, const char *group, const Setting *setting, gpointer into, GError **error)
{
  gpointer member = G_STRUCT_MEMBER_P (into, setting->offset);
  g_autoptr (GError) local = NULL;
  g_autofree char *string = NULL;

  switch (setting->type) {
  case VALUE_NUMBER:
    read_number (file, group, setting, member, &local);
    break;
  case VALUE_BOOLEAN:
    *(gboolean *) member = g_key_file_get_boolean (file, group, setting->key, &local);
    break;
  case VALUE_LIST:
    read_list (file, group, setting->key, member, &local);
    break;
  case VALUE_NOTIFY:
    read_notify (file, group, setting->key, member, &local);
    break;
  case VALUE_STRING:
    string = g_key_file_get_string (file, group, setting->key, &local);
    if (string != NULL) {
      g_free (*(char **) member);
      *(char **) member = g_steal_pointer (&string);
    }
    break;
  default:
    g_assert_not_reached ();
  }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
read_key (EsimConfig *self, GKeyFile *file, const char *path, const char *group, const char *key,
          GError **error)
{
  gboolean in_modem = g_str_has_prefix (group, MODEM_GROUP);
  const Setting *setting = in_modem ? find_setting (modem_settings, G_N_ELEMENTS (modem_settings), NULL, key)
                                    : find_setting (settings, G_N_ELEMENTS (settings), group, key);
  gpointer into = in_modem ? (gpointer) get_modem (self, group + strlen (MODEM_GROUP)) : (gpointer) self;
  g_autoptr (GError) local = NULL;

  if (setting == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "%s: group [%s] has no key \"%s\": see esimd.conf(5)", path, group, key);
    return FALSE;
  }
  if (read_value (file, group, setting, into, &local))
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "%s: [%s] %s: %s", path, group, key,
               local->message);
  return FALSE;
}

/* A group without a key says something too: that there is such a modem, or that somebody mistyped its name.
 */
static gboolean
read_group (EsimConfig *self, const char *path, const char *group, GError **error)
{
  if (g_str_has_prefix (group, MODEM_GROUP)) {
    (void) get_modem (self, group + strlen (MODEM_GROUP));
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].group, group) == 0)
      return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
               "%s: there is no group [%s]: see esimd.conf(5)", path, group);
  return FALSE;
}

static gboolean
read_file (EsimConfig *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local)) {
    if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return TRUE;
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "%s: %s", path, local->message);
    return FALSE;
  }
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], NULL, NULL);

    if (!read_group (self, path, groups[i], error))
      return FALSE;
    for (guint j = 0; keys != NULL && keys[j] != NULL; j++)
      if (!read_key (self, file, path, groups[i], keys[j], error))
        return FALSE;
  }
  return TRUE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
read_folder (EsimConfig *self, const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &local);
  const char *name;

  if (dir == NULL) {
    if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return TRUE;
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "%s", local->message);
    return FALSE;
  }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    if (!read_file (self, g_ptr_array_index (names, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
check_modems (EsimConfig *self, const char *path, GError **error)
{
  for (guint i = 0; i < self->modems->len; i++) {
    EsimModemConfig *modem = g_ptr_array_index (self->modems, i);

    if (modem->device == NULL) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "%s: [modem %s] needs a device", path,
                   modem->name);
      return FALSE;
    }
    if (modem->transport == NULL)
      modem->transport = g_strdup ("mbim");
    if (!esim_way_is_transport (modem->transport)) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                   "%s: [modem %s] transport: \"%s\" is not known, or not in this build; \"mbim\", \"qmi\", "
                   "\"qmi-over-mbim\", \"qrtr\" and \"pcsc\" there are",
                   path, modem->name, modem->transport);
      return FALSE;
    }
  }
  return TRUE;
}

EsimConfig *
esim_config_load (const char *path, GError **error)
{
  g_autoptr (EsimConfig) self = config_new ();
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *folder = g_build_filename (parent, "conf.d", NULL);

  if (!read_file (self, path, error) || !read_folder (self, folder, error) ||
      !check_modems (self, path, error) || !esim_http_check_config (&self->http, error))
    return NULL;
  if (self->retry_max_s < self->retry_min_s)
    self->retry_max_s = self->retry_min_s;
  return g_steal_pointer (&self);
}
