/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "hex.h"
#include "host-fixture.h"

typedef gboolean (*Step) (EsimCardHost *host, GError **error);

/* A job: one step after the other, then the end. */
typedef struct {
  HostFixture *fixture;
  const Step *steps;
  int code; /* −1: each succeeds; else: how the last one ends */
} Job;

static void
job (gpointer data)
{
  Job *self = data;
  g_autoptr (GError) error = NULL;

  for (const Step *step = self->steps; *step != NULL; step++)
    if (!(*step) (self->fixture->host, &error)) {
      g_assert_null (step[1]);
      break;
    }
  if (self->code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, ESIM_ERROR, self->code);
  esim_card_host_end (self->fixture->host, error);
}

static void
run (HostFixture *fixture, int code, const Step *steps)
{
  Job data = {fixture, steps, code};

  host_fixture_run (fixture, job, &data);
}

#define RUN(fixture, code, ...) run (fixture, code, (const Step[]){__VA_ARGS__, NULL})

static const char *const two[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("01"), NULL};

static gboolean
begin (EsimCardHost *host, GError **error)
{
  return esim_card_host_begin (host, EID, error) != NULL;
}

static gboolean
begin_any (EsimCardHost *host, GError **error)
{
  return esim_card_host_begin (host, NULL, error) != NULL;
}

static gboolean
read_profiles (EsimCardHost *host, GError **error)
{
  return esim_card_host_read_profiles (host, error) != NULL;
}

static gboolean
get_profiles (EsimCardHost *host, GError **error)
{
  return esim_card_host_get_profiles (host, error) != NULL;
}

static gboolean
get_info (EsimCardHost *host, GError **error)
{
  return esim_card_host_get_info (host, FALSE, error) != NULL;
}

static gboolean
get_whole_info (EsimCardHost *host, GError **error)
{
  return esim_card_host_get_info (host, TRUE, error) != NULL;
}

static gboolean
get_session (EsimCardHost *host, GError **error)
{
  return esim_card_host_get_session (host, EID, error) != NULL;
}

static gboolean
save (EsimCardHost *host, GError **error)
{
  return esim_card_host_save_notifications (host, FALSE, error) != NULL;
}

static gboolean
save_fresh (EsimCardHost *host, GError **error)
{
  return esim_card_host_save_notifications (host, TRUE, error) != NULL;
}

static gboolean
expect_more (EsimCardHost *host, GError **error)
{
  esim_card_host_expect_notifications (host);
  return TRUE;
}

static gboolean
remove_second (EsimCardHost *host, GError **error)
{
  return esim_card_host_remove_notification (host, 2, error);
}

static gboolean
mark (EsimCardHost *host, GError **error)
{
  return esim_card_host_mark_unsaved (host, error);
}

static gboolean
is_marked (EsimCardHost *host, GError **error)
{
  return esim_card_host_is_marked_unsaved (host);
}

static gboolean
close_it (EsimCardHost *host, GError **error)
{
  esim_card_host_close (host);
  return TRUE;
}

static gboolean
go_away (EsimCardHost *host, GError **error)
{
  fake_card_set_gone (FAKE_CARD (esim_card_host_get_card (host)), TRUE);
  return TRUE;
}

static gboolean
fail_with (EsimError code, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, (int) code, "told to fail");
  return FALSE;
}

static gboolean
time_out (EsimCardHost *host, GError **error)
{
  return fail_with (ESIM_ERROR_TIMED_OUT, error);
}

static gboolean
fail_modem (EsimCardHost *host, GError **error)
{
  return fail_with (ESIM_ERROR_MODEM_ERROR, error);
}

static gboolean
refuse (EsimCardHost *host, GError **error)
{
  return fail_with (ESIM_ERROR_POLICY_VIOLATION, error);
}

/* Nothing is asked twice, within a job and from one to the next. */
static void
test_session_is_kept (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  const HostNews *news = host_fixture_get_news (fixture);

  expect_session (fixture->card, EID);
  expect_list (fixture->card, two);
  expect_info (fixture->card);
  RUN (fixture, -1, begin, begin_any, get_profiles, get_profiles, get_info);
  RUN (fixture, -1, begin, get_profiles, get_info, get_session);
  g_assert_cmpuint (fake_card_get_opened (fixture->card), ==, 1);
  g_assert_cmpuint (news->opened, ==, 1);
  g_assert_cmpuint (news->snapshots, ==, 1); /* the second job learned nothing new */
  g_assert_cmpstr (news->snapshot->eid, ==, EID);
  g_assert_cmpuint (news->snapshot->slot, ==, 2);
  g_assert_cmpuint (news->snapshot->profiles->len, ==, 2);
  g_assert_cmpstr (news->snapshot->info->ci_key_ids[0], ==, KEY_ID);
  g_assert_null (news->snapshot->notifications);
  g_assert_nonnull (esim_card_snapshot_find (news->snapshot, OTHER_ICCID));
  g_assert_null (esim_card_snapshot_find (news->snapshot, "8900000000000000000"));
}

