/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-document.h"
#include "esim-error.h"
#include "esim-ts43-address.h"
#include "esim-ts43-node.h"

#include <openssl/crypto.h>
#include <string.h>

#define INTERVAL_MAX_S (30 * 86400)
#define NUMBER_MAX 9 /* digits */
#define STATUS_MAX 4
#define ENCODED "encodedValue="

struct _EsimTs43Document {
  gatomicrefcount refs;
  EsimTs43Node *root;
  GPtrArray *apps;           /* EsimTs43Node: what is said of the application */
  GPtrArray *configurations; /* EsimTs43Node */
  GPtrArray *made;           /* strings that were decoded; wiped */
  GHashTable *iccids;        /* node to its ICCID without filling */
  char *digest;
  char *host;
};

static void
free_secret (gpointer text)
{
  OPENSSL_cleanse (text, strlen (text));
  g_free (text);
}

/* What @group says under @name. %FALSE: nothing, null, or two different things. */
static gboolean
look_up (const EsimTs43Node *group, const char *name, const char **value)
{
  gboolean found = FALSE;

  for (guint i = 0; group->children != NULL && i < group->children->len; i++) {
    const EsimTs43Node *node = g_ptr_array_index (group->children, i);

    if (!esim_ts43_node_is (node, name))
      continue;
    if (node->value == NULL || (found && strcmp (node->value, *value) != 0))
      return FALSE;
    *value = node->value;
    found = TRUE;
  }
  return found;
}

/* The same over all that is said of the application. (nullable); no empty one. */
static const char *
get_text (const EsimTs43Document *self, const char *name)
{
  const char *value = NULL;

  for (guint i = 0; i < self->apps->len; i++) {
    const char *one = NULL;

    if (!look_up (g_ptr_array_index (self->apps, i), name, &one))
      continue;
    if (value != NULL && strcmp (value, one) != 0)
      return NULL;
    value = one;
  }
  return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *
get_text_of (const EsimTs43Node *group, const char *name)
{
  const char *value = NULL;

  return look_up (group, name, &value) && value[0] != '\0' ? value : NULL;
}

/* -1: none. */
static int
read_number (const char *text)
{
  const gsize length = text != NULL ? strlen (text) : 0;

  if (length == 0 || length > NUMBER_MAX || strspn (text, "0123456789") != length)
    return -1;
  return (int) g_ascii_strtoll (text, NULL, 10);
}

/* PollingIntervalUnit: 0 or nothing minutes, 1 seconds, 2 tenths of a second. */
static gint64
read_interval (const char *interval, const char *unit)
{
  int number = read_number (interval);
  int kind = unit != NULL ? read_number (unit) : 0;
  gint64 seconds = number <= 0 ? 0
                   : kind == 0 ? (gint64) number * 60
                   : kind == 1 ? number
                   : kind == 2 ? (number + 9) / 10
                               : 0;

  return MIN (seconds, INTERVAL_MAX_S);
}

/* Each PrimaryConfiguration in @group. Other groups are looked into, but for what belongs to a configuration
 * itself. As deep as the readers let a document be. */
static void
collect_configurations (EsimTs43Document *self, const EsimTs43Node *group)
{
  for (guint i = 0; group->children != NULL && i < group->children->len; i++) {
    EsimTs43Node *node = g_ptr_array_index (group->children, i);

    if (esim_ts43_node_is (node, "PrimaryConfiguration"))
      g_ptr_array_add (self->configurations, node);
    else if (esim_ts43_node_is (node, "PrimaryConfigurations"))
      collect_configurations (self, node);
  }
}

/* In XML an application is a group APPLICATION with its AppID, in JSON a member of that name. */
static gboolean
is_app (const EsimTs43Node *node)
{
  const char *id = NULL;

  if (node->children == NULL)
    return FALSE;
  if (esim_ts43_node_is (node, ESIM_TS43_APP_PRIMARY))
    return TRUE;
  if (!esim_ts43_node_is (node, "APPLICATION"))
    return FALSE;
  id = get_text_of (node, "AppID");
  return id == NULL || g_ascii_strcasecmp (id, ESIM_TS43_APP_PRIMARY) == 0;
}

static void
find_apps (EsimTs43Document *self)
{
  for (guint i = 0; i < self->root->children->len; i++) {
    EsimTs43Node *node = g_ptr_array_index (self->root->children, i);

    if (is_app (node))
      g_ptr_array_add (self->apps, node);
  }
  for (guint i = 0; i < self->apps->len; i++)
    collect_configurations (self, g_ptr_array_index (self->apps, i));
}

static EsimTs43Node *
read_tree (GBytes *body, GError **error)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (body, &length);
  gsize mark = length >= 3 && memcmp (data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  EsimTs43Node *root = NULL;
  char *text;

  if (length > ESIM_TS43_DOCUMENT_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                         "the carrier's server answered more than any that the standard knows");
    return NULL;
  }
  while (mark < length && strchr (" \t\r\n", data[mark]) != NULL && data[mark] != '\0')
    mark++;
  if (mark == length || !g_utf8_validate (data + mark, (gssize) (length - mark), NULL) ||
      (data[mark] != '{' && data[mark] != '<')) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                         "the carrier's server answered what is no document of an entitlement server");
    return NULL;
  }
  text = g_strndup (data + mark, length - mark);
  root = text[0] == '{' ? esim_ts43_json_read (text, length - mark, error)
                        : esim_ts43_xml_read (text, length - mark, error);
  free_secret (text);
  return root;
}

