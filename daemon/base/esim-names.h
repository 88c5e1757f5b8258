/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place of the code for the names by which the service is known on the bus. Data files get theirs
 * from the top-level meson.build. */
#pragma once

#define ESIM_BUS_NAME "org.esimd1"
#define ESIM_ROOT_PATH "/org/esimd1"
#define ESIM_ERROR_PREFIX ESIM_BUS_NAME ".Error."
#define ESIM_POLKIT_PREFIX ESIM_BUS_NAME "."
