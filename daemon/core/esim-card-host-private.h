/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For esim-card-host.c, the session with the card, and esim-card-host-notifications.c, what it has to tell.
 */
#include "esim-card-host.h"
#include "esim-channel-mark.h"

G_BEGIN_DECLS

/* Records that say that a card may hold notifications which are not on disk; their ids are EIDs. */
#define ESIM_UNSAVED_KIND "unsaved"
#define ESIM_UNSAVED_VERSION 1

struct _EsimCardHost {
  EsimCardHostSetup setup;
  EsimModemConfig *modem; /* a copy: where several can look at the modem, this one keeps to its slot */
  gboolean keeps_slot;
  EsimChannelMark *mark;
  EsimHold *hold;
  EsimAsker *asker;
  EsimWorkerJob interrupt; /* of what waits for something else than the card; NULL: nothing does */
  gpointer interrupted;    /* of @interrupt */
  EsimCard *card;
  EsimIsdr *isdr;
  gboolean is_iot; /* as the answer to its last selection told */
  GSource *linger;
  char *eid;
  guint slot;
  guint slots; /* how many the modem has */
  guint way;   /* the one that is used, or tried first */
  GPtrArray *profiles;
  EsimEuiccInfo *info;
  EsimCardDetails *details;
  gboolean listed; /* @profiles were read in this very session */
  GPtrArray *notifications;
  gboolean all_saved; /* every notification of the card is on disk */
  guint resets_left;  /* to get out of what an earlier run was cut off in */
  gint64 recover_until;
  gboolean stopping; /* the service is to stop */
  gboolean working;  /* a job has begun and not ended */
  gboolean stale;    /* the card was reset, or is another, since the session was opened */
  gboolean news;     /* something is known that was not posted yet */
  gboolean looking;  /* a look at the slots stands in line */
};

/* Takes note of which card it is that answers. @eid: (nullable): CARD_REMOVED if it is another one. */
gboolean
esim_card_host_check_eid (EsimCardHost *self, const char *eid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
