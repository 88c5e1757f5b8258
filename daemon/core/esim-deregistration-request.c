/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration-request.h"
#include "esim-carrier-of.h"
#include "esim-error.h"

#include <string.h>

static gboolean
refuse (GError **error, EsimError code, const char *words)
{
  g_set_error_literal (error, ESIM_ERROR, code, words);
  return FALSE;
}

static gboolean
check_choice (const EsimDeregistrationRequest *request, EsimCarrierDirectory *carriers, GError **error)
{
  const EsimCarrier *carrier =
      *request->carrier != '\0' ? esim_carrier_directory_find (carriers, request->carrier) : NULL;

  if (*request->carrier == '\0')
    return *request->plan == '\0' ? TRUE
                                  : refuse (error, ESIM_ERROR_INVALID_ARGUMENT,
                                            "a \"plan\" needs the \"carrier\" whose plan it is");
  if (carrier == NULL)
    return refuse (error, ESIM_ERROR_INVALID_ARGUMENT,
                   "the directory has no such \"carrier\": see ListCarriers");
  if (*request->plan != '\0' && esim_carrier_get_plan (carrier, request->plan) == NULL)
    return refuse (error, ESIM_ERROR_INVALID_ARGUMENT,
                   "this carrier has no such \"plan\": see LookUpCarrier");
  return TRUE;
}

static gboolean
check_known (const EsimDeregistrationRequest *request, EsimCarrierDirectory *carriers,
             const EsimProfileInfo *profile, GError **error)
{
  g_auto (EsimCarrierResult) result = {ESIM_CARRIER_NONE, NULL, ""};

  if (*request->carrier != '\0')
    return TRUE;
  result = esim_carrier_of_profile (carriers, profile);
  if (result.verdict != ESIM_CARRIER_NONE)
    return TRUE;
  return refuse (
      error, ESIM_ERROR_CARRIER_UNKNOWN,
      "the directory does not know this carrier: say which it is (\"carrier\"), or ask with method = "
      "\"portal\" to have the steps that you take there kept, or with method = \"local\" to remove "
      "the profile from the card alone while the contract goes on");
}

gboolean
esim_deregistration_request_settle (EsimDeregistrationRequest *request, EsimCarrierDirectory *carriers,
                                    const EsimProfileInfo *profile, GError **error)
{
  gboolean local = strcmp (request->method, ESIM_METHOD_LOCAL) == 0;

  if (local && profile == NULL)
    return refuse (error, ESIM_ERROR_INVALID_ARGUMENT,
                   "the method \"local\" concerns a card, and the profile is on none");
  if (local && (*request->carrier != '\0' || *request->plan != '\0' || *request->reason_text != '\0'))
    return refuse (error, ESIM_ERROR_INVALID_ARGUMENT,
                   "the method \"local\" asks no carrier: \"carrier\", \"plan\" and \"reason-text\" have no "
                   "meaning with it");
  if (local)
    return TRUE;
  if (*request->method != '\0' && strcmp (request->method, ESIM_METHOD_PORTAL) != 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                 "the method \"%s\" is not known to this version; \"portal\" and \"local\" are",
                 request->method);
    return FALSE;
  }
  if (!check_choice (request, carriers, error) ||
      (*request->method == '\0' && profile != NULL && !check_known (request, carriers, profile, error)))
    return FALSE;
  request->method = ESIM_METHOD_PORTAL;
  return TRUE;
}
