/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-downloads.h"
#include "esim-download-recovery.h"
#include "esim-error.h"
#include "esim-log.h"

struct _EsimDownloads {
  gatomicrefcount refs;
  const EsimConfig *config;
  EsimHttpHub *hub;
  EsimDownloadsTold told;
  gpointer user_data;
  GHashTable *looks; /* EsimEuicc → Look: those within reach */
  GHashTable *known; /* ids of records of which was told: a disk may not take that */
  gboolean stopped;
};

/* Of a card within reach. */
typedef struct {
  EsimDownloads *downloads;
  EsimEuicc *euicc;
  guint tries; /* in a row that left something */
  guint retry; /* source of the next one */
} Look;

typedef struct {
  EsimDownloads *downloads;
  char *eid;
  GPtrArray *outcomes;
  gboolean left;
} Recovery;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_clear_handle_id (&look->retry, g_source_remove);
  g_free (look);
}

static void
recovery_free (gpointer data)
{
  Recovery *recovery = data;

  g_free (recovery->eid);
  g_ptr_array_unref (recovery->outcomes);
  esim_downloads_unref (recovery->downloads);
  g_free (recovery);
}

static gboolean
recover_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Recovery *recovery = data;

  return esim_download_recover (host, recovery->downloads->hub, recovery->eid, recovery->outcomes,
                                &recovery->left, error);
}

static void
tell (EsimDownloads *self, EsimEuicc *euicc, const EsimDownloadOutcome *outcome)
{
  g_autoptr (EsimOperation) operation = NULL;
  GVariantDict dict;

  if (!g_hash_table_add (self->known, g_strdup (outcome->id)))
    return;
  operation = esim_operation_new ("download", G_OBJECT (euicc), NULL, outcome->requester);
  esim_log (outcome->error == NULL ? ESIM_LOG_PROFILE_INSTALLED : ESIM_LOG_DOWNLOAD_CUT_OFF,
            outcome->error == NULL ? ESIM_LOG_INFO : ESIM_LOG_WARNING, ESIM_LOG_FIELD_SERVER,
            outcome->address, "a download from %s for user %u was cut off: %s", outcome->address,
            outcome->requester,
            outcome->error == NULL ? "the profile is on the card" : outcome->error->message);
  self->told (operation, self->user_data);
  if (outcome->error != NULL) {
    esim_operation_finish (operation, NULL, outcome->error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "iccid", "s", outcome->iccid != NULL ? outcome->iccid : "");
  g_variant_dict_insert (&dict, "root-key-id", "s", "");
  g_variant_dict_insert (&dict, "notification", "s", "pending");
  g_variant_dict_insert (&dict, "cut-off", "b", TRUE);
  esim_operation_finish (operation, g_variant_dict_end (&dict), NULL);
}

static void run (Look *look);

static gboolean
on_retry (gpointer data)
{
  Look *look = data;

  look->retry = 0;
  run (look);
  return G_SOURCE_REMOVE;
}

static void
plan (Look *look)
{
  const EsimConfig *config = look->downloads->config;

  if (look->retry == 0)
    look->retry = g_timeout_add_seconds (
        esim_outbox_get_pause (++look->tries, config->retry_min_s, config->retry_max_s), on_retry, look);
}

static void
recover_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Recovery *recovery = data;
  EsimDownloads *self = recovery->downloads;
  Look *look;

  if (self->stopped)
    return;
  if (error != NULL)
    g_message ("what an earlier download left: %s", error->message);
  for (guint i = 0; i < recovery->outcomes->len; i++)
    tell (self, euicc, g_ptr_array_index (recovery->outcomes, i));
  look = g_hash_table_lookup (self->looks, euicc);
  if (look == NULL)
    return;
  if (recovery->left)
    plan (look);
  else
    look->tries = 0;
}

static void
run (Look *look)
{
  Recovery *recovery = g_new0 (Recovery, 1);

  recovery->downloads = look->downloads;
  g_atomic_ref_count_inc (&recovery->downloads->refs);
  recovery->eid = g_strdup (esim_euicc_get_eid (look->euicc));
  recovery->outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_download_outcome_free);
  esim_euicc_run (look->euicc, NULL, recover_job, recover_done, recovery, recovery_free);
}

void
esim_downloads_update (EsimDownloads *self, EsimEuicc *euicc)
{
  Look *look;

  if (self->stopped)
    return;
  if (!esim_euicc_is_present (euicc)) {
    g_hash_table_remove (self->looks, euicc);
    return;
  }
  if (g_hash_table_contains (self->looks, euicc))
    return;
  look = g_new0 (Look, 1);
  look->downloads = self;
  look->euicc = euicc;
  g_hash_table_insert (self->looks, euicc, look);
  run (look);
}

void
esim_downloads_look_again (EsimDownloads *self, EsimEuicc *euicc, const char *told)
{
  Look *look = g_hash_table_lookup (self->looks, euicc);

  if (told != NULL)
    g_hash_table_add (self->known, g_strdup (told));
  if (!self->stopped && look != NULL)
    plan (look);
}

void
esim_downloads_forget (EsimDownloads *self, EsimEuicc *euicc)
{
  g_hash_table_remove (self->looks, euicc);
}

void
esim_downloads_stop (EsimDownloads *self)
{
  self->stopped = TRUE;
  g_hash_table_remove_all (self->looks);
}

EsimDownloads *
esim_downloads_new (const EsimConfig *config, EsimHttpHub *hub, EsimDownloadsTold told, gpointer user_data)
{
  EsimDownloads *self = g_new0 (EsimDownloads, 1);

  g_atomic_ref_count_init (&self->refs);
  self->config = config;
  self->hub = hub;
  self->told = told;
  self->user_data = user_data;
  self->looks = g_hash_table_new_full (NULL, NULL, NULL, look_free);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
esim_downloads_unref (EsimDownloads *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->looks);
  g_hash_table_unref (self->known);
  g_free (self);
}
