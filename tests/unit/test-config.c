/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-config.h"
#include "esim-error.h"
#include "folder.h"

#include <string.h>

static EsimConfig *
load (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "esimd.conf", NULL);

  return esim_config_load (path, error);
}

static EsimConfig *
load_text (const char *folder, const char *text)
{
  g_autoptr (GError) error = NULL;
  EsimConfig *config;

  folder_put (folder, "esimd.conf", text);
  config = load (folder, &error);
  g_assert_no_error (error);
  return config;
}

static void
test_defaults (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimConfig) config = load (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->http.connect_timeout_s, ==, 15);
  g_assert_cmpuint (config->http.total_timeout_s, ==, 60);
  g_assert_cmpuint (config->http.response_max, ==, 1024 * 1024);
  g_assert_false (config->http.allow_loopback);
  g_assert_null (config->http.connect_to);
  g_assert_null (config->http.proxy);
  g_assert_null (config->http.web_trust);
  g_assert_cmpuint (g_strv_length (config->trust_folders), ==, 2);
  g_assert_true (g_str_has_suffix (config->trust_folders[0], "/esimd/trust"));
  g_assert_cmpuint (g_strv_length (config->also_trust), ==, 0);
  g_assert_cmpuint (config->retry_min_s, ==, 60);
  g_assert_cmpuint (config->retry_max_s, ==, 6 * 3600);
  g_assert_cmpuint (config->refusals_max, ==, 5);
  g_assert_cmpuint (config->linger_ms, ==, 1500);
  g_assert_cmpuint (config->switch_timeout_s, ==, 15);
  g_assert_cmpuint (config->modems->len, ==, 0);
}

static void
test_every_key (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimConfig) config = load_text (
      folder,
      "[network]\nconnect-timeout-seconds=1\ntotal-timeout-seconds=2\nallow-loopback=true\n"
      "connect-to=a:1:b:2;c:3:d:4\nproxy=socks5h://localhost:1\nweb-trust=/"
      "w\nretry-min-seconds=3\nretry-max-seconds=4\n"
      "refusals-max=6\n[notifications]\ninstall=send\nenable=remove\ndisable=keep\n[trust]\nfolders=/a;/b;/"
      "c\nalso-trust=00:11\n"
      "[card]\nlinger-milliseconds=7\nswitch-timeout-seconds=8\n"
      "[modem a]\ndevice=/dev/a\ntransport=mbim\nslot=2\nsegment-size=100\nselect-p2=4\n"
      "[modem b c]\ndevice=/dev/b\n");
  const EsimModemConfig *a = config->modems->pdata[0], *b = config->modems->pdata[1];

  g_assert_cmpuint (config->http.connect_timeout_s, ==, 1);
  g_assert_cmpuint (config->http.total_timeout_s, ==, 2);
  g_assert_true (config->http.allow_loopback);
  g_assert_cmpuint (g_strv_length (config->http.connect_to), ==, 2);
  g_assert_cmpstr (config->http.connect_to[1], ==, "c:3:d:4");
  g_assert_cmpstr (config->http.proxy, ==, "socks5h://localhost:1");
  g_assert_cmpstr (config->http.web_trust, ==, "/w");
  g_assert_cmpuint (config->retry_min_s, ==, 3);
  g_assert_cmpuint (config->retry_max_s, ==, 4);
  g_assert_cmpuint (config->refusals_max, ==, 6);
  g_assert_cmpint (config->notify.install, ==, ESIM_NOTIFY_SEND);
  g_assert_cmpint (config->notify.enable, ==, ESIM_NOTIFY_REMOVE);
  g_assert_cmpint (config->notify.disable, ==, ESIM_NOTIFY_KEEP);
  g_assert_cmpuint (g_strv_length (config->trust_folders), ==, 3);
  g_assert_cmpstr (config->also_trust[0], ==, "00:11");
  g_assert_cmpuint (config->linger_ms, ==, 7);
  g_assert_cmpuint (config->switch_timeout_s, ==, 8);
  g_assert_cmpuint (config->modems->len, ==, 2);
  g_assert_cmpstr (a->name, ==, "a");
  g_assert_cmpstr (a->device, ==, "/dev/a");
  g_assert_cmpstr (a->transport, ==, "mbim");
  g_assert_cmpuint (a->slot, ==, 2);
  g_assert_cmpuint (a->segment_size, ==, 100);
  g_assert_cmpint (a->select_p2, ==, 4);
  g_assert_cmpstr (b->name, ==, "b c");
  g_assert_cmpstr (b->transport, ==, "mbim");
  g_assert_cmpuint (b->slot, ==, 0);
  g_assert_cmpuint (b->segment_size, ==, 0);
  g_assert_cmpint (b->select_p2, ==, -1);
}

static const struct {
  const char *group, *key;
  guint64 min, max;
} bounds[] = {
    {"network", "connect-timeout-seconds", 1, 300}, {"network", "total-timeout-seconds", 1, 3600},
    {"network", "retry-min-seconds", 1, 86400},     {"network", "retry-max-seconds", 1, 604800},
    {"network", "refusals-max", 1, 1000},           {"card", "linger-milliseconds", 0, 60000},
    {"card", "switch-timeout-seconds", 1, 300},     {"modem x", "slot", 1, 16},
    {"modem x", "segment-size", 16, 255},           {"modem x", "select-p2", 0, 255},
};

