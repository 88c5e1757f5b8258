/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-operation.h"
#include "esim-worker.h"

G_BEGIN_DECLS

/**
 * EsimAsker:
 *
 * Questions to a person, as linear code in a card's worker asks them: within an RSP session, which has a
 * deadline. All functions but the first and the last belong to the worker.
 */
typedef struct _EsimAsker EsimAsker;

EsimAsker *esim_asker_new (EsimWorker *worker);
void esim_asker_free (EsimAsker *self);

/**
 * esim_asker_ask:
 * @operation: by which it is asked; only the main thread looks into it
 * @question: its @facts may be floating, and are taken
 *
 * Returns: (transfer full): the answer, a{sv}; %NULL with TIMED_OUT (nobody answered by the deadline) or
 * CANCELLED (somebody cancelled, or the service stops: esim_card_host_check_running() tells)
 */
GVariant *esim_asker_ask (EsimAsker *self, EsimOperation *operation, const EsimOperationQuestion *question,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The service stops: what waits ends with CANCELLED now, for the main thread answers no more. Does not wait
 * itself. */
void esim_asker_hurry (EsimAsker *self);

G_END_DECLS
