/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-question.h"
#include "esim-ts43-row.h"

#include <string.h>

#define FIRST ESIM_QUESTION_TS43_LOGIN

static const struct {
  const char *type;
  const char *subject;
  const char *message;
} words[] = {
    [ESIM_QUESTION_TS43_LOGIN -
     FIRST] = {"open-page", "login",
               "Log in at the carrier's page. What you type there stays between you "
               "and the carrier."},
    [ESIM_QUESTION_TS43_NUMBER - FIRST] = {"carrier-question", "phone-number",
                                           "Which phone number is it? The carrier sends a code to it."},
    [ESIM_QUESTION_TS43_CODE -
        FIRST] = {"carrier-question", "one-time-code", "Which code has the carrier sent?"},
    [ESIM_QUESTION_TS43_MESSAGE - FIRST] = {"carrier-question", "message", "The carrier asks:"},
    [ESIM_QUESTION_TS43_PAGE -
        FIRST] = {"open-page", "websheet",
                  "Go through the carrier's page. What you type there stays between you "
                  "and the carrier."},
    [ESIM_QUESTION_TS43_RESEND - FIRST] = {"evidence", "resend",
                                           "Whether the carrier has the request is not known: it is not "
                                           "repeated by itself."},
    [ESIM_QUESTION_TS43_CHANGE -
        FIRST] = {"carrier-question", "change",
                  "The carrier's server does not end the contract this way. Shall it "
                  "go on another way?"},
    [ESIM_QUESTION_TS43_EVIDENCE - FIRST] = {"evidence", "deletion",
                                             "Shall the profile be deleted on what the carrier's server "
                                             "shows? That cannot be undone."},
    [ESIM_QUESTION_TS43_ATTEST -
        FIRST] = {"attest", "no-longer-recognised",
                  "Since more than a day the carrier no longer recognises this line, "
                  "as is to be expected of one that has ended; a fault at the carrier "
                  "looks the same. Has the contract ended? Deleting the profile "
                  "cannot be undone."},
    [ESIM_QUESTION_TS43_LATE -
        FIRST] = {"evidence", "late",
                  "The carrier's time is over, and its server shows no end: what became "
                  "of the request is not known. Call the carrier."},
    [ESIM_QUESTION_TS43_REVERSAL - FIRST] = {"evidence", "reversal",
                                             "The carrier's server showed an end, and does not any more: "
                                             "nothing is deleted. Ask the carrier what is so."},
    [ESIM_QUESTION_TS43_BLIND -
        FIRST] = {"evidence", "not-asked",
                  "The status of the line could not be read once more before the "
                  "deletion. Shall the profile be deleted all the same? That cannot be "
                  "undone."},
    [ESIM_QUESTION_TS43_END - FIRST] = {"attest", "end",
                                        "The carrier wanted the profile deleted before it ends the contract. "
                                        "Has it ended since?"},
};

static const char *const meanings[] = {
    [ESIM_TS43_SEEN_NOTHING] = "",
    [ESIM_TS43_SEEN_ENDED] = "The line is shown as ended for good. That the carrier had your request is what "
                             "you have told; it has not said so itself.",
    [ESIM_TS43_SEEN_DEACTIVATED] =
        "The line is shown as not active. It may have ended, or only be suspended: "
        "then the contract goes on, and a deleted profile has to be asked for anew.",
    [ESIM_TS43_SEEN_ABSENT] =
        "The line is not listed any more. It may have ended, or the list may be of "
        "something else: then the contract goes on, and a deleted profile has to be asked "
        "for anew.",
    [ESIM_TS43_SEEN_DELETE_FIRST] = "The carrier allows the profile to be deleted first, and ends the line "
                                    "after that. Until then the contract goes on.",
    [ESIM_TS43_SEEN_DELETE_IN_USE] =
        "The carrier's page asks for the profile to be deleted first, and ends the "
        "line after that. Until then the contract goes on.",
    [ESIM_TS43_SEEN_FORBIDDEN] = "",
};

#define UNANSWERED_MESSAGE                                                                                   \
  "The carrier wanted the profile deleted before it ends the contract, and no longer recognises the line. "  \
  "Has the contract ended?"

#define CARDLESS_EVIDENCE_MESSAGE                                                                            \
  "Shall the contract count as ended on what the carrier's server shows? No card is touched."

#define CARDLESS_ATTEST_MESSAGE                                                                              \
  "Since more than a day the carrier no longer recognises this line, as is to be expected of one that has "  \
  "ended; a fault at the carrier looks the same. Has the contract ended? No card is touched."

gboolean
esim_ts43_question_is (EsimQuestion question)
{
  return question >= FIRST && question - FIRST < G_N_ELEMENTS (words);
}

