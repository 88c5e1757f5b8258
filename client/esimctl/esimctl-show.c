/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-connections.h"
#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-known-roots.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

#define EID_LENGTH 32

static char *
join_rules (const char *const *rules)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (gsize i = 0; rules[i] != NULL; i++)
    g_ptr_array_add (words, (gpointer) esim_words_policy_rule (rules[i]));
  g_ptr_array_add (words, NULL);
  return g_strjoinv (", ", (char **) words->pdata);
}

static void
print_profile (EsimctlContext *context, EsimProfile *profile)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  const char *state = esim_profile_get_state (profile);
  g_autofree char *rules = join_rules (esim_profile_get_policy_rules (profile));
  g_autofree char *servers = g_strjoinv (", ", (char **) esim_profile_get_notification_addresses (profile));
  EsimObject *euicc = esim_client_get_object (context->client, esim_profile_get_euicc (profile));
  EsimObject *deregistration =
      esim_client_get_object (context->client, esim_profile_get_deregistration (profile));

  g_autoptr (GVariant) description =
      deregistration != NULL ? esimctl_select_describe (ESIM_DEREGISTRATION (deregistration)) : NULL;
  g_autofree char *waiting = description != NULL ? esimctl_course_dup_waiting (description) : g_strdup ("");

  esimctl_view_pair (table, _ ("ICCID"), ESIMCTL_STYLE_TITLE, esim_profile_get_iccid (profile));
  esimctl_view_pair (table, _ ("Nickname"), ESIMCTL_STYLE_PLAIN, esim_profile_get_nickname (profile));
  esimctl_view_pair (table, _ ("Name"), ESIMCTL_STYLE_PLAIN, esim_profile_get_name (profile));
  esimctl_view_pair (table, _ ("Operator"), ESIMCTL_STYLE_PLAIN, esim_profile_get_service_provider (profile));
  esimctl_view_pair (table, _ ("MCC and MNC"), ESIMCTL_STYLE_PLAIN, esim_profile_get_home_operator (profile));
  esimctl_view_pair (table, "GID1", ESIMCTL_STYLE_PLAIN, esim_profile_get_gid1 (profile));
  esimctl_view_pair (table, "GID2", ESIMCTL_STYLE_PLAIN, esim_profile_get_gid2 (profile));
  esimctl_view_pair (table, _ ("State"), esimctl_text_state_style (state), esim_words_profile_state (state));
  esimctl_view_pair (table, _ ("Class"), ESIMCTL_STYLE_PLAIN,
                     esim_words_profile_class (esim_profile_get_profile_class (profile)));
  esimctl_view_pair (table, _ ("Rules"), ESIMCTL_STYLE_CAUTION, rules);
  esimctl_view_pair (table, _ ("Told when deleted"), ESIMCTL_STYLE_PLAIN,
                     *servers != '\0' ? servers : _ ("nobody"));
  esimctl_connections_add (table, profile);
  if (deregistration != NULL) {
    const char *stage = esim_deregistration_get_stage (ESIM_DEREGISTRATION (deregistration));

    esimctl_view_pair (table, _ ("Deregistration"), esimctl_text_state_style (stage),
                       esim_words_stage (stage));
  }
  if (description != NULL)
    esimctl_course_add_facts (table, description);
  if (euicc != NULL)
    esimctl_view_pair (table, _ ("EID"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_eid (ESIM_EUICC (euicc)));
  esimctl_table_print (table, context->color);
  if (*waiting != '\0') {
    g_print ("\n");
    esimctl_text_paragraph (0, waiting);
  }
}

/* One rule of the card's table in words, with whose profiles it is for. */
static char *
rule_in_words (GVariant *rule)
{
  g_autoptr (GVariant) rules = esimctl_dict_list (rule, "rules", "as");
  g_autoptr (GVariant) operators = esimctl_dict_list (rule, "operators", "aa{sv}");
  g_autoptr (GPtrArray) whose = g_ptr_array_new ();
  g_autofree char *what = esimctl_dict_join (rules, esim_words_policy_rule);
  g_autofree char *who = NULL;

  for (gsize i = 0; i < g_variant_n_children (operators); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (operators, i);
    const char *mccmnc = esimctl_dict_string (one, "mccmnc");

    g_ptr_array_add (whose,
                     (gpointer) (strspn (mccmnc, "*") == strlen (mccmnc) ? _ ("any operator") : mccmnc));
  }
  g_ptr_array_add (whose, NULL);
  who = g_strjoinv (_ (", "), (char **) whose->pdata);
  return g_strdup_printf (
      esimctl_dict_flag (rule, "consent-required") ? _ ("%s: %s; you are asked") : _ ("%s: %s"), who, what);
}

