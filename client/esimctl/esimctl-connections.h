/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <esim.h>

#include "esimctl-table.h"

G_BEGIN_DECLS

/* Adds a line for each of NetworkManager's connections for @profile to @table (of two columns); only their
 * UUIDs if there is no right to know more. */
void esimctl_connections_add (EsimctlTable *table, EsimProfile *profile);

G_END_DECLS
