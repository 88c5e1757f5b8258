/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-preflight.h"
#include "esim-rsp-root.h"
#include "folder.h"
#include "hex.h"
#include "host-fixture.h"
#include "pki.h"

/* Delete notifications go to dp.test and, named twice, to dp2.test. */
#define TARGETS                                                                                              \
  "B62E 300D 80020410 810764702E74657374 300E 80020410 81086470322E74657374 300D 80020410 "                  \
  "810764702E74657374"

#define SHARED "card-answers profile-known "
#define CONTRACT "contract-continues accounts-elsewhere "

static EsimCardSnapshot *
make_card (const char *members, const char *info, guint pending)
{
  EsimCardSnapshot *card = g_new0 (EsimCardSnapshot, 1);
  g_autofree char *profile = hex_tlv ("E3", members), *list = hex_tlv ("A0", profile);
  g_autofree char *answer = hex_tlv ("BF2D", list);
  g_autoptr (GBytes) bytes = hex_bytes (answer);
  g_autoptr (GError) error = NULL;

  g_atomic_ref_count_init (&card->refs);
  card->eid = g_strdup (EID);
  card->profiles = esim_profile_info_list_parse (bytes, &error);
  g_assert_no_error (error);
  if (info != NULL) {
    g_autoptr (GBytes) info_bytes = hex_bytes (info);

    card->info = esim_euicc_info_parse (info_bytes, &error);
    g_assert_no_error (error);
  }
  if (pending > 0)
    card->notifications = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_notification_unref);
  for (guint i = 0; i < pending; i++) {
    g_autoptr (GBytes) notification = hex_bytes (NOTIFICATION ("05", "410"));

    g_ptr_array_add (card->notifications, esim_notification_parse (notification, &error));
    g_assert_no_error (error);
  }
  return card;
}

/* A folder with one root, and the answer to GetEUICCInfo1 of a card that lists it. */
typedef struct {
  Folder folder;
  EsimRspTrust *trust;
  char *info;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) root =
      identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  g_autofree char *id = esim_rsp_root_dup_key_id (root->certificate), *path = NULL;
  const char *folders[] = {NULL, NULL};

  fixture->folder = folder_new ();
  path = g_build_filename (fixture->folder, "root.pem", NULL);
  identity_write_pem (root, path);
  folders[0] = fixture->folder;
  fixture->trust = esim_rsp_trust_new (folders, NULL);
  fixture->info = g_strdup_printf ("BF2035 8203020500 A9160414%s AA160414%s", id, id);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_rsp_trust_unref (fixture->trust);
  folder_remove (fixture->folder);
  g_free (fixture->info);
}

#define FOREIGN_ROOT "BF2035 8203020500 A9160414" KEY_ID "AA160414" KEY_ID

static char *
join_codes (GPtrArray *findings)
{
  GString *codes = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++) {
    const EsimFinding *finding = findings->pdata[i];

    g_assert_true (g_variant_is_of_type (finding->parameters, G_VARIANT_TYPE_VARDICT));
    g_assert_cmpint (finding->message[0], !=, '\0');
    g_string_append_printf (codes, "%s ", finding->code);
  }
  return g_string_free (codes, FALSE);
}

static GPtrArray *
run (Fixture *fixture, const EsimCardSnapshot *card)
{
  EsimPreflight preflight = {
      .card = card, .iccid = ICCID, .trust = fixture->trust, .local = TRUE, .network = ESIM_NETWORK_OTHER};

  return esim_preflight_run (&preflight);
}

/* @blocker: the first one; NULL: there must be none */
static void
assert_codes (Fixture *fixture, const char *members, const char *info, const char *codes, const char *blocker)
{
  g_autoptr (EsimCardSnapshot) card = make_card (members, info, 0);
  g_autoptr (GPtrArray) findings = run (fixture, card);
  g_autofree char *found = join_codes (findings);
  const EsimFinding *first = esim_findings_get_blocker (findings);

  g_assert_cmpstr (found, ==, codes);
  g_assert_cmpstr (first != NULL ? first->code : NULL, ==, blocker);
}

