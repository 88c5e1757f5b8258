/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"

#include <gio/gio.h>

/* The names are part of the D-Bus interface: they stand here once more, in words. */
static const struct {
  EsimError code;
  const char *name;
} known[] = {
    {ESIM_ERROR_FAILED, "Failed"},
    {ESIM_ERROR_NOT_AUTHORIZED, "NotAuthorized"},
    {ESIM_ERROR_BUSY, "Busy"},
    {ESIM_ERROR_NOT_FOUND, "NotFound"},
    {ESIM_ERROR_NOT_SUPPORTED, "NotSupported"},
    {ESIM_ERROR_INVALID_ARGUMENT, "InvalidArgument"},
    {ESIM_ERROR_WRONG_STATE, "WrongState"},
    {ESIM_ERROR_CANCELLED, "Cancelled"},
    {ESIM_ERROR_TIMED_OUT, "TimedOut"},
    {ESIM_ERROR_STORAGE_ERROR, "StorageError"},
    {ESIM_ERROR_LIMIT_EXCEEDED, "LimitExceeded"},
    {ESIM_ERROR_CONSENT_DENIED, "ConsentDenied"},
    {ESIM_ERROR_POLICY_VIOLATION, "PolicyViolation"},
    {ESIM_ERROR_TEST_PROFILE, "TestProfile"},
    {ESIM_ERROR_SERVER_UNREACHABLE, "ServerUnreachable"},
    {ESIM_ERROR_SERVER_NOT_TRUSTED, "ServerNotTrusted"},
    {ESIM_ERROR_SERVER_ERROR, "ServerError"},
    {ESIM_ERROR_NO_CONNECTIVITY, "NoConnectivity"},
    {ESIM_ERROR_CARD_REMOVED, "CardRemoved"},
    {ESIM_ERROR_CARD_ERROR, "CardError"},
    {ESIM_ERROR_MODEM_ERROR, "ModemError"},
    {ESIM_ERROR_REFRESH_FAILED, "RefreshFailed"},
    {ESIM_ERROR_CARRIER_UNKNOWN, "CarrierUnknown"},
    {ESIM_ERROR_CARRIER_REJECTED, "CarrierRejected"},
    {ESIM_ERROR_INVALID_ACTIVATION_CODE, "InvalidActivationCode"},
    {ESIM_ERROR_CONFIRMATION_CODE_REQUIRED, "ConfirmationCodeRequired"},
    {ESIM_ERROR_CONFIRMATION_CODE_INVALID, "ConfirmationCodeInvalid"},
    {ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED, "ConfirmationCodeRetriesExceeded"},
    {ESIM_ERROR_INSUFFICIENT_MEMORY, "InsufficientMemory"},
    {ESIM_ERROR_PROFILE_EXISTS, "ProfileExists"},
    {ESIM_ERROR_MATCHING_ID_REFUSED, "MatchingIdRefused"},
    {ESIM_ERROR_EID_MISMATCH, "EidMismatch"},
    {ESIM_ERROR_NOT_RELEASED, "NotReleased"},
    {ESIM_ERROR_ORDER_EXPIRED, "OrderExpired"},
    {ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED, "CarrierAuthenticationFailed"},
    {ESIM_ERROR_CARRIER_ERROR, "CarrierError"},
};

static void
test_names (void)
{
  g_assert_cmpuint (G_N_ELEMENTS (known), ==, ESIM_ERROR_CARRIER_ERROR + 1);
  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autofree char *name = g_strconcat ("org.esimd1.Error.", known[i].name, NULL);
    g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, (int) known[i].code, "x");

    g_assert_cmpstr (esim_error_code_to_dbus_name (known[i].code), ==, name);
    g_assert_cmpstr (esim_error_get_dbus_name (error), ==, name);
    g_assert_cmpint (esim_error_code_from_dbus_name (name), ==, known[i].code);
  }
}

static void
test_names_that_are_not_ours (void)
{
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "x");

  g_assert_cmpstr (esim_error_get_dbus_name (foreign), ==, "org.esimd1.Error.Failed");
  g_assert_cmpint (esim_error_code_from_dbus_name ("org.freedesktop.DBus.Error.Failed"), ==,
                   ESIM_ERROR_FAILED);
  g_assert_cmpint (esim_error_code_from_dbus_name ("NotFound"), ==, ESIM_ERROR_FAILED);
  g_assert_cmpint (esim_error_code_from_dbus_name (NULL), ==, ESIM_ERROR_FAILED);
  g_assert_cmpstr (esim_error_code_to_dbus_name ((EsimError) 1000), ==, "org.esimd1.Error.Failed");
}

static void
test_details (void)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_ERROR, "x");
  g_autoptr (GVariant) none = esim_error_dup_details (error), some = NULL;
  guint16 status_word = 0;
  const char *function = NULL;

  g_assert_true (g_variant_is_of_type (none, G_VARIANT_TYPE_VARDICT));
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
  g_assert_false (g_variant_is_floating (none));
  esim_error_set_detail (error, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (1));
  esim_error_set_detail (error, ESIM_DETAIL_FUNCTION, g_variant_new_string ("DeleteProfile"));
  esim_error_set_detail (error, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (0x6A82));
  some = esim_error_dup_details (error);
  g_assert_cmpuint (g_variant_n_children (some), ==, 2);
  g_assert_true (g_variant_lookup (some, ESIM_DETAIL_STATUS_WORD, "q", &status_word));
  g_assert_cmpuint (status_word, ==, 0x6A82);
  g_assert_true (g_variant_lookup (some, ESIM_DETAIL_FUNCTION, "&s", &function));
  g_assert_cmpstr (function, ==, "DeleteProfile");
}

/* A copy has the details of its moment, and goes its own way from there. */
static void
test_details_of_a_copy (void)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_SERVER_ERROR, "x");
  g_autoptr (GError) copy = NULL, plain = g_error_copy (error);
  g_autoptr (GVariant) of_copy = NULL, of_plain = esim_error_dup_details (plain), later = NULL;
  guint status = 0;

  esim_error_set_detail (error, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (500));
  copy = g_error_copy (error);
  esim_error_set_detail (error, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (404));
  g_clear_error (&error);
  of_copy = esim_error_dup_details (copy);
  g_assert_true (g_variant_lookup (of_copy, ESIM_DETAIL_HTTP_STATUS, "u", &status));
  g_assert_cmpuint (status, ==, 500);
  g_assert_cmpuint (g_variant_n_children (of_plain), ==, 0);
  esim_error_set_detail (copy, ESIM_DETAIL_SERVER_TEXT, g_variant_new_string ("no"));
  later = esim_error_dup_details (copy);
  g_assert_cmpuint (g_variant_n_children (later), ==, 2);
  g_assert_cmpuint (g_variant_n_children (of_copy), ==, 1);
}

static void
test_details_of_a_foreign_error (void)
{
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "x");
  g_autoptr (GVariant) details = NULL;

  esim_error_set_detail (foreign, ESIM_DETAIL_SERVER_TEXT, g_variant_new_string ("no"));
  details = esim_error_dup_details (foreign);
  g_assert_cmpuint (g_variant_n_children (details), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/names", test_names);
  g_test_add_func ("/error/names-that-are-not-ours", test_names_that_are_not_ours);
  g_test_add_func ("/error/details", test_details);
  g_test_add_func ("/error/details-of-a-copy", test_details_of_a_copy);
  g_test_add_func ("/error/details-of-a-foreign-error", test_details_of_a_foreign_error);
  return g_test_run ();
}
