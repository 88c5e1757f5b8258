/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders of carriers, and the carriers that come with the project. */
#include "esim-carrier-check.h"
#include "esim-carrier-directory.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *top;
  char *first;
  char *second;
  EsimCarrierDirectory *directory;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->top = g_dir_make_tmp ("esim-carriers-XXXXXX", NULL);
  self->first = g_build_filename (self->top, "etc", NULL);
  self->second = g_build_filename (self->top, "usr", NULL);
  g_assert_cmpint (g_mkdir (self->first, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (self->second, 0755), ==, 0);
  self->directory =
      esim_carrier_directory_new ((const char *const[]){self->first, self->second, "/nonexistent", NULL});
}

static void
remove_all (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  esim_carrier_directory_free (self->directory);
  remove_all (self->first);
  remove_all (self->second);
  g_assert_cmpint (g_rmdir (self->top), ==, 0);
  g_free (self->first);
  g_free (self->second);
  g_free (self->top);
}

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  (void) g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
put_carrier (const char *folder, const char *name, const char *id, const char *title)
{
  g_autofree char *text =
      g_strdup_printf ("[carrier]\nformat=1\nid=%s\nname=%s\nkind=operator\n[plan p]\nkind=postpaid\n"
                       "[source s]\ntitle=T\nchecked=2026-11-22\nsure=C\nstored-copy=true\n"
                       "[match m]\nservice-provider=%s\nsource=s\n",
                       id, title, id);

  put (folder, name, text);
}

static const char *
title_of (EsimCarrierDirectory *directory, const char *id)
{
  EsimCarrier *carrier = esim_carrier_directory_find (directory, id);
  const char *title = NULL;

  if (carrier != NULL)
    g_assert_true (g_variant_lookup (carrier->name, "", "&s", &title));
  return title;
}

static void
test_order (Fixture *self, gconstpointer data)
{
  GPtrArray *carriers;

  put_carrier (self->second, "b.conf", "b", "Usual B");
  put_carrier (self->second, "a.conf", "a", "Usual A");
  put_carrier (self->second, "c.conf", "c", "Usual C");
  put_carrier (self->second, "a.conf~", "d", "A backup");
  put_carrier (self->first, "b.conf", "b", "My B");
  put (self->first, "c.conf", "");
  carriers = esim_carrier_directory_list (self->directory);
  g_assert_cmpuint (carriers->len, ==, 2);
  g_assert_cmpstr (((EsimCarrier *) g_ptr_array_index (carriers, 0))->id, ==, "a");
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "My B");
  g_assert_null (title_of (self->directory, "c"));
}

static void
test_changes_are_seen (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->first, "b.conf", NULL);
  GPtrArray *before;

  g_assert_cmpuint (esim_carrier_directory_list (self->directory)->len, ==, 0);
  put_carrier (self->second, "b.conf", "b", "Usual B");
  before = esim_carrier_directory_list (self->directory);
  g_assert_true (before == esim_carrier_directory_list (self->directory));
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "Usual B");
  put_carrier (self->first, "b.conf", "b", "My B");
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "My B");
  put_carrier (self->first, "b.conf", "b", "My X");
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "My X");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "Usual B");
  esim_carrier_directory_forget (self->directory);
  g_assert_cmpstr (title_of (self->directory, "b"), ==, "Usual B");
}

static gboolean
on_late (gpointer data)
{
  g_error ("nothing was let go of");
  return G_SOURCE_REMOVE;
}

/* @carrier: which somebody else holds too */
static void
await_last_owner (const EsimCarrier *carrier)
{
  guint late = g_timeout_add_seconds (30, on_late, NULL);

  while (!g_atomic_ref_count_compare ((gatomicrefcount *) &carrier->refs, 1))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
}

static void
test_lets_go (Fixture *self, gconstpointer data)
{
  g_autoptr (EsimCarrier) kept = NULL;
  g_autoptr (EsimCarrier) again = NULL;

  put_carrier (self->first, "b.conf", "b", "My B");
  esim_carrier_directory_set_linger (self->directory, 1);
  kept = esim_carrier_ref (esim_carrier_directory_find (self->directory, "b"));
  g_assert_true (esim_carrier_directory_find (self->directory, "b") == kept);
  await_last_owner (kept);
  g_assert_cmpstr (kept->id, ==, "b");
  again = esim_carrier_ref (esim_carrier_directory_find (self->directory, "b"));
  g_assert_true (again != kept);
  await_last_owner (again);
}

/* One that is freed or has let go already is not called later. */
static void
test_freed_before_it_lets_go (Fixture *self, gconstpointer data)
{
  EsimCarrierDirectory *other = esim_carrier_directory_new ((const char *const[]){self->first, NULL});
  g_autoptr (EsimCarrier) kept = NULL;

  put_carrier (self->first, "b.conf", "b", "My B");
  esim_carrier_directory_set_linger (other, 0);
  g_assert_cmpuint (esim_carrier_directory_list (other)->len, ==, 1);
  esim_carrier_directory_forget (other);
  g_assert_cmpuint (esim_carrier_directory_list (other)->len, ==, 1);
  esim_carrier_directory_free (other);
  esim_carrier_directory_set_linger (self->directory, 1);
  kept = esim_carrier_ref (esim_carrier_directory_find (self->directory, "b"));
  await_last_owner (kept);
}

