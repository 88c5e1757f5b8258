/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-outbox.h"
#include "esim-rsp-root.h"
#include "folder.h"
#include "hex.h"
#include "host-fixture.h"
#include "tls-server.h"

#include <string.h>

#define HOST "dp.test"
#define DELIVERED "HTTP/1.1 204 No Content\r\n\r\n"
#define REFUSED "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
#define TROUBLED "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
#define SETTLE_MS 50

typedef struct {
  Folder folder;
  Identity *root;
  Identity *leaf;
  char *root_id;
  TlsServer *server;
  EsimRspTrust *trust;
  EsimHttpHub *hub;
  EsimConfig *config;
  EsimStore *store;
  EsimOutbox *outbox;
  gboolean tried;
  guint let_go;
  EsimOutboxCount count;
} Fixture;

static void
write_config (Fixture *fixture, guint refusals_max)
{
  g_autofree char *text = g_strdup_printf ("[network]\nallow-loopback=true\nconnect-to=" HOST
                                           ":443:127.0.0.1:%u\nretry-min-seconds=100\n"
                                           "retry-max-seconds=1000\nrefusals-max=%u\n",
                                           tls_server_get_port (fixture->server), refusals_max);
  g_autofree char *path = g_build_filename (fixture->folder, "esimd.conf", NULL);
  g_autoptr (GError) error = NULL;

  folder_put (fixture->folder, "esimd.conf", text);
  fixture->config = esim_config_load (path, &error);
  g_assert_no_error (error);
}

/* @data: what the server answers */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL, *state = NULL;
  g_autoptr (GError) error = NULL;
  const char *folders[] = {NULL, NULL};

  fixture->folder = folder_new ();
  folders[0] = fixture->folder;
  path = g_build_filename (fixture->folder, "root.pem", NULL);
  fixture->root = identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->leaf = identity_new (&(IdentitySpec){
      .name = "s", .issuer = fixture->root, .role = ESIM_ROLE_DP_TLS, .dns = HOST, .usage = "serverAuth"});
  identity_write_pem (fixture->root, path);
  fixture->trust = esim_rsp_trust_new (folders, NULL);
  g_assert_cmpuint (esim_rsp_trust_get_size (fixture->trust), ==, 1);
  fixture->server = tls_server_new (&(ServerSpec){fixture->leaf, NULL, SERVER_ANSWERS, data});
  write_config (fixture, 2);
  state = g_build_filename (fixture->folder, "state", NULL);
  fixture->store = esim_store_new (state, &error);
  g_assert_no_error (error);
  fixture->hub = esim_http_hub_new (&fixture->config->http, fixture->trust);
}

static void
close_outbox (Fixture *fixture)
{
  if (fixture->outbox == NULL)
    return;
  esim_outbox_stop (fixture->outbox);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->outbox);
  fixture->outbox = NULL;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_outbox (fixture);
  esim_http_hub_free (fixture->hub);
  esim_store_free (fixture->store);
  esim_config_free (fixture->config);
  tls_server_free (fixture->server);
  esim_rsp_trust_unref (fixture->trust);
  g_free (fixture->root_id);
  identity_free (fixture->leaf);
  identity_free (fixture->root);
  folder_remove (fixture->folder);
}

/* Puts a notification on disk. @next_attempt: seconds from now. Returns its name. */
static char *
put (Fixture *fixture, const char *hex, gint64 next_attempt)
{
  const char *const ids[] = {fixture->root_id, NULL};
  g_autoptr (GBytes) bytes = hex_bytes (hex);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimNotification) notification = esim_notification_parse (bytes, &error);
  g_autoptr (EsimOutboxItem) item = esim_outbox_item_new (EID, notification, ids);

  if (next_attempt != 0)
    item->next_attempt = g_get_real_time () / G_USEC_PER_SEC + next_attempt;
  g_assert_true (esim_outbox_item_write (item, fixture->store, &error));
  g_assert_no_error (error);
  return g_strdup (item->id);
}

