/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-readers.h"

#include "fake-scard.h"

typedef struct {
  EsimPcscReaders *readers;
  GString *told; /* "+name -name " */
} Fixture;

static void
on_added (EsimPcscReaders *readers, const char *name, Fixture *fixture)
{
  g_string_append_printf (fixture->told, "+%s ", name);
}

static void
on_removed (EsimPcscReaders *readers, const char *name, Fixture *fixture)
{
  g_string_append_printf (fixture->told, "-%s ", name);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fake_scard_reset ();
  fixture->told = g_string_new (NULL);
  fixture->readers = esim_pcsc_readers_new ();
  g_signal_connect (fixture->readers, "reader-added", G_CALLBACK (on_added), fixture);
  g_signal_connect (fixture->readers, "reader-removed", G_CALLBACK (on_removed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->readers);
  g_string_free (fixture->told, TRUE);
  g_assert_cmpuint (fake_scard_get_counts ().contexts, ==, 0);
}

static void
expect (Fixture *fixture, const char *told)
{
  while (strcmp (fixture->told->str, told) != 0 && strlen (fixture->told->str) <= strlen (told))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->told->str, ==, told);
  g_string_truncate (fixture->told, 0);
}

static void
test_come_and_go (Fixture *fixture, gconstpointer data)
{
  fake_scard_add_reader ("one", FALSE);
  esim_pcsc_readers_start (fixture->readers);
  expect (fixture, "+one ");
  fake_scard_add_reader ("two", TRUE);
  expect (fixture, "+two ");
  /* A second time says nothing anew. */
  esim_pcsc_readers_start (fixture->readers);
  fake_scard_remove_reader ("one");
  expect (fixture, "-one ");
  fake_scard_remove_reader ("two");
  expect (fixture, "-two ");
  fake_scard_add_reader ("one", FALSE);
  expect (fixture, "+one ");
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  fake_scard_add_reader ("one", FALSE);
  esim_pcsc_readers_start (fixture->readers);
  expect (fixture, "+one ");
  esim_pcsc_readers_stop (fixture->readers);
  g_assert_cmpuint (fake_scard_get_counts ().contexts, ==, 0);
  g_assert_cmpstr (fixture->told->str, ==, "");
  esim_pcsc_readers_start (fixture->readers);
  expect (fixture, "+one ");
}

static void
test_no_service (Fixture *fixture, gconstpointer data)
{
  fake_scard_set_service (FALSE);
  fake_scard_add_reader ("one", FALSE);
  g_test_expect_message ("esimd", G_LOG_LEVEL_MESSAGE, "*pcscd*is not running*");
  esim_pcsc_readers_start (fixture->readers);
  for (guint i = 0; i < 50; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (2000);
  }
  g_test_assert_expected_messages ();
  /* It is not looked for by itself; and not spoken of twice. */
  g_assert_cmpstr (fixture->told->str, ==, "");
  esim_pcsc_readers_start (fixture->readers);
  for (guint i = 0; i < 50; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (2000);
  }
  fake_scard_set_service (TRUE);
  esim_pcsc_readers_start (fixture->readers);
  expect (fixture, "+one ");
}

static void
test_service_ends (Fixture *fixture, gconstpointer data)
{
  fake_scard_add_reader ("one", FALSE);
  fake_scard_add_reader ("two", FALSE);
  esim_pcsc_readers_start (fixture->readers);
  while (fixture->told->len < strlen ("+one +two "))
    g_main_context_iteration (NULL, TRUE);
  g_string_truncate (fixture->told, 0);
  g_test_expect_message ("esimd", G_LOG_LEVEL_MESSAGE, "*pcscd*is not running*");
  fake_scard_set_service (FALSE);
  while (fixture->told->len < strlen ("-one -two "))
    g_main_context_iteration (NULL, TRUE);
  g_test_assert_expected_messages ();
  g_assert_nonnull (strstr (fixture->told->str, "-one"));
  g_string_truncate (fixture->told, 0);
  fake_scard_remove_reader ("two");
  /* It comes back, and is found without being asked for. */
  fake_scard_set_service (TRUE);
  expect (fixture, "+one ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/pcsc-readers/come-and-go", Fixture, NULL, set_up, test_come_and_go, tear_down);
  g_test_add ("/pcsc-readers/stop", Fixture, NULL, set_up, test_stop, tear_down);
  g_test_add ("/pcsc-readers/no-service", Fixture, NULL, set_up, test_no_service, tear_down);
  g_test_add ("/pcsc-readers/service-ends", Fixture, NULL, set_up, test_service_ends, tear_down);
  return g_test_run ();
}
