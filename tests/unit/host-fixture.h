/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An EsimCardHost with a fake card in its slot, in a worker of its own: for the linear code that runs there.
 */
#pragma once

#include "esim-card-host.h"
#include "esim-task.h"
#include "fake-card.h"
#include "folder.h"

#define EID "89049032123451234512345678901235"
#define OTHER_EID "89049032000001000000000000000074"
#define ICCID "8901260123456789012"
#define OTHER_ICCID "8901260123456789200"

#define AID "A0000005591010FFFFFFFF8900001100"
#define OTHER_AID "A0000005591010FFFFFFFF8900001200"
#define PROFILE(aid, state, more) "5A0A981062103254769810F2 4F10" aid "9F7001" state more
#define OTHER_PROFILE(state) "5A0A981062103254769802F0 4F10" OTHER_AID "9F7001" state
#define PPR1 "99020640"
#define PPR2 "99020520"

/* An OtherSignedNotification of 50 octets to dp.test; @event: "410" delete, "520" disable, "640" enable */
#define NOTIFICATION_OF(iccid, sequence, event)                                                              \
  "3030BF2F1C8001" sequence "81020" event "0C0764702E74657374" iccid "5F370401020304"                        \
  "30030201013003020102"
#define NOTIFICATION(sequence, event) NOTIFICATION_OF ("5A0A981062103254769810F2", sequence, event)
#define OTHER_NOTIFICATION(sequence, event) NOTIFICATION_OF ("5A0A981062103254769802F0", sequence, event)

#define LIST "81E2910010BF2D0D5C0B5A4F9F7090919295B6B79900"
#define RETRIEVE "81E2910003BF2B0000"
#define DELETE "81E2910015BF33124F10" AID "00"
#define DISABLE(refresh) "81E291001ABF3217A0124F10" AID "8101" refresh "00"
#define ENABLE(refresh) "81E291001ABF3117A0124F10" AID "8101" refresh "00"
#define KEY_ID "F54172BDF98A95D65CBEB88A38A1C11D800A85C3"

typedef struct {
  Folder folder;
  EsimWorker *worker;
  EsimStore *store;
  FakeCard *card;
  EsimCardHost *host;
  EsimTask *task;
  GObject *owner;
  EsimModemConfig modem;
  EsimCardHostSetup setup;
} HostFixture;

/* What came to the main thread, of the fixture that was made last. */
typedef struct {
  EsimCardSnapshot *snapshot; /* the last one */
  guint snapshots;
  guint saved;
  guint gone;
  guint changed;
  guint opened; /* how often a card was opened */
  guint shut;
} HostNews;

HostFixture *host_fixture_new (void);
HostFixture *host_fixture_new_lingering (guint milliseconds);
HostFixture *host_fixture_new_kept (const EsimKeeper *keeper);
/* Shuts the host first; the card's script must be at its end. */
void host_fixture_free (HostFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostFixture, host_fixture_free)

const HostNews *host_fixture_get_news (HostFixture *self);

/* Runs @job in the worker, then the main context until it has nothing more. */
void host_fixture_run (HostFixture *self, EsimWorkerJob job, gpointer data);

/* The next card that the slot shows, after the one that was there. */
void host_fixture_offer (HostFixture *self, FakeCard *card);

/* What is expected of the card. @profiles: each as PROFILE() */
void expect_session (FakeCard *card, const char *eid);
void expect_list (FakeCard *card, const char *const *profiles);
void expect_notifications (FakeCard *card, const char *notifications);
void expect_info (FakeCard *card);

/* How many records the kind has on disk. */
guint host_fixture_count (HostFixture *self, const char *kind);
