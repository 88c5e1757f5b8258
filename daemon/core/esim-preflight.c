/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-preflight.h"
#include "esim-error.h"

#include <string.h>

static void
find_class (GPtrArray *findings, const EsimProfileInfo *profile)
{
  if (profile->class_ == ESIM_PROFILE_CLASS_OPERATIONAL)
    esim_findings_add (findings, ESIM_SEVERITY_OK, "class-operational",
                       g_strdup ("it is an operational profile"), NULL);
  else if (profile->class_ == ESIM_PROFILE_CLASS_TEST)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "class-test",
                       g_strdup ("it is a test profile: there is no contract behind it"), NULL);
  else
    esim_findings_add (
        findings, ESIM_SEVERITY_BLOCKER, "class-provisioning",
        g_strdup ("it is a provisioning profile: it belongs to the device, not to a contract, and is not "
                  "deregistered"),
        NULL);
}

/* With "portal" the carrier may lift a rule together with the contract: it is looked at again afterwards. */
static void
find_policy (GPtrArray *findings, const EsimProfileInfo *profile, gboolean local)
{
  EsimSeverity severity = local ? ESIM_SEVERITY_BLOCKER : ESIM_SEVERITY_WARNING;

  if ((profile->policy_rules & ESIM_PPR_2_NO_DELETE) != 0)
    esim_findings_add (findings, severity, "ppr2",
                       g_strdup ("its policy rules forbid its deletion (PPR2): only its carrier can lift "
                                 "that; ask there to end the contract and to lift the rule"),
                       NULL);
  if (profile->enabled && (profile->policy_rules & ESIM_PPR_1_NO_DISABLE) != 0)
    esim_findings_add (findings, severity, "ppr1-enabled",
                       g_strdup ("it is enabled and its policy rules forbid disabling it (PPR1): only its "
                                 "carrier can lift that"),
                       NULL);
  else if (profile->enabled)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "profile-enabled",
                       g_strdup ("it is enabled: it is disabled first, and a connection that uses it ends"),
                       NULL);
}

static void
find_network (GPtrArray *findings, const EsimProfileInfo *profile, EsimNetwork network)
{
  if (!profile->enabled)
    return;
  if (network == ESIM_NETWORK_OTHER)
    esim_findings_add (findings, ESIM_SEVERITY_OK, "other-network",
                       g_strdup ("the machine has another way to the network"), NULL);
  else if (network == ESIM_NETWORK_NONE || network == ESIM_NETWORK_MODEM)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "no-other-network",
                       g_strdup ("the machine has no other way to the network: the operator's server is told "
                                 "when there is one"),
                       NULL);
  else
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "other-network-unknown",
                       g_strdup ("whether the machine has another way to the network is not known"), NULL);
}

/* Other profiles of the same provider may belong to the same contract. */
static void
find_other_lines (GPtrArray *findings, const EsimCardSnapshot *card, const EsimProfileInfo *profile)
{
  guint count = 0;

  for (guint i = 0; *profile->service_provider != '\0' && i < card->profiles->len; i++) {
    const EsimProfileInfo *other = g_ptr_array_index (card->profiles, i);

    if (strcmp (other->iccid, profile->iccid) != 0 &&
        strcmp (other->service_provider, profile->service_provider) == 0)
      count++;
  }
  if (count > 0)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "other-lines",
                       g_strdup_printf ("%u other profiles of the same provider are on this card: do not "
                                        "end their contracts by mistake",
                                        count),
                       g_variant_new_parsed ("{'count': <%u>}", count));
}

/* Whether the servers that have to be told could be believed to be who they are: a root counts if it is
 * installed and on the card's list. */
static void
find_roots (GPtrArray *findings, const EsimCardSnapshot *card, EsimRspTrust *trust)
{
  g_autofree char *ids = NULL;

  if (card->info == NULL) {
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "roots-unknown",
                       g_strdup ("which roots the card trusts could not be read"), NULL);
    return;
  }
  for (guint i = 0; card->info->ci_key_ids[i] != NULL; i++)
    if (esim_rsp_trust_has (trust, card->info->ci_key_ids[i]))
      return;
  ids = g_strjoinv (", ", card->info->ci_key_ids);
  esim_findings_add (
      findings, ESIM_SEVERITY_WARNING, "root-missing",
      g_strdup_printf ("none of the roots that the card trusts is installed (key ids %s): the operator's "
                       "server cannot be told until one "
                       "is; the notification waits on disk",
                       ids),
      g_variant_new_parsed ("{'key-ids': <%^as>}", card->info->ci_key_ids));
}

