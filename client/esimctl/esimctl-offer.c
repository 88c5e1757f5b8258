/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server offers, shown to a person, and what the person says to it. */
#include "esimctl-offer.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-dict.h"
#include "esimctl-loop.h"
#include "esimctl-known-roots.h"
#include "esimctl-secret.h"
#include "esimctl-text.h"
#include "esimctl-view.h"

/* EsimctlWill: whether a profile is wanted. */
typedef enum { WILL_YES, WILL_LATER, WILL_NO } Will;

void
esimctl_offer_clear (EsimctlOffer *offer)
{
  g_clear_pointer (&offer->confirmation_code, esimctl_secret_free);
  g_clear_pointer (&offer->metadata, g_variant_unref);
}

char *
esimctl_offer_title (EsimctlOffer *offer)
{
  const char *iccid = offer->metadata != NULL ? esimctl_dict_string (offer->metadata, "iccid") : "";
  const char *name = offer->metadata != NULL ? esimctl_dict_string (offer->metadata, "name") : "";
  g_autofree char *text = *name != '\0' ? g_strdup_printf (_ ("%s (%s)"), name, iccid) : g_strdup (iccid);

  return esim_text_clean (text);
}

static gboolean
can_ask (EsimctlOffer *offer)
{
  return isatty (STDIN_FILENO) && !offer->context->json;
}

static void
set_nothing (GError **error)
{
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was installed"));
}

static void
show_offer (EsimctlOffer *offer, GVariant *question)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  g_autoptr (GVariant) rules = esimctl_dict_list (offer->metadata, "policy-rules", "as");
  g_autofree char *rules_in_words = esimctl_dict_join (rules, esim_words_policy_rule);
  g_autofree char *words = esim_words_question (question);
  g_autofree char *root =
      esimctl_known_roots_name (offer->context, esimctl_dict_string (offer->metadata, "root-key-id"));
  g_autofree char *until = esimctl_text_time (esimctl_dict_time (question, "deadline"));
  const char *klass = esimctl_dict_string (offer->metadata, "class");
  gboolean ordinary = *klass == '\0' || strcmp (klass, "operational") == 0;

  g_print ("\n");
  esimctl_text_paragraph (0, words);
  g_print ("\n");
  esimctl_view_pair (table, _ ("Name"), ESIMCTL_STYLE_TITLE, esimctl_dict_string (offer->metadata, "name"));
  esimctl_view_pair (table, _ ("Operator"), ESIMCTL_STYLE_PLAIN,
                     esimctl_dict_string (offer->metadata, "service-provider"));
  esimctl_view_pair (table, _ ("MCC and MNC"), ESIMCTL_STYLE_PLAIN,
                     esimctl_dict_string (offer->metadata, "home-operator"));
  esimctl_view_pair (table, _ ("ICCID"), ESIMCTL_STYLE_PLAIN, esimctl_dict_string (offer->metadata, "iccid"));
  if (!ordinary)
    esimctl_view_pair (table, _ ("Class"), ESIMCTL_STYLE_CAUTION, esim_words_profile_class (klass));
  esimctl_view_pair (table, _ ("Rules"), ESIMCTL_STYLE_CAUTION, rules_in_words);
  esimctl_view_pair (table, _ ("Server"), ESIMCTL_STYLE_PLAIN,
                     esimctl_dict_string (offer->metadata, "server"));
  esimctl_view_pair (table, _ ("Vouched for by"), ESIMCTL_STYLE_PLAIN, root);
  esimctl_view_pair (table, _ ("Answer by"), ESIMCTL_STYLE_PLAIN, until);
  esimctl_table_print (table, offer->context->color);
  g_print ("\n");
}

/* Returns: %FALSE with @error set if Ctrl-C was pressed. */
static gboolean
ask_will (Will *will, GError **error)
{
  /* TRANSLATORS: the letters are what is typed; the one in brackets is taken for an empty line. In another
   * language they stay these letters. */
  const char *prompt = _ ("Install it? y = yes, n = no and never, [l] = later:");
  g_autofree char *line = NULL;
  g_autofree char *folded = NULL;

  *will = WILL_LATER;
  if (!esimctl_loop_read_line (prompt, _ ("Nothing was installed"), &line, error))
    return FALSE;
  folded = g_utf8_casefold (line != NULL ? g_strstrip (line) : "", -1);
  if (strcmp (folded, "y") == 0 || strcmp (folded, "yes") == 0 || strcmp (folded, _ ("yes")) == 0)
    *will = WILL_YES;
  else if (strcmp (folded, "n") == 0 || strcmp (folded, "no") == 0 || strcmp (folded, _ ("no")) == 0)
    *will = WILL_NO;
  return TRUE;
}

/* Takes the code that was given beforehand, or asks for it. Returns: (nullable): %NULL: there is none. */
static char *
take_code (EsimctlOffer *offer, GError **error)
{
  char *line = NULL;

  if (offer->confirmation_code != NULL)
    return g_steal_pointer (&offer->confirmation_code);
  if (!can_ask (offer)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                         _ ("A confirmation code is needed: on a terminal, or by the option "
                            "--confirmation-code-file. Nothing was installed."));
    return NULL;
  }
  if (!esimctl_loop_read_secret (_ ("Confirmation code:"), _ ("Nothing was installed"), &line, error))
    return NULL;
  if (line != NULL && *g_strstrip (line) != '\0' && g_utf8_validate (line, -1, NULL))
    return line;
  esimctl_secret_free (line);
  set_nothing (error);
  return NULL;
}

/* A no that may become a yes: the order stays. */
static GVariant *
later (void)
{
  return g_variant_new_parsed ("{'consent': <false>, 'postpone': <true>}");
}

