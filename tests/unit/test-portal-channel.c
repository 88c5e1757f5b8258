/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-portal-channel.h"
#include "portal-fixture.h"

#include <string.h>

#define WEB(id, more) "[channel " id "]\nsource=s\ntype=web\nurl=https://" id ".lab.example/\n" more
#define PHONE(id, more) "[channel " id "]\nsource=s\ntype=phone\n" more
#define STEP(id, order, more) "[step " id "]\nsource=s\norder=" order "\n" more

static GVariant *
describe_tasks (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now)
{
  GVariant *tasks = g_variant_ref_sink (esim_portal_describe_tasks (record, carrier, now));

  g_assert_true (g_variant_is_of_type (tasks, G_VARIANT_TYPE ("aa{sv}")));
  return tasks;
}

/* (transfer full): what stands under "id" in each, with a blank behind */
static char *
join_ids (GVariant *list)
{
  GString *ids = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (list, i);

    g_string_append_printf (ids, "%s ", portal_fixture_string (entry, "id"));
  }
  return g_string_free (ids, FALSE);
}

static void
assert_tasks (const char *facts, const char *plan, const char *wanted)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GVariant) tasks = NULL;
  g_autofree char *ids = NULL;

  esim_set_string (&record->plan, plan);
  tasks = describe_tasks (record, carrier, NOW);
  ids = join_ids (tasks);
  g_assert_cmpstr (ids, ==, wanted);
}

static void
test_order (void)
{
  static const char facts[] = STEP ("c", "10", "") STEP ("a", "2", "plans=p\n") STEP ("b", "2", "plans=q\n")
      STEP ("d", "0", "") STEP ("e", "10", "");
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GVariant) unknown = describe_tasks (record, NULL, NOW);

  assert_tasks (facts, "p", "d a c e ");
  assert_tasks (facts, "q", "d b c e ");
  /* Which it is is not known: each is shown, and says of which plans it is. */
  assert_tasks (facts, "", "d a b c e ");
  assert_tasks (BANGKOK, "p", "");
  g_assert_cmpuint (g_variant_n_children (unknown), ==, 0);
}

static GVariant *
nth (GVariant *list, const char *key, guint n)
{
  g_autoptr (GVariant) inner =
      key != NULL ? g_variant_lookup_value (list, key, G_VARIANT_TYPE ("aa{sv}")) : NULL;

  return g_variant_get_child_value (inner != NULL ? inner : list, n);
}

static void
test_task (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GVariant) tasks = NULL, first = NULL, second = NULL, text = NULL;
  const char *words = NULL;
  gint64 time = -1;

  g_variant_unref (record->tasks_done);
  record->tasks_done = g_variant_ref_sink (g_variant_new_parsed ("{'second': %x}", NOW - 60));
  tasks = describe_tasks (record, carrier, NOW);
  first = nth (tasks, NULL, 0);
  second = nth (tasks, NULL, 1);
  g_assert_cmpstr (portal_fixture_string (first, "id"), ==, "first");
  text = g_variant_lookup_value (first, "text", G_VARIANT_TYPE ("a{ss}"));
  g_assert_true (g_variant_lookup (text, "", "&s", &words));
  g_assert_cmpstr (words, ==, "Ask for it");
  g_assert_true (g_variant_lookup (text, "zh_CN", "&s", &words));
  assert_words (first, "bring", "identity-document account-login ");
  assert_words (first, "returns", "reference ");
  g_assert_cmpstr (portal_fixture_string (first, "state"), ==, "pending");
  g_assert_true (g_variant_lookup (first, "time", "x", &time));
  g_assert_cmpint (time, ==, 0);
  g_assert_cmpstr (portal_fixture_string (second, "state"), ==, "done");
  g_assert_true (g_variant_lookup (second, "time", "x", &time));
  g_assert_cmpint (time, ==, NOW - 60);
  g_assert_true (g_variant_lookup (second, "text", "a{ss}", NULL));
}

