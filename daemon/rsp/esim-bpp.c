/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bpp.h"
#include "esim-base64.h"
#include "esim-bpp-segments.h"
#include "esim-error.h"
#include "esim-es9-words.h"
#include "esim-json-stream.h"

#include <string.h>

#define BODY_MAX (4 * 1024 * 1024) /* a package of 2 MiB in base64, and an envelope around it */
#define TEXT_MAX 1024              /* of a string that is kept; what is longer is cut */

/* What a value is, by the names on the way to it. */
typedef enum {
  FIELD_OTHER,
  FIELD_ROOT,
  FIELD_HEADER,
  FIELD_EXECUTION,
  FIELD_CODES,
  FIELD_STATUS,
  FIELD_SUBJECT_CODE,
  FIELD_REASON_CODE,
  FIELD_MESSAGE,
  FIELD_TRANSACTION_ID,
  FIELD_PACKAGE,
} Field;

/* SGP.22 6.5.1.4 and 6.5.2.7. */
static const struct {
  Field parent;
  const char *name;
  Field field;
  EsimJsonKind kind;
} fields[] = {
    {FIELD_ROOT, "header", FIELD_HEADER, ESIM_JSON_OBJECT},
    {FIELD_ROOT, "transactionId", FIELD_TRANSACTION_ID, ESIM_JSON_STRING},
    {FIELD_ROOT, "boundProfilePackage", FIELD_PACKAGE, ESIM_JSON_STRING},
    {FIELD_HEADER, "functionExecutionStatus", FIELD_EXECUTION, ESIM_JSON_OBJECT},
    {FIELD_EXECUTION, "status", FIELD_STATUS, ESIM_JSON_STRING},
    {FIELD_EXECUTION, "statusCodeData", FIELD_CODES, ESIM_JSON_OBJECT},
    {FIELD_CODES, "subjectCode", FIELD_SUBJECT_CODE, ESIM_JSON_STRING},
    {FIELD_CODES, "reasonCode", FIELD_REASON_CODE, ESIM_JSON_STRING},
    {FIELD_CODES, "message", FIELD_MESSAGE, ESIM_JSON_STRING},
};

struct _EsimBpp {
  char *address;
  char *transaction_id;
  EsimJsonStream *json;
  EsimBase64 base64;
  EsimBppSegments *segments;
  GByteArray *decoded;
  gsize fed;
  gboolean failed;
  gboolean has_package;
  Field path[ESIM_JSON_DEPTH_MAX + 1]; /* of the values that are open */
  Field field;                         /* of the one that began last */
  GString *text;
  EsimEs9Answer answer;
};

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
               "The server's answer %s. Try again later, and tell the operator if it stays.", what);
  return FALSE;
}

static gboolean
check_transaction_id (EsimBpp *self, GError **error)
{
  return g_ascii_strcasecmp (self->text->str, self->transaction_id) == 0 ||
         refuse ("belongs to another session", error);
}

static gboolean
on_begin (EsimJsonKind kind, guint depth, const char *name, gpointer user_data, GError **error)
{
  EsimBpp *self = user_data;
  Field field = depth == 0 ? FIELD_ROOT : FIELD_OTHER;

  if (depth == 0 && kind != ESIM_JSON_OBJECT)
    return refuse ("is no object", error);
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (fields); i++) {
    if (fields[i].parent != self->path[depth - 1] || strcmp (fields[i].name, name) != 0)
      continue;
    if (kind == fields[i].kind)
      field = fields[i].field;
    else if (kind != ESIM_JSON_NULL) /* which is as good as absent */
      return refuse ("has a member of another kind than the standard tells", error);
  }
  self->path[depth] = field;
  self->field = field;
  if (kind == ESIM_JSON_STRING)
    g_string_truncate (self->text, 0);
  return TRUE;
}

static gboolean
on_package (EsimBpp *self, const char *text, gsize length, GError **error)
{
  g_byte_array_set_size (self->decoded, 0);
  if (!esim_base64_feed (&self->base64, text, length, self->decoded))
    return refuse ("has a package that is not proper base64", error);
  return esim_bpp_segments_feed (self->segments, self->decoded->data, self->decoded->len, error);
}

static gboolean
on_string (const char *text, gsize length, gpointer user_data, GError **error)
{
  EsimBpp *self = user_data;

  if (self->field == FIELD_PACKAGE)
    return on_package (self, text, length, error);
  if (self->field != FIELD_OTHER && self->text->len < TEXT_MAX)
    g_string_append_len (self->text, text, (gssize) MIN (length, TEXT_MAX - self->text->len));
  return TRUE;
}

static gboolean
end_package (EsimBpp *self, GError **error)
{
  self->has_package = TRUE;
  if (!esim_base64_finish (&self->base64))
    return refuse ("has a package that is not proper base64", error);
  return esim_bpp_segments_finish (self->segments, error);
}