EsimQuestion
esim_ts43_question_find (const EsimDeregistrationRecord *record)
{
  static const EsimQuestion asked[] = {
      [ESIM_TS43_ASK_NONE] = ESIM_QUESTION_NONE,
      [ESIM_TS43_ASK_LOGIN] = ESIM_QUESTION_TS43_LOGIN,
      [ESIM_TS43_ASK_NUMBER] = ESIM_QUESTION_TS43_NUMBER,
      [ESIM_TS43_ASK_CODE] = ESIM_QUESTION_TS43_CODE,
      [ESIM_TS43_ASK_MESSAGE] = ESIM_QUESTION_TS43_MESSAGE,
      [ESIM_TS43_ASK_PAGE] = ESIM_QUESTION_TS43_PAGE,
      [ESIM_TS43_ASK_EVIDENCE] = ESIM_QUESTION_TS43_EVIDENCE,
      [ESIM_TS43_ASK_ATTEST] = ESIM_QUESTION_TS43_ATTEST,
      [ESIM_TS43_ASK_REVERSAL] = ESIM_QUESTION_TS43_REVERSAL,
      [ESIM_TS43_ASK_BLIND] = ESIM_QUESTION_TS43_BLIND,
      [ESIM_TS43_ASK_CHANGE] = ESIM_QUESTION_TS43_CHANGE,
  };

  if (record->stage == ESIM_STAGE_NOTIFYING_OPERATOR || esim_stage_is_ended (record->stage))
    return ESIM_QUESTION_NONE;
  if (record->ts43.ask != ESIM_TS43_ASK_NONE)
    return asked[record->ts43.ask];
  if (record->stage == ESIM_STAGE_SUBMISSION_UNKNOWN)
    return ESIM_QUESTION_TS43_RESEND;
  if (record->stage == ESIM_STAGE_VERIFYING_END)
    return ESIM_QUESTION_TS43_END;
  return record->stage == ESIM_STAGE_IN_REVIEW && record->reminded != 0 ? ESIM_QUESTION_TS43_LATE
                                                                        : ESIM_QUESTION_NONE;
}

/* The status was read since, and late enough to say something. */
static gboolean
is_read (const EsimTs43Track *track)
{
  return track->status_at >= track->submitting + ESIM_TS43_SETTLE_S;
}

gboolean
esim_ts43_question_is_due (EsimQuestion question, const EsimDeregistrationRecord *record)
{
  if (question == ESIM_QUESTION_TS43_RESEND)
    return is_read (&record->ts43) || record->ts43.failures > 0;
  return question != ESIM_QUESTION_TS43_END || record->reminded != 0;
}

const char *
esim_ts43_question_get_type (EsimQuestion question)
{
  return words[question - FIRST].type;
}

const char *
esim_ts43_question_get_subject (EsimQuestion question)
{
  return words[question - FIRST].subject;
}

const char *
esim_ts43_question_get_message (EsimQuestion question, const EsimDeregistrationRecord *record)
{
  if (question == ESIM_QUESTION_TS43_END && record->ts43.forbidden_count > 0)
    return UNANSWERED_MESSAGE;
  if (question == ESIM_QUESTION_TS43_EVIDENCE && esim_deregistration_record_is_cardless (record))
    return CARDLESS_EVIDENCE_MESSAGE;
  if (question == ESIM_QUESTION_TS43_ATTEST && esim_deregistration_record_is_cardless (record))
    return CARDLESS_ATTEST_MESSAGE;
  return words[question - FIRST].message;
}

/* There is a way back to the portal, and a profile to keep. */
static gboolean
is_open_ended (const EsimDeregistrationRecord *record)
{
  return record->stage < ESIM_STAGE_CONFIRMED;
}

/* Type 2 leads to the carrier's page of the contract; without a baseline no end could be told after that. */
static gboolean
can_change (const EsimTs43Track *track)
{
  return track->baseline != 0 && track->change == 0 && track->acknowledged == 0 &&
         (track->why == ESIM_TS43_WHY_REFUSED || track->why == ESIM_TS43_WHY_NOT_ELIGIBLE);
}

static gboolean
can_resend (const EsimTs43Track *track)
{
  return track->status == 1 && is_read (track) && track->sends < ESIM_TS43_SENDS_MAX;
}

static void
add_identity (GPtrArray *list, EsimQuestion question, const EsimDeregistrationRecord *record)
{
  if (question == ESIM_QUESTION_TS43_LOGIN || !is_open_ended (record))
    g_ptr_array_add (list, (gpointer) "closed");
  if (is_open_ended (record)) {
    g_ptr_array_add (list, (gpointer) "portal");
    g_ptr_array_add (list, (gpointer) "withdraw");
  }
}

static void
add_list (GPtrArray *list, const char *const *outcomes)
{
  for (guint i = 0; outcomes[i] != NULL; i++)
    g_ptr_array_add (list, (gpointer) outcomes[i]);
}

