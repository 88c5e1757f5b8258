/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mm-modem.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 256
#define UID_MAX 4096 /* a path of the kernel's */
#define PORTS_MAX 64
#define ICCID_MIN 18
#define ICCID_MAX 20
#define EID_DIGITS 32
#define SLOTS_MAX 255
#define DIGITS "0123456789"
#define NODE_FOLDER "/dev/"
#define QRTR_PREFIX "qrtr"

G_DEFINE_BOXED_TYPE (EsimMmModem, esim_mm_modem, esim_mm_modem_ref, esim_mm_modem_unref)

static void
port_free (gpointer data)
{
  EsimMmPort *port = data;

  g_free (port->path);
  g_free (port);
}

static gboolean
is_printable (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (!g_unichar_isprint (g_utf8_get_char (text)))
      return FALSE;
  return TRUE;
}

/* Valid as long as @dict; NULL unless it is a string of 1 to @max octets that can be shown. */
static const char *
get_text (GVariant *dict, const char *key, gsize max)
{
  const char *text = NULL;

  if (dict == NULL || !g_variant_lookup (dict, key, "&s", &text) || *text == '\0' || strlen (text) > max ||
      !is_printable (text))
    return NULL;
  return text;
}

static gboolean
is_digits (const char *text, gsize least, gsize most)
{
  gsize length = strspn (text, DIGITS);

  return text[length] == '\0' && length >= least && length <= most;
}

/* The padding of the card's nibbles, which some modems pass on. */
static char *
read_iccid (GVariant *sim)
{
  const char *text = get_text (sim, "SimIdentifier", TEXT_MAX);
  g_autofree char *iccid = NULL;

  if (text == NULL)
    return NULL;
  iccid = g_strndup (text, strspn (text, DIGITS));
  text += strlen (iccid);
  if (text[strspn (text, "Ff")] != '\0' || !is_digits (iccid, ICCID_MIN, ICCID_MAX))
    return NULL;
  return g_steal_pointer (&iccid);
}

static char *
read_eid (GVariant *sim)
{
  const char *text = get_text (sim, "Eid", TEXT_MAX);

  return text != NULL && is_digits (text, EID_DIGITS, EID_DIGITS) ? g_strdup (text) : NULL;
}

static char *
read_name (GVariant *modem)
{
  const char *maker = get_text (modem, "Manufacturer", TEXT_MAX);
  const char *model = get_text (modem, "Model", TEXT_MAX);

  if (maker == NULL || model == NULL)
    return g_strdup (maker != NULL ? maker : model != NULL ? model : "");
  return g_strjoin (" ", maker, model, NULL);
}

/* The kernel's name of a port → what is opened; NULL if it is no name. */
static char *
name_port (const char *name)
{
  if (*name == '\0' || *name == '.' || strlen (name) > TEXT_MAX ||
      name[strspn (name, DIGITS G_CSET_a_2_z G_CSET_A_2_Z "._-")] != '\0')
    return NULL;
  if (g_str_has_prefix (name, QRTR_PREFIX))
    return g_strdup (name);
  return g_strconcat (NODE_FOLDER, name, NULL);
}

static GPtrArray *
read_ports (GVariant *modem)
{
  GPtrArray *ports = g_ptr_array_new_with_free_func (port_free);
  g_autoptr (GVariant) list = g_variant_lookup_value (modem, "Ports", G_VARIANT_TYPE ("a(su)"));
  gsize n = list != NULL ? MIN (g_variant_n_children (list), PORTS_MAX) : 0;

  for (gsize i = 0; i < n; i++) {
    const char *name;
    guint32 type;
    g_autofree char *path = NULL;
    EsimMmPort *port;

    g_variant_get_child (list, i, "(&su)", &name, &type);
    if (type != ESIM_MM_PORT_QMI && type != ESIM_MM_PORT_MBIM)
      continue;
    path = name_port (name);
    if (path == NULL)
      continue;
    port = g_new (EsimMmPort, 1);
    *port = (EsimMmPort){(EsimMmPortType) type, g_steal_pointer (&path)};
    g_ptr_array_add (ports, port);
  }
  return ports;
}

static void
read_state (GVariant *modem, EsimMmModem *self)
{
  gint32 state = ESIM_MM_STATE_UNKNOWN;
  guint32 reason = ESIM_MM_REASON_NONE;

  (void) g_variant_lookup (modem, "State", "i", &state);
  if (state < ESIM_MM_STATE_FAILED || state > ESIM_MM_STATE_CONNECTED)
    state = ESIM_MM_STATE_UNKNOWN;
  self->state = (EsimMmState) state;
  if (self->state != ESIM_MM_STATE_FAILED)
    return;
  (void) g_variant_lookup (modem, "StateFailedReason", "u", &reason);
  self->failed_reason =
      reason <= ESIM_MM_REASON_ESIM_WITHOUT_PROFILES ? (EsimMmReason) reason : ESIM_MM_REASON_UNKNOWN;
}

