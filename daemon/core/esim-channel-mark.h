/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimChannelMark:
 *
 * A file that says that a channel is open on a modem's slot. One that a killed process left open blocks one
 * of the modem's few. It needs no sync: it has to survive the process, not the machine.
 */
typedef struct _EsimChannelMark EsimChannelMark;

/**
 * esim_channel_mark_new:
 * @folder: where it is kept; does not outlive the system's run
 * @slot: physical, from 1. What is open in another one is no affair of this slot's. 0: whichever the modem
 * uses; takes over what an earlier run left, which may have known the number
 */
EsimChannelMark *esim_channel_mark_new (const char *folder, const char *modem, guint slot);
void esim_channel_mark_free (EsimChannelMark *self);

gboolean esim_channel_mark_is_set (EsimChannelMark *self);
void esim_channel_mark_set (EsimChannelMark *self);
void esim_channel_mark_clear (EsimChannelMark *self);

G_END_DECLS
