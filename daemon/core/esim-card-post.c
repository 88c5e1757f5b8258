/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-post.h"

typedef struct {
  EsimCardHostSetup setup;
  EsimCardSnapshot *snapshot;
  EsimPortNews port;
  char *id;
} Post;

static void
post_free (gpointer data)
{
  Post *post = data;

  esim_card_snapshot_unref (post->snapshot);
  g_clear_pointer (&post->port.slots, g_ptr_array_unref);
  g_object_unref (post->setup.owner);
  g_free (post->id);
  g_free (post);
}

static Post *
post_new (const EsimCardHostSetup *setup)
{
  Post *post = g_new0 (Post, 1);

  post->setup = *setup;
  g_object_ref (post->setup.owner);
  return post;
}

static void
deliver_snapshot (gpointer data)
{
  Post *post = data;

  post->setup.snapshot (post->snapshot, post->setup.owner);
}

static void
deliver_port (gpointer data)
{
  Post *post = data;

  post->setup.port (&post->port, post->setup.owner);
}

static void
deliver_saved (gpointer data)
{
  Post *post = data;

  post->setup.saved (post->id, post->setup.owner);
}

static void
deliver_gone (gpointer data)
{
  Post *post = data;

  post->setup.gone (post->setup.owner);
}

static void
deliver_changed (gpointer data)
{
  Post *post = data;

  post->setup.changed (post->setup.owner);
}

void
esim_card_post_snapshot (const EsimCardHostSetup *setup, EsimCardSnapshot *snapshot)
{
  Post *post = post_new (setup);

  post->snapshot = snapshot;
  esim_worker_post_to_main (deliver_snapshot, post, post_free);
}

void
esim_card_post_port (const EsimCardHostSetup *setup, const EsimPortNews *port)
{
  Post *post = post_new (setup);

  post->port = *port;
  esim_worker_post_to_main (deliver_port, post, post_free);
}

void
esim_card_post_saved (const EsimCardHostSetup *setup, const char *outbox_id)
{
  Post *post = post_new (setup);

  post->id = g_strdup (outbox_id);
  esim_worker_post_to_main (deliver_saved, post, post_free);
}

void
esim_card_post_gone (const EsimCardHostSetup *setup)
{
  esim_worker_post_to_main (deliver_gone, post_new (setup), post_free);
}

void
esim_card_post_changed (const EsimCardHostSetup *setup)
{
  esim_worker_post_to_main (deliver_changed, post_new (setup), post_free);
}
