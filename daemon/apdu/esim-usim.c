/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-usim.h"

#include <openssl/crypto.h>
#include <string.h>

#include "esim-apdu.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-usim-files.h"

/* ETSI TS 102 221, 11.1; 3GPP TS 31.102, 7.1. */
#define INS_AUTHENTICATE 0x88
#define INS_SELECT 0xA4
#define INS_READ_BINARY 0xB0
#define INS_READ_RECORD 0xB2
#define P2_FCP 0x04
#define P2_THIS_RECORD 0x04
#define P2_3G_CONTEXT 0x81

#define MF 0x3F00
#define ADF 0x7FFF /* of the application that is selected on the channel */
#define EF_DIR 0x2F00
#define EF_ICCID 0x2FE2
#define EF_IMSI 0x6F07
#define EF_AD 0x6FAD
#define EF_GID1 0x6F3E
#define EF_GID2 0x6F3F
#define DIRECTORY_RECORDS_MAX 16

#define TAG_KEYS 0xDB
#define TAG_RESYNCHRONISATION 0xDC
#define RESPONSE_MIN 4

#define STATUS_PIN_NEEDED 0x6982
#define STATUS_PIN_BLOCKED 0x6983
#define STATUS_NOT_SELECTED 0x6999
#define STATUS_NOT_FOUND 0x6A82
#define STATUS_WRONG_MAC 0x9862 /* TS 31.102, 7.3.1 */

/* More than any answer here: what is collected in it never moves in memory. */
#define ANSWER_ROOM 1024

struct _EsimUsim {
  EsimCard *card;
  guint channel;
  gboolean outside; /* the directory that is selected may be another than the application's */
};

/* SGP.02, 2.2.3: what every card here has, and every modem here gives a channel to. */
static const guint8 isdr_aid[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                  0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};

void
esim_subscriber_free (EsimSubscriber *self)
{
  g_free (self->iccid);
  g_free (self->imsi);
  g_free (self->gid1);
  g_free (self->gid2);
  g_free (self);
}

static const struct {
  guint16 status;
  const char *words;
} meanings[] = {
    {STATUS_PIN_NEEDED, "The profile's PIN is wanted first: unlock it, and try again."},
    {STATUS_PIN_BLOCKED, "The profile's PIN is blocked: unblock it with its PUK, and try again."},
    {STATUS_NOT_FOUND,
     "The card does not have a file that belongs to a subscription: the profile may have been "
     "changed just now. Try again."},
    {STATUS_NOT_SELECTED,
     "The profile's application is not there any more: the profile was changed just now. "
     "Try again."},
};

static void
set_error (guint16 status, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++) {
    GError *made;

    if (meanings[i].status != status)
      continue;
    made = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_ERROR, meanings[i].words);
    esim_error_set_detail (made, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (status));
    g_propagate_error (error, made);
    return;
  }
  esim_apdu_set_error (status, error);
}

/* -- files -- */

static gboolean
select_file (EsimUsim *self, guint16 file, guint16 *status, GError **error)
{
  const EsimApduHeader header = {INS_SELECT, 0, P2_FCP};
  const guint8 identifier[] = {(guint8) (file >> 8), (guint8) file};
  g_autoptr (GByteArray) parameters = g_byte_array_new ();

  return esim_apdu_command (self->card, self->channel, &header, identifier, sizeof identifier, parameters,
                            status, error);
}

static gboolean
select_directory (EsimUsim *self, guint16 directory, GError **error)
{
  guint16 status;

  if (directory != ADF)
    self->outside = TRUE;
  if (!select_file (self, directory, &status, error))
    return FALSE;
  if (!esim_apdu_is_success (status)) {
    set_error (status, error);
    return FALSE;
  }
  self->outside = directory != ADF;
  return TRUE;
}

/* A transparent file of the directory that is selected, if it is no longer than an answer. @status is a
 * success, or why the card does not give it. */
static GByteArray *
try_read_file (EsimUsim *self, guint16 file, guint16 *status, GError **error)
{
  const EsimApduHeader header = {INS_READ_BINARY, 0, 0};
  g_autoptr (GByteArray) contents = g_byte_array_new ();

  if (!select_file (self, file, status, error))
    return NULL;
  if (esim_apdu_is_success (*status) &&
      !esim_apdu_command (self->card, self->channel, &header, NULL, 0, contents, status, error))
    return NULL;
  return g_steal_pointer (&contents);
}

