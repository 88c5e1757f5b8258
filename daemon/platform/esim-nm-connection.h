/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * ESIM_NM_NAMESPACE:
 *
 * Under it the UUID of a connection of ours is made from the ICCID (RFC 9562, version 5, of the digits
 * without their filler): one profile, one connection, however often and by whichever run of the daemon it is
 * asked for. It was drawn once and never changes, or there would be two.
 */
#define ESIM_NM_NAMESPACE "e0b37b05-da4c-4bcc-92ab-9575ece892ce"

/**
 * ESIM_NM_MARK:
 *
 * The key of the setting "user" (user.data) under which a connection of ours bears the ICCID that it was made
 * for. Plain, and no hash of it: whoever may read the setting may read gsm.sim-id beside it, and the hash of
 * some nineteen digits of which half are known hides nothing.
 */
#define ESIM_NM_MARK "org.esimd1.iccid"

/**
 * EsimNmConnection:
 *
 * A connection of NetworkManager's that is for one SIM: of type gsm, with a gsm.sim-id. Immutable, reference
 * counted. Strings are never %NULL.
 *
 * @ours: the mark, the UUID and gsm.sim-id all say the same ICCID. A copy of our connection has another UUID,
 * and one that was given another SIM is no longer for that profile: both are their owner's.
 */
typedef struct {
  gatomicrefcount refs;
  char *path;
  char *uuid;
  char *name;
  char *iccid;       /* 18 to 20 digits, without filler */
  char *apn;         /* gsm.apn, "" where NetworkManager chooses */
  char *operator_id; /* gsm.sim-operator-id, "" without */
  char *device_id;   /* gsm.device-id, "" without */
  gboolean ours;
  gboolean active; /* NetworkManager has it up, or is bringing it up or down */
} EsimNmConnection;

#define ESIM_TYPE_NM_CONNECTION (esim_nm_connection_get_type ())
GType esim_nm_connection_get_type (void);
EsimNmConnection *esim_nm_connection_ref (EsimNmConnection *self);
void esim_nm_connection_unref (EsimNmConnection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimNmConnection, esim_nm_connection_unref)

/**
 * esim_nm_connection_read:
 * @path: its object path
 * @settings: a{sa{sv}}, as GetSettings tells them
 *
 * Returns: (transfer full) (nullable): %NULL if it is not for one SIM, or makes no sense
 */
EsimNmConnection *esim_nm_connection_read (const char *path, GVariant *settings) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): a copy, active or not */
EsimNmConnection *
esim_nm_connection_with_active (const EsimNmConnection *self, gboolean active) G_GNUC_WARN_UNUSED_RESULT;

/* Every field the same. */
gboolean esim_nm_connection_equal (const EsimNmConnection *a, const EsimNmConnection *b);

/**
 * esim_nm_connection_dup_iccid:
 * @text: an ICCID as cards, modems and people write it: 18 to 20 digits, with or without the filler F
 *
 * Returns: (transfer full) (nullable): the digits alone; %NULL if it is none
 */
char *esim_nm_connection_dup_iccid (const char *text) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_nm_connection_dup_uuid:
 * @iccid: digits, without filler
 *
 * Returns: (transfer full): the UUID that our connection for it has
 */
char *esim_nm_connection_dup_uuid (const char *iccid) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
