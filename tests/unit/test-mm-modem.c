/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mm-modem.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define UID "/sys/devices/pci0000:00/usb1/1-1"
#define ICCID "89882110000000000017"
#define PATH "/org/freedesktop/ModemManager1/Modem/3"
#define EID_TEXT "89049032123451234512345678901235"

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return g_variant_ref_sink (value);
}

static EsimMmModem *
make (const char *modem_text, const char *sim_text)
{
  g_autoptr (GVariant) modem = parse (modem_text);
  g_autoptr (GVariant) sim = sim_text != NULL ? parse (sim_text) : NULL;

  return esim_mm_modem_new (PATH, modem, sim);
}

static const EsimMmPort *
port (const EsimMmModem *modem, guint i)
{
  g_assert_cmpuint (i, <, modem->ports->len);
  return modem->ports->pdata[i];
}

static void
test_whole (void)
{
  g_autoptr (EsimMmModem) modem = make (
      "{'Device': <'" UID "'>, 'Manufacturer': <'Quectel'>, 'Model': <'EM05-G'>, 'State': <8>,"
      " 'StateFailedReason': <uint32 5>, 'PrimaryPort': <'cdc-wdm0'>, 'PrimarySimSlot': <uint32 2>,"
      " 'Ports': <[('cdc-wdm0', uint32 7), ('wwan0', 2), ('ttyUSB2', 3), ('wwan0qmi0', 6), ('qrtr0', 6)]>,"
      " 'EquipmentIdentifier': <'350000000000001'>, 'Sim': <objectpath '/s/1'>}",
      "{'SimIdentifier': <'" ICCID "'>, 'Eid': <'" EID_TEXT "'>, 'Active': <true>}");

  g_assert_nonnull (modem);
  g_assert_cmpstr (modem->uid, ==, UID);
  g_assert_cmpstr (modem->path, ==, PATH);
  g_assert_cmpstr (modem->name, ==, "Quectel EM05-G");
  g_assert_cmpint (modem->state, ==, ESIM_MM_STATE_REGISTERED);
  g_assert_cmpint (modem->failed_reason, ==, ESIM_MM_REASON_NONE);
  g_assert_cmpstr (modem->primary_port, ==, "/dev/cdc-wdm0");
  g_assert_cmpuint (modem->primary_slot, ==, 2);
  g_assert_cmpstr (modem->iccid, ==, ICCID);
  g_assert_cmpstr (modem->eid, ==, EID_TEXT);
  g_assert_cmpstr (modem->imei, ==, "350000000000001");
  g_assert_cmpuint (modem->ports->len, ==, 3);
  g_assert_cmpstr (port (modem, 0)->path, ==, "/dev/cdc-wdm0");
  g_assert_cmpint (port (modem, 0)->type, ==, ESIM_MM_PORT_MBIM);
  g_assert_cmpstr (port (modem, 1)->path, ==, "/dev/wwan0qmi0");
  g_assert_cmpint (port (modem, 1)->type, ==, ESIM_MM_PORT_QMI);
  g_assert_cmpstr (port (modem, 2)->path, ==, "qrtr0");
}

