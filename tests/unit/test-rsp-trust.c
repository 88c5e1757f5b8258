/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-http.h"
#include "esim-log.h"
#include "esim-rsp-known.h"
#include "esim-rsp-root.h"
#include "esim-rsp-verify.h"
#include "pki.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HOST "rsp.example.com"
#define CI1 "81370F5125D0B1D408D4C3B232E6D25E795BEBFB"
#define CI1_COLONS "81:37:0F:51:25:D0:B1:D4:08:D4:C3:B2:32:E6:D2:5E:79:5B:EB:FB"
#define SGP26_COLONS "F5:41:72:BD:F9:8A:95:D6:5C:BE:B8:8A:38:A1:C1:1D:80:0A:85:C3"

typedef struct {
  char *folder;
  Identity *root;  /* on the card and installed */
  Identity *other; /* installed, not on the card */
  Identity *gone;  /* on the card, not installed */
  char *root_id;
  char *other_id;
  char *gone_id;
} Fixture;

/* The key ids of real test systems belong to keys that are not here: another root is made one of them. */
static const char *test_key_id_played;
static guint n_test_roots_told;

const EsimRspKnown *__real_esim_rsp_known_find (const char *key_id);
const EsimRspKnown *__wrap_esim_rsp_known_find (const char *key_id);
const EsimRspKnown *
__wrap_esim_rsp_known_find (const char *key_id)
{
  static EsimRspKnown played = {.name = "Test", .curve = "P-256", .test = TRUE};

  played.key_id = test_key_id_played;
  return g_strcmp0 (key_id, test_key_id_played) == 0 ? &played : __real_esim_rsp_known_find (key_id);
}

void __wrap_esim_log (EsimLogMessage message, GLogLevelFlags level, const char *field, const char *value,
                      const char *format, ...);
void
__wrap_esim_log (EsimLogMessage message, GLogLevelFlags level, const char *field, const char *value,
                 const char *format, ...)
{
  g_assert_cmpint (message, ==, ESIM_LOG_TEST_ROOT);
  g_assert_cmpint (level, ==, ESIM_LOG_WARNING);
  g_assert_true (g_str_has_suffix (value, "/one.pem"));
  n_test_roots_told++;
}

static Identity *
make_root (const char *name, const char *curve)
{
  return identity_new (&(IdentitySpec){.name = name, .curve = curve, .ca = TRUE, .role = ESIM_ROLE_CI});
}

static Identity *
make_server (const Identity *issuer)
{
  return identity_new (&(IdentitySpec){.name = "server",
                                       .issuer = issuer,
                                       .role = ESIM_ROLE_DP_TLS,
                                       .dns = HOST,
                                       .usage = "serverAuth,clientAuth"});
}

