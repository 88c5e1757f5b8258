/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-outbox-item.h"
#include "folder.h"
#include "hex.h"
#include "host-fixture.h"

#include <string.h>

static const char *const ids[] = {"00AA", "11BB", NULL};

static EsimOutboxItem *
make_item (const char *const *key_ids)
{
  g_autoptr (GBytes) bytes = hex_bytes (NOTIFICATION ("05", "410"));
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimNotification) notification = esim_notification_parse (bytes, &error);

  g_assert_no_error (error);
  return esim_outbox_item_new (EID, notification, key_ids);
}

/* As it is on disk, for a reading. */
static GKeyFile *
to_file (const EsimOutboxItem *item)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimStore) store = esim_store_new (folder, &error);
  GKeyFile *file;

  g_assert_true (esim_outbox_item_write (item, store, &error));
  g_assert_no_error (error);
  file = esim_store_read (store, ESIM_OUTBOX_KIND, item->id, ESIM_OUTBOX_VERSION, &error);
  g_assert_no_error (error);
  return file;
}

static void
assert_equal (const EsimOutboxItem *a, const EsimOutboxItem *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->eid, ==, b->eid);
  g_assert_true (g_bytes_equal (a->notification->bytes, b->notification->bytes));
  g_assert_true (g_strv_equal ((const char *const *) a->ci_key_ids, (const char *const *) b->ci_key_ids));
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpuint (a->attempts, ==, b->attempts);
  g_assert_cmpuint (a->refusals, ==, b->refusals);
  g_assert_cmpint (a->next_attempt, ==, b->next_attempt);
  g_assert_cmpint (a->acknowledged_at, ==, b->acknowledged_at);
  g_assert_cmpuint (a->http_status, ==, b->http_status);
  g_assert_cmpstr (a->error_name, ==, b->error_name);
  g_assert_cmpstr (a->error, ==, b->error);
}

static void
assert_round_trip (const EsimOutboxItem *item)
{
  g_autoptr (GKeyFile) file = to_file (item);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimOutboxItem) back = esim_outbox_item_read (item->id, file, &error);

  g_assert_no_error (error);
  assert_equal (item, back);
}

/* One whose every member says something. */
static EsimOutboxItem *
make_full_item (void)
{
  g_autoptr (EsimOutboxItem) plain = make_item (ids);
  EsimOutboxItem *item = esim_outbox_item_copy (plain);

  item->state = ESIM_DELIVERY_REFUSED;
  item->attempts = 7;
  item->refusals = 5;
  item->next_attempt = G_GINT64_CONSTANT (1893456000);
  item->acknowledged_at = 1700000000;
  item->http_status = 404;
  item->error_name = g_strdup ("org.esimd1.Error.ServerError");
  item->error = g_strdup ("server dp.test answered HTTP 404;\n\ttwo lines, \"quoted\"");
  return item;
}

static void
test_new (void)
{
  g_autoptr (EsimOutboxItem) item = make_item (ids), again = make_item (ids);
  g_autoptr (GBytes) bytes = hex_bytes (NOTIFICATION ("05", "410"));
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  g_assert_cmpuint (strlen (item->id), ==, 32);
  g_assert_true (g_str_has_prefix (sum, item->id));
  assert_equal (item, again);
  g_assert_cmpint (item->state, ==, ESIM_DELIVERY_PENDING);
  g_assert_cmpint (item->next_attempt, ==, 0);
  g_assert_null (item->error);
}

static void
test_copy (void)
{
  g_autoptr (EsimOutboxItem) item = make_full_item (), copy = esim_outbox_item_copy (item);

  assert_equal (item, copy);
  g_free (copy->error);
  copy->error = g_strdup ("other");
  g_assert_cmpstr (item->error, !=, "other");
  g_assert_true (esim_outbox_item_ref (item) == item);
  esim_outbox_item_unref (item);
  esim_outbox_item_unref (NULL);
}

static void
test_round_trip (void)
{
  static const char *const none[] = {NULL};
  g_autoptr (EsimOutboxItem) plain = make_item (ids), full = make_full_item (), rootless = make_item (none);

  assert_round_trip (plain);
  assert_round_trip (full);
  assert_round_trip (rootless);
}

static void
assert_refused (GKeyFile *file, const char *id)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_outbox_item_read (id, file, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_assert_nonnull (strstr (error->message, id));
}

static void
test_missing (void)
{
  static const char *const groups[] = {"notification", "delivery"};
  g_autoptr (EsimOutboxItem) item = make_full_item ();
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++) {
    g_autoptr (GKeyFile) whole = to_file (item);
    g_auto (GStrv) keys = g_key_file_get_keys (whole, groups[i], NULL, NULL);

    for (guint j = 0; keys[j] != NULL; j++) {
      g_autoptr (GKeyFile) file = to_file (item);

      g_test_message ("without [%s] %s", groups[i], keys[j]);
      g_assert_true (g_key_file_remove_key (file, groups[i], keys[j], NULL));
      assert_refused (file, item->id);
      count++;
    }
  }
  g_assert_cmpuint (count, ==, 11);
}

static void
test_senseless (void)
{
  static const struct {
    const char *group, *key, *value;
  } cases[] = {
      {"delivery", "state", "lost"},
      {"delivery", "attempts", "-1"},
      {"delivery", "attempts", "many"},
      {"delivery", "refusals", "99999999999"},
      {"delivery", "http-status", "-200"},
      {"delivery", "next-attempt", "-5"},
      {"delivery", "acknowledged-at", "yesterday"},
      {"notification", "bytes", ""},
      {"notification", "bytes", "AAAA"},
      {"notification", "bytes", "MAA="},
  };
  g_autoptr (EsimOutboxItem) item = make_full_item ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GKeyFile) file = to_file (item);

    g_test_message ("[%s] %s=%s", cases[i].group, cases[i].key, cases[i].value);
    g_key_file_set_string (file, cases[i].group, cases[i].key, cases[i].value);
    assert_refused (file, item->id);
  }
}

/* The name is made of the bytes: others under it are not what was saved. */
static void
test_changed (void)
{
  g_autoptr (EsimOutboxItem) item = make_item (ids);
  g_autoptr (GKeyFile) file = to_file (item);

  assert_refused (file, "00000000000000000000000000000000");
}

static void
test_states (void)
{
  g_assert_cmpstr (esim_delivery_state_to_string (ESIM_DELIVERY_PENDING), ==, "pending");
  g_assert_cmpstr (esim_delivery_state_to_string (ESIM_DELIVERY_ACKNOWLEDGED), ==, "acknowledged");
  g_assert_cmpstr (esim_delivery_state_to_string (ESIM_DELIVERY_REFUSED), ==, "refused");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox-item/new", test_new);
  g_test_add_func ("/outbox-item/copy", test_copy);
  g_test_add_func ("/outbox-item/round-trip", test_round_trip);
  g_test_add_func ("/outbox-item/missing", test_missing);
  g_test_add_func ("/outbox-item/senseless", test_senseless);
  g_test_add_func ("/outbox-item/changed", test_changed);
  g_test_add_func ("/outbox-item/states", test_states);
  return g_test_run ();
}
