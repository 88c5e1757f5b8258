/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-check.h"
#include "esim-carrier-value.h"

#include <gio/gio.h>
#include <string.h>

#define FORMAT 1

/* A file on its way to a carrier. */
typedef struct {
  EsimCarrier *carrier;
  GPtrArray *groups;
  GPtrArray *problems;
} Reader;

static void
group_problem (Reader *self, const EsimCarrierGroup *group, const char *key, const char *words)
{
  esim_carrier_problems_add (self->problems, group->line, group->title, key, "%s", words);
}

/* The keys of a group by their names; texts with all their languages under one. */
static void
read_text (Reader *self, const EsimCarrierGroup *group, const EsimCarrierEntry *entry, GHashTable *texts)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = esim_carrier_value_read_text (entry->value, &error);
  GVariantDict *dict = g_hash_table_lookup (texts, entry->key);

  if (text == NULL) {
    esim_carrier_problems_add (self->problems, entry->line, group->title, entry->key, "%s", error->message);
    return;
  }
  if (dict == NULL) {
    dict = g_variant_dict_new (NULL);
    g_hash_table_insert (texts, g_strdup (entry->key), dict);
  }
  g_variant_dict_insert (dict, entry->locale, "s", text);
}

/* a{sv} of strings as a{ss} */
static GVariant *
plain_strings (GVariantDict *dict)
{
  g_autoptr (GVariant) values = g_variant_ref_sink (g_variant_dict_end (dict));
  GVariantBuilder builder;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_variant_builder_add (&builder, "{ss}", key, g_variant_get_string (value, NULL));
    g_variant_unref (value);
  }
  return g_variant_builder_end (&builder);
}

static void
read_entry (Reader *self, const EsimCarrierGroup *group, const EsimCarrierEntry *entry,
            const EsimCarrierKey *key, GVariantDict *values, GHashTable *texts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = NULL;

  if (key->type == ESIM_CARRIER_TEXT) {
    read_text (self, group, entry, texts);
    return;
  }
  if (*entry->locale != '\0') {
    esim_carrier_problems_add (self->problems, entry->line, group->title, entry->key,
                               "is no text for people, and has no translations");
    return;
  }
  value = esim_carrier_value_read (key, entry->value, &error);
  if (value == NULL)
    esim_carrier_problems_add (self->problems, entry->line, group->title, entry->key, "%s", error->message);
  else
    g_variant_dict_insert_value (values, entry->key, value);
}

static void
add_texts (Reader *self, const EsimCarrierGroup *group, GHashTable *texts, GVariantDict *values)
{
  GHashTableIter iter;
  const char *key;
  GVariantDict *dict;

  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, (gpointer *) &dict)) {
    if (!g_variant_dict_contains (dict, ""))
      group_problem (self, group, key, "is there in other languages, but not in English (the key alone)");
    g_variant_dict_insert_value (values, key, plain_strings (dict));
  }
}

static void
check_required (Reader *self, const EsimCarrierGroup *group, const EsimCarrierKey *keys, GVariantDict *values)
{
  for (; keys != NULL && keys->name != NULL; keys++) {
    gboolean tried = FALSE;

    for (guint i = 0; i < group->entries->len; i++) {
      EsimCarrierEntry *entry = g_ptr_array_index (group->entries, i);

      tried = tried || strcmp (entry->key, keys->name) == 0;
    }
    /* One that is there and wrong has been told of. */
    if (keys->need == ESIM_CARRIER_REQUIRED && !tried)
      group_problem (self, group, keys->name, "is missing");
  }
}

/* Returns: (transfer full): a{sv} of what the group holds, by @keys and @more (nullable) */
static GVariant *
read_group (Reader *self, const EsimCarrierGroup *group, const EsimCarrierKey *keys,
            const EsimCarrierKey *more)
{
  g_autoptr (GHashTable) texts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_dict_unref);
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < group->entries->len; i++) {
    EsimCarrierEntry *entry = g_ptr_array_index (group->entries, i);
    const EsimCarrierKey *key = esim_carrier_key_find (keys, entry->key);

    if (key == NULL)
      key = esim_carrier_key_find (more, entry->key);
    if (key == NULL)
      esim_carrier_problems_add (self->problems, entry->line, group->title, entry->key,
                                 "is not a key of this group: see docs/carriers.md");
    else
      read_entry (self, group, entry, key, &values, texts);
  }
  add_texts (self, group, texts, &values);
  check_required (self, group, keys, &values);
  check_required (self, group, more, &values);
  return g_variant_ref_sink (g_variant_dict_end (&values));
}

static char *
dup_string (GVariant *values, const char *key)
{
  const char *value = "";

  (void) g_variant_lookup (values, key, "&s", &value);
  return g_strdup (value);
}

