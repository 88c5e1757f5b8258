/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-trust.h"
#include "esim-error.h"
#include "esim-rsp-root.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define FILE_MAX (1024 * 1024)
#define ROOTS_MAX 256
#define KEY_ID_MAX 128

struct _EsimRspTrust {
  gatomicrefcount refs;
  char **folders;
  GHashTable *also_trust; /* set of key ids, upper case */
  GMutex lock;
  GPtrArray *roots; /* of EsimRspRoot; NULL until asked for, then never changed */
};

char *
esim_rsp_trust_normalize (const char *key_id)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const char *c = key_id; *c != '\0'; c++) {
    if (*c == ':' || *c == ' ')
      continue;
    if (!g_ascii_isxdigit (*c) || text->len == KEY_ID_MAX)
      return NULL;
    g_string_append_c (text, g_ascii_toupper (*c));
  }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static gboolean
holds_certificate (GPtrArray *roots, X509 *certificate)
{
  for (guint i = 0; i < roots->len; i++)
    if (X509_cmp (((EsimRspRoot *) roots->pdata[i])->certificate, certificate) == 0)
      return TRUE;
  return FALSE;
}

static void
add_certificate (GPtrArray *roots, X509 *certificate, const char *path)
{
  g_autoptr (GError) error = NULL;
  EsimRspRoot *root;

  if (holds_certificate (roots, certificate))
    return;
  if (roots->len == ROOTS_MAX) {
    g_warning ("%s: passed over: there are more than %d roots", path, ROOTS_MAX);
    return;
  }
  root = esim_rsp_root_new (certificate, &error);
  if (root == NULL)
    g_warning ("%s: passed over: %s", path, error->message);
  else
    g_ptr_array_add (roots, root);
}

/* Returns: how many certificates were in it. */
static guint
add_from_data (GPtrArray *roots, const char *data, gsize length, const char *path)
{
  g_autoptr (BIO) in = BIO_new_mem_buf (data, (int) length);
  const guint8 *der = (const guint8 *) data;
  X509 *certificate = d2i_X509 (NULL, &der, (long) length);
  guint found = 0;

  /* As it is in a file: DER is the whole of it. */
  if (certificate != NULL) {
    add_certificate (roots, certificate, path);
    X509_free (certificate);
    return 1;
  }
  while ((certificate = PEM_read_bio_X509 (in, NULL, NULL, NULL)) != NULL) {
    add_certificate (roots, certificate, path);
    X509_free (certificate);
    found++;
  }
  ERR_clear_error ();
  return found;
}

static void
add_from_file (GPtrArray *roots, const char *path)
{
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return;
  file = g_mapped_file_new (path, FALSE, &error);
  if (file == NULL) {
    g_warning ("%s: passed over: %s", path, error->message);
    return;
  }
  if (g_mapped_file_get_length (file) > FILE_MAX) {
    g_warning ("%s: passed over: too long for a file of root certificates", path);
    return;
  }
  if (g_mapped_file_get_length (file) == 0 ||
      add_from_data (roots, g_mapped_file_get_contents (file), g_mapped_file_get_length (file), path) == 0)
    g_warning ("%s: passed over: it is no certificate (PEM or DER)", path);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_from_folder (GPtrArray *roots, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  /* The order in which a folder is read differs from machine to machine. */
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);

    add_from_file (roots, path);
  }
}

EsimRspTrust *
esim_rsp_trust_new (const char *const *folders, const char *const *also_trust)
{
  EsimRspTrust *self = g_new0 (EsimRspTrust, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->folders = folders != NULL ? g_strdupv ((char **) folders) : g_new0 (char *, 1);
  self->also_trust = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; also_trust != NULL && also_trust[i] != NULL; i++) {
    char *key_id = esim_rsp_trust_normalize (also_trust[i]);

    if (key_id == NULL)
      g_warning ("also-trust: \"%s\" is no key id: hexadecimal digits are expected", also_trust[i]);
    else
      g_hash_table_add (self->also_trust, key_id);
  }
  return self;
}

EsimRspTrust *
esim_rsp_trust_ref (EsimRspTrust *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_rsp_trust_unref (EsimRspTrust *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->roots, g_ptr_array_unref);
  g_hash_table_unref (self->also_trust);
  g_strfreev (self->folders);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GPtrArray *
esim_rsp_trust_get_roots (EsimRspTrust *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->roots == NULL) {
    self->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_rsp_root_free);
    for (gsize i = 0; self->folders[i] != NULL; i++)
      add_from_folder (self->roots, self->folders[i]);
  }
  return self->roots;
}

static EsimRspRoot *
find_root (EsimRspTrust *self, const char *key_id)
{
  GPtrArray *roots = esim_rsp_trust_get_roots (self);

  for (guint i = 0; i < roots->len; i++) {
    EsimRspRoot *root = roots->pdata[i];

    if (g_ascii_strcasecmp (root->key_id, key_id) == 0)
      return root;
  }
  return NULL;
}

guint
esim_rsp_trust_get_size (EsimRspTrust *self)
{
  return esim_rsp_trust_get_roots (self)->len;
}

gboolean
esim_rsp_trust_has (EsimRspTrust *self, const char *key_id)
{
  return find_root (self, key_id) != NULL;
}

const char *
esim_rsp_trust_get_name (EsimRspTrust *self, const char *key_id)
{
  EsimRspRoot *root = find_root (self, key_id);

  return root != NULL ? root->name : esim_rsp_root_get_known_name (key_id);
}

gboolean
esim_rsp_trust_is_also_trusted (EsimRspTrust *self, const char *key_id)
{
  g_autofree char *normal = esim_rsp_trust_normalize (key_id);

  return normal != NULL && g_hash_table_contains (self->also_trust, normal);
}

char *
esim_rsp_trust_dup_folders (EsimRspTrust *self)
{
  return self->folders[0] != NULL ? g_strjoinv (" or ", self->folders) : g_strdup ("a folder of roots");
}
