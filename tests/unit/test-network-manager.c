/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-network-manager.h"

#include "esim-error.h"
#include "nm-fixture.h"

#include <string.h>

static void
test_absent (NmFixture *f, gconstpointer data)
{
  g_assert_false (esim_network_manager_is_settled (f->manager));
  esim_network_manager_start (f->manager);
  nm_wait_for_change (f);
  g_assert_cmpuint (f->n_changed, ==, 1);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
  nm_create (f, &nm_plain);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_find (NmFixture *f, gconstpointer data)
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
  nm_begin (f);
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
  g_assert_cmpstr (first->apn, ==, "theirs");
  g_assert_cmpstr (second->apn, ==, "");
  g_assert_cmpstr (second->operator_id, ==, "52003");
  g_assert_cmpstr (second->device_id, ==, "abc");
  g_assert_cmpuint (nm_count (f, OTHER_ICCID), ==, 1);
  g_assert_cmpuint (nm_count (f, ""), ==, 0);
}

/* Each says something else than the other two. */
static void
test_ours (NmFixture *f, gconstpointer data)
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

  nm_begin (f);
  ours = nm_only (f);
  g_assert_true (ours->ours);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (EsimNmConnection) its = NULL;

    played_nm_change (f->nm, path, others[i]);
    nm_wait_for_change (f);
    its = nm_only (f);
    g_assert_false (its->ours);
  }
  /* One that was given another SIM. */
  played_nm_change (f->nm, path, OURS ("Mine", "'sim-id': <'" OTHER_ICCID "'>"));
  nm_wait_for_change (f);
  g_clear_pointer (&ours, esim_nm_connection_unref);
  {
    g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, OTHER_ICCID);

    g_assert_cmpuint (found->len, ==, 1);
    g_assert_false (((EsimNmConnection *) g_ptr_array_index (found, 0))->ours);
  }
}

static void
test_comes_and_goes (NmFixture *f, gconstpointer data)
{
  const char *path;

  nm_begin (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
  path = played_nm_add (f->nm, CONNECTION (FOREIGN_UUID, "gsm", "'apn': <'any'>"));
  played_bus_settle (f->bus);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
  played_nm_change (f->nm, path, FOREIGN (ICCID));
  nm_wait_for_change (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
  /* Nothing that we look at. */
  f->n_changed = 0;
  played_nm_change (
      f->nm, path,
      CONNECTION (FOREIGN_UUID, "gsm", "'sim-id': <'" ICCID "'>, 'apn': <'theirs'>, 'username': <'who'>"));
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_changed, ==, 0);
  played_nm_drop (f->nm, path);
  nm_wait_for_change (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
  played_nm_add (f->nm, FOREIGN (ICCID));
  nm_wait_for_change (f);
  played_nm_vanish (f->nm);
  nm_wait_for_change (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
  played_nm_appear (f->nm);
  nm_wait_for_change (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
}

/* Who has the name is asked, and nobody else is listened to. */
static void
test_stranger (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  g_autoptr (GDBusConnection) stranger = NULL;
  g_autoptr (GError) error = NULL;

  nm_begin (f);
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
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
  g_dbus_connection_close_sync (stranger, NULL, NULL);
}

static void
test_odd_signals (NmFixture *f, gconstpointer data)
{
  nm_begin (f);
  played_nm_add (f->nm, FOREIGN (ICCID));
  nm_wait_for_change (f);
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
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
}

static void
test_active (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, FOREIGN (ICCID));
  const char *active = played_nm_take_up (f->nm, path);
  g_autoptr (EsimNmConnection) first = NULL;
  g_autoptr (EsimNmConnection) second = NULL;
  g_autoptr (EsimNmConnection) third = NULL;

  played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/999");
  nm_begin (f);
  first = nm_only (f);
  g_assert_true (first->active);
  played_nm_take_down (f->nm, active);
  nm_wait_for_change (f);
  second = nm_only (f);
  g_assert_false (second->active);
  g_assert_true (first->active); /* what was told stays as it was told */
  played_nm_take_up (f->nm, path);
  nm_wait_for_change (f);
  third = nm_only (f);
  g_assert_true (third->active);
}

static void
test_many (NmFixture *f, gconstpointer data)
{
  for (guint i = 0; i < 300; i++) {
    g_autofree char *settings = g_strdup_printf (
        CONNECTION ("11111111-2222-4333-8444-00000000%04u", "gsm", "'sim-id': <'" ICCID "'>"), i);

    played_nm_add (f->nm, settings);
  }
  nm_begin (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 256);
}

static void
test_refused_list (NmFixture *f, gconstpointer data)
{
  f->nm->refused = "ListConnections";
  f->nm->refusal = "org.freedesktop.NetworkManager.PermissionDenied";
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*does not tell its connections*");
  nm_begin (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
}

static void
announce_object (NmFixture *f, const char *path)
{
  g_assert_true (g_dbus_connection_emit_signal (f->bus->theirs, NULL, "/org/freedesktop",
                                                "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                                                g_variant_new ("(oa{sa{sv}})", path, NULL), NULL));
}

/* The real one has its name for a while before it has any objects. */
static void
test_starting (NmFixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  f->nm->refused = "ListConnections";
  f->nm->refusal = "org.freedesktop.DBus.Error.UnknownMethod";
  played_nm_appear (f->nm);
  esim_network_manager_start (f->manager);
  played_bus_settle (f->bus);
  g_assert_false (esim_network_manager_is_settled (f->manager));
  nm_create (f, &nm_plain);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_BUSY);
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_BUSY);
  f->nm->refused = NULL;
  announce_object (f, "/org/freedesktop/NetworkManager/DnsManager");
  played_bus_settle (f->bus);
  g_assert_false (esim_network_manager_is_settled (f->manager));
  announce_object (f, "/org/freedesktop/NetworkManager/Settings");
  announce_object (f, "/org/freedesktop/NetworkManager");
  nm_wait_for_change (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
  nm_create (f, &nm_plain);
  g_assert_no_error (f->error);
}

static void
test_refused_settings (NmFixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  f->nm->refused = "GetSettings";
  f->nm->refusal = "org.freedesktop.NetworkManager.Settings.PermissionDenied";
  nm_begin (f);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
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
add (const char *path, void (*test) (NmFixture *, gconstpointer))
{
  g_autofree char *whole = g_strconcat ("/network-manager/", path, NULL);

  g_test_add (whole, NmFixture, NULL, nm_set_up, test, nm_tear_down);
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
  add ("starting", test_starting);
  add ("refused-settings", test_refused_settings);
  return g_test_run ();
}
