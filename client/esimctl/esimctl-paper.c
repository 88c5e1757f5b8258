/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-paper.h"

#include <esim.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "esimctl-context.h"
#include "esimctl-dict.h"
#include "esimctl-text.h"
#include "esimctl-view.h"

#define MAX_RECEIPT (1024 * 1024)
#define MAX_DEPTH 16
#define MAX_ITEMS 64

struct _EsimctlPaper {
  JsonParser *parser;
  JsonObject *root; /* of the parser */
  GArray *claims;
};

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE, message);
  return FALSE;
}

/* The parser calls itself for each level: a file of brackets must not reach it. */
static gboolean
is_shallow (const char *text, gsize size)
{
  guint depth = 0;
  gboolean quoted = FALSE;

  for (gsize i = 0; i < size; i++) {
    if (quoted && text[i] == '\\') {
      i++;
      continue;
    }
    if (text[i] == '"')
      quoted = !quoted;
    if (quoted)
      continue;
    if ((text[i] == '{' || text[i] == '[') && ++depth > MAX_DEPTH)
      return FALSE;
    if ((text[i] == '}' || text[i] == ']') && depth > 0)
      depth--;
  }
  return TRUE;
}

/* Returns: (nullable): the string @key of @object. */
static const char *
string_of (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static JsonObject *
object_of (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
array_of (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  return array != NULL && json_array_get_length (array) <= MAX_ITEMS ? array : NULL;
}

static JsonObject *
item_of (JsonArray *array, guint at)
{
  JsonNode *node = json_array_get_element (array, at);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Returns: (transfer full) (nullable): the octets; %NULL unless @key is base64 as it must be written. */
static GBytes *
bytes_of (JsonObject *object, const char *key)
{
  const char *text = string_of (object, key);
  g_autofree guchar *data = NULL;
  g_autofree char *again = NULL;
  gsize size = 0;

  if (text == NULL)
    return NULL;
  data = g_base64_decode (text, &size);
  again = g_base64_encode (data, size);
  return strcmp (text, again) == 0 ? g_bytes_new (data, size) : NULL;
}

static void
clear_claim (gpointer data)
{
  EsimctlClaim *claim = data;

  g_clear_pointer (&claim->metadata, g_bytes_unref);
  g_clear_pointer (&claim->signature, g_bytes_unref);
  g_clear_pointer (&claim->euicc_certificate, g_bytes_unref);
  g_clear_pointer (&claim->eum_certificate, g_bytes_unref);
}

static gboolean
read_claim (EsimctlPaper *paper, JsonObject *item)
{
  JsonObject *proof = item != NULL ? object_of (item, "signed") : NULL;
  JsonNode *sequence = item != NULL ? json_object_get_member (item, "sequence") : NULL;
  EsimctlClaim claim = {.eid = string_of (paper->root, "eid"), .iccid = string_of (paper->root, "iccid")};

  if (proof == NULL || sequence == NULL || !JSON_NODE_HOLDS_VALUE (sequence) ||
      json_node_get_value_type (sequence) != G_TYPE_INT64 || json_node_get_int (sequence) < 0)
    return FALSE;
  claim.address = string_of (item, "address");
  claim.sequence = (guint64) json_node_get_int (sequence);
  claim.metadata = bytes_of (proof, "notification-metadata");
  claim.signature = bytes_of (proof, "signature");
  claim.euicc_certificate = bytes_of (proof, "euicc-certificate");
  claim.eum_certificate = bytes_of (proof, "eum-certificate");
  g_array_append_val (paper->claims, claim);
  return claim.address != NULL && claim.metadata != NULL && claim.signature != NULL &&
         claim.euicc_certificate != NULL && claim.eum_certificate != NULL;
}

static gboolean
read_form (EsimctlPaper *paper, GError **error)
{
  const char *const strings[] = {"id", "issued", "method", "reason", "eid", "iccid"};
  const char *const arrays[] = {"statements", "delete-notifications", "does-not-prove"};
  JsonNode *version = json_object_get_member (paper->root, "version");
  JsonArray *notifications;

  if (g_strcmp0 (string_of (paper->root, "type"), "esimd-receipt") != 0)
    return refuse (error, _ ("This is not a receipt of esimd"));
  if (version == NULL || !JSON_NODE_HOLDS_VALUE (version) ||
      json_node_get_value_type (version) != G_TYPE_INT64 || json_node_get_int (version) != 1)
    return refuse (error, _ ("This receipt is of a version that this program does not know"));
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++) {
    if (string_of (paper->root, strings[i]) == NULL)
      return refuse (error, _ ("This receipt is damaged: something is missing"));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++) {
    if (array_of (paper->root, arrays[i]) == NULL)
      return refuse (error, _ ("This receipt is damaged: something is missing"));
  }
  notifications = array_of (paper->root, "delete-notifications");
  for (guint i = 0; i < json_array_get_length (notifications); i++) {
    if (!read_claim (paper, item_of (notifications, i)))
      return refuse (error, _ ("This receipt is damaged: a signed notification cannot be read"));
  }
  return TRUE;
}

EsimctlPaper *
esimctl_paper_new (const char *text, gsize size, GError **error)
{
  g_autoptr (EsimctlPaper) paper = g_new0 (EsimctlPaper, 1);
  JsonNode *root;

  paper->parser = json_parser_new ();
  paper->claims = g_array_new (FALSE, TRUE, sizeof (EsimctlClaim));
  g_array_set_clear_func (paper->claims, clear_claim);
  if (size > MAX_RECEIPT || !is_shallow (text, size) ||
      !json_parser_load_from_data (paper->parser, text, (gssize) size, NULL)) {
    refuse (error, _ ("This is not a receipt of esimd"));
    return NULL;
  }
  root = json_parser_get_root (paper->parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, _ ("This is not a receipt of esimd"));
    return NULL;
  }
  paper->root = json_node_get_object (root);
  return read_form (paper, error) ? g_steal_pointer (&paper) : NULL;
}

EsimctlPaper *
esimctl_paper_new_from_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *data = g_malloc (MAX_RECEIPT + 1);
  gsize size = 0;

  if (stream == NULL) {
    if (error != NULL && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
      (*error)->domain = ESIMCTL_ERROR;
      (*error)->code = ESIMCTL_EXIT_NOT_FOUND;
    }
    return NULL;
  }
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), data, MAX_RECEIPT + 1, &size, NULL, error))
    return NULL;
  return esimctl_paper_new (data, size, error);
}

