/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words-modem.h"

#include "esim-text.h"
#include "esim-vocabulary.h"

#define REASON_MARK ": "

static const EsimWord transports[] = {
    {"mbim", N_ ("MBIM")}, {"qmi", N_ ("QMI")},          {"qmi-over-mbim", N_ ("QMI over MBIM")},
    {"qrtr", N_ ("QRTR")}, {"pcsc", N_ ("card reader")},
};

static const EsimWord contents[] = {
    {"unknown", N_ ("not known")},  {"empty", N_ ("empty")}, {"card", N_ ("card")},
    {"uicc", N_ ("SIM, no eUICC")}, {"euicc", N_ ("eUICC")},
};

/* Names as ModemManager's MMModemState has them in mmcli, and of MMModemStateFailedReason. */
static const EsimWord states[] = {
    {"failed", N_ ("cannot be used")},
    {"unknown", N_ ("not known")},
    {"initializing", N_ ("being made ready")},
    {"locked", N_ ("locked by a PIN")},
    {"disabled", N_ ("switched off")},
    {"disabling", N_ ("being switched off")},
    {"enabling", N_ ("being switched on")},
    {"enabled", N_ ("switched on")},
    {"searching", N_ ("searching for a network")},
    {"registered", N_ ("registered in a network")},
    {"disconnecting", N_ ("being disconnected")},
    {"connecting", N_ ("being connected")},
    {"connected", N_ ("connected")},
};

static const EsimWord reasons[] = {
    {"none", N_ ("no reason given")},
    {"unknown", N_ ("not known why")},
    {"sim-missing", N_ ("no SIM")},
    {"sim-error", N_ ("the SIM does not answer as it should")},
    {"unknown-capabilities", N_ ("what it can do is not known")},
    {"esim-without-profiles", N_ ("no profile is enabled on the eSIM")},
};

static const EsimWord sources[] = {
    {"option", N_ ("as you gave it")},
    {"directory", N_ ("from the directory of providers")},
    {"network", N_ ("NetworkManager's own choice")},
    {"connection", N_ ("from the connection that was there already")},
};

const char *
esim_words_transport (const char *transport)
{
  g_return_val_if_fail (transport != NULL, NULL);

  return ESIM_SAY (transports, transport);
}

const char *
esim_words_slot_content (const char *content)
{
  g_return_val_if_fail (content != NULL, NULL);

  return ESIM_SAY (contents, content);
}

char *
esim_words_modem_state (const char *state)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *words = NULL;

  g_return_val_if_fail (state != NULL, NULL);

  parts = g_strsplit (state, REASON_MARK, 2);
  if (parts[0] == NULL)
    return g_strdup ("");
  if (parts[1] == NULL)
    return esim_text_clean (ESIM_SAY (states, parts[0]));
  words = g_strdup_printf (esim_vocabulary_translate (N_ ("%s: %s")), ESIM_SAY (states, parts[0]),
                           ESIM_SAY (reasons, parts[1]));
  return esim_text_clean (words);
}

const char *
esim_words_apn_source (const char *source)
{
  g_return_val_if_fail (source != NULL, NULL);

  return ESIM_SAY (sources, source);
}
