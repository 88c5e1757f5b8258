/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-network-manager.h"
#include "played-nm.h"

#define ICCID "8949000000000000001"
#define OTHER_ICCID "8949000000000000002"
/* Reckoned with Python: uuid.uuid5 (UUID (ESIM_NM_NAMESPACE), ICCID) */
#define UUID "294ac3ce-f16f-5860-ac6c-3fd84c90be43"
#define OTHER_UUID "32c2f04e-e00c-5020-8d5f-ebe48d9fc683"
#define FOREIGN_UUID "11111111-2222-4333-8444-555555555555"

#define CONNECTION(uuid, type, gsm)                                                                          \
  "{'connection': {'id': <'Travel'>, 'uuid': <'" uuid "'>, 'type': <'" type "'>}, 'gsm': {" gsm "}}"
#define FOREIGN(sim) CONNECTION (FOREIGN_UUID, "gsm", "'sim-id': <'" sim "'>, 'apn': <'theirs'>")
#define OURS(name, gsm)                                                                                      \
  "{'connection': {'id': <'" name "'>, 'uuid': <'" UUID "'>, 'type': <'gsm'>},"                              \
  " 'user': {'data': <{'org.esimd1.iccid': '" ICCID "'}>}, 'gsm': {" gsm "}}"
#define SIM "'sim-id': <'" ICCID "'>"

typedef struct {
  PlayedBus *bus;
  PlayedNm *nm;
  EsimNetworkManager *manager;
  guint n_changed;
  guint n_done;
  char *uuid;
  GError *error;
} NmFixture;

/* ICCID, "Travel", "internet" */
extern const EsimNmRequest nm_plain;

/* With a NetworkManager that is not on the bus yet, and one of ours that was not started yet. */
void nm_set_up (NmFixture *f, gconstpointer data);
void nm_tear_down (NmFixture *f, gconstpointer data);

/* Both are; returns once everything has been read. */
void nm_begin (NmFixture *f);

/* Returns once "changed" has come, and everything has been read. */
void nm_wait_for_change (NmFixture *f);

guint nm_count (NmFixture *f, const char *iccid);

/* Returns: (transfer full): the one connection for ICCID */
EsimNmConnection *nm_only (NmFixture *f);

/* Asks, sees that the answer does not come at once, and waits for it. */
void nm_create (NmFixture *f, const EsimNmRequest *request);

/* Asks, and sees that the answer does not come at once. */
void nm_remove (NmFixture *f, const char *uuid);

/* The answer comes, once; see @uuid and @error. */
void nm_wait_until_done (NmFixture *f);

/* For calls of a test's own. */
void nm_on_done (const char *uuid, const GError *error, gpointer data);

void
nm_assert_says (NmFixture *f, const char *path, const char *setting, const char *key, const char *wanted);

/* What was called since the last time that was asked for. */
void nm_assert_calls (NmFixture *f, const char *wanted);
