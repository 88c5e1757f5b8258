/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What has an entry in the message catalogue (systemd/esimd.catalog). */
typedef enum {
  ESIM_LOG_READY,
  ESIM_LOG_PROFILE_ENABLED,
  ESIM_LOG_PROFILE_DISABLED,
  ESIM_LOG_PROFILE_DELETED,
  ESIM_LOG_NOTIFICATION_DELIVERED,
  ESIM_LOG_NOTIFICATION_REFUSED,
  ESIM_LOG_SERVER_NOT_TRUSTED,
  ESIM_LOG_DEREGISTRATION_STAGE,
  ESIM_LOG_DEREGISTRATION_COMPLETED,
  ESIM_LOG_RECORD_CORRUPT,
  ESIM_LOG_STORAGE_ERROR,
  ESIM_LOG_CARD_REMOVED,
  ESIM_LOG_NOT_AUTHORIZED,
  ESIM_LOG_PROFILE_INSTALLED,
  ESIM_LOG_DOWNLOAD_CUT_OFF,
  ESIM_LOG_TEST_ROOT,
} EsimLogMessage;

#define ESIM_LOG_WARNING G_LOG_LEVEL_WARNING
#define ESIM_LOG_INFO G_LOG_LEVEL_MESSAGE

/* Journal fields that carry objects. */
#define ESIM_LOG_FIELD_EUICC "ESIMD_EUICC"
#define ESIM_LOG_FIELD_OPERATION "ESIMD_OPERATION"
#define ESIM_LOG_FIELD_RECORD "ESIMD_RECORD"
#define ESIM_LOG_FIELD_SERVER "ESIMD_SERVER"
#define ESIM_LOG_FIELD_ERROR "ESIMD_ERROR"

/**
 * esim_log:
 * @field: one of ESIM_LOG_FIELD_*
 * @value: (nullable): its value: never an ICCID, EID or other identifier that was not masked
 *
 * A line for an administrator: to the journal with its MESSAGE_ID, or to standard error where there is none.
 */
void esim_log (EsimLogMessage message, GLogLevelFlags level, const char *field, const char *value,
               const char *format, ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS
