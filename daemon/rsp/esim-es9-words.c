/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-words.h"

#include <string.h>

typedef struct {
  const char *subject;
  const char *reason;
  const char *words;
} Words;

/* Codes: SGP.22 5.2.6 and the functions of 5.6 and 5.8. */
static const Words words[] = {
    {"8.1", "4.8", "There is not enough room on the eUICC: delete a profile that is not needed any more."},
    {"8.1", "6.1",
     "The server could not verify what the eUICC signed: try again, and tell the operator if it stays."},
    {"8.1.1", "2.2", "The server needs this card's EID: give it to the operator."},
    {"8.1.1", "3.8", "The server expects another card (EID): ask the operator which EID the order is for."},
    {"8.1.1", "3.10", "The order belongs to another card (EID): ask the operator for a new one."},
    {"8.1.2", "6.1", "The server does not accept the card maker's certificate: tell the operator."},
    {"8.1.2", "6.3", "The card maker's certificate has expired for the server: tell the operator."},
    {"8.1.3", "6.1", "The server does not accept the eUICC's certificate: tell the operator."},
    {"8.1.3", "6.3", "The eUICC's certificate has expired for the server: tell the operator."},
    {"8.1.4", "6.1", "The EID is outside of what the card's maker may give out: tell the operator."},
    {"8.2", "1.2", "The operator has not released the profile yet: ask the operator to."},
    {"8.2", "3.7",
     "The profile cannot be prepared for this card a second time: ask the operator for a new one."},
    {"8.2.5", "4.3", "There is no profile for a device of this kind: ask the operator."},
    {"8.2.6", "3.3", "The matching id is in conflict with another order: ask the operator."},
    {"8.2.6", "3.8", "The activation code was refused: check it, and ask the operator for a new one."},
    {"8.2.6", "3.10",
     "The activation code belongs to another card or order: ask the operator for a new one."},
    {"8.2.7", "2.2",
     "A confirmation code is needed: the operator gave it together with the activation code."},
    {"8.2.7", "3.8", "The confirmation code is wrong: check it; the number of tries is limited."},
    {"8.2.7", "6.4",
     "The confirmation code was wrong too often: ask the operator for a new activation code."},
    {"8.8", "3.10", "The server is not the one that the activation code names (OID): check the code."},
    {"8.8.1", "3.8", "The server goes by another address: check the address of the activation code."},
    {"8.8.2", "3.1",
     "The server and the card have no certificate issuer in common: this card cannot be used with it."},
    {"8.8.3", "3.1", "The server does not speak this version of SGP.22: tell the operator."},
    {"8.8.4", "3.7",
     "The server has no certificate that this card accepts: this card cannot be used with it."},
    {"8.8.5", "4.10", "The order has expired: ask the operator for a new one."},
    {"8.8.5", "6.4", "The download was tried too often: ask the operator for a new order."},
    {"8.9.1", "3.8", "The discovery server goes by another address: check the configured address."},
    {"8.9.2", "3.1", "The discovery server and the card have no certificate issuer in common."},
    {"8.9.3", "3.1", "The discovery server does not speak this version of SGP.22."},
    {"8.9.4", "3.7", "The discovery server has no certificate that this card accepts."},
    {"8.9.5", "3.9", "The discovery server does not know the event: it may have been fetched before."},
    {"8.10.1", "3.9", "The server does not know the session any more: begin again."},
    {"8.11.1", "3.9", "The server does not know the certificate issuer: tell the operator."},
};

const char *
esim_es9_words_lookup (const char *subject_code, const char *reason_code)
{
  if (subject_code == NULL || reason_code == NULL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].subject, subject_code) == 0 && strcmp (words[i].reason, reason_code) == 0)
      return words[i].words;
  return NULL;
}
