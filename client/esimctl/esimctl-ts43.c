/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-ts43.h"

#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-address.h"
#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-loop.h"
#include "esimctl-secret.h"
#include "esimctl-text.h"

#define LAST_DIGITS 4

static void
take (EsimctlReply *reply, GVariant *answer)
{
  reply->answer = g_variant_ref_sink (answer);
}

static void
take_outcome (EsimctlReply *reply, const char *outcome)
{
  take (reply, g_variant_new_parsed ("{'outcome': <%s>}", outcome));
}

/* What can be chosen: things of this program, then outcomes, then to come back later. */
typedef struct {
  GPtrArray *labels;
  GPtrArray *outcomes; /* of the labels that are one */
  guint n_own;
} Menu;

static void
menu_clear (Menu *menu)
{
  g_clear_pointer (&menu->labels, g_ptr_array_unref);
  g_clear_pointer (&menu->outcomes, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Menu, menu_clear)

static void
menu_init (Menu *menu, const char *first, const char *second)
{
  menu->labels = g_ptr_array_new_with_free_func (g_free);
  menu->outcomes = g_ptr_array_new_with_free_func (g_free);
  if (first != NULL)
    g_ptr_array_add (menu->labels, g_strdup (first));
  if (second != NULL)
    g_ptr_array_add (menu->labels, g_strdup (second));
  menu->n_own = menu->labels->len;
}

/* @except: (nullable): one that only a web view can answer; @cardless: nothing is there to delete */
static void
menu_add_outcomes (Menu *menu, GVariant *question, const char *except, gboolean cardless)
{
  g_auto (GStrv) outcomes = esim_question_get_outcomes (question);

  for (gsize i = 0; outcomes[i] != NULL; i++) {
    if (g_strcmp0 (outcomes[i], except) == 0)
      continue;
    g_ptr_array_add (menu->outcomes, g_strdup (outcomes[i]));
    g_ptr_array_add (menu->labels, cardless && strcmp (outcomes[i], "delete") == 0
                                       ? g_strdup (_ ("Take the contract for ended"))
                                       : esim_text_clean (esim_words_outcome (outcomes[i])));
  }
  g_ptr_array_add (menu->labels, g_strdup (_ ("Not now: I come back later")));
  g_ptr_array_add (menu->labels, NULL);
}

/* Returns: (nullable): the outcome that was chosen; %NULL for something else. */
static const char *
menu_outcome (const Menu *menu, int chosen)
{
  guint index = (guint) chosen - menu->n_own;

  return chosen >= (int) menu->n_own && index < menu->outcomes->len ? menu->outcomes->pdata[index] : NULL;
}

static gboolean
menu_choose (EsimctlRun *run, const Menu *menu, int *chosen, GError **error)
{
  return esimctl_question_choose (run, (const char *const *) menu->labels->pdata, TRUE, chosen, error);
}

/* Not broken over lines: it is copied. */
static void
print_address (const char *address)
{
  g_autofree char *clean = esim_text_clean (address);

  g_print ("  %s\n", clean);
}

static void
print_hosts (GVariant *question)
{
  g_autoptr (GVariant) hosts = esimctl_dict_list (question, "allowed-hosts", "as");
  g_autofree char *list = esimctl_dict_join (hosts, NULL);

  esimctl_course_print_pair (2, _ ("The carrier's own servers"), list);
}

/* The address is there in any case: a browser that was started may fail, or be on another screen. */
static void
open_page (const char *page, gboolean start)
{
  if (start && esimctl_address_can_open () && esimctl_address_open (page))
    esimctl_text_paragraph (0, _ ("The page is being opened. If it does not appear, open it yourself:"));
  else
    esimctl_text_paragraph (
        0, _ ("Open this page yourself, and look that it stays on the carrier's own servers:"));
  print_address (page);
}

static void
print_page (GVariant *question, const char *page)
{
  if (page != NULL) {
    open_page (page, FALSE);
  } else if (*esimctl_dict_string (question, "contents-type") != '\0') {
    esimctl_text_paragraph (
        0, _ ("This page is given data when it is opened, which takes a settings panel with a web view: a "
              "browser cannot be told to do it. Open it there, or end the contract another way."));
  } else {
    esimctl_text_paragraph (0, _ ("This address is not on the carrier's own servers, and is not opened:"));
    print_address (esimctl_dict_string (question, "address"));
  }
  print_hosts (question);
}

/* It carries the login, so it is not shown, and wiped. Returns: %FALSE with @error set if Ctrl-C was pressed.
 */
static gboolean
read_final_address (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  char *line = NULL;
  gboolean heard =
      esimctl_loop_read_secret (_ ("The whole address (it is not shown):"), run->interrupted, &line, error);

  if (!heard)
    return FALSE;
  if (line != NULL && !esim_question_stops_at (question, g_strstrip (line)))
    g_printerr ("%s\n", _ ("That is not the address at which the login ends."));
  else if (line != NULL)
    take (reply, g_variant_new_parsed ("{'final-address': <%s>}", line));
  esimctl_secret_free (line);
  return TRUE;
}

gboolean
esimctl_ts43_ask_login (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_autofree char *page = esim_question_dup_page (question);
  g_auto (Menu) menu = {0};
  int chosen = 0;

  menu_init (&menu, _ ("Open the page for logging in"),
             _ ("I have logged in: give the address at which the browser has stopped"));
  menu_add_outcomes (&menu, question, NULL, FALSE);
  print_page (question, page);
  esimctl_text_paragraph (
      0,
      _ ("When you are logged in, the browser is sent to the address below, with more behind it. Copy that "
         "whole address from the browser before you do anything else: it can be used once, and a browser "
         "that loads it may use it up. Then the login begins again."));
  print_address (esimctl_dict_string (question, "stop-at"));
  while (reply->answer == NULL && chosen >= 0 && chosen < (int) menu.n_own) {
    if (!menu_choose (run, &menu, &chosen, error))
      return FALSE;
    if (chosen == 0 && page != NULL)
      open_page (page, TRUE);
    else if (chosen == 1 && !read_final_address (run, question, reply, error))
      return FALSE;
  }
  if (reply->answer == NULL && menu_outcome (&menu, chosen) != NULL)
    take_outcome (reply, menu_outcome (&menu, chosen));
  return TRUE;
}

gboolean
esimctl_ts43_ask_websheet (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_autofree char *page = esim_question_dup_page (question);
  g_auto (Menu) menu = {0};
  int chosen = 0;

  menu_init (&menu, page != NULL ? _ ("Open the page") : NULL, NULL);
  menu_add_outcomes (&menu, question, "delete-profile-in-use", FALSE);
  print_page (question, page);
  do {
    if (!menu_choose (run, &menu, &chosen, error))
      return FALSE;
    if (chosen == 0 && page != NULL)
      open_page (page, TRUE);
  } while (chosen >= 0 && chosen < (int) menu.n_own);
  if (menu_outcome (&menu, chosen) != NULL)
    take_outcome (reply, menu_outcome (&menu, chosen));
  return TRUE;
}

/* Returns: %FALSE with @error set if Ctrl-C was pressed; @text is %NULL at the end of input. */
static gboolean
read_text (EsimctlRun *run, GVariant *question, char **text, GError **error)
{
  g_autofree char *hint = esim_text_clean (esimctl_dict_string (question, "hint"));
  g_autofree char *prompt = g_strdup_printf ("%s:", *hint != '\0' ? hint : _ ("Your answer"));

  while (TRUE) {
    g_autoptr (GError) local = NULL;

    if (!esimctl_loop_read_line (prompt, run->interrupted, text, error) || *text == NULL)
      return *text == NULL && (error == NULL || *error == NULL);
    g_strstrip (*text);
    if (g_utf8_validate (*text, -1, NULL) && esim_question_check_text (question, *text, &local))
      return TRUE;
    g_printerr ("%s\n", local != NULL ? local->message : _ ("That is no text."));
    g_clear_pointer (text, g_free);
  }
}

static char *
button_label (GVariant *button)
{
  g_autofree char *label = esim_text_clean (esimctl_dict_string (button, "label"));

  if (*label != '\0')
    return g_steal_pointer (&label);
  return g_strdup (strcmp (esimctl_dict_string (button, "name"), "accept") == 0 ? _ ("Agree")
                                                                                : _ ("Decline"));
}

static void
print_carriers_words (EsimctlRun *run, GVariant *question)
{
  const char *title = esimctl_dict_string (question, "title");

  g_print ("\n");
  if (*title != '\0')
    esimctl_text_line (run->context->color, ESIMCTL_STYLE_TITLE, title);
  esimctl_text_paragraph (2, esimctl_dict_string (question, "text"));
  g_print ("\n");
}

static gboolean
answer_message (EsimctlRun *run, GVariant *question, const char *button, EsimctlReply *reply, GError **error)
{
  g_autofree char *text = NULL;

  if (strcmp (button, "accept") != 0 || !esimctl_dict_flag (question, "free-text")) {
    take (reply, g_variant_new_parsed ("{'button': <%s>}", button));
    return TRUE;
  }
  if (!read_text (run, question, &text, error))
    return FALSE;
  if (text != NULL)
    take (reply, g_variant_new_parsed ("{'button': <%s>, 'text': <%s>}", button, text));
  return TRUE;
}

gboolean
esimctl_ts43_ask_message (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_autoptr (GVariant) buttons = esimctl_dict_list (question, "buttons", "aa{sv}");
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) button = NULL;
  gsize n = g_variant_n_children (buttons);
  int chosen = -1;

  print_carriers_words (run, question);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (buttons, i);

    g_ptr_array_add (labels, button_label (one));
  }
  g_ptr_array_add (labels, g_strdup (_ ("Not now: I come back later")));
  g_ptr_array_add (labels, NULL);
  if (!esimctl_question_choose (run, (const char *const *) labels->pdata, TRUE, &chosen, error))
    return FALSE;
  if (chosen < 0 || (gsize) chosen >= n)
    return TRUE;
  button = g_variant_get_child_value (buttons, (gsize) chosen);
  return answer_message (run, question, esimctl_dict_string (button, "name"), reply, error);
}

