/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words-course.h"

#include <string.h>

#include "esim-text.h"
#include "esim-vocabulary.h"
#include "esim-words-carrier.h"

#define DAY_LENGTH 3
#define SPAN_LENGTH 11

static const EsimWord outcomes[] = {
    {"done", N_ ("I am logged in")},
    {"not-yet", N_ ("Nothing yet: I come back later")},
    {"submitted", N_ ("I asked for it, and the carrier has taken the request")},
    {"not-submitted", N_ ("I did not ask for it")},
    {"unknown", N_ ("I do not know whether it went through")},
    {"in-review", N_ ("The carrier still works on it")},
    {"refused", N_ ("The carrier did not take it: something is missing")},
    {"rejected", N_ ("The carrier said no for good")},
    {"confirmed", N_ ("The carrier has confirmed the end of the contract")},
    {"finished", N_ ("I have gone through the page to its end")},
    {"dismissed", N_ ("I broke it off on the page")},
    {"closed", N_ ("I could not finish it: ask me again later")},
    {"delete-profile-in-use", N_ ("The page asks for the profile to be deleted")},
    {"delete", N_ ("Delete the profile")},
    {"wait", N_ ("Wait, and look again")},
    {"portal", N_ ("I end it at the carrier myself, with the steps that are shown")},
    {"withdraw", N_ ("Give it up: the profile stays")},
    {"yes", N_ ("Ask for the carrier's page of the contract")},
    {"resend", N_ ("Ask the carrier once more")},
    {"ended", N_ ("The contract has ended")},
};

static const EsimWord reviews[] = {
    {"waiting", N_ ("waiting for the carrier's answer")},
    {"late", N_ ("no answer in time: the outcome is unknown")},
};

/* In braces and brackets: parameters, as esim_vocabulary_fill() takes them. */
static const EsimWord history[] = {
    {"requested", N_ ("It was asked for[, reason: {reason:reason}].")},
    {"consented", N_ ("You agreed.")},
    {"identity-done", N_ ("You logged in at the carrier.")},
    {"page-opened", N_ ("The carrier's page was opened.")},
    {"submitted", N_ ("You asked the carrier to end the contract[ on {date}][; reference: {reference}][; "
                      "answer expected by "
                      "{expected-by:day}].")},
    {"not-submitted", N_ ("You did not ask the carrier.")},
    {"submission-unknown", N_ ("Whether the carrier got the request is not known.")},
    {"refused", N_ ("The carrier did not take the request[; missing: {missing:value}].")},
    {"in-review", N_ ("The carrier works on it[; answer expected by {expected-by:day}].")},
    {"reminded", N_ ("You were reminded.")},
    {"late", N_ ("No answer came in time: the outcome is unknown.")},
    {"confirmed",
     N_ ("You said that the carrier confirmed it[; the contract ends on {effective-date}][; reference: "
         "{reference}].")},
    {"effective-date-changed", N_ ("The carrier named another day for the end[: {effective-date}].")},
    {"remove-now", N_ ("You wanted the profile to be removed before the contract's last day.")},
    {"rejected", N_ ("You said that the carrier rejected it.")},
    {"withdrawn", N_ ("It was withdrawn.")},
    {"retried", N_ ("It was begun again.")},
    {"removed", N_ ("The profile was removed from the card.")},
    {"disconnect-allowed", N_ ("You let the machine's only way to the network be cut.")},
    {"restored", N_ ("The profile that was in use before is in use again.")},
    {"authenticated", N_ ("The carrier's server knows who asks.")},
    {"baseline", N_ ("The carrier's server lists this line as active.")},
    {"asked-carrier", N_ ("[{?reply}The carrier's question was answered.|The carrier was asked to end the "
                          "contract.]")},
    {"carrier-answered", N_ ("The carrier's server answered (result {result}).")},
    {"acknowledged", N_ ("The carrier has the request.")},
    {"not-sent", N_ ("The carrier could not be reached: nothing was sent.")},
    {"resend", N_ ("You wanted the carrier to be asked once more.")},
    {"dismissed", N_ ("The carrier's server put an end to the request without accepting it.")},
    {"page-closed", N_ ("The carrier's page was closed: {outcome:outcome}.")},
    {"evidence", N_ ("The carrier's server was asked: {seen:seen}. You were asked what to do.")},
    {"confirmed/seen", N_ ("The carrier's server confirmed the end: {seen:seen}.")},
    {"released", N_ ("You let the profile be deleted, although it was only seen that {seen:seen}.")},
    {"end-seen", N_ ("The carrier's server was asked after the deletion: {seen:seen}.")},
    {"active-again", N_ ("The carrier's server shows the line as active again.")},
    {"no-longer-recognised", N_ ("The carrier's server has refused this line for a day.")},
    {"reversal", N_ ("The carrier's server showed an end, and does not any more.")},
    {"not-asked-again", N_ ("You let the profile be deleted although the line could not be looked at once "
                            "more.")},
    {"not-this-way", N_ ("The carrier does not end it this way: {why:why}.")},
    {"fell-back", N_ ("It goes on by the carrier's own ways.")},
    {"change-agreed", N_ ("You wanted the carrier's page of the contract.")},
    {"end-stated", N_ ("You said that the contract has ended.")},
    {"verifying-end",
     N_ ("The profile is deleted. The carrier's server is asked whether the line has ended.")},
    {"end-unknown", N_ ("No end of the contract was seen after the deletion: ask the carrier.")},
};