void
esimctl_paper_free (EsimctlPaper *paper)
{
  g_clear_object (&paper->parser);
  g_clear_pointer (&paper->claims, g_array_unref);
  g_free (paper);
}

const char *
esimctl_paper_get_eid (EsimctlPaper *paper)
{
  return string_of (paper->root, "eid");
}

const char *
esimctl_paper_get_iccid (EsimctlPaper *paper)
{
  return string_of (paper->root, "iccid");
}

guint
esimctl_paper_get_n_claims (EsimctlPaper *paper)
{
  return paper->claims->len;
}

const EsimctlClaim *
esimctl_paper_get_claim (EsimctlPaper *paper, guint at)
{
  return &g_array_index (paper->claims, EsimctlClaim, at);
}

const char *
esimctl_paper_get (EsimctlPaper *paper, const char *object, const char *key)
{
  JsonObject *from = object != NULL ? object_of (paper->root, object) : paper->root;

  return from != NULL ? string_of (from, key) : NULL;
}

const char *
esimctl_paper_get_method (EsimctlPaper *paper)
{
  return esim_words_carrier_value (string_of (paper->root, "method"));
}

const char *
esimctl_paper_get_acknowledged (EsimctlPaper *paper, guint at)
{
  JsonObject *item = item_of (array_of (paper->root, "delete-notifications"), at);

  return item != NULL ? string_of (item, "acknowledged") : NULL;
}

/* An escape of JSON can hold half a character, which GVariant does not take. */
static GVariant *
text_of (const char *text)
{
  g_autofree char *clean = esim_text_clean (text);

  return g_variant_new_string (clean);
}

/* Returns: (transfer floating) (nullable): a text, a whole number or a list of texts. */
static GVariant *
parameter_of (JsonNode *node)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GVariantBuilder builder;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return text_of (json_node_get_string (node));
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    return g_variant_new_int64 (json_node_get_int (node));
  if (array == NULL || json_array_get_length (array) > MAX_ITEMS)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *item = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_VALUE (item) && json_node_get_value_type (item) == G_TYPE_STRING)
      g_variant_builder_add_value (&builder, text_of (json_node_get_string (item)));
  }
  return g_variant_builder_end (&builder);
}

/* @parameters: (nullable) */
static GVariant *
parameters_of (JsonObject *parameters)
{
  GVariantDict dict;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_variant_dict_init (&dict, NULL);
  if (parameters != NULL && json_object_get_size (parameters) <= MAX_ITEMS) {
    json_object_iter_init (&iter, parameters);
    while (json_object_iter_next (&iter, &name, &node)) {
      GVariant *value = g_utf8_validate (name, -1, NULL) ? parameter_of (node) : NULL;

      if (value != NULL)
        g_variant_dict_insert_value (&dict, name, value);
    }
  }
  return g_variant_dict_end (&dict);
}

static char *
words_of (JsonObject *item, const char *text)
{
  GVariantDict dict;
  g_autoptr (GVariant) statement = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "code", text_of (string_of (item, "code")));
  g_variant_dict_insert_value (&dict, "text", text_of (text));
  g_variant_dict_insert_value (&dict, "parameters", parameters_of (object_of (item, "parameters")));
  statement = g_variant_ref_sink (g_variant_dict_end (&dict));
  return esim_words_statement (statement);
}

