/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bpp-segments.h"
#include "esim-error.h"
#include "esim-tlv.h"

#include <string.h>

#define PACKAGE_MAX (2 * 1024 * 1024)
#define BLOCK_MAX                                                                                            \
  (16 * 1024) /* the standard's own is 1020 octets (2.5.3): what goes to a card in one chain */
#define METADATA_MAX (16 * 1024) /* an icon of 1024 octets, names and addresses */
#define MAC_OCTETS 8             /* at the end of each block: SCP03t, 2.6.4.4 */
#define HEADER_OCTETS_MAX 7      /* three of a tag, and a length of up to three octets behind its count */

#define TAG_PACKAGE 0xBF36
#define TAG_SECURE_CHANNEL 0xBF23
#define TAG_TRANSACTION_ID 0x80
#define TAG_METADATA 0xBF25

/* The members of BF36, in their order. */
typedef struct {
  guint32 tag;
  guint32 block; /* what the sequence holds; 0: it is no sequence, and goes with what stands before it */
  gboolean header_alone; /* a segment of its own; else it goes with the first block */
  gboolean optional;
} Member;

static const Member members[] = {
    {TAG_SECURE_CHANNEL, 0, FALSE, FALSE},
    {0xA0, 0x87, FALSE, FALSE},
    {0xA1, 0x88, TRUE, FALSE},
    {0xA2, 0x87, FALSE, TRUE},
    {0xA3, 0x86, TRUE, FALSE},
};
#define MEMBER_METADATA 2

typedef struct {
  guint32 tag;
  gsize header;
  gsize length; /* of the contents */
} Head;

struct _EsimBppSegments {
  GBytes *transaction_id;
  GByteArray *octets; /* what was fed */
  gsize start;        /* how many of them are in segments already */
  gsize prefix;       /* how many of those behind are a header that goes with the next block */
  gsize fed;
  gsize total;        /* 0: the package's own header is not there yet */
  gsize package_left; /* of its contents, behind the last header or block that was seen */
  gsize open_left;    /* of the sequence that is open */
  guint n_members;    /* how many of @members were seen, or left out */
  GQueue segments;
  gsize given;
  GByteArray *stored; /* the contents of the 88s, without their MACs */
  GBytes *metadata;
};

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
               "The server's profile package is malformed: %s. Tell the operator: the profile cannot be "
               "installed.",
               what);
  return FALSE;
}

static gboolean
refuse_size (const char *what, gsize max, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
               "The server's profile package has %s of more than %" G_GSIZE_FORMAT
               " octets. Tell the operator: the profile cannot be installed.",
               what, max);
  return FALSE;
}

EsimBppSegments *
esim_bpp_segments_new (GBytes *transaction_id)
{
  EsimBppSegments *self = g_new0 (EsimBppSegments, 1);

  self->transaction_id = g_bytes_ref (transaction_id);
  self->octets = g_byte_array_new ();
  self->stored = g_byte_array_new ();
  g_queue_init (&self->segments);
  return self;
}

void
esim_bpp_segments_free (EsimBppSegments *self)
{
  if (self == NULL)
    return;
  g_bytes_unref (self->transaction_id);
  g_byte_array_unref (self->octets);
  g_byte_array_unref (self->stored);
  g_queue_clear_full (&self->segments, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&self->metadata, g_bytes_unref);
  g_free (self);
}

/* How many octets of a tag there are; 0 while not all came. */
static gsize
tag_octets (const guint8 *data, gsize length)
{
  if (length == 0)
    return 0;
  if ((data[0] & 0x1F) != 0x1F)
    return 1;
  for (gsize i = 1; i < length; i++)
    if ((data[i] & 0x80) == 0)
      return i + 1;
  return 0;
}