static gboolean
on_end (EsimJsonKind kind, guint depth, gpointer user_data, GError **error)
{
  EsimBpp *self = user_data;

  switch (self->path[depth]) {
  case FIELD_PACKAGE:
    return end_package (self, error);
  case FIELD_TRANSACTION_ID:
    return check_transaction_id (self, error);
  case FIELD_STATUS:
    esim_es9_answer_set (&self->answer, ESIM_ES9_MEMBER_STATUS, self->text->str);
    return TRUE;
  case FIELD_SUBJECT_CODE:
    esim_es9_answer_set (&self->answer, ESIM_ES9_MEMBER_SUBJECT_CODE, self->text->str);
    return TRUE;
  case FIELD_REASON_CODE:
    esim_es9_answer_set (&self->answer, ESIM_ES9_MEMBER_REASON_CODE, self->text->str);
    return TRUE;
  case FIELD_MESSAGE:
    esim_es9_answer_set (&self->answer, ESIM_ES9_MEMBER_MESSAGE, self->text->str);
    return TRUE;
  default:
    return TRUE;
  }
}

/* What is no hexadecimal makes nothing, which no package matches. */
static GBytes *
octets_of (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  for (; g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]); hex += 2) {
    const guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

    g_byte_array_append (octets, &octet, 1);
  }
  if (hex[0] != '\0')
    g_byte_array_set_size (octets, 0);
  return g_byte_array_free_to_bytes (octets);
}

EsimBpp *
esim_bpp_new (const char *address, const char *transaction_id)
{
  static const EsimJsonReceiver receiver = {on_begin, on_string, on_end};
  EsimBpp *self = g_new0 (EsimBpp, 1);
  g_autoptr (GBytes) octets = octets_of (transaction_id);

  self->address = g_strdup (address);
  self->transaction_id = g_strdup (transaction_id);
  self->json = esim_json_stream_new (&receiver, self);
  self->segments = esim_bpp_segments_new (octets);
  self->decoded = g_byte_array_new ();
  self->text = g_string_new (NULL);
  return self;
}

void
esim_bpp_free (EsimBpp *self)
{
  if (self == NULL)
    return;
  g_free (self->address);
  g_free (self->transaction_id);
  esim_json_stream_free (self->json);
  esim_bpp_segments_free (self->segments);
  g_byte_array_unref (self->decoded);
  g_string_free (self->text, TRUE);
  esim_es9_answer_clear (&self->answer);
  g_free (self);
}

static gboolean
feed (EsimBpp *self, GBytes *chunk, GError **error)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (chunk, &length);

  if (length > BODY_MAX - self->fed) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "The server's answer is longer than %d octets, more than any profile package. Tell the "
                 "operator: the profile cannot be installed.",
                 BODY_MAX);
    return FALSE;
  }
  self->fed += length;
  return esim_json_stream_feed (self->json, text, length, error);
}

gboolean
esim_bpp_feed (EsimBpp *self, GBytes *chunk, GError **error)
{
  if (self->failed)
    return refuse ("was refused already", error);
  self->failed = !feed (self, chunk, error);
  return !self->failed;
}

static gboolean
is_refused (EsimBpp *self)
{
  return self->answer.status == ESIM_ES9_STATUS_FAILED || self->answer.status == ESIM_ES9_STATUS_EXPIRED;
}

static gboolean
finish (EsimBpp *self, GError **error)
{
  if (!esim_json_stream_finish (self->json, error))
    return FALSE;
  if (is_refused (self)) {
    g_propagate_error (error, esim_es9_words_make_error (self->address, &self->answer));
    return FALSE;
  }
  if (self->answer.status != ESIM_ES9_STATUS_EXECUTED)
    return refuse ("does not say whether it carried out the request", error);
  return self->has_package || refuse ("has no profile package in it", error);
}

gboolean
esim_bpp_finish (EsimBpp *self, GError **error)
{
  if (self->failed)
    return refuse ("was refused already", error);
  self->failed = !finish (self, error);
  return !self->failed;
}

GBytes *
esim_bpp_next_segment (EsimBpp *self)
{
  if (self->failed || is_refused (self))
    return NULL;
  return esim_bpp_segments_next (self->segments);
}

GBytes *
esim_bpp_get_metadata_bytes (EsimBpp *self)
{
  return esim_bpp_segments_get_metadata (self->segments);
}

gsize
esim_bpp_get_octets_total (EsimBpp *self)
{
  return esim_bpp_segments_get_total (self->segments);
}

gsize
esim_bpp_get_octets_given (EsimBpp *self)
{
  return esim_bpp_segments_get_given (self->segments);
}

gboolean
esim_bpp_is_given (EsimBpp *self)
{
  gsize total = esim_bpp_get_octets_total (self);

  return total > 0 && esim_bpp_get_octets_given (self) == total;
}