static void
test_channel (void)
{
  static const char facts[] = BANGKOK STEP ("s", "1", "channel=shop;call;gone\n") STEP (
      "t", "2",
      "") "[channel shop]\nsource=s\ntype=shop\naddress=Bangkok\nexclusive=true\n"
          "[channel call]\nsource=s\ntype=phone\nnumbers=1175\nnumbers-from-abroad=+66 2 271 9000\n"
          "hours=mon-fri 09:00-18:00;sat 10:00-16:00\ncannot-end=true\nconflict=x\n"
          "[channel gone]\nsource=s\ntype=chat\nplans=q\n[channel other]\nsource=s\ntype=phone\nconflict=x\n";
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GVariant) tasks = describe_tasks (record, carrier, NOW);
  g_autoptr (GVariant) task = nth (tasks, NULL, 0), bare = nth (tasks, NULL, 1);
  g_autoptr (GVariant) shop = nth (task, "channels", 0), call = nth (task, "channels", 1);
  g_autoptr (GVariant) channels = g_variant_lookup_value (task, "channels", NULL);
  g_autoptr (GVariant) none = g_variant_lookup_value (bare, "channels", G_VARIANT_TYPE ("aa{sv}"));
  gboolean flag = FALSE;

  /* What is said of another plan is no way for this one. */
  g_assert_cmpuint (g_variant_n_children (channels), ==, 2);
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
  g_assert_cmpstr (portal_fixture_string (shop, "id"), ==, "shop");
  g_assert_cmpstr (portal_fixture_string (shop, "type"), ==, "shop");
  g_assert_true (g_variant_lookup (shop, "address", "a{ss}", NULL));
  g_assert_true (g_variant_lookup (shop, "exclusive", "b", &flag) && flag);
  g_assert_cmpstr (portal_fixture_string (shop, "open"), ==, "unknown");
  g_assert_cmpstr (portal_fixture_string (shop, "conflict"), ==, "");
  g_assert_cmpstr (portal_fixture_string (shop, "hours"), ==, "(absent)");
  g_assert_cmpstr (portal_fixture_string (shop, "url"), ==, "(absent)");
  assert_words (call, "numbers", "1175 ");
  assert_words (call, "numbers-from-abroad", "+66 2 271 9000 ");
  g_assert_cmpstr (portal_fixture_string (call, "hours"), ==, "mon-fri 09:00-18:00;sat 10:00-16:00");
  g_assert_true (g_variant_lookup (call, "cannot-end", "b", &flag) && flag);
  g_assert_cmpstr (portal_fixture_string (call, "conflict"), ==, "x");
}

static void
assert_hours (const char *now, const char *open, const char *opens_at)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (BANGKOK HOTLINE);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);
  g_autoptr (GVariant) contact =
      g_variant_ref_sink (esim_portal_describe_contact (record, carrier, portal_fixture_at (now)));
  gint64 at = -1;

  g_assert_cmpstr (portal_fixture_string (contact, "open"), ==, open);
  g_assert_true (g_variant_lookup (contact, "opens-at", "x", &at));
  g_assert_cmpint (at, ==, opens_at != NULL ? portal_fixture_at (opens_at) : 0);
}

/* In the carrier's time zone, and not in the user's. */
static void
test_hours (void)
{
  assert_hours ("2026-11-20T02:00:00Z", "yes", NULL);
  assert_hours ("2026-11-20T01:59:59Z", "no", "2026-11-20T09:00:00+07:00");
  assert_hours ("2026-11-20T11:00:00Z", "no", "2026-11-23T09:00:00+07:00");
}

/* @wanted: the channel; NULL: nothing is known to call */
static void
assert_contact (const char *facts, const char *plan, const char *wanted)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);
  g_autoptr (GVariant) contact = NULL;

  esim_set_string (&record->plan, plan);
  contact = esim_portal_describe_contact (record, carrier, NOW);
  if (wanted == NULL) {
    g_assert_null (contact);
    return;
  }
  g_assert_nonnull (contact);
  g_variant_ref_sink (contact);
  g_assert_cmpstr (portal_fixture_string (contact, "channel"), ==, wanted);
  g_assert_true (g_variant_lookup (contact, "numbers", "as", NULL));
}

static void
test_contact (void)
{
  static const char doubtful[] = PHONE ("a", "numbers=111\nconflict=x\n")
      PHONE ("b", "numbers=222\nconflict=x\n") PHONE ("c", "numbers=333\n");
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);

  assert_contact (doubtful, "p", "c");
  assert_contact (PHONE ("a", "numbers=111\nconflict=x\n") PHONE ("b", "numbers=222\nconflict=x\n"), "p",
                  "a");
  assert_contact (PHONE ("a", "") PHONE ("b", "numbers=222\n"), "p", "b");
  assert_contact (PHONE ("a", "numbers=111\nplans=q\n") PHONE ("b", "numbers=222\nplans=p\n"), "p", "b");
  assert_contact (PHONE ("a", "numbers=111\nplans=q\n"), "p", NULL);
  assert_contact (PHONE ("a", ""), "p", NULL);
  /* A number for text messages is none to call. */
  assert_contact ("[channel a]\nsource=s\ntype=sms\nnumbers=111\nmessage=STOP\n", "p", NULL);
  assert_contact (BANGKOK, "p", NULL);
  g_assert_null (esim_portal_describe_contact (record, NULL, NOW));
}

