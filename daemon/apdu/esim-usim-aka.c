/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-usim-aka.h"

#include "esim-error.h"
#include "esim-usim.h"

typedef struct {
  EsimCard *card;
  const char *iccid;
  const char *imsi; /* NULL: what is read before */
  const guint8 *challenge;
  const guint8 *token;
} Request;

/* Whether this is the line, and not the one that is meant. Says which of them in no words: they are logged.
 */
static gboolean
check_line (const Request *request, const char *iccid, const char *imsi, GError **error)
{
  if (g_strcmp0 (request->iccid, iccid) == 0 &&
      (request->imsi == NULL || g_strcmp0 (request->imsi, imsi) == 0))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "Another profile is enabled on the card than the one that is to be authenticated. "
                       "Enable that one, leave the card alone meanwhile, and try again.");
  return FALSE;
}

/* -- over a channel -- */

/* One after the other: a USIM that went with its profile leaves another ICCID behind, and no IMSI. */
static gboolean
look_over_channel (EsimUsim *usim, const Request *request, char **imsi, GError **error)
{
  g_autofree char *iccid = esim_usim_read_iccid (usim, error);

  if (iccid == NULL || !check_line (&(Request){.iccid = request->iccid}, iccid, NULL, error))
    return FALSE;
  *imsi = esim_usim_read_imsi (usim, error);
  return *imsi != NULL && check_line (request, iccid, *imsi, error);
}

static gboolean
ask_over_channel (EsimUsim *usim, const Request *request, EsimAkaAnswer *answer, GError **error)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  Request again = *request;

  if (!look_over_channel (usim, request, &before, error) ||
      !esim_usim_authenticate (usim, request->challenge, request->token, answer, error))
    return FALSE;
  again.imsi = before;
  return look_over_channel (usim, &again, &after, error);
}

/* -- by the modem -- */

static gboolean
look_at_line (const Request *request, char **imsi, GError **error)
{
  g_auto (EsimCardLine) line = {0};

  if (!esim_card_read_line (request->card, &line, error))
    return FALSE;
  if (line.others > 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         "The modem uses two cards at the same time, and cannot be told which of them to "
                         "authenticate. Have it use this one alone, and try again.");
    return FALSE;
  }
  if (line.iccid == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                         "The modem shows no profile: it may still be reading the card. Try again in a "
                         "moment.");
    return FALSE;
  }
  if (!check_line (&(Request){.iccid = request->iccid}, line.iccid, NULL, error))
    return FALSE;
  if (line.imsi == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                         "The modem does not tell the profile's IMSI: it may want its PIN. Unlock it, and "
                         "try again.");
    return FALSE;
  }
  *imsi = g_steal_pointer (&line.imsi);
  return check_line (request, line.iccid, *imsi, error);
}

static gboolean
ask_modem (const Request *request, EsimAkaAnswer *answer, GError **error)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  Request again = *request;

  if (!look_at_line (request, &before, error) ||
      !esim_card_authenticate (request->card, request->challenge, request->token, answer, error))
    return FALSE;
  again.imsi = before;
  return look_at_line (&again, &after, error);
}

/* -- */

/* The modem gives no channel, or lets nothing through it. One that is in use by others counts too. */
static gboolean
is_no_channel (const GError *failure, gboolean opened)
{
  return g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED) ||
         g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR) ||
         (!opened && g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CARD_ERROR));
}

static gboolean
ask (const Request *request, EsimAkaAnswer *answer, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;
  g_autoptr (EsimUsim) usim = esim_usim_open (request->card, &first);
  gboolean opened = usim != NULL;

  if (opened && ask_over_channel (usim, request, answer, &first))
    return TRUE;
  esim_aka_answer_clear (answer);
  g_clear_pointer (&usim, esim_usim_close);
  if (!is_no_channel (first, opened)) {
    g_propagate_error (error, g_steal_pointer (&first));
    return FALSE;
  }
  if (ask_modem (request, answer, &second))
    return TRUE;
  /* Where there is no second way, the first one's words are of use. */
  g_propagate_error (error, g_error_matches (second, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED)
                                ? g_steal_pointer (&first)
                                : g_steal_pointer (&second));
  return FALSE;
}

gboolean
esim_usim_aka (EsimCard *card, const char *iccid, const char *imsi, const guint8 challenge[ESIM_AKA_KEY],
               const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer, GError **error)
{
  const Request request = {card, iccid, imsi, challenge, token};

  *answer = (EsimAkaAnswer){0};
  if (ask (&request, answer, error))
    return TRUE;
  esim_aka_answer_clear (answer);
  return FALSE;
}
