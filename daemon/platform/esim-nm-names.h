/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NetworkManager's names on the bus. https://networkmanager.dev/docs/api/latest/spec.html */
#pragma once

#define ESIM_NM_BUS_NAME "org.freedesktop.NetworkManager"
#define ESIM_NM_PATH "/org/freedesktop/NetworkManager"
#define ESIM_NM_INTERFACE "org.freedesktop.NetworkManager"
#define ESIM_NM_SETTINGS_PATH "/org/freedesktop/NetworkManager/Settings"
#define ESIM_NM_SETTINGS_INTERFACE "org.freedesktop.NetworkManager.Settings"
#define ESIM_NM_CONNECTION_INTERFACE "org.freedesktop.NetworkManager.Settings.Connection"
#define ESIM_NM_ACTIVE_INTERFACE "org.freedesktop.NetworkManager.Connection.Active"
#define ESIM_NM_OBJECT_MANAGER_PATH "/org/freedesktop"
#define ESIM_NM_OBJECT_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"
#define ESIM_NM_PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

/* An answer of NetworkManager's: the longest that was seen to be needed is one that writes to a slow disk. */
#define ESIM_NM_CALL_MS 30000
