/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-words.h"

#include <string.h>

typedef struct {
  const char *subject;
  const char *reason;
  EsimError code;
  const char *words;
} Words;

#define TRY_AGAIN_TELL "try again, and tell the operator if it stays."
#define ANOTHER_SESSION "The server does not know the session any more: begin again."
#define NO_COMMON_ISSUER                                                                                     \
  "have no certificate issuer in common: this card cannot be used with it. Ask the operator for another "    \
  "way."

/* Codes: SGP.22 v2.5 5.2.6 and the functions of 5.6 and 5.8; what v3 added where a server may send it. */
static const Words words[] = {
    {"8.1", "4.8", ESIM_ERROR_INSUFFICIENT_MEMORY,
     "There is not enough room on the eUICC: delete a profile that is not needed any more."},
    {"8.1", "6.1", ESIM_ERROR_SERVER_ERROR,
     "The server could not verify what the eUICC signed: " TRY_AGAIN_TELL},
    {"8.1.1", "2.1", ESIM_ERROR_SERVER_ERROR,
     "The server takes the card's EID for invalid: tell the operator."},
    {"8.1.1", "2.2", ESIM_ERROR_SERVER_ERROR, "The server needs this card's EID: give it to the operator."},
    {"8.1.1", "3.8", ESIM_ERROR_EID_MISMATCH,
     "The server expects another card (EID): ask the operator which EID the order is for."},
    {"8.1.1", "3.10", ESIM_ERROR_EID_MISMATCH,
     "The order belongs to another card (EID): ask the operator for a new one."},
    {"8.1.2", "6.1", ESIM_ERROR_SERVER_ERROR,
     "The server does not accept the card maker's certificate: tell the operator."},
    {"8.1.2", "6.3", ESIM_ERROR_SERVER_ERROR,
     "The card maker's certificate has expired for the server: tell the operator."},
    {"8.1.3", "6.1", ESIM_ERROR_SERVER_ERROR,
     "The server does not accept the eUICC's certificate: tell the operator."},
    {"8.1.3", "6.3", ESIM_ERROR_SERVER_ERROR,
     "The eUICC's certificate has expired for the server: tell the operator."},
    {"8.1.4", "6.1", ESIM_ERROR_SERVER_ERROR,
     "The EID is outside of what the card's maker may give out: tell the operator."},
    {"8.2", "1.2", ESIM_ERROR_NOT_RELEASED,
     "The operator has not released the profile yet: ask the operator to, or try again later."},
    {"8.2", "3.7", ESIM_ERROR_SERVER_ERROR,
     "The profile cannot be prepared for this card a second time: ask the operator for a new one."},
    {"8.2.1", "3.9", ESIM_ERROR_SERVER_ERROR, "The server does not know the profile: tell the operator."},
    {"8.2.5", "3.7", ESIM_ERROR_SERVER_ERROR,
     "The operator has no profile of this kind left: ask the operator."},
    {"8.2.5", "4.3", ESIM_ERROR_NOT_SUPPORTED,
     "There is no profile for a device or a card of this kind: ask the operator for another one."},
    {"8.2.6", "2.1", ESIM_ERROR_MATCHING_ID_REFUSED,
     "The activation code is not of a form that the server knows: check it letter by letter."},
    {"8.2.6", "3.3", ESIM_ERROR_MATCHING_ID_REFUSED,
     "The matching id is in conflict with another order: ask the operator."},
    {"8.2.6", "3.8", ESIM_ERROR_MATCHING_ID_REFUSED,
     "The activation code was refused: it is mistyped, or was used before. Check it, and ask the operator "
     "for "
     "a new one."},
    {"8.2.6", "3.9", ESIM_ERROR_MATCHING_ID_REFUSED,
     "The server does not know the activation code: check it, and ask the operator for a new one."},
    {"8.2.6", "3.10", ESIM_ERROR_MATCHING_ID_REFUSED,
     "The activation code belongs to another card or order: ask the operator for a new one."},
    {"8.2.7", "2.2", ESIM_ERROR_CONFIRMATION_CODE_REQUIRED,
     "A confirmation code is needed: enter the one that the operator gave together with the activation "
     "code."},
    {"8.2.7", "3.8", ESIM_ERROR_CONFIRMATION_CODE_INVALID,
     "The confirmation code is wrong: check it; the number of tries is limited."},
    {"8.2.7", "6.4", ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED,
     "The confirmation code was wrong too often: ask the operator for a new activation code."},
    {"8.8", "3.10", ESIM_ERROR_SERVER_ERROR,
     "The server is not the one that the activation code names (OID): check the code."},
    {"8.8.1", "3.8", ESIM_ERROR_SERVER_ERROR,
     "The server goes by another address: check the address of the activation code."},
    {"8.8.2", "3.1", ESIM_ERROR_NOT_SUPPORTED, "The server and the card " NO_COMMON_ISSUER},
    {"8.8.3", "3.1", ESIM_ERROR_NOT_SUPPORTED,
     "The server does not speak this card's version of SGP.22: tell the operator."},
    {"8.8.4", "3.7", ESIM_ERROR_NOT_SUPPORTED,
     "The server has no certificate that this card accepts: this card cannot be used with it. Ask the "
     "operator "
     "for another way."},
    {"8.8.5", "4.10", ESIM_ERROR_ORDER_EXPIRED, "The order has expired: ask the operator for a new one."},
    {"8.8.5", "6.4", ESIM_ERROR_ORDER_EXPIRED,
     "The download was tried too often: ask the operator for a new order."},
    {"8.9", "3.10", ESIM_ERROR_SERVER_ERROR,
     "The discovery server is not the one that is meant (OID): check the configured address."},
    {"8.9.1", "3.8", ESIM_ERROR_SERVER_ERROR,
     "The discovery server goes by another address: check the configured address."},
    {"8.9.2", "3.1", ESIM_ERROR_NOT_SUPPORTED, "The discovery server and the card " NO_COMMON_ISSUER},
    {"8.9.3", "3.1", ESIM_ERROR_NOT_SUPPORTED,
     "The discovery server does not speak this card's version of SGP.22: use an activation code instead."},
    {"8.9.4", "3.7", ESIM_ERROR_NOT_SUPPORTED,
     "The discovery server has no certificate that this card accepts: use an activation code instead."},
    {"8.9.5", "3.9", ESIM_ERROR_NOT_FOUND,
     "The discovery server does not know the event: it may have been fetched before. Look again later."},
    {"8.10.1", "3.9", ESIM_ERROR_SERVER_ERROR, ANOTHER_SESSION},
    {"8.11.1", "3.9", ESIM_ERROR_SERVER_ERROR,
     "The server does not know the certificate issuer: tell the operator."},
};

