/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Whether @address may be opened: https, without a user in it, on one of @hosts exactly, and of characters
 * alone that every reader of an address understands alike.
 */
gboolean esimctl_address_is_allowed (const char *address, const char *const *hosts);

/* Whether there is a graphical session of the user's own that a page can be opened in. */
gboolean esimctl_address_can_open (void);

/* Has the session open @address, which must be allowed. Returns: whether a program for it was started. */
gboolean esimctl_address_open (const char *address);

G_END_DECLS
