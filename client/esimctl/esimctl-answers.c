/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-answers.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-context.h"

#define MAX_NAME 200
#define MAX_DOCUMENT (1024 * 1024 * 1024)

struct _EsimctlAnswers {
  GHashTable *values; /* key → what was given */
  GVariant *document; /* a{sv}: what goes with a confirmation */
};

/* Key: of an answer; the letter is its type: b, s, or l for a list with commas. */
typedef struct {
  const char *name;
  char type;
} Key;

static const Key keys[] = {
    {"carrier", 's'},    {"plan", 's'},        {"consent", 'b'}, {"contract-continues", 'b'},
    {"opened", 'b'},     {"outcome", 's'},     {"missing", 'l'}, {"reference", 's'},
    {"date", 's'},       {"expected-by", 's'}, {"seen", 'b'},    {"effective-date", 's'},
    {"remove-now", 'b'}, {"tasks-done", 'l'},  {"button", 's'},  {"text", 's'},
    {"number", 's'},
};

#define WITH_OUTCOME "reference date expected-by effective-date missing tasks-done"

/* What decides a question, and what may go with it. */
static const struct {
  const char *question;
  const char *deciding;
  const char *others;
  const char *words; /* what may be decided; NULL: anything */
} questions[] = {
    {"carrier-question/carrier", "carrier", ""},
    {"carrier-question/plan", "plan", ""},
    {"consent/", "consent", "contract-continues"},
    {"open-page/login", "outcome", "missing", "done refused rejected"},
    {"open-page/request", "opened", ""},
    {"attest/submission", "outcome", WITH_OUTCOME,
     "not-yet submitted not-submitted unknown refused rejected confirmed"},
    {"attest/outcome", "outcome", WITH_OUTCOME, "in-review confirmed refused rejected unknown"},
    {"open-page/login", "outcome", "", "closed portal withdraw"},
    {"open-page/websheet", "outcome", "", "finished dismissed closed"},
    {"carrier-question/phone-number", "number", ""},
    {"carrier-question/phone-number", "outcome", "", "portal withdraw closed"},
    {"carrier-question/one-time-code", "outcome", "", "portal withdraw closed"},
    {"carrier-question/message", "button", "text", "accept reject"},
    {"carrier-question/change", "outcome", "", "yes portal withdraw"},
    {"evidence/", "outcome", "", "delete wait portal withdraw resend submitted"},
    {"attest/no-longer-recognised", "outcome", "", "delete wait portal withdraw"},
    {"attest/end", "outcome", "", "ended wait"},
    {"reminder/end", "remove-now", ""},
    {"reminder/end", "effective-date", ""},
    {"reminder/end", "seen", ""},
};

static const Key *
find_key (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

static gboolean
is_among (const char *word, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *) list, word);
}

/* Whether some question takes @outcome. */
static gboolean
is_outcome (const char *outcome)
{
  for (gsize i = 0; i < G_N_ELEMENTS (questions); i++)
    if (questions[i].words != NULL && is_among (outcome, questions[i].words))
      return TRUE;
  return FALSE;
}

/* Returns: 1 for yes, 0 for no, -1 for neither. */
static int
truth (const char *value)
{
  static const char *const yes[] = {"yes", "true", "1", NULL};
  static const char *const no[] = {"no", "false", "0", NULL};

  return g_strv_contains (yes, value) ? 1 : g_strv_contains (no, value) ? 0 : -1;
}

static gboolean
read_one (EsimctlAnswers *answers, const char *given, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (given, "=", 2);
  const Key *key = parts[0] != NULL && parts[1] != NULL ? find_key (parts[0]) : NULL;

  if (key == NULL) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                 _ ("“%s” is no answer: KEY=VALUE, with a key that esimctl(1) names"), given);
    return FALSE;
  }
  if (!g_utf8_validate (given, -1, NULL) || (key->type == 'b' && truth (parts[1]) < 0)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("The answer “%s” must be yes or no"),
                 key->name);
    return FALSE;
  }
  if (strcmp (key->name, "outcome") == 0 && !is_outcome (parts[1])) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("There is no outcome “%s”: see esimctl(1)"),
                 parts[1]);
    return FALSE;
  }
  if (g_hash_table_contains (answers->values, key->name)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("The answer “%s” is given twice"), key->name);
    return FALSE;
  }
  esimctl_answers_add (answers, key->name, parts[1]);
  return TRUE;
}

EsimctlAnswers *
esimctl_answers_new (const char *const *given, const char *document, GError **error)
{
  g_autoptr (EsimctlAnswers) answers = g_new0 (EsimctlAnswers, 1);
  g_auto (GVariantDict) file = G_VARIANT_DICT_INIT (NULL);

  answers->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  for (gsize i = 0; given != NULL && given[i] != NULL; i++)
    if (!read_one (answers, given[i], error))
      return NULL;
  /* Nothing is begun with a file that cannot be read. */
  if (document != NULL && !esimctl_answers_add_document (&file, document, error))
    return NULL;
  if (document != NULL)
    answers->document = g_variant_ref_sink (g_variant_dict_end (&file));
  return g_steal_pointer (&answers);
}

