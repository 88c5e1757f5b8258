/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-profile-metadata.h"
#include "hex.h"

#include <string.h>

#define ICCID "5A0A981062103254769810F2"
#define PROVIDER "9108 4F70657261746F72"
#define NAME "9205 48656C6C6F"
#define ICON "930101 9404 89504E47"
#define TARGETS "B615 3013 80020780 810D 6E2E6578616D706C652E636F6D"
#define OWNER "B70B 8003 62F210 810101 820102"
#define RULES "99020640"
#define STORED "BF2204 30028000"
#define NOT_STORED "BF2304 30028000"

static GBytes *
make_bytes (const char *members)
{
  g_autofree char *object = hex_tlv ("BF25", members);

  return hex_bytes (object);
}

static EsimProfileMetadata *
parse (const char *members, GError **error)
{
  g_autoptr (GBytes) bytes = make_bytes (members);

  return esim_profile_metadata_parse (bytes, error);
}

static EsimProfileMetadata *
make (const char *members)
{
  g_autoptr (GError) error = NULL;
  EsimProfileMetadata *metadata = parse (members, &error);

  g_assert_no_error (error);
  return metadata;
}

static void
test_full (void)
{
  g_autoptr (EsimProfileMetadata) self =
      make (ICCID PROVIDER NAME ICON "950100" TARGETS OWNER RULES STORED NOT_STORED "BF7F00");

  g_assert_cmpstr (self->iccid, ==, "8901260123456789012");
  g_assert_cmpstr (self->service_provider, ==, "Operator");
  g_assert_cmpstr (self->name, ==, "Hello");
  g_assert_cmpstr (self->icon_type, ==, "image/png");
  assert_bytes (self->icon, "89504E47");
  g_assert_cmpint (self->class_, ==, ESIM_PROFILE_CLASS_TEST);
  g_assert_cmpuint (self->n_targets, ==, 1);
  g_assert_cmpint (self->targets[0].events, ==, ESIM_EVENT_INSTALL);
  g_assert_cmpstr (self->targets[0].address, ==, "n.example.com");
  g_assert_true (self->has_owner);
  g_assert_cmpstr (self->home_operator, ==, "26201");
  assert_bytes (self->owner_gid1, "01");
  assert_bytes (self->owner_gid2, "02");
  g_assert_cmpint (self->policy_rules, ==, ESIM_PPR_1_NO_DISABLE);
  assert_bytes (self->service_specific, "BF220430028000");
}

static void
test_least (void)
{
  g_autoptr (EsimProfileMetadata) self = make (ICCID "9100 9200");

  g_assert_cmpstr (self->service_provider, ==, "");
  g_assert_cmpstr (self->name, ==, "");
  g_assert_cmpstr (self->icon_type, ==, "");
  g_assert_null (self->icon);
  g_assert_cmpint (self->class_, ==, ESIM_PROFILE_CLASS_OPERATIONAL);
  g_assert_false (self->has_owner);
  g_assert_cmpstr (self->home_operator, ==, "");
  g_assert_null (self->owner_plmn);
  g_assert_cmpint (self->policy_rules, ==, 0);
  g_assert_cmpuint (self->n_targets, ==, 0);
  g_assert_null (self->service_specific);
}

/* What cannot be shown is no icon, and no reason to refuse the profile. */
static void
test_icon (void)
{
  static const struct {
    const char *members;
    const char *type;
  } cases[] = {
      {ICCID "930100 9402 FFD8", "image/jpeg"},
      {ICCID "930101 9402 FFD8", "image/png"},
      {ICCID "930105 9402 FFD8", ""},
      {ICCID "9402 FFD8", ""},
      {ICCID "930100", ""},
      {ICCID "930100 9400", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimProfileMetadata) self = make (cases[i].members);

    g_assert_cmpstr (self->icon_type, ==, cases[i].type);
    g_assert_cmpint (self->icon != NULL, ==, cases[i].type[0] != '\0');
  }
}