static void
test_whole_info (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  expect_session (fixture->card, EID);
  for (guint i = 0; i < 2; i++)
    fake_card_expect (fixture->card, "81E2910003BF220000", "BF220A820302050083030102039000");
  RUN (fixture, -1, get_whole_info, get_info, get_whole_info);
}

static void
test_without_linger (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new_lingering (0);

  expect_session (fixture->card, EID);
  RUN (fixture, -1, begin);
  g_assert_cmpuint (fake_card_get_open_count (fixture->card), ==, 0);
  expect_session (fixture->card, EID);
  RUN (fixture, -1, begin);
  g_assert_cmpuint (fake_card_get_opened (fixture->card), ==, 2);
  g_assert_cmpuint (host_fixture_get_news (fixture)->opened, ==, 1); /* the port stays open */
}

static void
close_job (gpointer data)
{
  esim_card_host_close (((HostFixture *) data)->host);
}

static void
shut_job (gpointer data)
{
  esim_card_host_shut (((HostFixture *) data)->host);
}

static void
sleep_job (gpointer data)
{
  esim_wait_sleep (100);
}

static void
nothing_job (gpointer data)
{
}

static void
test_linger_ends (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new_lingering (10);

  expect_session (fixture->card, EID);
  RUN (fixture, -1, begin);
  host_fixture_run (fixture, sleep_job, NULL);   /* in it the time runs out */
  host_fixture_run (fixture, nothing_job, NULL); /* the closing was a job before this one */
  g_assert_cmpuint (fake_card_get_open_count (fixture->card), ==, 0);
}

/* After an error of the card or the modem the session is in doubt; after a refusal it is not. */
static void
test_session_in_doubt (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  expect_session (fixture->card, EID);
  RUN (fixture, ESIM_ERROR_POLICY_VIOLATION, begin, refuse);
  g_assert_cmpuint (fake_card_get_open_count (fixture->card), ==, 1);
  RUN (fixture, ESIM_ERROR_MODEM_ERROR, begin, fail_modem);
  g_assert_cmpuint (fake_card_get_open_count (fixture->card), ==, 0);
  g_assert_cmpuint (host_fixture_get_news (fixture)->shut, ==, 0);
}

/* Without an answer the two may have lost step: the device is opened anew, and what stayed open is closed. */
static void
test_no_answer (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (FakeCard) again = fake_card_new ();

  expect_session (fixture->card, EID);
  RUN (fixture, ESIM_ERROR_TIMED_OUT, begin, time_out);
  g_assert_cmpuint (host_fixture_get_news (fixture)->shut, ==, 1);
  host_fixture_offer (fixture, again);
  fake_card_expect_close_stale (again, -1);
  expect_session (again, EID);
  RUN (fixture, -1, begin);
  g_assert_cmpuint (host_fixture_get_news (fixture)->opened, ==, 2);
}

static void
test_other_card (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  expect_session (fixture->card, OTHER_EID);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, begin);
  expect_session (fixture->card, OTHER_EID);
  RUN (fixture, -1, begin_any);
}

/* What was known of the first card is not taken for the second's. */
static void
test_swapped (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (FakeCard) other = fake_card_new ();
  const HostNews *news = host_fixture_get_news (fixture);

  host_fixture_offer (fixture, other);
  expect_session (fixture->card, EID);
  expect_list (fixture->card, two);
  expect_info (fixture->card);
  expect_notifications (fixture->card, "");
  RUN (fixture, -1, get_profiles, get_info, save);
  host_fixture_run (fixture, close_job, fixture);
  fake_card_set_gone (fixture->card, TRUE);
  expect_session (other, OTHER_EID);
  expect_list (other, (const char *const[]){OTHER_PROFILE ("00"), NULL});
  expect_notifications (other, "");
  RUN (fixture, -1, begin_any, get_profiles, save);
  g_assert_cmpstr (news->snapshot->eid, ==, OTHER_EID);
  g_assert_cmpuint (news->snapshot->profiles->len, ==, 1);
  g_assert_null (news->snapshot->info);
  g_assert_cmpuint (news->opened, ==, 2);
  g_assert_cmpuint (news->shut, ==, 1);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, begin);
  host_fixture_run (fixture, close_job, fixture);
  fake_card_assert_done (other);
}

