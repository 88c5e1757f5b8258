/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-state.h"

#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-qmi-reader.h"
#include "esim-qmi-status.h"

enum { GET_CARD_STATUS = 0x2F };
enum { CARD_STATUS_TLV = 0x10 };

#define CARDS_MAX 8
#define APPLICATIONS_MAX 64
#define NO_INDEX 0xFFFF

/* The modem's sessions, each with an application of a card, in the order of the TLV. */
enum { PRIMARY_GW, PRIMARY_1X, SECONDARY_GW, SECONDARY_1X, SESSIONS };

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
is_in_session (const guint16 *sessions, guint card, guint application)
{
  for (guint i = 0; i < SESSIONS; i++)
    if (sessions[i] == (card << 8 | application))
      return TRUE;
  return FALSE;
}

static gboolean
has_session (const guint16 *sessions, guint card)
{
  for (guint i = 0; i < SESSIONS; i++)
    if (sessions[i] != NO_INDEX && sessions[i] >> 8 == card)
      return TRUE;
  return FALSE;
}

/* One card of the list. A modem that begins anew with a card ends its sessions with it first, and has none
 * until it is through: then every (U)SIM counts. */
static EsimQmiCardState
read_card (EsimQmiReader *reader, const guint16 *sessions, guint card, EsimQmiApplication *application)
{
  QmiUimCardState state = (QmiUimCardState) esim_qmi_reader_u8 (reader);
  gboolean any = !has_session (sessions, card);
  gboolean reading = FALSE;
  guint count;

  for (guint i = 0; i < 4; i++) /* the universal PIN, and the kind of an error */
    (void) esim_qmi_reader_u8 (reader);
  count = esim_qmi_reader_u8 (reader);
  count = MIN (count, APPLICATIONS_MAX);
  for (guint i = 0; i < count && reader->ok; i++) {
    Application found;
    gboolean is_sim;

    read_application (reader, &found);
    is_sim =
        found.type == QMI_UIM_CARD_APPLICATION_TYPE_USIM || found.type == QMI_UIM_CARD_APPLICATION_TYPE_SIM;
    reading = reading || ((any ? is_sim : is_in_session (sessions, card, i)) && is_being_read (found.state));
    if (sessions[PRIMARY_GW] == (card << 8 | i) || (is_sim && application->aid_length == 0))
      *application = found.name;
  }
  if (state == QMI_UIM_CARD_STATE_PRESENT)
    return reading ? ESIM_QMI_CARD_READING : count == 0 ? ESIM_QMI_CARD_BARE : ESIM_QMI_CARD_READY;
  return state == QMI_UIM_CARD_STATE_ABSENT ? ESIM_QMI_CARD_ABSENT : ESIM_QMI_CARD_DOWN;
}

gboolean
esim_qmi_state_parse (QmiMessage *message, guint uim_slot, EsimQmiCardState *state,
                      EsimQmiApplication *application, GError **error)
{
  EsimQmiReader reader = esim_qmi_reader_begin (message, CARD_STATUS_TLV);
  guint16 sessions[SESSIONS];
  EsimQmiCardState found = ESIM_QMI_CARD_ABSENT;
  guint count;

  for (guint i = 0; i < SESSIONS; i++)
    sessions[i] = esim_qmi_reader_u16 (&reader);
  count = esim_qmi_reader_u8 (&reader);
  count = MIN (count, CARDS_MAX);
  if (application != NULL)
    application->aid_length = 0;
  for (guint i = 0; i < count && reader.ok; i++) {
    EsimQmiApplication own = {.aid_length = 0};
    EsimQmiCardState card = read_card (&reader, sessions, i, &own);

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
