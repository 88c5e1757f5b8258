/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-activation-code.h"
#include "esim-address-guard.h"
#include "esim-error.h"

#include <openssl/crypto.h>
#include <string.h>

/* SGP.22 4.1: how long a code may be, without the prefix of a QR code. */
#define CODE_MAX 255
#define MATCHING_ID_MAX 255
#define KEY_ID_DIGITS_MAX 128
#define PREFIX "LPA:"
#define MATCHING_ID_ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
#define HOST_ALPHABET "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

typedef enum {
  PART_FORMAT,
  PART_ADDRESS,
  PART_MATCHING_ID,
  PART_OID,
  PART_CONFIRMATION_FLAG,
  PART_CI_KEY_ID,
  PART_DEVICE_CHANGE_FLAG,
  N_PARTS
} Part;

static const char *const part_names[N_PARTS] = {
    "format", "address", "matching-id", "oid", "confirmation-flag", "ci-key-id", "device-change-flag",
};

/* One part as it stands in the text: octets that belong to somebody else. */
typedef struct {
  const char *start;
  gsize length;
} Span;

typedef struct {
  const char *text; /* as it was given: positions are reckoned from here */
  Span parts[N_PARTS];
  guint n_parts;
} Code;

static void
wipe (char **string)
{
  if (*string != NULL)
    OPENSSL_cleanse (*string, strlen (*string));
  g_clear_pointer (string, g_free);
}

void
esim_activation_code_free (EsimActivationCode *self)
{
  if (self == NULL)
    return;
  wipe (&self->smdp_address);
  wipe (&self->matching_id);
  wipe (&self->smdp_oid);
  wipe (&self->ci_key_id);
  g_free (self);
}

/* @where: the first wrong character */
static gboolean
refuse (const Code *code, const char *where, const char *part, const char *words, GError **error)
{
  const guint position = (guint) (where - code->text) + 1;
  GError *made = g_error_new (ESIM_ERROR, ESIM_ERROR_INVALID_ACTIVATION_CODE,
                              "The activation code is wrong at character %u: %s", position, words);

  esim_error_set_detail (made, ESIM_DETAIL_POSITION, g_variant_new_uint32 (position));
  esim_error_set_detail (made, ESIM_DETAIL_PART, g_variant_new_string (part));
  g_propagate_error (error, made);
  return FALSE;
}

/* The first character of @span that is not in @alphabet; NULL if all are. */
static const char *
find_stranger (Span span, const char *alphabet)
{
  for (gsize i = 0; i < span.length; i++)
    if (span.start[i] == '\0' || strchr (alphabet, span.start[i]) == NULL)
      return span.start + i;
  return NULL;
}

static gboolean
refuse_part (const Code *code, Part part, const char *where, const char *words, GError **error)
{
  return refuse (code, where != NULL ? where : code->parts[part].start, part_names[part], words, error);
}

/* Takes blanks and the prefix off, then cuts at each "$". */
static gboolean
split (Code *code, GError **error)
{
  const char *start = code->text + strspn (code->text, " \t\r\n");
  gsize length = strlen (start);
  const char *end;

  if (strnlen (code->text, ESIM_ACTIVATION_CODE_TEXT_MAX + 1) > ESIM_ACTIVATION_CODE_TEXT_MAX)
    return refuse (code, code->text + ESIM_ACTIVATION_CODE_TEXT_MAX, "code",
                   "no more than 1024 octets are looked at, and a code has 255. Check what was copied.",
                   error);
  while (length > 0 && g_ascii_isspace (start[length - 1]))
    length--;
  if (g_ascii_strncasecmp (start, PREFIX, strlen (PREFIX)) == 0 && length >= strlen (PREFIX)) {
    start += strlen (PREFIX);
    length -= strlen (PREFIX);
  }
  if (length == 0)
    return refuse (code, start, "code", "there is nothing in it. Type the code as the operator gave it.",
                   error);
  if (length > CODE_MAX)
    return refuse (code, start + CODE_MAX, "code",
                   "it is longer than the 255 characters that a code can have. Check what was copied.",
                   error);
  end = start + length;
  for (const char *next = start; next <= end; next++) {
    if (next < end && *next != '$')
      continue;
    if (code->n_parts == N_PARTS)
      return refuse (code, start, "code",
                     "there are more parts, divided by \"$\", than any version of the standard knows. Check "
                     "what was copied.",
                     error);
    code->parts[code->n_parts++] = (Span){start, (gsize) (next - start)};
    start = next + 1;
  }
  return TRUE;
}

static gboolean
check_format (const Code *code, GError **error)
{
  const Span format = code->parts[PART_FORMAT];

  if (format.length == 1 && format.start[0] == '1' && code->n_parts > PART_MATCHING_ID)
    return TRUE;
  if (format.length == 1 && format.start[0] == '1')
    return refuse (
        code, format.start + 1 + (code->n_parts > 1 ? 1 + code->parts[PART_ADDRESS].length : 0), "code",
        "it ends too early: the standard's form is 1$address$matching id. Copy the whole code.", error);
  return refuse_part (
      code, PART_FORMAT, NULL,
      "it does not begin with \"1$\" or \"LPA:1$\", so it is no activation code of a kind that "
      "is known.",
      error);
}

