/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bcd.h"
#include "esim-error.h"

#include <string.h>

#define ICCID_DIGITS_MIN 18
#define ICCID_DIGITS_MAX (2 * ESIM_ICCID_OCTETS)
#define EID_DIGITS (2 * ESIM_EID_OCTETS)
#define FILLER 0xF

static gboolean
is_digits (const char *string, gsize min, gsize max)
{
  gsize length = string != NULL ? strspn (string, "0123456789") : 0;

  return length >= min && length <= max && string[length] == '\0';
}

char *
esim_bcd_iccid_from_octets (const guint8 *octets, gsize length, GError **error)
{
  char digits[ICCID_DIGITS_MAX + 1] = {0};
  gsize count = 0;
  gboolean ended = FALSE, wrong = length != ESIM_ICCID_OCTETS;

  for (gsize i = 0; !wrong && i < ICCID_DIGITS_MAX; i++) {
    guint8 half = i % 2 == 0 ? octets[i / 2] & 0xF : octets[i / 2] >> 4;

    if (half == FILLER)
      ended = TRUE;
    else if (ended || half > 9)
      wrong = TRUE;
    else
      digits[count++] = (char) ('0' + half);
  }
  if (wrong || count < ICCID_DIGITS_MIN) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card gave an ICCID that is not 18 to 20 digits. Read the card again; if it stays "
        "so, the profile's operator has to correct it.");
    return NULL;
  }
  return g_strdup (digits);
}

gboolean
esim_bcd_iccid_to_octets (const char *iccid, guint8 octets[ESIM_ICCID_OCTETS], GError **error)
{
  if (!is_digits (iccid, ICCID_DIGITS_MIN, ICCID_DIGITS_MAX)) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
        "An ICCID has 18 to 20 digits and nothing else. Check it against the list of profiles.");
    return FALSE;
  }
  memset (octets, 0xFF, ESIM_ICCID_OCTETS);
  for (gsize i = 0; iccid[i] != '\0'; i++) {
    guint8 digit = (guint8) (iccid[i] - '0');

    if (i % 2 == 0)
      octets[i / 2] = (guint8) (FILLER << 4 | digit);
    else
      octets[i / 2] = (guint8) (digit << 4 | (octets[i / 2] & 0xF));
  }
  return TRUE;
}

gboolean
esim_bcd_eid_is_valid (const char *eid)
{
  guint rest = 0;

  if (!is_digits (eid, EID_DIGITS, EID_DIGITS))
    return FALSE;
  for (gsize i = 0; i < EID_DIGITS; i++)
    rest = (rest * 10 + (guint) (eid[i] - '0')) % 97;
  return rest == 1;
}

char *
esim_bcd_eid_from_octets (const guint8 *octets, gsize length, GError **error)
{
  g_autoptr (GString) digits = g_string_sized_new (EID_DIGITS);

  for (gsize i = 0; i < length && length == ESIM_EID_OCTETS; i++)
    g_string_append_printf (digits, "%02x", octets[i]);
  if (!esim_bcd_eid_is_valid (digits->str)) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card gave an EID that is not 32 digits with the right check digits. Read the card "
        "again; if it stays so, the card is defective.");
    return NULL;
  }
  return g_strdup (digits->str);
}

gboolean
esim_bcd_eid_to_octets (const char *eid, guint8 octets[ESIM_EID_OCTETS], GError **error)
{
  if (!esim_bcd_eid_is_valid (eid)) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
        "An EID has 32 digits, the last two of which check the others. Check it for a typing "
        "mistake.");
    return FALSE;
  }
  for (gsize i = 0; i < ESIM_EID_OCTETS; i++)
    octets[i] = (guint8) ((eid[2 * i] - '0') << 4 | (eid[2 * i + 1] - '0'));
  return TRUE;
}

char *
esim_bcd_plmn_from_octets (const guint8 *octets, gsize length)
{
  guint8 halves[6];
  char digits[7] = {0};

  if (length != ESIM_PLMN_OCTETS)
    return g_strdup ("");
  halves[0] = octets[0] & 0xF;
  halves[1] = octets[0] >> 4;
  halves[2] = octets[1] & 0xF;
  halves[3] = octets[2] & 0xF;
  halves[4] = octets[2] >> 4;
  halves[5] = octets[1] >> 4;
  for (gsize i = 0; i < G_N_ELEMENTS (halves); i++) {
    if (i == 5 && halves[i] == FILLER)
      break;
    if (halves[i] > 9)
      return g_strdup ("");
    digits[i] = (char) ('0' + halves[i]);
  }
  return g_strdup (digits);
}