static void
test_bad_files (Fixture *self, gconstpointer data)
{
  g_autofree char *pipe = g_build_filename (self->first, "pipe.conf", NULL);
  g_autofree char *large = g_strnfill (2 * ESIM_CARRIER_FILE_MAX, '#');

  put_carrier (self->first, "good.conf", "good", "Good");
  put_carrier (self->first, "zz.conf", "good", "The same id");
  put (self->first, "broken.conf", "[carrier]\n");
  put (self->first, "large.conf", large);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*broken.conf:1: ?carrier? format: is missing");
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*broken.conf:*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*large.conf:0: *larger than*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*pipe.conf: *no regular file*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*zz.conf: another file has the id*");
  g_assert_cmpuint (esim_carrier_directory_list (self->directory)->len, ==, 1);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (title_of (self->directory, "good"), ==, "Good");
}

/* Each text is there in Chinese, and in Thai for a Thai carrier. */
static void
check_languages (const EsimCarrier *carrier, GVariant *value)
{
  GVariantIter iter;
  GVariant *child;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{ss}"))) {
    const char *text = NULL;

    if (g_variant_n_children (value) == 0)
      return;
    g_assert_true (g_variant_lookup (value, "", "&s", &text));
    g_assert_true (g_variant_lookup (value, "zh_CN", "&s", &text));
    g_assert_true (strcmp (carrier->country, "TH") != 0 || g_variant_lookup (value, "th", "&s", &text));
    return;
  }
  if (!g_variant_is_container (value))
    return;
  g_variant_iter_init (&iter, value);
  while ((child = g_variant_iter_next_value (&iter)) != NULL) {
    check_languages (carrier, child);
    g_variant_unref (child);
  }
}

static void
check_shipped (const char *path, const char *id)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  g_autoptr (EsimCarrier) carrier = NULL;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  carrier = esim_carrier_check (text, length, problems);
  for (guint i = 0; i < problems->len; i++) {
    EsimCarrierProblem *problem = g_ptr_array_index (problems, i);

    g_error ("%s:%u: [%s] %s: %s", path, problem->line, problem->group, problem->key, problem->words);
  }
  g_assert_cmpstr (carrier->id, ==, id);
  check_languages (carrier, carrier->name);
  for (guint i = 0; i < carrier->plans->len; i++)
    check_languages (carrier, ((EsimCarrierPlan *) g_ptr_array_index (carrier->plans, i))->name);
  for (guint i = 0; i < carrier->facts->len; i++)
    check_languages (carrier, ((EsimCarrierFact *) g_ptr_array_index (carrier->facts, i))->values);
  for (guint i = 0; i < carrier->plans->len; i++) {
    EsimCarrierPlan *plan = g_ptr_array_index (carrier->plans, i);
    g_autoptr (GPtrArray) endings = esim_carrier_find_facts (carrier, "ending", plan->id);

    g_test_message ("%s, %s: %u facts on its ending", id, plan->id, endings->len);
  }
}

static void
test_shipped (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "data", "carriers.d", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (EsimCarrierDirectory) directory =
      esim_carrier_directory_new ((const char *const[]){folder, NULL});
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *id = g_strndup (name, strlen (name) - strlen (".conf"));

    g_assert_true (g_str_has_suffix (name, ".conf"));
    check_shipped (path, id);
    n++;
  }
  g_assert_cmpuint (n, >=, 26);
  g_assert_cmpuint (esim_carrier_directory_list (directory)->len, ==, n);
  g_assert_nonnull (esim_carrier_directory_find (directory, "ais-th"));
}

/* What must not be said: that another maker's server speaks TS.43. */
static void
test_shipped_servers (void)
{
  static const char *const others[] = {"ais-th", "docomo-jp", "telekom-de"};
  g_autofree char *folder = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "data", "carriers.d", NULL);
  g_autoptr (EsimCarrierDirectory) directory =
      esim_carrier_directory_new ((const char *const[]){folder, NULL});

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    EsimCarrier *carrier = esim_carrier_directory_find (directory, others[i]);
    g_autoptr (GPtrArray) facts = esim_carrier_find_facts (carrier, "entitlement", NULL);

    g_assert_cmpuint (facts->len, ==, 1);
    g_assert_cmpstr (esim_carrier_fact_get_string (g_ptr_array_index (facts, 0), "protocol"), ==,
                     "other-maker");
  }
}

/* The servers that shipped configuration names, and of none of them that it ends a line: nobody has seen
 * that. */
