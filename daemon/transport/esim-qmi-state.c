/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-state.h"

#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-qmi-reader.h"
#include "esim-qmi-status.h"

enum { GET_CARD_STATUS = 0x2F, GET_ATR = 0x41 };
enum { CARD_STATUS_TLV = 0x10, ATR_SLOT_TLV = 0x01 };

#define CARDS_MAX 8
#define APPLICATIONS_MAX 64
#define NO_INDEX 0xFFFF

#define EF_ICCID 0x2FE2
#define MF 0x3F00

typedef struct {
  QmiUimCardApplicationType type;
  QmiUimCardApplicationState state;
  EsimQmiApplication name;
} Application;

static void
read_application (EsimQmiReader *reader, Application *application)
{
  application->type = (QmiUimCardApplicationType) esim_qmi_reader_u8 (reader);
  application->state = (QmiUimCardApplicationState) esim_qmi_reader_u8 (reader);
  for (guint i = 0; i < 4; i++) /* locks of the network's kind */
    (void) esim_qmi_reader_u8 (reader);
  application->name.aid_length = esim_qmi_reader_octets (reader, application->name.aid);
  for (guint i = 0; i < 7; i++) /* PINs */
    (void) esim_qmi_reader_u8 (reader);
}

static gboolean
is_being_read (QmiUimCardApplicationState state)
{
  return state == QMI_UIM_CARD_APPLICATION_STATE_UNKNOWN ||
         state == QMI_UIM_CARD_APPLICATION_STATE_DETECTED ||
         state == QMI_UIM_CARD_APPLICATION_STATE_CHECK_PERSONALIZATION_STATE;
}

static gboolean
is_sim (QmiUimCardApplicationType type)
{
  return type == QMI_UIM_CARD_APPLICATION_TYPE_USIM || type == QMI_UIM_CARD_APPLICATION_TYPE_SIM;
}

/* The applications of a card. @primary: that of the modem's session, or NO_INDEX */
static EsimQmiCardState
read_applications (EsimQmiReader *reader, guint primary, EsimQmiApplication *application)
{
  EsimQmiCardState state = ESIM_QMI_CARD_BLANK;
  guint count = esim_qmi_reader_u8 (reader);

  for (guint i = 0; i < MIN (count, APPLICATIONS_MAX) && reader->ok; i++) {
    Application found;

    read_application (reader, &found);
    if (i == primary)
      state = is_being_read (found.state) ? ESIM_QMI_CARD_READING : ESIM_QMI_CARD_READY;
    else if (is_sim (found.type) && state == ESIM_QMI_CARD_BLANK)
      state = is_being_read (found.state) ? ESIM_QMI_CARD_DETECTED : ESIM_QMI_CARD_READY;
    if (i == primary || (is_sim (found.type) && application->aid_length == 0))
      *application = found.name;
  }
  return state;
}

/* One card of the list. */
static EsimQmiCardState
read_card (EsimQmiReader *reader, guint primary, EsimQmiApplication *application)
{
  QmiUimCardState card = (QmiUimCardState) esim_qmi_reader_u8 (reader);
  EsimQmiCardState state;

  for (guint i = 0; i < 4; i++) /* the universal PIN, and the kind of an error */
    (void) esim_qmi_reader_u8 (reader);
  state = read_applications (reader, primary, application);
  if (card == QMI_UIM_CARD_STATE_PRESENT)
    return state;
  return card == QMI_UIM_CARD_STATE_ABSENT ? ESIM_QMI_CARD_ABSENT : ESIM_QMI_CARD_DOWN;
}

gboolean
esim_qmi_state_may_last (EsimQmiCardState state)
{
  return state == ESIM_QMI_CARD_UNKNOWN || state == ESIM_QMI_CARD_DETECTED || state == ESIM_QMI_CARD_BLANK ||
         state == ESIM_QMI_CARD_READY;
}

gboolean
esim_qmi_state_parse (QmiMessage *message, guint uim_slot, EsimQmiCardState *state,
                      EsimQmiApplication *application, GError **error)
{
  EsimQmiReader reader = esim_qmi_reader_begin (message, CARD_STATUS_TLV);
  guint primary = esim_qmi_reader_u16 (&reader); /* of GW sessions; then come three of other kinds */
  EsimQmiCardState found = ESIM_QMI_CARD_ABSENT;
  guint count;

  for (guint i = 0; i < 3; i++)
    (void) esim_qmi_reader_u16 (&reader);
  count = esim_qmi_reader_u8 (&reader);
  count = MIN (count, CARDS_MAX);
  if (application != NULL)
    application->aid_length = 0;
  for (guint i = 0; i < count && reader.ok; i++) {
    EsimQmiApplication own = {.aid_length = 0};
    gboolean is_primary = primary != NO_INDEX && primary >> 8 == i;
    EsimQmiCardState card = read_card (&reader, is_primary ? primary & 0xFF : NO_INDEX, &own);

    if (i + 1 == uim_slot && reader.ok) {
      found = card;
      if (application != NULL)
        *application = own;
    }
  }
  if (!reader.ok) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                         "What the modem says of the card cannot be read");
    return FALSE;
  }
  *state = found;
  return TRUE;
}

