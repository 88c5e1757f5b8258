/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-notification.h"
#include "hex.h"

#define ICCID "5A0A981062103254769810F2"
#define ADDRESS "0C0764702E74657374" /* dp.test */
#define METADATA(sequence, event) "BF2F1C 8001" sequence " 81020" event " " ADDRESS " " ICCID
#define SIGNATURE "5F3704 01020304"
#define CERTIFICATES "3003020101 3003020102"
#define OTHER(sequence, event) "3030" METADATA (sequence, event) SIGNATURE CERTIFICATES
#define RESULT(sequence)                                                                                     \
  "BF3737 BF272D 800101" METADATA (sequence, "780") " 06032A0304 A20480020000" SIGNATURE

static GPtrArray *
parse_list (const char *hex, GError **error)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return esim_notification_list_parse (bytes, error);
}

static char *
wrap (const char *tag, const char *elements)
{
  g_autofree char *list = hex_tlv ("A0", elements);

  return hex_tlv (tag, list);
}

static GPtrArray *
parse_retrieved (const char *elements, GError **error)
{
  g_autofree char *hex = wrap ("BF2B", elements);
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return esim_notification_retrieved_parse (bytes, NULL, error);
}

static void
test_list (void)
{
  g_autofree char *hex =
      wrap ("BF28", METADATA ("00", "410") METADATA ("05", "520") "BF2F0E 8002 00FF 81020640 0C0464702E78");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_list (hex, &error);
  EsimNotification *first, *last;

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 3);
  first = list->pdata[0];
  g_assert_cmpuint (first->sequence, ==, 0);
  g_assert_cmpint (first->event, ==, ESIM_EVENT_DELETE);
  g_assert_cmpstr (first->address, ==, "dp.test");
  g_assert_cmpstr (first->iccid, ==, "8901260123456789012");
  g_assert_null (first->bytes);
  last = list->pdata[2];
  g_assert_cmpuint (last->sequence, ==, 255);
  g_assert_cmpint (last->event, ==, ESIM_EVENT_ENABLE);
  g_assert_cmpstr (last->iccid, ==, "");
}