static void
write_in (Fixture *fixture, const Identity *identity, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  identity_write_pem (identity, path);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("esim-trust-XXXXXX", NULL);
  fixture->root = make_root ("Root one", NULL);
  fixture->other = make_root ("Root two", NULL);
  fixture->gone = make_root ("Root three", NULL);
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->other_id = esim_rsp_root_dup_key_id (fixture->other->certificate);
  fixture->gone_id = esim_rsp_root_dup_key_id (fixture->gone->certificate);
  write_in (fixture, fixture->root, "one.pem");
  write_in (fixture, fixture->other, "two.pem");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

    g_remove (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  identity_free (fixture->root);
  identity_free (fixture->other);
  identity_free (fixture->gone);
  g_free (fixture->root_id);
  g_free (fixture->other_id);
  g_free (fixture->gone_id);
}

static EsimRspTrust *
make_trust (Fixture *fixture, const char *also)
{
  const char *const folders[] = {"/nonexistent/folder", fixture->folder, NULL};
  const char *const also_trust[] = {also, NULL};

  return esim_rsp_trust_new (folders, also != NULL ? also_trust : NULL);
}

static gboolean
verify_with (Fixture *fixture, const char *also, const char *const *ids, const Identity *leaf,
             const Identity *between, char **root, GError **error)
{
  g_autoptr (EsimRspTrust) trust = make_trust (fixture, also);
  g_autoptr (EsimRspPolicy) policy = esim_rsp_policy_new (trust, ESIM_ROLE_DP_TLS, ids);
  STACK_OF (X509) *others = sk_X509_new_null ();
  gboolean verified;

  if (between != NULL)
    sk_X509_push (others, between->certificate);
  verified = esim_rsp_policy_verify (policy, HOST, leaf->certificate, others, root, error);
  sk_X509_free (others);
  return verified;
}

static void
assert_refused (Fixture *fixture, const Identity *leaf, const Identity *between, const char *words,
                const char *detail_root)
{
  const char *const ids[] = {fixture->root_id, fixture->gone_id, NULL};
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) details = NULL;
  g_autofree char *root = NULL;
  const char *named = NULL;

  g_assert_false (verify_with (fixture, NULL, ids, leaf, between, &root, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, HOST));
  g_assert_null (root);
  details = esim_error_dup_details (error);
  g_variant_lookup (details, ESIM_DETAIL_ROOT_KEY_ID, "&s", &named);
  g_assert_cmpstr (named, ==, detail_root);
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lower = g_ascii_strdown (fixture->root_id, -1);
  const char *const ids[] = {fixture->gone_id, lower, NULL};
  g_autoptr (Identity) leaf = make_server (fixture->root);
  g_autoptr (Identity) sub = identity_new (
      &(IdentitySpec){.name = "sub", .issuer = fixture->root, .ca = TRUE, .role = ESIM_ROLE_CI});
  g_autoptr (Identity) below = make_server (sub);
  g_autoptr (GError) error = NULL;
  g_autofree char *root = NULL;
  g_autofree char *again = NULL;

  g_assert_true (verify_with (fixture, NULL, ids, leaf, NULL, &root, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (root, ==, fixture->root_id);
  g_assert_true (verify_with (fixture, NULL, ids, below, sub, &again, NULL));
  g_assert_cmpstr (again, ==, fixture->root_id);
}

static void
test_bad_leaves (Fixture *fixture, gconstpointer data)
{
  const char *const usage = "serverAuth";
  const Identity *root = fixture->root;
  const struct {
    const char *words;
    IdentitySpec spec;
  } cases[] = {
      {"self-signed", {"s", NULL, NULL, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"has expired", {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, -20, -10}},
      {"not valid yet", {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 10, 0}},
      {"is for other.example.com, and " HOST,
       {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, "other.example.com", usage, NULL, 0, 0}},
      {"is for no name", {HOST, NULL, root, FALSE, ESIM_ROLE_DP_TLS, NULL, usage, NULL, 0, 0}},
      {"does not have the role", {"s", NULL, root, FALSE, ESIM_ROLE_DS_TLS, HOST, usage, NULL, 0, 0}},
      {"does not have the role", {"s", NULL, root, FALSE, "2.5.29.32.0", HOST, usage, NULL, 0, 0}},
      {"does not have the role", {"s", NULL, root, FALSE, "2.23.146.1.2.1.33", HOST, usage, NULL, 0, 0}},
      {"does not have the role", {"s", NULL, root, FALSE, NULL, HOST, usage, NULL, 0, 0}},
      {"extended key usage", {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, HOST, NULL, NULL, 0, 0}},
      {"extended key usage", {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, HOST, "clientAuth", NULL, 0, 0}},
      {"certification authority", {"s", NULL, root, TRUE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Identity) leaf = identity_new (&cases[i].spec);

    assert_refused (fixture, leaf, NULL, cases[i].words, NULL);
  }
}

static void
test_bad_roots (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) of_other = make_server (fixture->other);
  g_autoptr (Identity) of_gone = make_server (fixture->gone);
  g_autoptr (Identity) twin =
      identity_new (&(IdentitySpec){.name = "Root one", .ca = TRUE, .role = ESIM_ROLE_CI});
  g_autoptr (Identity) of_twin = make_server (twin);
  g_autoptr (Identity) ci1 =
      identity_new (&(IdentitySpec){.name = "some name", .ca = TRUE, .key_id = CI1_COLONS});
  g_autoptr (Identity) of_ci1 = make_server (ci1);
  g_autofree char *twin_id = esim_rsp_root_dup_key_id (twin->certificate);

  assert_refused (fixture, of_other, NULL, "not on this card's list", fixture->other_id);
  assert_refused (fixture, of_gone, NULL, "\"Root three\"", fixture->gone_id);
  assert_refused (fixture, of_gone, fixture->gone, "which is not installed", fixture->gone_id);
  assert_refused (fixture, of_gone, NULL, fixture->folder, fixture->gone_id);
  assert_refused (fixture, of_twin, twin, "which is not installed", twin_id);
  assert_refused (fixture, of_ci1, NULL, "GSM Association - RSP2 Root CI1", CI1);
  /* A root as a server. */
  assert_refused (fixture, fixture->root, NULL, "certification authority", NULL);
}

static void
test_root_forged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *colons =
      i2s_ASN1_OCTET_STRING (NULL, X509_get0_subject_key_id (fixture->root->certificate));
  g_autoptr (Identity) forged =
      identity_new (&(IdentitySpec){.name = "Root one", .ca = TRUE, .role = ESIM_ROLE_CI, .key_id = colons});
  g_autoptr (Identity) leaf = make_server (forged);

  assert_refused (fixture, leaf, NULL, "does not verify", NULL);
  assert_refused (fixture, leaf, forged, "", NULL);
}

static void
test_manufacturer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) eum = identity_new (
      &(IdentitySpec){.name = "Maker", .issuer = fixture->root, .ca = TRUE, .role = ESIM_ROLE_EUM});
  g_autoptr (Identity) leaf = make_server (eum);

  assert_refused (fixture, leaf, eum, "eUICC manufacturer \"Maker\"", NULL);
}