gboolean
esim_qmi_state_query (EsimQmiDevice *device, guint uim_slot, guint timeout, EsimQmiCardState *state,
                      EsimQmiApplication *application, GError **error)
{
  static const char *const what = "ask the modem for the card's state";
  g_autoptr (QmiMessage) answer = NULL;
  guint refused;

  answer = esim_qmi_device_send (device, esim_qmi_device_new_message (device, GET_CARD_STATUS), timeout, what,
                                 &refused, error);
  if (answer == NULL)
    return FALSE;
  if (esim_qmi_status_is_missing (refused)) {
    *state = ESIM_QMI_CARD_UNKNOWN;
    if (application != NULL)
      application->aid_length = 0;
    return TRUE;
  }
  if (refused != 0) {
    g_propagate_error (error, esim_qmi_status_to_error (refused, what));
    return FALSE;
  }
  return esim_qmi_state_parse (answer, uim_slot, state, application, error);
}

gboolean
esim_qmi_state_is_refused (EsimQmiDevice *device, guint uim_slot, guint timeout)
{
  g_autoptr (QmiMessage) request = esim_qmi_device_new_message (device, GET_ATR);
  g_autoptr (QmiMessage) answer = NULL;
  gsize begin = qmi_message_tlv_write_init (request, ATR_SLOT_TLV, NULL);
  guint refused;

  (void) qmi_message_tlv_write_guint8 (request, (guint8) uim_slot, NULL);
  (void) qmi_message_tlv_write_complete (request, begin, NULL);
  answer =
      esim_qmi_device_send (device, g_steal_pointer (&request), timeout, "ask for the card", &refused, NULL);
  return answer != NULL &&
         (refused == QMI_PROTOCOL_ERROR_DEVICE_NOT_READY || refused == QMI_PROTOCOL_ERROR_UIM_UNINITIALIZED);
}

QmiUimSessionType
esim_qmi_state_get_session (guint uim_slot)
{
  static const QmiUimSessionType sessions[] = {
      QMI_UIM_SESSION_TYPE_CARD_SLOT_1, QMI_UIM_SESSION_TYPE_CARD_SLOT_2, QMI_UIM_SESSION_TYPE_CARD_SLOT_3,
      QMI_UIM_SESSION_TYPE_CARD_SLOT_4, QMI_UIM_SESSION_TYPE_CARD_SLOT_5};

  return sessions[CLAMP (uim_slot, 1, G_N_ELEMENTS (sessions)) - 1];
}

/* -- EF ICCID -- */

QmiMessageUimReadTransparentInput *
esim_qmi_state_new_iccid_input (guint uim_slot)
{
  QmiMessageUimReadTransparentInput *input = qmi_message_uim_read_transparent_input_new ();
  g_autoptr (GArray) aid = g_array_new (FALSE, FALSE, 1);
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, 1);
  const guint8 mf[] = {MF & 0xFF, MF >> 8}; /* each element little endian */

  g_array_append_vals (path, mf, sizeof mf);
  (void) qmi_message_uim_read_transparent_input_set_session (input, esim_qmi_state_get_session (uim_slot),
                                                             aid, NULL);
  (void) qmi_message_uim_read_transparent_input_set_file (input, EF_ICCID, path, NULL);
  (void) qmi_message_uim_read_transparent_input_set_read_information (input, 0, 0, NULL); /* all of it */
  return input;
}

char *
esim_qmi_state_get_iccid (QmiMessageUimReadTransparentOutput *output, GError **error)
{
  g_autoptr (GError) failure = NULL;
  GArray *content = NULL;

  if (!qmi_message_uim_read_transparent_output_get_read_result (output, &content, &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's answer cannot be read: %s",
                 failure->message);
    return NULL;
  }
  return esim_bcd_iccid_from_octets ((const guint8 *) content->data, content->len, error);
}

ESIM_QMI_DEFINE_CALL (Uim, uim, ReadTransparent, read_transparent, QmiMessageUimReadTransparentInput *)

char *
esim_qmi_state_read_iccid (EsimQmiDevice *device, guint uim_slot, guint timeout, GError **error)
{
  g_autoptr (QmiMessageUimReadTransparentInput) input = esim_qmi_state_new_iccid_input (uim_slot);
  g_autoptr (QmiMessageUimReadTransparentOutput) output = NULL;

  output = uim_read_transparent (device, input, timeout, "read the card's ICCID", NULL, NULL, error);
  return output != NULL ? esim_qmi_state_get_iccid (output, error) : NULL;
}
