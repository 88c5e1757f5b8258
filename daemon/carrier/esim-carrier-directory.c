/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-directory.h"
#include "esim-carrier-check.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".conf"
#define LINGER_S 60

struct _EsimCarrierDirectory {
  char **folders;
  GPtrArray *carriers; /* NULL = not read */
  char *state;         /* of the files that they were read from */
  guint linger_s;
  guint forget; /* source */
};

EsimCarrierDirectory *
esim_carrier_directory_new (const char *const *folders)
{
  EsimCarrierDirectory *self = g_new0 (EsimCarrierDirectory, 1);

  self->folders = g_strdupv ((char **) folders);
  self->linger_s = LINGER_S;
  return self;
}

void
esim_carrier_directory_set_linger (EsimCarrierDirectory *self, guint seconds)
{
  self->linger_s = seconds;
}

void
esim_carrier_directory_forget (EsimCarrierDirectory *self)
{
  g_clear_handle_id (&self->forget, g_source_remove);
  g_clear_pointer (&self->carriers, g_ptr_array_unref);
  g_clear_pointer (&self->state, g_free);
}

static gboolean
on_forget (gpointer data)
{
  EsimCarrierDirectory *self = data;

  self->forget = 0;
  esim_carrier_directory_forget (self);
  /* The many small pieces are given back to the system too. */
  (void) malloc_trim (0);
  return G_SOURCE_REMOVE;
}

static void
forget_later (EsimCarrierDirectory *self)
{
  g_clear_handle_id (&self->forget, g_source_remove);
  self->forget = g_timeout_add_seconds (self->linger_s, on_forget, self);
}

void
esim_carrier_directory_free (EsimCarrierDirectory *self)
{
  if (self == NULL)
    return;
  esim_carrier_directory_forget (self);
  g_strfreev (self->folders);
  g_free (self);
}

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The files that count, by name: the first folder's of a name. */
static void
add_files (const char *folder, GHashTable *names, GPtrArray *paths)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (dir == NULL)
    return;
  while ((name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, SUFFIX) || paths->len >= ESIM_CARRIER_FILES_MAX ||
        !g_hash_table_add (names, g_strdup (name)))
      continue;
    g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  }
}

static GPtrArray *
list_files (EsimCarrierDirectory *self)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; self->folders[i] != NULL; i++)
    add_files (self->folders[i], names, paths);
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

/* Changes when a file comes, goes, or is written. */
static char *
describe_state (GPtrArray *paths)
{
  GString *state = g_string_new (NULL);

  for (guint i = 0; i < paths->len; i++) {
    const char *path = g_ptr_array_index (paths, i);
    struct stat st = {0};

    (void) stat (path, &st);
    g_string_append_printf (state, "%s %ju %jd %jd.%09ld\n", path, (uintmax_t) st.st_ino,
                            (intmax_t) st.st_size, (intmax_t) st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  }
  return g_string_free (state, FALSE);
}

/* Reads one octet more than a file may have, so that one that is too large is seen as such. A pipe or a
 * device is not waited for. */
static gssize
read_file (const char *path, char *buffer, gsize size)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  struct stat st;
  gsize have = 0;
  gssize n = 0;

  if (fd < 0)
    return -1;
  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode)) {
    (void) close (fd);
    return -1;
  }
  while (have < size && (n = read (fd, buffer + have, size - have)) > 0)
    have += (gsize) n;
  (void) close (fd);
  return n < 0 ? -1 : (gssize) have;
}

static void
tell_problems (const char *path, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++) {
    const EsimCarrierProblem *problem = g_ptr_array_index (problems, i);

    g_warning ("%s:%u: [%s] %s: %s", path, problem->line, problem->group, problem->key, problem->words);
  }
}

static EsimCarrier *
find (GPtrArray *carriers, const char *id)
{
  for (guint i = 0; i < carriers->len; i++) {
    EsimCarrier *carrier = g_ptr_array_index (carriers, i);

    if (strcmp (carrier->id, id) == 0)
      return carrier;
  }
  return NULL;
}

static void
load_file (EsimCarrierDirectory *self, const char *path, char *buffer, gsize size)
{
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  g_autoptr (EsimCarrier) carrier = NULL;
  gssize length = read_file (path, buffer, size);

  if (length == 0)
    return;
  if (length < 0) {
    g_warning ("%s: could not be read, or is no regular file: left out", path);
    return;
  }
  carrier = esim_carrier_check (buffer, (gsize) length, problems);
  if (carrier == NULL)
    tell_problems (path, problems);
  else if (find (self->carriers, carrier->id) != NULL)
    g_warning ("%s: another file has the id \"%s\" already: left out", path, carrier->id);
  else
    g_ptr_array_add (self->carriers, g_steal_pointer (&carrier));
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(EsimCarrier *const *) a)->id, (*(EsimCarrier *const *) b)->id);
}

GPtrArray *
esim_carrier_directory_list (EsimCarrierDirectory *self)
{
  g_autoptr (GPtrArray) paths = list_files (self);
  g_autofree char *state = describe_state (paths);
  g_autofree char *buffer = NULL;

  if (self->carriers != NULL && strcmp (state, self->state) == 0) {
    forget_later (self);
    return self->carriers;
  }
  esim_carrier_directory_forget (self);
  self->state = g_steal_pointer (&state);
  self->carriers = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_carrier_unref);
  buffer = g_malloc (ESIM_CARRIER_FILE_MAX + 1);
  for (guint i = 0; i < paths->len; i++)
    load_file (self, g_ptr_array_index (paths, i), buffer, ESIM_CARRIER_FILE_MAX + 1);
  g_ptr_array_sort (self->carriers, compare_ids);
  forget_later (self);
  return self->carriers;
}

EsimCarrier *
esim_carrier_directory_find (EsimCarrierDirectory *self, const char *id)
{
  return find (esim_carrier_directory_list (self), id);
}