static void
test_lists (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) leaf = make_server (fixture->other);
  g_autofree char *root = NULL;
  const char *const none[] = {NULL};
  const char *const junk[] = {"no key id", "", NULL};

  g_assert_false (verify_with (fixture, NULL, NULL, leaf, NULL, &root, NULL));
  g_assert_false (verify_with (fixture, NULL, none, leaf, NULL, &root, NULL));
  g_assert_false (verify_with (fixture, NULL, junk, leaf, NULL, &root, NULL));
  g_assert_false (verify_with (fixture, fixture->root_id, NULL, leaf, NULL, &root, NULL));
  g_assert_true (verify_with (fixture, fixture->other_id, NULL, leaf, NULL, &root, NULL));
  g_assert_cmpstr (root, ==, fixture->other_id);
}

static void
test_policy_keys (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimRspTrust) trust = make_trust (fixture, NULL);
  const char *const one[] = {"AA", "bb", NULL};
  const char *const same[] = {"BB", "aa", "AA", NULL};
  const char *const other[] = {"AA", NULL};
  g_autoptr (EsimRspPolicy) a = esim_rsp_policy_new (trust, ESIM_ROLE_DP_TLS, one);
  g_autoptr (EsimRspPolicy) b = esim_rsp_policy_new (trust, ESIM_ROLE_DP_TLS, same);
  g_autoptr (EsimRspPolicy) c = esim_rsp_policy_new (trust, ESIM_ROLE_DP_TLS, other);
  g_autoptr (EsimRspPolicy) d = esim_rsp_policy_new (trust, ESIM_ROLE_DS_TLS, one);

  g_assert_cmpstr (esim_rsp_policy_get_key (a), ==, esim_rsp_policy_get_key (b));
  g_assert_cmpstr (esim_rsp_policy_get_key (a), !=, esim_rsp_policy_get_key (c));
  g_assert_cmpstr (esim_rsp_policy_get_key (a), !=, esim_rsp_policy_get_key (d));
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *der = g_build_filename (fixture->folder, "three.der", NULL);
  g_autofree char *hidden = g_build_filename (fixture->folder, ".hidden", NULL);
  g_autofree char *lower = g_ascii_strdown (fixture->gone_id, -1);
  g_autofree char *installed = NULL, *known = NULL;
  g_autoptr (EsimRspTrust) trust = NULL;

  identity_write_der (fixture->gone, der);
  write_in (fixture, fixture->root, "two.pem"); /* a bundle; and a certificate twice */
  g_assert_true (g_file_set_contents (hidden, "x", 1, NULL));
  trust = make_trust (fixture, NULL);
  g_assert_cmpuint (esim_rsp_trust_get_size (trust), ==, 3);
  g_assert_true (esim_rsp_trust_has (trust, lower));
  g_assert_true (esim_rsp_trust_has (trust, fixture->other_id));
  g_assert_false (esim_rsp_trust_has (trust, CI1));
  installed = esim_rsp_trust_dup_name (trust, lower);
  known = esim_rsp_trust_dup_name (trust, CI1);
  g_assert_cmpstr (installed, ==, "Root three");
  g_assert_cmpstr (known, ==, "GSM Association - RSP2 Root CI1");
  g_assert_null (esim_rsp_trust_dup_name (trust, "00"));
}

