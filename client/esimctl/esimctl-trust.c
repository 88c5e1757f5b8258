/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose word makes a server trusted. Files of the administrator's folder are changed here, as the user that
 * runs this may: the service reads them, and has no way to be talked into another root. */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-known-roots.h"
#include "esimctl-loop.h"
#include "esimctl-root-file.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

typedef struct {
  char *folder;
  gboolean yes;
  gboolean test_root;
  gboolean fingerprints;
} Options;

static int
list (EsimctlContext *context, const Options *options, GError **error)
{
  GVariant *roots;

  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  roots = esimctl_known_roots_list (context, error);
  if (roots == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (roots);
  else
    (options->fingerprints ? esimctl_known_roots_print_whole : esimctl_known_roots_print) (context->color,
                                                                                           roots);
  return ESIMCTL_EXIT_OK;
}

/* What the service knows of a root by its name; without a service nothing is known. */
static GVariant *
look_up (EsimctlContext *context, const char *key_id)
{
  g_autoptr (GError) local = NULL;

  GVariant *roots = esimctl_connect (context, &local) ? esimctl_known_roots_list (context, &local) : NULL;

  if (roots == NULL)
    g_printerr (
        "%s\n",
        _ ("The service cannot be asked: this is not compared with the roots that are known by their names"));
  return esimctl_known_roots_find (roots, key_id);
}

static void
show (EsimctlContext *context, EsimctlRootFile *root, GVariant *known)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  const char *name = known != NULL ? esimctl_dict_string (known, "name") : "";

  if (context->json)
    return;
  esimctl_view_pair (table, _ ("Name"), ESIMCTL_STYLE_TITLE, root->name);
  esimctl_view_pair (table, _ ("Known as"), ESIMCTL_STYLE_GOOD, name);
  esimctl_view_pair (table, _ ("Key id"), ESIMCTL_STYLE_PLAIN, root->key_id);
  esimctl_view_pair (table, _ ("Curve"), ESIMCTL_STYLE_PLAIN, root->curve);
  esimctl_view_pair (table, _ ("Valid until"), ESIMCTL_STYLE_PLAIN, root->until);
  esimctl_table_print (table, context->color);
  g_print ("SHA-256  %.32s\n         %s\n", root->fingerprint, root->fingerprint + 32);
}

static gboolean
check_known (EsimctlRootFile *root, GVariant *known, gboolean test_root, GError **error)
{
  const char *fingerprint = known != NULL ? esimctl_dict_string (known, "fingerprint") : "";

  if (known != NULL && !root->is_key_id_true) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE,
                 _ ("This has the key id of “%s” and is not that certificate"),
                 esimctl_dict_string (known, "name"));
    return FALSE;
  }
  if (*fingerprint != '\0' && g_ascii_strcasecmp (fingerprint, root->fingerprint) != 0) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE,
                 _ ("This has the key id of “%s” and is not that certificate"),
                 esimctl_dict_string (known, "name"));
    return FALSE;
  }
  if (known == NULL || !esimctl_dict_flag (known, "test") || test_root)
    return TRUE;
  g_set_error_literal (
      error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
      _ ("This is a root of a test system: anybody may have its private key, and could then pose "
         "as any server. On a machine for tests: --test-root"));
  return FALSE;
}

static gboolean
agree (const Options *options, const char *prompt, const char *without, GError **error)
{
  int answer = options->yes ? 1 : esimctl_loop_ask (prompt, without, _ ("Nothing was changed"), error);

  if (answer == 0)
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was changed"));
  return answer == 1;
}

/* In the language of the user's system, with what is not allowed as what it is to a script. */
static gboolean
set_file_error (const char *path, int number, GError **error)
{
  gboolean denied = number == EACCES || number == EPERM || number == EROFS;

  g_set_error (error, ESIM_ERROR, denied ? ESIM_ERROR_NOT_AUTHORIZED : ESIM_ERROR_STORAGE_ERROR, "%s: %s",
               path, g_strerror (number));
  return FALSE;
}

static gboolean
write_root (const char *folder, const char *path, const char *pem, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (g_mkdir_with_parents (folder, 0755) != 0)
    return set_file_error (folder, errno, error);
  if (g_file_set_contents_full (path, pem, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0644, &local))
    return TRUE;
  return set_file_error (path, g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? EACCES : EIO,
                         error);
}

static int
add (EsimctlContext *context, const char *file, const Options *options, GError **error)
{
  g_autoptr (EsimctlRootFile) root = esimctl_root_file_read (file, error);
  g_autoptr (GVariant) known = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (root == NULL)
    return ESIMCTL_EXIT_FAILED;
  known = look_up (context, root->key_id);
  show (context, root, known);
  if (!check_known (root, known, options->test_root, error) ||
      !agree (options, _ ("Believe every server that this root vouches for?"),
              _ ("Trusting a root needs a yes: on a terminal, or by the option --yes"), error))
    return ESIMCTL_EXIT_FAILED;
  name = g_strdup_printf ("%s.pem", root->key_id);
  path = g_build_filename (options->folder, name, NULL);
  if (!write_root (options->folder, path, root->pem, error))
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (
        g_variant_new_parsed ("{'key-id': <%s>, 'name': <%s>, 'fingerprint': <%s>, 'file': <%s>}",
                              root->key_id, root->name, root->fingerprint, path));
  else
    g_print (_ ("Trusted from now on: %s\n"), path);
  return ESIMCTL_EXIT_OK;
}

