/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimCookies:
 *
 * The cookies of one session with a carrier: in memory alone, never those of another session. Rules of host,
 * path, expiry, "Secure" and public suffixes are libcurl's own (RFC 6265). At most %ESIM_COOKIES_MAX are
 * kept: the cookies of an answer that would make more are not taken. One thread's at a time.
 */
typedef struct _EsimCookies EsimCookies;

#define ESIM_COOKIES_MAX 50

EsimCookies *esim_cookies_new (void);

/* Wipes them. Not while a fetch is under way with them. */
void esim_cookies_free (EsimCookies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimCookies, esim_cookies_free)

guint esim_cookies_get_size (EsimCookies *self);

G_END_DECLS
