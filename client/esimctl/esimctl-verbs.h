/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* Each is an EsimctlVerb, in the file of its name; docs/man/esimctl.1 tells what it does. */
int esimctl_status (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_list (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_show (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_icon (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_slot (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_download (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_discover (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_enable (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_disable (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_rename (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_default_server (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_trust (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_reset_memory (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_carriers (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_delete (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_connections (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_notifications (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_deregister (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_deregistrations (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_receipt (EsimctlContext *context, int argc, char **argv, GError **error);
int esimctl_monitor (EsimctlContext *context, int argc, char **argv, GError **error);

G_END_DECLS