static void
test_shipped_ts43 (void)
{
  static const struct {
    const char *id;
    const char *host;
  } cases[] = {
      {"t-mobile-us", "ts43.eas3.msg.t-mobile.com"},
      {"o2-gb", "ses.o2.co.uk:10024"},
      {"orange-fr", "aes.mnc001.mcc208.pub.3gppnetwork.org"},
      {"sfr-fr", "aes.mnc010.mcc208.pub.3gppnetwork.org"},
      {"c-spire-us", "aes.mnc230.mcc311.pub.3gppnetwork.org"},
      {"dish-us", "aes.mnc340.mcc313.pub.3gppnetwork.org"},
      {"sasktel-ca", "aes.mnc780.mcc302.pub.3gppnetwork.org"},
      {"nex-tech-us", "aes.mnc420.mcc311.pub.3gppnetwork.org"},
      {"union-us", "aes.mnc020.mcc310.pub.3gppnetwork.org"},
      {"uscellular-us", "aes.mnc580.mcc311.pub.3gppnetwork.org"},
  };
  g_autofree char *folder = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "data", "carriers.d", NULL);
  g_autoptr (EsimCarrierDirectory) directory =
      esim_carrier_directory_new ((const char *const[]){folder, NULL});

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    EsimCarrier *carrier = esim_carrier_directory_find (directory, cases[i].id);
    g_autoptr (GPtrArray) facts = esim_carrier_find_facts (carrier, "entitlement", NULL);
    g_auto (GStrv) hosts = NULL;
    gboolean ends = FALSE;
    EsimCarrierFact *fact;

    g_assert_cmpuint (facts->len, ==, 1);
    fact = g_ptr_array_index (facts, 0);
    g_assert_cmpstr (esim_carrier_fact_get_string (fact, "protocol"), ==, "ts43");
    g_assert_true (g_variant_lookup (fact->values, "hosts", "^as", &hosts));
    g_assert_cmpstr (hosts[0], ==, cases[i].host);
    g_assert_false (esim_carrier_fact_get_boolean (fact, "ends-primary", &ends));
  }
}

static void
test_shipped_matches (void)
{
  static const struct {
    EsimCarrierQuery query;
    const char *id;
  } cases[] = {
      {{.mccmnc = "52001", .gid1 = "", .service_provider = "AIS"}, "ais-th"},
      {{.mccmnc = "52003"}, "ais-th"},
      {{.mccmnc = "44010", .gid1 = "00FFFF"}, "docomo-jp"},
      {{.mccmnc = "44010", .gid1 = "01FFFFFF"}, "ahamo-jp"},
      {{.mccmnc = "44051", .gid1 = "26"}, "povo-jp"},
      {{.mccmnc = "44051", .gid1 = "10"}, "au-jp"},
      {{.mccmnc = "23410", .gid1 = "508FFF", .service_provider = "giffgaff"}, "giffgaff-gb"},
      {{.mccmnc = "310260", .gid1 = "", .service_provider = "t-mobile"}, "t-mobile-us"},
      {{.mccmnc = "20801", .gid1 = "", .service_provider = "Ubigi"}, "ubigi"},
      {{.mccmnc = "23410", .gid1 = "", .service_provider = "O2"}, "o2-gb"},
      {{.mccmnc = "23410", .gid1 = "", .service_provider = "Another"}, NULL},
      {{.mccmnc = "20801", .gid1 = "", .service_provider = "Orange"}, "orange-fr"},
      {{.mccmnc = "44010", .gid1 = ""}, NULL},
      {{.mccmnc = "44054", .gid1 = "55"}, NULL},
      {{.mccmnc = "31026", .service_provider = "T-Mobile"}, NULL},
  };
  g_autofree char *folder = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "data", "carriers.d", NULL);
  g_autoptr (EsimCarrierDirectory) directory =
      esim_carrier_directory_new ((const char *const[]){folder, NULL});

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (EsimCarrierResult) result =
        esim_carrier_match (esim_carrier_directory_list (directory), &cases[i].query);

    g_assert_cmpint (result.verdict, ==, cases[i].id != NULL ? ESIM_CARRIER_FOUND : ESIM_CARRIER_NONE);
    if (cases[i].id != NULL)
      g_assert_cmpstr (((EsimCarrier *) g_ptr_array_index (result.candidates, 0))->id, ==, cases[i].id);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/carrier-directory/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/carrier-directory/changes-are-seen", Fixture, NULL, set_up, test_changes_are_seen, tear_down);
  g_test_add ("/carrier-directory/lets-go", Fixture, NULL, set_up, test_lets_go, tear_down);
  g_test_add ("/carrier-directory/freed-before-it-lets-go", Fixture, NULL, set_up,
              test_freed_before_it_lets_go, tear_down);
  g_test_add ("/carrier-directory/bad-files", Fixture, NULL, set_up, test_bad_files, tear_down);
  g_test_add_func ("/carrier-directory/shipped", test_shipped);
  g_test_add_func ("/carrier-directory/shipped-servers", test_shipped_servers);
  g_test_add_func ("/carrier-directory/shipped-ts43", test_shipped_ts43);
  g_test_add_func ("/carrier-directory/shipped-matches", test_shipped_matches);
  return g_test_run ();
}
