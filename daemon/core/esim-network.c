/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-network.h"
#include "esim-error.h"
#include "esim-options.h"

#define ANSWER_WITHIN_S 120

typedef struct {
  void (*go_on) (gpointer data);
  gpointer data;
  GDestroyNotify free_data;
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  if (asked->free_data != NULL)
    asked->free_data (asked->data);
  g_free (asked);
}

gboolean
esim_network_is_at_stake (EsimLookAtNetwork look, EsimEuicc *euicc)
{
  EsimCardSnapshot *card = euicc != NULL ? esim_euicc_get_snapshot (euicc) : NULL;
  gboolean in_use = card == NULL;

  for (guint i = 0; card != NULL && i < card->profiles->len; i++)
    in_use = in_use || ((EsimProfileInfo *) g_ptr_array_index (card->profiles, i))->enabled;
  return in_use && look != NULL && look () == ESIM_NETWORK_MODEM;
}

static void
on_answered (EsimOperation *operation, GVariant *answer, gpointer data)
{
  Asked *asked = data;
  g_autoptr (GError) denied = NULL;

  if (answer != NULL && esim_options_get_boolean (answer, "consent")) {
    asked->go_on (asked->data);
    return;
  }
  denied = g_error_new_literal (
      ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED,
      "this modem is the machine's only way to the network, and nobody allowed to cut it; nothing was "
      "changed. Connect another way first, or allow it");
  esim_operation_finish (operation, NULL, denied);
}

void
esim_network_ask_before_cutting (EsimLookAtNetwork look, EsimEuicc *euicc, EsimOperation *operation,
                                 gboolean allowed, void (*go_on) (gpointer data), gpointer data,
                                 GDestroyNotify free_data)
{
  const EsimOperationQuestion question = {
      .type = ESIM_ASK_DISCONNECT,
      .message = "This modem is the machine's only way to the network. What was asked for cuts it.",
      .timeout_s = ANSWER_WITHIN_S};
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked){go_on, data, free_data};
  if (allowed || !esim_network_is_at_stake (look, euicc)) {
    go_on (data);
    asked_free (asked);
    return;
  }
  esim_operation_ask (operation, &question, on_answered, asked, asked_free);
}
