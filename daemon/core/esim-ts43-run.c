/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-run.h"
#include "esim-error.h"
#include "esim-ts43-server.h"

#include <openssl/crypto.h>
#include <string.h>

/* The worker's side: in a job's hands while one runs, and nobody else's. */
typedef struct {
  gatomicrefcount refs;
  EsimTs43Session *session; /* nullable */
  EsimTs43Line *line;       /* nullable: of the session */
} Conversation;

struct _EsimTs43Run {
  EsimCarrierWorker *worker;
  Conversation *conversation;
  gboolean token;
  gatomicrefcount refs; /* a job's way back keeps it */
};

typedef struct {
  EsimTs43Run *run; /* main's */
  EsimCarrierWorker *worker;
  Conversation *conversation;
  EsimSimLink *link; /* nullable */
  EsimTs43Todo todo;
  char *eid;
  char *iccid;
  char **hosts;
  char *path;
  gboolean accept;
  guint operation;
  char *text;
  GObject *owner; /* main's */
  EsimTs43RunDone done;
  EsimTs43Outcome *outcome;
  gboolean token;
} Exchange;

static void
conversation_unref (Conversation *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->session, esim_ts43_session_free);
  g_clear_pointer (&self->line, esim_ts43_line_free);
  g_free (self);
}

static void
run_unref (EsimTs43Run *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  conversation_unref (self->conversation);
  g_free (self);
}

EsimTs43Run *
esim_ts43_run_new (EsimCarrierWorker *worker)
{
  EsimTs43Run *self = g_new0 (EsimTs43Run, 1);

  g_atomic_ref_count_init (&self->refs);
  self->worker = worker;
  self->conversation = g_new0 (Conversation, 1);
  g_atomic_ref_count_init (&self->conversation->refs);
  return self;
}

void
esim_ts43_run_free (EsimTs43Run *self)
{
  run_unref (self);
}

gboolean
esim_ts43_run_has_token (EsimTs43Run *self)
{
  return self->token;
}

void
esim_ts43_outcome_free (EsimTs43Outcome *self)
{
  g_clear_pointer (&self->document, esim_ts43_document_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->dialog, esim_ts43_dialog_free);
  g_free (self);
}

static void
release_owner (gpointer data)
{
  gpointer *both = data;

  g_object_unref (both[0]);
  run_unref (both[1]);
  g_free (both);
}

/* May run in the worker, where the owner is not to end. */
static void
exchange_free (gpointer data)
{
  Exchange *self = data;
  gpointer *both = g_new (gpointer, 2);

  both[0] = self->owner;
  both[1] = self->run;
  esim_worker_post_to_main (release_owner, both, NULL);
  g_clear_pointer (&self->link, esim_sim_link_free);
  g_clear_pointer (&self->outcome, esim_ts43_outcome_free);
  conversation_unref (self->conversation);
  if (self->text != NULL)
    OPENSSL_cleanse (self->text, strlen (self->text));
  g_free (self->text);
  g_free (self->eid);
  g_free (self->iccid);
  g_strfreev (self->hosts);
  g_free (self->path);
  g_free (self);
}

/* In the worker */

/* Who the line is: by its USIM where that can be asked, else by what is printed on it. */
static gboolean
make_line (Exchange *self, EsimTs43Line *line, GError **error)
{
  g_autoptr (EsimSubscriber) subscriber = NULL;

  line->iccid = g_strdup (self->iccid);
  line->eid = g_strdup (self->eid);
  if (self->link != NULL) {
    subscriber = esim_sim_link_read (self->link, &line->imei, error);
    if (subscriber == NULL)
      return FALSE;
    line->imsi = g_steal_pointer (&subscriber->imsi);
    line->mnc_length = subscriber->mnc_length;
    line->gid1 = g_steal_pointer (&subscriber->gid1);
    line->gid2 = g_steal_pointer (&subscriber->gid2);
  }
  return esim_ts43_server_find (line, (const char *const *) self->hosts, self->path, error);
}