/* The message has to hold the file's name, the group's and the key's. */
static void
assert_refused (const char *text, const char *group, const char *key)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "esimd.conf", NULL);
  g_autofree char *shown = g_strescape (text, NULL);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", shown);
  folder_put (folder, "esimd.conf", text);
  g_assert_null (load (folder, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, group));
  g_assert_nonnull (strstr (error->message, key));
}

static void
test_bounds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++) {
    const guint64 good[] = {bounds[i].min, bounds[i].max};

    for (guint j = 0; j < G_N_ELEMENTS (good); j++) {
      g_auto (Folder) folder = folder_new ();
      g_autofree char *text = g_strdup_printf ("[%s]\n%s=%" G_GUINT64_FORMAT "\n[modem x]\ndevice=/dev/x\n",
                                               bounds[i].group, bounds[i].key, good[j]);
      g_autoptr (EsimConfig) config = load_text (folder, text);

      g_assert_nonnull (config);
    }
  }
}

static void
test_beyond_bounds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++) {
    g_autofree char *above = g_strdup_printf ("%" G_GUINT64_FORMAT, bounds[i].max + 1);
    g_autofree char *below = g_strdup_printf ("%d", (int) bounds[i].min - 1);
    const char *const bad[] = {above, below, "", "many", "5s", "99999999999999999999999"};

    for (guint j = 0; j < G_N_ELEMENTS (bad); j++) {
      g_autofree char *text = g_strdup_printf ("[%s]\n%s=%s\n", bounds[i].group, bounds[i].key, bad[j]);

      assert_refused (text, bounds[i].group, bounds[i].key);
    }
  }
}

static void
test_refused (void)
{
  assert_refused ("[netwrk]\nproxy=x\n", "netwrk", "");
  assert_refused ("[netwrk]\n", "netwrk", "");
  assert_refused ("[network]\nproxi=x\n", "network", "proxi");
  assert_refused ("[card]\nproxy=x\n", "card", "proxy");
  assert_refused ("[network]\nallow-loopback=maybe\n", "network", "allow-loopback");
  assert_refused ("[notifications]\ninstall=maybe\n", "notifications", "install");
  assert_refused ("[notifications]\ndelete=keep\n", "notifications", "delete");
  assert_refused ("[modem a]\ndevice=/dev/a\nspeed=1\n", "modem a", "speed");
  assert_refused ("[modem a]\ndevice=/dev/a\ntransport=smoke\n", "modem a", "transport");
  assert_refused ("[modem a]\ndevice=/dev/a\nuse-proxy=perhaps\n", "modem a", "use-proxy");
  assert_refused ("[pcsc]\nenabled=perhaps\n", "pcsc", "enabled");
  assert_refused ("[modem a]\nslot=1\n", "modem a", "device");
  assert_refused ("[modem a]\n", "modem a", "device");
  assert_refused ("proxy=x\n", "", "");
  assert_refused ("[network]\nproxy=\xff\n", "network", "proxy");
}

static void
test_conf_d (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimConfig) config = NULL;

  folder_put (folder, "conf.d/20-b.conf", "[card]\nlinger-milliseconds=20\nswitch-timeout-seconds=2\n");
  folder_put (folder, "conf.d/10-a.conf",
              "[card]\nlinger-milliseconds=10\n[modem a]\nslot=3\n[trust]\nfolders=/x\n");
  folder_put (folder, "conf.d/90-not.conf.off", "[nonsense]\nx=y\n");
  config = load_text (folder, "[card]\nlinger-milliseconds=1\n[network]\nrefusals-max=9\n"
                              "[modem a]\ndevice=/dev/a\nslot=1\n[trust]\nfolders=/y;/z\n");
  g_assert_cmpuint (config->linger_ms, ==, 20);
  g_assert_cmpuint (config->switch_timeout_s, ==, 2);
  g_assert_cmpuint (config->refusals_max, ==, 9);
  g_assert_cmpuint (config->modems->len, ==, 1);
  g_assert_cmpuint (((EsimModemConfig *) config->modems->pdata[0])->slot, ==, 3);
  g_assert_cmpuint (g_strv_length (config->trust_folders), ==, 1);
}

static void
test_conf_d_refused (void)
{
  g_auto (Folder) folder = folder_new ();
  g_auto (Folder) other = folder_new ();
  g_autoptr (GError) error = NULL;

  folder_put (folder, "conf.d/10-a.conf", "[network]\nx=y\n");
  g_assert_null (load (folder, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "conf.d/10-a.conf"));
  g_clear_error (&error);
  folder_put (other, "conf.d", "not a folder");
  g_assert_null (load (other, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "conf.d"));
}

/* The longest pause is never shorter than the first. */
static void
test_retry_order (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimConfig) config =
      load_text (folder, "[network]\nretry-min-seconds=100\nretry-max-seconds=50\n");

  g_assert_cmpuint (config->retry_min_s, ==, 100);
  g_assert_cmpuint (config->retry_max_s, ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/every-key", test_every_key);
  g_test_add_func ("/config/bounds", test_bounds);
  g_test_add_func ("/config/beyond-bounds", test_beyond_bounds);
  g_test_add_func ("/config/refused", test_refused);
  g_test_add_func ("/config/conf-d", test_conf_d);
  g_test_add_func ("/config/conf-d-refused", test_conf_d_refused);
  g_test_add_func ("/config/retry-order", test_retry_order);
  return g_test_run ();
}
