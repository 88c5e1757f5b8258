/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <winscard.h>

G_BEGIN_DECLS

/**
 * EsimPcscWatch:
 *
 * Looks at one reader, or at which readers there are, in a thread that sleeps until something changes there.
 */
typedef struct _EsimPcscWatch EsimPcscWatch;

/**
 * EsimPcscNews:
 * @result: SCARD_S_SUCCESS; anything else is the last news
 * @state: of a reader: SCARD_STATE_*, and in the upper half how often a card came or went
 * @readers: (nullable): the names of all readers, where all are watched
 */
typedef struct {
  LONG result;
  DWORD state;
  char **readers;
} EsimPcscNews;

typedef void (*EsimPcscWatchFunc) (const EsimPcscNews *news, gpointer user_data);

/**
 * esim_pcsc_watch_new:
 * @reader: (nullable): its name; %NULL: watches which readers there are
 * @func: called in the thread-default context of the caller: soon with how things are, then at each change.
 *   It may not stop the watch
 */
EsimPcscWatch *esim_pcsc_watch_new (const char *reader, EsimPcscWatchFunc func, gpointer user_data);

/* Where it was made. @func is not called any more, even if the thread should take longer than @timeout_ms to
 * end. */
void esim_pcsc_watch_free (EsimPcscWatch *self, guint timeout_ms);

G_END_DECLS
