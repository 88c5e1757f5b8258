/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-base64.h"

#define GROUP 4

static int
value_of (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void
end_group (EsimBase64 *self, GByteArray *octets)
{
  const guint8 group[3] = {(guint8) (self->bits >> 16), (guint8) (self->bits >> 8), (guint8) self->bits};

  g_byte_array_append (octets, group, 3 - self->padding);
  self->ended = self->padding > 0;
  self->bits = 0;
  self->count = 0;
}

static gboolean
take (EsimBase64 *self, char c)
{
  int value = value_of (c);

  if (self->ended)
    return FALSE;
  if (c == '=') {
    if (self->count < 2)
      return FALSE;
    self->padding++;
    value = 0;
  } else if (value < 0 || self->padding > 0) {
    return FALSE;
  }
  self->bits = self->bits << 6 | (guint32) value;
  self->count++;
  return TRUE;
}

gboolean
esim_base64_feed (EsimBase64 *self, const char *text, gsize length, GByteArray *octets)
{
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\r' || text[i] == '\n') /* RFC 2045 wants lines, and some encoders make them */
      continue;
    if (!take (self, text[i]))
      return FALSE;
    if (self->count == GROUP)
      end_group (self, octets);
  }
  return TRUE;
}

gboolean
esim_base64_finish (const EsimBase64 *self)
{
  return self->count == 0;
}
