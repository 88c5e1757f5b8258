/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-network-manager.h"

#include "esim-error.h"
#include "nm-fixture.h"

#include <string.h>

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

static const char *
path_of_only (NmFixture *f)
{
  g_autoptr (EsimNmConnection) its = nm_only (f);
  const char *path = NULL;

  g_assert_true (g_hash_table_lookup_extended (f->nm->settings, its->path, (gpointer *) &path, NULL));
  return path;
}

static void
test_create (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = {.iccid = ICCID "F",
                           .name = "Tra\x01vel\n \xff",
                           .apn = "internet.travel",
                           .user_name = "who",
                           .password = "knows"};
  const char *path;

  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  nm_assert_calls (f, "AddConnection2 ");
  path = path_of_only (f);
  nm_assert_says (f, path, "connection", "uuid", "'" UUID "'");
  nm_assert_says (f, path, "connection", "type", "'gsm'");
  nm_assert_says (f, path, "connection", "autoconnect", "true");
  nm_assert_says (f, path, "connection", "id", "'Travel \357\277\275'");
  nm_assert_says (f, path, "gsm", "sim-id", "'" ICCID "'");
  nm_assert_says (f, path, "gsm", "apn", "'internet.travel'");
  nm_assert_says (f, path, "gsm", "username", "'who'");
  nm_assert_says (f, path, "gsm", "password", "'knows'");
  nm_assert_says (f, path, "gsm", "auto-config", NULL);
  nm_assert_says (f, path, "gsm", "sim-operator-id", NULL);
  nm_assert_says (f, path, "user", "data", "{'org.esimd1.iccid': '" ICCID "'}");
  nm_assert_says (f, path, "ipv4", "method", "'auto'");
  nm_assert_says (f, path, "ipv6", "method", "'auto'");
  nm_create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  nm_assert_calls (f, "");
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
}

static void
test_create_without_apn (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = {.iccid = ICCID, .name = "", .apn = ""};
  const char *path;

  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  path = path_of_only (f);
  nm_assert_says (f, path, "gsm", "auto-config", "true");
  nm_assert_says (f, path, "gsm", "apn", NULL);
  nm_assert_says (f, path, "gsm", "username", NULL);
  nm_assert_says (f, path, "connection", "id", "'eSIM'");
}

/* What somebody has corrected stays, unless it was asked for to be changed; and of that only the access. */
static void
test_edited (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = nm_plain;
  const char *path = played_nm_add (
      f->nm, OURS ("My trip", SIM ", 'apn': <'corrected'>, 'pin': <'1234'>, 'username': <'me'>,"
                                  " 'password': <'secret'>, 'home-only': <true>"));

  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  nm_assert_calls (f, "");
  nm_assert_says (f, path, "gsm", "apn", "'corrected'");
  request.overwrite = TRUE;
  nm_create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  nm_assert_calls (f, "Update2 ");
  nm_assert_says (f, path, "gsm", "apn", "'internet'");
  nm_assert_says (f, path, "gsm", "username", NULL);
  nm_assert_says (f, path, "gsm", "password", NULL);
  nm_assert_says (f, path, "gsm", "pin", "'1234'");
  nm_assert_says (f, path, "gsm", "home-only", "true");
  nm_assert_says (f, path, "connection", "id", "'My trip'");
  nm_create (f, &request);
  g_assert_no_error (f->error);
  nm_assert_calls (f, "");
  request.password = "new";
  nm_create (f, &request);
  nm_assert_calls (f, "Update2 ");
  nm_assert_says (f, path, "gsm", "password", "'new'");
  request.password = NULL;
  nm_create (f, &request);
  nm_assert_says (f, path, "gsm", "password", NULL);
  nm_assert_says (f, path, "gsm", "pin", "'1234'");
  nm_assert_calls (f, "Update2 ");
  request.apn = NULL;
  nm_create (f, &request);
  nm_assert_calls (f, "Update2 ");
  nm_assert_says (f, path, "gsm", "auto-config", "true");
  nm_assert_says (f, path, "gsm", "apn", NULL);
  nm_assert_says (f, path, "gsm", "password", NULL);
  nm_assert_says (f, path, "user", "data", "{'org.esimd1.iccid': '" ICCID "'}");
}