static void
test_without_uid (void)
{
  static const char *const texts[] = {"{}", "{'Device': <''>}", "{'Device': <7>}", "{'Device': <'a\\nb'>}",
                                      "{'Model': <'EM05-G'>}"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (make (texts[i], NULL));
}

/* Everything but the uid is of the wrong type, or of no sense. */
static void
test_garbage (void)
{
  static const char *const texts[] = {
      "{'Device': <'u'>, 'Manufacturer': <1>, 'Model': <['x']>, 'State': <'registered'>, 'Ports': "
      "<'cdc-wdm0'>,"
      " 'PrimaryPort': <true>, 'PrimarySimSlot': <'1'>, 'EquipmentIdentifier': <1>}",
      "{'Device': <'u'>, 'Manufacturer': <''>, 'Model': <'a\\u0007b'>, 'State': <99>,"
      " 'Ports': <[('../../etc/passwd', uint32 7), ('', 7), ('.', 7), ('a/b', 6), ('a b', 6), ('x', 77)]>,"
      " 'PrimaryPort': <'../x'>, 'PrimarySimSlot': <uint32 70000>, 'EquipmentIdentifier': <'\\n'>}",
      "{'Device': <'u'>, 'State': <-2>, 'StateFailedReason': <'5'>, 'Ports': <@a(su) []>}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (EsimMmModem) modem = make (texts[i], "{'SimIdentifier': <5>, 'Eid': <'123'>}");

    g_assert_nonnull (modem);
    g_assert_cmpstr (modem->name, ==, "");
    g_assert_cmpuint (modem->ports->len, ==, 0);
    g_assert_cmpint (modem->state, ==, ESIM_MM_STATE_UNKNOWN);
    g_assert_null (modem->primary_port);
    g_assert_cmpuint (modem->primary_slot, ==, 0);
    g_assert_null (modem->iccid);
    g_assert_null (modem->eid);
    g_assert_null (modem->imei);
  }
}

static void
test_too_much (void)
{
  g_autoptr (GString) text = g_string_new ("{'Device': <'u'>, 'Model': <'");
  g_autoptr (EsimMmModem) modem = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, 'm');
  g_string_append (text, "'>, 'Ports': <[");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "%s('cdc-wdm%u', uint32 7)", i == 0 ? "" : ",", i);
  g_string_append (text, "]>}");
  modem = make (text->str, NULL);
  g_assert_cmpstr (modem->name, ==, "");
  g_assert_cmpuint (modem->ports->len, ==, 64);
}

