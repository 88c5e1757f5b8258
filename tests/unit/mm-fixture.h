/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-modem-manager.h"
#include "mm-peer.h"

/* A bus of its own, ModemManager's place on it, and the class. */

#define UID "/sys/devices/pci0000:00/usb1/1-1"
#define OTHER_UID "/sys/devices/pci0000:00/usb1/1-2"
#define MODEM_PATH(n) "/org/freedesktop/ModemManager1/Modem/" n
#define SIM_PATH(n) "/org/freedesktop/ModemManager1/SIM/" n
#define MODEM_IN(uid, node, state, sim)                                                                      \
  "{'Device': <'" uid "'>, 'Ports': <[('" node "', uint32 7)]>, 'State': <" state                            \
  ">, 'StateFailedReason': <uint32 5>, 'Sim': <objectpath '" sim "'>}"
#define MODEM(state) MODEM_IN (UID, "cdc-wdm0", state, SIM_PATH ("0"))
#define REGISTERED MODEM ("8")
#define NO_PROFILE MODEM_IN (UID, "cdc-wdm0", "-1", "/")
#define OLD_ICCID "89882110000000000017"
#define NEW_ICCID "89882110000000000025"
#define SIM(iccid) "{'SimIdentifier': <'" iccid "'>}"
#define NODE "/dev/cdc-wdm0"
#define MANY 300000

typedef struct {
  GTestDBus *bus;
  MmPeer *peer;
  GDBusConnection *connection;
  EsimModemManager *manager;
  EsimMmLimits limits;
  GString *trace; /* "+modem:state:ICCID's end", "~…", "-…" for the signals; "caller", "caller!Error" for what
                     is done */
} MmFixture;

void mm_fixture_set_up (MmFixture *f, gconstpointer data);
void mm_fixture_tear_down (MmFixture *f, gconstpointer data);

/* The usual beginning: one modem, registered, seen. */
void begin (MmFixture *f);
/* Runs the loop until @trace has this word. */
void await (GString *trace, const char *word);
void assert_trace (MmFixture *f, const char *expected);
/* Waits for this, which is all that was said then. */
void expect (MmFixture *f, const char *expected);
/* What ModemManager was asked since the last look. */
void expect_calls (MmFixture *f, const char *expected);
/* Until all that is under way on the bus has arrived. */
void settle (MmFixture *f);

void hold (MmFixture *f, const char *uid, const char *device, guint timeout, const char *name);
void verify (MmFixture *f, const char *iccid, guint timeout, const char *name);
void release (MmFixture *f, guint delay);

#define ADD_MM_TEST(name, func)                                                                              \
  g_test_add (name, MmFixture, NULL, mm_fixture_set_up, func, mm_fixture_tear_down)
