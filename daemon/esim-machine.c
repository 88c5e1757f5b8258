/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-machine.h"

#include "esim-apn.h"
#include "esim-error.h"
#include "esim-mbim-card.h"
#include "esim-modem-manager.h"
#include "esim-network-manager.h"
#ifdef ESIM_WITH_PCSC
#include "esim-pcsc-card.h"
#include "esim-pcsc-readers.h"
#endif
#include "esim-proxy-starter.h"
#include "esim-qmi-card.h"
#include "esim-qrtr.h"
#include "esim-routes.h"
#include "esim-sleep.h"
#include "esim-udev.h"

#include <string.h>

#define QRTR_PREFIX "qrtr:"

struct _EsimMachine {
  const EsimConfig *config;
  char *record_folder;
  EsimManager *manager; /* once it is told of ports */
  EsimTransport transport;
  EsimKeeper keeper;
  EsimConnections connections;
  EsimProxyStarter *proxies;
  EsimModemManager *modem_manager;     /* NULL: it is not to be asked */
  GHashTable *told_ports;              /* device → uid: those that ModemManager alone has told of */
  EsimNetworkManager *network_manager; /* likewise */
  EsimSleep *sleep;
  EsimUdev *udev;
  EsimQrtr *qrtr;
#ifdef ESIM_WITH_PCSC
  EsimPcscReaders *readers;
#endif
};

/* Transports: in a card's worker */

static gboolean
uses_proxy (const EsimModemConfig *modem, const char *device)
{
  return modem->use_proxy >= 0 ? modem->use_proxy : esim_mbim_is_device_node (device);
}

static EsimCard *
open_mbim (EsimMachine *self, const EsimModemConfig *modem, const EsimWay *way, GError **error)
{
  EsimMbimOptions options = {.device = way->device,
                             .slot = esim_modem_config_get_slot (modem),
                             .use_proxy = uses_proxy (modem, way->device),
                             .segment_size = modem->segment_size,
                             .select_p2 = modem->select_p2};

  if (options.use_proxy)
    esim_proxy_starter_want (self->proxies, ESIM_PROXY_MBIM);
  return esim_mbim_card_open (&options, error);
}

/* One file a modem and slot, whatever its port is called by now. */
static char *
name_qmi_record (EsimMachine *self, const EsimModemConfig *modem)
{
  g_autofree char *text = g_strdup_printf ("%s %u", modem->name, modem->slot);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_autofree char *name = g_strdup_printf ("qmi-%.16s", hash);

  return g_build_filename (self->record_folder, name, NULL);
}

static gboolean
read_node (const char *device, guint *node, GError **error)
{
  guint64 number;

  if (g_str_has_prefix (device, QRTR_PREFIX) &&
      g_ascii_string_to_unsigned (device + strlen (QRTR_PREFIX), 10, 0, G_MAXUINT32, &number, NULL)) {
    *node = (guint) number;
    return TRUE;
  }
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
               "\"%s\" is no node of the QRTR bus: write it as qrtr:0", device);
  return FALSE;
}

static EsimCard *
open_qmi (EsimMachine *self, const EsimModemConfig *modem, const EsimWay *way, EsimQmiWay kind,
          GError **error)
{
  g_autofree char *record = name_qmi_record (self, modem);
  EsimQmiOptions options = {.device = way->device,
                            .way = kind,
                            .slot = esim_modem_config_get_slot (modem),
                            .segment_size = modem->segment_size,
                            .record = record};

  if (kind == ESIM_QMI_QRTR) {
    if (!read_node (way->device, &options.node, error))
      return NULL;
    return esim_qmi_card_open (&options, error);
  }
  options.use_proxy = uses_proxy (modem, way->device);
  if (options.use_proxy)
    esim_proxy_starter_want (self->proxies, kind == ESIM_QMI_QMI ? ESIM_PROXY_QMI : ESIM_PROXY_MBIM);
  return esim_qmi_card_open (&options, error);
}

