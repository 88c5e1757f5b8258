/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-trust.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-rsp-known.h"
#include "esim-rsp-root.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define FILE_MAX (1024 * 1024)
#define ROOTS_MAX 256
#define FILES_MAX 1024 /* of a folder */
#define KEY_ID_MAX 128

struct _EsimRspTrust {
  gatomicrefcount refs;
  char **folders;
  GHashTable *also_trust; /* set of key ids, upper case */
  GMutex lock;
  GPtrArray *roots; /* of EsimRspRoot; NULL until asked for; never changed, only replaced */
  char *state;      /* of the folders when they were read; NULL: never */
  guint generation; /* one more for each other state */
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
  root = esim_rsp_root_new (certificate, path, &error);
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

/* The first by name stay: which those are does not hang on the order in which a folder is read. */
static void
keep_first (GPtrArray *paths)
{
  g_ptr_array_sort (paths, compare_names);
  if (paths->len > FILES_MAX)
    g_ptr_array_set_size (paths, FILES_MAX);
}

/* Returns: (element-type utf8): paths of a folder's files, in an order that is the same on each machine */
static GPtrArray *
list_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (name[0] == '.')
      continue;
    g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
    if (paths->len == 2 * FILES_MAX)
      keep_first (paths);
  }
  keep_first (paths);
  return paths;
}

static GPtrArray *
list_files (EsimRspTrust *self)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; self->folders[i] != NULL; i++)
    g_ptr_array_extend_and_steal (paths, list_folder (self->folders[i]));
  return paths;
}

/* What tells one state of the files from another. Their content, and not their times: a clock that ticks
 * every few milliseconds does not see what happens in between, and they are short. */
static char *
describe_files (GPtrArray *paths)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < paths->len; i++) {
    const char *path = paths->pdata[i];
    g_autoptr (GMappedFile) file =
        g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_mapped_file_new (path, FALSE, NULL) : NULL;
    gsize length = file != NULL ? g_mapped_file_get_length (file) : 0;

    g_checksum_update (sum, (const guchar *) path, (gssize) strlen (path) + 1);
    g_checksum_update (sum, (const guchar *) &length, sizeof length);
    if (length > 0 && length <= FILE_MAX)
      g_checksum_update (sum, (const guchar *) g_mapped_file_get_contents (file), (gssize) length);
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* Whoever has the private key of such a root, and it may be everybody, can make any server trusted. */
static void
warn_of_test_root (const EsimRspRoot *root)
{
  const EsimRspKnown *known = esim_rsp_known_find (root->key_id);

  if (known != NULL && known->test)
    esim_log (
        ESIM_LOG_TEST_ROOT, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, root->file,
        "%s: \"%s\" is the root of a test system, whose keys may be public: take it away from a machine "
        "that is in use",
        root->file, root->name);
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
  g_free (self->state);
  g_hash_table_unref (self->also_trust);
  g_strfreev (self->folders);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GPtrArray *
esim_rsp_trust_dup_roots (EsimRspTrust *self, guint *generation)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) paths = list_files (self);
  g_autofree char *state = describe_files (paths);
  gboolean changed = FALSE;

  if (g_strcmp0 (state, self->state) != 0) {
    g_clear_pointer (&self->roots, g_ptr_array_unref);
    g_free (self->state);
    self->state = g_steal_pointer (&state);
    self->generation++;
    changed = TRUE;
  }
  if (self->roots == NULL) {
    self->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_rsp_root_free);
    for (guint i = 0; i < paths->len; i++)
      add_from_file (self->roots, paths->pdata[i]);
  }
  /* Not each time that the same files are read again. */
  for (guint i = 0; changed && i < self->roots->len; i++)
    warn_of_test_root (self->roots->pdata[i]);
  if (generation != NULL)
    *generation = self->generation;
  return g_ptr_array_ref (self->roots);
}

void
esim_rsp_trust_rest (EsimRspTrust *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_clear_pointer (&self->roots, g_ptr_array_unref);
}

static EsimRspRoot *
find_root (GPtrArray *roots, const char *key_id)
{
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
  g_autoptr (GPtrArray) roots = esim_rsp_trust_dup_roots (self, NULL);

  return roots->len;
}

gboolean
esim_rsp_trust_has (EsimRspTrust *self, const char *key_id)
{
  g_autoptr (GPtrArray) roots = esim_rsp_trust_dup_roots (self, NULL);

  return find_root (roots, key_id) != NULL;
}

char *
esim_rsp_trust_dup_name (EsimRspTrust *self, const char *key_id)
{
  g_autoptr (GPtrArray) roots = esim_rsp_trust_dup_roots (self, NULL);
  const EsimRspRoot *root = find_root (roots, key_id);
  const EsimRspKnown *known = esim_rsp_known_find (key_id);

  if (root == NULL && known == NULL)
    return NULL;
  return g_strdup (root != NULL ? root->name : known->name);
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

static void
entry_free (gpointer data)
{
  EsimRspTrustEntry *entry = data;

  g_free (entry->name);
  g_free (entry->key_id);
  g_free (entry->fingerprint);
  g_free (entry->file);
  g_free (entry->curve);
  g_free (entry);
}

static void
add_installed (GPtrArray *list, const EsimRspRoot *root)
{
  const EsimRspKnown *known = esim_rsp_known_find (root->key_id);
  EsimRspTrustEntry *entry = g_new0 (EsimRspTrustEntry, 1);

  entry->name = g_strdup (root->name);
  entry->key_id = g_strdup (root->key_id);
  entry->fingerprint = g_strdup (root->fingerprint);
  entry->file = g_strdup (root->file);
  entry->curve = g_strdup (root->curve);
  entry->test = known != NULL && known->test;
  entry->installed = TRUE;
  g_ptr_array_add (list, entry);
}

static void
add_known (GPtrArray *list, const EsimRspKnown *known)
{
  EsimRspTrustEntry *entry = g_new0 (EsimRspTrustEntry, 1);

  entry->name = g_strdup (known->name);
  entry->key_id = g_strdup (known->key_id);
  entry->fingerprint = g_strdup (known->sha256 != NULL ? known->sha256 : "");
  entry->file = g_strdup ("");
  entry->curve = g_strdup (known->curve);
  entry->test = known->test;
  g_ptr_array_add (list, entry);
}

static gboolean
is_at_rest (EsimRspTrust *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->roots == NULL;
}

GPtrArray *
esim_rsp_trust_list (EsimRspTrust *self)
{
  gboolean at_rest = is_at_rest (self);
  g_autoptr (GPtrArray) roots = esim_rsp_trust_dup_roots (self, NULL);
  GPtrArray *list = g_ptr_array_new_with_free_func (entry_free);
  const EsimRspKnown *known;

  for (guint i = 0; i < roots->len; i++)
    add_installed (list, roots->pdata[i]);
  for (guint i = 0; (known = esim_rsp_known_get (i)) != NULL; i++)
    if (find_root (roots, known->key_id) == NULL)
      add_known (list, known);
  for (guint i = 0; i < list->len; i++) {
    EsimRspTrustEntry *entry = list->pdata[i];

    entry->also_trusted = esim_rsp_trust_is_also_trusted (self, entry->key_id);
  }
  /* Nobody else has a use for them: a look costs no memory afterwards. */
  if (at_rest)
    esim_rsp_trust_rest (self);
  return list;
}
