/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-question.h"

#include <string.h>

#include "esim-error.h"
#include "esim-text.h"
#include "esim-vocabulary.h"

/* RFC 3986, section 2: what an address is made of. Browsers mend anything else, each in its own way. */
#define ADDRESS_ALPHABET                                                                                     \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
#define ADDRESS_MAX 8192
#define PATTERN_MAX 1024 /* octets */
#define TEXT_MAX 1000    /* characters, as the contract has it */
/* Steps of a match, its nesting, and KiB: far beyond what a postcode or a reason needs. A pattern may lower
 * these by itself, and not raise them (pcre2pattern(3)). */
#define LIMITS "(*LIMIT_MATCH=200000)(*LIMIT_DEPTH=2000)(*LIMIT_HEAP=4096)"

static const char *
get_string (GVariant *question, const char *key)
{
  const char *value = "";

  (void) g_variant_lookup (question, key, "&s", &value);
  return value;
}

gboolean
esim_question_is (GVariant *question, const char *type, const char *subject)
{
  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (type != NULL, FALSE);

  return strcmp (get_string (question, "type"), type) == 0 &&
         (subject == NULL || strcmp (get_string (question, "subject"), subject) == 0);
}

static char **
get_list (GVariant *question, const char *key)
{
  char **list = NULL;

  if (!g_variant_lookup (question, key, "^as", &list))
    list = g_new0 (char *, 1);
  return list;
}

char **
esim_question_get_outcomes (GVariant *question)
{
  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), NULL);

  return get_list (question, "outcomes");
}

/* Hosts may be named with the port. Without one it is that of https, as the service has it. */
static gboolean
is_among (GUri *uri, char **hosts)
{
  int port = g_uri_get_port (uri);
  g_autofree char *with_port = g_strdup_printf ("%s:%d", g_uri_get_host (uri), port);

  for (gsize i = 0; hosts[i] != NULL; i++)
    if (((port == -1 || port == 443) && g_ascii_strcasecmp (g_uri_get_host (uri), hosts[i]) == 0) ||
        g_ascii_strcasecmp (with_port, hosts[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
esim_question_may_open (GVariant *question, const char *address)
{
  g_autoptr (GUri) uri = NULL;
  g_auto (GStrv) hosts = NULL;
  gsize length;

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  length = strlen (address);
  if (length > ADDRESS_MAX || strspn (address, ADDRESS_ALPHABET) != length ||
      !g_str_has_prefix (address, "https://"))
    return FALSE;
  uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_userinfo (uri) != NULL || g_uri_get_host (uri) == NULL)
    return FALSE;
  hosts = get_list (question, "allowed-hosts");
  return *g_uri_get_host (uri) != '\0' && is_among (uri, hosts);
}

gboolean
esim_question_stops_at (GVariant *question, const char *address)
{
  const char *stop_at;

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (address != NULL, FALSE);

  stop_at = get_string (question, "stop-at");
  return *stop_at != '\0' && g_str_has_prefix (address, stop_at);
}

char *
esim_question_dup_page (GVariant *question)
{
  const char *address, *data;
  g_autofree char *page = NULL;

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), NULL);

  address = get_string (question, "address");
  data = get_string (question, "user-data");
  if (*get_string (question, "contents-type") != '\0')
    return NULL;
  page = *data == '\0' ? g_strdup (address)
                       : g_strconcat (address, strchr (address, '?') != NULL ? "&" : "?", data, NULL);
  return esim_question_may_open (question, page) ? g_steal_pointer (&page) : NULL;
}

/* Returns: (nullable): %NULL for a pattern that cannot be used. */
static GRegex *
make_regex (const char *pattern)
{
  g_autoptr (GRegex) alone = NULL;
  g_autofree char *whole = NULL;

  if (strlen (pattern) > PATTERN_MAX)
    return NULL;
  /* So that what stands around it cannot make sense of half a pattern. */
  alone = g_regex_new (pattern, 0, 0, NULL);
  if (alone == NULL)
    return NULL;
  whole = g_strconcat (LIMITS "\\A(?:", pattern, ")\\z", NULL);
  return g_regex_new (whole, 0, 0, NULL);
}

static gboolean
fits (const char *pattern, const char *text)
{
  g_autoptr (GRegex) regex = make_regex (pattern);
  g_autoptr (GError) local = NULL;

  return regex == NULL || g_regex_match_full (regex, text, -1, 0, 0, NULL, &local) || local != NULL;
}

gboolean
esim_question_check_text (GVariant *question, const char *text, GError **error)
{
  g_autofree char *words = NULL;

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (text != NULL && g_utf8_validate (text, -1, NULL), FALSE);

  if (g_utf8_strlen (text, -1) > TEXT_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         esim_vocabulary_translate (N_ ("That is too long: at most 1000 characters.")));
    return FALSE;
  }
  if (*get_string (question, "pattern") == '\0' || fits (get_string (question, "pattern"), text))
    return TRUE;
  words = esim_text_clean (get_string (question, "failed-text"));
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
      *words != '\0' ? words
                     : esim_vocabulary_translate (N_ ("The carrier wants this in another form: look at it "
                                                      "again.")));
  return FALSE;
}