static void
open_outbox (Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  fixture->outbox = esim_outbox_new (fixture->config, fixture->hub, fixture->store);
  g_assert_false (esim_outbox_is_loaded (fixture->outbox));
  while (!esim_outbox_is_loaded (fixture->outbox)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
on_tried (const EsimOutboxCount *count, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->count = *count;
  fixture->tried = TRUE;
}

static void
try_now (Fixture *fixture, const char *eid, guint sent, guint waiting, guint refused)
{
  fixture->tried = FALSE;
  esim_outbox_try_now (fixture->outbox, eid, on_tried, fixture, NULL);
  spin_until (&fixture->tried);
  g_assert_cmpuint (fixture->count.sent, ==, sent);
  g_assert_cmpuint (fixture->count.waiting, ==, waiting);
  g_assert_cmpuint (fixture->count.refused, ==, refused);
}

static const EsimOutboxItem *
get_item (Fixture *fixture, guint index)
{
  GPtrArray *items = esim_outbox_get_items (fixture->outbox);

  g_assert_cmpuint (index, <, items->len);
  return items->pdata[index];
}

/* Waits until the server was asked so often, and then for more of it, which must not come. */
static void
await_requests (Fixture *fixture, int count)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while (tls_server_get_requests (fixture->server) < count) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
  }
  for (guint i = 0; i < SETTLE_MS; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
  }
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, count);
}

/* The server has been asked before its answer has come. */
static void
await_acknowledged (Fixture *fixture, guint count)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  guint found = 0;

  while (found < count) {
    GPtrArray *items = esim_outbox_get_items (fixture->outbox);

    found = 0;
    for (guint i = 0; i < items->len; i++)
      found += get_item (fixture, i)->state == ESIM_DELIVERY_ACKNOWLEDGED;
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, FALSE);
  }
}

static void
test_pause (void)
{
  static const struct {
    guint attempts, min, max, pause;
  } cases[] = {
      {0, 60, 21600, 60},
      {1, 60, 21600, 60},
      {2, 60, 21600, 120},
      {3, 60, 21600, 240},
      {9, 60, 21600, 15360},
      {10, 60, 21600, 21600},
      {11, 60, 21600, 21600},
      {G_MAXUINT, 60, 21600, 21600},
      {1, 5, 5, 5},
      {7, 5, 5, 5},
      {40, 1, G_MAXUINT, G_MAXUINT},
      {1, 100, 50, 50},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (esim_outbox_get_pause (cases[i].attempts, cases[i].min, cases[i].max), ==,
                      cases[i].pause);
}

/* What is on disk goes out, in ascending sequence; the acknowledgements are on disk. */
static void
test_delivered (Fixture *fixture, gconstpointer data)
{
  g_autofree char *later = put (fixture, NOTIFICATION ("09", "410"), 0);
  g_autofree char *first = put (fixture, NOTIFICATION ("02", "520"), 0);
  g_autofree char *request = NULL, *text = NULL;
  g_autoptr (GBytes) bytes = hex_bytes (NOTIFICATION ("09", "410"));
  g_autoptr (GKeyFile) file = NULL;
  g_autoptr (EsimOutboxItem) stored = NULL;
  g_autoptr (GError) error = NULL;

  open_outbox (fixture);
  await_requests (fixture, 2);
  await_acknowledged (fixture, 2);
  try_now (fixture, EID, 0, 0, 0);
  g_assert_cmpstr (get_item (fixture, 0)->id, ==, first);
  g_assert_cmpstr (get_item (fixture, 1)->id, ==, later);
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_ACKNOWLEDGED);
  g_assert_cmpint (get_item (fixture, 0)->acknowledged_at, >, 0);
  g_assert_cmpuint (get_item (fixture, 0)->http_status, ==, 204);
  request = tls_server_dup_request (fixture->server);
  text = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_nonnull (strstr (request, text)); /* the later one came last */
  file = esim_store_read (fixture->store, ESIM_OUTBOX_KIND, later, ESIM_OUTBOX_VERSION, &error);
  stored = esim_outbox_item_read (later, file, &error);
  g_assert_no_error (error);
  g_assert_cmpint (stored->state, ==, ESIM_DELIVERY_ACKNOWLEDGED);
  /* The next life sends nothing again. */
  close_outbox (fixture);
  open_outbox (fixture);
  await_requests (fixture, 2);
}

