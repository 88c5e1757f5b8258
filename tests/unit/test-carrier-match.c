/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose profile is it? */
#include "esim-carrier-check.h"
#include "esim-carrier-match.h"

#include <string.h>

static void
add (GPtrArray *carriers, const char *id, const char *matches)
{
  g_autofree char *text =
      g_strdup_printf ("[carrier]\nformat=1\nid=%s\nname=%s\nkind=operator\n[plan p]\nkind=postpaid\n"
                       "[source s]\ntitle=T\nchecked=2026-11-22\nsure=C\nstored-copy=true\n%s",
                       id, id, matches);
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  EsimCarrier *carrier = esim_carrier_check (text, strlen (text), problems);

  g_assert_cmpuint (problems->len, ==, 0);
  g_ptr_array_add (carriers, carrier);
}

static GPtrArray *
make_directory (void)
{
  GPtrArray *carriers = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_carrier_unref);

  add (carriers, "docomo", "[match a]\nsource=s\nmccmnc=44010\ngid1=00FFFF\n");
  add (carriers, "ahamo", "[match a]\nsource=s\nmccmnc=44010\ngid1=01ffff\n");
  add (carriers, "host", "[match a]\nsource=s\nmccmnc=26201;26206\nservice-provider=Hôst\n");
  add (carriers, "mvno", "[match a]\nsource=s\nmccmnc=26201\ngid1=44\n");
  add (carriers, "narrow", "[match a]\nsource=s\nmccmnc=26201\ngid1=4455\n");
  add (carriers, "us", "[match a]\nsource=s\nmccmnc=310260\nservice-provider=US\n");
  add (carriers, "sole",
       "[match a]\nsource=s\nmccmnc=52001;52003\nsole=true\n"
       "[match b]\nsource=s\nmccmnc=52001;52003\nservice-provider=Sole\n");
  add (carriers, "reseller", "[match a]\nsource=s\nservice-provider=Travel eSIM\n");
  add (carriers, "range", "[match a]\nsource=s\niccid=8944501\n");
  add (carriers, "part", "[match a]\nsource=s\niccid=894450102\n");
  add (carriers, "server", "[match a]\nsource=s\nsmdp-address=rsp.example.com;smdp.example.net\n");
  add (carriers, "twin-a", "[match a]\nsource=s\nservice-provider=Twin\n");
  add (carriers, "twin-b", "[match a]\nsource=s\nservice-provider=TWIN\n");
  return carriers;
}