#ifdef ESIM_WITH_PCSC
static EsimCard *
open_reader (const EsimModemConfig *modem, const EsimWay *way, GError **error)
{
  const EsimPcscOptions options = {
      .reader = way->device, .segment_size = modem->segment_size, .select_p2 = modem->select_p2};

  return esim_pcsc_card_open (&options, error);
}
#endif

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error)
{
  EsimMachine *self = data;

  if (strcmp (way->transport, "mbim") == 0)
    return open_mbim (self, modem, way, error);
  if (strcmp (way->transport, "qmi") == 0)
    return open_qmi (self, modem, way, ESIM_QMI_QMI, error);
  if (strcmp (way->transport, "qmi-over-mbim") == 0)
    return open_qmi (self, modem, way, ESIM_QMI_OVER_MBIM, error);
  if (strcmp (way->transport, "qrtr") == 0)
    return open_qmi (self, modem, way, ESIM_QMI_QRTR, error);
#ifdef ESIM_WITH_PCSC
  if (strcmp (way->transport, "pcsc") == 0)
    return open_reader (modem, way, error);
#endif
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED, "There is no transport \"%s\" in this build",
               way->transport);
  return NULL;
}

static gboolean
is_shared (const EsimModemConfig *modem)
{
  return strcmp (modem->transport, "qrtr") == 0 || uses_proxy (modem, modem->device);
}

/* Others who use the modems */

static gboolean
is_known (const char *modem, const char *device, gpointer data)
{
  EsimMachine *self = data;

  return self->modem_manager != NULL && esim_modem_manager_find (self->modem_manager, modem, device) != NULL;
}

/* Where nobody is to be asked: answered later all the same. */
typedef struct {
  EsimKeeperDone done;
  gpointer data;
} Later;

static gboolean
on_later (gpointer data)
{
  Later *later = data;

  later->done (NULL, later->data);
  return G_SOURCE_REMOVE;
}

static void
answer_later (EsimKeeperDone done, gpointer data)
{
  Later *later = g_new (Later, 1);

  *later = (Later){done, data};
  g_idle_add_full (G_PRIORITY_DEFAULT, on_later, later, g_free);
}

static void
hold (const char *modem, const char *device, guint timeout_ms, EsimKeeperDone done, gpointer data,
      gpointer machine)
{
  EsimMachine *self = machine;

  if (self->modem_manager == NULL)
    answer_later (done, data);
  else
    esim_modem_manager_hold (self->modem_manager, modem, device, MIN (timeout_ms, ESIM_MODEM_MANAGER_HOLD_MS),
                             done, data);
}

static void
release (const char *modem, const char *device, guint delay_ms, gpointer machine)
{
  EsimMachine *self = machine;

  if (self->modem_manager != NULL)
    esim_modem_manager_release (self->modem_manager, modem, device, delay_ms);
}

static void
verify (const char *modem, const char *device, const char *iccid, guint timeout_ms, EsimKeeperDone done,
        gpointer data, gpointer machine)
{
  EsimMachine *self = machine;

  if (self->modem_manager == NULL)
    answer_later (done, data);
  else
    esim_modem_manager_verify (self->modem_manager, modem, device, iccid, timeout_ms, done, data);
}

static gboolean
describe (const char *modem, const char *device, char **name, char **state, gpointer machine)
{
  EsimMachine *self = machine;
  EsimMmModem *found = NULL;

  if (self->modem_manager != NULL)
    found = esim_modem_manager_find (self->modem_manager, modem, device);
  if (found == NULL)
    return FALSE;
  *name = g_strdup (found->name);
  *state = esim_mm_modem_describe_state (found);
  return TRUE;
}

static char *
dup_imei (const char *modem, const char *device, gpointer machine)
{
  EsimMachine *self = machine;
  EsimMmModem *found = NULL;

  if (self->modem_manager != NULL)
    found = esim_modem_manager_find (self->modem_manager, modem, device);
  return found != NULL ? g_strdup (found->imei) : NULL;
}

