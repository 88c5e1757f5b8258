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

/* (nullable): the carrier that was named, or that alone fits. @profile: (nullable) */
static EsimCarrier *
dup_carrier (const EsimDeregistrationRequest *request, EsimCarrierDirectory *carriers,
             const EsimProfileInfo *profile, const char *iccid)
{
  g_auto (EsimCarrierResult) result = {ESIM_CARRIER_NONE, NULL, ""};
  EsimCarrier *carrier;

  if (*request->carrier != '\0') {
    carrier = esim_carrier_directory_find (carriers, request->carrier);
    return carrier != NULL ? esim_carrier_ref (carrier) : NULL;
  }
  result =
      profile != NULL ? esim_carrier_of_profile (carriers, profile) : esim_carrier_of_iccid (carriers, iccid);
  return result.verdict == ESIM_CARRIER_FOUND ? esim_carrier_ref (g_ptr_array_index (result.candidates, 0))
                                              : NULL;
}

/* Without a SIM the standard's own name cannot be made: only an entry's own hosts can be asked. */
static gboolean
has_named_server (const EsimDeregistrationRequest *request, const EsimCarrier *carrier)
{
  g_autoptr (GPtrArray) facts =
      esim_carrier_find_facts (carrier, "entitlement", *request->plan != '\0' ? request->plan : NULL);

  for (guint i = 0; i < facts->len; i++) {
    const EsimCarrierFact *fact = g_ptr_array_index (facts, i);
    g_auto (GStrv) hosts = NULL;

    if (g_strcmp0 (esim_carrier_fact_get_string (fact, "protocol"), ESIM_METHOD_TS43) == 0)
      return g_variant_lookup (fact->values, "hosts", "^as", &hosts) && hosts[0] != NULL;
  }
  return FALSE;
}

/* By the carrier's server where its entry says that contracts end that way. */
static const char *
choose_method (const EsimDeregistrationRequest *request, const EsimCarrier *carrier, gboolean cardless)
{
  g_autoptr (GPtrArray) facts = NULL;

  if (carrier == NULL || (cardless && !has_named_server (request, carrier)))
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
                                    const EsimProfileInfo *profile, const char *iccid, GError **error)
{
  gboolean local = strcmp (request->method, ESIM_METHOD_LOCAL) == 0;
  g_autoptr (EsimCarrier) carrier = NULL;

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
  if (!check_choice (request, carriers, error) ||
      (*request->method == '\0' && profile != NULL && !check_known (request, carriers, profile, error)))
    return FALSE;
  carrier = dup_carrier (request, carriers, profile, iccid);
  if (strcmp (request->method, ESIM_METHOD_TS43) == 0 && profile == NULL &&
      (carrier == NULL || !has_named_server (request, carrier)))
    return refuse (
        error, ESIM_ERROR_NOT_SUPPORTED,
        "the method \"ts43\" needs the carrier's server, which no SIM can tell for a profile that is "
        "on no card, and the directory does not: say which \"carrier\" it is, or ask with "
        "\"portal\"");
  if (*request->method == '\0')
    request->method = choose_method (request, carrier, profile == NULL);
  return TRUE;
}