static void
test_bad_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_build_filename (fixture->folder, "readme.txt", NULL);
  g_autofree char *empty = g_build_filename (fixture->folder, "empty.pem", NULL);
  g_autoptr (Identity) leaf = make_server (fixture->root);
  g_autoptr (Identity) false_ci1 = identity_new (
      &(IdentitySpec){.name = "GSM Association - RSP2 Root CI1", .ca = TRUE, .key_id = CI1_COLONS});
  g_autoptr (Identity) false_test =
      identity_new (&(IdentitySpec){.name = "Test CI", .ca = TRUE, .key_id = SGP26_COLONS});
  g_autoptr (EsimRspTrust) trust = NULL;

  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "also-trust*no key id*");
  trust = make_trust (fixture, "not hexadecimal");
  g_assert_true (g_file_set_contents (text, "hello", -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  write_in (fixture, leaf, "leaf.pem");
  write_in (fixture, false_ci1, "ci1.pem");
  write_in (fixture, false_test, "sgp26.pem");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*ci1.pem*is not that certificate*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*empty.pem*no certificate*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*leaf.pem*no root*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*readme.txt*no certificate*");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*sgp26.pem*is not that certificate*another one*");
  g_assert_cmpuint (esim_rsp_trust_get_size (trust), ==, 2);
  g_test_assert_expected_messages ();
}

static void
assert_entry (const EsimRspTrustEntry *entry, const char *name, const char *curve, gboolean test,
              gboolean installed, gboolean also)
{
  g_assert_cmpstr (entry->name, ==, name);
  g_assert_cmpstr (entry->curve, ==, curve);
  g_assert_cmpint (entry->test, ==, test);
  g_assert_cmpint (entry->installed, ==, installed);
  g_assert_cmpint (entry->also_trusted, ==, also);
  g_assert_cmpuint (strlen (entry->key_id), ==, 40);
  g_assert_cmpint (strlen (entry->file) > 0, ==, installed);
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) brainpool = make_root ("Root four", "brainpoolP256r1");
  g_autofree char *path = g_build_filename (fixture->folder, "one.pem", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (EsimRspTrust) trust = make_trust (fixture, fixture->other_id);
  g_autoptr (GPtrArray) list = NULL;
  const EsimRspTrustEntry *entry;
  guint8 digest[32];

  write_in (fixture, brainpool, "four.pem");
  list = esim_rsp_trust_list (trust);
  g_assert_cmpuint (list->len, ==, 3 + 8);
  assert_entry (list->pdata[0], "Root four", "brainpoolP256r1", FALSE, TRUE, FALSE);
  assert_entry (list->pdata[1], "Root one", "P-256", FALSE, TRUE, FALSE);
  assert_entry (list->pdata[2], "Root two", "P-256", FALSE, TRUE, TRUE);
  assert_entry (list->pdata[3], "GSM Association - RSP2 Root CI1", "P-256", FALSE, FALSE, FALSE);
  assert_entry (list->pdata[8], "GSMA Test CI (SGP.26, Brainpool)", "brainpoolP256r1", TRUE, FALSE, FALSE);
  entry = list->pdata[1];
  g_assert_cmpstr (entry->file, ==, path);
  g_assert_cmpstr (entry->key_id, ==, fixture->root_id);
  g_assert_cmpint (X509_digest (fixture->root->certificate, EVP_sha256 (), digest, NULL), ==, 1);
  expected = esim_rsp_root_dup_hex (digest, sizeof digest);
  g_assert_cmpstr (entry->fingerprint, ==, expected);
  entry = list->pdata[3];
  g_assert_cmpstr (entry->key_id, ==, CI1);
  g_assert_cmpuint (strlen (entry->fingerprint), ==, 64);
}

