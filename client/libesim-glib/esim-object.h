/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define ESIM_TYPE_OBJECT (esim_object_get_type ())
G_DECLARE_DERIVABLE_TYPE (EsimObject, esim_object, ESIM, OBJECT, GObject)

/**
 * EsimObjectClass:
 * @parent_class: the parent
 *
 * What #EsimEuicc, #EsimProfile, #EsimOperation and #EsimDeregistration have in common. Not for subclassing
 * outside the library.
 *
 * An object follows the service's object of the same path: its properties change as the service says, with
 * #GObject::notify for each and one #EsimObject::changed after them. Calls that may make polkit ask for a
 * password have no time limit; cancel them with a #GCancellable. A call that ends in a #GError leaves it in
 * #ESIM_ERROR or in %G_IO_ERROR.
 */
struct _EsimObjectClass {
  GObjectClass parent_class;
  /*< private >*/
  gpointer padding[8];
};

/**
 * esim_object_get_path:
 * @self: an object
 *
 * Returns: the D-Bus path. It is never used for another object in the life of the service.
 */
const char *esim_object_get_path (EsimObject *self);

/**
 * esim_object_get_number:
 * @self: an object
 *
 * Returns: the number at the end of the path.
 */
guint64 esim_object_get_number (EsimObject *self);

/**
 * esim_object_is_gone:
 * @self: an object
 *
 * Returns: %TRUE once the service has taken the object away, or has itself gone. Properties keep what they
 * last were.
 */
gboolean esim_object_is_gone (EsimObject *self);

G_END_DECLS
