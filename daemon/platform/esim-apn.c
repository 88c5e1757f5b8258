/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-apn.h"

#include "esim-error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_OCTETS_MAX (4 * 1024 * 1024) /* ten times as long as it is */
#define BLOCK_OCTETS 4096
#define DEPTH_MAX 16
#define TEXT_OCTETS_MAX 512
#define NAMES_MAX 8
#define APNS_MAX 128      /* of a provider */
#define PROVIDERS_MAX 64  /* with one MCC and MNC */
#define CANDIDATES_MAX 32 /* in the answer */
#define APN_OCTETS_MAX 64
#define CREDENTIAL_OCTETS_MAX 255
#define WORDS_OCTETS_MAX 200 /* of an error */

/* What an APN is for, the better first. */
typedef enum { USAGE_INTERNET, USAGE_AMONG_OTHERS, USAGE_UNTOLD, USAGE_OTHER } Usage;

/* How an operator's number, or a name, fits; the better is the greater. */
typedef enum { FIT_NONE, FIT_LOOSE, FIT_EXACT } Fit;

typedef struct {
  EsimApn *apn;
  Usage usage;
} Way;

typedef struct {
  Fit number;
  Fit name;
  GPtrArray *names;
  GArray *ways;
} Provider;

typedef struct {
  const char *mcc;
  const char *mnc;
  const char *other_mnc; /* the same number, written another way */
  const char *service_provider;
  GPtrArray *providers; /* whose number fits */
  Provider *provider;   /* that is being read */
  Way way;              /* that is being read */
  GString *text;
  guint depth;
} Reader;

void
esim_apn_free (EsimApn *self)
{
  g_free (self->apn);
  g_free (self->user_name);
  g_free (self->password);
  g_free (self->provider);
  g_free (self);
}

void
esim_apn_answer_free (EsimApnAnswer *self)
{
  g_ptr_array_unref (self->candidates);
  g_free (self);
}

static void
clear_way (Way *way)
{
  g_clear_pointer (&way->apn, esim_apn_free);
}

static Provider *
provider_new (void)
{
  Provider *self = g_new0 (Provider, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->ways = g_array_new (FALSE, FALSE, sizeof (Way));
  g_array_set_clear_func (self->ways, (GDestroyNotify) clear_way);
  return self;
}

static void
provider_free (Provider *self)
{
  g_ptr_array_unref (self->names);
  g_array_unref (self->ways);
  g_free (self);
}

gboolean
esim_apn_is_valid (const char *text)
{
  gsize n = strlen (text);

  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (text[i]) && strchr (".-_", text[i]) == NULL)
      return FALSE;
  return n > 0 && n <= APN_OCTETS_MAX;
}

/* Names ----------------------------------------------------------------------------------------------- */

/* The words of a name, in lower case, each with a blank behind it: “T-Mobile (US)” is "t mobile us ". */
static char *
dup_words (const char *name)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_ALL_COMPOSE);
  g_autofree char *folded = g_utf8_casefold (normal != NULL ? normal : "", -1);
  GString *words = g_string_new (NULL);

  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (g_unichar_isalnum (c) || g_unichar_ismark (c))
      g_string_append_unichar (words, c);
    else if (words->len > 0 && words->str[words->len - 1] != ' ')
      g_string_append_c (words, ' ');
  }
  if (words->len > 0 && words->str[words->len - 1] != ' ')
    g_string_append_c (words, ' ');
  return g_string_free (words, FALSE);
}

/* The same words; or those of the one begin the other: “O2” and “O2 UK”, “AIS” and “AIS (AWN)”. */
static Fit
fit_names (const char *name, const char *service_provider)
{
  g_autofree char *a = dup_words (name);
  g_autofree char *b = dup_words (service_provider);

  if (*a == '\0' || *b == '\0')
    return FIT_NONE;
  if (g_str_equal (a, b))
    return FIT_EXACT;
  return g_str_has_prefix (a, b) || g_str_has_prefix (b, a) ? FIT_LOOSE : FIT_NONE;
}

/* The file, element by element ------------------------------------------------------------------------ */

static const char *
find_attribute (const char **names, const char **values, const char *wanted)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], wanted))
      return values[i];
  return "";
}

static Usage
read_usage (const char *type)
{
  if (g_str_equal (type, "internet"))
    return USAGE_INTERNET;
  return g_str_has_prefix (type, "mms-internet") ? USAGE_AMONG_OTHERS : USAGE_OTHER;
}

static Fit
fit_number (const Reader *self, const char *mcc, const char *mnc)
{
  if (!g_str_equal (mcc, self->mcc))
    return FIT_NONE;
  if (g_str_equal (mnc, self->mnc))
    return FIT_EXACT;
  return g_strcmp0 (mnc, self->other_mnc) == 0 ? FIT_LOOSE : FIT_NONE;
}

