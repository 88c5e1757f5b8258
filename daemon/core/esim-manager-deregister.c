/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-manager-private.h"
#include "esim-deregistration-request.h"
#include "esim-error.h"

#include <string.h>

EsimDeregistration *
esim_manager_find_deregistration (EsimManager *self, const char *eid, const char *iccid)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);

    if (esim_deregistration_is_open (deregistration) &&
        esim_deregistration_concerns (deregistration, eid, iccid))
      return deregistration;
  }
  return NULL;
}

gboolean
esim_manager_check_free (EsimManager *self, const char *eid, const char *iccid, GError **error)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);

    if (!esim_deregistration_concerns (deregistration, eid, iccid))
      continue;
    if (esim_deregistration_is_open (deregistration))
      g_set_error_literal (
          error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
          "a deregistration of this profile is open: answer it, withdraw it, or wait for its end");
    else
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                   "the record %s cannot be read and may be of this profile: an administrator has to look at "
                   "it and move it away first",
                   esim_deregistration_get_file (deregistration));
    return FALSE;
  }
  return TRUE;
}

static EsimDeregistration *
find_token (EsimManager *self, const EsimDeregistrationRequest *request)
{
  g_autofree char *hash = esim_deregistration_record_hash_token (request->token);

  for (guint i = 0; *hash != '\0' && i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);
    const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

    if (record->requester == request->requester && strcmp (record->token, hash) == 0)
      return deregistration;
  }
  return NULL;
}

/* @eid: "" = of no card */
static gboolean
check_token (EsimDeregistration *deregistration, const EsimDeregistrationRequest *request, const char *eid,
             const char *iccid, GError **error)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

  if (strcmp (record->eid, eid) == 0 && strcmp (record->iccid, iccid) == 0 &&
      (*request->method == '\0' || strcmp (record->method, request->method) == 0) &&
      record->dry_run == request->dry_run)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "this token was used for something else: take another one");
  return FALSE;
}

static gboolean
check_room (EsimManager *self, GError **error)
{
  if (self->deregistrations->len < ESIM_DEREGISTRATIONS_MAX)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                       "there are too many records of deregistrations; forget some that have ended");
  return FALSE;
}

/* A deletion that stands in the card's line, or runs, would take the profile away under it. One whose user is
 * still asked for consent is checked again afterwards, and gives way. */
static gboolean
check_stays (EsimManager *self, EsimEuicc *euicc, const char *iccid, GError **error)
{
  for (guint i = 0; i < self->operations->len; i++) {
    EsimOperation *operation = g_ptr_array_index (self->operations, i);
    const char *kind = esim_operation_get_kind (operation);

    if (!esim_euicc_has_job (euicc, operation))
      continue;
    if (strcmp (kind, "reset-memory") != 0 &&
        (strcmp (kind, "delete") != 0 || g_strcmp0 (esim_operation_get_iccid (operation), iccid) != 0))
      continue;
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_BUSY,
                         "this profile is about to be deleted: wait for that operation's end, or cancel it");
    return FALSE;
  }
  return TRUE;
}

EsimDeregistration *
esim_manager_deregister (EsimManager *self, EsimDeregistrationRequest *request, EsimEuicc *euicc,
                         const char *iccid, GError **error)
{
  EsimDeregistration *deregistration = find_token (self, request);
  const char *eid = esim_euicc_get_eid (euicc);
  const EsimProfileInfo *profile;

  if (deregistration != NULL)
    return check_token (deregistration, request, eid, iccid, error) ? deregistration : NULL;
  if (!esim_euicc_check (euicc, iccid, error))
    return NULL;
  profile = esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid);
  if (!esim_deregistration_request_settle (request, self->setup.carriers, profile, iccid, error) ||
      (!request->dry_run &&
       (!esim_manager_check_free (self, eid, iccid, error) || !check_stays (self, euicc, iccid, error))) ||
      !check_room (self, error))
    return NULL;
  return esim_manager_begin_deregistration (self,
                                            esim_deregistration_new (&self->shared, request, euicc, profile));
}

/* Whether a card that is there has it after all. */
static gboolean
check_gone (EsimManager *self, const char *iccid, GError **error)
{
  for (guint i = 0; i < self->euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (self->euiccs, i);
    EsimCardSnapshot *card = esim_euicc_get_snapshot (euicc);

    if (!esim_euicc_is_present (euicc) || card == NULL || esim_card_snapshot_find (card, iccid) == NULL)
      continue;
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         "a profile of this ICCID is on a card: ask for its own deregistration");
    return FALSE;
  }
  return TRUE;
}

EsimDeregistration *
esim_manager_deregister_iccid (EsimManager *self, EsimDeregistrationRequest *request, const char *iccid,
                               GError **error)
{
  EsimDeregistration *deregistration = find_token (self, request);

  if (deregistration != NULL)
    return check_token (deregistration, request, "", iccid, error) ? deregistration : NULL;
  if (!esim_deregistration_request_settle (request, self->setup.carriers, NULL, iccid, error) ||
      !check_gone (self, iccid, error) ||
      (!request->dry_run && !esim_manager_check_free (self, "", iccid, error)) || !check_room (self, error))
    return NULL;
  return esim_manager_begin_deregistration (self,
                                            esim_deregistration_new_cardless (&self->shared, request, iccid));
}