/* A session is only good for a list that was read in it. */
static void
test_get_session (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  RUN (fixture, ESIM_ERROR_CARD_REMOVED, get_session);
  expect_session (fixture->card, EID);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, begin, get_session);
  expect_session (fixture->card, EID);
  expect_list (fixture->card, two);
  expect_session (fixture->card, EID);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, read_profiles, get_session, close_it, begin, get_profiles,
       get_session);
}

/* The port went between two commands of one job and came back with another card: its list is not ours. */
static void
test_get_session_of_another (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (FakeCard) other = fake_card_new ();

  host_fixture_offer (fixture, other);
  expect_session (fixture->card, EID);
  /* It may have been the proxy that went. */
  fake_card_expect_close_stale (other, -1);
  expect_session (other, OTHER_EID);
  expect_list (other, two);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, begin, go_away, read_profiles, get_session);
  host_fixture_run (fixture, close_job, fixture);
  fake_card_assert_done (other);
}

static void
test_notifications (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  const HostNews *news = host_fixture_get_news (fixture);

  expect_session (fixture->card, EID);
  expect_list (fixture->card, two);
  expect_notifications (fixture->card, NOTIFICATION ("02", "410") NOTIFICATION ("01", "520"));
  expect_info (fixture->card);
  RUN (fixture, -1, get_profiles, mark, is_marked, save, save);
  g_assert_false (esim_store_has (fixture->store, "unsaved", EID));
  g_assert_cmpuint (news->saved, ==, 2);
  g_assert_cmpuint (host_fixture_count (fixture, "notifications"), ==, 2);
  /* Saving twice is once. */
  expect_notifications (fixture->card, NOTIFICATION ("02", "410") NOTIFICATION ("01", "520"));
  RUN (fixture, -1, save_fresh);
  expect_notifications (fixture->card, NOTIFICATION ("02", "410") NOTIFICATION ("03", "640"));
  RUN (fixture, -1, expect_more, save, save);
  g_assert_cmpuint (news->saved, ==, 6);
  g_assert_cmpuint (host_fixture_count (fixture, "notifications"), ==, 3);
  g_assert_cmpuint (news->snapshot->notifications->len, ==, 2);
  fake_card_expect (fixture->card, "81E2910006BF300380010200", "BF30038001009000");
  RUN (fixture, -1, remove_second);
  g_assert_cmpuint (news->snapshot->notifications->len, ==, 1);
  g_assert_cmpuint (((EsimNotification *) news->snapshot->notifications->pdata[0])->sequence, ==, 3);
}

/* What could not be saved is asked for again, and the mark stays. */
/* The card went with its answer, and its information would be read from another: theirs are not the other's.
 */
static void
test_saving_from_another (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (FakeCard) other = fake_card_new ();
  g_autofree char *all = hex_tlv ("A0", NOTIFICATION ("05", "410")), *answer = hex_tlv ("BF2B", all);
  g_autofree char *last = g_strconcat (answer, "9000", NULL);

  host_fixture_offer (fixture, other);
  expect_session (fixture->card, EID);
  fake_card_expect_last (fixture->card, RETRIEVE, last);
  fake_card_expect_close_stale (other, -1);
  expect_session (other, OTHER_EID);
  expect_info (other);
  RUN (fixture, ESIM_ERROR_CARD_REMOVED, begin, save);
  g_assert_cmpuint (host_fixture_count (fixture, "notifications"), ==, 0);
  host_fixture_run (fixture, close_job, fixture);
  fake_card_assert_done (other);
}

static void
test_saving_fails (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  folder_put (fixture->folder, "notifications", "in the way");
  expect_session (fixture->card, EID);
  expect_notifications (fixture->card, NOTIFICATION ("02", "410"));
  expect_info (fixture->card);
  RUN (fixture, ESIM_ERROR_STORAGE_ERROR, begin, mark, save);
  g_assert_true (esim_store_has (fixture->store, "unsaved", EID));
  expect_notifications (fixture->card, NOTIFICATION ("02", "410"));
  RUN (fixture, ESIM_ERROR_STORAGE_ERROR, save);
}

static guint
count_channel_marks (HostFixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    count += g_str_has_prefix (name, "channel-");
  return count;
}