static void
find_addresses (GPtrArray *findings, const EsimCardSnapshot *card, const EsimProfileInfo *profile,
                EsimRspTrust *trust)
{
  g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (profile);
  g_autofree char *text = g_strjoinv (", ", addresses);

  if (addresses[0] == NULL) {
    esim_findings_add (
        findings, ESIM_SEVERITY_WARNING, "no-delete-address",
        g_strdup ("the profile names no server to be told of its deletion: there will be no signed proof, "
                  "and the operator's server is not told"),
        NULL);
    return;
  }
  esim_findings_add (findings, ESIM_SEVERITY_OK, "delete-address-present",
                     g_strdup_printf ("the deletion will be told to %s", text),
                     g_variant_new_parsed ("{'addresses': <%^as>}", addresses));
  find_roots (findings, card, trust);
}

static void
find_contract (GPtrArray *findings, const EsimProfileInfo *profile, gboolean local)
{
  if (profile->class_ != ESIM_PROFILE_CLASS_OPERATIONAL || !local)
    return;
  esim_findings_add (findings, ESIM_SEVERITY_WARNING, "contract-continues",
                     g_strdup ("this removes the profile from the card and nothing else: the contract goes "
                               "on, and so do its costs, until it is ended at the carrier"),
                     NULL);
  esim_findings_add (findings, ESIM_SEVERITY_WARNING, "accounts-elsewhere",
                     g_strdup ("accounts elsewhere may still send their codes to this number: change them "
                               "first"),
                     NULL);
}

static gboolean
is_replaced (const EsimProfileInfo *profile, GBytes *aid)
{
  return aid != NULL && (profile->aid == NULL || !g_bytes_equal (aid, profile->aid));
}

GPtrArray *
esim_preflight_run (const EsimPreflight *preflight)
{
  GPtrArray *findings = esim_findings_new ();
  const EsimCardSnapshot *card = preflight->card;
  const EsimProfileInfo *profile = esim_card_snapshot_find (card, preflight->iccid);
  guint pending = card->notifications != NULL ? card->notifications->len : 0;

  esim_findings_add (findings, ESIM_SEVERITY_OK, "card-answers", g_strdup ("the eUICC answers"), NULL);
  if (card->is_iot)
    esim_findings_add (
        findings, ESIM_SEVERITY_BLOCKER, "eim-managed",
        g_strdup ("the card is one for devices that a remote manager (eIM, SGP.32) looks after: "
                  "its profiles are removed there"),
        NULL);
  if (profile == NULL) {
    esim_findings_add (findings, ESIM_SEVERITY_BLOCKER, "profile-unknown",
                       g_strdup ("the profile is not on this card any more"), NULL);
    return findings;
  }
  if (is_replaced (profile, preflight->aid)) {
    esim_findings_add (findings, ESIM_SEVERITY_BLOCKER, "profile-replaced",
                       g_strdup ("under this ICCID there is another profile now than the one that was meant: "
                                 "begin again with it"),
                       NULL);
    return findings;
  }
  esim_findings_add (findings, ESIM_SEVERITY_OK, "profile-known", g_strdup ("the profile is on the card"),
                     NULL);
  find_class (findings, profile);
  find_policy (findings, profile, preflight->local);
  find_addresses (findings, card, profile, preflight->trust);
  if (pending > 0)
    esim_findings_add (findings, ESIM_SEVERITY_OK, "pending-notifications",
                       g_strdup_printf ("%u other notifications wait on the card; they are copied to disk "
                                        "first",
                                        pending),
                       g_variant_new_parsed ("{'count': <%u>}", pending));
  find_network (findings, profile, preflight->network);
  find_other_lines (findings, card, profile);
  find_contract (findings, profile, preflight->local);
  return findings;
}

gboolean
esim_preflight_check_rules (const EsimCardSnapshot *card, const char *iccid, GBytes *aid, GError **error)
{
  const EsimProfileInfo *profile = esim_card_snapshot_find (card, iccid);

  if (profile == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "the profile is not on this card any more");
    return FALSE;
  }
  if (is_replaced (profile, aid)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         "under this ICCID there is another profile now than the one that was meant");
    return FALSE;
  }
  if ((profile->policy_rules & ESIM_PPR_2_NO_DELETE) == 0 &&
      !(profile->enabled && (profile->policy_rules & ESIM_PPR_1_NO_DISABLE) != 0))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION,
                       "the carrier has confirmed the end, and the profile's policy rules still forbid its "
                       "removal: the carrier has to lift them");
  return FALSE;
}

typedef struct {
  char *eid;
  GObject *owner;
  EsimPreflightRead done;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_free (reading->eid);
  g_object_unref (reading->owner);
  g_free (reading);
}

static gboolean
read_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  const Reading *reading = data;

  return esim_card_host_begin (host, reading->eid, error) != NULL &&
         esim_card_host_get_info (host, FALSE, error) != NULL &&
         esim_card_host_read_profiles (host, error) != NULL;
}

static void
read_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  const Reading *reading = data;

  reading->done (euicc, error, reading->owner);
}

void
esim_preflight_read (EsimEuicc *euicc, const char *eid, GObject *owner, EsimPreflightRead done)
{
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading){g_strdup (eid), g_object_ref (owner), done};
  esim_euicc_run (euicc, NULL, read_job, read_done, reading, reading_free);
}