/* Control characters of a server must not steer a terminal. */
static void
test_text (void)
{
  g_autoptr (EsimProfileMetadata) self = make (ICCID "9104 411B5B42 9202 FF41");

  g_assert_cmpstr (self->service_provider, ==, "A\xEF\xBF\xBD[B");
  g_assert_true (g_utf8_validate (self->name, -1, NULL));
}

static void
test_malformed (void)
{
  static const char *const bad[] = {
      "",                                        /* no ICCID */
      "9100 9200",                               /* likewise */
      ICCID ICCID,                               /* two */
      "5A02 9810",                               /* too short */
      "5A0A FFFFFFFFFFFFFFFFFFFF",               /* no digits */
      ICCID "950103",                            /* an unknown class */
      ICCID "9500",                              /* none */
      ICCID "9901",                              /* cut off */
      ICCID "990108",                            /* no bit string */
      ICCID "9900",                              /* likewise */
      ICCID "B703 810101",                       /* an owner without a number */
      ICCID "B704 8002 62F2",                    /* half of one */
      ICCID "B70A 8003 62F210 8003 62F210",      /* two */
      ICCID "B705 8003 62F210 B705 8003 62F210", /* two owners */
      ICCID "B604 3002 8005",                    /* cut off inside */
      ICCID "9101 41 9101 42",                   /* two names */
      ICCID "9300 9401 00",                      /* no kind of icon */
      ICCID "950100 950102",                     /* two classes */
      ICCID "99020640 99020700",                 /* two sets of rules */
      ICCID "B600 B600",                         /* two lists of addresses */
      ICCID "BF2200 BF2200",                     /* two of another kind */
      ICCID "B60B 3009 80020780 810141 8100",    /* two addresses in one */
  };
  g_autoptr (GBytes) none = hex_bytes (""), other = hex_bytes ("BF2600"), more = hex_bytes ("BF250000");
  GBytes *whole[] = {none, other, more};

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimProfileMetadata) self = parse (bad[i], &error);

    g_test_message ("%s", bad[i]);
    g_assert_null (self);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
  for (guint i = 0; i < G_N_ELEMENTS (whole); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimProfileMetadata) self = esim_profile_metadata_parse (whole[i], &error);

    g_assert_null (self);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
}

/* @unit, @count times, under @tag: at the bound it is taken, past it refused. */
static void
assert_bound (const char *tag, const char *prefix, guint max)
{
  for (guint length = max; length <= max + 1; length++) {
    g_autofree char *text = g_strnfill (2 * length, '4');
    g_autofree char *member = hex_tlv (tag, text);
    g_autofree char *members = g_strconcat (ICCID, prefix, member, NULL);
    g_autoptr (EsimProfileMetadata) self = parse (members, NULL);

    g_assert_cmpint (self != NULL, ==, length == max);
  }
}