static void
test_add_and_forget (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = NULL;

  open_outbox (fixture);
  g_assert_cmpuint (esim_outbox_get_items (fixture->outbox)->len, ==, 0);
  try_now (fixture, EID, 0, 0, 0); /* nothing to try */
  id = put (fixture, NOTIFICATION ("02", "410"), 0);
  esim_outbox_add (fixture->outbox, id);
  esim_outbox_add (fixture->outbox, id);
  await_requests (fixture, 1);
  await_acknowledged (fixture, 1);
  try_now (fixture, EID, 0, 0, 0);
  g_assert_cmpuint (esim_outbox_get_items (fixture->outbox)->len, ==, 1);
  esim_outbox_forget (fixture->outbox, id, NULL, NULL, NULL);
  try_now (fixture, EID, 0, 0, 0);
  g_assert_cmpuint (esim_outbox_get_items (fixture->outbox)->len, ==, 0);
  g_assert_false (esim_store_has (fixture->store, ESIM_OUTBOX_KIND, id));
}

/* It waits for its time, but not if somebody asks; and others' asking does not concern it. */
static void
test_try_now (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = put (fixture, NOTIFICATION ("02", "410"), 500);

  open_outbox (fixture);
  await_requests (fixture, 0);
  try_now (fixture, OTHER_EID, 0, 0, 0);
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_PENDING);
  try_now (fixture, EID, 1, 0, 0);
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_ACKNOWLEDGED);
}

/* A time further off than any pause comes from a clock that was set back. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = put (fixture, NOTIFICATION ("02", "410"), 100000);

  open_outbox (fixture);
  await_requests (fixture, 1);
}

/* The server has its request before the outbox has the answer. */
static void
await_attempts (Fixture *fixture, guint index, guint attempts)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while (get_item (fixture, index)->attempts < attempts) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
  }
}

/* The first in line holds up the others; it is tried again after the pause. */
static void
test_later (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = put (fixture, NOTIFICATION ("02", "410"), 0);
  g_autofree char *second = put (fixture, NOTIFICATION ("03", "410"), 0);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const EsimOutboxItem *item;

  open_outbox (fixture);
  await_requests (fixture, 1);
  await_attempts (fixture, 0, 1);
  item = get_item (fixture, 0);
  g_assert_cmpint (item->state, ==, ESIM_DELIVERY_PENDING);
  g_assert_cmpuint (item->attempts, ==, 1);
  g_assert_cmpuint (item->refusals, ==, 0);
  g_assert_cmpuint (item->http_status, ==, 503);
  g_assert_cmpstr (item->error_name, ==, "org.esimd1.Error.ServerError");
  g_assert_cmpint (item->next_attempt, >=, now + 100);
  g_assert_cmpint (item->next_attempt, <=, now + 110);
  g_assert_cmpuint (get_item (fixture, 1)->attempts, ==, 0);
  try_now (fixture, EID, 0, 2, 0);
  g_assert_cmpuint (get_item (fixture, 0)->attempts, ==, 2);
  g_assert_cmpint (get_item (fixture, 0)->next_attempt, >=, now + 200);
}

/* Refused twice: it stands aside, and the next one gets its turn. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = put (fixture, NOTIFICATION ("02", "410"), 0);
  g_autofree char *second = put (fixture, NOTIFICATION ("03", "410"), 0);

  open_outbox (fixture);
  await_requests (fixture, 1);
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_PENDING);
  g_assert_cmpuint (get_item (fixture, 1)->attempts, ==, 0);
  try_now (fixture, EID, 0, 0, 2); /* each is counted once */
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_REFUSED);
  g_assert_cmpuint (get_item (fixture, 0)->refusals, ==, 2);
  g_assert_cmpuint (get_item (fixture, 1)->refusals, ==, 1);
  await_requests (fixture, 3);
}