/* @wanted: the channel; NULL: there is no page on which it can be ended */
static void
assert_page (const char *facts, const char *plan, const char *wanted)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  const EsimCarrierFact *page;

  esim_set_string (&record->plan, plan);
  page = esim_portal_find_page (record, carrier);
  g_assert_cmpstr (page != NULL ? page->id : NULL, ==, wanted);
}

static void
test_page (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);

  g_assert_null (esim_portal_find_page (record, NULL));
  assert_page (FULL, "p", "page");
  /* In the order of the steps, and of the ways that each names. */
  assert_page (WEB ("a", "") WEB ("b", "") STEP ("x", "2", "channel=a\n") STEP ("y", "1", "channel=b\n"), "p",
               "b");
  assert_page (PHONE ("c", "numbers=1\n") WEB ("a", "") WEB ("b", "") STEP ("x", "1", "channel=c;b;a\n"), "p",
               "b");
  /* A page that no step names is a page for other things, unless there is no other way. */
  assert_page (WEB ("a", "") STEP ("x", "1", ""), "p", NULL);
  assert_page (WEB ("a", "exclusive=true\n"), "p", "a");
  /* Nothing can be ended there. */
  assert_page (WEB ("a", "cannot-end=true\n") STEP ("x", "1", "channel=a\n"), "p", NULL);
  assert_page ("[channel a]\nsource=s\ntype=web\nexclusive=true\n", "p", NULL);
  assert_page (WEB ("a", "plans=q\nexclusive=true\n"), "p", NULL);
  assert_page (WEB ("a", "plans=q\nexclusive=true\n"), "q", "a");
  /* A plan that nobody knows may be any: the page of one is not opened for another. */
  assert_page (WEB ("a", "plans=q\nexclusive=true\n"), "", NULL);
  assert_page (WEB ("a", "exclusive=true\n"), "", "a");
  assert_page (WEB ("a", "plans=q\n") STEP ("one", "1", "channel=a\n"), "", NULL);
  assert_page (WEB ("a", "") STEP ("one", "1", "plans=q\nchannel=a\n"), "", NULL);
}

static void
test_hosts (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (
      WEB ("a", "hosts=login.lab.example;a.lab.example;pay.lab.example\nexclusive=true\n"));
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_auto (GStrv) hosts = esim_portal_dup_hosts (esim_portal_find_page (record, carrier));

  /* Its own first, each once, and none besides. */
  g_assert_cmpuint (g_strv_length (hosts), ==, 3);
  g_assert_cmpstr (hosts[0], ==, "a.lab.example");
  g_assert_cmpstr (hosts[1], ==, "login.lab.example");
  g_assert_cmpstr (hosts[2], ==, "pay.lab.example");
}

static void
test_words (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_auto (GStrv) bring = esim_portal_dup_words (record, carrier, "bring");
  g_auto (GStrv) nothing = esim_portal_dup_words (record, NULL, "bring");
  g_autofree char *list = g_strjoinv (" ", bring);

  g_assert_cmpstr (list, ==, "identity-document account-login phone-number");
  g_assert_null (nothing[0]);
  g_assert_true (esim_portal_has_task (record, carrier, "second"));
  g_assert_false (esim_portal_has_task (record, carrier, "third"));
  g_assert_false (esim_portal_has_task (record, NULL, "second"));
}

static void
test_plan (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);

  g_assert_cmpstr (esim_portal_get_plan (record), ==, "p");
  esim_set_string (&record->plan, "");
  g_assert_null (esim_portal_get_plan (record));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/portal-channel/order", test_order);
  g_test_add_func ("/portal-channel/task", test_task);
  g_test_add_func ("/portal-channel/channel", test_channel);
  g_test_add_func ("/portal-channel/hours", test_hours);
  g_test_add_func ("/portal-channel/contact", test_contact);
  g_test_add_func ("/portal-channel/page", test_page);
  g_test_add_func ("/portal-channel/hosts", test_hosts);
  g_test_add_func ("/portal-channel/words", test_words);
  g_test_add_func ("/portal-channel/plan", test_plan);
  return g_test_run ();
}
