/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-profile-info.h"
#include "hex.h"

#define ICCID "5A0A981062103254769810F2"
#define AID "4F10A0000005591010FFFFFFFF8900001100"
#define ENABLED "9F700101"
#define DISABLED "9F700100"

/* Everything that is asked for; two addresses, one of them twice. */
#define FULL_MEMBERS                                                                                         \
  ICCID AID ENABLED "900474657374 9103414953 9204506C616E 950102"                                            \
                    "B63E 300D 800204D0 810764702E74657374 300D 80020410 810764702E74657374"                 \
                    "3010 80020410 810A6470322E6C6F63616C6C 300C 80020640 810664732E6E6574"                  \
                    "B70C 800325F030 8102A0B1 8201FF 99020560"

static char *
make_list (const char *members)
{
  g_autofree char *profile = hex_tlv ("E3", members);
  g_autofree char *list = hex_tlv ("A0", profile);

  return hex_tlv ("BF2D", list);
}

static char *
pack (const char *hex)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return hex_string (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static GPtrArray *
parse (const char *hex, GError **error)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return esim_profile_info_list_parse (bytes, error);
}

static GPtrArray *
parse_members (const char *members, GError **error)
{
  g_autofree char *list = make_list (members);

  return parse (list, error);
}

static void
test_full (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_members (FULL_MEMBERS, &error);
  g_auto (GStrv) addresses = NULL;
  EsimProfileInfo *profile;

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  profile = list->pdata[0];
  g_assert_cmpstr (profile->iccid, ==, "8901260123456789012");
  assert_bytes (profile->aid, "A0000005591010FFFFFFFF8900001100");
  g_assert_cmpstr (profile->nickname, ==, "test");
  g_assert_cmpstr (profile->service_provider, ==, "AIS");
  g_assert_cmpstr (profile->name, ==, "Plan");
  g_assert_cmpstr (profile->home_operator, ==, "52003");
  g_assert_cmpstr (profile->gid1, ==, "A0B1");
  g_assert_cmpstr (profile->gid2, ==, "FF");
  g_assert_cmpint (profile->class_, ==, ESIM_PROFILE_CLASS_OPERATIONAL);
  g_assert_true (profile->enabled);
  g_assert_cmpint (profile->policy_rules, ==, ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE);
  g_assert_cmpuint (profile->n_targets, ==, 4);
  g_assert_cmpint (profile->targets[0].events, ==,
                   ESIM_EVENT_INSTALL | ESIM_EVENT_ENABLE | ESIM_EVENT_DELETE);
  g_assert_cmpstr (profile->targets[3].address, ==, "ds.net");
  addresses = esim_profile_info_dup_delete_addresses (profile);
  g_assert_cmpuint (g_strv_length (addresses), ==, 2);
  g_assert_cmpstr (addresses[0], ==, "dp.test");
  g_assert_cmpstr (addresses[1], ==, "dp2.locall");
}

static void
test_least (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_members (ICCID DISABLED, &error);
  g_auto (GStrv) addresses = NULL;
  EsimProfileInfo *profile;

  g_assert_no_error (error);
  profile = list->pdata[0];
  g_assert_null (profile->aid);
  g_assert_false (profile->enabled);
  g_assert_cmpint (profile->class_, ==, ESIM_PROFILE_CLASS_OPERATIONAL);
  g_assert_cmpstr (profile->name, ==, "");
  g_assert_cmpstr (profile->home_operator, ==, "");
  g_assert_cmpint (profile->policy_rules, ==, 0);
  addresses = esim_profile_info_dup_delete_addresses (profile);
  g_assert_cmpuint (g_strv_length (addresses), ==, 0);
}

static void
test_no_profiles (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse ("BF2D02A000", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 0);
}

/* Members of later versions, a class of its own, text that is none. */
static void
test_tolerant (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = parse_members (
      ICCID DISABLED "950100 9003 41FF42 9B0100 9F240100 BF2200 BC0480020101 B705 8003FFFFFF", &error);
  EsimProfileInfo *profile;

  g_assert_no_error (error);
  profile = list->pdata[0];
  g_assert_cmpint (profile->class_, ==, ESIM_PROFILE_CLASS_TEST);
  g_assert_cmpstr (profile->nickname, ==,
                   "A\xEF\xBF\xBD"
                   "B");
  g_assert_cmpstr (profile->home_operator, ==, "");
}

