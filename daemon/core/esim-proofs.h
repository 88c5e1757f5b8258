/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"
#include "esim-outbox.h"

G_BEGIN_DECLS

/* What binds a record's delete notifications to their deliveries in the outbox: they are the same octets. */

/* (transfer none) (nullable) */
const EsimOutboxItem *
esim_proofs_find_item (const EsimDeregistrationRecord *record, EsimOutbox *outbox, const EsimProof *proof);

/**
 * esim_proofs_find_hindrance:
 * Returns: (transfer none) (nullable): what failed last on the way of @proof to its server: its own delivery,
 * or that of an earlier notification for the same server, behind which it stands in line
 */
const EsimOutboxItem *esim_proofs_find_hindrance (const EsimDeregistrationRecord *record, EsimOutbox *outbox,
                                                  const EsimProof *proof);

/* Takes acknowledgements that have come into @record. Returns: whether there were any */
gboolean esim_proofs_collect (EsimDeregistrationRecord *record, EsimOutbox *outbox);

/* Takes delete notifications that the removal raised and @record does not have yet from the outbox: the card
 * may have given them late, or to another job. Returns: whether there were any */
gboolean esim_proofs_adopt (EsimDeregistrationRecord *record, EsimOutbox *outbox);

/* Tries at delivery so far, of all of them and of what holds them up. */
guint esim_proofs_count_attempts (const EsimDeregistrationRecord *record, EsimOutbox *outbox);

/**
 * esim_proofs_want:
 * Whether @record still needs @item: until its acknowledgement stands in the record, or, while the removal
 * has not ended, because it may be its fruit. Such an item must stay, in the outbox and on the card.
 */
gboolean esim_proofs_want (const EsimDeregistrationRecord *record, const EsimOutboxItem *item);

G_END_DECLS
