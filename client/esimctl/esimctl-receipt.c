/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "esimctl-json.h"
#include "esimctl-page.h"
#include "esimctl-paper.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"
#include "esimctl-verify.h"

/* Verdict: of all notifications of a receipt together. */
typedef struct {
  guint checked;
  guint anchored;
  guint out_of_time;
} Verdict;

/* Returns: (transfer full) (nullable): what goes out of the receipt @text, in the form that was asked for. */
static char *
in_form (const char *text, gboolean html, gboolean to_file, GError **error)
{
  g_autoptr (EsimctlPaper) paper = NULL;

  /* On a terminal its own characters must do nothing; a file holds what the service gave. */
  if (!html)
    return to_file ? g_strdup (text) : esimctl_json_escape (text);
  paper = esimctl_paper_new (text, strlen (text), error);
  return paper != NULL ? esimctl_page_new (paper) : NULL;
}

static int
show (EsimctlContext *context, const char *text, GError **error)
{
  g_autoptr (EsimctlPaper) paper = esimctl_paper_new (text, strlen (text), error);

  if (paper == NULL)
    return ESIMCTL_EXIT_FAILED;
  esimctl_paper_print (paper, context->color);
  return ESIMCTL_EXIT_OK;
}

static int
get (EsimctlContext *context, const char *id, const char *output, gboolean html, GError **error)
{
  g_autoptr (EsimDeregistration) one = esimctl_select_deregistration (context, id, error);
  g_autofree char *text = one != NULL ? esim_deregistration_get_receipt_sync (one, NULL, error) : NULL;
  g_autofree char *form = NULL;
  gboolean to_file = output != NULL && strcmp (output, "-") != 0;

  if (text == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (!context->json && !html && output == NULL)
    return show (context, text, error);
  form = in_form (text, html, to_file, error);
  if (form == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (!to_file) {
    puts (form);
    return ESIMCTL_EXIT_OK;
  }
  if (!g_file_set_contents_full (output, form, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    return ESIMCTL_EXIT_FAILED;
  if (!context->json)
    g_print (_ ("The receipt is in %s\n"), output);
  return ESIMCTL_EXIT_OK;
}

static gboolean
check_all (EsimctlPaper *paper, EsimctlRoots *roots, Verdict *verdict, GVariantBuilder *list, GError **error)
{
  for (guint i = 0; i < esimctl_paper_get_n_claims (paper); i++) {
    const EsimctlClaim *claim = esimctl_paper_get_claim (paper, i);
    g_auto (EsimctlFacts) facts = {0};

    if (!esimctl_verify_claim (claim, roots, &facts, error))
      return FALSE;
    verdict->checked++;
    verdict->anchored += facts.anchored ? 1 : 0;
    verdict->out_of_time += facts.in_time ? 0 : 1;
    g_variant_builder_add_parsed (
        list, "{'sequence': <%t>, 'address': <%s>, 'anchored': <%b>, 'root': <%s>, 'in-time': <%b>}",
        claim->sequence, claim->address, facts.anchored, facts.root != NULL ? facts.root : "", facts.in_time);
  }
  return TRUE;
}

static const char *
verdict_name (const Verdict *verdict)
{
  if (verdict->checked == 0)
    return "no-signed-proof";
  return verdict->anchored == verdict->checked ? "verified" : "unanchored";
}

static void
print_checks (EsimctlContext *context, GVariant *checks)
{
  esimctl_text_line (context->color, ESIMCTL_STYLE_TITLE, _ ("What was checked"));
  for (gsize i = 0; i < g_variant_n_children (checks); i++) {
    g_autoptr (GVariant) check = g_variant_get_child_value (checks, i);
    const char *address = "", *root = "";
    guint64 sequence = 0;
    gboolean anchored = FALSE, in_time = FALSE;
    g_autofree char *line = NULL;
    g_autofree char *anchor = NULL;

    g_variant_lookup (check, "sequence", "t", &sequence);
    g_variant_lookup (check, "address", "&s", &address);
    g_variant_lookup (check, "root", "&s", &root);
    g_variant_lookup (check, "anchored", "b", &anchored);
    g_variant_lookup (check, "in-time", "b", &in_time);
    line = g_strdup_printf (_ ("Notification %" PRIu64
                               " to %s: the eUICC with this EID signed the deletion of this "
                               "ICCID; number, event, server and ICCID are what it signed."),
                            sequence, address);
    anchor =
        anchored
            ? g_strdup_printf (_ ("Its certificate goes back to the root “%s”."), root)
            : g_strdup (_ (
                  "Unanchored: no root was found that its certificate goes back to. Give one with --roots."));
    esimctl_text_paragraph (2, line);
    esimctl_text_paragraph (4, anchor);
    esimctl_text_paragraph (
        4, in_time ? _ ("Its certificates are within their dates today.")
                   : _ ("A certificate is not within its dates today; that does not undo the signature."));
  }
}

static void
print_verdict (EsimctlContext *context, EsimctlPaper *paper, const Verdict *verdict, GVariant *checks)
{
  const char *name = verdict_name (verdict);

  esimctl_paper_print (paper, context->color);
  g_print ("\n");
  if (verdict->checked > 0)
    print_checks (context, checks);
  esimctl_text_paragraph (
      2, _ ("All else in this file (times, names, statements) is as the file has it: nobody signed it."));
  g_print ("\n");
  if (strcmp (name, "verified") == 0)
    esimctl_text_line (context->color, ESIMCTL_STYLE_GOOD, _ ("Verified."));
  else if (strcmp (name, "unanchored") == 0)
    esimctl_text_line (context->color, ESIMCTL_STYLE_CAUTION,
                       _ ("Unanchored: the signatures are right, but whose they are is not shown."));
  else
    esimctl_text_line (context->color, ESIMCTL_STYLE_CAUTION,
                       _ ("There is no signed proof in this receipt."));
}

static int
verify (EsimctlContext *context, const char *file, const char *eid, const char *roots_folder, GError **error)
{
  const char *const usual[] = {ESIM_SYSCONFDIR "/esimd/trust", "/usr/share/esimd/trust", NULL};
  const char *const given[] = {roots_folder, NULL};
  g_autoptr (EsimctlPaper) paper = esimctl_paper_new_from_file (file, error);
  g_autoptr (EsimctlRoots) roots = NULL;
  g_autoptr (GVariant) checks = NULL;
  Verdict verdict = {0};
  GVariantBuilder list;

  if (paper == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (roots_folder != NULL && !g_file_test (roots_folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND, _ ("There is no folder “%s”"), roots_folder);
    return ESIMCTL_EXIT_NOT_FOUND;
  }
  if (eid != NULL && strcmp (eid, esimctl_paper_get_eid (paper)) != 0) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE,
                 _ ("The receipt is about another eUICC: its EID is %s"), esimctl_paper_get_eid (paper));
    return ESIMCTL_EXIT_NOT_GENUINE;
  }
  roots = esimctl_roots_new (roots_folder != NULL ? given : usual);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  if (!check_all (paper, roots, &verdict, &list, error)) {
    g_variant_builder_clear (&list);
    return ESIMCTL_EXIT_NOT_GENUINE;
  }
  checks = g_variant_ref_sink (g_variant_builder_end (&list));
  if (context->json)
    esimctl_json_print (g_variant_new_parsed (
        "{'verdict': <%s>, 'eid': <%s>, 'iccid': <%s>, 'roots': <%u>, 'notifications': <%@aa{sv}>}",
        verdict_name (&verdict), esimctl_paper_get_eid (paper), esimctl_paper_get_iccid (paper),
        esimctl_roots_get_count (roots), checks));
  else
    print_verdict (context, paper, &verdict, checks);
  return strcmp (verdict_name (&verdict), "verified") == 0 ? ESIMCTL_EXIT_OK : ESIMCTL_EXIT_UNANCHORED;
}

int
esimctl_receipt (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autofree char *output = NULL;
  g_autofree char *eid = NULL;
  g_autofree char *roots = NULL;
  gboolean verifying, html = FALSE;
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("Write the receipt (JSON) to this file"),
       N_ ("FILE")},
      {"html", 0, 0, G_OPTION_ARG_NONE, &html, N_ ("As a page to print (HTML)"), NULL},
      {"eid", 0, 0, G_OPTION_ARG_STRING, &eid, N_ ("With verify: the eUICC that it must be about"),
       N_ ("EID")},
      {"roots", 0, 0, G_OPTION_ARG_FILENAME, &roots,
       N_ ("With verify: the folder with the root certificates"), N_ ("FOLDER")},
      {NULL},
  };

  if (!esimctl_parse (context, _ ("ID | verify FILE"), entries, &argc, &argv, 1, 2, error))
    return ESIMCTL_EXIT_USAGE;
  verifying = argc == 3 && strcmp (argv[1], "verify") == 0;
  if ((argc == 3 && !verifying) || (html && (verifying || context->json))) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("Usage: esimctl receipt ID [--html] [-o FILE], or: esimctl receipt verify FILE"));
    return ESIMCTL_EXIT_USAGE;
  }
  if (verifying)
    return verify (context, argv[2], eid, roots, error);
  return esimctl_connect (context, error) ? get (context, argv[1], output, html, error) : ESIMCTL_EXIT_FAILED;
}
