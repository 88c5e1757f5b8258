/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "esim-mm-watch.h"

G_BEGIN_DECLS

/* Called when somebody's wait is over; @error (nullable), (transfer none). */
typedef void (*EsimMmDone) (const GError *error, gpointer data);

/* How long things may take, in milliseconds. */
typedef struct {
  guint fail_safe; /* a hold that nobody releases */
  guint answer;    /* ModemManager's answer to InhibitDevice */
  guint retry;     /* before lifting an inhibition is tried again */
  guint back;      /* until a modem is shown again after its inhibition was lifted */
} EsimMmLimits;

/* What a hold needs from the one that owns it. */
typedef struct {
  GDBusConnection *connection;
  EsimMmWatch *watch;
  const EsimMmLimits *limits;
  /* Calls @done later, from the main loop; takes @error. */
  void (*answer) (gpointer owner, EsimMmDone done, gpointer data, GError *error);
  /* The hold is another than before: what is shown of its modem may be, too. */
  void (*changed) (gpointer owner);
  gpointer owner;
} EsimMmHoldOwner;

/**
 * EsimMmHold:
 *
 * Keeps ModemManager off one modem: as long as anybody wants it, and never longer than the fail-safe.
 *
 * A hold stands also where ModemManager is not there, or does not know the modem: there is nothing to keep
 * off then; if it turns up meanwhile, it is kept off from then on. The same if it crashes and returns.
 */
typedef struct _EsimMmHold EsimMmHold;

/* @uid, @device: how the modem is called by those that want it held. @owner is borrowed. */
EsimMmHold *esim_mm_hold_new (const EsimMmHoldOwner *owner, const char *uid,
                              const char *device) G_GNUC_WARN_UNUSED_RESULT;
/* Those that still wait are told CANCELLED; an inhibition is lifted. */
void esim_mm_hold_free (EsimMmHold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimMmHold, esim_mm_hold_free)

gboolean esim_mm_hold_is_for (EsimMmHold *self, const char *uid, const char *device);

/* One more wants it. See esim_modem_manager_hold(). */
void esim_mm_hold_take (EsimMmHold *self, guint timeout, EsimMmDone done, gpointer data);
/* One wants it no longer, and @delay milliseconds later it ends. Without one that wants it: nothing. */
void esim_mm_hold_release (EsimMmHold *self, guint delay);

/* What ModemManager shows of @modem is another than before; @modem (nullable): whether it is there. */
void esim_mm_hold_look (EsimMmHold *self, EsimMmModem *modem);

/* ModemManager is kept off, or about to be: what it shows is not to be believed. */
gboolean esim_mm_hold_is_inhibited (EsimMmHold *self);
/* The inhibition was lifted, and ModemManager does not show the modem yet. */
gboolean esim_mm_hold_is_expected (EsimMmHold *self);
/* (nullable): the modem as it was shown last, as long as it is away because of this hold */
EsimMmModem *esim_mm_hold_get_kept (EsimMmHold *self);
/* Nobody wants it and nothing is expected of it. */
gboolean esim_mm_hold_is_over (EsimMmHold *self);

G_END_DECLS