/* The same line as before goes on with its session; another IMSI under the ICCID is another line. */
static gboolean
open_session (Exchange *self, GError **error)
{
  Conversation *conversation = self->conversation;
  g_autoptr (EsimTs43Line) line = NULL;
  gboolean reads = self->todo == ESIM_TS43_TODO_AUTHENTICATE;
  EsimWeb *web;

  if (conversation->session != NULL && !reads)
    return TRUE;
  web = esim_carrier_worker_get_web (self->worker, error);
  if (web == NULL)
    return FALSE;
  line = esim_ts43_line_new ();
  if (!make_line (self, line, error))
    return FALSE;
  g_clear_pointer (&conversation->session, esim_ts43_session_free);
  g_clear_pointer (&conversation->line, esim_ts43_line_free);
  conversation->line = g_steal_pointer (&line);
  conversation->session = esim_ts43_session_new (web, conversation->line);
  return TRUE;
}

static void
show_page (EsimTs43Outcome *outcome, char *address, char *stop_at, char **hosts)
{
  outcome->dialog = esim_ts43_dialog_new ();
  outcome->dialog->address = address;
  outcome->dialog->stop_at = stop_at;
  outcome->dialog->hosts = hosts;
}

static gboolean
do_login (Exchange *self, EsimTs43Session *session, GError **error)
{
  char *address = NULL, *stop_at = NULL, **hosts = NULL;
  gboolean another = TRUE;

  if (self->todo == ESIM_TS43_TODO_LOGIN) {
    if (!esim_ts43_session_begin_login (session, &address, &stop_at, &hosts, error))
      return FALSE;
  } else if (!esim_ts43_session_end_login (session, self->text, &another, &address, &stop_at, &hosts,
                                           error)) {
    return FALSE;
  }
  self->outcome->again = another;
  if (another)
    show_page (self->outcome, address, stop_at, hosts);
  return TRUE;
}

static char **
dup_page_hosts (const EsimTs43Line *line, const char *address)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);

  for (guint i = 0; line->hosts != NULL && line->hosts[i] != NULL; i++)
    g_strv_builder_add (builder, line->hosts[i]);
  if (uri != NULL && g_uri_get_host (uri) != NULL &&
      (line->hosts == NULL || !g_strv_contains ((const char *const *) line->hosts, g_uri_get_host (uri))))
    g_strv_builder_add (builder, g_uri_get_host (uri));
  return g_strv_builder_end (builder);
}

/* What the answer to a submission wants to be shown. */
static EsimTs43Dialog *
make_dialog (const EsimTs43Document *document, const EsimTs43Line *line)
{
  EsimTs43Dialog *dialog = esim_ts43_dialog_new ();
  EsimTs43Message message;
  EsimTs43Page page;

  if (esim_ts43_document_get_service (document, &page)) {
    dialog->address = g_strdup (page.url);
    dialog->hosts = dup_page_hosts (line, page.url);
    dialog->user_data = g_strdup (page.user_data);
    dialog->contents_type = g_strdup (page.contents_type);
  }
  if (esim_ts43_document_get_message (document, &message)) {
    dialog->title = g_strdup (message.title);
    dialog->text = g_strdup (message.text);
    dialog->accepts = message.accepts;
    dialog->rejects = message.rejects;
    dialog->accept_label = g_strdup (message.accept_label);
    dialog->reject_label = g_strdup (message.reject_label);
    dialog->free_text = message.free_text;
    dialog->hint = g_strdup (message.hint);
    dialog->pattern = g_strdup (message.pattern);
    dialog->failed_text = g_strdup (message.failed_text);
  }
  return dialog;
}

static gboolean
submit (Exchange *self, EsimTs43Session *session, GError **error)
{
  EsimTs43Reply reply = {self->accept, self->accept ? self->text : NULL};
  const EsimTs43Reply *given = self->todo == ESIM_TS43_TODO_REPLY ? &reply : NULL;

  self->outcome->document = self->operation == 2 ? esim_ts43_session_change (session, given, error)
                                                 : esim_ts43_session_unsubscribe (session, given, error);
  if (self->outcome->document == NULL)
    return FALSE;
  self->outcome->dialog = make_dialog (self->outcome->document, self->conversation->line);
  return TRUE;
}

