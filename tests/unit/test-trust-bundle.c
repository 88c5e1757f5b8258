/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the build was told to install as roots is roots: argv[1] is a file or a folder of them. */
#include "esim-rsp-trust.h"
#include "folder.h"

#include <unistd.h>

static char *bundle;

static void
test_all_are_roots (void)
{
  g_autofree char *link = NULL;
  Folder folder = folder_new ();
  const char *const folders[] = {
      g_file_test (bundle, G_FILE_TEST_IS_DIR) ? bundle : folder,
      NULL,
  };
  g_autoptr (EsimRspTrust) trust = esim_rsp_trust_new (folders, NULL);

  link = g_build_filename (folder, "bundle", NULL);
  g_assert_cmpint (symlink (bundle, link), ==, 0);
  /* What is passed over is passed over with a warning, which ends a test. */
  g_assert_cmpuint (esim_rsp_trust_get_size (trust), >, 0);
  g_assert_cmpint (unlink (link), ==, 0);
  folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  bundle = g_canonicalize_filename (argv[1], NULL);
  g_test_add_func ("/trust-bundle/all-are-roots", test_all_are_roots);
  return g_test_run ();
}
