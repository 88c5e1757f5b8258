/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-euicc.h"
#include "hex.h"
#include "host-fixture.h"

#define JOBS 3

void __real_esim_worker_stop (EsimWorker *worker, EsimWorkerJob last, gpointer data);
void __wrap_esim_worker_stop (EsimWorker *worker, EsimWorkerJob last, gpointer data);

static FakeCard *offered;
static gboolean begun;
static gboolean refused; /* the worker takes no more jobs: it was told to stop */
static gboolean released;
static guint ended, freed;

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error)
{
  return ESIM_CARD (g_object_ref (offered));
}

static const EsimTransport transport = {.open = open_card};

static void
nothing (gpointer data)
{
}

static void
set_flag (gpointer flag)
{
  g_atomic_int_set ((gboolean *) flag, TRUE);
}

/* Knocks until the worker opens no more: while its job waits, none that was pushed is freed before that. */
static gpointer
knock (gpointer worker)
{
  while (!g_atomic_int_get (&refused)) {
    esim_worker_push (worker, nothing, &refused, set_flag);
    /* Others want its lock, too. */
    g_usleep (1000);
  }
  g_atomic_int_set (&released, TRUE);
  return NULL;
}

void
__wrap_esim_worker_stop (EsimWorker *worker, EsimWorkerJob last, gpointer data)
{
  GThread *thread = g_atomic_int_get (&begun) ? g_thread_new ("knock", knock, worker) : NULL;

  __real_esim_worker_stop (worker, last, data);
  g_clear_pointer (&thread, g_thread_join);
}

static gboolean
wait_for_the_stop (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  g_atomic_int_set (&begun, TRUE);
  while (!g_atomic_int_get (&released))
    g_usleep (1000);
  return TRUE;
}

static gboolean
never (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  g_assert_not_reached ();
}

static void
on_dropped (EsimEuicc *euicc, const GError *error, gpointer data)
{
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpstr (data, ==, "data");
  ended++;
}

static void
on_freed (gpointer data)
{
  freed++;
  g_free (data);
}

typedef struct {
  Folder folder;
  EsimStore *store;
  EsimConfig config;
  EsimModemConfig modem;
  EsimEuicc *euicc;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  EsimEuiccSetup setup = {&fixture->config, &fixture->modem, &transport, NULL, NULL, NULL};
  g_autoptr (GError) error = NULL;

  fixture->folder = folder_new ();
  setup.runtime_dir = fixture->folder;
  setup.store = fixture->store = esim_store_new (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->config = (EsimConfig){.retry_min_s = 1, .retry_max_s = 1, .switch_timeout_s = 1};
  fixture->modem = (EsimModemConfig){.name = (char *) "modem", .select_p2 = -1};
  offered = fake_card_new ();
  expect_session (offered, EID);
  expect_list (offered, (const char *const[]){PROFILE (AID, "00", ""), NULL});
  fixture->euicc = esim_euicc_new (&setup);
  while (!esim_euicc_is_known (fixture->euicc))
    g_main_context_iteration (NULL, TRUE);
  refused = released = begun = FALSE;
  ended = freed = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_euicc_stop (fixture->euicc);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_card_assert_done (offered);
  g_assert_finalize_object (fixture->euicc);
  g_assert_finalize_object (offered);
  esim_store_free (fixture->store);
  folder_remove (fixture->folder);
}

/* What stands in the queue when the modem is taken away is not begun. Whoever waits for it is told, once, and
 * its data goes. */
static void
test_stopped_with_a_queue (Fixture *fixture, gconstpointer data)
{
  EsimOperation *operations[JOBS];

  esim_euicc_run (fixture->euicc, NULL, wait_for_the_stop, NULL, NULL, NULL);
  for (guint i = 0; i < JOBS; i++) {
    operations[i] = esim_operation_new ("rename", G_OBJECT (fixture->euicc), NULL, 0);
    esim_euicc_run (fixture->euicc, operations[i], never, i == 0 ? NULL : on_dropped, g_strdup ("data"),
                    on_freed);
  }
  spin_until (&begun);
  esim_euicc_stop (fixture->euicc);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (ended, ==, JOBS - 1);
  g_assert_cmpuint (freed, ==, JOBS);
  /* The first one has nobody else who would end it. */
  g_assert_cmpint (esim_operation_get_state (operations[0]), ==, ESIM_OPERATION_FAILED);
  g_assert_error (esim_operation_get_error (operations[0]), ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  for (guint i = 0; i < JOBS; i++)
    g_assert_finalize_object (operations[i]);
}

/* The same for what comes after the end. */
static void
test_asked_after_the_stop (Fixture *fixture, gconstpointer data)
{
  esim_euicc_stop (fixture->euicc);
  esim_euicc_run (fixture->euicc, NULL, never, on_dropped, g_strdup ("data"), on_freed);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (ended, ==, 1);
  g_assert_cmpuint (freed, ==, 1);
}

#define ADD(name, function) g_test_add ("/euicc/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("stopped-with-a-queue", test_stopped_with_a_queue);
  ADD ("asked-after-the-stop", test_asked_after_the_stop);
  return g_test_run ();
}