static const EsimWord statements[] = {
    {"requested", N_ ("User {user} asked for it[, reason: {reason:reason}].")},
    {"consented", N_ ("The user agreed to the deregistration.")},
    {"contract-continues",
     N_ ("The user was told that the contract goes on until it is ended at the carrier, and "
         "agreed to the removal.")},
    {"carrier-submitted",
     N_ ("The carrier was asked to end the contract[ on {date}][; reference: {reference}].")},
    {"carrier-in-review", N_ ("The carrier works on it[; answer expected by {expected-by:day}].")},
    {"carrier-moved-date", N_ ("The carrier named another day for the end[: {effective-date}].")},
    {"remove-now", N_ ("The user wanted the profile to be removed before the contract's last day.")},
    {"carrier-refused", N_ ("The carrier did not take the request[; missing: {missing:value}].")},
    {"carrier-rejected", N_ ("The carrier rejected the request[ on {date}][; reference: {reference}].")},
    {"carrier-confirmed", N_ ("The carrier confirmed the end of the contract[ on {date}][; it ends on "
                              "{effective-date}][; reference: "
                              "{reference}].")},
    {"document", N_ ("The user keeps a document of it: {name}[, {size} octets], SHA-256 {sha256}. It is not "
                     "in this receipt.")},
    {"deleted", N_ ("The deletion was sent to the card, and its list did not show the profile any more.")},
    {"not-deleted", N_ ("esimd deleted no profile.")},
    {"delete-event",
     N_ ("The eUICC with this EID issued delete event {sequence} for this ICCID, addressed to "
         "{address}, at a time that is not proven.")},
    {"carrier-listed", N_ ("The carrier's server listed the line as active.")},
    {"carrier-asked", N_ ("A request went to the carrier's server.")},
    {"carrier-answer-unknown", N_ ("Whether the carrier has the request was not known at this time.")},
    {"carrier-asked-again", N_ ("The user wanted the carrier to be asked once more.")},
    {"carrier-acknowledged", N_ ("The carrier has the request.")},
    {"carrier-shows", N_ ("The carrier's server was asked: {seen:seen}. The user was asked what to do.")},
    {"carrier-shows-end", N_ ("The carrier's server showed an end: {seen:seen}.")},
    {"carrier-shows-otherwise",
     N_ ("The carrier's server did not show the end any more; nothing was deleted.")},
    {"carrier-refuses", N_ ("The carrier's server refused the line for more than a day.")},
    {"carrier-answered", N_ ("{host} answered {operation}: {said}[; SHA-256 of the document: {sha256}].")},
    {"carrier-page", N_ ("The carrier's page was closed: {said:outcome}.")},
    {"user-took-for-ended", N_ ("The user took this for the end of the contract: {seen:seen}.")},
    {"user-released", N_ ("The user let the profile be deleted on this: {seen:seen}.")},
    {"not-asked-again",
     N_ ("The user let the profile be deleted although the line could not be looked at once "
         "more.")},
    {"portal", N_ ("The user went on at the carrier by other ways.")},
    {"end-stated", N_ ("The user said that the contract has ended since the deletion.")},
    {"end-not-seen", N_ ("No end of the contract was seen after the deletion.")},
    {"acknowledged", N_ ("{address} acknowledged delete event {sequence}[ with HTTP status {http-status}].")},
};

static const EsimWord limits[] = {
    {"contract-ended",
     N_ ("That the contract has ended: the carrier was not asked, and it goes on until it is ended "
         "there.")},
    {"contract-ended-attested", N_ ("That the contract has ended: that it has is what the user said, and "
                                    "nobody but the carrier can prove it.")},
    {"contract-ended-observed",
     N_ ("That the contract has ended: it is what the carrier's server showed this "
         "machine. Keep what the carrier sends.")},
    {"contract-ended-released",
     N_ ("That the contract has ended: what the carrier's server showed may mean that, "
         "and the user took it for that.")},
    {"contract-end-not-seen", N_ ("That the contract has ended: the carrier wanted the profile deleted "
                                  "first, and no end had been seen "
                                  "when this was made.")},
    {"absent-now", N_ ("That the profile is absent from the card now: it could have been installed again.")},
    {"deletion-time",
     N_ ("When the eUICC deleted it: its signature covers number, event, server and ICCID, and no "
         "clock.")},
    {"no-server",
     N_ ("Anything by signature: the profile named no server to be told, so nothing was signed.")},
    {"no-signature",
     N_ ("Anything by signature: the profile named servers to be told, and the eUICC has given no "
         "signed notification of the deletion.")},
    {"nothing-deleted", N_ ("That a profile was deleted: esimd deleted none.")},
};

