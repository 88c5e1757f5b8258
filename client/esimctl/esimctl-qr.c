/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-qr.h"

#include <glib/gi18n.h>

#include "esimctl-context.h"

#ifdef ESIM_WITH_QR

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <string.h>
#include <zbar.h>

#define FILE_MAX (16 * 1024 * 1024)
#define PIXELS_MAX (64 * 1000 * 1000)
#define SIDE_MAX 2048          /* a larger picture is scaled down: the code fills a good part of it */
#define FOURCC_GREY 0x30303859 /* "Y800": an octet a pixel */

static void
set_unreadable (const char *path, const char *why, GError **error)
{
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("“%s” cannot be read as an image: %s"), path,
               why);
}

/* Returns: (transfer full) (nullable): the file, with at most one octet more than it may have. */
static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GByteArray) data = g_byte_array_sized_new (FILE_MAX / 64);
  guint8 chunk[65536];
  gssize n = 1;

  if (stream == NULL)
    return NULL;
  while (n > 0 && data->len <= FILE_MAX) {
    n = g_input_stream_read (G_INPUT_STREAM (stream), chunk, sizeof chunk, NULL, error);
    if (n < 0)
      return NULL;
    g_byte_array_append (data, chunk, (guint) n);
  }
  if (data->len > FILE_MAX) {
    set_unreadable (path, _ ("it is too large"), error);
    return NULL;
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&data));
}

/* Before a pixel is made: a small file can say that it is a large picture. A size of nothing ends the
 * loading; a smaller one would only scale down what was made in its full size. */
static void
on_size (GdkPixbufLoader *loader, int width, int height, gpointer too_large)
{
  int side = MAX (width, height);

  if ((gint64) width * height > PIXELS_MAX) {
    *(gboolean *) too_large = TRUE;
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  } else if (side > SIDE_MAX) {
    gdk_pixbuf_loader_set_size (loader, MAX (1, (int) ((gint64) width * SIDE_MAX / side)),
                                MAX (1, (int) ((gint64) height * SIDE_MAX / side)));
  }
}

static GdkPixbuf *
load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) local = NULL;
  gboolean too_large = FALSE, written;
  GdkPixbuf *pixbuf;

  if (bytes == NULL)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size), &too_large);
  written = gdk_pixbuf_loader_write_bytes (loader, bytes, &local);
  if (!gdk_pixbuf_loader_close (loader, written ? &local : NULL) || !written || too_large) {
    set_unreadable (path, too_large || local == NULL ? _ ("it is too large") : local->message, error);
    return NULL;
  }
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL) {
    set_unreadable (path, _ ("there is no picture in it"), error);
    return NULL;
  }
  return g_object_ref (pixbuf);
}

/* Returns: (transfer full): an octet a pixel; what is transparent is white, as a page under it. */
static guint8 *
to_grey (GdkPixbuf *pixbuf, gsize *size)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  gboolean alpha = gdk_pixbuf_get_has_alpha (pixbuf);
  guint8 *grey = g_malloc ((gsize) width * height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const guint8 *p = pixels + (gsize) y * stride + (gsize) x * channels;
      guint value = (p[0] * 77u + p[1] * 151u + p[2] * 28u) / 256;
      guint opaque = alpha ? p[3] : 255;

      grey[(gsize) y * width + x] = (guint8) ((value * opaque + 255 * (255 - opaque)) / 255);
    }
  *size = (gsize) width * height;
  return grey;
}

/* What a picture of several codes shows besides ours is left aside. */
static gboolean
is_ours (const char *text)
{
  return g_ascii_strncasecmp (text, "LPA:", 4) == 0 || g_str_has_prefix (text, "1$");
}

/* Returns: (transfer full) (nullable): %NULL: none; @more: there was another one with a different text. */
static char *
find_code (zbar_image_t *image, gboolean *more)
{
  g_autofree char *found = NULL;

  for (const zbar_symbol_t *s = zbar_image_first_symbol (image); s != NULL; s = zbar_symbol_next (s)) {
    const char *text = zbar_symbol_get_data (s);

    if (zbar_symbol_get_type (s) != ZBAR_QRCODE || text == NULL || !is_ours (text) ||
        !g_utf8_validate (text, -1, NULL))
      continue;
    *more = *more || (found != NULL && strcmp (found, text) != 0);
    if (found == NULL)
      found = g_strdup (text);
  }
  return g_steal_pointer (&found);
}

static char *
scan (GdkPixbuf *pixbuf, gboolean *more)
{
  zbar_image_scanner_t *scanner = zbar_image_scanner_create ();
  zbar_image_t *image = zbar_image_create ();
  gsize size = 0;
  g_autofree guint8 *grey = to_grey (pixbuf, &size);
  char *found;

  /* It can tell everybody on the bus what it has read: an activation code is as good as a password. */
  (void) zbar_image_scanner_request_dbus (scanner, 0);
  zbar_image_scanner_set_config (scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
  zbar_image_scanner_set_config (scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
  zbar_image_set_format (image, FOURCC_GREY);
  zbar_image_set_size (image, (unsigned) gdk_pixbuf_get_width (pixbuf),
                       (unsigned) gdk_pixbuf_get_height (pixbuf));
  zbar_image_set_data (image, grey, size, NULL);
  (void) zbar_scan_image (scanner, image);
  found = find_code (image, more);
  zbar_image_destroy (image);
  zbar_image_scanner_destroy (scanner);
  return found;
}

char *
esimctl_qr_read (const char *path, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = load (path, error);
  g_autofree char *found = NULL;
  gboolean more = FALSE;

  if (pixbuf == NULL)
    return NULL;
  found = scan (pixbuf, &more);
  if (found != NULL && !more)
    return g_steal_pointer (&found);
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
               more ? _ ("“%s” shows more than one activation code: cut out the one that you mean")
                    : _ ("“%s” shows no QR code of an eSIM; a larger or sharper picture may help"),
               path);
  return NULL;
}

#else

char *
esimctl_qr_read (const char *path, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                       _ ("This esimctl was built without reading QR codes: type the activation code"));
  return NULL;
}

#endif