/* "-" stands for what is not known; candidates in their order. */
static const struct {
  const char *path;
  const char *mccmnc, *gid1, *iccid, *name, *host;
  EsimCarrierVerdict verdict;
  const char *by;
  const char *candidates;
} cases[] = {
    {"gid", "44010", "00FFFF", "-", "-", "-", ESIM_CARRIER_FOUND, "owner", "docomo"},
    {"gid-without-case", "44010", "01FfFf0001", "-", "-", "-", ESIM_CARRIER_FOUND, "owner", "ahamo"},
    {"gid-of-nobody", "44010", "02", "-", "-", "-", ESIM_CARRIER_NONE, "", ""},
    {"gid-shorter-than-the-prefix", "44010", "00FF", "-", "-", "-", ESIM_CARRIER_NONE, "", ""},
    {"no-gid", "44010", "", "-", "-", "-", ESIM_CARRIER_NONE, "", ""},
    {"gid-not-known", "44010", "-", "-", "-", "-", ESIM_CARRIER_QUESTION, "owner", "docomo ahamo"},
    {"host", "26201", "", "-", "hÔST ", "-", ESIM_CARRIER_FOUND, "owner", "host"},
    {"host-by-another-code", "26206", "", "-", "Hôst", "-", ESIM_CARRIER_FOUND, "owner", "host"},
    {"host-is-not-its-mvno", "26201", "", "-", "Somebody", "-", ESIM_CARRIER_NONE, "", ""},
    {"host-does-not-catch", "26201", "99", "-", "Somebody", "-", ESIM_CARRIER_NONE, "", ""},
    {"mvno-before-host", "26201", "4400", "-", "Hôst", "-", ESIM_CARRIER_FOUND, "owner", "mvno"},
    {"longer-prefix", "26201", "445566", "-", "-", "-", ESIM_CARRIER_QUESTION, "owner", "narrow host"},
    {"longer-prefix-named", "26201", "445566", "-", "Other", "-", ESIM_CARRIER_FOUND, "owner", "narrow"},
    {"may-be-an-mvno", "26201", "-", "-", "Hôst", "-", ESIM_CARRIER_QUESTION, "owner", "host mvno narrow"},
    {"length", "31026", "-", "-", "US", "-", ESIM_CARRIER_NONE, "", ""},
    {"length-of-six", "310260", "", "-", "US", "-", ESIM_CARRIER_FOUND, "owner", "us"},
    {"length-of-six-again", "520010", "-", "-", "-", "-", ESIM_CARRIER_NONE, "", ""},
    {"sole", "52003", "-", "-", "-", "-", ESIM_CARRIER_FOUND, "network", "sole"},
    {"sole-named", "52003", "", "-", "sole", "-", ESIM_CARRIER_FOUND, "owner", "sole"},
    {"sole-with-a-strange-gid", "52003", "77", "-", "-", "-", ESIM_CARRIER_QUESTION, "owner", "sole"},
    {"sole-with-a-strange-name", "52003", "", "-", "Who", "-", ESIM_CARRIER_QUESTION, "network", "sole"},
    {"reseller-on-the-sole", "52003", "", "-", "travel esim", "-", ESIM_CARRIER_FOUND, "service-provider",
     "reseller"},
    {"iccid", "-", "-", "8944501900000000001", "-", "-", ESIM_CARRIER_FOUND, "iccid", "range"},
    {"iccid-longer", "-", "-", "8944501020000000001", "-", "-", ESIM_CARRIER_FOUND, "iccid", "part"},
    {"owner-before-iccid", "44010", "00FFFF", "8944501020000000001", "Twin", "-", ESIM_CARRIER_FOUND, "owner",
     "docomo"},
    {"iccid-before-name", "99999", "", "8944501900000000001", "Travel eSIM", "-", ESIM_CARRIER_FOUND, "iccid",
     "range"},
    {"name", "99999", "", "-", "Travel eSIM", "-", ESIM_CARRIER_FOUND, "service-provider", "reseller"},
    {"name-is-whole", "-", "-", "-", "Travel eSIM 2", "-", ESIM_CARRIER_NONE, "", ""},
    {"server", "-", "-", "-", "-", "SMDP.example.net", ESIM_CARRIER_FOUND, "smdp-address", "server"},
    {"tie", "-", "-", "-", "twin", "-", ESIM_CARRIER_QUESTION, "service-provider", "twin-a twin-b"},
    {"nothing", "-", "-", "-", "-", "-", ESIM_CARRIER_NONE, "", ""},
    {"strangers", "99999", "", "8988888888888888888", "Nobody", "x.example", ESIM_CARRIER_NONE, "", ""},
};

static const char *
known (const char *text)
{
  return strcmp (text, "-") == 0 ? NULL : text;
}

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) carriers = make_directory ();
  const char *const hosts[] = {cases[i].host, NULL};
  const EsimCarrierQuery query = {known (cases[i].mccmnc), known (cases[i].gid1), known (cases[i].iccid),
                                  known (cases[i].name), known (cases[i].host) != NULL ? hosts : NULL};
  g_auto (EsimCarrierResult) result = esim_carrier_match (carriers, &query);
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint j = 0; j < result.candidates->len; j++)
    g_string_append_printf (ids, "%s%s", j > 0 ? " " : "",
                            ((EsimCarrier *) g_ptr_array_index (result.candidates, j))->id);
  g_assert_cmpstr (ids->str, ==, cases[i].candidates);
  g_assert_cmpint (result.verdict, ==, cases[i].verdict);
  g_assert_cmpstr (result.by, ==, cases[i].by);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/carrier-match/", cases[i].path, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
  }
  return g_test_run ();
}