static char **
dup_strings (GVariant *values, const char *key)
{
  char **value = NULL;

  return g_variant_lookup (values, key, "^as", &value) ? value : g_new0 (char *, 1);
}

static gboolean
get_boolean (GVariant *values, const char *key)
{
  gboolean value = FALSE;

  return g_variant_lookup (values, key, "b", &value) && value;
}

static GVariant *
dup_text (GVariant *values, const char *key)
{
  GVariant *text = g_variant_lookup_value (values, key, G_VARIANT_TYPE ("a{ss}"));

  return text != NULL ? text : g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
}

static void
read_carrier (Reader *self, const EsimCarrierGroup *group)
{
  g_autoptr (GVariant) values = read_group (self, group, esim_carrier_carrier_keys, NULL);
  guint32 format = FORMAT;

  self->carrier->id = dup_string (values, "id");
  self->carrier->country = dup_string (values, "country");
  self->carrier->kind = dup_string (values, "kind");
  self->carrier->name = dup_text (values, "name");
  (void) g_variant_lookup (values, "format", "u", &format);
  if (format != FORMAT)
    group_problem (self, group, "format", "this version reads format 1 alone");
  if (!g_regex_match_simple ("^([a-z0-9][a-z0-9-]{0,39})?$", self->carrier->id, G_REGEX_DOLLAR_ENDONLY, 0))
    group_problem (self, group, "id", "must be of small letters, digits and \"-\", at most 40");
  if (!g_regex_match_simple ("^([A-Z]{2})?$", self->carrier->country, G_REGEX_DOLLAR_ENDONLY, 0))
    group_problem (self, group, "country", "must be two capital letters (ISO 3166)");
}

static void
read_source (Reader *self, const EsimCarrierGroup *group)
{
  g_autoptr (GVariant) values = read_group (self, group, esim_carrier_source_keys, NULL);
  EsimCarrierSource *source = g_new0 (EsimCarrierSource, 1);

  source->id = g_strdup (group->name);
  source->title = dup_string (values, "title");
  source->url = dup_string (values, "url");
  source->checked = dup_string (values, "checked");
  source->sure = dup_string (values, "sure");
  source->stored_copy = get_boolean (values, "stored-copy");
  g_ptr_array_add (self->carrier->sources, source);
}

static void
read_plan (Reader *self, const EsimCarrierGroup *group)
{
  g_autoptr (GVariant) values = read_group (self, group, esim_carrier_plan_keys, NULL);
  EsimCarrierPlan *plan = g_new0 (EsimCarrierPlan, 1);

  plan->id = g_strdup (group->name);
  plan->kind = dup_string (values, "kind");
  plan->name = dup_text (values, "name");
  g_ptr_array_add (self->carrier->plans, plan);
}

/* A list of matches: %NULL asks for nothing. */
static char **
read_field (Reader *self, const EsimCarrierGroup *group, GVariant *values, const char *key,
            const char *pattern, const char *words)
{
  g_auto (GStrv) items = dup_strings (values, key);

  if (items[0] == NULL)
    return NULL;
  for (guint i = 0; pattern != NULL && items[i] != NULL; i++)
    if (!g_regex_match_simple (pattern, items[i], G_REGEX_DOLLAR_ENDONLY, 0))
      group_problem (self, group, key, words);
  return g_steal_pointer (&items);
}

static void
read_match (Reader *self, const EsimCarrierGroup *group)
{
  g_autoptr (GVariant) values = read_group (self, group, esim_carrier_match_keys, NULL);
  EsimCarrierMatch *match = g_new0 (EsimCarrierMatch, 1);
  gboolean alone;

  match->id = g_strdup (group->name);
  match->mccmnc =
      read_field (self, group, values, "mccmnc", "^[0-9]{5,6}$", "must be five or six digits each");
  match->gid1 = read_field (self, group, values, "gid1", "^[0-9A-Fa-f]{1,20}$",
                            "must be the beginning of a GID1, in hexadecimal");
  match->iccid = read_field (self, group, values, "iccid", "^89[0-9]{3,16}$",
                             "must be the beginning of an ICCID: 89 and at least three digits more");
  match->service_provider = read_field (self, group, values, "service-provider", NULL, NULL);
  match->smdp_address = read_field (self, group, values, "smdp-address", NULL, NULL);
  match->sole = get_boolean (values, "sole");
  match->sources = dup_strings (values, "source");
  g_ptr_array_add (self->carrier->matches, match);
  alone = match->gid1 == NULL && match->iccid == NULL && match->service_provider == NULL &&
          match->smdp_address == NULL;
  if (match->mccmnc == NULL && alone)
    group_problem (self, group, NULL, "asks for nothing: give at least one of the fields");
  else if (match->mccmnc != NULL && alone && !match->sole)
    group_problem (self, group, "mccmnc",
                   "would catch every brand on this network: add gid1 or service-provider, or sole=true if "
                   "no other brand is known to use these codes");
  if (match->sole && !(match->mccmnc != NULL && alone))
    group_problem (self, group, "sole", "is for MCC and MNC alone");
  if (match->gid1 != NULL && match->mccmnc == NULL)
    group_problem (self, group, "gid1", "means something only together with mccmnc");
}

