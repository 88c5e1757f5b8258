/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-network-manager.h"

#include "esim-error.h"
#include "played-nm.h"

#include <string.h>

#define ICCID "8949000000000000001"
#define OTHER_ICCID "8949000000000000002"
/* Reckoned with Python: uuid.uuid5 (UUID (ESIM_NM_NAMESPACE), ICCID) */
#define UUID "294ac3ce-f16f-5860-ac6c-3fd84c90be43"
#define OTHER_UUID "32c2f04e-e00c-5020-8d5f-ebe48d9fc683"
#define FOREIGN_UUID "11111111-2222-4333-8444-555555555555"

#define CONNECTION(uuid, type, gsm)                                                                          \
  "{'connection': {'id': <'Travel'>, 'uuid': <'" uuid "'>, 'type': <'" type "'>}, 'gsm': {" gsm "}}"
#define FOREIGN(sim) CONNECTION (FOREIGN_UUID, "gsm", "'sim-id': <'" sim "'>, 'apn': <'theirs'>")
#define OURS(name, gsm)                                                                                      \
  "{'connection': {'id': <'" name "'>, 'uuid': <'" UUID "'>, 'type': <'gsm'>},"                              \
  " 'user': {'data': <{'org.esimd1.iccid': '" ICCID "'}>}, 'gsm': {" gsm "}}"
#define SIM "'sim-id': <'" ICCID "'>"

typedef struct {
  PlayedBus *bus;
  PlayedNm *nm;
  EsimNetworkManager *manager;
  guint n_changed;
  guint n_done;
  char *uuid;
  GError *error;
} Fixture;

/* A minute is longer than anybody wants to see a test wait; whoever waits for ten seconds is one that is
 * late. */
guint __real_g_timeout_add_seconds (guint seconds, GSourceFunc function, gpointer data);
guint __wrap_g_timeout_add_seconds (guint seconds, GSourceFunc function, gpointer data);
static gboolean is_impatient;

guint
__wrap_g_timeout_add_seconds (guint seconds, GSourceFunc function, gpointer data)
{
  if (seconds == ESIM_NM_DEACTIVATION_S && is_impatient)
    return g_timeout_add (20, function, data);
  return __real_g_timeout_add_seconds (seconds, function, data);
}

static void
on_changed (EsimNetworkManager *manager, Fixture *f)
{
  f->n_changed++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bus = played_bus_new ();
  f->nm = played_nm_new (f->bus);
  f->manager = esim_network_manager_new (f->bus->ours);
  g_signal_connect (f->manager, "changed", G_CALLBACK (on_changed), f);
  is_impatient = FALSE;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (f->manager, f);
  esim_network_manager_stop (f->manager);
  played_bus_settle (f->bus);
  g_assert_cmpuint (G_OBJECT (f->manager)->ref_count, ==, 1);
  g_object_unref (f->manager);
  played_nm_free (f->nm);
  played_bus_free (f->bus);
  g_free (f->uuid);
  g_clear_error (&f->error);
}

static gboolean
is_settled (gpointer data)
{
  return esim_network_manager_is_settled (((Fixture *) data)->manager);
}

/* With NetworkManager on the bus, and everything read. */
static void
begin (Fixture *f)
{
  played_nm_appear (f->nm);
  esim_network_manager_start (f->manager);
  played_bus_wait (is_settled, f);
}

static gboolean
has_changed (gpointer data)
{
  return ((Fixture *) data)->n_changed > 0;
}

static void
wait_for_change (Fixture *f)
{
  f->n_changed = 0;
  played_bus_wait (has_changed, f);
  played_bus_wait (is_settled, f);
}

static guint
count (Fixture *f, const char *iccid)
{
  g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, iccid);

  return found->len;
}

static EsimNmConnection *
only (Fixture *f)
{
  g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, ICCID);

  g_assert_cmpuint (found->len, ==, 1);
  return esim_nm_connection_ref (g_ptr_array_index (found, 0));
}