const char **
esim_ts43_question_get_outcomes (EsimQuestion question, const EsimDeregistrationRecord *record)
{
  static const char *const page[] = {"finished", "dismissed", "closed", "delete-profile-in-use", NULL};
  static const char *const deletion[] = {"delete", "wait", "portal", "withdraw", NULL};
  static const char *const review[] = {"wait", "portal", "withdraw", NULL};
  static const char *const look[] = {"delete", "wait", "withdraw", NULL};
  static const char *const end[] = {"ended", "wait", NULL};
  GPtrArray *list = g_ptr_array_new ();

  if (question >= ESIM_QUESTION_TS43_LOGIN && question <= ESIM_QUESTION_TS43_CODE)
    add_identity (list, question, record);
  if (question == ESIM_QUESTION_TS43_PAGE)
    add_list (list, page);
  if (question == ESIM_QUESTION_TS43_CHANGE && can_change (&record->ts43))
    g_ptr_array_add (list, (gpointer) "yes");
  if (question == ESIM_QUESTION_TS43_RESEND && can_resend (&record->ts43))
    g_ptr_array_add (list, (gpointer) "resend");
  if (question == ESIM_QUESTION_TS43_RESEND)
    g_ptr_array_add (list, (gpointer) "submitted");
  if (question == ESIM_QUESTION_TS43_EVIDENCE || question == ESIM_QUESTION_TS43_ATTEST)
    add_list (list, deletion);
  if (question == ESIM_QUESTION_TS43_RESEND || question == ESIM_QUESTION_TS43_LATE ||
      question == ESIM_QUESTION_TS43_REVERSAL)
    add_list (list, review);
  if (question == ESIM_QUESTION_TS43_CHANGE)
    add_list (list, review + 1);
  if (question == ESIM_QUESTION_TS43_BLIND)
    add_list (list, look);
  if (question == ESIM_QUESTION_TS43_END)
    add_list (list, end);
  g_ptr_array_add (list, NULL);
  return (const char **) g_ptr_array_free (list, FALSE);
}

static void
add (GVariantDict *dict, const char *key, const char *value)
{
  g_variant_dict_insert (dict, key, "s", value != NULL ? value : "");
}

static void
add_page (GVariantDict *dict, const EsimTs43Dialog *dialog)
{
  static const char *const none[] = {NULL};

  add (dict, "address", dialog->address);
  g_variant_dict_insert (dict, "allowed-hosts", "^as",
                         dialog->hosts != NULL ? (const char *const *) dialog->hosts : none);
}

static void
add_button (GVariantBuilder *buttons, const char *name, const char *label)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add (&dict, "name", name);
  add (&dict, "label", label);
  g_variant_builder_add_value (buttons, g_variant_dict_end (&dict));
}

static void
add_message (GVariantDict *dict, const EsimTs43Dialog *dialog)
{
  GVariantBuilder buttons;

  g_variant_builder_init (&buttons, G_VARIANT_TYPE ("aa{sv}"));
  if (dialog->accepts)
    add_button (&buttons, "accept", dialog->accept_label);
  if (dialog->rejects)
    add_button (&buttons, "reject", dialog->reject_label);
  g_variant_dict_insert_value (dict, "buttons", g_variant_builder_end (&buttons));
  add (dict, "title", dialog->title);
  add (dict, "text", dialog->text);
  g_variant_dict_insert (dict, "free-text", "b", dialog->free_text);
  add (dict, "hint", dialog->hint);
  add (dict, "pattern", dialog->pattern);
  add (dict, "failed-text", dialog->failed_text);
}

static void
add_dialog (GVariantDict *dict, EsimQuestion question, const EsimDeregistrationRecord *record,
            const EsimTs43Dialog *dialog)
{
  if (question == ESIM_QUESTION_TS43_LOGIN) {
    add_page (dict, dialog);
    add (dict, "stop-at", dialog->stop_at);
  } else if (question == ESIM_QUESTION_TS43_PAGE) {
    add_page (dict, dialog);
    add (dict, "user-data", dialog->user_data);
    add (dict, "contents-type", dialog->contents_type);
    add (dict, "iccid", record->iccid);
  } else if (question == ESIM_QUESTION_TS43_MESSAGE) {
    add_message (dict, dialog);
  }
}

void
esim_ts43_question_add_details (GVariantDict *dict, EsimQuestion question,
                                const EsimDeregistrationRecord *record, const EsimQuestionContext *context)
{
  const EsimTs43Track *track = &record->ts43;
  g_autofree const char **outcomes = esim_ts43_question_get_outcomes (question, record);

  if (outcomes[0] != NULL)
    g_variant_dict_insert (dict, "outcomes", "^as", outcomes);
  if (context->dialog != NULL)
    add_dialog (dict, question, record, context->dialog);
  if (question == ESIM_QUESTION_TS43_EVIDENCE) {
    add (dict, "seen", esim_ts43_seen_to_string (track->seen));
    add (dict, "meaning", meanings[track->seen]);
  } else if (question == ESIM_QUESTION_TS43_CHANGE) {
    add (dict, "why", esim_ts43_why_to_string (track->why));
  } else if (question == ESIM_QUESTION_TS43_RESEND || question == ESIM_QUESTION_TS43_LATE ||
             question == ESIM_QUESTION_TS43_REVERSAL || question == ESIM_QUESTION_TS43_END) {
    g_variant_dict_insert (dict, "status", "u", (guint32) track->status);
    g_variant_dict_insert (dict, "status-at", "x", track->status_at);
  }
}
