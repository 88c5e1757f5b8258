/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A manager with a machine around it that is played: ports with cards behind them, who else uses the modems,
 * connections, and the way to the network. */
#pragma once

#include "esim-manager.h"
#include "fake-card.h"
#include "fake-keeper.h"
#include "folder.h"

typedef struct {
  Folder folder;
  EsimConfig config;
  EsimStore *store;
  EsimRspTrust *trust;
  EsimCarrierDirectory *carriers;
  EsimManager *manager;
  guint added, removed; /* eUICCs */
} Machine;

/* What is there until told otherwise: modems without a proxy, another way to the network, no connections, of
 * which all is known. */
void machine_set_up (Machine *self, gconstpointer data);
/* Every card's script must be at its end. */
void machine_tear_down (Machine *self, gconstpointer data);

/* From the next opening on: @slot as the configuration of the opener has it, 0 for whichever is active. */
FakeCard *machine_plug (const char *port, guint slot);
/* The same with a card that will be read, once. @profiles: each as PROFILE() */
FakeCard *machine_plug_card (const char *port, guint slot, const char *eid, const char *const *profiles);
/* The same where a channel may have been left open, over a port that has hung up since: that is closed first.
 */
void machine_plug_card_left_open (const char *port, guint slot, const char *eid, const char *const *profiles);
/* Who opens @old finds nothing any more, and who opens @slot finds its card. */
void machine_replug (const char *port, guint old, guint slot);
void machine_unplug (const char *port, guint slot);
/* "PORT:SLOT " for each opening */
char *machine_dup_opened (void);
/* No card is opened before this is lifted; for that many openings to be waited for. */
void machine_block (gboolean block);
void machine_await_blocked (guint count);

void machine_set_shared (gboolean shared);
void machine_set_network (EsimNetwork network);

/* Connections: for any ICCID. */
void machine_add_connection (const char *uuid, gboolean ours);
guint machine_count_connections (void);
void machine_set_settled (gboolean settled);
/* Answers for the next removal: a code of an EsimError, −1 = yes. */
void machine_set_removal (int code);

typedef gboolean (*MachineCondition) (Machine *self, gpointer data);
void machine_spin (Machine *self, MachineCondition condition, gpointer data);
/* Until nothing more is to be done at once. */
void machine_settle (Machine *self);

/* The eUICC whose slot this is; there must be one. */
EsimEuicc *machine_get_euicc (Machine *self, guint slot);
/* Until there are so many that answer, and so many in all. */
void machine_await_euiccs (Machine *self, guint present, guint all);