static void
on_element (GMarkupParseContext *context, const char *element, const char **names, const char **values,
            gpointer data, GError **error)
{
  Reader *self = data;

  g_string_truncate (self->text, 0);
  if (self->depth == 0 && !g_str_equal (element, "serviceproviders")) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "it is no list of providers");
  } else if (++self->depth > DEPTH_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED, "elements stand more than %d deep", DEPTH_MAX);
  } else if (g_str_equal (element, "provider")) {
    g_clear_pointer (&self->provider, provider_free);
    self->provider = provider_new ();
  } else if (self->provider == NULL) {
    return;
  } else if (g_str_equal (element, "network-id")) {
    Fit fit = fit_number (self, find_attribute (names, values, "mcc"), find_attribute (names, values, "mnc"));

    self->provider->number = MAX (self->provider->number, fit);
  } else if (g_str_equal (element, "apn")) {
    clear_way (&self->way);
    self->way.apn = g_new0 (EsimApn, 1);
    self->way.apn->apn = g_strndup (find_attribute (names, values, "value"), TEXT_OCTETS_MAX);
    self->way.usage = USAGE_UNTOLD;
  } else if (self->way.apn != NULL && g_str_equal (element, "usage")) {
    self->way.usage = read_usage (find_attribute (names, values, "type"));
  }
}

static void
end_apn (Reader *self)
{
  EsimApn *apn = self->way.apn;

  if (self->way.usage == USAGE_OTHER || !esim_apn_is_valid (apn->apn) ||
      self->provider->ways->len >= APNS_MAX) {
    clear_way (&self->way);
    return;
  }
  apn->user_name = apn->user_name != NULL ? apn->user_name : g_strdup ("");
  apn->password = apn->password != NULL ? apn->password : g_strdup ("");
  g_array_append_val (self->provider->ways, self->way);
  self->way.apn = NULL;
}

static void
end_provider (Reader *self)
{
  Provider *provider = g_steal_pointer (&self->provider);
  const char *name = provider->names->len > 0 ? g_ptr_array_index (provider->names, 0) : "";

  if (provider->number == FIT_NONE || self->providers->len >= PROVIDERS_MAX) {
    provider_free (provider);
    return;
  }
  for (guint i = 0; self->service_provider != NULL && i < provider->names->len; i++)
    provider->name =
        MAX (provider->name, fit_names (g_ptr_array_index (provider->names, i), self->service_provider));
  for (guint i = 0; i < provider->ways->len; i++)
    g_array_index (provider->ways, Way, i).apn->provider = g_strdup (name);
  g_ptr_array_add (self->providers, provider);
}

/* The text of an element that has no others in it. */
static void
end_text (Reader *self, const char *element, const char *parent)
{
  const char *text = g_strstrip (self->text->str);
  gboolean in_apn = self->way.apn != NULL && g_str_equal (parent, "apn");

  if (g_str_equal (element, "name") && g_str_equal (parent, "provider")) {
    if (self->provider->names->len < NAMES_MAX)
      g_ptr_array_add (self->provider->names, g_strdup (text));
  } else if (in_apn && g_str_equal (element, "username") && self->way.apn->user_name == NULL) {
    self->way.apn->user_name = g_strndup (text, CREDENTIAL_OCTETS_MAX);
  } else if (in_apn && g_str_equal (element, "password") && self->way.apn->password == NULL) {
    self->way.apn->password = g_strndup (text, CREDENTIAL_OCTETS_MAX);
  }
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Reader *self = data;
  const GSList *stack = g_markup_parse_context_get_element_stack (context);

  self->depth--;
  if (self->provider == NULL)
    return;
  if (g_str_equal (element, "provider"))
    end_provider (self);
  else if (g_str_equal (element, "apn") && self->way.apn != NULL)
    end_apn (self);
  else if (stack != NULL && stack->next != NULL)
    end_text (self, element, stack->next->data);
  g_string_truncate (self->text, 0);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
  Reader *self = data;

  if (self->text->len + size <= TEXT_OCTETS_MAX)
    g_string_append_len (self->text, text, (gssize) size);
  else if (self->provider != NULL)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED, "a text is longer than %d octets",
                 TEXT_OCTETS_MAX);
}

static const GMarkupParser parser = {.start_element = on_element, .end_element = on_end, .text = on_text};

static gboolean
read_stream (Reader *self, FILE *stream, GError **error)
{
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, self, NULL);
  g_autofree char *block = g_malloc (BLOCK_OCTETS);
  gsize n, total = 0;

  while ((n = fread (block, 1, BLOCK_OCTETS, stream)) > 0) {
    total += n;
    if (total > FILE_OCTETS_MAX) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED, "it is longer than %d octets",
                   FILE_OCTETS_MAX);
      return FALSE;
    }
    if (!g_markup_parse_context_parse (context, block, (gssize) n, error))
      return FALSE;
  }
  if (ferror (stream)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "%s", g_strerror (errno));
    return FALSE;
  }
  return g_markup_parse_context_end_parse (context, error);
}

