/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-es9-session.h"
#include "esim-task.h"

G_BEGIN_DECLS

/**
 * EsimDownloadInterrupt:
 *
 * Ends a session's wait for its server when somebody cancels the task, or the service stops. The worker's,
 * but for what a cancel posts to it.
 */
typedef struct _EsimDownloadInterrupt EsimDownloadInterrupt;

EsimDownloadInterrupt *esim_download_interrupt_new (EsimCardHost *host, EsimTask *task);
void esim_download_interrupt_free (EsimDownloadInterrupt *self);

/* @session: (nullable): the one that may wait; it is taken back before it is freed. */
void esim_download_interrupt_set_session (EsimDownloadInterrupt *self, EsimEs9Session *session);

/* @call: (nullable): the same for a call of its own */
void esim_download_interrupt_set_call (EsimDownloadInterrupt *self, EsimHttpCall *call);

G_END_DECLS