/* NetworkManager keeps what is secret where it is told of nothing that is. */
static void
test_last_secret (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = nm_plain;
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM ", 'apn': <'before'>, 'password': <'secret'>"));

  request.overwrite = TRUE;
  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  nm_assert_calls (f, "Update2 ClearSecrets ");
  nm_assert_says (f, path, "gsm", "apn", "'internet'");
  nm_assert_says (f, path, "gsm", "password", NULL);
}

/* Secrets that an agent keeps are not to be had. */
static void
test_overwrite_without_secrets (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = nm_plain;
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM ", 'apn': <'before'>"));

  request.overwrite = TRUE;
  f->nm->refused = "GetSecrets";
  f->nm->refusal = "org.freedesktop.NetworkManager.AgentManager.NoSecrets";
  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  nm_assert_says (f, path, "gsm", "apn", "'internet'");
}

static void
test_no_longer_ours (NmFixture *f, gconstpointer data)
{
  EsimNmRequest request = nm_plain;
  const char *path = played_nm_add (f->nm, CONNECTION (UUID, "gsm", SIM ", 'apn': <'theirs'>"));

  nm_begin (f);
  nm_create (f, &request);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  request.overwrite = TRUE;
  nm_create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_nonnull (strstr (f->error->message, UUID));
  request.overwrite = FALSE;
  played_nm_change (f->nm, path, OURS ("Mine", "'sim-id': <'" OTHER_ICCID "'>"));
  nm_create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  played_nm_change (f->nm, path, CONNECTION (UUID, "vpn", ""));
  nm_create (f, &request);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  nm_assert_calls (f, "");
}

/* What others made for the SIM is theirs, and there is one of ours beside it. */
static void
test_create_beside (NmFixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  nm_begin (f);
  nm_create (f, &nm_plain);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 2);
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
test_refusals (NmFixture *f, gconstpointer data)
{
  nm_begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    f->nm->refused = refusals[i].method;
    f->nm->refusal = refusals[i].refusal;
    nm_create (f, &nm_plain);
    g_assert_error (f->error, ESIM_ERROR, (int) refusals[i].code);
    g_assert_nonnull (strstr (f->error->message, "NetworkManager did not"));
    g_assert_nonnull (strstr (f->error->message, "those who play it say no"));
    g_assert_null (strstr (f->error->message, "GDBus.Error"));
  }
  g_assert_cmpuint (g_hash_table_size (f->nm->settings), ==, 0);
}

static void
test_bad_requests (NmFixture *f, gconstpointer data)
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

  nm_begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    nm_create (f, &requests[i]);
    g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
  nm_assert_calls (f, "");
}

/* It is let go of in the middle of a call. */
static void
test_ends_in_between (NmFixture *f, gconstpointer data)
{
  static const char *const methods[] = {"GetConnectionByUuid", "AddConnection2", "GetSettings"};

  nm_begin (f);
  f->nm->loses_answers = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_hash_table_remove_all (f->nm->settings);
    f->nm->refused = methods[i];
    f->n_done = 0;
    esim_network_manager_create (f->manager, &nm_plain, nm_on_done, f);
    while (f->nm->kept == NULL)
      g_main_context_iteration (NULL, TRUE);
    played_nm_vanish (f->nm);
    nm_wait_until_done (f);
    g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
    g_assert_nonnull (strstr (f->error->message, "stopped"));
    g_clear_object (&f->nm->kept);
    f->nm->refused = NULL;
    played_nm_appear (f->nm);
    nm_wait_for_change (f);
  }
  f->nm->refused = "GetConnectionByUuid";
  f->n_done = 0;
  esim_network_manager_create (f->manager, &nm_plain, nm_on_done, f);
  played_bus_settle (f->bus);
  esim_network_manager_stop (f->manager);
  g_assert_cmpuint (f->n_done, ==, 0);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

/* Removing -------------------------------------------------------------------------------------------- */

static void
test_remove (NmFixture *f, gconstpointer data)
{
  played_nm_add (f->nm, FOREIGN (ICCID));
  played_nm_add (f->nm, OURS ("Mine", SIM));
  nm_begin (f);
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->uuid, ==, UUID);
  nm_assert_calls (f, "Delete ");
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
  nm_remove (f, FOREIGN_UUID);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_nonnull (strstr (f->error->message, FOREIGN_UUID));
  nm_assert_calls (f, "");
  g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
}

