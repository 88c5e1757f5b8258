/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * esim_nm_error_translate:
 * @error: (inout): what a call to NetworkManager ended with, of GDBus's making; afterwards one of ESIM_ERROR
 *   that says what to do
 * @what: what was tried, to stand behind "NetworkManager did not ": "make the connection"
 *
 * NOT_AUTHORIZED, INVALID_ARGUMENT, NOT_FOUND, WRONG_STATE, NOT_SUPPORTED, TIMED_OUT, CANCELLED,
 * STORAGE_ERROR. NetworkManager's own words are quoted, shortened.
 */
void esim_nm_error_translate (GError **error, const char *what);

/* The D-Bus name of an error that a call ended with; %NULL if it has none. Returns: (transfer full) */
char *esim_nm_error_dup_name (const GError *error) G_GNUC_WARN_UNUSED_RESULT;

/* NetworkManager does not run: NOT_SUPPORTED, with what to do. Returns: (transfer full) */
GError *esim_nm_error_absent (void) G_GNUC_WARN_UNUSED_RESULT;

#define ESIM_NM_ERROR_NOT_ACTIVE "org.freedesktop.NetworkManager.ConnectionNotActive"
#define ESIM_NM_ERROR_UUID_EXISTS "org.freedesktop.NetworkManager.Settings.UuidExists"
#define ESIM_NM_ERROR_NO_SUCH_CONNECTION "org.freedesktop.NetworkManager.Settings.InvalidConnection"

/* What GDBus, which NetworkManager uses, answers for an object that is not there (yet, or any more). */
#define ESIM_NM_ERROR_NO_OBJECT "org.freedesktop.DBus.Error.UnknownMethod"

G_END_DECLS