static void
on_done (const char *uuid, const GError *error, gpointer data)
{
  Fixture *f = data;

  f->n_done++;
  g_clear_error (&f->error);
  g_free (f->uuid);
  f->uuid = g_strdup (uuid);
  f->error = error != NULL ? g_error_copy (error) : NULL;
  g_assert_true ((uuid == NULL) == (error != NULL));
}

static gboolean
is_done (gpointer data)
{
  return ((Fixture *) data)->n_done > 0;
}

static void
wait_until_done (Fixture *f)
{
  played_bus_wait (is_done, f);
  g_assert_cmpuint (f->n_done, ==, 1);
}

static void
create (Fixture *f, const EsimNmRequest *request)
{
  f->n_done = 0;
  esim_network_manager_create (f->manager, request, on_done, f);
  g_assert_cmpuint (f->n_done, ==, 0);
  wait_until_done (f);
}

static void
remove_uuid (Fixture *f, const char *uuid)
{
  f->n_done = 0;
  esim_network_manager_remove (f->manager, uuid, on_done, f);
  g_assert_cmpuint (f->n_done, ==, 0);
}

static const EsimNmRequest plain = {.iccid = ICCID, .name = "Travel", .apn = "internet"};

static void
assert_says (Fixture *f, const char *path, const char *setting, const char *key, const char *wanted)
{
  g_autofree char *text = played_nm_dup (f->nm, path, setting, key);

  g_assert_cmpstr (text, ==, wanted);
}

static void
assert_calls (Fixture *f, const char *wanted)
{
  g_assert_cmpstr (f->nm->calls->str, ==, wanted);
  g_string_truncate (f->nm->calls, 0);
}

/* Following ------------------------------------------------------------------------------------------------
 */

static void
test_absent (Fixture *f, gconstpointer data)
{
  g_assert_false (esim_network_manager_is_settled (f->manager));
  esim_network_manager_start (f->manager);
  played_bus_wait (is_settled, f);
  g_assert_cmpuint (f->n_changed, ==, 1);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
  create (f, &plain);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_find (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) found = NULL;
  const EsimNmConnection *first, *second;

  played_nm_add (f->nm, FOREIGN (ICCID "F"));
  played_nm_add (f->nm, OURS ("Mine", SIM ", 'sim-operator-id': <'52003'>, 'device-id': <'abc'>"));
  played_nm_add (f->nm, CONNECTION (OTHER_UUID, "gsm", "'sim-id': <'" OTHER_ICCID "'>"));
  played_nm_add (f->nm, CONNECTION ("11111111-2222-4333-8444-000000000001", "gsm", "'apn': <'any'>"));
  played_nm_add (f->nm, CONNECTION ("11111111-2222-4333-8444-000000000002", "802-3-ethernet", SIM));
  played_nm_add (f->nm, CONNECTION ("11111111-2222-4333-8444-000000000003", "gsm", "'sim-id': <'8949'>"));
  played_nm_add (f->nm, CONNECTION ("11111111-2222-4333-8444-000000000004", "gsm", "'sim-id': <uint32 5>"));
  played_nm_add (f->nm, CONNECTION ("no uuid", "gsm", SIM));
  played_nm_add (f->nm, "{}");
  begin (f);
  found = esim_network_manager_find (f->manager, ICCID "F");
  g_assert_cmpuint (found->len, ==, 2);
  first = g_ptr_array_index (found, 0);
  second = g_ptr_array_index (found, 1);
  g_assert_cmpstr (first->uuid, ==, FOREIGN_UUID);
  g_assert_false (first->ours);
  g_assert_cmpstr (first->iccid, ==, ICCID);
  g_assert_cmpstr (second->uuid, ==, UUID);
  g_assert_true (second->ours);
  g_assert_cmpstr (second->name, ==, "Mine");
  g_assert_cmpstr (second->operator_id, ==, "52003");
  g_assert_cmpstr (second->device_id, ==, "abc");
  g_assert_cmpuint (count (f, OTHER_ICCID), ==, 1);
  g_assert_cmpuint (count (f, ""), ==, 0);
}

