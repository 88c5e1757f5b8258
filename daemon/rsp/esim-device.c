/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-device.h"
#include "esim-error.h"

#include <string.h>

#define TAC_DIGITS 8
#define SERIAL_DIGITS 14 /* of an IMEI, without check digit: TAC and serial number */
#define IMEI_DIGITS 15
#define IMEISV_DIGITS 16
#define IMEI_OCTETS 8
#define VERSION_OCTETS 3

/* SGP.22 v2.5, DeviceInfo: AUTOMATIC TAGS. */
#define TAG_TAC 0x80
#define TAG_CAPABILITIES 0xA1
#define TAG_IMEI 0x82
#define TAG_FIRST_CAPABILITY 0x80

EsimDevice *
esim_device_new (void)
{
  return g_new0 (EsimDevice, 1);
}

void
esim_device_free (EsimDevice *self)
{
  if (self == NULL)
    return;
  g_free (self->imei);
  g_free (self);
}

static guint8
digit (char c)
{
  return (guint8) g_ascii_digit_value (c);
}

/* 3GPP TS 29.002, TBCD-STRING: two digits an octet, the first in the low half. */
static void
write_tbcd (const char *digits, guint n_octets, guint8 *octets)
{
  for (guint i = 0; i < n_octets; i++)
    octets[i] = (guint8) (digit (digits[2 * i]) | digit (digits[2 * i + 1]) << 4);
}

/* Luhn, over the 14 digits before (3GPP TS 23.003 Annex B). */
static char
reckon_check_digit (const char *digits)
{
  guint sum = 0;

  for (guint i = 0; i < SERIAL_DIGITS; i++) {
    const guint value = digit (digits[i]) * (i % 2 == 0 ? 1 : 2);

    sum += value / 10 + value % 10;
  }
  return (char) ('0' + (10 - sum % 10) % 10);
}

static gboolean
is_digits (const char *text, gsize least, gsize most)
{
  const gsize length = strlen (text);

  return length >= least && length <= most && strspn (text, "0123456789") == length;
}

gboolean
esim_device_set_tac (EsimDevice *self, const char *tac, GError **error)
{
  if (!is_digits (tac, TAC_DIGITS, TAC_DIGITS)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "A type allocation code (TAC) has %d digits. Correct the configuration.", TAC_DIGITS);
    return FALSE;
  }
  write_tbcd (tac, sizeof self->tac, self->tac);
  return TRUE;
}

gboolean
esim_device_set_imei (EsimDevice *self, const char *imei, GError **error)
{
  const gsize length = strlen (imei);
  char checked[IMEI_DIGITS + 1] = {0};

  if (!is_digits (imei, SERIAL_DIGITS, IMEISV_DIGITS)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "An IMEI has %d digits. Check what the modem, or the configuration, says.", IMEI_DIGITS);
    return FALSE;
  }
  memcpy (checked, imei, SERIAL_DIGITS);
  /* A given check digit is passed on as it is: what the modem calls itself is what the network knows. */
  checked[SERIAL_DIGITS] = length == IMEI_DIGITS ? imei[SERIAL_DIGITS] : reckon_check_digit (checked);
  write_tbcd (checked, sizeof self->tac, self->tac);
  g_free (self->imei);
  self->imei = g_strdup (checked);
  return TRUE;
}

static void
write_capabilities (const EsimDevice *self, EsimTlvWriter *writer)
{
  esim_tlv_writer_begin (writer, TAG_CAPABILITIES);
  for (guint i = 0; i < ESIM_DEVICE_N_CAPABILITIES; i++) {
    const guint8 version[VERSION_OCTETS] = {self->releases[i], 0, 0};

    if (self->releases[i] != 0)
      esim_tlv_writer_add (writer, TAG_FIRST_CAPABILITY + i, version, sizeof version);
  }
  esim_tlv_writer_end (writer);
}

/* SGP.22 4.2 since v2.1: TBCD but for the last octet, which has the check digit in its high half and the
 * filler in its low half. */
static void
write_imei (const char *imei, EsimTlvWriter *writer)
{
  guint8 octets[IMEI_OCTETS];

  write_tbcd (imei, IMEI_OCTETS - 1, octets);
  octets[IMEI_OCTETS - 1] = (guint8) (digit (imei[IMEI_DIGITS - 1]) << 4 | 0x0F);
  esim_tlv_writer_add (writer, TAG_IMEI, octets, sizeof octets);
}

void
esim_device_write (const EsimDevice *self, EsimTlvWriter *writer, guint32 tag)
{
  esim_tlv_writer_begin (writer, tag);
  esim_tlv_writer_add (writer, TAG_TAC, self->tac, sizeof self->tac);
  write_capabilities (self, writer);
  if (self->imei != NULL)
    write_imei (self->imei, writer);
  esim_tlv_writer_end (writer);
}