gboolean
esimctl_ts43_ask_identity (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  gboolean code = esim_question_is (question, "carrier-question", "one-time-code");
  g_auto (Menu) menu = {0};
  char *line = NULL;
  int chosen = -1;

  if (!(code ? esimctl_loop_read_secret (_ ("The code (it is not shown; Enter: something else):"),
                                         run->interrupted, &line, error)
             : esimctl_loop_read_line (_ ("The number, as +66812345678 (Enter: something else):"),
                                       run->interrupted, &line, error)))
    return FALSE;
  if (line == NULL)
    return TRUE;
  if (*g_strstrip (line) != '\0')
    take (reply, g_variant_new_parsed ("{%s: <%s>}", code ? "code" : "number", line));
  esimctl_secret_free (line);
  if (reply->answer != NULL)
    return TRUE;
  menu_init (&menu, NULL, NULL);
  menu_add_outcomes (&menu, question, NULL, FALSE);
  if (!menu_choose (run, &menu, &chosen, error))
    return FALSE;
  if (menu_outcome (&menu, chosen) != NULL)
    take_outcome (reply, menu_outcome (&menu, chosen));
  return TRUE;
}

/* "delete" without a profile on a card: the contract alone is meant. */
static gboolean
is_cardless (EsimctlRun *run)
{
  return *esimctl_dict_string (run->description, "eid") == '\0';
}