static gboolean
read_address (const Code *code, EsimActivationCode *self, GError **error)
{
  const Span span = code->parts[PART_ADDRESS];
  const char *stranger = find_stranger (span, HOST_ALPHABET);
  g_autofree char *address = NULL;

  if (span.length == 0)
    return refuse_part (code, PART_ADDRESS, NULL, "the server's address is missing after \"1$\".", error);
  if (stranger != NULL)
    return refuse_part (code, PART_ADDRESS, stranger,
                        "this character cannot be in a server's address, which is a plain domain name.",
                        error);
  address = g_ascii_strdown (span.start, (gssize) span.length);
  if (!esim_address_guard_check_host (address, NULL))
    return refuse_part (code, PART_ADDRESS, NULL,
                        "the server's address is not a full domain name such as smdp.example.com.", error);
  self->smdp_address = g_steal_pointer (&address);
  return TRUE;
}

static gboolean
read_matching_id (const Code *code, EsimActivationCode *self, GError **error)
{
  const Span span = code->parts[PART_MATCHING_ID];
  const char *stranger = find_stranger (span, MATCHING_ID_ALPHABET);

  if (stranger != NULL && g_ascii_islower (*stranger))
    return refuse_part (
        code, PART_MATCHING_ID, stranger,
        "the matching id has capital letters, digits and hyphens; this is a small letter. If the "
        "operator gave it so, name the server and the matching id separately.",
        error);
  if (stranger != NULL)
    return refuse_part (code, PART_MATCHING_ID, stranger,
                        "the matching id has capital letters, digits and hyphens, and nothing else.", error);
  self->matching_id = g_strndup (span.start, span.length);
  return TRUE;
}

/* ITU-T X.660: at least two numbers; the first is 0 to 2, the second below 40 unless the first is 2.
 * Returns: (nullable): the first wrong character */
static const char *
find_wrong_in_oid (Span span)
{
  const char *next = span.start;
  const char *end = span.start + span.length;

  for (guint arc = 0; next < end; arc++) {
    const char *start = next;
    gsize digits;

    while (next < end && g_ascii_isdigit (*next))
      next++;
    digits = (gsize) (next - start);
    if (digits == 0 || (digits > 1 && *start == '0'))
      return start;
    if (arc == 0 && (digits > 1 || *start > '2'))
      return start;
    if (arc == 1 && span.start[0] < '2' && (digits > 2 || (digits == 2 && *start > '3')))
      return start;
    if (next == end)
      return arc == 0 ? end : NULL;
    if (*next != '.')
      return next;
    next++;
  }
  return end; /* behind a dot */
}

static gboolean
read_oid (const Code *code, EsimActivationCode *self, GError **error)
{
  const Span span = code->parts[PART_OID];
  const char *wrong;

  if (span.length == 0)
    return TRUE;
  wrong = find_wrong_in_oid (span);
  if (wrong != NULL)
    return refuse_part (code, PART_OID, wrong,
                        "the server's OID has to be numbers divided by dots, such as 1.3.6.1.4.1.31746.",
                        error);
  self->smdp_oid = g_strndup (span.start, span.length);
  return TRUE;
}

static gboolean
read_flag (const Code *code, Part part, gboolean *flag, GError **error)
{
  const Span span = code->parts[part];

  if (span.length == 0)
    return TRUE;
  if (span.length > 1 || span.start[0] != '1')
    return refuse_part (code, part, span.start[0] == '1' ? span.start + 1 : NULL,
                        part == PART_CONFIRMATION_FLAG
                            ? "here may stand a 1, for a confirmation code that is needed, and nothing else."
                            : "here may stand a 1, for a profile that comes from another device, and nothing "
                              "else.",
                        error);
  *flag = TRUE;
  return TRUE;
}

static gboolean
read_key_id (const Code *code, EsimActivationCode *self, GError **error)
{
  const Span span = code->parts[PART_CI_KEY_ID];
  const char *stranger = find_stranger (span, "0123456789ABCDEFabcdef");

  if (span.length == 0)
    return TRUE;
  if (stranger == NULL && span.length > KEY_ID_DIGITS_MAX)
    stranger = span.start + KEY_ID_DIGITS_MAX;
  if (stranger == NULL && span.length % 2 != 0)
    stranger = span.start + span.length;
  if (stranger != NULL)
    return refuse_part (code, PART_CI_KEY_ID, stranger,
                        "the root's key id has to be an even number of hexadecimal digits, 128 at most.",
                        error);
  self->ci_key_id = g_ascii_strup (span.start, (gssize) span.length);
  return TRUE;
}

EsimActivationCode *
esim_activation_code_parse (const char *text, GError **error)
{
  g_autoptr (EsimActivationCode) self = g_new0 (EsimActivationCode, 1);
  Code code = {.text = text};

  if (!split (&code, error) || !check_format (&code, error))
    return NULL;
  if (!read_address (&code, self, error) || !read_matching_id (&code, self, error))
    return NULL;
  if (!read_oid (&code, self, error) ||
      !read_flag (&code, PART_CONFIRMATION_FLAG, &self->confirmation_code_required, error))
    return NULL;
  if (!read_key_id (&code, self, error) ||
      !read_flag (&code, PART_DEVICE_CHANGE_FLAG, &self->device_change, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
esim_activation_code_check_matching_id (const char *matching_id, GError **error)
{
  const char *c = matching_id;

  while (g_ascii_isgraph (*c))
    c++;
  if (*c == '\0' && c - matching_id <= MATCHING_ID_MAX)
    return TRUE;
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
      "A matching id has letters, digits and signs, no blanks, and %d of them at most. Take it as the "
      "operator gave it.",
      MATCHING_ID_MAX);
  return FALSE;
}