/* Returns: %TRUE and a @head whose header is 0 while it is not all there. */
static gboolean
read_head (const guint8 *data, gsize length, Head *head, GError **error)
{
  gsize tag = tag_octets (data, length), count;

  *head = (Head){0};
  if (tag > 3 || (tag == 0 && length >= 3))
    return refuse ("a tag of more than three octets", error);
  if (tag == 0 || tag == length)
    return TRUE;
  count = (data[tag] & 0x80) != 0 ? data[tag] & 0x7F : 0;
  if (data[tag] == 0x80 || count > HEADER_OCTETS_MAX - 4)
    return refuse ("a length that is not definite, or longer than the package may be", error);
  if (length < tag + 1 + count)
    return TRUE;
  head->header = tag + 1 + count;
  head->length = count == 0 ? data[tag] : 0;
  for (gsize i = 0; i < tag; i++)
    head->tag = head->tag << 8 | data[i];
  for (gsize i = 0; i < count; i++)
    head->length = head->length << 8 | data[tag + 1 + i];
  return TRUE;
}

/* What is not in a segment yet. */
static const guint8 *
peek (EsimBppSegments *self, gsize *length)
{
  *length = self->octets->len - self->start;
  return self->octets->data + self->start;
}

/* The next @length octets become a segment. */
static void
cut (EsimBppSegments *self, gsize length)
{
  g_queue_push_tail (&self->segments, g_bytes_new (self->octets->data + self->start, length));
  self->start += length;
  self->prefix = 0;
}

static gboolean
check_transaction_id (EsimBppSegments *self, const guint8 *object, gsize length, GError **error)
{
  gsize size = 0;
  const guint8 *wanted = g_bytes_get_data (self->transaction_id, &size);
  EsimTlvReader outside, inside;
  EsimTlv tlv;

  esim_tlv_reader_init (&outside, object, length);
  if (!esim_tlv_reader_next (&outside, &tlv))
    return refuse ("a secure channel that cannot be read", error);
  esim_tlv_reader_enter (&inside, &outside, &tlv);
  while (esim_tlv_reader_next (&inside, &tlv)) {
    if (tlv.tag != TAG_TRANSACTION_ID)
      continue;
    return (size > 0 && tlv.length == size && memcmp (tlv.value, wanted, size) == 0) ||
           refuse ("it was made for another session", error);
  }
  return refuse ("a secure channel without the session's number", error);
}

/* All 88s are there. */
static gboolean
end_metadata (EsimBppSegments *self, GError **error)
{
  EsimTlv tlv;

  if (!esim_tlv_read_only (self->stored->data, self->stored->len, &tlv, NULL) || tlv.tag != TAG_METADATA)
    return refuse ("its metadata cannot be read", error);
  self->metadata = g_bytes_new (self->stored->data, self->stored->len);
  g_byte_array_set_size (self->stored, 0);
  return TRUE;
}

static gboolean
store_metadata (EsimBppSegments *self, const guint8 *value, gsize length, GError **error)
{
  if (self->stored->len + length > METADATA_MAX)
    return refuse_size ("metadata", METADATA_MAX, error);
  g_byte_array_append (self->stored, value, (guint) (length - MAC_OCTETS));
  return self->open_left > 0 || end_metadata (self, error);
}

/* A block of the sequence that is open, or InitialiseSecureChannel; @whole: it was there, and is cut. */
static gboolean
take_block (EsimBppSegments *self, const Member *member, gboolean *whole, GError **error)
{
  gsize there, size;
  const guint8 *data = peek (self, &there);
  gsize *left = member->block != 0 ? &self->open_left : &self->package_left;
  Head head;

  *whole = FALSE;
  data += self->prefix;
  there -= self->prefix;
  if (!read_head (data, there, &head, error))
    return FALSE;
  if (head.header == 0)
    return TRUE;
  size = head.header + head.length;
  if (head.tag != (member->block != 0 ? member->block : member->tag))
    return refuse ("a block that is not due there", error);
  if (head.length <= MAC_OCTETS)
    return refuse ("a block that is too short", error);
  if (size > BLOCK_MAX)
    return refuse_size ("a block", BLOCK_MAX, error);
  if (size > *left)
    return refuse ("a block that is longer than what it is in", error);
  if (size > there)
    return TRUE;
  *whole = TRUE;
  *left -= size;
  if (member->tag == TAG_SECURE_CHANNEL && !check_transaction_id (self, data, size, error))
    return FALSE;
  if (member == &members[MEMBER_METADATA] && !store_metadata (self, data + head.header, head.length, error))
    return FALSE;
  cut (self, self->prefix + size);
  return TRUE;
}

