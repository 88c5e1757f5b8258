/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-proofs.h"
#include "hex.h"
#include "host-fixture.h"

static EsimOutboxItem *
make_item (const char *eid, const char *hex)
{
  static const char *const key_ids[] = {KEY_ID, NULL};
  g_autoptr (GBytes) bytes = hex_bytes (hex);
  g_autoptr (GError) error = NULL;
  EsimNotification *notification = esim_notification_parse (bytes, &error);
  EsimOutboxItem *item;

  g_assert_no_error (error);
  item = esim_outbox_item_new (eid, notification, key_ids);
  esim_notification_unref (notification);
  return item;
}

static EsimDeregistrationRecord *
make_record (EsimStage stage)
{
  EsimDeregistrationRecord *record = esim_deregistration_record_new ("one");

  record->stage = stage;
  record->recipients = 1;
  record->last_sequence = 4;
  esim_set_string (&record->eid, EID);
  esim_set_string (&record->iccid, ICCID);
  return record;
}

/* Not to be let go of, on the card or on disk, before the record has what it needs of it. */
static void
test_want (void)
{
  static const struct {
    EsimStage stage;
    const char *eid, *notification;
    gboolean wanted;
  } cases[] = {
      /* Acknowledged before the step "deleted" is on disk, which names it as a proof. */
      {ESIM_STAGE_REMOVING_PROFILE, EID, NOTIFICATION ("05", "410"), TRUE},
      {ESIM_STAGE_REMOVING_PROFILE, EID, NOTIFICATION ("05", "520"), FALSE},
      {ESIM_STAGE_REMOVING_PROFILE, EID, OTHER_NOTIFICATION ("05", "410"), FALSE},
      {ESIM_STAGE_REMOVING_PROFILE, OTHER_EID, NOTIFICATION ("05", "410"), FALSE},
      /* The card gave it late. */
      {ESIM_STAGE_NOTIFYING_OPERATOR, EID, NOTIFICATION ("05", "410"), TRUE},
      {ESIM_STAGE_NOTIFYING_OPERATOR, EID, NOTIFICATION ("04", "410"), FALSE},
      {ESIM_STAGE_NOTIFYING_OPERATOR, EID, OTHER_NOTIFICATION ("05", "410"), FALSE},
      {ESIM_STAGE_NOTIFYING_OPERATOR, OTHER_EID, NOTIFICATION ("05", "410"), FALSE},
      {ESIM_STAGE_COMPLETED, EID, NOTIFICATION ("05", "410"), FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimDeregistrationRecord) record = make_record (cases[i].stage);
    EsimOutboxItem *item = make_item (cases[i].eid, cases[i].notification);

    g_assert_cmpint (esim_proofs_want (record, item), ==, cases[i].wanted);
    esim_outbox_item_unref (item);
  }
}

/* A proof is wanted until the record has its acknowledgement. */
static void
test_want_until_acknowledged (void)
{
  g_autoptr (EsimDeregistrationRecord) record = make_record (ESIM_STAGE_NOTIFYING_OPERATOR);
  EsimOutboxItem *item = make_item (EID, NOTIFICATION ("05", "410"));
  EsimProof *proof = g_new0 (EsimProof, 1);

  proof->notification = esim_notification_ref (item->notification);
  g_ptr_array_add (record->proofs, proof);
  g_assert_true (esim_proofs_want (record, item));
  proof->acknowledged_at = 1;
  g_assert_false (esim_proofs_want (record, item));
  esim_outbox_item_unref (item);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proofs/want", test_want);
  g_test_add_func ("/proofs/want-until-acknowledged", test_want_until_acknowledged);
  return g_test_run ();
}
