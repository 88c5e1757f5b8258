/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_TS43_DEPTH_MAX 16
#define ESIM_TS43_NODES_MAX 4096
#define ESIM_TS43_NAME_MAX 64
#define ESIM_TS43_VALUE_MAX ((gsize) 64 * 1024)

/**
 * EsimTs43Node:
 * @value: (nullable): of a parameter; %NULL for null, and for a group
 * @children: (nullable): of a group (XML: characteristic, JSON: object), in the order of the document
 *
 * One node of a document, whichever form that has: a group of others, or a name with a value. Names that come
 * twice are there twice.
 */
typedef struct _EsimTs43Node {
  char *name;
  char *value;
  GPtrArray *children;
} EsimTs43Node;

EsimTs43Node *esim_ts43_node_new (const char *name, gboolean is_group);

/* Wipes the values. */
void esim_ts43_node_free (EsimTs43Node *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Node, esim_ts43_node_free)

/* Names are without case. */
gboolean esim_ts43_node_is (const EsimTs43Node *self, const char *name);

/* The document's root, whose name is "". CARRIER_ERROR, LIMIT_EXCEEDED. @text is UTF-8 without a character of
 * number 0. */
EsimTs43Node *esim_ts43_xml_read (const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimTs43Node *esim_ts43_json_read (const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
