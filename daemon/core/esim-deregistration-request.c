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

/* By the carrier's server where its entry says that contracts end that way. */
static const char *
choose_method (const EsimDeregistrationRequest *request, EsimCarrierDirectory *carriers,
               const EsimProfileInfo *profile)
{
  g_auto (EsimCarrierResult) result = {ESIM_CARRIER_NONE, NULL, ""};
  const EsimCarrier *carrier = NULL;
  g_autoptr (GPtrArray) facts = NULL;

  if (*request->carrier != '\0') {
    carrier = esim_carrier_directory_find (carriers, request->carrier);
  } else if (profile != NULL) {
    result = esim_carrier_of_profile (carriers, profile);
    if (result.verdict == ESIM_CARRIER_FOUND)
      carrier = g_ptr_array_index (result.candidates, 0);
  }
  if (carrier == NULL)
    return ESIM_METHOD_PORTAL;
  facts = esim_carrier_find_facts (carrier, "ending", *request->plan != '\0' ? request->plan : NULL);
  for (guint i = 0; i < facts->len; i++)
    if (g_strcmp0 (esim_carrier_fact_get_string (g_ptr_array_index (facts, i), "method"), ESIM_METHOD_TS43) !=
        0)
      return ESIM_METHOD_PORTAL;
  return facts->len > 0 ? ESIM_METHOD_TS43 : ESIM_METHOD_PORTAL;
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
  if (*request->method != '\0' && strcmp (request->method, ESIM_METHOD_PORTAL) != 0 &&
      strcmp (request->method, ESIM_METHOD_TS43) != 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                 "the method \"%s\" is not known to this version; \"portal\", \"ts43\" and \"local\" are",
                 request->method);
    return FALSE;
  }
  if (strcmp (request->method, ESIM_METHOD_TS43) == 0 && profile == NULL)
    return refuse (error, ESIM_ERROR_NOT_SUPPORTED,
                   "the method \"ts43\" is not there for a profile that is on no card: ask with \"portal\"");
  if (!check_choice (request, carriers, error) ||
      (*request->method == '\0' && profile != NULL && !check_known (request, carriers, profile, error)))
    return FALSE;
  if (*request->method == '\0')
    request->method = choose_method (request, carriers, profile);
  return TRUE;
}
