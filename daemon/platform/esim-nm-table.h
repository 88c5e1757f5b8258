/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-nm-connection.h"

G_BEGIN_DECLS

/* What is known of NetworkManager's connections and of what is up: bounded, and without a bus. Functions that
 * return a gboolean say whether there is news of a connection for a SIM. */
typedef struct _EsimNmTable EsimNmTable;

EsimNmTable *esim_nm_table_new (void);
void esim_nm_table_free (EsimNmTable *self);
void esim_nm_table_clear (EsimNmTable *self);

/* Learns the settings of the connection @path, which makes it known, another, or none that is for one SIM. */
gboolean esim_nm_table_learn (EsimNmTable *self, const char *path, GVariant *settings);
gboolean esim_nm_table_forget (EsimNmTable *self, const char *path);

/* Whether that active connection is known. */
gboolean esim_nm_table_has_active (EsimNmTable *self, const char *active);

/* @active is there, and is one of @connection: "" until that is known. What is too much is left out. */
gboolean esim_nm_table_put_active (EsimNmTable *self, const char *active, const char *connection);

/* No others than these are there. */
gboolean esim_nm_table_keep_actives (EsimNmTable *self, const char *const *actives);

/* Returns: (transfer full): the active connections of the connection @path; NULL-terminated */
char **esim_nm_table_dup_actives (EsimNmTable *self, const char *path);

/* Returns: (transfer none) (nullable) */
EsimNmConnection *esim_nm_table_get (EsimNmTable *self, const char *path);
EsimNmConnection *esim_nm_table_find_uuid (EsimNmTable *self, const char *uuid);

/* Returns: (transfer full) (element-type EsimNmConnection): by UUID; with a free function */
GPtrArray *esim_nm_table_find_iccid (EsimNmTable *self, const char *iccid);

G_END_DECLS
