/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-uim.h"

#include <openssl/crypto.h>

#include "esim-error.h"
#include "esim-qmi-status.h"

/* A test builds the other half, too. */
#ifndef ESIM_QMI_UIM_TYPED
#define ESIM_QMI_UIM_TYPED QMI_CHECK_VERSION (1, 36, 0)
#endif

#define OPEN_WHAT "open a logical channel"
#define APDU_WHAT "send the card a command"
#define CLOSE_WHAT "close a logical channel"

/* The values of Send APDU's procedure bytes: 0, which is also what a modem does unasked, hands the
 * intermediate ones to the host, 1 the final answer alone. */
#define SKIP_PROCEDURE_BYTES 1

void
esim_qmi_opened_clear (EsimQmiOpened *opened)
{
  g_clear_pointer (&opened->answer, g_bytes_unref);
}

gboolean
esim_qmi_uim_is_typed (void)
{
  return ESIM_QMI_UIM_TYPED;
}

/* What the message has of it is wiped: it may have been keys of the USIM, and the message is ours alone. */
static GBytes *
check_response (const guint8 *data, gsize length, GError **error)
{
  if (length >= 2) {
    GBytes *response = g_bytes_new (data, length);

    OPENSSL_cleanse ((guint8 *) data, length);
    return response;
  }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                       "The modem's answer has no status word of the card's");
  return NULL;
}

static void
set_unreadable (GError **error, const char *what, const GError *failure)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
               "Could not %s: the modem's answer cannot be read: %s", what, failure->message);
}

#if ESIM_QMI_UIM_TYPED

ESIM_QMI_DEFINE_CALL (Uim, uim, OpenLogicalChannel, open_logical_channel,
                      QmiMessageUimOpenLogicalChannelInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, SendApdu, send_apdu, QmiMessageUimSendApduInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, LogicalChannel, logical_channel, QmiMessageUimLogicalChannelInput *)

static GArray *
make_array (const guint8 *data, gsize length)
{
  GArray *array = g_array_sized_new (FALSE, FALSE, 1, (guint) length);

  return g_array_append_vals (array, data, (guint) length);
}

static void
read_opened (QmiMessageUimOpenLogicalChannelOutput *output, EsimQmiOpened *opened)
{
  GArray *answer = NULL;
  guint8 channel, sw1, sw2;

  if (qmi_message_uim_open_logical_channel_output_get_channel_id (output, &channel, NULL))
    opened->channel = channel;
  if (qmi_message_uim_open_logical_channel_output_get_card_result (output, &sw1, &sw2, NULL))
    opened->word = (guint16) (sw1 << 8 | sw2);
  if (qmi_message_uim_open_logical_channel_output_get_select_response (output, &answer, NULL) &&
      answer != NULL)
    opened->answer = g_bytes_new (answer->data, answer->len);
}

gboolean
esim_qmi_uim_open_channel (EsimQmiDevice *device, guint8 slot, const guint8 *aid, gsize aid_length,
                           guint timeout, EsimQmiOpened *opened, GError **error)
{
  g_autoptr (QmiMessageUimOpenLogicalChannelInput) input = qmi_message_uim_open_logical_channel_input_new ();
  g_autoptr (QmiMessageUimOpenLogicalChannelOutput) output = NULL;
  g_autoptr (QmiMessageUimOpenLogicalChannelOutput) refused = NULL;
  g_autoptr (GArray) name = make_array (aid, aid_length);

  (void) qmi_message_uim_open_logical_channel_input_set_slot (input, slot, NULL);
  (void) qmi_message_uim_open_logical_channel_input_set_aid (input, name, NULL);
  output = uim_open_logical_channel (device, input, timeout, OPEN_WHAT, &refused, &opened->status, error);
  if (output != NULL || refused != NULL)
    read_opened (output != NULL ? output : refused, opened);
  return output != NULL;
}