static gboolean
begin_package (EsimBppSegments *self, gboolean *whole, GError **error)
{
  gsize there;
  const guint8 *data = peek (self, &there);
  Head head;

  *whole = FALSE;
  if (!read_head (data, there, &head, error))
    return FALSE;
  if (head.header == 0)
    return TRUE;
  if (head.tag != TAG_PACKAGE)
    return refuse ("it is something else", error);
  if (head.length > PACKAGE_MAX)
    return refuse_size ("a size", PACKAGE_MAX, error);
  if (head.length == 0)
    return refuse ("it is empty", error);
  self->total = head.header + head.length;
  self->package_left = head.length;
  self->prefix = head.header;
  *whole = TRUE;
  return TRUE;
}

/* The header of the next sequence; what may be left out is passed over. */
static gboolean
begin_sequence (EsimBppSegments *self, gboolean *whole, GError **error)
{
  gsize there;
  const guint8 *data = peek (self, &there);
  Head head;

  *whole = FALSE;
  if (!read_head (data, there, &head, error))
    return FALSE;
  if (head.header == 0)
    return TRUE;
  if (members[self->n_members].optional && head.tag != members[self->n_members].tag)
    self->n_members++;
  if (head.tag != members[self->n_members].tag)
    return refuse ("a part is missing, or not in its place", error);
  if (head.length == 0 || head.header > self->package_left || head.length > self->package_left - head.header)
    return refuse ("a part that is empty, or longer than the package", error);
  self->package_left -= head.header + head.length;
  self->open_left = head.length;
  if (members[self->n_members].header_alone)
    cut (self, head.header);
  else
    self->prefix = head.header;
  *whole = TRUE;
  return TRUE;
}

static gboolean
step (EsimBppSegments *self, gboolean *whole, GError **error)
{
  if (self->total == 0)
    return begin_package (self, whole, error);
  if (self->n_members == G_N_ELEMENTS (members)) {
    *whole = FALSE;
    return self->start == self->octets->len || refuse ("something stands behind its end", error);
  }
  if (self->n_members > 0 && self->open_left == 0)
    return begin_sequence (self, whole, error);
  if (!take_block (self, &members[self->n_members], whole, error))
    return FALSE;
  if (*whole && self->open_left == 0)
    self->n_members++;
  return TRUE;
}

gboolean
esim_bpp_segments_feed (EsimBppSegments *self, const guint8 *octets, gsize length, GError **error)
{
  gboolean whole = TRUE;

  if (length > PACKAGE_MAX + HEADER_OCTETS_MAX - self->fed)
    return refuse_size ("a size", PACKAGE_MAX, error);
  self->fed += length;
  g_byte_array_append (self->octets, octets, (guint) length);
  while (whole)
    if (!step (self, &whole, error))
      return FALSE;
  g_byte_array_remove_range (self->octets, 0, (guint) self->start);
  self->start = 0;
  return TRUE;
}

gboolean
esim_bpp_segments_finish (EsimBppSegments *self, GError **error)
{
  if (self->n_members < G_N_ELEMENTS (members))
    return refuse ("it ends too early", error);
  return self->package_left == 0 || refuse ("it is shorter than it says", error);
}

GBytes *
esim_bpp_segments_next (EsimBppSegments *self)
{
  GBytes *segment = self->metadata != NULL ? g_queue_pop_head (&self->segments) : NULL;

  if (segment != NULL)
    self->given += g_bytes_get_size (segment);
  return segment;
}

GBytes *
esim_bpp_segments_get_metadata (EsimBppSegments *self)
{
  return self->metadata;
}

gsize
esim_bpp_segments_get_total (EsimBppSegments *self)
{
  return self->total;
}

gsize
esim_bpp_segments_get_given (EsimBppSegments *self)
{
  return self->given;
}