/* Each says something else than the other two. */
static void
test_ours (Fixture *f, gconstpointer data)
{
  static const char *const others[] = {
      CONNECTION (UUID, "gsm", SIM),
      "{'connection': {'id': <'A copy'>, 'uuid': <'" FOREIGN_UUID "'>, 'type': <'gsm'>},"
      " 'user': {'data': <{'org.esimd1.iccid': '" ICCID "'}>}, 'gsm': {" SIM "}}",
      "{'connection': {'id': <'Another mark'>, 'uuid': <'" UUID "'>, 'type': <'gsm'>},"
      " 'user': {'data': <{'org.esimd1.iccid': '" OTHER_ICCID "'}>}, 'gsm': {" SIM "}}",
      "{'connection': {'id': <'Odd mark'>, 'uuid': <'" UUID "'>, 'type': <'gsm'>},"
      " 'user': {'data': <'" ICCID "'>}, 'gsm': {" SIM "}}"};
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  g_autoptr (EsimNmConnection) ours = NULL;

  begin (f);
  ours = only (f);
  g_assert_true (ours->ours);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (EsimNmConnection) its = NULL;

    played_nm_change (f->nm, path, others[i]);
    wait_for_change (f);
    its = only (f);
    g_assert_false (its->ours);
  }
  /* One that was given another SIM. */
  played_nm_change (f->nm, path, OURS ("Mine", "'sim-id': <'" OTHER_ICCID "'>"));
  wait_for_change (f);
  g_clear_pointer (&ours, esim_nm_connection_unref);
  {
    g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, OTHER_ICCID);

    g_assert_cmpuint (found->len, ==, 1);
    g_assert_false (((EsimNmConnection *) g_ptr_array_index (found, 0))->ours);
  }
}

static void
test_comes_and_goes (Fixture *f, gconstpointer data)
{
  const char *path;

  begin (f);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
  path = played_nm_add (f->nm, CONNECTION (FOREIGN_UUID, "gsm", "'apn': <'any'>"));
  played_bus_settle (f->bus);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
  played_nm_change (f->nm, path, FOREIGN (ICCID));
  wait_for_change (f);
  g_assert_cmpuint (count (f, ICCID), ==, 1);
  /* Nothing that we look at. */
  f->n_changed = 0;
  played_nm_change (f->nm, path,
                    CONNECTION (FOREIGN_UUID, "gsm", "'sim-id': <'" ICCID "'>, 'apn': <'another'>"));
  played_bus_settle (f->bus);
  played_bus_wait (is_settled, f);
  played_nm_drop (f->nm, path);
  wait_for_change (f);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
  played_nm_add (f->nm, FOREIGN (ICCID));
  wait_for_change (f);
  played_nm_vanish (f->nm);
  wait_for_change (f);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
  played_nm_appear (f->nm);
  wait_for_change (f);
  g_assert_cmpuint (count (f, ICCID), ==, 1);
}

/* Who has the name is asked, and nobody else is listened to. */
static void
test_stranger (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  g_autoptr (GDBusConnection) stranger = NULL;
  g_autoptr (GError) error = NULL;

  begin (f);
  f->n_changed = 0;
  stranger = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (f->bus->bus),
                                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                     NULL, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    g_assert_true (g_dbus_connection_emit_signal (
        stranger, i == 0 ? NULL : g_dbus_connection_get_unique_name (f->bus->ours),
        "/org/freedesktop/NetworkManager/Settings", "org.freedesktop.NetworkManager.Settings",
        "ConnectionRemoved", g_variant_new ("(o)", path), NULL));
  g_assert_true (g_dbus_connection_flush_sync (stranger, NULL, &error));
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_changed, ==, 0);
  g_assert_cmpuint (count (f, ICCID), ==, 1);
  g_dbus_connection_close_sync (stranger, NULL, NULL);
}