static void
test_remove_active (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  const char *first = played_nm_take_up (f->nm, path);
  const char *second = played_nm_take_up (f->nm, path);
  const char *others = played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/999");

  f->nm->slow_to_let_go = TRUE;
  nm_begin (f);
  nm_remove (f, UUID);
  played_bus_settle (f->bus);
  g_assert_cmpstr (f->nm->calls->str, ==, "DeactivateConnection ");
  g_assert_cmpuint (f->n_done, ==, 0);
  played_nm_take_up (f->nm, "/org/freedesktop/NetworkManager/Settings/998");
  played_bus_settle (f->bus);
  g_assert_cmpstr (f->nm->calls->str, ==, "DeactivateConnection ");
  /* In whichever order it asks: one is down of its own. */
  played_nm_take_down (f->nm, first);
  played_nm_take_down (f->nm, second);
  nm_wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_true (g_str_has_suffix (f->nm->calls->str, " Delete "));
  g_assert_true (g_hash_table_contains (f->nm->actives, others));
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
}

/* NetworkManager lets go before it answers. */
static void
test_remove_active_at_once (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  nm_begin (f);
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_no_error (f->error);
  nm_assert_calls (f, "DeactivateConnection Delete ");
}

static void
test_remove_too_slow (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  f->nm->slow_to_let_go = TRUE;
  is_impatient = TRUE;
  nm_begin (f);
  g_test_expect_message ("esimd", G_LOG_LEVEL_MESSAGE, "*not down after 30 s*");
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_test_assert_expected_messages ();
  g_assert_no_error (f->error);
  nm_assert_calls (f, "DeactivateConnection Delete ");
}

/* It was made into somebody's own, and we have not heard of it yet. */
static void
test_remove_looks_again (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  guint name;

  nm_begin (f);
  name = f->nm->name;
  f->nm->name = 0;
  played_nm_change (f->nm, path, CONNECTION (UUID, "gsm", SIM));
  f->nm->name = name;
  nm_remove (f, UUID);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  nm_assert_calls (f, "");
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
test_remove_refusals (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  nm_begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (removal_refusals); i++) {
    f->nm->refused = removal_refusals[i].method;
    f->nm->refusal = removal_refusals[i].refusal;
    nm_remove (f, UUID);
    nm_wait_until_done (f);
    g_assert_error (f->error, ESIM_ERROR, (int) removal_refusals[i].code);
    g_assert_cmpuint (nm_count (f, ICCID), ==, 1);
  }
}

/* It goes, or we do, while we wait for the modem to let go. */
static void
test_remove_cut_off (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));

  played_nm_take_up (f->nm, path);
  f->nm->slow_to_let_go = TRUE;
  nm_begin (f);
  nm_remove (f, UUID);
  played_bus_settle (f->bus);
  played_nm_vanish (f->nm);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  played_nm_appear (f->nm);
  nm_wait_for_change (f);
  nm_remove (f, UUID);
  played_bus_settle (f->bus);
  esim_network_manager_stop (f->manager);
  nm_wait_until_done (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  nm_assert_calls (f, "DeactivateConnection DeactivateConnection ");
}

/* The connection goes by another hand while we wait. */
static void
test_remove_gone_meanwhile (NmFixture *f, gconstpointer data)
{
  const char *path = played_nm_add (f->nm, OURS ("Mine", SIM));
  const char *active = played_nm_take_up (f->nm, path);

  f->nm->slow_to_let_go = TRUE;
  nm_begin (f);
  nm_remove (f, UUID);
  played_bus_settle (f->bus);
  played_nm_drop (f->nm, path);
  played_nm_take_down (f->nm, active);
  nm_wait_until_done (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (nm_count (f, ICCID), ==, 0);
}

static void
add (const char *path, void (*test) (NmFixture *, gconstpointer))
{
  g_autofree char *whole = g_strconcat ("/nm-change/", path, NULL);

  g_test_add (whole, NmFixture, NULL, nm_set_up, test, nm_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("create", test_create);
  add ("create-without-apn", test_create_without_apn);
  add ("edited", test_edited);
  add ("last-secret", test_last_secret);
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