static gboolean
is_same (const char *modem, const char *device, const char *name, gpointer machine)
{
  EsimMachine *self = machine;
  EsimMmModem *found = NULL;

  if (self->modem_manager != NULL)
    found = esim_modem_manager_find (self->modem_manager, modem, device);
  return found != NULL && strcmp (found->uid, name) == 0;
}

static GPtrArray *
list_known (gpointer machine)
{
  EsimMachine *self = machine;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) modems = NULL;

  if (self->modem_manager == NULL)
    return names;
  modems = esim_modem_manager_list (self->modem_manager);
  for (guint i = 0; i < modems->len; i++)
    g_ptr_array_add (names, g_strdup (((EsimMmModem *) g_ptr_array_index (modems, i))->uid));
  return names;
}

static void
stay_awake (gboolean awake, gpointer machine)
{
  EsimMachine *self = machine;

  if (awake)
    esim_sleep_hold (self->sleep);
  else
    esim_sleep_release (self->sleep);
}

/* Connections */

static GPtrArray *
find_connections (const char *iccid, gpointer machine)
{
  EsimMachine *self = machine;
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_connection_free);
  g_autoptr (GPtrArray) found = NULL;

  if (self->network_manager == NULL)
    return list;
  found = esim_network_manager_find (self->network_manager, iccid);
  for (guint i = 0; i < found->len; i++) {
    const EsimNmConnection *one = g_ptr_array_index (found, i);

    g_ptr_array_add (list, esim_connection_new (one->uuid, one->name, one->ours, one->active));
  }
  return list;
}

static gboolean
is_settled (gpointer machine)
{
  EsimMachine *self = machine;

  return self->network_manager == NULL || esim_network_manager_is_settled (self->network_manager);
}

typedef struct {
  EsimNetworkManager *network_manager;
  EsimConnectionsDone done;
  gpointer user_data;
  char *iccid; /* NULL: a removal */
  char *apn;
  const char *source;
  char *problem;
} Wanted;

/* One that was there already is used as it is, with the access point name that somebody has given it. */
static void
look_what_it_has (Wanted *wanted, const char *uuid)
{
  g_autoptr (GPtrArray) found = esim_network_manager_find (wanted->network_manager, wanted->iccid);

  for (guint i = 0; i < found->len; i++) {
    const EsimNmConnection *one = g_ptr_array_index (found, i);

    if (!g_str_equal (one->uuid, uuid) || g_str_equal (one->apn, wanted->apn != NULL ? wanted->apn : ""))
      continue;
    g_free (wanted->apn);
    wanted->apn = g_strdup (one->apn);
    wanted->source = *one->apn != '\0' ? "connection" : "network";
    g_clear_pointer (&wanted->problem, g_free);
  }
}

static void
on_connection (const char *uuid, const GError *error, gpointer data)
{
  Wanted *wanted = data;
  g_autoptr (GVariant) result = NULL;
  GVariantDict dict;

  if (error == NULL && wanted->iccid != NULL) {
    look_what_it_has (wanted, uuid);
    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "connection", "s", uuid);
    g_variant_dict_insert (&dict, "apn", "s", wanted->apn != NULL ? wanted->apn : "");
    g_variant_dict_insert (&dict, "apn-source", "s", wanted->source);
    if (wanted->problem != NULL)
      g_variant_dict_insert (&dict, "apn-problem", "s", wanted->problem);
    result = g_variant_ref_sink (g_variant_dict_end (&dict));
  }
  wanted->done (result, error, wanted->user_data);
  g_object_unref (wanted->network_manager);
  g_free (wanted->iccid);
  g_free (wanted->apn);
  g_free (wanted->problem);
  g_free (wanted);
}

