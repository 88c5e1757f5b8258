/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-discover.h"
#include "esim-download.h"
#include "esim-download-interrupt.h"
#include "esim-error.h"

#include <string.h>

/* A server to be asked. */
typedef struct {
  char *address;
  char *event_id; /* "" at the top */
  guint depth;
} Step;

typedef struct {
  EsimDiscover *ask;
  EsimCardHost *host;
  EsimTask *task;
  EsimHttpHub *hub;
  EsimDownloadInterrupt *interrupt;
  GQueue steps;
  GHashTable *seen; /* "address/event" */
  guint asked;
} Run;

static void
order_free (gpointer data)
{
  EsimOrder *order = data;

  g_free (order->address);
  g_free (order->matching_id);
  g_free (order);
}

static void
problem_free (gpointer data)
{
  EsimDiscoverProblem *problem = data;

  g_free (problem->address);
  g_error_free (problem->error);
  g_free (problem);
}

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->address);
  g_free (step->event_id);
  g_free (step);
}

/* @error: (transfer full) */
static void
add_problem (Run *run, const char *address, GError *error)
{
  EsimDiscoverProblem *problem = g_new (EsimDiscoverProblem, 1);

  *problem = (EsimDiscoverProblem){g_strdup (address), error};
  g_ptr_array_add (run->ask->problems, problem);
}

static void
add_order (Run *run, const Step *step)
{
  EsimOrder *order;

  if (run->ask->orders->len >= ESIM_DISCOVER_ORDERS_MAX)
    return;
  order = g_new (EsimOrder, 1);
  *order = (EsimOrder){g_strdup (step->address), g_strdup (step->event_id)};
  g_ptr_array_add (run->ask->orders, order);
}

/* Each once, whoever names it. */
static void
add_step (Run *run, const char *address, const char *event_id, guint depth)
{
  g_autofree char *lower = g_ascii_strdown (address, -1);
  Step *step;

  if (!g_hash_table_add (run->seen, g_strconcat (lower, "/", event_id, NULL)))
    return;
  if (g_hash_table_size (run->seen) > 4 * ESIM_DISCOVER_ORDERS_MAX)
    return;
  step = g_new (Step, 1);
  *step = (Step){g_strdup (address), g_strdup (event_id), depth};
  g_queue_push_tail (&run->steps, step);
}

static gboolean
go_on (Run *run, const char *phase, GError **error)
{
  esim_task_report (run->task, phase, -1);
  return esim_card_host_check_running (run->host, error) && esim_task_check (run->task, error);
}

/* 3.6.2: NULL with @error; @is_smds: it has shown that it is one. */
static GPtrArray *
ask_server (Run *run, EsimEs9Session *session, EsimIsdr *isdr, const Step *step, gboolean *is_smds,
            GError **error)
{
  const EsimServerAuthentication *server;
  g_autoptr (GBytes) challenge = NULL, info1 = NULL, response = NULL;

  esim_download_complete_device (run->host, run->ask->device);
  info1 = esim_isdr_get_info1_bytes (isdr, error);
  challenge = info1 != NULL ? esim_isdr_get_challenge (isdr, error) : NULL;
  if (challenge == NULL)
    return NULL;
  server = esim_es9_session_initiate_authentication (session, challenge, info1, NULL, error);
  if (server == NULL || !go_on (run, "authenticating-server", error))
    return NULL;
  response = esim_isdr_authenticate_server (isdr, server, run->ask->device, step->event_id, error);
  if (response == NULL)
    return NULL;
  *is_smds = TRUE;
  return go_on (run, "asking-server", error) ? esim_es9_session_list_events (session, response, error) : NULL;
}

/* What ends the whole, and not only this server's part. */
static gboolean
is_end (Run *run, const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR) || !go_on (run, NULL, NULL);
}

