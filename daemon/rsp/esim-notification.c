/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-notification.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-es10-answer.h"

#include <string.h>

#define NOTIFICATIONS_MAX 1024
#define ADDRESS_MAX 255 /* RFC 1035, 2.3.4 */
#define ALL_EVENTS (ESIM_EVENT_INSTALL | ESIM_EVENT_ENABLE | ESIM_EVENT_DISABLE | ESIM_EVENT_DELETE)

/* SGP.22 v2.5, NotificationMetadata and PendingNotification. */
#define TAG_METADATA 0xBF2F
#define TAG_SEQUENCE_NUMBER 0x80
#define TAG_EVENT 0x81
#define TAG_ADDRESS 0x0C
#define TAG_ICCID 0x5A
#define TAG_OTHER_SIGNED 0x30
#define TAG_INSTALLATION_RESULT 0xBF37
#define TAG_INSTALLATION_DATA 0xBF27
#define TAG_SIGNATURE 0x5F37
#define TAG_CERTIFICATE 0x30

static const struct {
  EsimNotificationEvents event;
  const char *name;
} events[] = {
    {ESIM_EVENT_INSTALL, "install"},
    {ESIM_EVENT_ENABLE, "enable"},
    {ESIM_EVENT_DISABLE, "disable"},
    {ESIM_EVENT_DELETE, "delete"},
};

EsimNotification *
esim_notification_ref (EsimNotification *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_notification_unref (EsimNotification *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->address);
  g_free (self->iccid);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

const char *
esim_notification_event_to_string (EsimNotificationEvents event)
{
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    if (events[i].event == event)
      return events[i].name;
  return "unknown";
}

gboolean
esim_notification_event_from_string (const char *string, EsimNotificationEvents *event)
{
  for (guint i = 0; i < G_N_ELEMENTS (events); i++) {
    if (g_strcmp0 (events[i].name, string) == 0) {
      *event = events[i].event;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
      "The card gave a notification %s. Read the card again; if it stays so, the card does not keep to "
      "the standard.",
      what);
  return FALSE;
}

static gboolean
parse_address (EsimNotification *self, const EsimTlv *tlv, GError **error)
{
  if (self->address != NULL)
    return refuse ("with two addresses", error);
  if (tlv->length == 0 || tlv->length > ADDRESS_MAX)
    return refuse ("whose address has not 1 to 255 characters", error);
  self->address = esim_tlv_dup_text (tlv);
  return TRUE;
}

static gboolean
parse_event (EsimNotification *self, const EsimTlv *tlv, GError **error)
{
  guint32 bits;

  if (!esim_tlv_get_bits (tlv, &bits, error))
    return FALSE;
  if (bits == 0 || (bits & (bits - 1)) != 0)
    return refuse ("that is not of one kind", error);
  if ((bits & ALL_EVENTS) == 0) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
        "The card has a notification of a kind that this version does not know. It stays on the "
        "card.");
    return FALSE;
  }
  self->event = (EsimNotificationEvents) bits;
  return TRUE;
}

static gboolean
parse_iccid (EsimNotification *self, const EsimTlv *tlv, GError **error)
{
  if (self->iccid != NULL)
    return refuse ("with two ICCIDs", error);
  self->iccid = esim_bcd_iccid_from_octets (tlv->value, tlv->length, error);
  return self->iccid != NULL;
}

static EsimNotification *
parse_metadata (const EsimTlvReader *parent, const EsimTlv *metadata, GError **error)
{
  g_autoptr (EsimNotification) self = g_new0 (EsimNotification, 1);
  gboolean has_sequence = FALSE, good = TRUE;
  EsimTlvReader reader;
  EsimTlv tlv;

  g_atomic_ref_count_init (&self->refs);
  esim_tlv_reader_enter (&reader, parent, metadata);
  while (good && esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_SEQUENCE_NUMBER) {
      good = !has_sequence ? esim_tlv_get_uint (&tlv, &self->sequence, error)
                           : refuse ("with two sequence numbers", error);
      has_sequence = TRUE;
    } else if (tlv.tag == TAG_EVENT) {
      good = self->event == 0 ? parse_event (self, &tlv, error) : refuse ("of two kinds", error);
    } else if (tlv.tag == TAG_ADDRESS) {
      good = parse_address (self, &tlv, error);
    } else if (tlv.tag == TAG_ICCID) {
      good = parse_iccid (self, &tlv, error);
    }
  }
  if (!good || !esim_tlv_reader_finish (&reader, error))
    return NULL;
  if ((!has_sequence || self->event == 0 || self->address == NULL) &&
      !refuse ("without its sequence number, kind or address", error))
    return NULL;
  if (self->iccid == NULL)
    self->iccid = g_strdup ("");
  return g_steal_pointer (&self);
}

/* Finds the one member with @tag; every member is gone over, so that a malformed object is found out. */
static gboolean
find_member (const EsimTlvReader *parent, const EsimTlv *object, guint32 tag, EsimTlvReader *inside,
             EsimTlv *found, GError **error)
{
  gboolean has = FALSE;
  EsimTlv tlv;

  esim_tlv_reader_enter (inside, parent, object);
  while (esim_tlv_reader_next (inside, &tlv)) {
    if (tlv.tag != tag)
      continue;
    if (has)
      return refuse ("with a part that is there twice", error);
    *found = tlv;
    has = TRUE;
  }
  if (!esim_tlv_reader_finish (inside, error))
    return FALSE;
  return has || refuse ("without a part that it must have", error);
}