static void
assert_size (EsimRspTrust *trust, guint size, gboolean other, guint *generation)
{
  guint now;
  g_autoptr (GPtrArray) roots = esim_rsp_trust_dup_roots (trust, &now);

  g_assert_cmpuint (roots->len, ==, size);
  g_assert_cmpint (now != *generation, ==, other);
  *generation = now;
}

/* A file that comes, one that is written over, one that goes; and none of that. */
static void
test_changes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimRspTrust) trust = make_trust (fixture, NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "one.pem", NULL);
  g_autoptr (GPtrArray) old = NULL;
  guint generation = 0;

  assert_size (trust, 2, TRUE, &generation);
  assert_size (trust, 2, FALSE, &generation);
  old = esim_rsp_trust_dup_roots (trust, NULL);
  esim_rsp_trust_rest (trust);
  assert_size (trust, 2, FALSE, &generation);
  write_in (fixture, fixture->gone, "three.pem");
  assert_size (trust, 3, TRUE, &generation);
  g_assert_true (esim_rsp_trust_has (trust, fixture->gone_id));
  /* Written over in its place, not renamed into it; identity_write_pem() appends. */
  g_assert_cmpint (truncate (path, 0), ==, 0);
  write_in (fixture, fixture->other, "one.pem");
  assert_size (trust, 2, TRUE, &generation);
  g_assert_false (esim_rsp_trust_has (trust, fixture->root_id));
  g_assert_cmpint (g_remove (path), ==, 0);
  assert_size (trust, 2, TRUE, &generation);
  g_assert_cmpuint (old->len, ==, 2);
}

/* Told of when the files were read, and again when they have changed; not each time they are read again. */
static void
test_test_roots (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimRspTrust) trust = make_trust (fixture, NULL);

  n_test_roots_told = 0;
  g_assert_cmpuint (esim_rsp_trust_get_size (trust), ==, 2);
  g_assert_cmpuint (n_test_roots_told, ==, 0);
  test_key_id_played = fixture->root_id;
  write_in (fixture, fixture->gone, "gone.pem");
  for (int i = 0; i < 3; i++) {
    g_assert_cmpuint (esim_rsp_trust_get_size (trust), ==, 3);
    esim_rsp_trust_rest (trust);
  }
  g_assert_cmpuint (n_test_roots_told, ==, 1);
  test_key_id_played = NULL;
}

/* More files than are looked at: the first by name are, in whatever order the folder gives them. */
static void
test_many_files (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimRspTrust) trust = NULL;

  write_in (fixture, fixture->gone, "a-first.pem");
  for (guint i = 0; i < 2100; i++) {
    g_autofree char *name = g_strdup_printf ("%s/many-%u", fixture->folder, i);

    g_assert_cmpint (g_mkdir (name, 0700), ==, 0);
  }
  write_in (fixture, fixture->root, "a-second.pem");
  trust = make_trust (fixture, NULL);
  g_assert_true (esim_rsp_trust_has (trust, fixture->gone_id));
  g_assert_true (esim_rsp_trust_has (trust, fixture->root_id));
  g_assert_cmpuint (esim_rsp_trust_get_size (trust), ==, 2);
}

static void
test_key_id (Fixture *fixture, gconstpointer data)
{
  g_autofree char *normal = esim_rsp_trust_normalize ("81:37:0f:51 25");

  g_assert_cmpstr (normal, ==, "81370F5125");
  g_assert_null (esim_rsp_trust_normalize (""));
  g_assert_null (esim_rsp_trust_normalize ("81x"));
  g_assert_cmpuint (strlen (fixture->root_id), ==, 40);
}

#define ADD(name, test) g_test_add ("/rsp-trust/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("good", test_good);
  ADD ("bad-leaves", test_bad_leaves);
  ADD ("bad-roots", test_bad_roots);
  ADD ("root-forged", test_root_forged);
  ADD ("manufacturer", test_manufacturer);
  ADD ("lists", test_lists);
  ADD ("policy-keys", test_policy_keys);
  ADD ("files", test_files);
  ADD ("bad-files", test_bad_files);
  ADD ("list", test_list);
  ADD ("changes", test_changes);
  ADD ("test-roots", test_test_roots);
  ADD ("many-files", test_many_files);
  ADD ("key-id", test_key_id);
  return g_test_run ();
}
