/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-fixture.h"
#include "hex.h"

#define SWITCH_TIMEOUT_MS 1000
#define LINGER_MS 60000

static HostNews news;
static GQueue offered = G_QUEUE_INIT;

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error)
{
  FakeCard *card = g_queue_pop_head (&offered);

  g_assert_nonnull (card);
  news.opened++;
  fake_card_set_slot (card, 2);
  fake_card_count_shut (card, &news.shut);
  return ESIM_CARD (card);
}

static const EsimTransport transport = {.open = open_card};

static void
on_snapshot (EsimCardSnapshot *snapshot, GObject *owner)
{
  g_clear_pointer (&news.snapshot, esim_card_snapshot_unref);
  news.snapshot = esim_card_snapshot_ref (snapshot);
  news.snapshots++;
}

static void
on_saved (const char *outbox_id, GObject *owner)
{
  news.saved++;
}

static void
on_gone (GObject *owner)
{
  news.gone++;
}

static void
on_changed (GObject *owner)
{
  news.changed++;
}

static void
on_report (const char *phase, double progress, gboolean committed, gpointer user_data)
{
}

static HostFixture *
make (guint milliseconds, const EsimKeeper *keeper)
{
  HostFixture *self = g_new0 (HostFixture, 1);
  g_autoptr (GError) error = NULL;

  news = (HostNews){0};
  self->folder = folder_new ();
  self->store = esim_store_new (self->folder, &error);
  g_assert_no_error (error);
  self->worker = esim_worker_new ("card");
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  self->modem = (EsimModemConfig){.name = (char *) "modem", .select_p2 = -1};
  self->setup = (EsimCardHostSetup){.worker = self->worker,
                                    .modem = &self->modem,
                                    .transport = &transport,
                                    .keeper = keeper,
                                    .store = self->store,
                                    .runtime_dir = self->folder,
                                    .linger_ms = milliseconds,
                                    .switch_timeout_ms = SWITCH_TIMEOUT_MS,
                                    .snapshot = on_snapshot,
                                    .saved = on_saved,
                                    .gone = on_gone,
                                    .changed = on_changed,
                                    .owner = self->owner};
  self->host = esim_card_host_new (&self->setup);
  self->task = esim_task_new (on_report, NULL);
  self->card = fake_card_new ();
  host_fixture_offer (self, self->card);
  return self;
}

HostFixture *
host_fixture_new_lingering (guint milliseconds)
{
  return make (milliseconds, NULL);
}

HostFixture *
host_fixture_new (void)
{
  return make (LINGER_MS, NULL);
}

HostFixture *
host_fixture_new_kept (const EsimKeeper *keeper)
{
  return make (LINGER_MS, keeper);
}

static void
shut_job (gpointer data)
{
  HostFixture *self = data;

  esim_card_host_shut (self->host);
}

void
host_fixture_free (HostFixture *self)
{
  FakeCard *card;

  esim_worker_stop (self->worker, shut_job, self);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_card_assert_done (self->card);
  g_clear_pointer (&news.snapshot, esim_card_snapshot_unref);
  esim_card_host_free (self->host);
  esim_task_unref (self->task);
  g_object_unref (self->card);
  while ((card = g_queue_pop_head (&offered)) != NULL)
    g_object_unref (card);
  g_assert_finalize_object (self->owner);
  esim_store_free (self->store);
  folder_remove (self->folder);
  g_free (self);
}

const HostNews *
host_fixture_get_news (HostFixture *self)
{
  return &news;
}

static void
set_done (gpointer data)
{
  *(gboolean *) data = TRUE;
}

typedef struct {
  EsimWorkerJob job;
  gpointer data;
  gboolean done;
} Call;

static void
run_call (gpointer data)
{
  Call *call = data;

  call->job (call->data);
  esim_worker_post_to_main (set_done, &call->done, NULL);
}

void
host_fixture_run (HostFixture *self, EsimWorkerJob job, gpointer data)
{
  Call call = {job, data, FALSE};

  esim_worker_push (self->worker, run_call, &call, NULL);
  spin_until (&call.done);
}

void
host_fixture_offer (HostFixture *self, FakeCard *card)
{
  g_queue_push_tail (&offered, g_object_ref (card));
}

void
expect_session (FakeCard *card, const char *eid)
{
  g_autofree char *answer = g_strdup_printf ("BF3E125A10%s9000", eid);

  fake_card_expect (card, "81E2910006BF3E035C015A00", answer);
}

void
expect_list (FakeCard *card, const char *const *profiles)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *list = NULL, *answer = NULL, *whole = NULL;

  for (; *profiles != NULL; profiles++) {
    g_autofree char *profile = hex_tlv ("E3", *profiles);

    g_string_append (all, profile);
  }
  list = hex_tlv ("A0", all->str);
  answer = hex_tlv ("BF2D", list);
  whole = g_strconcat (answer, "9000", NULL);
  fake_card_expect (card, LIST, whole);
}

void
expect_notifications (FakeCard *card, const char *notifications)
{
  g_autofree char *list = hex_tlv ("A0", notifications), *answer = hex_tlv ("BF2B", list);
  g_autofree char *whole = g_strconcat (answer, "9000", NULL);

  fake_card_expect (card, RETRIEVE, whole);
}

void
expect_info (FakeCard *card)
{
  fake_card_expect (card, "81E2910003BF200000", "BF2035 8203020500 A9160414" KEY_ID "AA160414" KEY_ID "9000");
}

guint
host_fixture_count (HostFixture *self, const char *kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = esim_store_list (self->store, kind, 1, &error);

  g_assert_no_error (error);
  return entries->len;
}