/* (nullable): the digits, without the filling behind them */
static char *
dup_iccid (const EsimTs43Node *configuration)
{
  const char *text = get_text_of (configuration, "ICCID");
  gsize digits = text != NULL ? strspn (text, "0123456789") : 0;

  if (digits < 18 || digits > 20 || strspn (text + digits, "Ff") != strlen (text) - digits)
    return NULL;
  return g_strndup (text, digits);
}

EsimTs43Document *
esim_ts43_document_parse (GBytes *body, const char *content_type, GError **error)
{
  g_autoptr (EsimTs43Node) root = read_tree (body, error);
  EsimTs43Document *self;

  if (root == NULL)
    return NULL;
  self = g_new0 (EsimTs43Document, 1);
  g_atomic_ref_count_init (&self->refs);
  self->root = g_steal_pointer (&root);
  self->apps = g_ptr_array_new ();
  self->configurations = g_ptr_array_new ();
  self->made = g_ptr_array_new_with_free_func (free_secret);
  self->iccids = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);
  self->host = g_strdup ("");
  find_apps (self);
  for (guint i = 0; i < self->configurations->len; i++) {
    EsimTs43Node *node = g_ptr_array_index (self->configurations, i);

    g_hash_table_insert (self->iccids, node, dup_iccid (node));
  }
  return self;
}

EsimTs43Document *
esim_ts43_document_ref (EsimTs43Document *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_ts43_document_unref (EsimTs43Document *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->apps);
  g_ptr_array_unref (self->configurations);
  g_ptr_array_unref (self->made);
  g_hash_table_unref (self->iccids);
  esim_ts43_node_free (self->root);
  g_free (self->digest);
  g_free (self->host);
  g_free (self);
}

const char *
esim_ts43_document_get_digest (const EsimTs43Document *self)
{
  return self->digest;
}

const char *
esim_ts43_document_get_host (const EsimTs43Document *self)
{
  return self->host;
}

void
esim_ts43_document_set_host (EsimTs43Document *self, const char *host)
{
  g_free (self->host);
  self->host = g_strdup (host);
}

int
esim_ts43_document_get_operation_result (const EsimTs43Document *self)
{
  return read_number (get_text (self, "OperationResult"));
}

int
esim_ts43_document_get_subscription_result (const EsimTs43Document *self)
{
  return read_number (get_text (self, "SubscriptionResult"));
}

int
esim_ts43_document_get_eligibility (const EsimTs43Document *self)
{
  return read_number (get_text (self, "PrimaryAppEligibility"));
}

gint64
esim_ts43_document_get_interval (const EsimTs43Document *self)
{
  return read_interval (get_text (self, "PollingInterval"), get_text (self, "PollingIntervalUnit"));
}

/* Returns: (nullable): what the base64 stands for, if that is text; the document keeps it */
static const char *
decode (const EsimTs43Document *self, const char *encoded)
{
  gsize length = 0;
  g_autofree char *octets = (char *) g_base64_decode (encoded, &length);
  char *text;

  if (length == 0 || !g_utf8_validate (octets, (gssize) length, NULL))
    return NULL;
  text = g_strndup (octets, length);
  OPENSSL_cleanse (octets, length);
  g_ptr_array_add (self->made, text);
  return text;
}

static const char *
get_user_data (const EsimTs43Document *self, const char *name)
{
  const char *data = get_text (self, name);
  const char *decoded =
      data != NULL && g_str_has_prefix (data, ENCODED) ? decode (self, data + strlen (ENCODED)) : NULL;

  return decoded != NULL ? decoded : data;
}

static gboolean
get_page (const EsimTs43Document *self, EsimTs43Page *page, const char *url, const char *data,
          const char *type)
{
  const char *told = get_text (self, type);
  g_autofree char *lower = told != NULL ? g_ascii_strdown (told, -1) : g_strdup ("");

  *page = (EsimTs43Page){.url = get_text (self, url),
                         .user_data = get_user_data (self, data),
                         .contents_type = strstr (lower, "json") != NULL  ? "json"
                                          : strstr (lower, "xml") != NULL ? "xml"
                                                                          : ""};
  return page->url != NULL && esim_ts43_address_is_page (page->url);
}

