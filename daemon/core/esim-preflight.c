/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-preflight.h"

static const char *const severity_names[] = {"ok", "warning", "blocker"};

const char *
esim_severity_to_string (EsimSeverity severity)
{
  return severity_names[severity];
}

static void
finding_free (gpointer data)
{
  EsimFinding *finding = data;

  g_free (finding->message);
  g_variant_unref (finding->parameters);
  g_free (finding);
}

static void
add (GPtrArray *findings, EsimSeverity severity, const char *code, char *message, GVariant *parameters)
{
  EsimFinding *finding = g_new0 (EsimFinding, 1);

  finding->code = code;
  finding->severity = severity;
  finding->message = message;
  finding->parameters = g_variant_ref_sink (parameters != NULL ? parameters : g_variant_new ("a{sv}", NULL));
  g_ptr_array_add (findings, finding);
}

static void
find_class (GPtrArray *findings, const EsimProfileInfo *profile)
{
  if (profile->class_ == ESIM_PROFILE_CLASS_OPERATIONAL)
    add (findings, ESIM_SEVERITY_OK, "class-operational", g_strdup ("it is an operational profile"), NULL);
  else if (profile->class_ == ESIM_PROFILE_CLASS_TEST)
    add (findings, ESIM_SEVERITY_WARNING, "class-test",
         g_strdup ("it is a test profile: there is no contract behind it"), NULL);
  else
    add (findings, ESIM_SEVERITY_BLOCKER, "class-provisioning",
         g_strdup ("it is a provisioning profile: it belongs to the device, not to a contract, and is not "
                   "deregistered"),
         NULL);
}

static void
find_policy (GPtrArray *findings, const EsimProfileInfo *profile)
{
  if ((profile->policy_rules & ESIM_PPR_2_NO_DELETE) != 0)
    add (findings, ESIM_SEVERITY_BLOCKER, "ppr2",
         g_strdup ("its policy rules forbid its deletion (PPR2): only its carrier can lift that; ask there "
                   "to end the contract and to lift the rule"),
         NULL);
  if (profile->enabled && (profile->policy_rules & ESIM_PPR_1_NO_DISABLE) != 0)
    add (findings, ESIM_SEVERITY_BLOCKER, "ppr1-enabled",
         g_strdup (
             "it is enabled and its policy rules forbid disabling it (PPR1): only its carrier can lift that"),
         NULL);
  else if (profile->enabled)
    add (findings, ESIM_SEVERITY_WARNING, "profile-enabled",
         g_strdup ("it is enabled: it is disabled first, and a connection that uses it ends"), NULL);
}

/* Whether the servers that have to be told could be believed to be who they are: a root counts if it is
 * installed and on the card's list. */
static void
find_roots (GPtrArray *findings, const EsimCardSnapshot *card, EsimRspTrust *trust)
{
  g_autofree char *ids = NULL;

  if (card->info == NULL) {
    add (findings, ESIM_SEVERITY_WARNING, "roots-unknown",
         g_strdup ("which roots the card trusts could not be read"), NULL);
    return;
  }
  for (guint i = 0; card->info->ci_key_ids[i] != NULL; i++)
    if (esim_rsp_trust_has (trust, card->info->ci_key_ids[i]))
      return;
  ids = g_strjoinv (", ", card->info->ci_key_ids);
  add (findings, ESIM_SEVERITY_WARNING, "root-missing",
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
    add (findings, ESIM_SEVERITY_WARNING, "no-delete-address",
         g_strdup ("the profile names no server to be told of its deletion: there will be no signed proof, "
                   "and the operator's server is not told"),
         NULL);
    return;
  }
  add (findings, ESIM_SEVERITY_OK, "delete-address-present",
       g_strdup_printf ("the deletion will be told to %s", text),
       g_variant_new_parsed ("{'addresses': <%^as>}", addresses));
  find_roots (findings, card, trust);
}

GPtrArray *
esim_preflight_run (const EsimCardSnapshot *card, const char *iccid, GBytes *aid, EsimRspTrust *trust)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (finding_free);
  const EsimProfileInfo *profile = esim_card_snapshot_find (card, iccid);
  guint pending = card->notifications != NULL ? card->notifications->len : 0;

  add (findings, ESIM_SEVERITY_OK, "card-answers", g_strdup ("the eUICC answers"), NULL);
  if (profile == NULL) {
    add (findings, ESIM_SEVERITY_BLOCKER, "profile-unknown",
         g_strdup ("the profile is not on this card any more"), NULL);
    return findings;
  }
  if (aid != NULL && (profile->aid == NULL || !g_bytes_equal (aid, profile->aid))) {
    add (
        findings, ESIM_SEVERITY_BLOCKER, "profile-replaced",
        g_strdup (
            "under this ICCID there is another profile now than the one that was meant: begin again with it"),
        NULL);
    return findings;
  }
  add (findings, ESIM_SEVERITY_OK, "profile-known", g_strdup ("the profile is on the card"), NULL);
  find_class (findings, profile);
  find_policy (findings, profile);
  find_addresses (findings, card, profile, trust);
  if (pending > 0)
    add (findings, ESIM_SEVERITY_OK, "pending-notifications",
         g_strdup_printf ("%u other notifications wait on the card; they are copied to disk first", pending),
         g_variant_new_parsed ("{'count': <%u>}", pending));
  if (profile->class_ == ESIM_PROFILE_CLASS_OPERATIONAL) {
    add (findings, ESIM_SEVERITY_WARNING, "contract-continues",
         g_strdup ("this removes the profile from the card and nothing else: the contract goes on, and so do "
                   "its costs, until it is ended at the carrier"),
         NULL);
    add (findings, ESIM_SEVERITY_WARNING, "accounts-elsewhere",
         g_strdup ("accounts elsewhere may still send their codes to this number: change them first"), NULL);
  }
  return findings;
}

const EsimFinding *
esim_preflight_get_blocker (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++) {
    const EsimFinding *finding = g_ptr_array_index (findings, i);

    if (finding->severity == ESIM_SEVERITY_BLOCKER)
      return finding;
  }
  return NULL;
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
