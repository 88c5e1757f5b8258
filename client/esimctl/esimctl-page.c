/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-page.h"

#include <esim.h>
#include <glib/gi18n.h>
#include <inttypes.h>

#include "esimctl-dict.h"
#include "esimctl-text.h"

/* The policy holds even if something should slip through the escaping. */
#define HEAD                                                                                                 \
  "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"                                  \
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "                    \
  "'unsafe-inline'\">\n"                                                                                     \
  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>\n"

static const char style[] =
    "body { font: 11pt/1.5 sans-serif; max-width: 48em; margin: 2em auto; padding: 0 1em; color: #111; "
    "background: "
    "#fff }\n"
    "h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 1.5em }\n"
    "table { border-collapse: collapse } th, td { text-align: left; vertical-align: top; padding: 0.15em 1em "
    "0.15em "
    "0 }\n"
    "th { font-weight: normal; color: #555 } td { overflow-wrap: anywhere }\n"
    "li { margin-bottom: 0.6em; break-inside: avoid } .label { display: block; font-size: 0.85em; color: "
    "#555 }\n"
    "footer { margin-top: 2em; border-top: 1px solid #999; font-size: 0.85em; color: #555 }\n"
    "@media print { body { margin: 0; max-width: none } }\n";

/* Returns: (transfer full): @text as text: cleaned, and escaped for content and for attributes. */
static char *
escape (const char *text)
{
  g_autofree char *clean = esim_text_clean (text);

  return g_markup_escape_text (clean, -1);
}

static void
add_title (GString *page, const char *element, const char *text)
{
  g_autofree char *safe = escape (text);

  g_string_append_printf (page, "<%s>%s</%s>\n", element, safe, element);
}

/* @value: (nullable): nothing is added then */
static void
add_row (GString *page, const char *label, const char *value)
{
  g_autofree char *safe_label = escape (label);
  g_autofree char *safe = escape (value);

  if (*safe != '\0')
    g_string_append_printf (page, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", safe_label, safe);
}

static void
add_head (GString *page, EsimctlPaper *paper)
{
  g_autofree char *title = escape (_ ("Receipt of a deregistration"));
  g_autofree char *language = escape (
      /* TRANSLATORS: the language of this catalogue as HTML writes it, as "zh-CN". */
      C_ ("language of the page", "en"));

  g_string_append_printf (page, HEAD, language, title);
  g_string_append_printf (page, "%s</style>\n</head>\n<body>\n", style);
  add_title (page, "h1", _ ("Receipt of a deregistration"));
}

static void
add_facts (GString *page, EsimctlPaper *paper)
{
  g_autofree char *issued = esimctl_text_iso_time (esimctl_paper_get (paper, NULL, "issued"));

  g_string_append (page, "<table>\n");
  add_row (page, _ ("Receipt"), esimctl_paper_get (paper, NULL, "id"));
  add_row (page, _ ("Issued"), issued);
  add_row (page, _ ("Method"), esimctl_paper_get_method (paper));
  add_row (page, _ ("Reason"), esim_words_reason (esimctl_paper_get (paper, NULL, "reason")));
  add_row (page, _ ("EID"), esimctl_paper_get_eid (paper));
  add_row (page, _ ("ICCID"), esimctl_paper_get_iccid (paper));
  add_row (page, _ ("Profile"), esimctl_paper_get (paper, "profile", "name"));
  add_row (page, _ ("Operator"), esimctl_paper_get (paper, "profile", "service-provider"));
  add_row (page, _ ("Carrier"), esimctl_paper_get (paper, "carrier", "name"));
  add_row (page, _ ("Plan"), esimctl_paper_get (paper, "carrier", "plan"));
  add_row (page, _ ("Reference"), esimctl_paper_get (paper, "carrier", "reference"));
  add_row (page, _ ("Contract ends on"), esimctl_paper_get (paper, "carrier", "effective-date"));
  g_string_append (page, "</table>\n");
}

static void
add_statements (GString *page, EsimctlPaper *paper)
{
  g_autoptr (GVariant) statements = esimctl_paper_dup_statements (paper);

  add_title (page, "h2", _ ("What it states"));
  g_string_append (page, "<ol>\n");
  for (gsize i = 0; i < g_variant_n_children (statements); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (statements, i);
    g_autofree char *label = escape (esim_words_label (esimctl_dict_string (one, "label")));
    g_autofree char *moment = esimctl_text_iso_time (esimctl_dict_string (one, "time"));
    g_autofree char *time = escape (moment);
    g_autofree char *words = escape (esimctl_dict_string (one, "words"));

    g_string_append_printf (page, "<li>%s<span class=\"label\">%s%s%s</span></li>\n", words, label,
                            *time != '\0' ? " · " : "", time);
  }
  g_string_append (page, "</ol>\n");
}

static void
add_notifications (GString *page, EsimctlPaper *paper)
{
  const char *const titles[] = {_ ("Number"), _ ("Server"), _ ("Acknowledged")};

  if (esimctl_paper_get_n_claims (paper) == 0)
    return;
  add_title (page, "h2", _ ("Deletion notifications, signed by the eUICC"));
  g_string_append (page, "<table>\n<tr>");
  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    add_title (page, "th", titles[i]);
  g_string_append (page, "</tr>\n");
  for (guint i = 0; i < esimctl_paper_get_n_claims (paper); i++) {
    const EsimctlClaim *claim = esimctl_paper_get_claim (paper, i);
    const char *acknowledged = esimctl_paper_get_acknowledged (paper, i);
    g_autofree char *address = escape (claim->address);
    g_autofree char *moment = esimctl_text_iso_time (acknowledged != NULL ? acknowledged : _ ("not yet"));
    g_autofree char *when = escape (moment);

    g_string_append_printf (page, "<tr><td>%" PRIu64 "</td><td>%s</td><td>%s</td></tr>\n", claim->sequence,
                            address, when);
  }
  g_string_append (page, "</table>\n");
}

static void
add_limits (GString *page, EsimctlPaper *paper)
{
  g_auto (GStrv) limits = esimctl_paper_dup_limits (paper);

  if (limits[0] == NULL)
    return;
  add_title (page, "h2", _ ("What this receipt does not prove"));
  g_string_append (page, "<ul>\n");
  for (gsize i = 0; limits[i] != NULL; i++)
    add_title (page, "li", limits[i]);
  g_string_append (page, "</ul>\n");
}

char *
esimctl_page_new (EsimctlPaper *paper)
{
  GString *page = g_string_new (NULL);

  add_head (page, paper);
  add_facts (page, paper);
  add_statements (page, paper);
  add_notifications (page, paper);
  add_limits (page, paper);
  g_string_append (page, "<footer>\n");
  add_title (
      page, "p",
      _ ("This page shows what the receipt says and proves nothing by itself. Keep the receipt too: its "
         "signatures are checked with: esimctl receipt verify FILE"));
  g_string_append (page, "</footer>\n</body>\n</html>\n");
  return g_string_free (page, FALSE);
}