/* What is said itself, in the order of the table: the text, then the keys. */
static GVariant *
own_values (GVariant *values, const EsimCarrierTopic *topic)
{
  g_autoptr (GVariant) text = g_variant_lookup_value (values, "text", NULL);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (text != NULL)
    g_variant_builder_add (&builder, "{sv}", "text", text);
  for (const EsimCarrierKey *key = topic->keys; key->name != NULL; key++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (values, key->name, NULL);

    if (value != NULL)
      g_variant_builder_add (&builder, "{sv}", key->name, value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static char *
dup_host (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  return uri != NULL ? g_strdup (g_uri_get_host (uri)) : NULL;
}

/* Addresses that a person is sent to with a login: on no server but those that the fact names. */
static void
check_own_urls (Reader *self, const EsimCarrierGroup *group, const EsimCarrierFact *fact)
{
  const char *url = esim_carrier_fact_get_string (fact, "url");
  g_autofree char *own = url != NULL ? dup_host (url) : NULL;
  g_auto (GStrv) hosts = dup_strings (fact->values, "hosts");

  for (guint i = 0; i < group->entries->len; i++) {
    const EsimCarrierEntry *entry = g_ptr_array_index (group->entries, i);
    const EsimCarrierKey *key = esim_carrier_key_find (fact->topic->keys, entry->key);
    const char *value = key != NULL ? esim_carrier_fact_get_string (fact, key->name) : NULL;
    g_autofree char *host = NULL;

    if (value == NULL || key->type != ESIM_CARRIER_OWN_URL)
      continue;
    host = dup_host (value);
    if (g_strcmp0 (host, own) != 0 && !g_strv_contains ((const char *const *) hosts, host))
      esim_carrier_problems_add (self->problems, entry->line, group->title, entry->key,
                                 "is on the server \"%s\", which neither url nor hosts of this group names",
                                 host);
  }
}

static void
read_fact (Reader *self, const EsimCarrierGroup *group, const EsimCarrierTopic *topic)
{
  g_autoptr (GVariant) values = read_group (self, group, topic->keys, esim_carrier_fact_keys);
  EsimCarrierFact *fact = g_new0 (EsimCarrierFact, 1);

  fact->topic = topic;
  fact->id = g_strdup (group->name);
  fact->plans = dup_strings (values, "plans");
  fact->sources = dup_strings (values, "source");
  fact->conflict = dup_string (values, "conflict");
  fact->values = own_values (values, topic);
  g_ptr_array_add (self->carrier->facts, fact);
  check_own_urls (self, group, fact);
  if (topic->many && *group->name == '\0')
    group_problem (self, group, NULL, "needs a name after its word, as in [channel shop]");
  if (g_variant_n_children (fact->values) == 0)
    group_problem (self, group, NULL, "says nothing: leave it out, and it is not known");
}

static void
read_any (Reader *self, const EsimCarrierGroup *group)
{
  static const struct {
    const char *word;
    gboolean named;
    void (*read) (Reader *self, const EsimCarrierGroup *group);
  } readers[] = {{"carrier", FALSE, read_carrier},
                 {"source", TRUE, read_source},
                 {"plan", TRUE, read_plan},
                 {"match", TRUE, read_match}};

  if (esim_carrier_topic_find (group->word) != NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    if (strcmp (readers[i].word, group->word) != 0)
      continue;
    if (readers[i].named != (*group->name != '\0'))
      group_problem (self, group, NULL,
                     readers[i].named ? "needs a name after its word" : "has no name after its word");
    else
      readers[i].read (self, group);
    return;
  }
  group_problem (self, group, NULL, "there is no such group: see docs/carriers.md");
}

/* In the order of the topics, whatever the file's. */
static void
read_facts (Reader *self)
{
  for (const EsimCarrierTopic *topic = esim_carrier_topics; topic->word != NULL; topic++) {
    for (guint i = 0; i < self->groups->len; i++) {
      const EsimCarrierGroup *group = g_ptr_array_index (self->groups, i);

      if (strcmp (group->word, topic->word) == 0)
        read_fact (self, group, topic);
    }
  }
}

/* The group that a fact, a plan or a match was read from, for its line. */
static const EsimCarrierGroup *
find_group (Reader *self, const char *word, const char *name)
{
  for (guint i = 0; i < self->groups->len; i++) {
    const EsimCarrierGroup *group = g_ptr_array_index (self->groups, i);

    if (strcmp (group->word, word) == 0 && strcmp (group->name, name) == 0)
      return group;
  }
  g_assert_not_reached ();
}

static void
check_names (Reader *self, const EsimCarrierGroup *group, const char *key, char **names, const char *word)
{
  for (guint i = 0; names[i] != NULL; i++) {
    gboolean found = FALSE;

    for (guint j = 0; j < self->groups->len && !found; j++) {
      const EsimCarrierGroup *other = g_ptr_array_index (self->groups, j);

      found = strcmp (other->word, word) == 0 && strcmp (other->name, names[i]) == 0;
    }
    if (!found)
      esim_carrier_problems_add (self->problems, group->line, group->title, key,
                                 "names \"%s\", and there is no group [%s %s]", names[i], word, names[i]);
  }
}

static gboolean
share_a_plan (const EsimCarrierFact *a, const EsimCarrierFact *b)
{
  if (a->plans[0] == NULL || b->plans[0] == NULL)
    return a->plans[0] == b->plans[0];
  for (guint i = 0; a->plans[i] != NULL; i++)
    if (g_strv_contains ((const char *const *) b->plans, a->plans[i]))
      return TRUE;
  return FALSE;
}

/* Two facts on one topic and plan: both say that they contradict one another, or one is too many. */
static void
check_conflicts (Reader *self, const EsimCarrierFact *fact, const EsimCarrierGroup *group)
{
  GPtrArray *facts = self->carrier->facts;
  gboolean has_other = FALSE;

  for (guint i = 0; i < facts->len; i++) {
    const EsimCarrierFact *other = g_ptr_array_index (facts, i);

    if (other == fact || other->topic != fact->topic)
      continue;
    if (*fact->conflict != '\0' && strcmp (fact->conflict, other->conflict) == 0)
      has_other = TRUE;
    else if (!fact->topic->many && share_a_plan (fact, other))
      esim_carrier_problems_add (
          self->problems, group->line, group->title, NULL,
          "the same topic is told twice of one plan: join them, or if their sources contradict one another "
          "give both the same word under \"conflict\"");
  }
  if (*fact->conflict != '\0' && !has_other)
    group_problem (self, group, "conflict", "no other group of this topic has the same word: with what?");
}

static void
check_facts (Reader *self)
{
  for (guint i = 0; i < self->carrier->facts->len; i++) {
    const EsimCarrierFact *fact = g_ptr_array_index (self->carrier->facts, i);
    const EsimCarrierGroup *group = find_group (self, fact->topic->word, fact->id);
    g_auto (GStrv) channels = dup_strings (fact->values, "channel");

    check_names (self, group, "source", fact->sources, "source");
    check_names (self, group, "plans", fact->plans, "plan");
    check_names (self, group, "channel", channels, "channel");
    check_conflicts (self, fact, group);
  }
  for (guint i = 0; i < self->carrier->matches->len; i++) {
    const EsimCarrierMatch *match = g_ptr_array_index (self->carrier->matches, i);

    check_names (self, find_group (self, "match", match->id), "source", match->sources, "source");
  }
}

static void
check_whole (Reader *self)
{
  if (self->carrier->id == NULL)
    esim_carrier_problems_add (self->problems, 0, NULL, NULL, "there is no group [carrier]");
  if (self->carrier->matches->len == 0)
    esim_carrier_problems_add (self->problems, 0, NULL, NULL,
                               "there is no group [match NAME]: no profile would ever be this carrier's");
  if (self->carrier->plans->len == 0)
    esim_carrier_problems_add (self->problems, 0, NULL, NULL, "there is no group [plan NAME]");
}

EsimCarrier *
esim_carrier_check (const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (EsimCarrier) carrier = esim_carrier_new ();
  g_autoptr (GPtrArray) groups = esim_carrier_file_parse (text, length, problems);
  Reader reader = {carrier, groups, problems};

  /* What could not be taken apart, or has two groups of one title, is not judged further. */
  if (groups == NULL || problems->len > 0)
    return NULL;
  for (guint i = 0; i < groups->len; i++)
    read_any (&reader, g_ptr_array_index (groups, i));
  read_facts (&reader);
  check_facts (&reader);
  check_whole (&reader);
  return problems->len == 0 ? g_steal_pointer (&carrier) : NULL;
}