EsimMmModem *
esim_mm_modem_new (const char *path, GVariant *modem, GVariant *sim)
{
  const char *uid = get_text (modem, "Device", UID_MAX);
  const char *primary = get_text (modem, "PrimaryPort", TEXT_MAX);
  guint32 slot = 0;
  EsimMmModem *self;

  if (uid == NULL)
    return NULL;
  self = g_rc_box_new0 (EsimMmModem);
  self->uid = g_strdup (uid);
  self->path = g_strdup (path);
  self->name = read_name (modem);
  self->ports = read_ports (modem);
  read_state (modem, self);
  self->primary_port = primary != NULL ? name_port (primary) : NULL;
  if (g_variant_lookup (modem, "PrimarySimSlot", "u", &slot) && slot <= SLOTS_MAX)
    self->primary_slot = slot;
  self->iccid = read_iccid (sim);
  self->eid = read_eid (sim);
  self->imei = g_strdup (get_text (modem, "EquipmentIdentifier", TEXT_MAX));
  return self;
}

EsimMmModem *
esim_mm_modem_ref (EsimMmModem *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  EsimMmModem *self = data;

  g_free ((char *) self->uid);
  g_free ((char *) self->path);
  g_free ((char *) self->name);
  g_ptr_array_unref ((GPtrArray *) self->ports);
  g_free ((char *) self->primary_port);
  g_free ((char *) self->iccid);
  g_free ((char *) self->eid);
  g_free ((char *) self->imei);
}

void
esim_mm_modem_unref (EsimMmModem *self)
{
  g_rc_box_release_full (self, clear);
}

static gboolean
ports_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++) {
    const EsimMmPort *one = a->pdata[i], *other = b->pdata[i];

    if (one->type != other->type || !g_str_equal (one->path, other->path))
      return FALSE;
  }
  return TRUE;
}

gboolean
esim_mm_modem_equal (const EsimMmModem *a, const EsimMmModem *b)
{
  return g_str_equal (a->uid, b->uid) && g_str_equal (a->path, b->path) && g_str_equal (a->name, b->name) &&
         ports_equal (a->ports, b->ports) && a->state == b->state && a->failed_reason == b->failed_reason &&
         g_strcmp0 (a->primary_port, b->primary_port) == 0 && a->primary_slot == b->primary_slot &&
         g_strcmp0 (a->iccid, b->iccid) == 0 && g_strcmp0 (a->eid, b->eid) == 0 &&
         g_strcmp0 (a->imei, b->imei) == 0;
}

static gboolean
has_port (const EsimMmModem *self, const char *path)
{
  for (guint i = 0; i < self->ports->len; i++) {
    const EsimMmPort *port = self->ports->pdata[i];

    if (g_str_equal (port->path, path))
      return TRUE;
  }
  return FALSE;
}

gboolean
esim_mm_modem_is_named (const EsimMmModem *self, const char *uid, const char *device)
{
  g_autofree char *target = NULL;
  char *found;

  if (g_strcmp0 (self->uid, uid) == 0)
    return TRUE;
  if (device == NULL || *device == '\0')
    return FALSE;
  if (has_port (self, device))
    return TRUE;
  /* An administrator may have named a link that a rule of theirs makes. */
  found = realpath (device, NULL);
  target = g_strdup (found);
  free (found);
  return target != NULL && has_port (self, target);
}

gboolean
esim_mm_modem_in_transition (const EsimMmModem *self)
{
  switch (self->state) {
  case ESIM_MM_STATE_UNKNOWN: /* before the first look at the modem */
  case ESIM_MM_STATE_INITIALIZING:
  case ESIM_MM_STATE_DISABLING:
  case ESIM_MM_STATE_ENABLING:
  case ESIM_MM_STATE_DISCONNECTING:
  case ESIM_MM_STATE_CONNECTING:
    return TRUE;
  case ESIM_MM_STATE_FAILED:
  case ESIM_MM_STATE_LOCKED:
  case ESIM_MM_STATE_DISABLED:
  case ESIM_MM_STATE_ENABLED:
  case ESIM_MM_STATE_SEARCHING:
  case ESIM_MM_STATE_REGISTERED:
  case ESIM_MM_STATE_CONNECTED:
  default:
    return FALSE;
  }
}

static gboolean
same_iccid (const char *a, const char *b)
{
  gsize length_a = strspn (a, DIGITS), length_b = strspn (b, DIGITS);
  gsize least = MIN (length_a, length_b);

  if (strncmp (a, b, least) != 0)
    return FALSE;
  return length_a == length_b || (least == ICCID_MAX - 1 && MAX (length_a, length_b) == ICCID_MAX);
}

gboolean
esim_mm_modem_shows (const EsimMmModem *self, const char *iccid)
{
  if (iccid != NULL)
    return self->iccid != NULL && same_iccid (self->iccid, iccid);
  return self->iccid == NULL && !esim_mm_modem_in_transition (self);
}

char *
esim_mm_modem_describe_state (const EsimMmModem *self)
{
  static const char *const states[] = {
      "failed",  "unknown",   "initializing", "locked",        "disabled",   "disabling", "enabling",
      "enabled", "searching", "registered",   "disconnecting", "connecting", "connected"};
  static const char *const reasons[] = {
      NULL, "unknown", "sim-missing", "sim-error", "unknown-capabilities", "esim-without-profiles"};
  const char *state = states[self->state - ESIM_MM_STATE_FAILED];
  const char *reason = reasons[self->failed_reason];

  G_STATIC_ASSERT (G_N_ELEMENTS (states) == ESIM_MM_STATE_CONNECTED + 2);
  G_STATIC_ASSERT (G_N_ELEMENTS (reasons) == ESIM_MM_REASON_ESIM_WITHOUT_PROFILES + 1);
  return reason != NULL ? g_strdup_printf ("%s: %s", state, reason) : g_strdup (state);
}
