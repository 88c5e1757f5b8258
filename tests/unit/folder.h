/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A folder for one test, gone with all that is in it when the variable goes: g_auto (Folder) folder = … */
typedef char *Folder;

Folder folder_new (void);
void folder_remove (Folder path);
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (Folder, folder_remove, NULL)

/* Writes @text to @name below @folder, which may lead through folders that are not there yet. */
void folder_put (const char *folder, const char *name, const char *text);

/* Spins the main context until *@flag; fails the test after ten seconds. */
void spin_until (const gboolean *flag);

G_END_DECLS