static gboolean
read_file (Reader *self, const char *path, GError **error)
{
  FILE *stream = fopen (path, "re");
  g_autoptr (GError) problem = NULL;
  g_autofree char *cut = NULL;
  g_autofree char *words = NULL;
  int code;

  if (stream == NULL) {
    code = errno == ENOENT ? ESIM_ERROR_NOT_FOUND : ESIM_ERROR_STORAGE_ERROR;
    g_set_error (error, ESIM_ERROR, code,
                 "the list of operators' access points %s cannot be opened (%s): install "
                 "mobile-broadband-provider-info, or say the APN",
                 path, g_strerror (errno));
    return FALSE;
  }
  (void) read_stream (self, stream, &problem);
  (void) fclose (stream);
  if (problem == NULL)
    return TRUE;
  /* GMarkup quotes what it found wrong. */
  cut = g_strndup (problem->message, WORDS_OCTETS_MAX);
  words = g_utf8_make_valid (cut, -1);
  code = problem->domain == ESIM_ERROR ? problem->code : ESIM_ERROR_STORAGE_ERROR;
  g_set_error (error, ESIM_ERROR, code,
               "the list of operators' access points %s cannot be read (%s): install "
               "mobile-broadband-provider-info anew, or say the APN",
               path, words);
  return FALSE;
}

/* The answer ------------------------------------------------------------------------------------------ */

static gboolean
is_same (const EsimApn *a, const EsimApn *b)
{
  return g_ascii_strcasecmp (a->apn, b->apn) == 0 && g_str_equal (a->user_name, b->user_name) &&
         g_str_equal (a->password, b->password);
}

static void
add_candidate (GPtrArray *candidates, Way *way)
{
  for (guint i = 0; i < candidates->len; i++)
    if (is_same (g_ptr_array_index (candidates, i), way->apn))
      return;
  if (candidates->len < CANDIDATES_MAX)
    g_ptr_array_add (candidates, g_steal_pointer (&way->apn));
}

/* The best that a provider has. */
static void
add_provider (GPtrArray *candidates, Provider *provider)
{
  Usage best = USAGE_OTHER;

  for (guint i = 0; i < provider->ways->len; i++)
    best = MIN (best, g_array_index (provider->ways, Way, i).usage);
  for (guint i = 0; i < provider->ways->len; i++) {
    Way *way = &g_array_index (provider->ways, Way, i);

    if (way->usage == best)
      add_candidate (candidates, way);
  }
}

static EsimApnAnswer *
judge (GPtrArray *providers)
{
  EsimApnAnswer *answer = g_new0 (EsimApnAnswer, 1);
  Fit number = FIT_NONE, name = FIT_NONE;

  answer->candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_apn_free);
  for (guint i = 0; i < providers->len; i++)
    number = MAX (number, ((Provider *) g_ptr_array_index (providers, i))->number);
  for (guint i = 0; i < providers->len; i++) {
    const Provider *provider = g_ptr_array_index (providers, i);

    if (provider->number == number)
      name = MAX (name, provider->name);
  }
  for (guint i = 0; i < providers->len; i++) {
    Provider *provider = g_ptr_array_index (providers, i);

    if (provider->number == number && provider->name == name)
      add_provider (answer->candidates, provider);
  }
  answer->verdict = answer->candidates->len == 0   ? ESIM_APN_NOT_FOUND
                    : answer->candidates->len == 1 ? ESIM_APN_FOUND
                                                   : ESIM_APN_AMBIGUOUS;
  return answer;
}

EsimApnAnswer *
esim_apn_look_up (const char *file, const char *home_operator, const char *service_provider, GError **error)
{
  gsize n = strlen (home_operator);
  g_autofree char *mcc = NULL;
  g_autofree char *other = NULL;
  g_autoptr (GPtrArray) providers = g_ptr_array_new_with_free_func ((GDestroyNotify) provider_free);
  Reader reader = {.service_provider = service_provider, .providers = providers};
  gboolean is_read;

  if ((n != 5 && n != 6) || strspn (home_operator, "0123456789") != n) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "the profile does not tell its home operator (MCC and MNC): say the APN");
    return NULL;
  }
  mcc = g_strndup (home_operator, 3);
  reader.mcc = mcc;
  reader.mnc = home_operator + 3;
  if (n == 5)
    other = g_strconcat ("0", reader.mnc, NULL);
  else if (*reader.mnc == '0')
    other = g_strdup (reader.mnc + 1);
  reader.other_mnc = other;
  reader.text = g_string_new (NULL);
  is_read = read_file (&reader, file, error);
  g_string_free (reader.text, TRUE);
  g_clear_pointer (&reader.provider, provider_free);
  clear_way (&reader.way);
  return is_read ? judge (providers) : NULL;
}