static void
test_list_refused (void)
{
  static const char *const elements[] = {
      "BF2F0D 81020410" ADDRESS,                /* no sequence number */
      "BF2F0C 800101" ADDRESS,                  /* no event */
      "BF2F07 800101 81020410",                 /* no address */
      "BF2F13 800101 800102 81020410" ADDRESS,  /* two sequence numbers */
      "BF2F10 8001FF 81020410" ADDRESS,         /* negative */
      "BF2F10 800101 81020430" ADDRESS,         /* two events */
      "BF2F09 800101 81020410 0C00",            /* an address of no characters */
      "BF2F19 800101 81020410" ADDRESS ADDRESS, /* two addresses */
      "BF2F10 800101 81020410 0C0864702E74657374",
  };

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
    g_autofree char *hex = wrap ("BF28", elements[i]);
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", elements[i]);
    g_assert_null (parse_list (hex, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

/* Bit 4: remote profile management, of SGP.22 v3. */
static void
test_list_later_kind (void)
{
  g_autofree char *hex = wrap ("BF28", METADATA ("01", "308") METADATA ("02", "410"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*left out*");
  list = parse_list (hex, &error);
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpuint (((EsimNotification *) list->pdata[0])->sequence, ==, 2);
}

static void
test_list_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse_list ("BF280381017F", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_clear_error (&error);
  g_assert_null (parse_list ("E100", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

/* Both forms; ascending; each one's bytes as the card gave them. */
static void
test_retrieved (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) expected = hex_bytes (OTHER ("09", "410")), result = hex_bytes (RESULT ("02"));
  g_autoptr (GPtrArray) list =
      parse_retrieved (OTHER ("09", "410") RESULT ("02") OTHER ("00", "520"), &error);
  EsimNotification *notification;

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 3);
  notification = list->pdata[0];
  g_assert_cmpuint (notification->sequence, ==, 0);
  g_assert_cmpint (notification->event, ==, ESIM_EVENT_DISABLE);
  notification = list->pdata[1];
  g_assert_cmpuint (notification->sequence, ==, 2);
  g_assert_cmpint (notification->event, ==, ESIM_EVENT_INSTALL);
  g_assert_true (g_bytes_equal (notification->bytes, result));
  notification = list->pdata[2];
  g_assert_cmpuint (notification->sequence, ==, 9);
  g_assert_true (g_bytes_equal (notification->bytes, expected));
}

static void
test_none (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_retrieved ("", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 0);
}

/* One that cannot be read does not make the others unreachable. */
static void
test_left_out (void)
{
  static const char *const bad[] = {
      "BF5000",    /* another form */
      "3002 8001", /* malformed */
      "302B" METADATA ("01", "410") SIGNATURE "0000"
                                              "820004", /* malformed behind its signature */
      "301F" METADATA ("01", "410"),                    /* no signature */
      "3007" SIGNATURE,                                 /* no metadata */
      "BF370A BF2700" SIGNATURE,
      "304F" METADATA ("01", "410") METADATA ("02", "410") SIGNATURE CERTIFICATES,
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *elements = g_strconcat (OTHER ("03", "410"), bad[i], OTHER ("01", "520"), NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = NULL;

    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*left out*");
    list = parse_retrieved (elements, &error);
    g_test_assert_expected_messages ();
    g_assert_no_error (error);
    g_assert_cmpuint (list->len, ==, 2);
    g_assert_cmpuint (((EsimNotification *) list->pdata[0])->sequence, ==, 1);
  }
}

static void
test_retrieved_refused (void)
{
  static const char *const cases[] = {
      "", "BF2B00", "BF2802A000", "BF2B02A0000C", "BF2B03810101", "BF2B03A00130"};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) bytes = hex_bytes (cases[i]);
    g_autoptr (GError) error = NULL;

    g_assert_null (esim_notification_retrieved_parse (bytes, NULL, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_kept (void)
{
  static const char *const kept[] = {OTHER ("00", "410"), RESULT ("07")};

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = hex_bytes (kept[i]);
    g_autoptr (EsimNotification) notification = esim_notification_parse (bytes, &error);

    g_assert_no_error (error);
    g_assert_true (g_bytes_equal (notification->bytes, bytes));
    for (gsize length = 0; length < g_bytes_get_size (bytes); length++) {
      g_autoptr (GError) why = NULL;
      g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (bytes, NULL), length);

      g_assert_null (esim_notification_parse (cut, &why));
      g_assert_error (why, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    }
  }
}

static void
test_parts (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = hex_bytes (OTHER ("00", "410")), expected = hex_bytes (METADATA ("00", "410"));
  g_autoptr (EsimNotification) notification = esim_notification_parse (bytes, &error);
  g_autoptr (GBytes) metadata = NULL, signature = NULL, euicc = NULL, eum = NULL;

  g_assert_no_error (error);
  g_assert_true (esim_notification_dup_parts (notification, &metadata, &signature, &euicc, &eum, &error));
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (metadata, expected));
  assert_bytes (signature, "01020304");
  assert_bytes (euicc, "3003020101");
  assert_bytes (eum, "3003020102");
}

static void
test_parts_refused (void)
{
  static const struct {
    const char *hex;
    EsimError code;
  } cases[] = {
      {RESULT ("00"), ESIM_ERROR_NOT_SUPPORTED},
      {"302B" METADATA ("00", "410") SIGNATURE "3003020101", ESIM_ERROR_CARD_ERROR},
  };
  g_autofree char *listed = wrap ("BF28", METADATA ("00", "410"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_list (listed, &error);
  GBytes *part = NULL;

  g_assert_no_error (error);
  g_assert_false (esim_notification_dup_parts (list->pdata[0], &part, &part, &part, &part, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_clear_error (&error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) bytes = hex_bytes (cases[i].hex);
    g_autoptr (EsimNotification) notification = esim_notification_parse (bytes, &error);

    g_assert_no_error (error);
    g_assert_false (esim_notification_dup_parts (notification, &part, &part, &part, &part, &error));
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    g_assert_null (part);
    g_clear_error (&error);
  }
}

static void
test_event_names (void)
{
  static const EsimNotificationEvents all[] = {ESIM_EVENT_INSTALL, ESIM_EVENT_ENABLE, ESIM_EVENT_DISABLE,
                                               ESIM_EVENT_DELETE};
  EsimNotificationEvents back;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_assert_true (esim_notification_event_from_string (esim_notification_event_to_string (all[i]), &back));
    g_assert_cmpint (back, ==, all[i]);
  }
  g_assert_cmpstr (esim_notification_event_to_string (ESIM_EVENT_DELETE), ==, "delete");
  g_assert_false (esim_notification_event_from_string ("Delete", &back));
  g_assert_false (esim_notification_event_from_string (NULL, &back));
}

/* Seeded: one octet of a good answer is changed. */
static void
test_garbage (void)
{
  g_autofree char *hex = wrap ("BF2B", OTHER ("09", "410") RESULT ("02"));
  g_autoptr (GBytes) whole = hex_bytes (hex);
  gsize length = g_bytes_get_size (whole);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  for (guint i = 0; i < 5000; i++) {
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (whole, NULL), length);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (GPtrArray) list = NULL;

    data[g_rand_int_range (random, 0, (gint32) length)] = (guint8) g_rand_int (random);
    bytes = g_bytes_new_take (g_steal_pointer (&data), length);
    list = esim_notification_retrieved_parse (bytes, NULL, &error);
    g_assert_true ((list == NULL) == (error != NULL));
    g_assert_true (list == NULL || list->len <= 2);
  }
  g_log_set_always_fatal (fatal);
}

static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return G_LOG_WRITER_HANDLED;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (drop_log, NULL, NULL);
  g_test_add_func ("/notification/list", test_list);
  g_test_add_func ("/notification/list-refused", test_list_refused);
  g_test_add_func ("/notification/list-later-kind", test_list_later_kind);
  g_test_add_func ("/notification/list-error", test_list_error);
  g_test_add_func ("/notification/retrieved", test_retrieved);
  g_test_add_func ("/notification/none", test_none);
  g_test_add_func ("/notification/left-out", test_left_out);
  g_test_add_func ("/notification/retrieved-refused", test_retrieved_refused);
  g_test_add_func ("/notification/kept", test_kept);
  g_test_add_func ("/notification/parts", test_parts);
  g_test_add_func ("/notification/parts-refused", test_parts_refused);
  g_test_add_func ("/notification/event-names", test_event_names);
  g_test_add_func ("/notification/garbage", test_garbage);
  return g_test_run ();
}
