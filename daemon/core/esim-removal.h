/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-task.h"

G_BEGIN_DECLS

/**
 * EsimRemovalStep:
 *
 * How far the removal of a profile is. Each is on disk before it is taken: after a crash the step that stands
 * there may have been taken or not, and the card is looked at first.
 */
typedef enum {
  ESIM_REMOVAL_NOT_BEGUN,
  ESIM_REMOVAL_SAVING, /* copies every pending notification to disk: cards evict */
  ESIM_REMOVAL_DISABLING,
  ESIM_REMOVAL_DELETING,
  ESIM_REMOVAL_DELETED, /* listed again and not there; its delete notifications are on disk */
} EsimRemovalStep;

/**
 * EsimRemoval:
 * @eid, @iccid, @aid: the profile; @aid may be %NULL
 * @step: where it stands; moved on as it goes
 * @last_sequence: the highest sequence number that was pending before the deletion, −1 = none: later ones are
 * its fruit
 * @recipients: how many servers the profile names to be told
 * @deleted: (element-type EsimNotification): the delete notifications that the deletion raised; set with
 * ESIM_REMOVAL_DELETED
 * @commit: writes @step (and the rest) to disk; %FALSE: the step is not taken. In the worker
 */
typedef struct _EsimRemoval EsimRemoval;
struct _EsimRemoval {
  const char *eid;
  const char *iccid;
  GBytes *aid;
  EsimRemovalStep step;
  gint64 last_sequence;
  guint recipients;
  GPtrArray *deleted;
  gboolean (*commit) (EsimRemoval *self, GError **error);
};

/**
 * esim_removal_run:
 *
 * Linear, in the worker: read again, save what is pending, disable if it is enabled, read again, delete, list
 * again and see it gone, save the delete notifications. May be run again after any error and after a crash:
 * it goes on where @step says, after having looked at the card.
 *
 * Errors: WRONG_STATE: another card, or another profile under this ICCID; POLICY_VIOLATION; NOT_FOUND: it was
 * gone before this removal deleted anything; STORAGE_ERROR; those of EsimIsdr and esim_switch_run().
 */
gboolean esim_removal_run (EsimRemoval *self, EsimCardHost *host, EsimTask *task,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
