/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Puts this process into a network namespace of its own, for names of sockets that are one a namespace: as
 * root, or as an ordinary user who is root in a user namespace, where the machine admits that. Before any
 * other thread is there. */
gboolean isolate (void);
