/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-said.h"

#include <string.h>

#define ICCID_MIN 18
#define ICCID_MAX 20

/* An ICCID has 19 digits where its check digit is counted among 20 places, or 20; filled up with F. */
static gsize
count_digits (const char *iccid)
{
  return iccid != NULL ? strspn (iccid, "0123456789") : 0;
}

static gboolean
is_iccid (const char *iccid)
{
  gsize digits = count_digits (iccid);

  return digits >= ICCID_MIN && digits <= ICCID_MAX && iccid[digits + strspn (iccid + digits, "fF")] == '\0';
}

static gboolean
is_same (const char *a, const char *b)
{
  gsize digits_a = count_digits (a), digits_b = count_digits (b);
  gsize common = MIN (digits_a, digits_b);

  return common >= ICCID_MAX - 1 ? strncmp (a, b, common) == 0
                                 : digits_a == digits_b && strncmp (a, b, common) == 0;
}

/* One entry of ours. Two that contradict each other say nothing. */
static gboolean
take_own (EsimTs43Said *self, const EsimTs43Entry *entry)
{
  if (entry->status < 1 || entry->status > 4 ||
      (self->list == ESIM_TS43_LIST_STATUS && self->status != entry->status))
    return FALSE;
  self->list = ESIM_TS43_LIST_STATUS;
  self->status = entry->status;
  self->interval = MAX (self->interval, MAX (entry->interval, 0));
  return TRUE;
}

void
esim_ts43_said_take_list (EsimTs43Said *self, const char *iccid, const EsimTs43Entry *entries, guint n,
                          GPtrArray *others)
{
  gboolean whole = n > 0, sound = TRUE;

  self->list = ESIM_TS43_LIST_NOTHING;
  self->status = 0;
  self->interval = 0;
  for (guint i = 0; i < n; i++) {
    if (!is_iccid (entries[i].iccid))
      whole = FALSE; /* it could be ours */
    else if (is_same (entries[i].iccid, iccid))
      sound = take_own (self, &entries[i]) && sound;
    else
      g_ptr_array_add (others, (gpointer) entries[i].iccid);
  }
  g_ptr_array_add (others, NULL);
  self->others = (const char *const *) others->pdata;
  if (!sound || (self->operation_result != -1 && self->operation_result != 1)) {
    self->list = ESIM_TS43_LIST_NOTHING;
    self->status = 0;
    self->interval = 0;
  } else if (self->list == ESIM_TS43_LIST_NOTHING && whole) {
    self->list = ESIM_TS43_LIST_ABSENT;
  }
}
