/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options, signals, the loop, and who is handed to whom: nothing else. */
#include "esim-bus.h"
#include "esim-config.h"
#include "esim-error.h"
#include "esim-manager.h"
#include "esim-mbim-card.h"
#include "esim-names.h"
#ifdef ESIM_WITH_PCSC
#include "esim-pcsc-card.h"
#include "esim-pcsc-readers.h"
#endif
#include "esim-routes.h"
#include "esim-udev.h"

#include <glib-unix.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define IDLE_EXIT_S 60

typedef struct {
  GMainLoop *loop;
  GDBusConnection *connection;
  EsimConfig *config;
  EsimStore *store;
  EsimRspTrust *trust;
  EsimCarrierDirectory *carriers;
  EsimManager *manager;
  EsimUdev *udev;
#ifdef ESIM_WITH_PCSC
  EsimPcscReaders *readers; /* NULL: none is to be looked at */
#endif
  EsimBus *bus;
  char *runtime_dir;
  guint idle;
  int status;
} App;

static char *option_config, *option_state_dir, *option_bus;
static gboolean option_version, option_check;

static const GOptionEntry options[] = {
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &option_config,
     "The configuration (default: " ESIM_SYSCONFDIR "/esimd/esimd.conf)", "FILE"},
    {"state-dir", 's', 0, G_OPTION_ARG_FILENAME, &option_state_dir,
     "Where records are kept (default: $STATE_DIRECTORY)", "DIR"},
    {"bus", 'b', 0, G_OPTION_ARG_STRING, &option_bus, "The bus (default: the system bus)", "ADDRESS"},
    {"check-config", 0, 0, G_OPTION_ARG_NONE, &option_check,
     "Read the configuration, say what is wrong with it, and leave", NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &option_version, "Say the version and leave", NULL},
    {NULL}};

static gboolean
uses_proxy (const EsimModemConfig *modem, const char *device)
{
  return modem->use_proxy >= 0 ? modem->use_proxy : esim_mbim_is_device_node (device);
}

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, GError **error)
{
  EsimMbimOptions mbim = {.device = way->device,
                          .slot = modem->slot,
                          .use_proxy = uses_proxy (modem, way->device),
                          .segment_size = modem->segment_size,
                          .select_p2 = modem->select_p2};

  if (strcmp (way->transport, "mbim") == 0)
    return esim_mbim_card_open (&mbim, error);
#ifdef ESIM_WITH_PCSC
  if (strcmp (way->transport, "pcsc") == 0) {
    const EsimPcscOptions pcsc = {
        .reader = way->device, .segment_size = modem->segment_size, .select_p2 = modem->select_p2};

    return esim_pcsc_card_open (&pcsc, error);
  }
#endif
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED, "There is no transport \"%s\" in this build",
               way->transport);
  return NULL;
}

static gboolean
is_shared (const EsimModemConfig *modem)
{
  return uses_proxy (modem, modem->device);
}