GBytes *
esim_qmi_uim_send_apdu (EsimQmiDevice *device, guint8 slot, guint8 channel, const guint8 *command,
                        gsize length, gboolean skip_procedure, guint timeout, GError **error)
{
  g_autoptr (QmiMessageUimSendApduInput) input = qmi_message_uim_send_apdu_input_new ();
  g_autoptr (QmiMessageUimSendApduOutput) output = NULL;
  g_autoptr (GArray) apdu = make_array (command, length);
  g_autoptr (GError) failure = NULL;
  GArray *response = NULL;

  (void) qmi_message_uim_send_apdu_input_set_slot (input, slot, NULL);
  (void) qmi_message_uim_send_apdu_input_set_apdu (input, apdu, NULL);
  (void) qmi_message_uim_send_apdu_input_set_channel_id (input, channel, NULL);
  if (skip_procedure)
    (void) qmi_message_uim_send_apdu_input_set_procedure_bytes (input, SKIP_PROCEDURE_BYTES, NULL);
  output = uim_send_apdu (device, input, timeout, APDU_WHAT, NULL, NULL, error);
  if (output == NULL)
    return NULL;
  if (!qmi_message_uim_send_apdu_output_get_apdu_response (output, &response, &failure)) {
    set_unreadable (error, APDU_WHAT, failure);
    return NULL;
  }
  return check_response ((const guint8 *) response->data, response->len, error);
}

gboolean
esim_qmi_uim_close_channel (EsimQmiDevice *device, guint8 slot, guint8 channel, guint timeout, GError **error)
{
  g_autoptr (QmiMessageUimLogicalChannelInput) input = qmi_message_uim_logical_channel_input_new ();
  g_autoptr (QmiMessageUimLogicalChannelOutput) output = NULL;

  (void) qmi_message_uim_logical_channel_input_set_slot (input, slot, NULL);
  (void) qmi_message_uim_logical_channel_input_set_channel_id (input, channel, NULL);
  (void) qmi_message_uim_logical_channel_input_set_terminate_application (input, 1, NULL);
  output = uim_logical_channel (device, input, timeout, CLOSE_WHAT, NULL, NULL, error);
  return output != NULL;
}

#else

enum { OPEN_MESSAGE = 0x42, APDU_MESSAGE = 0x3B, CHANNEL_MESSAGE = 0x3F };
enum { OPEN_SLOT = 0x01, OPEN_AID = 0x10, OPENED_CHANNEL = 0x10, OPENED_WORD = 0x11, OPENED_ANSWER = 0x12 };
enum { APDU_SLOT = 0x01, APDU_COMMAND = 0x02, APDU_CHANNEL = 0x10, APDU_PROCEDURE = 0x11 };
enum { APDU_RESPONSE = 0x10 };
enum { CHANNEL_SLOT = 0x01, CHANNEL_NUMBER = 0x11, CHANNEL_TERMINATE = 0x13 };

/* Writing into a message of ours fails only for what is longer than a TLV can be, which no argument is. */

static void
put_u8 (QmiMessage *message, guint8 type, guint8 value)
{
  gsize begin = qmi_message_tlv_write_init (message, type, NULL);

  (void) qmi_message_tlv_write_guint8 (message, value, NULL);
  (void) qmi_message_tlv_write_complete (message, begin, NULL);
}

/* @prefix: octets of its length */
static void
put_octets (QmiMessage *message, guint8 type, guint prefix, const guint8 *data, gsize length)
{
  gsize begin = qmi_message_tlv_write_init (message, type, NULL);

  (void) qmi_message_tlv_write_string (message, (guint8) prefix, (const char *) data, (gssize) length, NULL);
  (void) qmi_message_tlv_write_complete (message, begin, NULL);
}