/* A yes is typed too easily. Returns: %FALSE with @error set if Ctrl-C was pressed. */
static gboolean
confirm_deletion (EsimctlRun *run, gboolean *confirmed, GError **error)
{
  const char *iccid = esimctl_dict_string (run->description, "iccid");
  gsize length = strlen (iccid);
  const char *last = length > LAST_DIGITS ? iccid + length - LAST_DIGITS : iccid;
  g_autofree char *line = NULL;
  g_autofree char *prompt =
      is_cardless (run)
          ? g_strdup_printf (
                _ ("To take the contract of %s for ended, type the last %d digits of that number:"), iccid,
                LAST_DIGITS)
          : g_strdup_printf (_ ("To delete the profile %s, type the last %d digits of that number:"), iccid,
                             LAST_DIGITS);

  *confirmed = FALSE;
  if (!esimctl_loop_read_line (prompt, run->interrupted, &line, error))
    return FALSE;
  *confirmed = line != NULL && *last != '\0' && strcmp (g_strstrip (line), last) == 0;
  if (!*confirmed)
    g_printerr ("%s\n", _ ("That is another number. Nothing was deleted."));
  return TRUE;
}

static void
print_evidence (EsimctlRun *run, GVariant *question)
{
  const char *seen = esimctl_dict_string (question, "seen");
  const char *meaning;
  guint status = 0;

  if (esim_question_is (question, "attest", "no-longer-recognised"))
    seen = "no-longer-recognised";
  meaning = *seen != '\0' ? esim_words_seen_meaning (seen) : NULL;
  if (meaning == NULL)
    meaning = esimctl_dict_string (question, "meaning");
  if (*meaning != '\0') {
    g_print ("\n");
    esimctl_text_marked (run->context->color, ESIMCTL_STYLE_BAD, "!", 2, meaning);
  }
  if (g_variant_lookup (question, "status", "u", &status))
    esimctl_course_print_pair (0, _ ("The line, as the carrier's server last showed it"),
                               esim_words_service_status (status));
  esimctl_course_print_contact (run->context->color, run->description);
  g_print ("\n");
}

gboolean
esimctl_ts43_ask_outcome (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_auto (Menu) menu = {0};
  gboolean confirmed = FALSE;
  const char *outcome;
  int chosen = -1;

  menu_init (&menu, NULL, NULL);
  menu_add_outcomes (&menu, question, NULL, is_cardless (run));
  print_evidence (run, question);
  while (TRUE) {
    if (!menu_choose (run, &menu, &chosen, error))
      return FALSE;
    outcome = menu_outcome (&menu, chosen);
    if (outcome == NULL)
      return TRUE;
    if (strcmp (outcome, "delete") == 0 && !confirm_deletion (run, &confirmed, error))
      return FALSE;
    if (strcmp (outcome, "delete") == 0 && !confirmed)
      continue;
    take_outcome (reply, outcome);
    return TRUE;
  }
}
