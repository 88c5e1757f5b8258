/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_redact_id:
 * @id: (nullable): an ICCID, EID, IMSI or matching id
 *
 * For logs: the last four characters of a long identifier, nothing of a short one.
 *
 * Returns: (transfer full): for example "…4321"
 */
char *esim_redact_id (const char *id) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