void
esimctl_answers_free (EsimctlAnswers *answers)
{
  g_hash_table_unref (answers->values);
  g_clear_pointer (&answers->document, g_variant_unref);
  g_free (answers);
}

void
esimctl_answers_add (EsimctlAnswers *answers, const char *key, const char *value)
{
  const Key *found = find_key (key);

  if (value != NULL && found != NULL && !g_hash_table_contains (answers->values, key))
    g_hash_table_insert (answers->values, (gpointer) found->name, g_strdup (value));
}

gboolean
esimctl_answers_is (EsimctlAnswers *answers, const char *key, const char *value)
{
  return g_strcmp0 (g_hash_table_lookup (answers->values, key), value) == 0;
}

static void
move (EsimctlAnswers *answers, const char *name, GVariantDict *answer)
{
  const Key *key = find_key (name);
  const char *value = g_hash_table_lookup (answers->values, name);
  g_auto (GStrv) list = NULL;

  if (key == NULL || value == NULL)
    return;
  if (key->type == 'b') {
    g_variant_dict_insert (answer, name, "b", truth (value) == 1);
  } else if (key->type == 'l') {
    list = g_strsplit (value, ",", -1);
    g_variant_dict_insert (answer, name, "^as", list);
  } else {
    g_variant_dict_insert (answer, name, "s", value);
  }
  g_hash_table_remove (answers->values, name);
}

static void
move_document (EsimctlAnswers *answers, GVariantDict *answer)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (answers->document == NULL)
    return;
  g_variant_iter_init (&iter, answers->document);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (answer, key, value);
  g_clear_pointer (&answers->document, g_variant_unref);
}

GVariant *
esimctl_answers_take (EsimctlAnswers *answers, const char *type, const char *subject)
{
  g_autofree char *question = g_strdup_printf ("%s/%s", type, subject);
  GVariantDict answer;

  for (gsize i = 0; i < G_N_ELEMENTS (questions); i++) {
    g_auto (GStrv) others = g_strsplit (questions[i].others, " ", -1);
    const char *decision = g_hash_table_lookup (answers->values, questions[i].deciding);
    gboolean confirmed = g_strcmp0 (decision, "confirmed") == 0;

    if (!g_str_has_prefix (question, questions[i].question) || decision == NULL ||
        (questions[i].words != NULL && !is_among (decision, questions[i].words)))
      continue;
    g_variant_dict_init (&answer, NULL);
    move (answers, questions[i].deciding, &answer);
    for (gsize n = 0; others[n] != NULL; n++)
      move (answers, others[n], &answer);
    if (confirmed)
      move_document (answers, &answer);
    return g_variant_dict_end (&answer);
  }
  return NULL;
}

char *
esimctl_answers_dup_unused (EsimctlAnswers *answers)
{
  g_autoptr (GList) left = g_list_sort (g_hash_table_get_keys (answers->values), (GCompareFunc) strcmp);
  g_autoptr (GString) out = g_string_new (NULL);

  for (GList *l = left; l != NULL; l = l->next)
    g_string_append_printf (out, "%s%s", out->len > 0 ? _ (", ") : "", (const char *) l->data);
  if (answers->document != NULL)
    g_string_append_printf (out, "%s--document", out->len > 0 ? _ (", ") : "");
  return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static char *
hash_of (GFile *file, guint64 *size, GError **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guchar data[65536];
  gssize n = 0;

  *size = 0;
  if (stream == NULL)
    return NULL;
  while ((n = g_input_stream_read (G_INPUT_STREAM (stream), data, sizeof data, NULL, error)) > 0) {
    g_checksum_update (checksum, data, n);
    *size += (guint64) n;
    if (*size > MAX_DOCUMENT) {
      g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("The document is too large"));
      return NULL;
    }
  }
  return n == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

gboolean
esimctl_answers_add_document (GVariantDict *answer, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *base = g_file_get_basename (file);
  g_autofree char *name = base != NULL ? g_filename_display_name (base) : NULL;
  g_autofree char *hash = NULL;
  guint64 size = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND, _ ("There is no file “%s”"), path);
    return FALSE;
  }
  /* A pipe or a device might never end. */
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || g_utf8_strlen (name, -1) > MAX_NAME) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                 _ ("“%s” is no file that can be named in a receipt"), path);
    return FALSE;
  }
  hash = hash_of (file, &size, error);
  if (hash == NULL)
    return FALSE;
  g_variant_dict_insert (answer, "document-name", "s", name);
  g_variant_dict_insert (answer, "document-size", "t", size);
  g_variant_dict_insert (answer, "document-sha256", "s", hash);
  return TRUE;
}
