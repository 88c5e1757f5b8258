/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-usim-files.h"

#include <string.h>

#include "esim-error.h"
#include "esim-tlv.h"

#define IMSI_OCTETS_MAX 8
#define IMSI_DIGITS_MIN 6 /* MCC, MNC, and something behind them */
#define ODD 0x08          /* 3GPP TS 24.008, 10.5.1.4: the number of digits is odd */
#define FILLER 0x0F
#define AD_MNC_LENGTH 3 /* the fourth octet of EF AD */
#define TAG_APPLICATION 0x61
#define TAG_AID 0x4F
#define GROUP_MAX 255

const guint8 esim_usim_files_aid[ESIM_USIM_AID_MIN] = {0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};

/* The first half is no digit but says whether the number of those is odd; if it is not, the last is a filler.
 */
static guint8
get_half (const guint8 *octets, gsize half)
{
  return half % 2 ? octets[half / 2] >> 4 : octets[half / 2] & 0x0F;
}

char *
esim_usim_files_read_imsi (const guint8 *octets, gsize length, GError **error)
{
  char digits[IMSI_OCTETS_MAX * 2 + 1] = "";
  gsize used = length > 0 ? octets[0] : 0;
  gsize halves = 0, n = 0;

  if (used >= 1 && used <= IMSI_OCTETS_MAX && used < length)
    halves = used * 2;
  if (halves > 0 && !(octets[1] & ODD) && get_half (octets + 1, --halves) != FILLER)
    halves = 0;
  while (n + 1 < halves && get_half (octets + 1, n + 1) <= 9) {
    digits[n] = (char) ('0' + get_half (octets + 1, n + 1));
    n++;
  }
  if (n + 1 == halves && n >= IMSI_DIGITS_MIN)
    return g_strdup (digits);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                       "The card's IMSI cannot be read. Its profile may not be personalised: ask the "
                       "operator.");
  return NULL;
}

guint
esim_usim_files_read_mnc_length (const guint8 *octets, gsize length)
{
  guint digits = length > AD_MNC_LENGTH ? octets[AD_MNC_LENGTH] & 0x0F : 0;

  return digits == 2 || digits == 3 ? digits : 0;
}

char *
esim_usim_files_read_group (const guint8 *octets, gsize length)
{
  GString *text;
  gboolean written = FALSE;

  if (length > GROUP_MAX)
    return NULL;
  for (gsize i = 0; i < length; i++)
    written |= octets[i] != 0xFF;
  if (!written)
    return NULL;
  text = g_string_sized_new (length * 2);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02X", octets[i]);
  return g_string_free (text, FALSE);
}

gsize
esim_usim_files_read_directory (const guint8 *octets, gsize length, guint8 aid[ESIM_USIM_AID_MAX])
{
  EsimTlvReader record, entry;
  EsimTlv tlv;

  esim_tlv_reader_init (&record, octets, length);
  if (!esim_tlv_reader_next (&record, &tlv) || tlv.tag != TAG_APPLICATION)
    return 0;
  esim_tlv_reader_enter (&entry, &record, &tlv);
  while (esim_tlv_reader_next (&entry, &tlv)) {
    if (tlv.tag != TAG_AID || tlv.length < ESIM_USIM_AID_MIN || tlv.length > ESIM_USIM_AID_MAX ||
        memcmp (tlv.value, esim_usim_files_aid, ESIM_USIM_AID_MIN) != 0)
      continue;
    memcpy (aid, tlv.value, tlv.length);
    return tlv.length;
  }
  return 0;
}