gboolean
esim_ts43_document_get_service (const EsimTs43Document *self, EsimTs43Page *page)
{
  return get_page (self, page, "SubscriptionServiceURL", "SubscriptionServiceUserData",
                   "SubscriptionServiceContentsType");
}

gboolean
esim_ts43_document_get_not_enabled (const EsimTs43Document *self, EsimTs43Page *page)
{
  return get_page (self, page, "NotEnabledURL", "NotEnabledUserData", "NotEnabledContentsType");
}

gboolean
esim_ts43_document_get_error_page (const EsimTs43Document *self, EsimTs43Page *page)
{
  /* Another name for it in older texts. */
  return get_page (self, page, "GeneralErrorURL", "GeneralErrorUserData", "GeneralErrorContentsType") ||
         get_page (self, page, "AuthenticationErrorURL", "AuthenticationErrorUserData",
                   "AuthenticationErrorContentsType");
}

const char *
esim_ts43_document_get_error_text (const EsimTs43Document *self)
{
  return get_text (self, "GeneralErrorText");
}

static const EsimTs43Node *
find_group (const GPtrArray *groups, const char *name)
{
  for (guint i = 0; i < groups->len; i++) {
    const EsimTs43Node *group = g_ptr_array_index (groups, i);

    for (guint k = 0; group->children != NULL && k < group->children->len; k++) {
      const EsimTs43Node *node = g_ptr_array_index (group->children, k);

      if (node->children != NULL && esim_ts43_node_is (node, name))
        return node;
    }
  }
  return NULL;
}

static gboolean
is_set (const EsimTs43Node *group, const char *name)
{
  return read_number (get_text_of (group, name)) == 1;
}

gboolean
esim_ts43_document_get_message (const EsimTs43Document *self, EsimTs43Message *message)
{
  const EsimTs43Node *group = find_group (self->apps, "MSG");
  const char *pattern;

  *message = (EsimTs43Message){0};
  if (group == NULL)
    group = find_group (self->configurations, "MSG");
  if (group == NULL)
    return FALSE;
  pattern = get_text_of (group, "Accept_freetext_validation");
  *message = (EsimTs43Message){
      .title = get_text_of (group, "Title"),
      .text = get_text_of (group, "Message"),
      .accepts = is_set (group, "Accept_btn"),
      .rejects = is_set (group, "Reject_btn"),
      .accept_label = get_text_of (group, "Accept_btn_label"),
      .reject_label = get_text_of (group, "Reject_btn_label"),
      .free_text = is_set (group, "Accept_freetext"),
      .hint = get_text_of (group, "Accept_freetext_hint"),
      .pattern = pattern != NULL ? decode (self, pattern) : NULL,
      .failed_text = get_text_of (group, "Accept_freetext_validation_failed_error_text"),
  };
  return message->title != NULL || message->text != NULL;
}

const char *
esim_ts43_document_get_token (const EsimTs43Document *self, gint64 *validity)
{
  const EsimTs43Node *group = find_group (&(GPtrArray){.pdata = (gpointer *) &self->root, .len = 1}, "TOKEN");
  int seconds = group != NULL ? read_number (get_text_of (group, "validity")) : -1;

  *validity = MAX (seconds, 0);
  return group != NULL ? get_text_of (group, "token") : NULL;
}

guint
esim_ts43_document_get_n_configurations (const EsimTs43Document *self)
{
  return self->configurations->len;
}

void
esim_ts43_document_get_configuration (const EsimTs43Document *self, guint i,
                                      EsimTs43Configuration *configuration)
{
  const EsimTs43Node *node = g_ptr_array_index (self->configurations, i);
  int status = read_number (get_text_of (node, "ServiceStatus"));

  *configuration = (EsimTs43Configuration){
      .iccid = g_hash_table_lookup (self->iccids, node),
      .status = status >= 1 && status <= STATUS_MAX ? (guint) status : 0,
      .interval =
          read_interval (get_text_of (node, "PollingInterval"), get_text_of (node, "PollingIntervalUnit")),
  };
}

gboolean
esim_ts43_iccid_equal (const char *one, const char *other)
{
  const gsize a = one != NULL ? strspn (one, "0123456789") : 0;
  const gsize b = other != NULL ? strspn (other, "0123456789") : 0;

  if (a < 18 || b < 18 || strspn (one + a, "Ff") != strlen (one) - a ||
      strspn (other + b, "Ff") != strlen (other) - b)
    return FALSE;
  /* The twentieth is a check digit, which not everybody writes. */
  if (a != b && MIN (a, b) != 19)
    return FALSE;
  return strncmp (one, other, MIN (a, b)) == 0;
}
