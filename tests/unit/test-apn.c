/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-apn.h"

#include "esim-error.h"
#include "folder.h"

#include <string.h>

#define APN(value, usage) "<apn value='" value "'><usage type='" usage "'/></apn>"
#define LOGIN(value, user, password)                                                                         \
  "<apn value='" value "'><usage type='internet'/><username>" user "</username><password>" password          \
  "</password></apn>"
#define ID(mcc, mnc) "<network-id mcc='" mcc "' mnc='" mnc "'/>"
#define PROVIDER(name, gsm) "<provider><name>" name "</name><gsm>" gsm "</gsm></provider>"
#define FILE_OF(providers)                                                                                   \
  "<?xml version='1.0'?><!DOCTYPE serviceproviders SYSTEM 'serviceproviders.2.dtd'>"                         \
  "<serviceproviders format='2.0'><country code='xx'><name>Somewhere</name>" providers                       \
  "</country></serviceproviders>"

#define HOST                                                                                                 \
  PROVIDER ("Host", ID ("999", "01") ID ("999", "001") LOGIN ("host.net", "h", "p") APN ("mms", "mms"))
#define RESELLER PROVIDER ("Reseller Mobile", ID ("999", "01") APN ("reseller.net", "internet"))

/* The file, who is looked for, and what is found: "" for nothing, more than one between blanks for several.
 */
static const struct {
  const char *path;
  const char *file;
  const char *home_operator;
  const char *service_provider;
  const char *found;
} cases[] = {
    {"one", FILE_OF (HOST), "99901", "Host", "host.net"},
    {"one-without-a-name", FILE_OF (HOST), "99901", "", "host.net"},
    {"one-with-another-name", FILE_OF (HOST), "99901", "Brand", "host.net"},
    {"nobody", FILE_OF (HOST), "99902", "Host", ""},
    {"another-country", FILE_OF (HOST), "99801", "Host", ""},
    {"no-providers", FILE_OF (""), "99901", "Host", ""},
    {"reseller", FILE_OF (HOST RESELLER), "99901", "Reseller Mobile", "reseller.net"},
    {"reseller-in-short", FILE_OF (HOST RESELLER), "99901", "RESELLER", "reseller.net"},
    {"host-of-a-reseller", FILE_OF (HOST RESELLER), "99901", "Host", "host.net"},
    {"host-of-a-reseller-in-long", FILE_OF (HOST RESELLER), "99901", "Host - XX", "host.net"},
    {"stranger-beside-a-reseller", FILE_OF (HOST RESELLER), "99901", "Brand", "host.net reseller.net"},
    {"nameless-beside-a-reseller", FILE_OF (HOST RESELLER), "99901", "", "host.net reseller.net"},
    {"blanks-for-a-name", FILE_OF (HOST RESELLER), "99901", " - ", "host.net reseller.net"},
    {"part-of-a-word", FILE_OF (HOST RESELLER), "99901", "Hosted", "host.net reseller.net"},
    {"exact-before-short",
     FILE_OF (PROVIDER ("Free", ID ("999", "01") APN ("a", "internet"))
                  PROVIDER ("Free Mobile", ID ("999", "01") APN ("b", "internet"))),
     "99901", "free mobile", "b"},
    {"agree",
     FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("net", "internet"))
                  PROVIDER ("B", ID ("999", "01") APN ("NET", "internet"))),
     "99901", "C", "net"},
    {"differ-in-the-login",
     FILE_OF (PROVIDER ("A", ID ("999", "01") LOGIN ("net", "a", "a"))
                  PROVIDER ("B", ID ("999", "01") LOGIN ("net", "b", "a"))),
     "99901", "C", "net net"},
    {"differ-in-the-password",
     FILE_OF (PROVIDER ("A", ID ("999", "01") LOGIN ("net", "a", "a") LOGIN ("net", "a", "b"))), "99901", "A",
     "net net"},
    {"accents", FILE_OF (PROVIDER ("Móvil", ID ("999", "01") APN ("a", "internet")) HOST), "99901", "MÓVIL",
     "a"},
    {"signs", FILE_OF (PROVIDER ("AT&amp;T", ID ("999", "01") APN ("a", "internet")) HOST), "99901", "at & t",
     "a"},
    {"second-name",
     FILE_OF (PROVIDER ("Drei</name><name>Three", ID ("999", "01") APN ("a", "internet")) HOST), "99901",
     "three", "a"},
    {"exact-number-before-another",
     FILE_OF (PROVIDER ("A", ID ("999", "001") APN ("a", "internet"))
                  PROVIDER ("B", ID ("999", "01") APN ("b", "internet"))),
     "99901", "A", "b"},
    {"exact-long-number-before-another",
     FILE_OF (PROVIDER ("A", ID ("999", "001") APN ("a", "internet"))
                  PROVIDER ("B", ID ("999", "01") APN ("b", "internet"))),
     "999001", "B", "a"},
    {"longer-in-the-file", FILE_OF (PROVIDER ("A", ID ("999", "001") APN ("a", "internet"))), "99901", "",
     "a"},
    {"shorter-in-the-file", FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("a", "internet"))), "999001", "",
     "a"},
    {"no-zero-to-leave-out", FILE_OF (PROVIDER ("A", ID ("999", "10") APN ("a", "internet"))), "999410", "",
     ""},
    {"no-zero-at-the-end", FILE_OF (PROVIDER ("A", ID ("999", "41") APN ("a", "internet"))), "999410", "",
     ""},
    {"not-for-the-internet",
     FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("a", "mms") APN ("b", "wap") APN ("c", "ia"))), "99901",
     "A", ""},
    {"a-brand-without-the-internet", FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("a", "mms")) RESELLER),
     "99901", "A", ""},
    {"among-others",
     FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("a", "mms-internet-hipri") APN ("b", "mms"))), "99901",
     "A", "a"},
    {"internet-before-among-others",
     FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("a", "mms-internet-hipri") APN ("b", "internet"))),
     "99901", "A", "b"},
    {"usage-untold", FILE_OF (PROVIDER ("A", ID ("999", "01") "<apn value='a'/>" APN ("b", "mms"))), "99901",
     "A", "a"},
    {"told-before-untold",
     FILE_OF (PROVIDER ("A", ID ("999", "01") "<apn value='a'/>" APN ("b", "internet"))), "99901", "A", "b"},
    {"not-an-apn",
     FILE_OF (PROVIDER ("A", ID ("999", "01") APN ("", "internet") APN ("a b", "internet")
                                 APN ("é", "internet") "<apn><usage type='internet'/></apn>")),
     "99901", "A", ""},
    {"cdma", FILE_OF ("<provider><name>A</name><cdma><sid value='1'/></cdma></provider>" HOST), "99901", "A",
     "host.net"},
    {"outside", "<serviceproviders>" ID ("999", "01") APN ("a", "internet") "</serviceproviders>", "99901",
     "A", ""},
    {"one-in-another",
     FILE_OF ("<provider><name>A</name><gsm>" ID ("999", "01") APN ("a", "internet") HOST
              "</gsm></provider>"),
     "99901", "", "host.net"},
};

