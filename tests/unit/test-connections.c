/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-connections.h"
#include "esim-error.h"

#define ICCID "8901260123456789012"

/* What is there, and what was asked. */
typedef struct {
  const char *const *there; /* "+uuid": ours, "-uuid": another's */
  const char *stays;        /* cannot be removed */
  GString *trace;
  guint removed;
  GError *error;
  gboolean done;
} Play;

static GPtrArray *
find (const char *iccid, gpointer data)
{
  Play *play = data;
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_connection_free);

  g_assert_cmpstr (iccid, ==, ICCID);
  for (guint i = 0; play->there[i] != NULL; i++)
    g_ptr_array_add (found,
                     esim_connection_new (play->there[i] + 1, "name", play->there[i][0] == '+', FALSE));
  return found;
}

static gboolean
is_settled (gpointer data)
{
  return TRUE;
}

static void
create (const EsimProfileInfo *profile, const char *apn, EsimConnectionsDone done, gpointer user_data,
        gpointer data)
{
  g_assert_not_reached ();
}

typedef struct {
  gboolean stays;
  EsimConnectionsDone done;
  gpointer user_data;
} Going;

static gboolean
on_going (gpointer data)
{
  Going *going = data;
  g_autoptr (GError) error = NULL;

  if (going->stays)
    error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_BUSY, "it stays");
  going->done (NULL, error, going->user_data);
  return G_SOURCE_REMOVE;
}

static void
take_away (const char *uuid, EsimConnectionsDone done, gpointer user_data, gpointer data)
{
  Play *play = data;
  Going *going = g_new (Going, 1);

  g_string_append_printf (play->trace, "%s ", uuid);
  *going = (Going){g_strcmp0 (uuid, play->stays) == 0, done, user_data};
  g_idle_add_full (G_PRIORITY_DEFAULT, on_going, going, g_free);
}

static void
on_done (guint removed, const GError *error, gpointer data)
{
  Play *play = data;

  g_assert_false (play->done);
  play->done = TRUE;
  play->removed = removed;
  play->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
assert_removed (const char *const *there, const char *stays, const char *trace, guint removed)
{
  Play play = {there, stays, g_string_new (NULL), 0, NULL, FALSE};
  const EsimConnections connections = {find, is_settled, create, take_away, &play};

  esim_connections_remove_ours (&connections, ICCID, on_done, &play);
  while (!play.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpstr (play.trace->str, ==, trace);
  g_assert_cmpuint (play.removed, ==, removed);
  if (stays != NULL)
    g_assert_error (play.error, ESIM_ERROR, ESIM_ERROR_BUSY);
  else
    g_assert_no_error (play.error);
  g_clear_error (&play.error);
  g_string_free (play.trace, TRUE);
}

static void
test_ours (void)
{
  assert_removed ((const char *const[]){"+a", "-b", "+c", "-d", NULL}, NULL, "c a ", 2);
}

static void
test_none (void)
{
  assert_removed ((const char *const[]){"-b", "-d", NULL}, NULL, "", 0);
  assert_removed ((const char *const[]){NULL}, NULL, "", 0);
}

/* One that stays keeps no other one. */
static void
test_one_stays (void)
{
  assert_removed ((const char *const[]){"+a", "+b", "+c", NULL}, "c", "c b a ", 2);
  assert_removed ((const char *const[]){"+a", "+b", "+c", NULL}, "a", "c b a ", 2);
}

static void
test_nobody (void)
{
  g_autoptr (GPtrArray) found = esim_connections_find (NULL, ICCID);
  Play play = {.trace = NULL};

  g_assert_cmpuint (found->len, ==, 0);
  esim_connections_remove_ours (NULL, ICCID, on_done, &play);
  g_assert_true (play.done);
  g_assert_cmpuint (play.removed, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connections/ours", test_ours);
  g_test_add_func ("/connections/none", test_none);
  g_test_add_func ("/connections/one-stays", test_one_stays);
  g_test_add_func ("/connections/nobody", test_nobody);
  return g_test_run ();
}