static void
test_odd_signals (Fixture *f, gconstpointer data)
{
  begin (f);
  played_nm_add (f->nm, FOREIGN (ICCID));
  wait_for_change (f);
  f->n_changed = 0;
  g_assert_true (g_dbus_connection_emit_signal (
      f->bus->theirs, NULL, "/org/freedesktop/NetworkManager", "org.freedesktop.DBus.Properties",
      "PropertiesChanged", g_variant_new ("(s)", "org.freedesktop.NetworkManager"), NULL));
  g_assert_true (g_dbus_connection_emit_signal (
      f->bus->theirs, NULL, "/org/freedesktop/NetworkManager/Settings",
      "org.freedesktop.NetworkManager.Settings", "NewConnection", g_variant_new ("(s)", "what"), NULL));
  g_assert_true (g_dbus_connection_emit_signal (
      f->bus->theirs, NULL, "/org/freedesktop/NetworkManager/Settings",
      "org.freedesktop.NetworkManager.Settings", "ConnectionRemoved", NULL, NULL));
  played_bus_settle (f->bus);
  played_bus_wait (is_settled, f);
  g_assert_cmpuint (count (f, ICCID), ==, 1);
}

static void
test_active (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, FOREIGN (ICCID));
  const char *active = played_nm_take_up (f->nm, path);
  g_autoptr (EsimNmConnection) first = NULL;
  g_autoptr (EsimNmConnection) second = NULL;
  g_autoptr (EsimNmConnection) third = NULL;

  played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/999");
  begin (f);
  first = only (f);
  g_assert_true (first->active);
  played_nm_take_down (f->nm, active);
  wait_for_change (f);
  second = only (f);
  g_assert_false (second->active);
  g_assert_true (first->active); /* what was told stays as it was told */
  played_nm_take_up (f->nm, path);
  wait_for_change (f);
  third = only (f);
  g_assert_true (third->active);
}

static void
test_many (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 300; i++) {
    g_autofree char *settings = g_strdup_printf (
        CONNECTION ("11111111-2222-4333-8444-00000000%04u", "gsm", "'sim-id': <'" ICCID "'>"), i);

    played_nm_add (f->nm, settings);
  }
  begin (f);
  g_assert_cmpuint (count (f, ICCID), ==, 256);
}