static void
test_codes (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members, *codes, *blocker;
  } cases[] = {
      {PROFILE (AID, "00", "950102" TARGETS), SHARED "class-operational delete-address-present " CONTRACT,
       NULL},
      {PROFILE (AID, "01", "950102" TARGETS),
       SHARED "class-operational profile-enabled delete-address-present other-network " CONTRACT, NULL},
      {PROFILE (AID, "00", "950102"), SHARED "class-operational no-delete-address " CONTRACT, NULL},
      {PROFILE (AID, "00", "950100" TARGETS), SHARED "class-test delete-address-present ", NULL},
      {PROFILE (AID, "00", "950101" TARGETS), SHARED "class-provisioning delete-address-present ",
       "class-provisioning"},
      {PROFILE (AID, "00", "950102" TARGETS PPR1),
       SHARED "class-operational delete-address-present " CONTRACT, NULL},
      {PROFILE (AID, "01", "950102" TARGETS PPR1),
       SHARED "class-operational ppr1-enabled delete-address-present other-network " CONTRACT,
       "ppr1-enabled"},
      {PROFILE (AID, "00", "950102" TARGETS PPR2),
       SHARED "class-operational ppr2 delete-address-present " CONTRACT, "ppr2"},
      {OTHER_PROFILE ("00"), "card-answers profile-unknown ", "profile-unknown"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_codes (fixture, cases[i].members, fixture->info, cases[i].codes, cases[i].blocker);
}

/* The ICCID is not enough: one that was installed again is another profile. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) meant = hex_bytes (AID), other = hex_bytes (OTHER_AID);
  g_autoptr (EsimCardSnapshot) card = make_card (PROFILE (AID, "00", "950102"), fixture->info, 0);
  EsimPreflight preflight = {.card = card, .iccid = ICCID, .aid = other, .trust = fixture->trust};
  g_autoptr (GPtrArray) findings = esim_preflight_run (&preflight);
  g_autofree char *codes = join_codes (findings);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (codes, ==, "card-answers profile-replaced ");
  g_assert_cmpstr (esim_findings_get_blocker (findings)->code, ==, "profile-replaced");
  g_assert_false (esim_preflight_check_rules (card, ICCID, other, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_false (esim_preflight_check_rules (card, OTHER_ICCID, meant, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (esim_preflight_check_rules (card, ICCID, meant, &error));
  g_assert_no_error (error);
}

static void
test_roots (Fixture *fixture, gconstpointer data)
{
  assert_codes (fixture, PROFILE (AID, "00", "950100" TARGETS), FOREIGN_ROOT,
                SHARED "class-test delete-address-present root-missing ", NULL);
  assert_codes (fixture, PROFILE (AID, "00", "950100" TARGETS), NULL,
                SHARED "class-test delete-address-present roots-unknown ", NULL);
}

static const EsimFinding *
find (GPtrArray *findings, const char *code)
{
  for (guint i = 0; i < findings->len; i++)
    if (g_strcmp0 (((EsimFinding *) findings->pdata[i])->code, code) == 0)
      return findings->pdata[i];
  return NULL;
}

static void
test_parameters (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimCardSnapshot) card = make_card (PROFILE (AID, "00", "950102" TARGETS), FOREIGN_ROOT, 3);
  g_autoptr (GPtrArray) findings = run (fixture, card);
  g_autofree const char **addresses = NULL, **key_ids = NULL;
  guint count = 0;

  g_assert_true (g_variant_lookup (find (findings, "delete-address-present")->parameters, "addresses", "^a&s",
                                   &addresses));
  g_assert_true (g_strv_equal (addresses, (const char *const[]){"dp.test", "dp2.test", NULL}));
  g_assert_true (g_variant_lookup (find (findings, "root-missing")->parameters, "key-ids", "^a&s", &key_ids));
  g_assert_true (g_strv_equal (key_ids, (const char *const[]){KEY_ID, NULL}));
  g_assert_true (
      g_variant_lookup (find (findings, "pending-notifications")->parameters, "count", "u", &count));
  g_assert_cmpuint (count, ==, 3);
  g_assert_null (esim_findings_get_blocker (findings));
}

static void
test_severities (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpstr (esim_severity_to_string (ESIM_SEVERITY_OK), ==, "ok");
  g_assert_cmpstr (esim_severity_to_string (ESIM_SEVERITY_WARNING), ==, "warning");
  g_assert_cmpstr (esim_severity_to_string (ESIM_SEVERITY_BLOCKER), ==, "blocker");
}

#define ADD(name, function) g_test_add ("/preflight/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("codes", test_codes);
  ADD ("replaced", test_replaced);
  ADD ("roots", test_roots);
  ADD ("parameters", test_parameters);
  ADD ("severities", test_severities);
  return g_test_run ();
}