static void
add_rules (EsimctlTable *table, EsimEuicc *euicc)
{
  g_autoptr (GVariant) rules = esim_euicc_dup_policy_rules (euicc);

  for (gsize i = 0; i < g_variant_n_children (rules); i++) {
    g_autoptr (GVariant) rule = g_variant_get_child_value (rules, i);
    g_autofree char *words = rule_in_words (rule);

    esimctl_table_add (table, ESIMCTL_STYLE_QUIET, i == 0 ? _ ("Rules allowed") : "");
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, words);
  }
}

static void
add_roots (EsimctlTable *table, EsimctlContext *context, EsimEuicc *euicc)
{
  const char *const *key_ids = esim_euicc_get_ci_key_ids (euicc);

  for (gsize i = 0; key_ids[i] != NULL; i++) {
    g_autofree char *name = esimctl_known_roots_name (context, key_ids[i]);

    esimctl_table_add (table, ESIMCTL_STYLE_QUIET, i == 0 ? _ ("CI roots") : "");
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, name);
  }
}

static void
add_servers (EsimctlTable *table, EsimEuicc *euicc)
{
  g_autofree char *smds = g_strjoinv (_ (", "), (char **) esim_euicc_get_root_smds_addresses (euicc));

  esimctl_view_pair (table, _ ("Default server"), ESIMCTL_STYLE_PLAIN,
                     esim_euicc_get_default_smdp_address (euicc));
  esimctl_view_pair (table, _ ("Discovery"), ESIMCTL_STYLE_PLAIN, smds);
}

static void
print_euicc (EsimctlContext *context, EsimEuicc *euicc)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  const char *state = esim_euicc_get_state (euicc);
  g_autofree char *slot = g_strdup_printf ("%u", esim_euicc_get_slot (euicc));
  g_autofree char *free_memory =
      g_format_size_full (esim_euicc_get_free_memory (euicc), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *waiting = g_strdup_printf ("%u", esim_euicc_get_pending_notifications (euicc));

  esimctl_view_pair (table, _ ("EID"), ESIMCTL_STYLE_TITLE, esim_euicc_get_eid (euicc));
  esimctl_view_pair (table, _ ("State"), esimctl_text_state_style (state), esim_words_euicc_state (state));
  esimctl_view_pair (table, _ ("Problem"), ESIMCTL_STYLE_BAD, esim_euicc_get_problem (euicc));
  esimctl_view_pair (table, _ ("Modem"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_modem (euicc));
  esimctl_view_pair (table, _ ("Device"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_device (euicc));
  esimctl_view_pair (table, _ ("Transport"), ESIMCTL_STYLE_PLAIN,
                     esim_words_transport (esim_euicc_get_transport (euicc)));
  esimctl_view_pair (table, _ ("Slot"), ESIMCTL_STYLE_PLAIN, slot);
  esimctl_view_pair (table, _ ("SGP.22 version"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_spec_version (euicc));
  esimctl_view_pair (table, _ ("Firmware"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_firmware_version (euicc));
  if (esim_euicc_get_free_memory (euicc) > 0)
    esimctl_view_pair (table, _ ("Free memory"), ESIMCTL_STYLE_PLAIN, free_memory);
  add_roots (table, context, euicc);
  add_servers (table, euicc);
  add_rules (table, euicc);
  esimctl_view_pair (table, _ ("Notifications"), ESIMCTL_STYLE_PLAIN, waiting);
  esimctl_table_print (table, context->color);
}

static int
show_euicc (EsimctlContext *context, EsimEuicc *euicc, GError **error)
{
  if (!esimctl_operation_read_details (context, euicc, error))
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (esimctl_view_object (ESIM_OBJECT (euicc)));
  else
    print_euicc (context, euicc);
  return ESIMCTL_EXIT_OK;
}

int
esimctl_show (EsimctlContext *context, int argc, char **argv, GError **error)
{
  EsimEuicc *euicc;
  EsimProfile *profile;

  if (!esimctl_parse (context, _ ("[PROFILE|EID]"), NULL, &argc, &argv, 0, 1, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  if (argc > 1 && strlen (argv[1]) == EID_LENGTH && strspn (argv[1], "0123456789") == EID_LENGTH) {
    g_free (context->euicc);
    context->euicc = g_strdup (argv[1]);
    argc = 1;
  }
  if (argc == 1) {
    euicc = esimctl_select_one_euicc (context, error);
    return euicc != NULL ? show_euicc (context, euicc, error) : ESIMCTL_EXIT_FAILED;
  }
  profile = esimctl_select_profile (context, argv[1], error);
  if (profile == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (esimctl_view_object (ESIM_OBJECT (profile)));
  else
    print_profile (context, profile);
  return ESIMCTL_EXIT_OK;
}
