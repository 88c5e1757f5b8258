/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives each file of the folders on the command line to the target once. No file at all is a failure: it
 * would mean that nothing was tested. */
#include "fuzz.h"

static guint
replay_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  const char *name;
  guint count = 0;

  if (folder == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *contents = NULL;
    gsize length = 0;

    if (!g_file_get_contents (file, &contents, &length, &error))
      g_error ("%s", error->message);
    g_print ("%s\n", file);
    LLVMFuzzerTestOneInput ((const guint8 *) contents, length);
    count++;
  }
  return count;
}

int
main (int argc, char **argv)
{
  guint count = 0;

  for (int i = 1; i < argc; i++)
    count += replay_folder (argv[i]);
  g_print ("%u files\n", count);
  return count > 0 ? 0 : 1;
}