typedef struct {
  const char *code;
  const char *words;
} Part;

/* 5.2.6.1. */
static const Part subjects[] = {
    {"8.1", "the eUICC"},
    {"8.1.1", "the EID"},
    {"8.1.2", "the card maker's certificate"},
    {"8.1.3", "the eUICC's certificate"},
    {"8.1.4", "the range of EIDs of the card's maker"},
    {"8.2", "the profile"},
    {"8.2.1", "the profile's ICCID"},
    {"8.2.5", "the kind of profile"},
    {"8.2.6", "the activation code's matching id"},
    {"8.2.7", "the confirmation code"},
    {"8.2.8", "the profile's policy rules"},
    {"8.2.9", "the profile's metadata"},
    {"8.8", "the server"},
    {"8.8.1", "the server's address"},
    {"8.8.2", "the server's certificate issuers"},
    {"8.8.3", "the server's version of SGP.22"},
    {"8.8.4", "the server's certificate"},
    {"8.8.5", "the order"},
    {"8.9", "the discovery server"},
    {"8.9.1", "the discovery server's address"},
    {"8.9.2", "the discovery server's certificate issuers"},
    {"8.9.3", "the discovery server's version of SGP.22"},
    {"8.9.4", "the discovery server's certificate"},
    {"8.9.5", "the event"},
    {"8.10", "the operation"},
    {"8.10.1", "the session"},
    {"8.11", "the certificate issuer"},
    {"8.11.1", "the certificate issuer's key"},
};