const char *
esim_words_outcome (const char *outcome)
{
  g_return_val_if_fail (outcome != NULL, NULL);

  return ESIM_SAY (outcomes, outcome);
}

const char *
esim_words_review (const char *review)
{
  g_return_val_if_fail (review != NULL, NULL);

  return ESIM_SAY (reviews, review);
}

char *
esim_words_history (GVariant *entry)
{
  g_autoptr (GVariant) parameters = NULL;
  const char *code = "", *seen = NULL;

  g_return_val_if_fail (entry != NULL && g_variant_is_of_type (entry, G_VARIANT_TYPE_VARDICT), NULL);

  parameters = g_variant_lookup_value (entry, "parameters", G_VARIANT_TYPE_VARDICT);
  (void) g_variant_lookup (entry, "code", "&s", &code);
  /* By the carrier's server, and not by what the user said. */
  if (strcmp (code, "confirmed") == 0 && parameters != NULL &&
      g_variant_lookup (parameters, "seen", "&s", &seen))
    code = "confirmed/seen";
  return esim_vocabulary_message (history, G_N_ELEMENTS (history), code, NULL, parameters);
}

char *
esim_words_statement (GVariant *statement)
{
  g_autoptr (GVariant) parameters = NULL;
  const char *code = "", *text = NULL;

  g_return_val_if_fail (statement != NULL && g_variant_is_of_type (statement, G_VARIANT_TYPE_VARDICT), NULL);

  parameters = g_variant_lookup_value (statement, "parameters", G_VARIANT_TYPE_VARDICT);
  (void) g_variant_lookup (statement, "code", "&s", &code);
  (void) g_variant_lookup (statement, "text", "&s", &text);
  return esim_vocabulary_message (statements, G_N_ELEMENTS (statements), code, text, parameters);
}

char *
esim_words_limit (const char *code, const char *text)
{
  g_return_val_if_fail (code != NULL, NULL);

  return esim_vocabulary_message (limits, G_N_ELEMENTS (limits), code, text, NULL);
}

static gboolean
is_day (const char *text)
{
  static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};

  return g_strv_contains (days, text);
}

/* Returns: (nullable): "mon-fri 09:00-18:00" in words. */
static char *
one_span (const char *text)
{
  const char *space = strchr (text, ' ');
  g_autofree char *days = space != NULL ? g_strndup (text, (gsize) (space - text)) : NULL;
  g_auto (GStrv) ends = days != NULL ? g_strsplit (days, "-", 2) : NULL;
  g_autofree char *words = NULL;

  if (ends == NULL || strlen (space + 1) != SPAN_LENGTH || space[1 + SPAN_LENGTH / 2] != '-' ||
      strlen (ends[0]) != DAY_LENGTH || !is_day (ends[0]) || (ends[1] != NULL && !is_day (ends[1])))
    return NULL;
  if (ends[1] == NULL)
    words = g_strdup (esim_words_carrier_value (ends[0]));
  else
    words = g_strdup_printf (esim_vocabulary_translate (N_ ("%s to %s")), esim_words_carrier_value (ends[0]),
                             esim_words_carrier_value (ends[1]));
  return g_strdup_printf ("%s %.5s–%s", words, space + 1, space + 1 + SPAN_LENGTH / 2 + 1);
}

char *
esim_words_hours (const char *hours)
{
  g_auto (GStrv) spans = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *clean = NULL;

  g_return_val_if_fail (hours != NULL, NULL);

  clean = esim_text_clean (hours);
  spans = g_strsplit (clean, ";", -1);
  for (gsize i = 0; spans[i] != NULL; i++) {
    g_autofree char *words = one_span (g_strstrip (spans[i]));

    if (words == NULL)
      return g_steal_pointer (&clean);
    g_string_append_printf (out, "%s%s", i > 0 ? esim_vocabulary_translate (N_ ("; ")) : "", words);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
esim_words_open (const char *open, gint64 opens_at)
{
  g_autoptr (GDateTime) time = opens_at > 0 ? g_date_time_new_from_unix_local (opens_at) : NULL;
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M") : NULL;

  g_return_val_if_fail (open != NULL, NULL);

  if (strcmp (open, "yes") == 0)
    return g_strdup (esim_vocabulary_translate (N_ ("open now")));
  if (strcmp (open, "no") == 0 && when != NULL)
    return g_strdup_printf (esim_vocabulary_translate (N_ ("closed now; opens at %s, your time")), when);
  if (strcmp (open, "no") == 0)
    return g_strdup (esim_vocabulary_translate (N_ ("closed now")));
  return g_strdup ("");
}
