/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BPP_TRANSACTION_ID "0102A3B4C5D6E7F8"
#define BPP_SERVER "smdp.example.com"

/**
 * BppShape:
 * @configure: how many blocks the first sequence of 87 has
 * @metadata: octets of the object BF25; it goes into blocks of @block octets
 * @replace_keys: blocks of the second sequence of 87; 0: there is none
 * @profile: octets of the protected profile
 * @block: octets of a whole block, at most: 1020 in the standard
 *
 * What a package is like. Nothing in it is encrypted: it is counted octets, with a MAC that is none.
 */
typedef struct {
  guint configure;
  gsize metadata;
  guint replace_keys;
  gsize profile;
  gsize block;
} BppShape;

/* As the standard has them, of a profile of 14 kB. */
extern const BppShape bpp_usual;

/* (transfer full): BF36 */
GBytes *bpp_make_package (const BppShape *shape);

/* (transfer full): BF25, as it is in the package */
GBytes *bpp_make_metadata (const BppShape *shape);

/* (transfer full): the package's members in hexadecimal, for packages that are put together otherwise */
GBytes *bpp_make_hex_package (const char *members);

/* (transfer full) (element-type GBytes): what a card must get, reckoned from @package by another way than the
 * daemon's: from the whole */
GPtrArray *bpp_cut (GBytes *package);

/* (transfer full): the answer of a server that executed the function */
GBytes *bpp_make_body (GBytes *package);

G_END_DECLS
