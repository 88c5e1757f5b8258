/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words-ts43.h"

#include "esim-vocabulary.h"

static const EsimWord seens[] = {
    {"ended", N_ ("the line is shown as ended for good")},
    {"deactivated", N_ ("the line is shown as not active")},
    {"absent", N_ ("the line is not listed any more")},
    {"delete-first", N_ ("the profile may be deleted before the line ends")},
    {"delete-profile-in-use", N_ ("the carrier's page asks for the profile to be deleted first")},
    {"no-longer-recognised", N_ ("the line is no longer recognised")},
};

static const EsimWord meanings[] = {
    {"ended",
     N_ ("The carrier's server shows the line as ended for good. That the carrier had your request is "
         "what you have told; it has not said so itself.")},
    {"deactivated",
     N_ ("The carrier's server shows the line as not active. It may have ended, or only be suspended. If it "
         "is "
         "suspended the contract goes on, you keep paying, and a deleted profile has to be asked for anew.")},
    {"absent",
     N_ ("The carrier's server does not list the line any more. It may have ended, or the list may be of "
         "something else. If it has not ended the contract goes on, you keep paying, and a deleted profile "
         "has "
         "to be asked for anew.")},
    {"delete-first", N_ ("The carrier's server allows the profile to be deleted first, and the line is to "
                         "end after that. Until "
                         "it has ended the contract goes on.")},
    {"delete-profile-in-use", N_ ("The carrier's page asks for the profile to be deleted first, and the line "
                                  "is to end after that. Until "
                                  "it has ended the contract goes on.")},
    {"no-longer-recognised",
     N_ ("For more than a day the carrier's server has refused this line, as it does with a line that has "
         "ended. A fault at the carrier looks the same: then the contract goes on, and a deleted profile has "
         "to "
         "be asked for anew.")},
};

static const EsimWord whys[] = {
    {"refused", N_ ("its server does not end lines, or not this one, on request")},
    {"not-recognised", N_ ("its server did not take this line, or you, for who it is")},
    {"not-listed", N_ ("its server does not list this line as active, so that no end could be told from it")},
    {"not-eligible", N_ ("its server says that this line is not managed from a device")},
    {"no-delete-address",
     N_ ("it wants the profile deleted first, and the profile names no server that would "
         "be told")},
    {"page-failed", N_ ("its page of the contract did not help either")},
};

static const char *const statuses[] = {
    N_ ("not listed"), N_ ("active"), N_ ("being activated"), N_ ("not active"), N_ ("ended for good"),
};

const char *
esim_words_seen (const char *seen)
{
  g_return_val_if_fail (seen != NULL, NULL);

  return ESIM_SAY (seens, seen);
}

const char *
esim_words_seen_meaning (const char *seen)
{
  const char *text;

  g_return_val_if_fail (seen != NULL, NULL);

  text = esim_vocabulary_find (meanings, G_N_ELEMENTS (meanings), seen);
  return text != NULL ? esim_vocabulary_translate (text) : NULL;
}

const char *
esim_words_why (const char *why)
{
  g_return_val_if_fail (why != NULL, NULL);

  return ESIM_SAY (whys, why);
}

const char *
esim_words_service_status (guint status)
{
  return esim_vocabulary_translate (status < G_N_ELEMENTS (statuses) ? statuses[status] : N_ ("not known"));
}