/* The mark is there as long as the channel is; one that was left behind has stale channels closed. */
static void
test_channel_mark (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (FakeCard) again = fake_card_new ();
  g_autoptr (GDir) dir = NULL;
  g_autofree char *name = NULL;

  host_fixture_offer (fixture, again);
  expect_session (fixture->card, EID);
  RUN (fixture, -1, begin);
  g_assert_cmpuint (count_channel_marks (fixture), ==, 1);
  dir = g_dir_open (fixture->folder, 0, NULL);
  name = g_strdup (g_dir_read_name (dir));
  RUN (fixture, -1, close_it);
  g_assert_cmpuint (count_channel_marks (fixture), ==, 0);
  host_fixture_run (fixture, shut_job, fixture);
  folder_put (fixture->folder, name, "");
  fake_card_expect_close_stale (again, -1);
  expect_session (again, EID);
  RUN (fixture, -1, begin, close_it);
  fake_card_assert_done (again);
}

static void
emit_job (gpointer data)
{
  HostFixture *fixture = data;

  g_signal_emit_by_name (fixture->card, "changed");
  g_signal_emit_by_name (fixture->card, "gone");
}

static void
test_signals (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  const HostNews *news = host_fixture_get_news (fixture);

  expect_session (fixture->card, EID);
  RUN (fixture, -1, begin);
  host_fixture_run (fixture, emit_job, fixture);
  g_assert_cmpuint (news->changed, ==, 1);
  g_assert_cmpuint (news->gone, ==, 1);
  host_fixture_run (fixture, shut_job, fixture);
  host_fixture_run (fixture, emit_job, fixture); /* nobody listens any more */
  g_assert_cmpuint (news->changed, ==, 1);
}

static gboolean
rename_it (EsimCardHost *host, GError **error)
{
  g_autoptr (EsimProfileInfo) renamed =
      esim_profile_info_with_nickname (esim_card_host_find_profile (host, ICCID), "Reise");

  esim_card_host_replace_profile (host, renamed);
  return TRUE;
}

/* A snapshot that was given out stays as it is. */
static void
test_replace_profile (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  const HostNews *news = host_fixture_get_news (fixture);
  g_autoptr (EsimCardSnapshot) before = NULL;

  expect_session (fixture->card, EID);
  expect_list (fixture->card, two);
  RUN (fixture, -1, get_profiles);
  before = esim_card_snapshot_ref (news->snapshot);
  RUN (fixture, -1, rename_it);
  g_assert_cmpstr (esim_card_snapshot_find (before, ICCID)->nickname, ==, "");
  g_assert_cmpstr (esim_card_snapshot_find (news->snapshot, ICCID)->nickname, ==, "Reise");
  g_assert_cmpuint (news->snapshot->profiles->len, ==, 2);
}

#define ADD(name, function) g_test_add_func ("/card-host/" name, function)

/* A switch that an earlier run began, and a modem that lets nobody in before it is reset: three times at
 * most. */
static void
test_cut_off (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();
  g_autoptr (GKeyFile) mark = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_store_write (fixture->store, "unsaved", EID, 1, mark, &error));
  g_assert_no_error (error);
  esim_card_host_free (fixture->host);
  fixture->host = esim_card_host_new (&fixture->setup);
  fake_card_set_open_failure (fixture->card, ESIM_ERROR_MODEM_ERROR);
  for (guint i = 0; i < 3; i++) {
    fake_card_expect_reset (fixture->card, ESIM_CARD_RESET_CARD, -1);
    RUN (fixture, ESIM_ERROR_MODEM_ERROR, begin);
  }
  RUN (fixture, ESIM_ERROR_MODEM_ERROR, begin);
}

/* Where nothing was cut off, a modem without a channel is not disturbed. */
static void
test_not_cut_off (void)
{
  g_autoptr (HostFixture) fixture = host_fixture_new ();

  fake_card_set_open_failure (fixture->card, ESIM_ERROR_MODEM_ERROR);
  RUN (fixture, ESIM_ERROR_MODEM_ERROR, begin);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cut-off", test_cut_off);
  ADD ("not-cut-off", test_not_cut_off);
  ADD ("session-is-kept", test_session_is_kept);
  ADD ("whole-info", test_whole_info);
  ADD ("without-linger", test_without_linger);
  ADD ("linger-ends", test_linger_ends);
  ADD ("session-in-doubt", test_session_in_doubt);
  ADD ("no-answer", test_no_answer);
  ADD ("other-card", test_other_card);
  ADD ("swapped", test_swapped);
  ADD ("get-session", test_get_session);
  ADD ("get-session-of-another", test_get_session_of_another);
  ADD ("notifications", test_notifications);
  ADD ("saving-from-another", test_saving_from_another);
  ADD ("saving-fails", test_saving_fails);
  ADD ("channel-mark", test_channel_mark);
  ADD ("signals", test_signals);
  ADD ("replace-profile", test_replace_profile);
  return g_test_run ();
}