/* By the home operator: abroad, what NetworkManager finds by the network would be a stranger's. */
static EsimApn *
look_up_apn (const EsimProfileInfo *profile, char **problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimApnAnswer) answer =
      esim_apn_look_up (ESIM_APN_FILE, profile->home_operator, profile->service_provider, &error);

  if (answer == NULL) {
    *problem = g_strdup_printf ("the access point name was not found in the directory of providers (%s): "
                                "NetworkManager chooses one by the network, which may be wrong abroad",
                                error->message);
    return NULL;
  }
  if (answer->verdict == ESIM_APN_FOUND)
    return g_ptr_array_steal_index (answer->candidates, 0);
  *problem = g_strdup (
      answer->verdict == ESIM_APN_AMBIGUOUS
          ? "the directory of providers has several access point names for this operator: NetworkManager "
            "chooses one by the network; if there is no connection, give the operator's own with \"apn\""
          : "the directory of providers does not have this operator: NetworkManager chooses an access point "
            "name by the network; if there is no connection, give the operator's own with \"apn\"");
  return NULL;
}

static void
create_connection (const EsimProfileInfo *profile, const char *apn, EsimConnectionsDone done,
                   gpointer user_data, gpointer machine)
{
  EsimMachine *self = machine;
  const char *name = *profile->nickname != '\0' ? profile->nickname
                     : *profile->name != '\0'   ? profile->name
                                                : profile->service_provider;
  EsimNmRequest request = {.iccid = profile->iccid, .name = *name != '\0' ? name : "eSIM", .apn = apn};
  g_autoptr (EsimApn) found = NULL;
  Wanted *wanted = g_new0 (Wanted, 1);

  *wanted = (Wanted){.network_manager = g_object_ref (self->network_manager),
                     .done = done,
                     .user_data = user_data,
                     .iccid = g_strdup (profile->iccid),
                     .source = "option"};
  if (apn == NULL) {
    found = look_up_apn (profile, &wanted->problem);
    wanted->source = found != NULL ? "directory" : "network";
  }
  if (found != NULL) {
    request.apn = found->apn;
    request.user_name = found->user_name;
    request.password = found->password;
  }
  request.overwrite = apn != NULL;
  wanted->apn = g_strdup (request.apn);
  esim_network_manager_create (self->network_manager, &request, on_connection, wanted);
}

static void
remove_connection (const char *uuid, EsimConnectionsDone done, gpointer user_data, gpointer machine)
{
  EsimMachine *self = machine;
  Wanted *wanted = g_new0 (Wanted, 1);

  *wanted =
      (Wanted){.network_manager = g_object_ref (self->network_manager), .done = done, .user_data = user_data};
  esim_network_manager_remove (self->network_manager, uuid, on_connection, wanted);
}

static EsimNetwork
look_at_network (void)
{
  switch (esim_routes_look (ESIM_ROUTES_PROC_NET, ESIM_ROUTES_SYS_NET)) {
  case ESIM_ROUTES_OTHER:
    return ESIM_NETWORK_OTHER;
  case ESIM_ROUTES_MODEM:
    return ESIM_NETWORK_MODEM;
  case ESIM_ROUTES_NONE:
    return ESIM_NETWORK_NONE;
  case ESIM_ROUTES_UNKNOWN:
  default:
    return ESIM_NETWORK_UNKNOWN;
  }
}

/* What comes and goes */

static void
on_port_added (EsimUdev *udev, const char *path, const char *transport, const char *modem, EsimMachine *self)
{
  esim_manager_add_port (self->manager, path, transport, modem);
}

static void
on_port_left_out (EsimUdev *udev, const char *path, const char *transport, const char *modem,
                  const char *reason, EsimMachine *self)
{
  esim_manager_leave_out (self->manager, path, transport, modem, reason);
}

static void
on_port_removed (EsimUdev *udev, const char *path, EsimMachine *self)
{
  esim_manager_remove_port (self->manager, path);
}

/* As the configuration names it: a node of QRTR has no device node. */
static char *
dup_device (const EsimMmPort *port)
{
  return g_str_has_prefix (port->path, "qrtr") ? g_strconcat (QRTR_PREFIX, port->path + strlen ("qrtr"), NULL)
                                               : g_strdup (port->path);
}

static const char *
get_transport (const EsimMmPort *port)
{
  if (g_str_has_prefix (port->path, "qrtr"))
    return "qrtr";
  return port->type == ESIM_MM_PORT_MBIM ? "mbim" : "qmi";
}