/* Whoever did not answer is not taken to have refused. */
static gboolean
is_interrupt (const GError *error)
{
  return esimctl_error_get_exit (error) == ESIMCTL_EXIT_INTERRUPTED;
}

/* With @local, what the operation ends with is told instead; Ctrl-C is told at once. */
static gboolean
leave (EsimctlAnswer *answer, GVariant *no, GError *local, GError **error)
{
  answer->answer = no;
  if (is_interrupt (local)) {
    g_propagate_error (error, local);
    return FALSE;
  }
  answer->instead = local;
  return TRUE;
}

static gboolean
agree (EsimctlOffer *offer, EsimctlAnswer *answer, GError **error)
{
  GError *local = NULL;
  GVariantDict dict;
  char *code = NULL;

  if (esimctl_dict_flag (offer->metadata, "confirmation-code-required")) {
    code = take_code (offer, &local);
    if (code == NULL)
      return leave (answer, later (), local, error);
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "consent", "b", TRUE);
  if (code != NULL)
    g_variant_dict_insert (&dict, "confirmation-code", "s", code);
  esimctl_secret_free (code);
  answer->answer = g_variant_dict_end (&dict);
  return TRUE;
}

static gboolean
ask_install (EsimctlOffer *offer, GVariant *question, EsimctlAnswer *answer, GError **error)
{
  GError *local = NULL;
  Will will = WILL_YES;

  g_clear_pointer (&offer->metadata, g_variant_unref);
  offer->metadata = esimctl_dict_list (question, "metadata", "a{sv}");
  if (!offer->context->json)
    show_offer (offer, question);
  if (offer->yes)
    return agree (offer, answer, error);
  if (!can_ask (offer)) {
    g_set_error_literal (&local, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                         _ ("Installing needs a yes: on a terminal, or by the option --yes. Nothing was "
                            "installed."));
    return leave (answer, later (), local, error);
  }
  if (!ask_will (&will, &local))
    return leave (answer, later (), local, error);
  if (will == WILL_YES)
    return agree (offer, answer, error);
  if (will == WILL_LATER)
    g_set_error_literal (&local, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED,
                         _ ("Nothing was installed. The activation code can be used later."));
  else
    set_nothing (&local);
  return leave (answer, will == WILL_LATER ? later () : g_variant_new_parsed ("{'consent': <false>}"), local,
                error);
}

/* The rules bind whoever agrees for as long as the operator wants: a key pressed once too often is no
 * consent. */
static gboolean
ask_rules (EsimctlOffer *offer, GVariant *question, EsimctlAnswer *answer, GError **error)
{
  g_autoptr (GVariant) rules = esimctl_dict_list (question, "policy-rules", "as");
  g_autofree char *rules_in_words = esimctl_dict_join (rules, esim_words_policy_rule);
  g_autofree char *words = esim_words_question (question);
  g_autofree char *line = NULL;
  g_autofree char *folded = NULL;
  GError *local = NULL;
  gboolean consent = offer->accept_rules;

  if (!offer->context->json) {
    g_print ("\n");
    esimctl_text_paragraph (0, words);
    esimctl_text_line (offer->context->color, ESIMCTL_STYLE_CAUTION, rules_in_words);
  }
  if (!consent && can_ask (offer)) {
    if (!esimctl_loop_read_line (_ ("To install it with these rules, type the whole word “yes”:"),
                                 _ ("Nothing was installed"), &line, &local))
      return leave (answer, g_variant_new_parsed ("{'consent': <false>}"), local, error);
    folded = g_utf8_casefold (line != NULL ? g_strstrip (line) : "", -1);
    consent = strcmp (folded, "yes") == 0 || strcmp (folded, _ ("yes")) == 0;
    if (!consent)
      set_nothing (&local);
  } else if (!consent) {
    g_set_error_literal (&local, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                         _ ("The profile brings rules that need a consent of their own: on a terminal, or by "
                            "the option --accept-rules. Nothing was installed."));
  }
  answer->answer = g_variant_new_parsed ("{'consent': <%b>}", consent);
  answer->instead = local;
  return TRUE;
}

static gboolean
ask_code (EsimctlOffer *offer, GVariant *question, EsimctlAnswer *answer, GError **error)
{
  GError *local = NULL;
  int retries = -1;
  char *code;

  (void) g_variant_lookup (question, "retries-left", "i", &retries);
  if (!offer->context->json) {
    g_autofree char *words = esim_words_question (question);

    g_print ("\n");
    esimctl_text_paragraph (0, words);
    if (retries >= 0)
      g_print (g_dngettext (GETTEXT_PACKAGE, "%d try is left.\n", "%d tries are left.\n", (gulong) retries),
               retries);
  }
  code = take_code (offer, &local);
  if (code == NULL)
    return leave (answer, g_variant_new_parsed ("{'cancel': <true>}"), local, error);
  answer->answer = g_variant_new_parsed ("{'code': <%s>}", code);
  esimctl_secret_free (code);
  return TRUE;
}

gboolean
esimctl_offer_ask (GVariant *question, gpointer data, EsimctlAnswer *answer, GError **error)
{
  const char *type = esimctl_dict_string (question, "type");

  if (strcmp (type, "install-consent") == 0)
    return ask_install (data, question, answer, error);
  if (strcmp (type, "policy-consent") == 0)
    return ask_rules (data, question, answer, error);
  if (strcmp (type, "confirmation-code") == 0)
    return ask_code (data, question, answer, error);
  esimctl_operation_set_unknown (question, error);
  return FALSE;
}