static gboolean
take_step (Run *run, const Step *step, GError **error)
{
  EsimIsdr *isdr = esim_card_host_begin (run->host, run->ask->eid, error);
  const EsimEuiccInfo *info = isdr != NULL ? esim_card_host_get_info (run->host, FALSE, error) : NULL;
  g_autoptr (EsimEs9Session) session = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) local = NULL;
  gboolean is_smds = step->depth == 0;

  if (info == NULL)
    return FALSE;
  session = esim_es9_session_new (run->hub, ESIM_RSP_SERVER_SMDS, step->address,
                                  (const char *const *) info->ci_key_ids);
  esim_download_interrupt_set_session (run->interrupt, session);
  events = ask_server (run, session, isdr, step, &is_smds, &local);
  esim_download_interrupt_set_session (run->interrupt, NULL);
  for (guint i = 0; events != NULL && i < events->len; i++) {
    const EsimEs9Event *event = g_ptr_array_index (events, i);

    add_step (run, event->address, event->event_id, step->depth + 1);
  }
  if (events != NULL)
    return TRUE;
  if (is_end (run, local)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (is_smds)
    add_problem (run, step->address, g_steal_pointer (&local));
  else
    add_order (run, step);
  return TRUE;
}

/* Beyond the bounds nobody is asked any more. */
static gboolean
is_bounded (Run *run, const Step *step)
{
  if (step->depth < ESIM_DISCOVER_DEPTH_MAX && run->asked < ESIM_DISCOVER_SERVERS_MAX) {
    run->asked++;
    return TRUE;
  }
  if (run->ask->problems->len < ESIM_DISCOVER_SERVERS_MAX)
    add_problem (run, step->address,
                 g_error_new (ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                              "discovery servers name one another too deeply or too often; this one was not "
                              "asked"));
  return FALSE;
}

static gboolean
begin (Run *run, GError **error)
{
  EsimIsdr *isdr = esim_card_host_begin (run->host, run->ask->eid, error);
  g_autoptr (EsimAddresses) addresses = NULL;
  char **list = run->ask->addresses;

  if (isdr == NULL)
    return FALSE;
  if (esim_isdr_is_iot (isdr)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "this eUICC keeps to SGP.32 and is managed by a server (eIM): it looks for orders "
                         "there alone");
    return FALSE;
  }
  if (list == NULL) {
    addresses = esim_isdr_get_addresses (isdr, error);
    if (addresses == NULL)
      return FALSE;
    list = addresses->smds;
  }
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    add_step (run, list[i], "", 0);
  if (!g_queue_is_empty (&run->steps))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                       "the card names no discovery server; give the address of one");
  return FALSE;
}

static gboolean
run_steps (Run *run, GError **error)
{
  Step *step;
  gboolean ok = TRUE;

  while (ok && (step = g_queue_pop_head (&run->steps)) != NULL) {
    if (is_bounded (run, step))
      ok = take_step (run, step, error);
    step_free (step);
  }
  return ok;
}

gboolean
esim_discover_run (EsimDiscover *self, EsimCardHost *host, EsimTask *task, EsimHttpHub *hub, GError **error)
{
  Run run = {.ask = self, .host = host, .task = task, .hub = hub};
  gboolean ok;

  g_queue_init (&run.steps);
  run.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  run.interrupt = esim_download_interrupt_new (host, task);
  ok = go_on (&run, "opening-card", error) && begin (&run, error) && run_steps (&run, error);
  esim_download_interrupt_free (run.interrupt);
  g_queue_clear_full (&run.steps, step_free);
  g_hash_table_unref (run.seen);
  if (!ok || run.asked > self->problems->len || self->orders->len > 0)
    return ok;
  /* Nobody could be asked. */
  g_propagate_error (error,
                     g_error_copy (((EsimDiscoverProblem *) g_ptr_array_index (self->problems, 0))->error));
  return FALSE;
}

void
esim_discover_init (EsimDiscover *self)
{
  *self = (EsimDiscover){.orders = g_ptr_array_new_with_free_func (order_free),
                         .problems = g_ptr_array_new_with_free_func (problem_free)};
}

void
esim_discover_clear (EsimDiscover *self)
{
  g_free (self->eid);
  g_strfreev (self->addresses);
  g_clear_pointer (&self->device, esim_device_free);
  g_ptr_array_unref (self->orders);
  g_ptr_array_unref (self->problems);
}