/* 5.2.6.2. */
static const Part reasons[] = {
    {"1.1", "is not known there"},
    {"1.2", "is not allowed"},
    {"2.1", "is not valid"},
    {"2.2", "is missing"},
    {"2.3", "is missing, and needed here"},
    {"3.1", "is not supported"},
    {"3.3", "is in use already"},
    {"3.7", "is not available"},
    {"3.8", "was refused"},
    {"3.9", "is not known"},
    {"3.10", "belongs to something else"},
    {"3.11", "has changed"},
    {"4.2", "could not be dealt with"},
    {"4.3", "did not fit, and the server stopped"},
    {"4.8", "has not enough memory"},
    {"4.10", "has expired"},
    {"5.1", "cannot be reached"},
    {"6.1", "could not be verified"},
    {"6.3", "has expired"},
    {"6.4", "was tried too often"},
};

static const Words *
look_up (const char *subject_code, const char *reason_code)
{
  if (subject_code == NULL || reason_code == NULL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].subject, subject_code) == 0 && strcmp (words[i].reason, reason_code) == 0)
      return &words[i];
  return NULL;
}

const char *
esim_es9_words_lookup (const char *subject_code, const char *reason_code)
{
  const Words *found = look_up (subject_code, reason_code);

  return found != NULL ? found->words : NULL;
}

EsimError
esim_es9_words_get_code (const char *subject_code, const char *reason_code)
{
  const Words *found = look_up (subject_code, reason_code);

  return found != NULL ? found->code : ESIM_ERROR_SERVER_ERROR;
}

static const char *
find_part (const Part *parts, gsize n_parts, const char *code)
{
  for (gsize i = 0; code != NULL && i < n_parts; i++)
    if (strcmp (parts[i].code, code) == 0)
      return parts[i].words;
  return NULL;
}

/* Returns: (transfer full): a sentence for whatever a server may say */
static char *
make_words (const EsimEs9Answer *answer)
{
  const char *known = esim_es9_words_lookup (answer->subject_code, answer->reason_code);
  const char *subject = find_part (subjects, G_N_ELEMENTS (subjects), answer->subject_code);
  const char *reason = find_part (reasons, G_N_ELEMENTS (reasons), answer->reason_code);

  if (known != NULL)
    return g_strdup (known);
  if (subject != NULL && reason != NULL)
    return g_strdup_printf ("For the server, %s %s: " TRY_AGAIN_TELL, subject, reason);
  if (answer->text != NULL)
    return g_strdup_printf ("It says “%s”: " TRY_AGAIN_TELL, answer->text);
  return g_strdup ("It does not say why: " TRY_AGAIN_TELL);
}

static void
set_string (GError *error, const char *key, const char *value)
{
  if (value != NULL)
    esim_error_set_detail (error, key, g_variant_new_string (value));
}

GError *
esim_es9_words_make_error (const char *address, const EsimEs9Answer *answer)
{
  g_autofree char *sentence = make_words (answer);
  g_autofree char *codes = answer->subject_code != NULL || answer->reason_code != NULL
                               ? g_strdup_printf (" (subject %s, reason %s)",
                                                  answer->subject_code != NULL ? answer->subject_code : "–",
                                                  answer->reason_code != NULL ? answer->reason_code : "–")
                               : g_strdup ("");
  GError *error =
      g_error_new (ESIM_ERROR, (int) esim_es9_words_get_code (answer->subject_code, answer->reason_code),
                   "The server %s %s%s. %s", address,
                   answer->status == ESIM_ES9_STATUS_EXPIRED ? "was too late for the request" : "refused",
                   codes, sentence);

  set_string (error, ESIM_DETAIL_SUBJECT_CODE, answer->subject_code);
  set_string (error, ESIM_DETAIL_REASON_CODE, answer->reason_code);
  set_string (error, ESIM_DETAIL_SERVER_TEXT, answer->text);
  return error;
}
