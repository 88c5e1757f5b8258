/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In the main thread, once, and never before the function that it was given to has returned. @error:
 * (nullable) */
typedef void (*EsimKeeperDone) (const GError *error, gpointer data);

/**
 * EsimKeeper:
 * @is_known: whether somebody else uses this modem, and could be asked to keep off
 * @hold: asks that nobody but this service uses the modem; waits until it is in a state in which it can be
 * let go of. Nobody there to be asked is no error. BUSY: somebody else holds it
 * @release: the end of that, after @delay_ms
 * @verify: waits until the others show @iccid (%NULL: no profile) for this modem. REFRESH_FAILED if they do
 * not in time
 * @describe: what the others say of a modem: "maker model" and its state ("registered"), both (transfer
 * full); %FALSE if they do not know it
 * @is_same: whether a modem of ours is the one that they call @name
 * @list: (transfer full) (element-type utf8): their names for the modems that they know
 * @stay_awake: from any thread: the machine is asked not to fall asleep between an act and its record;
 * counted
 * @dup_imei: (nullable): (transfer full) (nullable): the modem's IMEI, digits
 * @keeper: handed to each
 *
 * Whoever else uses the modems (ModemManager) and has to keep off one around a switch of profiles. Main
 * thread; main.c hands it in. A modem is meant by its name or, where that is the configuration's, by its
 * @device.
 */
typedef struct {
  gboolean (*is_known) (const char *modem, const char *device, gpointer keeper);
  void (*hold) (const char *modem, const char *device, guint timeout_ms, EsimKeeperDone done, gpointer data,
                gpointer keeper);
  void (*release) (const char *modem, const char *device, guint delay_ms, gpointer keeper);
  void (*verify) (const char *modem, const char *device, const char *iccid, guint timeout_ms,
                  EsimKeeperDone done, gpointer data, gpointer keeper);
  gboolean (*describe) (const char *modem, const char *device, char **name, char **state, gpointer keeper);
  gboolean (*is_same) (const char *modem, const char *device, const char *name, gpointer keeper);
  GPtrArray *(*list) (gpointer keeper);
  void (*stay_awake) (gboolean awake, gpointer keeper);
  char *(*dup_imei) (const char *modem, const char *device, gpointer keeper);
  gpointer keeper;
} EsimKeeper;

G_END_DECLS
