/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-device.h"
#include "esim-error.h"
#include "hex.h"

/* The example of 3GPP TS 23.003's check digit: 49-015420-323751-8. */
#define IMEI "490154203237518"

static GBytes *
write_device (const EsimDevice *device)
{
  EsimTlvWriter writer;

  esim_tlv_writer_init (&writer);
  esim_device_write (device, &writer, 0xA1);
  return esim_tlv_writer_finish (&writer);
}

static void
assert_written (const EsimDevice *device, const char *expected)
{
  g_autoptr (GBytes) bytes = write_device (device);

  assert_bytes (bytes, expected);
}

/* SGP.22 4.2: TBCD, and the last octet of the IMEI the other way round. */
static void
test_imei (void)
{
  g_autoptr (EsimDevice) device = esim_device_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_device_set_imei (device, IMEI, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (device->imei, ==, IMEI);
  assert_written (device, "A112"
                          "800494104502"
                          "A100"
                          "820894104502237315"
                          "8F");
}

static void
test_forms (void)
{
  g_autoptr (EsimDevice) device = esim_device_new ();

  g_assert_true (esim_device_set_imei (device, "49015420323751", NULL)); /* without check digit */
  g_assert_cmpstr (device->imei, ==, IMEI);
  g_assert_true (esim_device_set_imei (device, "4901542032375199", NULL)); /* IMEISV */
  g_assert_cmpstr (device->imei, ==, IMEI);
  g_assert_true (esim_device_set_imei (device, "490154203237510", NULL)); /* its own check digit stays */
  g_assert_cmpstr (device->imei, ==, "490154203237510");
  g_assert_true (esim_device_set_imei (device, "00000000000000", NULL));
  g_assert_cmpstr (device->imei, ==, "000000000000000");
}

static void
test_capabilities (void)
{
  g_autoptr (EsimDevice) device = esim_device_new ();

  g_assert_true (esim_device_set_tac (device, "35290611", NULL));
  device->releases[ESIM_DEVICE_GSM] = 5;
  device->releases[ESIM_DEVICE_EUTRAN_EPC] = 15;
  device->releases[ESIM_DEVICE_EUTRAN_5GC] = 16;
  assert_written (device, "A117"
                          "800453926011"
                          "A10F"
                          "8003050000"
                          "85030F0000"
                          "8A03100000");
}

static void
test_bad (void)
{
  static const char *const bad[] = {
      "", "1234567890123", "12345678901234567", "49015420323751x", "+4901542032375", "49 154203237518"};

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (EsimDevice) device = esim_device_new ();
    g_autoptr (GError) error = NULL;

    g_assert_false (esim_device_set_imei (device, bad[i], &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
    g_assert_null (device->imei);
    g_clear_error (&error);
    g_assert_false (esim_device_set_tac (device, bad[i], &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/imei", test_imei);
  g_test_add_func ("/device/forms", test_forms);
  g_test_add_func ("/device/capabilities", test_capabilities);
  g_test_add_func ("/device/bad", test_bad);
  return g_test_run ();
}