static void
test_refused_list (Fixture *f, gconstpointer data)
{
  f->nm->refused = "ListConnections";
  f->nm->refusal = "org.freedesktop.NetworkManager.PermissionDenied";
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*does not tell its connections*");
  begin (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (count (f, ICCID), ==, 0);
}

static void
test_refused_settings (Fixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  f->nm->refused = "GetSettings";
  f->nm->refusal = "org.freedesktop.NetworkManager.Settings.PermissionDenied";
  begin (f);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
}

/* Making ---------------------------------------------------------------------------------------------------
 */

static const char *
path_of_only (Fixture *f)
{
  g_autoptr (EsimNmConnection) its = only (f);
  const char *path = NULL;

  g_assert_true (g_hash_table_lookup_extended (f->nm->settings, its->path, (gpointer *) &path, NULL));
  return path;
}

static void
test_create (Fixture *f, gconstpointer data)
{
  EsimNmRequest request = {.iccid = ICCID "F",
                           .name = "Tra\x01vel\n \xff",
                           .apn = "internet.travel",
                           .user_name = "who",
                           .password = "knows"};
  const char *path;

  begin (f);
  create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  assert_calls (f, "AddConnection2 ");
  path = path_of_only (f);
  assert_says (f, path, "connection", "uuid", "'" UUID "'");
  assert_says (f, path, "connection", "type", "'gsm'");
  assert_says (f, path, "connection", "autoconnect", "true");
  assert_says (f, path, "connection", "id", "'Travel \357\277\275'");
  assert_says (f, path, "gsm", "sim-id", "'" ICCID "'");
  assert_says (f, path, "gsm", "apn", "'internet.travel'");
  assert_says (f, path, "gsm", "username", "'who'");
  assert_says (f, path, "gsm", "password", "'knows'");
  assert_says (f, path, "gsm", "auto-config", NULL);
  assert_says (f, path, "gsm", "sim-operator-id", NULL);
  assert_says (f, path, "user", "data", "{'org.esimd1.iccid': '" ICCID "'}");
  assert_says (f, path, "ipv4", "method", "'auto'");
  assert_says (f, path, "ipv6", "method", "'auto'");
  create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  assert_calls (f, "");
  g_assert_cmpuint (count (f, ICCID), ==, 1);
}

static void
test_create_without_apn (Fixture *f, gconstpointer data)
{
  EsimNmRequest request = {.iccid = ICCID, .name = "", .apn = ""};
  const char *path;

  begin (f);
  create (f, &request);
  g_assert_no_error (f->error);
  path = path_of_only (f);
  assert_says (f, path, "gsm", "auto-config", "true");
  assert_says (f, path, "gsm", "apn", NULL);
  assert_says (f, path, "gsm", "username", NULL);
  assert_says (f, path, "connection", "id", "'eSIM'");
}

/* What somebody has corrected stays, unless it was asked for to be changed; and of that only the access. */
static void
test_edited (Fixture *f, gconstpointer data)
{
  EsimNmRequest request = plain;
  const char *path = played_nm_add (
      f->nm, OURS ("My trip", SIM ", 'apn': <'corrected'>, 'pin': <'1234'>, 'username': <'me'>,"
                                  " 'password': <'secret'>, 'home-only': <true>"));

  begin (f);
  create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  assert_calls (f, "");
  assert_says (f, path, "gsm", "apn", "'corrected'");
  request.overwrite = TRUE;
  create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  assert_calls (f, "Update2 ");
  assert_says (f, path, "gsm", "apn", "'internet'");
  assert_says (f, path, "gsm", "username", NULL);
  assert_says (f, path, "gsm", "password", NULL);
  assert_says (f, path, "gsm", "pin", "'1234'");
  assert_says (f, path, "gsm", "home-only", "true");
  assert_says (f, path, "connection", "id", "'My trip'");
  create (f, &request);
  g_assert_no_error (f->error);
  assert_calls (f, "");
  request.password = "new";
  create (f, &request);
  assert_calls (f, "Update2 ");
  assert_says (f, path, "gsm", "password", "'new'");
  request.password = NULL;
  request.apn = NULL;
  create (f, &request);
  assert_calls (f, "Update2 ");
  assert_says (f, path, "gsm", "auto-config", "true");
  assert_says (f, path, "gsm", "apn", NULL);
  assert_says (f, path, "gsm", "password", NULL);
  assert_says (f, path, "user", "data", "{'org.esimd1.iccid': '" ICCID "'}");
}

/* Secrets that an agent keeps are not to be had. */
static void
test_overwrite_without_secrets (Fixture *f, gconstpointer data)
{
  EsimNmRequest request = plain;
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM ", 'apn': <'before'>"));

  request.overwrite = TRUE;
  f->nm->refused = "GetSecrets";
  f->nm->refusal = "org.freedesktop.NetworkManager.AgentManager.NoSecrets";
  begin (f);
  create (f, &request);
  g_assert_no_error (f->error);
  assert_says (f, path, "gsm", "apn", "'internet'");
}

static void
test_no_longer_ours (Fixture *f, gconstpointer data)
{
  EsimNmRequest request = plain;
  const char *path = played_nm_add (f->nm, CONNECTION (UUID, "gsm", SIM ", 'apn': <'theirs'>"));

  begin (f);
  create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  request.overwrite = TRUE;
  create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_nonnull (strstr (f->error->message, UUID));
  request.overwrite = FALSE;
  played_nm_change (f->nm, path, OURS ("Mine", "'sim-id': <'" OTHER_ICCID "'>"));
  create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  played_nm_change (f->nm, path, CONNECTION (UUID, "vpn", ""));
  create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  assert_calls (f, "");
}