static void
test_iccid (void)
{
  static const struct {
    const char *shown, *asked;
    gboolean same;
  } cases[] = {
      {ICCID, ICCID, TRUE},
      {"8988211000000000001", ICCID, TRUE}, /* without the last digit */
      {ICCID, "8988211000000000001", TRUE},
      {"8988211000000000001F", "8988211000000000001", TRUE},
      {"898821100000000000", ICCID, FALSE}, /* two digits are another matter */
      {"89882110000000000018", ICCID, FALSE},
      {"8988211000000000002", ICCID, FALSE},
      {"89882110000000000017x", ICCID, FALSE},
      {"898821100000000000170", ICCID, FALSE},
      {"", ICCID, FALSE},
      {"F", ICCID, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *sim = g_strdup_printf ("{'SimIdentifier': <'%s'>}", cases[i].shown);
    g_autoptr (EsimMmModem) modem = make ("{'Device': <'u'>, 'State': <8>}", sim);

    g_assert_cmpint (esim_mm_modem_shows (modem, cases[i].asked), ==, cases[i].same);
  }
}

static void
test_no_profile (void)
{
  g_autoptr (EsimMmModem) empty =
      make ("{'Device': <'u'>, 'State': <-1>, 'StateFailedReason': <uint32 5>}", NULL);
  g_autoptr (EsimMmModem) starting = make ("{'Device': <'u'>, 'State': <1>}", NULL);
  g_autoptr (EsimMmModem) full = make ("{'Device': <'u'>, 'State': <8>}", "{'SimIdentifier': <'" ICCID "'>}");

  g_assert_true (esim_mm_modem_shows (empty, NULL));
  g_assert_false (esim_mm_modem_shows (empty, ICCID));
  /* It has not looked yet. */
  g_assert_false (esim_mm_modem_shows (starting, NULL));
  g_assert_false (esim_mm_modem_shows (full, NULL));
}

static void
test_states (void)
{
  static const struct {
    int state;
    gboolean in_transition;
    const char *words;
  } cases[] = {
      {-1, FALSE, "failed: sim-missing"},
      {0, TRUE, "unknown"},
      {1, TRUE, "initializing"},
      {2, FALSE, "locked"},
      {3, FALSE, "disabled"},
      {4, TRUE, "disabling"},
      {5, TRUE, "enabling"},
      {6, FALSE, "enabled"},
      {7, FALSE, "searching"},
      {8, FALSE, "registered"},
      {9, TRUE, "disconnecting"},
      {10, TRUE, "connecting"},
      {11, FALSE, "connected"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("{'Device': <'u'>, 'State': <%d>, 'StateFailedReason': <uint32 2>}", cases[i].state);
    g_autoptr (EsimMmModem) modem = make (text, NULL);
    g_autofree char *words = esim_mm_modem_describe_state (modem);

    g_assert_cmpstr (words, ==, cases[i].words);
    g_assert_cmpint (esim_mm_modem_in_transition (modem), ==, cases[i].in_transition);
  }
}

static void
test_reasons (void)
{
  static const char *const words[] = {"failed",
                                      "failed: unknown",
                                      "failed: sim-missing",
                                      "failed: sim-error",
                                      "failed: unknown-capabilities",
                                      "failed: esim-without-profiles",
                                      "failed: unknown"};

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autofree char *text =
        g_strdup_printf ("{'Device': <'u'>, 'State': <-1>, 'StateFailedReason': <uint32 %u>}", i);
    g_autoptr (EsimMmModem) modem = make (text, NULL);
    g_autofree char *found = esim_mm_modem_describe_state (modem);

    g_assert_cmpstr (found, ==, words[i]);
  }
}

static void
test_equal (void)
{
  static const char *const texts[] = {
      "{'Device': <'u'>}",
      "{'Device': <'v'>}",
      "{'Device': <'u'>, 'Model': <'x'>}",
      "{'Device': <'u'>, 'State': <8>}",
      "{'Device': <'u'>, 'State': <-1>}",
      "{'Device': <'u'>, 'State': <-1>, 'StateFailedReason': <uint32 5>}",
      "{'Device': <'u'>, 'PrimaryPort': <'cdc-wdm0'>}",
      "{'Device': <'u'>, 'PrimarySimSlot': <uint32 1>}",
      "{'Device': <'u'>, 'EquipmentIdentifier': <'1'>}",
      "{'Device': <'u'>, 'Ports': <[('cdc-wdm0', uint32 7)]>}",
      "{'Device': <'u'>, 'Ports': <[('cdc-wdm0', uint32 6)]>}",
      "{'Device': <'u'>, 'Ports': <[('cdc-wdm1', uint32 6)]>}",
  };
  static const char *const sims[] = {NULL, "{'SimIdentifier': <'" ICCID "'>}", "{'Eid': <'" EID_TEXT "'>}"};

  for (guint i = 0; i < G_N_ELEMENTS (texts) * G_N_ELEMENTS (sims); i++)
    for (guint j = 0; j < G_N_ELEMENTS (texts) * G_N_ELEMENTS (sims); j++) {
      g_autoptr (EsimMmModem) a = make (texts[i / G_N_ELEMENTS (sims)], sims[i % G_N_ELEMENTS (sims)]);
      g_autoptr (EsimMmModem) b = make (texts[j / G_N_ELEMENTS (sims)], sims[j % G_N_ELEMENTS (sims)]);

      g_assert_cmpint (esim_mm_modem_equal (a, b), ==, i == j);
    }
}

static void
test_named (void)
{
  g_autoptr (EsimMmModem) modem =
      make ("{'Device': <'u'>, 'Ports': <[('null', uint32 7), ('qrtr0', uint32 6)]>}", NULL);
  g_autofree char *folder = g_dir_make_tmp ("esim-mm-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (folder, "modem", NULL);
  g_autofree char *other = g_build_filename (folder, "other", NULL);

  g_assert_cmpint (symlink ("/dev/null", link), ==, 0);
  g_assert_cmpint (symlink ("/dev/zero", other), ==, 0);
  g_assert_true (esim_mm_modem_is_named (modem, "u", NULL));
  g_assert_true (esim_mm_modem_is_named (modem, "v", "/dev/null"));
  g_assert_true (esim_mm_modem_is_named (modem, NULL, "qrtr0"));
  g_assert_true (esim_mm_modem_is_named (modem, NULL, link));
  g_assert_false (esim_mm_modem_is_named (modem, "v", other));
  g_assert_false (esim_mm_modem_is_named (modem, NULL, NULL));
  g_assert_false (esim_mm_modem_is_named (modem, "v", ""));
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_unlink (other), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mm-modem/whole", test_whole);
  g_test_add_func ("/mm-modem/without-uid", test_without_uid);
  g_test_add_func ("/mm-modem/garbage", test_garbage);
  g_test_add_func ("/mm-modem/too-much", test_too_much);
  g_test_add_func ("/mm-modem/iccid", test_iccid);
  g_test_add_func ("/mm-modem/no-profile", test_no_profile);
  g_test_add_func ("/mm-modem/states", test_states);
  g_test_add_func ("/mm-modem/reasons", test_reasons);
  g_test_add_func ("/mm-modem/equal", test_equal);
  g_test_add_func ("/mm-modem/named", test_named);
  return g_test_run ();
}