static GByteArray *
read_file (EsimUsim *self, guint16 file, GError **error)
{
  guint16 status;
  g_autoptr (GByteArray) contents = try_read_file (self, file, &status, error);

  if (contents == NULL || esim_apdu_is_success (status))
    return g_steal_pointer (&contents);
  set_error (status, error);
  return NULL;
}

char *
esim_usim_read_iccid (EsimUsim *self, GError **error)
{
  g_autoptr (GByteArray) contents = NULL;

  if (!select_directory (self, MF, error))
    return NULL;
  contents = read_file (self, EF_ICCID, error);
  return contents != NULL ? esim_bcd_iccid_from_octets (contents->data, contents->len, error) : NULL;
}

char *
esim_usim_read_imsi (EsimUsim *self, GError **error)
{
  g_autoptr (GByteArray) contents = NULL;

  if (!select_directory (self, ADF, error))
    return NULL;
  contents = read_file (self, EF_IMSI, error);
  return contents != NULL ? esim_usim_files_read_imsi (contents->data, contents->len, error) : NULL;
}

/* Not every profile has one, and nothing hangs on it: whatever the card says of it is no. */
static gboolean
read_group (EsimUsim *self, guint16 file, char **group, GError **error)
{
  guint16 status;
  g_autoptr (GByteArray) contents = try_read_file (self, file, &status, error);

  if (contents == NULL)
    return FALSE;
  if (esim_apdu_is_success (status))
    *group = esim_usim_files_read_group (contents->data, contents->len);
  return TRUE;
}

EsimSubscriber *
esim_usim_read_subscriber (EsimUsim *self, GError **error)
{
  g_autoptr (EsimSubscriber) subscriber = g_new0 (EsimSubscriber, 1);
  g_autoptr (GByteArray) administrative = NULL;

  subscriber->iccid = esim_usim_read_iccid (self, error);
  if (subscriber->iccid == NULL)
    return NULL;
  subscriber->imsi = esim_usim_read_imsi (self, error);
  if (subscriber->imsi == NULL)
    return NULL;
  administrative = read_file (self, EF_AD, error);
  if (administrative == NULL)
    return NULL;
  subscriber->mnc_length = esim_usim_files_read_mnc_length (administrative->data, administrative->len);
  if (!read_group (self, EF_GID1, &subscriber->gid1, error) ||
      !read_group (self, EF_GID2, &subscriber->gid2, error))
    return NULL;
  return g_steal_pointer (&subscriber);
}

/* -- the channel -- */

static EsimUsim *
open_by_name (EsimCard *card, const guint8 *aid, gsize length, GError **error)
{
  guint channel;
  EsimUsim *self;

  if (!esim_card_open_channel (card, aid, length, &channel, NULL, error))
    return NULL;
  self = g_new0 (EsimUsim, 1);
  self->card = g_object_ref (card);
  self->channel = channel;
  return self;
}

/* The full name of the card's first USIM; 0 if there is none in EF DIR. */
static gsize
look_up_name (EsimUsim *self, guint8 aid[ESIM_USIM_AID_MAX], GError **error)
{
  guint16 status = 0;

  if (!select_directory (self, MF, error) || !select_file (self, EF_DIR, &status, error))
    return 0;
  for (guint i = 1; i <= DIRECTORY_RECORDS_MAX && esim_apdu_is_success (status); i++) {
    const EsimApduHeader header = {INS_READ_RECORD, (guint8) i, P2_THIS_RECORD};
    g_autoptr (GByteArray) record = g_byte_array_new ();
    gsize length;

    if (!esim_apdu_command (self->card, self->channel, &header, NULL, 0, record, &status, error))
      return 0;
    length =
        esim_apdu_is_success (status) ? esim_usim_files_read_directory (record->data, record->len, aid) : 0;
    if (length > 0)
      return length;
  }
  return 0;
}

/* There are modems that compare a name as a whole and do not select by its beginning. */
static EsimUsim *
open_by_full_name (EsimCard *card, GError **error)
{
  g_autoptr (EsimUsim) guide = open_by_name (card, isdr_aid, sizeof isdr_aid, error);
  guint8 aid[ESIM_USIM_AID_MAX];
  gsize length = guide != NULL ? look_up_name (guide, aid, error) : 0;

  g_clear_pointer (&guide, esim_usim_close);
  return length > ESIM_USIM_AID_MIN ? open_by_name (card, aid, length, error) : NULL;
}