/* What others made for the SIM is theirs, and there is one of ours beside it. */
static void
test_create_beside (Fixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  begin (f);
  create (f, &plain);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  g_assert_cmpuint (count (f, ICCID), ==, 2);
}

static const struct {
  const char *method;
  const char *refusal;
  EsimError code;
} refusals[] = {
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.PermissionDenied", ESIM_ERROR_NOT_AUTHORIZED},
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.Connection.InvalidProperty",
     ESIM_ERROR_INVALID_ARGUMENT},
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.InvalidConnection",
     ESIM_ERROR_INVALID_ARGUMENT},
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.Failed", ESIM_ERROR_STORAGE_ERROR},
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.NotSupported", ESIM_ERROR_NOT_SUPPORTED},
    {"AddConnection2", "org.freedesktop.NetworkManager.Settings.UuidExists", ESIM_ERROR_WRONG_STATE},
    {"AddConnection2", "org.freedesktop.DBus.Error.AccessDenied", ESIM_ERROR_NOT_AUTHORIZED},
    {"AddConnection2", "org.freedesktop.DBus.Error.NoReply", ESIM_ERROR_TIMED_OUT},
    {"AddConnection2", "org.example.New", ESIM_ERROR_FAILED},
    {"GetConnectionByUuid", "org.freedesktop.DBus.Error.UnknownMethod", ESIM_ERROR_NOT_FOUND},
    {"GetConnectionByUuid", "org.freedesktop.NetworkManager.Settings.PermissionDenied",
     ESIM_ERROR_NOT_AUTHORIZED},
};

static void
test_refusals (Fixture *f, gconstpointer data)
{
  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    f->nm->refused = refusals[i].method;
    f->nm->refusal = refusals[i].refusal;
    create (f, &plain);
    g_assert_error (f->error, ESIM_ERROR, (int) refusals[i].code);
    g_assert_nonnull (strstr (f->error->message, "NetworkManager did not"));
    g_assert_nonnull (strstr (f->error->message, "those who play it say no"));
    g_assert_null (strstr (f->error->message, "GDBus.Error"));
  }
  g_assert_cmpuint (g_hash_table_size (f->nm->settings), ==, 0);
}

static void
test_bad_requests (Fixture *f, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (256, 'a');
  const EsimNmRequest requests[] = {
      {.iccid = "", .name = "x"},
      {.iccid = "12345678901234567", .name = "x"},
      {.iccid = "123456789012345678901", .name = "x"},
      {.iccid = ICCID "FF", .name = "x"},
      {.iccid = "89490000000000x0001", .name = "x"},
      {.iccid = ICCID, .name = "x", .apn = "inter net"},
      {.iccid = ICCID, .name = "x", .apn = "internet\n"},
      {.iccid = ICCID, .name = "x", .apn = long_text},
      {.iccid = ICCID, .name = "x", .apn = "internet", .user_name = "\n"},
      {.iccid = ICCID, .name = "x", .apn = "internet", .user_name = "\xff"},
      {.iccid = ICCID, .name = "x", .apn = "internet", .password = long_text},
  };

  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    create (f, &requests[i]);
    g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
  assert_calls (f, "");
}