static const EsimTransport opener = {.open = open_card, .is_shared = is_shared};

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (((App *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_idle_long (gpointer data)
{
  App *app = data;

  app->idle = 0;
  g_message ("no eUICC, nothing open: leaving");
  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static void
on_manager_changed (EsimManager *manager, App *app)
{
  gboolean needed = esim_manager_is_needed (manager);

  if (needed)
    g_clear_handle_id (&app->idle, g_source_remove);
  else if (app->idle == 0)
    app->idle = g_timeout_add_seconds (IDLE_EXIT_S, on_idle_long, app);
}

static void
on_ready (EsimManager *manager, App *app)
{
  on_manager_changed (manager, app);
  malloc_trim (0);
}

static void
on_port_added (EsimUdev *udev, const char *path, const char *transport, const char *modem, App *app)
{
  esim_manager_add_port (app->manager, path, transport, modem);
}

static void
on_port_removed (EsimUdev *udev, const char *path, App *app)
{
  esim_manager_remove_port (app->manager, path);
}

#ifdef ESIM_WITH_PCSC
static gboolean
is_reader_wanted (App *app, const char *reader)
{
  for (guint i = 0; !app->config->pcsc && i < app->config->modems->len; i++) {
    const EsimModemConfig *modem = g_ptr_array_index (app->config->modems, i);

    if (g_strcmp0 (modem->transport, "pcsc") == 0 &&
        (reader == NULL || g_strcmp0 (modem->device, reader) == 0))
      return TRUE;
  }
  return app->config->pcsc;
}

static void
on_reader_added (EsimPcscReaders *readers, const char *name, App *app)
{
  if (is_reader_wanted (app, name))
    esim_manager_add_port (app->manager, name, "pcsc", name);
}

static void
on_reader_removed (EsimPcscReaders *readers, const char *name, App *app)
{
  esim_manager_remove_port (app->manager, name);
}

static void
start_readers (App *app)
{
  if (!is_reader_wanted (app, NULL))
    return;
  app->readers = esim_pcsc_readers_new ();
  g_signal_connect (app->readers, "reader-added", G_CALLBACK (on_reader_added), app);
  g_signal_connect (app->readers, "reader-removed", G_CALLBACK (on_reader_removed), app);
  esim_pcsc_readers_start (app->readers);
}
#endif

/* Only one at a time may touch the modems and the records: the one that has the name. */
static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  App *app = data;

  esim_manager_start (app->manager);
  app->udev = esim_udev_new ();
  g_signal_connect (app->udev, "port-added", G_CALLBACK (on_port_added), app);
  g_signal_connect (app->udev, "port-removed", G_CALLBACK (on_port_removed), app);
  esim_udev_start (app->udev);
#ifdef ESIM_WITH_PCSC
  start_readers (app);
#endif
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  App *app = data;

  g_warning ("the name %s is not to be had on the bus: another service has it, or the bus policy forbids it",
             name);
  app->status = EXIT_FAILURE;
  g_main_loop_quit (app->loop);
}

static gboolean
prepare_folders (App *app, GError **error)
{
  const char *state = option_state_dir != NULL ? option_state_dir : g_getenv ("STATE_DIRECTORY");
  const char *runtime = option_state_dir == NULL ? g_getenv ("RUNTIME_DIRECTORY") : NULL;

  app->store = esim_store_new (state != NULL ? state : "/var/lib/esimd", error);
  if (app->store == NULL)
    return FALSE;
  /* What has to survive the process, not the machine. */
  app->runtime_dir = runtime != NULL ? g_strdup (runtime)
                                     : g_build_filename (state != NULL ? state : "/run/esimd", "run", NULL);
  if (g_mkdir_with_parents (app->runtime_dir, 0700) == 0)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "could not make %s", app->runtime_dir);
  return FALSE;
}

static EsimNetwork
look_at_network (void)
{
  switch (esim_routes_look (ESIM_ROUTES_PROC_NET, ESIM_ROUTES_SYS_NET)) {
  case ESIM_ROUTES_OTHER:
    return ESIM_NETWORK_OTHER;
  case ESIM_ROUTES_NONE:
  case ESIM_ROUTES_MODEM:
    return ESIM_NETWORK_NONE;
  case ESIM_ROUTES_UNKNOWN:
  default:
    return ESIM_NETWORK_UNKNOWN;
  }
}

static gboolean
start (App *app, GError **error)
{
  EsimManagerSetup setup;

  if (!prepare_folders (app, error))
    return FALSE;
  app->trust = esim_rsp_trust_new ((const char *const *) app->config->trust_folders,
                                   (const char *const *) app->config->also_trust);
  app->carriers = esim_carrier_directory_new ((const char *const *) app->config->carrier_folders);
  app->connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  if (app->connection == NULL)
    return FALSE;
  setup = (EsimManagerSetup){.config = app->config,
                             .transport = &opener,
                             .store = app->store,
                             .trust = app->trust,
                             .runtime_dir = app->runtime_dir,
                             .carriers = app->carriers,
                             .look_at_network = look_at_network};
  app->manager = esim_manager_new (&setup);
  g_signal_connect (app->manager, "changed", G_CALLBACK (on_manager_changed), app);
  g_signal_connect (app->manager, "ready", G_CALLBACK (on_ready), app);
  app->bus = esim_bus_new (app->connection, app->manager, app->carriers);
  (void) g_bus_own_name_on_connection (app->connection, ESIM_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                       on_name_acquired, on_name_lost, app, NULL);
  return TRUE;
}

static void
stop (App *app)
{
  g_clear_handle_id (&app->idle, g_source_remove);
  if (app->manager != NULL) {
    g_signal_handlers_disconnect_by_data (app->manager, app);
    esim_manager_stop (app->manager);
  }
  g_clear_object (&app->udev);
#ifdef ESIM_WITH_PCSC
  g_clear_object (&app->readers);
#endif
  g_clear_pointer (&app->bus, esim_bus_free);
  /* What the workers posted last is delivered, and let go of. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  /* The last answers go out before the process does. */
  if (app->connection != NULL)
    (void) g_dbus_connection_flush_sync (app->connection, NULL, NULL);
  g_clear_object (&app->connection);
  g_clear_object (&app->manager);
  g_clear_pointer (&app->carriers, esim_carrier_directory_free);
  g_clear_pointer (&app->trust, esim_rsp_trust_unref);
  g_clear_pointer (&app->store, esim_store_free);
  g_free (app->runtime_dir);
}

/* Memory holds identifiers and signed objects: none of it goes into a core file, and no other process may
 * look. One arena serves a few mostly sleeping threads better than one each. */
static void
harden (void)
{
  const struct rlimit none = {0, 0};

  (void) setrlimit (RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks looks into its own process */
  (void) prctl (PR_SET_DUMPABLE, 0);
#endif
  (void) mallopt (M_ARENA_MAX, 1);
  /* What is freed is overwritten: words that were typed in confidence go through buffers that are not ours to
   * wipe, those of the bus above all. */
  (void) mallopt (M_PERTURB, 0x55);
}

static gboolean
parse_options (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- the eSIM service");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1) {
    g_printerr ("esimd: %s\n", error != NULL ? error->message : "there is an argument too many");
    return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  App app = {.status = EXIT_SUCCESS};
  g_autoptr (GError) error = NULL;

  if (!parse_options (argc, argv))
    return 2;
  if (option_version) {
    g_print ("esimd %s\n", ESIM_VERSION);
    return EXIT_SUCCESS;
  }
  app.config =
      esim_config_load (option_config != NULL ? option_config : ESIM_SYSCONFDIR "/esimd/esimd.conf", &error);
  if (app.config == NULL || option_check) {
    g_printerr ("esimd: %s\n", error != NULL ? error->message : "the configuration is good");
    g_clear_pointer (&app.config, esim_config_free);
    return error != NULL ? 2 : EXIT_SUCCESS;
  }
  harden ();
  /* So that polkit is asked on the same bus. */
  if (option_bus != NULL)
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", option_bus, TRUE);
  app.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_signal, &app);
  g_unix_signal_add (SIGINT, on_signal, &app);
  if (start (&app, &error)) {
    g_main_loop_run (app.loop);
  } else {
    g_printerr ("esimd: %s\n", error->message);
    app.status = EXIT_FAILURE;
  }
  stop (&app);
  g_main_loop_unref (app.loop);
  esim_config_free (app.config);
  return app.status;
}