/* An acknowledgement that the disk does not take is none, for nobody. */
static void
test_disk_refuses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = put (fixture, NOTIFICATION ("02", "410"), 500);
  g_autofree char *name = g_strconcat ("state/" ESIM_OUTBOX_KIND "/", id, ".record", NULL);
  g_autofree char *below = g_build_filename (name, "in-the-way", NULL);
  g_autoptr (GError) error = NULL;

  open_outbox (fixture);
  g_assert_true (esim_store_remove (fixture->store, ESIM_OUTBOX_KIND, id, &error));
  folder_put (fixture->folder, below, "x");
  try_now (fixture, EID, 0, 1, 0);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 1);
  g_assert_cmpint (get_item (fixture, 0)->state, ==, ESIM_DELIVERY_PENDING);
  g_assert_cmpint (get_item (fixture, 0)->acknowledged_at, ==, 0);
  g_assert_cmpstr (get_item (fixture, 0)->error_name, ==, "org.esimd1.Error.StorageError");
}

static void
test_problems (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = put (fixture, NOTIFICATION ("02", "410"), 500);
  g_autoptr (GPtrArray) problems = NULL;

  folder_put (fixture->folder, "state/" ESIM_OUTBOX_KIND "/bad.record", "nonsense");
  folder_put (fixture->folder, "state/" ESIM_OUTBOX_KIND "/half.record", "[record]\nversion=1\n");
  open_outbox (fixture);
  problems = esim_outbox_get_problems (fixture->outbox);
  g_assert_cmpuint (problems->len, ==, 2);
  g_assert_nonnull (strstr (problems->pdata[0], ".record: "));
  g_assert_cmpuint (esim_outbox_get_items (fixture->outbox)->len, ==, 1);
  g_assert_true (esim_store_has (fixture->store, ESIM_OUTBOX_KIND, "bad"));
}

static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  open_outbox (fixture);
  esim_outbox_stop (fixture->outbox);
  esim_outbox_stop (fixture->outbox);
  esim_outbox_add (fixture->outbox, "x");
  esim_outbox_forget (fixture->outbox, "x", NULL, NULL, NULL);
  esim_outbox_try_now (fixture->outbox, EID, on_tried, fixture, NULL);
  await_requests (fixture, 0);
  g_assert_false (fixture->tried);
}

static void
on_let_go (gpointer user_data)
{
  ((Fixture *) user_data)->let_go++;
}

/* Whoever waits for a try is told of it, or let go of: never both, and never neither. */
static void
test_stopped_in_between (Fixture *fixture, gconstpointer data)
{
  open_outbox (fixture);
  esim_outbox_try_now (fixture->outbox, EID, on_tried, fixture, on_let_go);
  esim_outbox_stop (fixture->outbox);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->let_go, ==, fixture->tried ? 0 : 1);
  fixture->tried = FALSE;
  esim_outbox_try_now (fixture->outbox, EID, on_tried, fixture, on_let_go);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (fixture->tried);
  g_assert_cmpuint (fixture->let_go, >=, 1);
}

#define ADD(name, answer, function) g_test_add ("/outbox/" name, Fixture, answer, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* A delivery that fails is a warning in the log. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_test_add_func ("/outbox/pause", test_pause);
  ADD ("delivered", DELIVERED, test_delivered);
  ADD ("add-and-forget", DELIVERED, test_add_and_forget);
  ADD ("try-now", DELIVERED, test_try_now);
  ADD ("clock-set-back", DELIVERED, test_clock_set_back);
  ADD ("later", TROUBLED, test_later);
  ADD ("refused", REFUSED, test_refused);
  ADD ("disk-refuses", DELIVERED, test_disk_refuses);
  ADD ("problems", DELIVERED, test_problems);
  ADD ("stopped-in-between", TROUBLED, test_stopped_in_between);
  ADD ("stopped", DELIVERED, test_stopped);
  return g_test_run ();
}