static char *
put (const char *folder, const char *text)
{
  folder_put (folder, "file.xml", text);
  return g_build_filename (folder, "file.xml", NULL);
}

static char *
join (const EsimApnAnswer *answer)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < answer->candidates->len; i++)
    g_ptr_array_add (names, ((EsimApn *) g_ptr_array_index (answer->candidates, i))->apn);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_auto (Folder) folder = folder_new ();
  g_autofree char *file = put (folder, cases[i].file);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimApnAnswer) answer =
      esim_apn_look_up (file, cases[i].home_operator, cases[i].service_provider, &error);
  g_autofree char *found = NULL;

  g_assert_no_error (error);
  found = join (answer);
  g_assert_cmpstr (found, ==, cases[i].found);
  g_assert_cmpint (answer->verdict, ==,
                   answer->candidates->len == 0   ? ESIM_APN_NOT_FOUND
                   : answer->candidates->len == 1 ? ESIM_APN_FOUND
                                                  : ESIM_APN_AMBIGUOUS);
}

static void
test_login (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *file =
      put (folder, FILE_OF (PROVIDER ("A", ID ("999", "01") LOGIN ("net", "\n  who ", "") APN ("x", "mms"))));
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimApnAnswer) answer = esim_apn_look_up (file, "99901", NULL, &error);
  const EsimApn *apn;

  g_assert_no_error (error);
  g_assert_cmpint (answer->verdict, ==, ESIM_APN_FOUND);
  apn = g_ptr_array_index (answer->candidates, 0);
  g_assert_cmpstr (apn->apn, ==, "net");
  g_assert_cmpstr (apn->user_name, ==, "who");
  g_assert_cmpstr (apn->password, ==, "");
  g_assert_cmpstr (apn->provider, ==, "A");
}