static void
test_bounds (void)
{
  g_autoptr (GString) members = g_string_new (ICCID);
  g_autoptr (GString) targets = g_string_new (NULL);
  g_autofree char *huge = g_strnfill (2 * 33000, '0');
  g_autofree char *unknown = hex_tlv ("BF7F", huge);
  g_autofree char *with_unknown = g_strconcat (ICCID, unknown, NULL);
  g_autofree char *list = NULL;
  g_autoptr (EsimProfileMetadata) many = NULL, targeted = NULL, large = NULL;
  g_autoptr (GError) error = NULL;

  assert_bound ("91", "", 32);
  assert_bound ("92", "", 64);
  assert_bound ("94", "930101", 1024);
  for (guint i = 0; i < 64; i++)
    g_string_append (members, "9F7F00");
  many = parse (members->str, NULL);
  g_assert_null (many);
  for (guint i = 0; i < 33; i++)
    g_string_append (targets, "3000");
  list = hex_tlv ("B6", targets->str);
  g_string_assign (members, ICCID);
  g_string_append (members, list);
  targeted = parse (members->str, NULL);
  g_assert_null (targeted);
  large = parse (with_unknown, &error);
  g_assert_null (large);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_equal (void)
{
  static const struct {
    const char *shown;
    const char *packaged;
    const char *difference; /* NULL: none */
  } cases[] = {
      {ICCID PROVIDER NAME, ICCID PROVIDER NAME, NULL},
      {ICCID PROVIDER NAME, ICCID NAME PROVIDER, NULL},
      {ICCID PROVIDER NAME NOT_STORED, ICCID PROVIDER NAME, NULL},
      {ICCID PROVIDER NAME "950102", ICCID PROVIDER NAME, NULL},
      {ICCID PROVIDER NAME, ICCID PROVIDER NAME "950102", NULL},
      {ICCID PROVIDER NAME, ICCID PROVIDER NAME "950100", "class"},
      {ICCID PROVIDER NAME "950100", ICCID PROVIDER NAME, "class"},
      {ICCID PROVIDER NAME, ICCID PROVIDER "9205 48656C6C70", "name"},
      {ICCID PROVIDER NAME, ICCID NAME "9108 4F70657261746F73", "service provider"},
      {ICCID PROVIDER NAME, "5A0A981062103254769810F3" PROVIDER NAME, "ICCID"},
      {ICCID PROVIDER NAME, ICCID PROVIDER NAME RULES, "policy rules"},
      {ICCID PROVIDER NAME RULES, ICCID PROVIDER NAME, "policy rules"},
      {ICCID PROVIDER NAME RULES, ICCID PROVIDER NAME "99020520", "policy rules"},
      {ICCID PROVIDER NAME OWNER, ICCID PROVIDER NAME "B705 8003 62F210", "owner"},
      {ICCID PROVIDER NAME ICON, ICCID PROVIDER NAME "930101 9404 89504E48", "icon"},
      {ICCID PROVIDER NAME ICON, ICCID PROVIDER NAME "930100 9404 89504E47", "kind of icon"},
      {ICCID PROVIDER NAME TARGETS, ICCID PROVIDER NAME, "addresses"},
      {ICCID PROVIDER NAME, ICCID PROVIDER NAME "BF7F0101", "further data"},
      {ICCID PROVIDER NAME STORED, ICCID PROVIDER NAME, "further data"},
      {ICCID PROVIDER NAME "BF7F0101", ICCID PROVIDER NAME "BF7F0101 BF7F0101", "further data"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimProfileMetadata) shown = make (cases[i].shown), packaged = make (cases[i].packaged);
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    g_assert_cmpint (esim_profile_metadata_equal (shown, packaged, &error), ==, cases[i].difference == NULL);
    if (cases[i].difference == NULL)
      continue;
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    g_assert_nonnull (strstr (error->message, cases[i].difference));
  }
}

static void
test_words (void)
{
  g_autofree const char **none = esim_policy_rules_to_strings (0);
  g_autofree const char **all =
      esim_policy_rules_to_strings (ESIM_PPR_UPDATE_CONTROL | ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE);

  g_assert_null (none[0]);
  g_assert_cmpstr (all[0], ==, "ppr1");
  g_assert_cmpstr (all[1], ==, "ppr2");
  g_assert_cmpstr (all[2], ==, "update-control");
  g_assert_null (all[3]);
  g_assert_cmpstr (esim_profile_class_to_string (ESIM_PROFILE_CLASS_TEST), ==, "test");
  g_assert_cmpstr (esim_profile_class_to_string (ESIM_PROFILE_CLASS_PROVISIONING), ==, "provisioning");
  g_assert_cmpstr (esim_profile_class_to_string (ESIM_PROFILE_CLASS_OPERATIONAL), ==, "operational");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-metadata/full", test_full);
  g_test_add_func ("/profile-metadata/least", test_least);
  g_test_add_func ("/profile-metadata/icon", test_icon);
  g_test_add_func ("/profile-metadata/text", test_text);
  g_test_add_func ("/profile-metadata/malformed", test_malformed);
  g_test_add_func ("/profile-metadata/bounds", test_bounds);
  g_test_add_func ("/profile-metadata/equal", test_equal);
  g_test_add_func ("/profile-metadata/words", test_words);
  return g_test_run ();
}