static gboolean
ask (Exchange *self, GError **error)
{
  EsimTs43Session *session = self->conversation->session;

  switch (self->todo) {
  case ESIM_TS43_TODO_AUTHENTICATE:
    return esim_ts43_session_authenticate (session, esim_sim_link_authenticate, self->link, error);
  case ESIM_TS43_TODO_LOGIN:
  case ESIM_TS43_TODO_END_LOGIN:
    return do_login (self, session, error);
  case ESIM_TS43_TODO_BEGIN_CODE:
    return esim_ts43_session_begin_code (session, self->text, error);
  case ESIM_TS43_TODO_END_CODE:
    return esim_ts43_session_end_code (session, self->text, error);
  case ESIM_TS43_TODO_ELIGIBILITY:
    self->outcome->document = esim_ts43_session_check_eligibility (session, error);
    return self->outcome->document != NULL;
  case ESIM_TS43_TODO_BASELINE:
  case ESIM_TS43_TODO_POLL:
    self->outcome->document = esim_ts43_session_acquire_configuration (session, error);
    return self->outcome->document != NULL;
  case ESIM_TS43_TODO_SUBMIT:
  case ESIM_TS43_TODO_REPLY:
  case ESIM_TS43_TODO_CHANGE:
    return submit (self, session, error);
  case ESIM_TS43_TODO_NOTHING:
  case ESIM_TS43_TODO_NUMBER:
  case ESIM_TS43_TODO_CANNOT:
  default:
    g_return_val_if_reached (FALSE);
  }
}

/* These only read: without a token that still holds they are put off, and it is authenticated again. */
static gboolean
is_stale (const Exchange *self)
{
  return (self->todo == ESIM_TS43_TODO_BASELINE || self->todo == ESIM_TS43_TODO_POLL ||
          self->todo == ESIM_TS43_TODO_ELIGIBILITY) &&
         (self->conversation->session == NULL || !esim_ts43_session_has_token (self->conversation->session));
}

static void
tell (gpointer data)
{
  Exchange *self = data;

  self->run->token = self->token;
  self->done (g_steal_pointer (&self->outcome), self->owner);
}

static void
run_job (gpointer data)
{
  Exchange *self = *(Exchange **) data;

  *(Exchange **) data = NULL;
  self->outcome = g_new0 (EsimTs43Outcome, 1);
  self->outcome->todo = self->todo;
  self->outcome->stale = is_stale (self);
  if (!self->outcome->stale && open_session (self, &self->outcome->error))
    (void) ask (self, &self->outcome->error);
  self->token =
      self->conversation->session != NULL && esim_ts43_session_has_token (self->conversation->session);
  esim_worker_post_to_main (tell, self, exchange_free);
}

/* Of a job that never ran. */
static void
drop_job (gpointer data)
{
  Exchange **place = data;

  g_clear_pointer (place, exchange_free);
  g_free (place);
}

void
esim_ts43_run_do (EsimTs43Run *self, const EsimTs43Step *step, GObject *owner, EsimTs43RunDone done)
{
  Exchange *exchange = g_new0 (Exchange, 1);
  Exchange **place = g_new (Exchange *, 1);

  g_atomic_ref_count_inc (&self->refs);
  g_atomic_ref_count_inc (&self->conversation->refs);
  exchange->run = self;
  exchange->worker = self->worker;
  exchange->conversation = self->conversation;
  exchange->todo = step->todo;
  exchange->eid = g_strdup (step->eid);
  exchange->iccid = g_strdup (step->iccid);
  exchange->hosts = g_strdupv (step->hosts);
  exchange->path = g_strdup (step->path);
  exchange->accept = step->accept;
  exchange->operation = step->operation;
  exchange->text = g_strdup (step->text);
  exchange->owner = g_object_ref (owner);
  exchange->done = done;
  if (step->euicc != NULL)
    exchange->link = esim_sim_link_new (self->worker, step->euicc, step->eid, step->iccid);
  *place = exchange;
  esim_carrier_worker_push (self->worker, run_job, place, drop_job);
}