static gboolean
knows_modem (EsimMachine *self, const EsimMmModem *modem)
{
  for (guint i = 0; i < modem->ports->len; i++) {
    g_autofree char *device = dup_device (modem->ports->pdata[i]);

    if (esim_modems_knows (esim_manager_get_modems (self->manager), modem->uid, device))
      return TRUE;
  }
  return FALSE;
}

/* Where udev tells of a modem, or the configuration does, that is that. Where there is no udev (a container,
 * a system of another kind), ModemManager's word is as good. */
static void
on_mm_modem (EsimModemManager *modem_manager, EsimMmModem *modem, EsimMachine *self)
{
  if (knows_modem (self, modem))
    return;
  for (guint i = 0; i < modem->ports->len; i++) {
    const EsimMmPort *port = modem->ports->pdata[i];
    g_autofree char *device = dup_device (port);

    g_hash_table_replace (self->told_ports, g_strdup (device), g_strdup (modem->uid));
    esim_manager_add_port (self->manager, device, get_transport (port), modem->uid);
  }
}

static void
on_mm_modem_removed (EsimModemManager *modem_manager, EsimMmModem *modem, EsimMachine *self)
{
  GHashTableIter iter;
  gpointer device, uid;

  g_hash_table_iter_init (&iter, self->told_ports);
  while (g_hash_table_iter_next (&iter, &device, &uid)) {
    if (strcmp (uid, modem->uid) != 0)
      continue;
    esim_manager_remove_port (self->manager, device);
    g_hash_table_iter_remove (&iter);
  }
}

static void
on_node_added (EsimQrtr *qrtr, guint node, const char *device, const char *modem, EsimMachine *self)
{
  esim_manager_add_port (self->manager, device, "qrtr", modem);
}

static void
on_node_removed (EsimQrtr *qrtr, guint node, const char *device, EsimMachine *self)
{
  esim_manager_remove_port (self->manager, device);
}

#ifdef ESIM_WITH_PCSC
/* Of a reader that the configuration has as a modem only this way tells that it comes back. @name: NULL: any
 */
static gboolean
is_reader_wanted (EsimMachine *self, const char *name)
{
  for (guint i = 0; i < self->config->modems->len; i++) {
    const EsimModemConfig *modem = g_ptr_array_index (self->config->modems, i);

    if (g_strcmp0 (modem->transport, "pcsc") == 0 && (name == NULL || g_strcmp0 (modem->device, name) == 0))
      return TRUE;
  }
  return self->config->pcsc;
}

static void
on_reader_added (EsimPcscReaders *readers, const char *name, EsimMachine *self)
{
  if (is_reader_wanted (self, name))
    esim_manager_add_port (self->manager, name, "pcsc", name);
}

static void
on_reader_removed (EsimPcscReaders *readers, const char *name, EsimMachine *self)
{
  esim_manager_remove_port (self->manager, name);
}
#endif

static void
on_resumed (EsimSleep *sleep, EsimMachine *self)
{
  esim_qrtr_start (self->qrtr);
#ifdef ESIM_WITH_PCSC
  if (self->readers != NULL)
    esim_pcsc_readers_start (self->readers);
#endif
  esim_manager_look_again (self->manager);
}

static void
on_connections_changed (EsimNetworkManager *network_manager, EsimMachine *self)
{
  esim_manager_connections_changed (self->manager);
}

EsimMachine *
esim_machine_new (GDBusConnection *connection, const EsimConfig *config, const char *runtime_dir)
{
  EsimMachine *self = g_new0 (EsimMachine, 1);

  self->config = config;
  self->record_folder = g_strdup (runtime_dir);
  self->transport = (EsimTransport){.open = open_card, .is_shared = is_shared, .data = self};
  self->keeper = (EsimKeeper){is_known, hold,       release,    verify,   describe,
                              is_same,  list_known, stay_awake, dup_imei, .keeper = self};
  self->connections =
      (EsimConnections){find_connections, is_settled, create_connection, remove_connection, .data = self};
  self->proxies = esim_proxy_starter_new (connection);
  self->sleep = esim_sleep_new (connection);
  self->udev = esim_udev_new ();
  self->qrtr = esim_qrtr_new (ESIM_QRTR_REMOTE);
  self->told_ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (config->modem_manager)
    self->modem_manager = esim_modem_manager_new (connection);
  if (config->network_manager)
    self->network_manager = esim_network_manager_new (connection);
#ifdef ESIM_WITH_PCSC
  if (is_reader_wanted (self, NULL))
    self->readers = esim_pcsc_readers_new ();
#endif
  return self;
}