/* An array with @prefix octets of length before it; @data points into @message. */
static gboolean
get_octets (QmiMessage *message, guint8 type, guint prefix, const guint8 **data, gsize *length,
            GError **failure)
{
  guint16 size = 0;
  const guint8 *raw = qmi_message_get_raw_tlv (message, type, &size);
  gsize counted;

  if (raw == NULL || size < prefix) {
    g_set_error (failure, QMI_CORE_ERROR, QMI_CORE_ERROR_TLV_NOT_FOUND, "TLV 0x%02X is missing", type);
    return FALSE;
  }
  counted = prefix == 2 ? (gsize) (raw[0] | raw[1] << 8) : raw[0];
  if (counted > size - prefix) {
    g_set_error (failure, QMI_CORE_ERROR, QMI_CORE_ERROR_TLV_TOO_LONG, "TLV 0x%02X is cut off", type);
    return FALSE;
  }
  *data = raw + prefix;
  *length = counted;
  return TRUE;
}

static void
read_opened (QmiMessage *answer, EsimQmiOpened *opened)
{
  const guint8 *raw;
  guint16 size;
  gsize length;

  raw = qmi_message_get_raw_tlv (answer, OPENED_CHANNEL, &size);
  if (raw != NULL && size >= 1 && opened->status == 0)
    opened->channel = raw[0];
  raw = qmi_message_get_raw_tlv (answer, OPENED_WORD, &size);
  if (raw != NULL && size >= 2)
    opened->word = (guint16) (raw[0] << 8 | raw[1]);
  if (opened->status == 0 && get_octets (answer, OPENED_ANSWER, 1, &raw, &length, NULL))
    opened->answer = g_bytes_new (raw, length);
}

gboolean
esim_qmi_uim_open_channel (EsimQmiDevice *device, guint8 slot, const guint8 *aid, gsize aid_length,
                           guint timeout, EsimQmiOpened *opened, GError **error)
{
  g_autoptr (QmiMessage) request = esim_qmi_device_new_message (device, OPEN_MESSAGE);
  g_autoptr (QmiMessage) answer = NULL;

  put_u8 (request, OPEN_SLOT, slot);
  put_octets (request, OPEN_AID, 1, aid, aid_length);
  answer =
      esim_qmi_device_send (device, g_steal_pointer (&request), timeout, OPEN_WHAT, &opened->status, error);
  if (answer == NULL)
    return FALSE;
  read_opened (answer, opened);
  if (opened->status == 0)
    return TRUE;
  g_propagate_error (error, esim_qmi_status_to_error (opened->status, OPEN_WHAT));
  return FALSE;
}

GBytes *
esim_qmi_uim_send_apdu (EsimQmiDevice *device, guint8 slot, guint8 channel, const guint8 *command,
                        gsize length, gboolean skip_procedure, guint timeout, GError **error)
{
  g_autoptr (QmiMessage) request = esim_qmi_device_new_message (device, APDU_MESSAGE);
  g_autoptr (QmiMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  const guint8 *response;
  gsize size;

  put_u8 (request, APDU_SLOT, slot);
  put_octets (request, APDU_COMMAND, 2, command, length);
  put_u8 (request, APDU_CHANNEL, channel);
  if (skip_procedure)
    put_u8 (request, APDU_PROCEDURE, SKIP_PROCEDURE_BYTES);
  answer = esim_qmi_device_send (device, g_steal_pointer (&request), timeout, APDU_WHAT, NULL, error);
  if (answer == NULL)
    return NULL;
  if (!get_octets (answer, APDU_RESPONSE, 2, &response, &size, &failure)) {
    set_unreadable (error, APDU_WHAT, failure);
    return NULL;
  }
  return check_response (response, size, error);
}

gboolean
esim_qmi_uim_close_channel (EsimQmiDevice *device, guint8 slot, guint8 channel, guint timeout, GError **error)
{
  g_autoptr (QmiMessage) request = esim_qmi_device_new_message (device, CHANNEL_MESSAGE);
  g_autoptr (QmiMessage) answer = NULL;

  put_u8 (request, CHANNEL_SLOT, slot);
  put_u8 (request, CHANNEL_NUMBER, channel);
  put_u8 (request, CHANNEL_TERMINATE, 1);
  answer = esim_qmi_device_send (device, g_steal_pointer (&request), timeout, CLOSE_WHAT, NULL, error);
  return answer != NULL;
}

#endif