static void
assert_error (const char *text, EsimError code)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *file = put (folder, text);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimApnAnswer) answer = esim_apn_look_up (file, "99901", "A", &error);

  g_assert_null (answer);
  g_assert_error (error, ESIM_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, file));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_broken (void)
{
  static const char *const texts[] = {
      "",
      "not XML",
      "<serviceproviders>",
      "<serviceproviders><provider></serviceproviders>",
      "<serviceproviders><provider><name>&evil;</name></provider></serviceproviders>",
      "<serviceproviders><provider><name>\xff</name></provider></serviceproviders>",
      "<!DOCTYPE a [<!ENTITY evil 'x'>]><serviceproviders><provider><name>&evil;</name></provider>"
      "</serviceproviders>",
      "<apns><apn carrier='A' mcc='999' mnc='01' apn='a'/></apns>",
      "<serviceproviders/><apns/>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_error (texts[i], ESIM_ERROR_STORAGE_ERROR);
}

static char *
repeat (const char *before, const char *what, guint n, const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (text, what);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

static void
test_too_much (void)
{
  g_autofree char *deep = repeat ("<serviceproviders>", "<a>", 100000, "");
  g_autofree char *deep_inside = repeat ("<serviceproviders><provider>", "<apn>", 20, "");
  g_autofree char *large = repeat ("<serviceproviders>", "<a></a>          ", 300000, "</serviceproviders>");
  g_autofree char *wordy = repeat ("<serviceproviders><provider><name>", "long ", 1000, "</name>");

  assert_error (deep, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_error (deep_inside, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_error (large, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_error (wordy, ESIM_ERROR_LIMIT_EXCEEDED);
}

/* More than anybody could choose from is cut, and does not make it clear. */
static void
test_many (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GString) text = g_string_new ("<serviceproviders>");
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimApnAnswer) answer = NULL;

  for (guint i = 0; i < 200; i++) {
    g_string_append_printf (text, "<provider><name>A%u</name><gsm>" ID ("999", "01"), i);
    for (guint k = 0; k < 200; k++)
      g_string_append_printf (text, APN ("a%u.%u", "internet"), i, k);
    g_string_append (text, "</gsm></provider>");
  }
  g_string_append (text, "</serviceproviders>");
  file = put (folder, text->str);
  answer = esim_apn_look_up (file, "99901", "B", &error);
  g_assert_no_error (error);
  g_assert_cmpint (answer->verdict, ==, ESIM_APN_AMBIGUOUS);
  g_assert_cmpuint (answer->candidates->len, ==, 32);
}

static void
test_absent (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *file = g_build_filename (folder, "none.xml", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) folder_error = NULL;

  g_assert_null (esim_apn_look_up (file, "99901", "A", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "mobile-broadband-provider-info"));
  g_assert_null (esim_apn_look_up (folder, "99901", "A", &folder_error));
  g_assert_error (folder_error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
}

static void
test_operator (void)
{
  static const char *const operators[] = {"", "9990", "9990123", "9990a", "999 1", "99901\n"};

  for (guint i = 0; i < G_N_ELEMENTS (operators); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (esim_apn_look_up ("/dev/null", operators[i], "A", &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

/* The real file: what it says of some operators, which changes little over the years. */
static const struct {
  const char *home_operator;
  const char *service_provider;
  EsimApnVerdict verdict;
  const char *apn; /* that is found, or is among the candidates */
} real[] = {
    {"52003", "AIS", ESIM_APN_FOUND, "internet"},
    {"52001", "AIS", ESIM_APN_FOUND, "internet"},
    {"520003", "", ESIM_APN_FOUND, "internet"},
    {"45400", "CSL", ESIM_APN_FOUND, "internet"},
    {"46001", "中国联通", ESIM_APN_FOUND, "3gnet"},
    {"23410", "giffgaff", ESIM_APN_FOUND, "giffgaff.com"},
    {"23410", "Tesco", ESIM_APN_FOUND, "prepay.tesco-mobile.com"},
    {"23410", "O2 - UK", ESIM_APN_AMBIGUOUS, "mobile.o2.co.uk"},
    {"310260", "Mint Mobile", ESIM_APN_FOUND, "wholesale"},
    {"310260", "", ESIM_APN_AMBIGUOUS, "fast.t-mobile.com"},
    {"310410", "AT&T", ESIM_APN_AMBIGUOUS, "broadband"},
    {"26201", "Congstar", ESIM_APN_FOUND, "internet.t"},
    {"26201", "Telekom.de", ESIM_APN_AMBIGUOUS, "internet.telekom"},
    {"00101", "Test", ESIM_APN_NOT_FOUND, ""},
};

static void
test_real (void)
{
  if (!g_file_test (ESIM_APN_FILE, G_FILE_TEST_EXISTS)) {
    g_test_skip (ESIM_APN_FILE " is not there: install mobile-broadband-provider-info");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (real); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimApnAnswer) answer =
        esim_apn_look_up (ESIM_APN_FILE, real[i].home_operator, real[i].service_provider, &error);
    g_autofree char *found = NULL;

    g_assert_no_error (error);
    found = join (answer);
    g_test_message ("%s %s: %s", real[i].home_operator, real[i].service_provider, found);
    g_assert_cmpint (answer->verdict, ==, real[i].verdict);
    g_assert_nonnull (strstr (found, real[i].apn));
  }
}

static void
test_valid (void)
{
  g_autofree char *longest = g_strnfill (64, 'a');
  g_autofree char *too_long = g_strnfill (65, 'a');

  g_assert_true (esim_apn_is_valid ("internet.v6-telekom_1"));
  g_assert_true (esim_apn_is_valid (longest));
  g_assert_false (esim_apn_is_valid (too_long));
  g_assert_false (esim_apn_is_valid (""));
  g_assert_false (esim_apn_is_valid ("a b"));
  g_assert_false (esim_apn_is_valid ("a/b"));
  g_assert_false (esim_apn_is_valid ("é"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/apn/", cases[i].path, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
  }
  g_test_add_func ("/apn/login", test_login);
  g_test_add_func ("/apn/broken", test_broken);
  g_test_add_func ("/apn/too-much", test_too_much);
  g_test_add_func ("/apn/many", test_many);
  g_test_add_func ("/apn/absent", test_absent);
  g_test_add_func ("/apn/operator", test_operator);
  g_test_add_func ("/apn/valid", test_valid);
  g_test_add_func ("/apn/real", test_real);
  return g_test_run ();
}