static void
test_refused (void)
{
  static const char *const members[] = {
      DISABLED,         /* no ICCID */
      ICCID,            /* no state */
      ICCID "9F700102", /* a state that is none */
      ICCID "9F7001FF",
      ICCID "9F7000",          /* */
      ICCID DISABLED "950103", /* a class that is none */
      ICCID ICCID DISABLED,    /* two ICCIDs */
      ICCID AID AID DISABLED,  /* two AIDs */
      ICCID "4F00" DISABLED,   /* an AID of no octets */
      ICCID "4F11000102030405060708090A0B0C0D0E0F10" DISABLED,
      "5A0998106210325476981"
      "0" DISABLED,              /* short ICCID */
      ICCID DISABLED "990208F0", /* no bit string */
      ICCID DISABLED "9900",
      ICCID DISABLED "B6023005", /* cut off inside */
      ICCID DISABLED "B7028004",
      ICCID DISABLED "9080", /* indefinite */
  };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", members[i]);
    g_assert_null (parse_members (members[i], &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_envelope (void)
{
  static const struct {
    const char *hex;
    EsimError code;
  } cases[] = {
      {"", ESIM_ERROR_CARD_ERROR},
      {"BF2D00", ESIM_ERROR_CARD_ERROR},
      {"BF2802A000", ESIM_ERROR_CARD_ERROR},     /* another function's */
      {"BF2D02A00000", ESIM_ERROR_CARD_ERROR},   /* something behind it */
      {"BF2D04A000A000", ESIM_ERROR_CARD_ERROR}, /* two lists */
      {"BF2D03810100", ESIM_ERROR_CARD_ERROR},   /* error "ok" */
      {"BF2D03810101", ESIM_ERROR_CARD_ERROR},
      {"BF2D0381010B", ESIM_ERROR_BUSY},
      {"BF2D0381017F", ESIM_ERROR_CARD_ERROR},
      {"BF2D038101FF", ESIM_ERROR_CARD_ERROR}, /* negative */
      {"E103800100", ESIM_ERROR_NOT_SUPPORTED},
      {"BF2D02E100", ESIM_ERROR_NOT_SUPPORTED},
      {"BF2D04A002E100", ESIM_ERROR_NOT_SUPPORTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", cases[i].hex);
    g_assert_null (parse (cases[i].hex, &error));
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
  }
}

static void
test_counts (void)
{
  g_autofree char *profile = hex_tlv ("E3", ICCID DISABLED);
  g_autoptr (GString) many = g_string_new (NULL), targets = g_string_new (ICCID DISABLED);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) addresses = g_string_new (NULL);
  g_autofree char *list = NULL, *answer = NULL, *full = NULL, *full_answer = NULL, *configuration = NULL;
  g_autoptr (GPtrArray) good = NULL;

  for (guint i = 0; i < 64; i++)
    g_string_append (many, profile);
  full = hex_tlv ("A0", many->str);
  full_answer = hex_tlv ("BF2D", full);
  good = parse (full_answer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (good->len, ==, 64);

  g_string_append (many, profile);
  list = hex_tlv ("A0", many->str);
  answer = hex_tlv ("BF2D", list);
  g_assert_null (parse (answer, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);

  for (guint i = 0; i < 33; i++)
    g_string_append (addresses, "3007800204108101"
                                "61");
  configuration = hex_tlv ("B6", addresses->str);
  g_string_append (targets, configuration);
  g_assert_null (parse_members (targets->str, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_truncated (void)
{
  g_autofree char *members = pack (FULL_MEMBERS);
  g_autofree char *hex = make_list (members);
  g_autoptr (GBytes) whole = hex_bytes (hex);

  for (gsize length = 0; length < g_bytes_get_size (whole); length++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (whole, NULL), length);

    g_assert_null (esim_profile_info_list_parse (cut, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

/* Cut off inside, where the outer lengths still agree. */
static void
test_truncated_members (void)
{
  g_autofree char *members = pack (FULL_MEMBERS);
  guint refused = 0;

  for (gsize length = 0; members[length] != '\0'; length += 2) {
    g_autofree char *cut = g_strndup (members, length);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = parse_members (cut, &error);

    g_assert_true ((list == NULL) == (error != NULL));
    refused += list == NULL;
  }
  g_assert_cmpuint (refused, >, 100);
}

/* Seeded. One octet of a good answer is changed: a list or a typed error, and nothing else. */
static void
test_garbage (void)
{
  g_autofree char *members = pack (FULL_MEMBERS);
  g_autofree char *hex = make_list (members);
  g_autoptr (GBytes) whole = hex_bytes (hex);
  gsize length = g_bytes_get_size (whole);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++) {
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (whole, NULL), length);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (GPtrArray) list = NULL;

    data[g_rand_int_range (random, 0, (gint32) length)] = (guint8) g_rand_int (random);
    bytes = g_bytes_new_take (g_steal_pointer (&data), length);
    list = esim_profile_info_list_parse (bytes, &error);
    g_assert_true ((list == NULL) == (error != NULL));
    if (error != NULL)
      g_assert_true (error->domain == ESIM_ERROR);
  }
}

static void
test_equal (void)
{
  static const char *const others[] = {
      ICCID ENABLED,
      ICCID DISABLED "950101",
      ICCID DISABLED "90016E",
      ICCID DISABLED "91016E",
      ICCID DISABLED "92016E",
      ICCID DISABLED "99020780",
      ICCID DISABLED AID,
      ICCID DISABLED "B705800325F030",
      ICCID DISABLED "B703810101",
      ICCID DISABLED "B703820101",
      ICCID DISABLED "B6093007800204108101"
                     "61",
      "5A0A981062103254769810F3" DISABLED,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) base = parse_members (ICCID DISABLED, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GPtrArray) other = parse_members (others[i], &error);
    g_autoptr (GPtrArray) again = parse_members (others[i], &error);

    g_assert_no_error (error);
    g_assert_false (esim_profile_info_equal (base->pdata[0], other->pdata[0]));
    g_assert_false (esim_profile_info_equal (other->pdata[0], base->pdata[0]));
    g_assert_true (esim_profile_info_equal (again->pdata[0], other->pdata[0]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-info/full", test_full);
  g_test_add_func ("/profile-info/least", test_least);
  g_test_add_func ("/profile-info/no-profiles", test_no_profiles);
  g_test_add_func ("/profile-info/tolerant", test_tolerant);
  g_test_add_func ("/profile-info/refused", test_refused);
  g_test_add_func ("/profile-info/envelope", test_envelope);
  g_test_add_func ("/profile-info/counts", test_counts);
  g_test_add_func ("/profile-info/truncated", test_truncated);
  g_test_add_func ("/profile-info/truncated-members", test_truncated_members);
  g_test_add_func ("/profile-info/garbage", test_garbage);
  g_test_add_func ("/profile-info/equal", test_equal);
  return g_test_run ();
}