void
esim_machine_fill (EsimMachine *self, EsimManagerSetup *setup)
{
  setup->transport = &self->transport;
  setup->keeper = &self->keeper;
  setup->connections = self->network_manager != NULL ? &self->connections : NULL;
  setup->look_at_network = look_at_network;
}

void
esim_machine_start (EsimMachine *self, EsimManager *manager)
{
  self->manager = manager;
  if (self->modem_manager != NULL) {
    g_signal_connect (self->modem_manager, "modem-added", G_CALLBACK (on_mm_modem), self);
    g_signal_connect (self->modem_manager, "modem-changed", G_CALLBACK (on_mm_modem), self);
    g_signal_connect (self->modem_manager, "modem-removed", G_CALLBACK (on_mm_modem_removed), self);
    esim_modem_manager_start (self->modem_manager);
  }
  if (self->network_manager != NULL) {
    g_signal_connect (self->network_manager, "changed", G_CALLBACK (on_connections_changed), self);
    esim_network_manager_start (self->network_manager);
  }
  g_signal_connect (self->sleep, "resumed", G_CALLBACK (on_resumed), self);
  esim_sleep_start (self->sleep);
  g_signal_connect (self->udev, "port-added", G_CALLBACK (on_port_added), self);
  g_signal_connect (self->udev, "port-left-out", G_CALLBACK (on_port_left_out), self);
  g_signal_connect (self->udev, "port-removed", G_CALLBACK (on_port_removed), self);
  esim_udev_start (self->udev);
  g_signal_connect (self->qrtr, "node-added", G_CALLBACK (on_node_added), self);
  g_signal_connect (self->qrtr, "node-removed", G_CALLBACK (on_node_removed), self);
  esim_qrtr_start (self->qrtr);
#ifdef ESIM_WITH_PCSC
  if (self->readers != NULL) {
    g_signal_connect (self->readers, "reader-added", G_CALLBACK (on_reader_added), self);
    g_signal_connect (self->readers, "reader-removed", G_CALLBACK (on_reader_removed), self);
    esim_pcsc_readers_start (self->readers);
  }
#endif
}

void
esim_machine_stop (EsimMachine *self)
{
  if (self->udev != NULL)
    g_signal_handlers_disconnect_by_data (self->udev, self);
  if (self->qrtr != NULL)
    g_signal_handlers_disconnect_by_data (self->qrtr, self);
  g_signal_handlers_disconnect_by_data (self->sleep, self);
  g_clear_object (&self->udev);
  g_clear_object (&self->qrtr);
#ifdef ESIM_WITH_PCSC
  if (self->readers != NULL) {
    g_signal_handlers_disconnect_by_data (self->readers, self);
    esim_pcsc_readers_stop (self->readers);
  }
  g_clear_object (&self->readers);
#endif
  if (self->network_manager != NULL) {
    g_signal_handlers_disconnect_by_data (self->network_manager, self);
    esim_network_manager_stop (self->network_manager);
  }
  if (self->modem_manager != NULL) {
    g_signal_handlers_disconnect_by_data (self->modem_manager, self);
    esim_modem_manager_stop (self->modem_manager);
  }
}

void
esim_machine_free (EsimMachine *self)
{
  if (self == NULL)
    return;
  esim_machine_stop (self);
  g_clear_object (&self->network_manager);
  g_clear_object (&self->modem_manager);
  g_clear_object (&self->sleep);
  g_clear_pointer (&self->proxies, esim_proxy_starter_free);
  g_hash_table_unref (self->told_ports);
  g_free (self->record_folder);
  g_free (self);
}