static EsimNotification *
parse_element (const EsimTlvReader *parent, const EsimTlv *element, GError **error)
{
  EsimTlvReader reader, inner;
  EsimTlv data, metadata, signature;
  EsimNotification *self;

  if (element->tag == TAG_INSTALLATION_RESULT) {
    if (!find_member (parent, element, TAG_INSTALLATION_DATA, &inner, &data, error) ||
        !find_member (&inner, &data, TAG_METADATA, &reader, &metadata, error))
      return NULL;
  } else if (element->tag == TAG_OTHER_SIGNED) {
    if (!find_member (parent, element, TAG_METADATA, &reader, &metadata, error))
      return NULL;
  } else {
    (void) refuse ("of a form that this version does not know", error);
    return NULL;
  }
  if (!find_member (parent, element, TAG_SIGNATURE, &inner, &signature, error))
    return NULL;
  self = parse_metadata (&reader, &metadata, error);
  if (self != NULL)
    self->bytes = esim_tlv_dup_raw (element);
  return self;
}

static gboolean
check_room (const GPtrArray *list, GError **error)
{
  if (list->len < NOTIFICATIONS_MAX)
    return TRUE;
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
      "The card has more than %d notifications, more than any card holds. Reset the modem and try again.",
      NOTIFICATIONS_MAX);
  return FALSE;
}

GPtrArray *
esim_notification_list_parse (GBytes *response, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_notification_unref);
  EsimTlvReader reader;
  EsimTlv tlv;

  if (!esim_es10_answer_open_list (response, ESIM_ES10_LIST_NOTIFICATION, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    g_autoptr (GError) why = NULL;
    EsimNotification *notification;

    if (tlv.tag != TAG_METADATA)
      continue;
    if (!check_room (list, error))
      return NULL;
    notification = parse_metadata (&reader, &tlv, &why);
    if (notification != NULL) {
      g_ptr_array_add (list, notification);
    } else if (g_error_matches (why, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED)) {
      g_warning ("A notification of the card is left out: %s", why->message);
    } else {
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  return g_steal_pointer (&list);
}

static int
compare_sequences (gconstpointer a, gconstpointer b)
{
  const EsimNotification *first = *(const EsimNotification *const *) a;
  const EsimNotification *second = *(const EsimNotification *const *) b;

  return first->sequence < second->sequence ? -1 : first->sequence > second->sequence;
}

GPtrArray *
esim_notification_retrieved_parse (GBytes *response, guint *left_out, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_notification_unref);
  EsimTlvReader reader;
  EsimTlv tlv;

  if (left_out != NULL)
    *left_out = 0;
  if (!esim_es10_answer_open_list (response, ESIM_ES10_RETRIEVE_NOTIFICATIONS, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    g_autoptr (GError) why = NULL;
    EsimNotification *notification;

    if (!check_room (list, error))
      return NULL;
    notification = parse_element (&reader, &tlv, &why);
    if (notification != NULL) {
      g_ptr_array_add (list, notification);
      continue;
    }
    g_warning ("A notification of the card is left out: %s", why->message);
    if (left_out != NULL)
      ++*left_out;
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  g_ptr_array_sort (list, compare_sequences);
  return g_steal_pointer (&list);
}

EsimNotification *
esim_notification_parse (GBytes *bytes, GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  EsimTlvReader reader;
  EsimTlv tlv;

  if (!esim_tlv_read_only (data, length, &tlv, error))
    return NULL;
  esim_tlv_reader_init (&reader, data, length);
  return parse_element (&reader, &tlv, error);
}

static gboolean
find_parts (const EsimTlvReader *outside, const EsimTlv *signed_object, EsimTlv parts[4], GError **error)
{
  const guint32 tags[4] = {TAG_METADATA, TAG_SIGNATURE, TAG_CERTIFICATE, TAG_CERTIFICATE};
  EsimTlvReader reader;
  EsimTlv tlv;
  guint n = 0;

  esim_tlv_reader_enter (&reader, outside, signed_object);
  while (esim_tlv_reader_next (&reader, &tlv))
    if (n < G_N_ELEMENTS (tags) && tlv.tag == tags[n])
      parts[n++] = tlv;
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  return n == G_N_ELEMENTS (tags) || refuse ("without a signature and two certificates", error);
}

gboolean
esim_notification_dup_parts (EsimNotification *self, GBytes **metadata, GBytes **signature,
                             GBytes **euicc_certificate, GBytes **eum_certificate, GError **error)
{
  gsize length = 0;
  const guint8 *data = self->bytes != NULL ? g_bytes_get_data (self->bytes, &length) : NULL;
  EsimTlv outer, parts[4];
  EsimTlvReader outside;

  if (data == NULL) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
        "The notification was only listed. Retrieve it first, to have what the card signed.");
    return FALSE;
  }
  if (!esim_tlv_read_only (data, length, &outer, error))
    return FALSE;
  if (outer.tag != TAG_OTHER_SIGNED) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
        "The result of an installation does not carry the card's certificates. Only what the card "
        "signs of enabling, disabling and deleting can be taken apart.");
    return FALSE;
  }
  esim_tlv_reader_init (&outside, data, length);
  if (!find_parts (&outside, &outer, parts, error))
    return FALSE;
  *metadata = esim_tlv_dup_raw (&parts[0]);
  *signature = g_bytes_new (parts[1].value, parts[1].length);
  *euicc_certificate = esim_tlv_dup_raw (&parts[2]);
  *eum_certificate = esim_tlv_dup_raw (&parts[3]);
  return TRUE;
}