EsimUsim *
esim_usim_open (EsimCard *card, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GError) again = NULL;
  EsimUsim *self = open_by_name (card, esim_usim_files_aid, ESIM_USIM_AID_MIN, &failure);

  if (self == NULL && g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED)) {
    self = open_by_full_name (card, &again);
    if (again != NULL)
      g_debug ("no USIM by its full name either: %s", again->message);
  }
  if (self == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return self;
}

void
esim_usim_close (EsimUsim *self)
{
  g_autoptr (GError) failure = NULL;

  if (!esim_card_is_gone (self->card) && !esim_card_close_channel (self->card, self->channel, &failure))
    g_debug ("the channel to the USIM: %s", failure->message);
  g_object_unref (self->card);
  g_free (self);
}

/* -- authentication -- */

/* The next piece with its length before it: of @min to @max octets. */
static gsize
take (const GByteArray *answer, guint *at, guint8 *to, guint min, guint max)
{
  guint length = *at < answer->len ? answer->data[*at] : 0;

  if (length < min || length > max || *at + 1 + length > answer->len)
    return 0;
  memcpy (to, answer->data + *at + 1, length);
  *at += 1 + length;
  return length;
}

/* TS 31.102, 7.1.2.1. What a card puts behind the keys (Kc) is nobody's business here. */
static gboolean
parse (const GByteArray *data, EsimAkaAnswer *answer)
{
  guint at = 1;

  if (data->len == 0)
    return FALSE;
  if (data->data[0] == TAG_RESYNCHRONISATION) {
    answer->verdict = ESIM_AKA_OUT_OF_STEP;
    return take (data, &at, answer->resynchronisation, ESIM_AKA_AUTS, ESIM_AKA_AUTS) != 0 && at == data->len;
  }
  if (data->data[0] != TAG_KEYS)
    return FALSE;
  answer->verdict = ESIM_AKA_ACCEPTED;
  answer->response_bits = (guint) take (data, &at, answer->response, RESPONSE_MIN, ESIM_AKA_KEY) * 8;
  return answer->response_bits != 0 && take (data, &at, answer->cipher, ESIM_AKA_KEY, ESIM_AKA_KEY) != 0 &&
         take (data, &at, answer->integrity, ESIM_AKA_KEY, ESIM_AKA_KEY) != 0;
}

static gboolean
judge (const GByteArray *data, guint16 status, EsimAkaAnswer *answer, GError **error)
{
  if (status == STATUS_WRONG_MAC) {
    answer->verdict = ESIM_AKA_REJECTED;
    return TRUE;
  }
  if (!esim_apdu_is_success (status)) {
    set_error (status, error);
    return FALSE;
  }
  if (parse (data, answer))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                       "The card answered the authentication with what the standard does not know. Try "
                       "again, and reset the modem if it stays so.");
  return FALSE;
}

gboolean
esim_usim_authenticate (EsimUsim *self, const guint8 challenge[ESIM_AKA_KEY],
                        const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer, GError **error)
{
  const EsimApduHeader header = {INS_AUTHENTICATE, 0, P2_3G_CONTEXT};
  g_autoptr (GByteArray) data = g_byte_array_sized_new (ANSWER_ROOM);
  guint8 request[2 * (1 + ESIM_AKA_KEY)];
  guint16 status = 0;
  gboolean ok;

  *answer = (EsimAkaAnswer){0};
  request[0] = request[1 + ESIM_AKA_KEY] = ESIM_AKA_KEY;
  memcpy (request + 1, challenge, ESIM_AKA_KEY);
  memcpy (request + 2 + ESIM_AKA_KEY, token, ESIM_AKA_KEY);
  ok =
      (!self->outside || select_directory (self, ADF, error)) &&
      esim_apdu_command (self->card, self->channel, &header, request, sizeof request, data, &status, error) &&
      judge (data, status, answer, error);
  OPENSSL_cleanse (data->data, data->len);
  if (!ok)
    esim_aka_answer_clear (answer);
  return ok;
}