/* It is let go of in the middle of a call. */
static void
test_ends_in_between (Fixture *f, gconstpointer data)
{
  static const char *const methods[] = {"GetConnectionByUuid", "AddConnection2", "GetSettings"};

  begin (f);
  f->nm->loses_answers = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_hash_table_remove_all (f->nm->settings);
    f->nm->refused = methods[i];
    f->n_done = 0;
    esim_network_manager_create (f->manager, &plain, on_done, f);
    while (f->nm->kept == NULL)
      g_main_context_iteration (NULL, TRUE);
    played_nm_vanish (f->nm);
    wait_until_done (f);
    g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
    g_assert_nonnull (strstr (f->error->message, "stopped"));
    g_clear_object (&f->nm->kept);
    f->nm->refused = NULL;
    played_nm_appear (f->nm);
    wait_for_change (f);
  }
  f->nm->refused = "GetConnectionByUuid";
  f->n_done = 0;
  esim_network_manager_create (f->manager, &plain, on_done, f);
  played_bus_settle (f->bus);
  esim_network_manager_stop (f->manager);
  g_assert_cmpuint (f->n_done, ==, 0);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

/* Removing -------------------------------------------------------------------------------------------------
 */

static void
test_remove (Fixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  played_nm_add (f->nm, OURS ("Mine", SIM));
  begin (f);
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  assert_calls (f, "Delete ");
  g_assert_cmpuint (count (f, ICCID), ==, 1);
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
  remove_uuid (f, FOREIGN_UUID);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_nonnull (strstr (f->error->message, FOREIGN_UUID));
  assert_calls (f, "");
  g_assert_cmpuint (count (f, ICCID), ==, 1);
}

static void
test_remove_active (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  const char *first = played_nm_take_up (f->nm, path);
  const char *second = played_nm_take_up (f->nm, path);
  const char *others = played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/999");

  f->nm->slow_to_let_go = TRUE;
  begin (f);
  remove_uuid (f, UUID);
  played_bus_settle (f->bus);
  g_assert_cmpstr (f->nm->calls->str, ==, "DeactivateConnection ");
  g_assert_cmpuint (f->n_done, ==, 0);
  played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/998");
  played_bus_settle (f->bus);
  g_assert_cmpstr (f->nm->calls->str, ==, "DeactivateConnection ");
  /* In whichever order it asks: one is down of its own. */
  played_nm_take_down (f->nm, first);
  played_nm_take_down (f->nm, second);
  wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_true (g_str_has_suffix (f->nm->calls->str, " Delete "));
  g_assert_true (g_hash_table_contains (f->nm->actives, others));
  g_assert_cmpuint (count (f, ICCID), ==, 0);
}

/* NetworkManager lets go before it answers. */
static void
test_remove_active_at_once (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  begin (f);
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_assert_no_error (f->error);
  assert_calls (f, "DeactivateConnection Delete ");
}

static void
test_remove_too_slow (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  f->nm->slow_to_let_go = TRUE;
  is_impatient = TRUE;
  begin (f);
  g_test_expect_message ("esimd", G_LOG_LEVEL_MESSAGE, "*not down after 30 s*");
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_test_assert_expected_messages ();
  g_assert_no_error (f->error);
  assert_calls (f, "DeactivateConnection Delete ");
}

/* It was made into somebody's own, and we have not heard of it yet. */
static void
test_remove_looks_again (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  guint name;

  begin (f);
  name = f->nm->name;
  f->nm->name = 0;
  played_nm_change (f->nm, path, CONNECTION (UUID, "gsm", SIM));
  f->nm->name = name;
  remove_uuid (f, UUID);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  assert_calls (f, "");
}

static const struct {
  const char *method;
  const char *refusal;
  EsimError code;
} removal_refusals[] = {
    {"GetSettings", "org.freedesktop.DBus.Error.UnknownMethod", ESIM_ERROR_NOT_FOUND},
    {"DeactivateConnection", "org.freedesktop.NetworkManager.PermissionDenied", ESIM_ERROR_NOT_AUTHORIZED},
    {"Delete", "org.freedesktop.NetworkManager.Settings.PermissionDenied", ESIM_ERROR_NOT_AUTHORIZED},
    {"Delete", "org.freedesktop.NetworkManager.Settings.ReadOnlyConnection", ESIM_ERROR_WRONG_STATE},
};