/* Whether the service found it in one of the files that were just removed. */
static gboolean
is_gone (GPtrArray *removed, const char *file)
{
  return g_ptr_array_find_with_equal_func (removed, file, g_str_equal, NULL);
}

/*
 * The same root may be in a bundle or beside others in a file, which are left alone here: what the service
 * says now counts.
 *
 * Returns: (transfer full): where it is trusted from all the same, as; empty if it is not, or if nobody
 * knows.
 */
static GPtrArray *
find_what_stays (EsimctlContext *context, const char *key_id, GPtrArray *removed)
{
  g_autoptr (GError) local = NULL;
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  GVariant *roots = esimctl_connect (context, &local) ? esimctl_known_roots_list (context, &local) : NULL;

  if (roots == NULL)
    g_printerr ("%s\n",
                _ ("The service cannot be asked: whether another file holds this root too is not known"));
  for (gsize i = 0; roots != NULL && i < g_variant_n_children (roots); i++) {
    g_autoptr (GVariant) root = g_variant_get_child_value (roots, i);
    const char *file = esimctl_dict_string (root, "file");

    if (esimctl_dict_flag (root, "installed") && !is_gone (removed, file) &&
        g_ascii_strcasecmp (esimctl_dict_string (root, "key-id"), key_id) == 0)
      g_ptr_array_add (files, esim_text_clean (file));
  }
  return files;
}

static void
tell_what_stays (EsimctlContext *context, const char *key_id, GPtrArray *removed)
{
  g_autoptr (GPtrArray) files = find_what_stays (context, key_id, removed);

  if (context->json) {
    esimctl_json_print (g_variant_new_parsed (
        "{'key-id': <%s>, 'removed': <%u>, 'still-trusted': <%@as>}", key_id, removed->len,
        g_variant_new_strv ((const char *const *) files->pdata, (gssize) files->len)));
    return;
  }
  for (guint i = 0; i < files->len; i++) {
    const char *file = g_ptr_array_index (files, i);

    g_print (_ ("Still trusted, because it is in this file too: %s\n"),
             *file != '\0' ? file : _ ("(not known)"));
  }
}

static int
take_away (EsimctlContext *context, const char *key_id, const Options *options, GError **error)
{
  g_autofree char *whole = NULL;
  g_autoptr (GPtrArray) found = esimctl_root_file_find (options->folder, key_id, &whole);
  g_autofree char *clean = esim_text_clean (whole != NULL ? whole : key_id);
  g_autofree char *prompt =
      g_strdup_printf (_ ("Believe no server any more that only the root %s vouches for?"), clean);

  if (found->len == 0) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
                 _ ("No file of %s holds the root %s alone. See: esimctl trust list"), options->folder,
                 clean);
    return ESIMCTL_EXIT_NOT_FOUND;
  }
  if (!agree (options, prompt, _ ("Taking a root away needs a yes: on a terminal, or by the option --yes"),
              error))
    return ESIMCTL_EXIT_FAILED;
  for (guint i = 0; i < found->len; i++) {
    const char *path = g_ptr_array_index (found, i);

    if (g_unlink (path) != 0) {
      set_file_error (path, errno, error);
      return ESIMCTL_EXIT_FAILED;
    }
    if (!context->json)
      g_print (_ ("Removed: %s\n"), path);
  }
  tell_what_stays (context, clean, found);
  return ESIMCTL_EXIT_OK;
}

int
esimctl_trust (EsimctlContext *context, int argc, char **argv, GError **error)
{
  Options options = {0};
  g_autofree char *folder = NULL;
  const GOptionEntry entries[] = {
      {"yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL},
      {"test-root", 0, 0, G_OPTION_ARG_NONE, &options.test_root,
       N_ ("With add: it may be a root of a test system"), NULL},
      {"fingerprints", 0, 0, G_OPTION_ARG_NONE, &options.fingerprints,
       N_ ("With list: whole key ids, and fingerprints"), NULL},
      {"folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, N_ ("The folder, instead of /etc/esimd/trust"),
       N_ ("FOLDER")},
      {NULL},
  };
  const char *what;

  if (!esimctl_parse (context, _ ("[list|add FILE|remove KEYID]"), entries, &argc, &argv, 0, 2, error))
    return ESIMCTL_EXIT_USAGE;
  options.folder = folder != NULL ? folder : (char *) ESIM_SYSCONFDIR "/esimd/trust";
  what = argc > 1 ? argv[1] : "list";
  if (argc == 3 && strcmp (what, "add") == 0)
    return add (context, argv[2], &options, error);
  if (argc == 3 && strcmp (what, "remove") == 0)
    return take_away (context, argv[2], &options, error);
  if (argc <= 2 && strcmp (what, "list") == 0)
    return list (context, &options, error);
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                       _ ("Usage: esimctl trust [list|add FILE|remove KEYID]"));
  return ESIMCTL_EXIT_USAGE;
}
