/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-sim-link.h"
#include "esim-error.h"
#include "esim-usim-aka.h"

#include <openssl/crypto.h>
#include <string.h>

/* A card's queue may hold a switch, which takes this long at most. */
#define ANSWER_MS 120000

struct _EsimSimLink {
  EsimCarrierWorker *worker;
  EsimEuicc *euicc; /* main's */
  char *eid;
  char *iccid;
  char *imsi; /* nullable: once it was read */
};

/* One question on its way there and back. Whoever waits for it may have left meanwhile. */
typedef struct {
  gatomicrefcount refs;
  EsimCarrierWorker *worker;
  EsimEuicc *euicc; /* main's */
  char *eid;
  char *iccid;
  char *imsi;
  gboolean authenticate;
  guint8 challenge[ESIM_AKA_KEY];
  guint8 token[ESIM_AKA_KEY];
  EsimWait *wait; /* the carrier worker's: NULL once nobody waits */
  gint left;      /* atomic: whoever asked has left */
  /* what came of it */
  EsimAkaAnswer answer;
  EsimSubscriber *subscriber;
  char *imei;
  GError *error;
} Question;

static void
wipe_string (char **text)
{
  if (*text != NULL)
    OPENSSL_cleanse (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

static void
question_unref (gpointer data)
{
  Question *question = data;

  if (!g_atomic_ref_count_dec (&question->refs))
    return;
  esim_aka_answer_clear (&question->answer);
  g_clear_pointer (&question->subscriber, esim_subscriber_free);
  g_clear_error (&question->error);
  wipe_string (&question->imsi);
  g_free (question->imei);
  g_free (question->eid);
  g_free (question->iccid);
  g_free (question);
}

static Question *
question_ref (Question *question)
{
  g_atomic_ref_count_inc (&question->refs);
  return question;
}

/* In the card's worker */

static gboolean
check_profile (EsimCardHost *host, const Question *question, GError **error)
{
  EsimProfileInfo *profile;

  if (esim_card_host_begin (host, question->eid, error) == NULL ||
      esim_card_host_get_profiles (host, error) == NULL)
    return FALSE;
  profile = esim_card_host_find_profile (host, question->iccid);
  if (profile != NULL && profile->enabled)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, profile == NULL ? ESIM_ERROR_NOT_FOUND : ESIM_ERROR_WRONG_STATE,
                       profile == NULL
                           ? "the profile is not on this card any more"
                           : "the carrier's server asks the profile's own SIM, which answers only while the "
                             "profile is enabled: enable it, then try again");
  return FALSE;
}

static gboolean
read_line (EsimCardHost *host, Question *question, GError **error)
{
  EsimCard *card = esim_card_host_get_card (host);
  g_autoptr (EsimUsim) usim = esim_usim_open (card, error);

  if (usim == NULL)
    return FALSE;
  question->subscriber = esim_usim_read_subscriber (usim, error);
  if (question->subscriber == NULL)
    return FALSE;
  question->imei = esim_card_dup_imei (card);
  if (strcmp (question->subscriber->iccid, question->iccid) == 0)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "the SIM that answers is of another profile than the one that is meant; look at the "
                       "card again, then retry");
  return FALSE;
}

static gboolean
ask_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Question *question = data;

  if (g_atomic_int_get (&question->left) != 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CANCELLED,
                         "nobody waits for the card's answer any more");
    return FALSE;
  }
  if (!check_profile (host, question, error))
    return FALSE;
  if (!question->authenticate)
    return read_line (host, question, error);
  return esim_usim_aka (esim_card_host_get_card (host), question->iccid, question->imsi, question->challenge,
                        question->token, &question->answer, error);
}

/* In the carrier worker */

static void
take_back (gpointer data)
{
  Question *question = data;

  if (question->wait != NULL)
    esim_wait_finish (question->wait);
}

/* In the main thread */

static void
ask_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Question *question = data;

  question->error = error != NULL ? g_error_copy (error) : NULL;
  esim_carrier_worker_invoke (question->worker, take_back, question_ref (question), question_unref);
}

static void
ask_in_main (gpointer data)
{
  Question *question = data;

  esim_euicc_run (question->euicc, NULL, ask_job, ask_done, question_ref (question), question_unref);
}

static Question *
question_new (EsimSimLink *self)
{
  Question *question = g_new0 (Question, 1);

  g_atomic_ref_count_init (&question->refs);
  question->worker = self->worker;
  question->euicc = self->euicc;
  question->eid = g_strdup (self->eid);
  question->iccid = g_strdup (self->iccid);
  question->imsi = g_strdup (self->imsi);
  return question;
}

static gboolean
ask (EsimSimLink *self, Question *question, GError **error)
{
  EsimWait wait;
  gboolean answered;

  esim_wait_init (&wait);
  question->wait = &wait;
  esim_worker_post_to_main (ask_in_main, question_ref (question), question_unref);
  answered = esim_carrier_worker_await (self->worker, &wait, ANSWER_MS);
  question->wait = NULL;
  if (!answered) {
    g_atomic_int_set (&question->left, 1);
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                         "the card did not come to answer for the profile; try again");
    return FALSE;
  }
  if (question->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&question->error));
    return FALSE;
  }
  return TRUE;
}

EsimSubscriber *
esim_sim_link_read (EsimSimLink *self, char **imei, GError **error)
{
  Question *question = question_new (self);
  EsimSubscriber *subscriber = NULL;

  *imei = NULL;
  if (ask (self, question, error)) {
    subscriber = g_steal_pointer (&question->subscriber);
    *imei = g_steal_pointer (&question->imei);
    wipe_string (&self->imsi);
    self->imsi = g_strdup (subscriber->imsi);
  }
  question_unref (question);
  return subscriber;
}

gboolean
esim_sim_link_authenticate (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
                            EsimAkaAnswer *answer, gpointer data, GError **error)
{
  EsimSimLink *self = data;
  Question *question = question_new (self);
  gboolean ok;

  question->authenticate = TRUE;
  memcpy (question->challenge, challenge, ESIM_AKA_KEY);
  memcpy (question->token, token, ESIM_AKA_KEY);
  ok = ask (self, question, error);
  if (ok)
    *answer = question->answer;
  question_unref (question);
  return ok;
}

EsimSimLink *
esim_sim_link_new (EsimCarrierWorker *worker, EsimEuicc *euicc, const char *eid, const char *iccid)
{
  EsimSimLink *self = g_new0 (EsimSimLink, 1);

  self->worker = worker;
  self->euicc = g_object_ref (euicc);
  self->eid = g_strdup (eid);
  self->iccid = g_strdup (iccid);
  return self;
}

void
esim_sim_link_free (EsimSimLink *self)
{
  /* The object is main's, and so is its end. */
  esim_worker_post_to_main (g_object_unref, self->euicc, NULL);
  wipe_string (&self->imsi);
  g_free (self->eid);
  g_free (self->iccid);
  g_free (self);
}
