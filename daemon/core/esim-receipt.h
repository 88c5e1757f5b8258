/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"

G_BEGIN_DECLS

/**
 * esim_receipt_build:
 * @record: of a profile that is gone
 *
 * The receipt as docs/receipt.md tells: each statement with the label of who vouches for it, the delete
 * notifications byte for byte as the eUICC signed them, and what all that does not prove.
 *
 * Returns: (transfer full): JSON
 */
char *esim_receipt_build (const EsimDeregistrationRecord *record);

G_END_DECLS
