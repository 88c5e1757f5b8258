/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nm-fixture.h"

const EsimNmRequest nm_plain = {.iccid = ICCID, .name = "Travel", .apn = "internet"};

static void
on_changed (EsimNetworkManager *manager, NmFixture *f)
{
  f->n_changed++;
}

void
nm_set_up (NmFixture *f, gconstpointer data)
{
  f->bus = played_bus_new ();
  f->nm = played_nm_new (f->bus);
  f->manager = esim_network_manager_new (f->bus->ours);
  g_signal_connect (f->manager, "changed", G_CALLBACK (on_changed), f);
}

void
nm_tear_down (NmFixture *f, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (f->manager, f);
  esim_network_manager_stop (f->manager);
  played_bus_settle (f->bus);
  g_assert_cmpuint (G_OBJECT (f->manager)->ref_count, ==, 1);
  g_object_unref (f->manager);
  played_nm_free (f->nm);
  played_bus_free (f->bus);
  g_free (f->uuid);
  g_clear_error (&f->error);
}

static gboolean
is_settled (gpointer data)
{
  return esim_network_manager_is_settled (((NmFixture *) data)->manager);
}

/* With NetworkManager on the bus, and everything read. */
void
nm_begin (NmFixture *f)
{
  played_nm_appear (f->nm);
  esim_network_manager_start (f->manager);
  played_bus_wait (is_settled, f);
}

static gboolean
has_changed (gpointer data)
{
  return ((NmFixture *) data)->n_changed > 0;
}

void
nm_wait_for_change (NmFixture *f)
{
  f->n_changed = 0;
  played_bus_wait (has_changed, f);
  played_bus_wait (is_settled, f);
}

guint
nm_count (NmFixture *f, const char *iccid)
{
  g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, iccid);

  return found->len;
}

EsimNmConnection *
nm_only (NmFixture *f)
{
  g_autoptr (GPtrArray) found = esim_network_manager_find (f->manager, ICCID);

  g_assert_cmpuint (found->len, ==, 1);
  return esim_nm_connection_ref (g_ptr_array_index (found, 0));
}

void
nm_on_done (const char *uuid, const GError *error, gpointer data)
{
  NmFixture *f = data;

  f->n_done++;
  g_clear_error (&f->error);
  g_free (f->uuid);
  f->uuid = g_strdup (uuid);
  f->error = error != NULL ? g_error_copy (error) : NULL;
  g_assert_true ((uuid == NULL) == (error != NULL));
}

static gboolean
is_done (gpointer data)
{
  return ((NmFixture *) data)->n_done > 0;
}

void
nm_wait_until_done (NmFixture *f)
{
  played_bus_wait (is_done, f);
  g_assert_cmpuint (f->n_done, ==, 1);
}

void
nm_create (NmFixture *f, const EsimNmRequest *request)
{
  f->n_done = 0;
  esim_network_manager_create (f->manager, request, nm_on_done, f);
  g_assert_cmpuint (f->n_done, ==, 0);
  nm_wait_until_done (f);
}

void
nm_remove (NmFixture *f, const char *uuid)
{
  f->n_done = 0;
  esim_network_manager_remove (f->manager, uuid, nm_on_done, f);
  g_assert_cmpuint (f->n_done, ==, 0);
}

void
nm_assert_says (NmFixture *f, const char *path, const char *setting, const char *key, const char *wanted)
{
  g_autofree char *text = played_nm_dup (f->nm, path, setting, key);

  g_assert_cmpstr (text, ==, wanted);
}

void
nm_assert_calls (NmFixture *f, const char *wanted)
{
  g_assert_cmpstr (f->nm->calls->str, ==, wanted);
  g_string_truncate (f->nm->calls, 0);
}
