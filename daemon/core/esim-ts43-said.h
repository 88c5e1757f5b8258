/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-ts43-document.h"

G_BEGIN_DECLS

/* What a list of configurations says of one line. */
typedef enum {
  ESIM_TS43_LIST_NOTHING, /* no list, an empty one, one with an entry that names no line, or a contradiction
                           */
  ESIM_TS43_LIST_STATUS,
  ESIM_TS43_LIST_ABSENT, /* each entry is of another line */
} EsimTs43List;

/**
 * EsimTs43Said:
 * @operation: TS.43's name of what was asked
 * @operation_result, @subscription_result, @eligibility: -1 = not there
 * @status: 1 to 4; with ESIM_TS43_LIST_STATUS
 * @interval: until the next poll, in seconds; 0 = none was told
 * @others: (nullable): the other ICCIDs of the list, without their filling
 * @has_page, @has_message: there is an address of a page, a question
 * @digest: SHA-256 of the document, hexadecimal; "" = not known
 * @host: who answered; "" = not known
 *
 * What matters for the judgement in a document of the carrier's: plain data. It borrows nothing that outlives
 * the caller: strings are (transfer none), and copied where they are kept.
 */
typedef struct {
  const char *operation;
  int operation_result;
  int subscription_result;
  int eligibility;
  EsimTs43List list;
  guint status;
  gint64 interval;
  const char *const *others;
  gboolean has_page;
  gboolean has_message;
  const char *digest;
  const char *host;
} EsimTs43Said;

/* Nothing said yet. */
#define ESIM_TS43_SAID_INIT(operation_)                                                                      \
  {                                                                                                          \
    .operation = (operation_), .operation_result = -1, .subscription_result = -1, .eligibility = -1,         \
    .digest = "", .host = ""                                                                                 \
  }

#define ESIM_TS43_ACQUIRE_CONFIGURATION "AcquireConfiguration"
#define ESIM_TS43_MANAGE_SUBSCRIPTION "ManageSubscription"
#define ESIM_TS43_CHECK_ELIGIBILITY "CheckEligibility"

/* One entry of a list: (nullable) @iccid, and the status, 0 = none or none of the standard's. */
typedef struct {
  const char *iccid;
  guint status;
  gint64 interval;
} EsimTs43Entry;

/**
 * esim_ts43_said_take_list:
 * @others: filled with what is not @iccid, (transfer none) of @entries; ends with %NULL
 *
 * Reads a list for the line @iccid; 19 digits are the same as 20. Sets list, status, interval and others.
 */
void esim_ts43_said_take_list (EsimTs43Said *self, const char *iccid, const EsimTs43Entry *entries, guint n,
                               GPtrArray *others);

/**
 * esim_ts43_said_read:
 * @operation: what was asked; static
 * @iccid: the line
 *
 * What @document says. Both it and what is returned have to live as long as @self is used.
 *
 * Returns: (transfer container): what @self borrows besides
 */
GPtrArray *esim_ts43_said_read (EsimTs43Said *self, const char *operation, const EsimTs43Document *document,
                                const char *iccid) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
