/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-metadata.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

#define MAX_METADATA 1024
#define MAX_ADDRESS 255
#define ICCID_OCTETS 10
#define TAG_METADATA 47
#define TAG_SEQUENCE 0
#define TAG_EVENT 1
#define TAG_ICCID 26

typedef struct {
  const unsigned char *p;
  gsize left;
} Reader;

/* Takes the element of @tag and @klass off @reader; its value goes to @value. */
static gboolean
take (Reader *reader, int klass, int tag, gboolean constructed, Reader *value)
{
  const unsigned char *p = reader->p;
  long length = 0;
  int found_tag = 0, found_class = 0;
  int flags =
      reader->left > 0 ? ASN1_get_object (&p, &length, &found_tag, &found_class, (long) reader->left) : 0x80;

  if ((flags & 0x81) != 0) {
    ERR_clear_error ();
    return FALSE;
  }
  if (found_tag != tag || found_class != klass || ((flags & V_ASN1_CONSTRUCTED) != 0) != constructed)
    return FALSE;
  *value = (Reader){p, (gsize) length};
  reader->left -= (gsize) (p - reader->p) + (gsize) length;
  reader->p = p + length;
  return TRUE;
}

static gboolean
read_number (Reader value, guint64 *number)
{
  if (value.left == 0 || value.left > 9 || (value.p[0] & 0x80) != 0 || (value.left == 9 && value.p[0] != 0))
    return FALSE;
  *number = 0;
  for (gsize i = 0; i < value.left; i++)
    *number = *number << 8 | value.p[i];
  return TRUE;
}

/* A BIT STRING whose one octet holds the four named bits; DER leaves four unused. */
static gboolean
read_event (Reader value, guint8 *event)
{
  if (value.left != 2 || value.p[0] > 7)
    return FALSE;
  *event = value.p[1];
  return TRUE;
}

static gboolean
read_address (Reader value, char **address)
{
  if (value.left > MAX_ADDRESS || memchr (value.p, '\0', value.left) != NULL ||
      !g_utf8_validate ((const char *) value.p, (gssize) value.left, NULL))
    return FALSE;
  *address = g_strndup ((const char *) value.p, value.left);
  return TRUE;
}

/* Digits in swapped nibbles, filled up with F (ITU-T E.118, as ETSI TS 102 221 13.2 stores it). */
static gboolean
read_iccid (Reader value, char *iccid)
{
  gsize n = 0;
  gboolean ended = FALSE;

  if (value.left != ICCID_OCTETS)
    return FALSE;
  for (gsize i = 0; i < value.left * 2; i++) {
    guint8 nibble = i % 2 == 0 ? value.p[i / 2] & 0x0f : value.p[i / 2] >> 4;

    if (nibble == 0x0f) {
      ended = TRUE;
      continue;
    }
    if (ended || nibble > 9)
      return FALSE;
    iccid[n++] = (char) ('0' + nibble);
  }
  iccid[n] = '\0';
  return n > 0;
}

gboolean
esimctl_metadata_parse (GBytes *bytes, EsimctlMetadata *metadata)
{
  Reader all = {g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)};
  Reader body, sequence, event, address, iccid;

  if (all.left > MAX_METADATA || !take (&all, V_ASN1_CONTEXT_SPECIFIC, TAG_METADATA, TRUE, &body) ||
      all.left != 0)
    return FALSE;
  if (!take (&body, V_ASN1_CONTEXT_SPECIFIC, TAG_SEQUENCE, FALSE, &sequence) ||
      !take (&body, V_ASN1_CONTEXT_SPECIFIC, TAG_EVENT, FALSE, &event) ||
      !take (&body, V_ASN1_UNIVERSAL, V_ASN1_UTF8STRING, FALSE, &address))
    return FALSE;
  if (!read_number (sequence, &metadata->sequence) || !read_event (event, &metadata->event) ||
      !read_address (address, &metadata->address))
    return FALSE;
  if (body.left == 0)
    return TRUE;
  return take (&body, V_ASN1_APPLICATION, TAG_ICCID, FALSE, &iccid) && body.left == 0 &&
         read_iccid (iccid, metadata->iccid);
}

void
esimctl_metadata_clear (EsimctlMetadata *metadata)
{
  g_clear_pointer (&metadata->address, g_free);
}