GVariant *
esimctl_paper_dup_statements (EsimctlPaper *paper)
{
  JsonArray *statements = array_of (paper->root, "statements");
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < json_array_get_length (statements); i++) {
    JsonObject *item = item_of (statements, i);
    const char *label = item != NULL ? string_of (item, "label") : NULL;
    const char *text = item != NULL ? string_of (item, "text") : NULL;
    g_autofree char *words = NULL;

    if (label == NULL || text == NULL)
      continue;
    words = words_of (item, text);
    g_variant_builder_add_parsed (&builder, "{'label': <%*>, 'words': <%s>, 'time': <%*>}", text_of (label),
                                  words, text_of (string_of (item, "time")));
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

char **
esimctl_paper_dup_limits (EsimctlPaper *paper)
{
  JsonArray *limits = array_of (paper->root, "does-not-prove");
  GPtrArray *words = g_ptr_array_new ();

  for (guint i = 0; i < json_array_get_length (limits); i++) {
    JsonNode *node = json_array_get_element (limits, i);
    JsonObject *item = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

    /* The first receipts had the text alone. */
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      g_ptr_array_add (words, esim_words_limit ("", json_node_get_string (node)));
    else if (item != NULL)
      g_ptr_array_add (words, esim_words_limit (string_of (item, "code") ?: "", string_of (item, "text")));
  }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

static void
print_head (EsimctlPaper *paper, gboolean color)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  g_autofree char *issued = esimctl_text_iso_time (string_of (paper->root, "issued"));

  esimctl_view_pair (table, _ ("Receipt"), ESIMCTL_STYLE_TITLE, string_of (paper->root, "id"));
  esimctl_view_pair (table, _ ("Issued"), ESIMCTL_STYLE_PLAIN, issued);
  esimctl_view_pair (table, _ ("Method"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get_method (paper));
  esimctl_view_pair (table, _ ("Reason"), ESIMCTL_STYLE_PLAIN,
                     esim_words_reason (string_of (paper->root, "reason")));
  esimctl_view_pair (table, _ ("EID"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get_eid (paper));
  esimctl_view_pair (table, _ ("ICCID"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get_iccid (paper));
  esimctl_view_pair (table, _ ("Profile"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get (paper, "profile", "name"));
  esimctl_view_pair (table, _ ("Operator"), ESIMCTL_STYLE_PLAIN,
                     esimctl_paper_get (paper, "profile", "service-provider"));
  esimctl_view_pair (table, _ ("Carrier"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get (paper, "carrier", "name"));
  esimctl_view_pair (table, _ ("Plan"), ESIMCTL_STYLE_PLAIN, esimctl_paper_get (paper, "carrier", "plan"));
  esimctl_view_pair (table, _ ("Reference"), ESIMCTL_STYLE_PLAIN,
                     esimctl_paper_get (paper, "carrier", "reference"));
  esimctl_view_pair (table, _ ("Contract ends on"), ESIMCTL_STYLE_PLAIN,
                     esimctl_paper_get (paper, "carrier", "effective-date"));
  esimctl_table_print (table, color);
}

static void
print_statements (EsimctlPaper *paper, gboolean color)
{
  g_autoptr (GVariant) statements = esimctl_paper_dup_statements (paper);

  for (gsize i = 0; i < g_variant_n_children (statements); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (statements, i);
    const char *label = esim_words_label (esimctl_dict_string (one, "label"));
    g_autofree char *time = esimctl_text_iso_time (esimctl_dict_string (one, "time"));
    g_autofree char *head = g_strdup_printf ("%s%s%s", label, *time != '\0' ? " · " : "", time);

    g_print ("\n");
    esimctl_text_line (color, ESIMCTL_STYLE_QUIET, head);
    esimctl_text_paragraph (2, esimctl_dict_string (one, "words"));
  }
}

static void
print_notifications (EsimctlPaper *paper, gboolean color)
{
  const char *const titles[] = {_ ("Number"), _ ("Server"), _ ("Acknowledged"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  if (paper->claims->len == 0)
    return;
  for (guint i = 0; i < paper->claims->len; i++) {
    const EsimctlClaim *claim = esimctl_paper_get_claim (paper, i);
    const char *acknowledged = esimctl_paper_get_acknowledged (paper, i);
    g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, claim->sequence);
    g_autofree char *when = esimctl_text_iso_time (acknowledged != NULL ? acknowledged : _ ("not yet"));

    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, claim->address);
    esimctl_table_add (table, acknowledged != NULL ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_CAUTION, when);
  }
  g_print ("\n");
  esimctl_table_print (table, color);
}

static void
print_limits (EsimctlPaper *paper, gboolean color)
{
  g_auto (GStrv) limits = esimctl_paper_dup_limits (paper);

  if (limits[0] == NULL)
    return;
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, _ ("What this receipt does not prove"));
  for (gsize i = 0; limits[i] != NULL; i++)
    esimctl_text_paragraph (2, limits[i]);
}

void
esimctl_paper_print (EsimctlPaper *paper, gboolean color)
{
  print_head (paper, color);
  print_statements (paper, color);
  print_notifications (paper, color);
  print_limits (paper, color);
}