static void
test_remove_refusals (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (removal_refusals); i++) {
    f->nm->refused = removal_refusals[i].method;
    f->nm->refusal = removal_refusals[i].refusal;
    remove_uuid (f, UUID);
    wait_until_done (f);
    g_assert_error (f->error, ESIM_ERROR, (int) removal_refusals[i].code);
    g_assert_cmpuint (count (f, ICCID), ==, 1);
  }
}

/* It goes, or we do, while we wait for the modem to let go. */
static void
test_remove_cut_off (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  f->nm->slow_to_let_go = TRUE;
  begin (f);
  remove_uuid (f, UUID);
  played_bus_settle (f->bus);
  played_nm_vanish (f->nm);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  played_nm_appear (f->nm);
  wait_for_change (f);
  remove_uuid (f, UUID);
  played_bus_settle (f->bus);
  esim_network_manager_stop (f->manager);
  wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  assert_calls (f, "DeactivateConnection DeactivateConnection ");
}

/* The connection goes by another hand while we wait. */
static void
test_remove_gone_meanwhile (Fixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  const char *active = played_nm_take_up (f->nm, path);

  f->nm->slow_to_let_go = TRUE;
  begin (f);
  remove_uuid (f, UUID);
  played_bus_settle (f->bus);
  played_nm_drop (f->nm, path);
  played_nm_take_down (f->nm, active);
  wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (count (f, ICCID), ==, 0);
}

static void
test_iccid (void)
{
  static const struct {
    const char *text;
    const char *digits;
  } cases[] = {{ICCID, ICCID},
               {ICCID "F", ICCID},
               {ICCID "f", ICCID},
               {"894900000000000000FF", "894900000000000000"},
               {"89490000000000000018", "89490000000000000018"},
               {"89490000000000000018F", NULL},
               {"8949F00000000000001", NULL},
               {"F" ICCID, NULL},
               {" " ICCID, NULL},
               {"", NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *digits = esim_nm_connection_dup_iccid (cases[i].text);

    g_assert_cmpstr (digits, ==, cases[i].digits);
  }
}

static void
test_uuid (void)
{
  g_autofree char *one = esim_nm_connection_dup_uuid (ICCID);
  g_autofree char *another = esim_nm_connection_dup_uuid (OTHER_ICCID);

  g_assert_cmpstr (one, ==, UUID);
  g_assert_cmpstr (another, ==, OTHER_UUID);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *whole = g_strconcat ("/network-manager/", path, NULL);

  g_test_add (whole, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-manager/iccid", test_iccid);
  g_test_add_func ("/network-manager/uuid", test_uuid);
  add ("absent", test_absent);
  add ("find", test_find);
  add ("ours", test_ours);
  add ("comes-and-goes", test_comes_and_goes);
  add ("stranger", test_stranger);
  add ("odd-signals", test_odd_signals);
  add ("active", test_active);
  add ("many", test_many);
  add ("refused-list", test_refused_list);
  add ("refused-settings", test_refused_settings);
  add ("create", test_create);
  add ("create-without-apn", test_create_without_apn);
  add ("edited", test_edited);
  add ("overwrite-without-secrets", test_overwrite_without_secrets);
  add ("no-longer-ours", test_no_longer_ours);
  add ("create-beside", test_create_beside);
  add ("refusals", test_refusals);
  add ("bad-requests", test_bad_requests);
  add ("ends-in-between", test_ends_in_between);
  add ("remove", test_remove);
  add ("remove-active", test_remove_active);
  add ("remove-active-at-once", test_remove_active_at_once);
  add ("remove-too-slow", test_remove_too_slow);
  add ("remove-looks-again", test_remove_looks_again);
  add ("remove-refusals", test_remove_refusals);
  add ("remove-cut-off", test_remove_cut_off);
  add ("remove-gone-meanwhile", test_remove_gone_meanwhile);
  return g_test_run ();
}
