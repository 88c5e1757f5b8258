/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-auth.h"

#include <openssl/crypto.h>
#include <string.h>

#include "esim-error.h"
#include "esim-mbim-slots.h"
#include "esim-mbim-status.h"
#include "esim-mbim-subscription.h"

#define AKA_TIMEOUT 30 /* s */
#define QUERY_TIMEOUT 10
#define WHAT "have the modem authenticate"

#define RESPONSE_MIN 4 /* octets of RES */

/* Views into a message. */
typedef struct {
  const guint8 *response;
  guint32 response_length;
  const guint8 *integrity;
  const guint8 *cipher;
  const guint8 *resynchronisation;
} Fields;

/* MBIM counts octets; what a modem would say that counts bits is another number in any case. */
static guint
response_bits (guint32 length)
{
  if (length >= RESPONSE_MIN && length <= ESIM_AKA_KEY)
    return length * 8;
  if (length >= RESPONSE_MIN * 8 && length <= ESIM_AKA_KEY * 8 && length % 8 == 0)
    return length;
  return 0;
}

static gboolean
is_zero (const guint8 *octets, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (octets[i] != 0)
      return FALSE;
  return TRUE;
}

static gboolean
take_fields (const Fields *fields, EsimAkaVerdict verdict, EsimAkaAnswer *answer)
{
  answer->verdict = verdict;
  if (verdict == ESIM_AKA_OUT_OF_STEP) {
    memcpy (answer->resynchronisation, fields->resynchronisation, ESIM_AKA_AUTS);
    return !is_zero (answer->resynchronisation, ESIM_AKA_AUTS);
  }
  answer->response_bits = response_bits (fields->response_length);
  memcpy (answer->response, fields->response, answer->response_bits / 8);
  memcpy (answer->cipher, fields->cipher, ESIM_AKA_KEY);
  memcpy (answer->integrity, fields->integrity, ESIM_AKA_KEY);
  return answer->response_bits != 0;
}

/* The keys stand in the message, which is ours alone. */
static void
wipe (MbimMessage *message)
{
  guint32 length = 0;
  const guint8 *octets = mbim_message_command_done_get_raw_information_buffer (message, &length);

  if (octets != NULL)
    OPENSSL_cleanse ((guint8 *) octets, length);
}

static gboolean
read_answer (MbimMessage *message, EsimAkaVerdict verdict, EsimAkaAnswer *answer, GError **error)
{
  g_autoptr (GError) failure = NULL;
  Fields fields = {0};
  gboolean ok;

  ok = mbim_message_auth_aka_response_parse (message, &fields.response, &fields.response_length,
                                             &fields.integrity, &fields.cipher, &fields.resynchronisation,
                                             &failure) &&
       take_fields (&fields, verdict, answer);
  if (!ok)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                 "The modem's authentication cannot be read: %s. Newer firmware may do better.",
                 failure != NULL ? failure->message : "it lacks what belongs into it");
  return ok;
}

gboolean
esim_mbim_auth_aka (EsimMbimDevice *device, const guint8 challenge[ESIM_AKA_KEY],
                    const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer, GError **error)
{
  g_autoptr (MbimMessage) message = NULL;
  guint32 status;
  gboolean ok = TRUE;

  message = esim_mbim_device_ask (device, mbim_message_auth_aka_query_new (challenge, token, NULL),
                                  AKA_TIMEOUT, WHAT, &status, error);
  if (message == NULL)
    return FALSE;
  switch (status) {
  case 0:
    ok = read_answer (message, ESIM_AKA_ACCEPTED, answer, error);
    break;
  case MBIM_STATUS_ERROR_AUTH_SYNC_FAILURE:
    ok = read_answer (message, ESIM_AKA_OUT_OF_STEP, answer, error);
    break;
  /* A token without the bit that the modem looks for is not one that the USIM's network made for this. */
  case MBIM_STATUS_ERROR_AUTH_INCORRECT_AUTN:
  case MBIM_STATUS_ERROR_AUTH_AMF_NOT_SET:
    answer->verdict = ESIM_AKA_REJECTED;
    break;
  default:
    g_propagate_error (error, esim_mbim_status_to_error (status, WHAT));
    ok = FALSE;
  }
  wipe (message);
  return ok;
}

/* Asked anew: whoever switched slots may not have said so yet. %FALSE unless @slot is in use. */
static gboolean
count_others (EsimMbimDevice *device, guint slot, guint *others, GError **error)
{
  g_autoptr (GPtrArray) slots = esim_mbim_slots_list (device, error);
  gboolean used = FALSE;

  if (slots == NULL)
    return FALSE;
  *others = 0;
  for (guint i = 0; i < slots->len; i++) {
    const EsimCardSlot *one = g_ptr_array_index (slots, i);

    if (one->number == slot)
      used = one->active;
    else
      *others += one->active && one->content != ESIM_CARD_SLOT_EMPTY;
  }
  if (used)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
               "The modem uses another slot than slot %u: switch it there first", slot);
  if (error != NULL)
    esim_error_set_detail (*error, ESIM_DETAIL_SLOT_STATE, g_variant_new_string ("inactive"));
  return FALSE;
}

gboolean
esim_mbim_auth_read_line (EsimMbimDevice *device, guint slot, EsimCardLine *line, GError **error)
{
  EsimMbimReady ready = {0};
  guint others;

  if (!count_others (device, slot, &others, error) ||
      !esim_mbim_ready_query (device, QUERY_TIMEOUT, &ready, error))
    return FALSE;
  *line = (EsimCardLine){g_steal_pointer (&ready.iccid), g_steal_pointer (&ready.imsi), others};
  return TRUE;
}
