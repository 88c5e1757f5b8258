/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mbim-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

enum { MSG_OPEN = 1, MSG_CLOSE = 2, MSG_COMMAND = 3 };
enum { MSG_DONE = 0x80000003, MSG_FUNCTION_ERROR = 0x80000004, MSG_INDICATE = 0x80000007 };
enum { STATUS_NO_DEVICE_SUPPORT = 9, STATUS_INVALID_PARAMETERS = 21, STATUS_NOT_ALLOWED = 28 };

static const guint8 basic_connect[16] = {0xa2, 0x89, 0xcc, 0x33, 0xbc, 0xbb, 0x8b, 0x4f,
                                         0xb6, 0xb0, 0x13, 0x3e, 0xc2, 0xaa, 0xe6, 0xdf};
static const guint8 extensions[16] = {0x3d, 0x01, 0xdc, 0xc5, 0xfe, 0xf5, 0x4d, 0x05,
                                      0x0d, 0x3a, 0xbe, 0xf7, 0x05, 0x8e, 0x9a, 0xaf};
static const guint8 uicc[16] = {0xc2, 0xf6, 0x58, 0x8e, 0xf0, 0x37, 0x4b, 0xc9,
                                0x86, 0x65, 0xf4, 0xd4, 0x4b, 0xd0, 0x93, 0x67};
static const guint8 auth[16] = {0x1d, 0x2b, 0x5f, 0xf7, 0x0a, 0xa1, 0x48, 0xb2,
                                0xaa, 0x52, 0x50, 0xf1, 0x57, 0x67, 0x17, 0x4e};

static guint32
get32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, 4);
  return GUINT32_FROM_LE (value);
}

static void
put32 (GByteArray *to, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);

  g_byte_array_append (to, (const guint8 *) &little, 4);
}

void
mbim_peer_send (MbimPeer *peer, const void *bytes, gsize length)
{
  const guint8 *at = bytes;

  while (length > 0 && peer->master >= 0) {
    gssize n = write (peer->master, at, length);

    if (n <= 0)
      return;
    at += n;
    length -= (gsize) n;
  }
}

/* A message in as many frames as max_transfer asks for. @skip_last: the last of them stays away. */
static void
send_fragments (MbimPeer *peer, guint32 type, guint32 transaction, const GByteArray *body, gboolean skip_last)
{
  guint room = peer->max_transfer - 20;
  guint total = MAX ((body->len + room - 1) / room, 1);

  for (guint i = 0; i < total - (skip_last ? 1 : 0); i++) {
    g_autoptr (GByteArray) frame = g_byte_array_new ();
    guint size = MIN (room, body->len - i * room);

    put32 (frame, type);
    put32 (frame, 20 + size);
    put32 (frame, transaction);
    put32 (frame, total);
    put32 (frame, i);
    g_byte_array_append (frame, body->data + i * room, size);
    mbim_peer_send (peer, frame->data, frame->len);
  }
}

static void
send_done (MbimPeer *peer, const guint8 *request, guint32 cid, guint32 status, const GByteArray *info)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  g_byte_array_append (body, request + 20, 16);
  put32 (body, cid);
  put32 (body, status);
  put32 (body, info->len);
  g_byte_array_append (body, info->data, info->len);
  send_fragments (peer, MSG_DONE, get32 (request + 8), body, peer->fault == PEER_LOSES_A_FRAGMENT);
}

static void
send_indication (MbimPeer *peer, const guint8 *service, guint32 cid, const GByteArray *info)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  g_byte_array_append (body, service, 16);
  put32 (body, cid);
  put32 (body, info->len);
  g_byte_array_append (body, info->data, info->len);
  send_fragments (peer, MSG_INDICATE, 0, body, FALSE);
}

/* UTF-16, filled up to four octets. */
static void
put_text (GByteArray *to, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_byte_array_append (to, (const guint8[]){(guint8) text[i], 0}, 2);
  if (length % 2 != 0)
    g_byte_array_append (to, (const guint8[]){0, 0}, 2);
}

static void
put_ready (MbimPeer *peer, GByteArray *info)
{
  gsize imsi = peer->imsi != NULL ? strlen (peer->imsi) : 0;
  gsize iccid = strlen (peer->iccid);
  guint behind = 28 + (guint) (imsi + imsi % 2) * 2;

  put32 (info, peer->ready);
  put32 (info, imsi > 0 ? 28 : 0);
  put32 (info, imsi * 2);
  put32 (info, iccid > 0 ? behind : 0);
  put32 (info, iccid * 2);
  put32 (info, 0);
  put32 (info, 0);
  put_text (info, peer->imsi, imsi);
  put_text (info, peer->iccid, iccid);
}

static guint32
answer_basic (MbimPeer *peer, guint32 cid, GByteArray *info)
{
  if (cid == 19) {
    peer->subscriptions++;
    put32 (info, 0);
    return 0;
  }
  if (cid != 2)
    return STATUS_NO_DEVICE_SUPPORT;
  put_ready (peer, info);
  return 0;
}

static guint32
answer_extensions (MbimPeer *peer, guint32 cid, const guint8 *in, gsize length, GByteArray *info)
{
  if (peer->slots == 0 || (cid == 7 && peer->no_mapping))
    return STATUS_NO_DEVICE_SUPPORT;
  if (cid == 5) {
    const guint32 caps[] = {1, peer->slots, 1, 0, 0};

    for (guint i = 0; i < G_N_ELEMENTS (caps); i++)
      put32 (info, caps[i]);
  } else if (cid == 7) {
    put32 (info, 1);
    put32 (info, 12);
    put32 (info, 4);
    put32 (info, peer->active_slot);
  } else if (cid == 8 && length >= 4 && get32 (in) < peer->slots) {
    put32 (info, get32 (in));
    put32 (info, peer->slot_states[get32 (in)]);
  } else {
    return STATUS_NO_DEVICE_SUPPORT;
  }
  return 0;
}

static guint32
open_channel (MbimPeer *peer, const guint8 *in, gsize length, GByteArray *info)
{
  gboolean selected;

  if (length < 16)
    return STATUS_INVALID_PARAMETERS;
  peer->opens++;
  peer->last_p2 = get32 (in + 8);
  if (peer->stale + peer->foreign + peer->open_channels >= 3)
    return 0x87430001;
  selected = peer->accepted_p2 == -1 || peer->accepted_p2 == (int) peer->last_p2;
  if (!selected && !peer->word_in_answer)
    return 0x87430002;
  peer->open_channels++;
  put32 (info, selected ? 0x0090 : 0x826A);
  put32 (info, peer->stale + peer->foreign + peer->open_channels);
  put32 (info, peer->select_size);
  put32 (info, peer->select_offset != 0 || peer->select_size == 0 ? peer->select_offset : 16);
  for (guint i = 0; i < peer->select_size; i++)
    g_byte_array_append (info, (const guint8[]){0x6F}, 1);
  return 0;
}

static guint32
close_channel (MbimPeer *peer, const guint8 *in, GByteArray *info)
{
  if (get32 (in) == 0) {
    peer->group_closes++;
    if (peer->close_stale_status != 0)
      return peer->close_stale_status;
    peer->stale = peer->open_channels = 0;
  } else {
    peer->closes++;
    if (peer->open_channels == 0)
      return 0x87430003;
    peer->open_channels--;
  }
  put32 (info, 0x0090);
  return 0;
}

static void
put_apdu_answer (MbimPeer *peer, GByteArray *info)
{
  put32 (info, (peer->status_word & 0xFF) << 8 | peer->status_word >> 8);
  put32 (info, peer->answer_size);
  put32 (info, 12);
  for (guint i = 0; i < peer->answer_size; i++)
    g_byte_array_append (info, (const guint8[]){(guint8) (i * 7)}, 1);
}

static guint32
reset (MbimPeer *peer, guint32 action, GByteArray *info)
{
  if (peer->no_reset)
    return STATUS_NO_DEVICE_SUPPORT;
  if (action == 1)
    peer->no_disable = FALSE;
  else if (peer->no_disable)
    return STATUS_NOT_ALLOWED;
  peer->resets++;
  peer->open_channels = peer->stale = 0;
  put32 (info, action);
  return 0;
}

static guint32
answer_uicc (MbimPeer *peer, guint32 cid, const guint8 *in, gsize length, GByteArray *info)
{
  switch (cid) {
  case 2:
    return open_channel (peer, in, length, info);
  case 3:
    return close_channel (peer, in, info);
  case 4:
    peer->apdus++;
    peer->last_class_type = get32 (in + 8);
    if (peer->apdu_status != 0)
      return peer->apdu_status;
    put_apdu_answer (peer, info);
    return 0;
  case 6:
    return reset (peer, get32 (in), info);
  default:
    return STATUS_NO_DEVICE_SUPPORT;
  }
}

static guint32
answer_auth (MbimPeer *peer, guint32 cid, const guint8 *in, gsize length, GByteArray *info)
{
  if (peer->auth_answer == NULL || cid != 1 || length != sizeof peer->auth_request)
    return STATUS_NO_DEVICE_SUPPORT;
  memcpy (peer->auth_request, in, length);
  for (const char *at = peer->auth_answer; at[0] != '\0'; at += 2) {
    guint8 octet = (guint8) (g_ascii_xdigit_value (at[0]) << 4 | g_ascii_xdigit_value (at[1]));

    g_byte_array_append (info, &octet, 1);
  }
  return peer->auth_status;
}

static void
close_port (MbimPeer *peer)
{
  if (peer->master < 0)
    return;
  close (peer->master);
  close (peer->slave);
  peer->master = peer->slave = -1;
}

/* %TRUE if nothing is left to be sent. */
static gboolean
misbehave (MbimPeer *peer, const guint8 *request, guint32 *cid, GByteArray *info)
{
  static const guint8 noise[64] = {0xff, 0x13, 0x37, 0xfe};
  guint32 error[] = {GUINT32_TO_LE (MSG_FUNCTION_ERROR), GUINT32_TO_LE (16), 0, GUINT32_TO_LE (6)};

  switch (peer->fault) {
  case PEER_SILENT:
    return TRUE;
  case PEER_HANGS_UP:
    close_port (peer);
    return TRUE;
  case PEER_SENDS_GARBAGE_FRAME:
    mbim_peer_send (peer, noise, sizeof noise);
    return TRUE;
  case PEER_SENDS_FUNCTION_ERROR:
    memcpy (&error[2], request + 8, 4);
    mbim_peer_send (peer, error, sizeof error);
    return TRUE;
  case PEER_SPOILS_INFO:
    memset (info->data, 0xF7, info->len);
    return FALSE;
  case PEER_POINTS_OUTSIDE:
    memset (info->data + 4, 0x7F, 8);
    return FALSE;
  case PEER_CUTS_INFO:
    g_byte_array_set_size (info, 6);
    return FALSE;
  case PEER_ANSWERS_ANOTHER:
    (*cid)++;
    return FALSE;
  default:
    return FALSE;
  }
}

static void
answer_command (MbimPeer *peer, const guint8 *frame, gsize length)
{
  g_autoptr (GByteArray) info = g_byte_array_new ();
  const guint8 *in = frame + 48;
  guint32 cid = get32 (frame + 36);
  guint32 status = STATUS_NO_DEVICE_SUPPORT;
  gboolean is_apdu = memcmp (frame + 20, uicc, 16) == 0 && cid == 4;

  if (memcmp (frame + 20, basic_connect, 16) == 0)
    status = answer_basic (peer, cid, info);
  else if (memcmp (frame + 20, extensions, 16) == 0)
    status = answer_extensions (peer, cid, in, length - 48, info);
  else if (memcmp (frame + 20, auth, 16) == 0)
    status = answer_auth (peer, cid, in, length - 48, info);
  else if (memcmp (frame + 20, uicc, 16) == 0)
    status = answer_uicc (peer, cid, in, length - 48, info);
  if (peer->mute || (is_apdu && misbehave (peer, frame, &cid, info)))
    return;
  send_done (peer, frame, cid, status, info);
}

static void
answer (MbimPeer *peer, const guint8 *frame, gsize length)
{
  guint32 type = get32 (frame);
  guint32 done[] = {GUINT32_TO_LE (type | 0x80000000), GUINT32_TO_LE (16), 0, 0};

  if (type == MSG_COMMAND && length >= 48) {
    answer_command (peer, frame, length);
    return;
  }
  if (type != MSG_OPEN && (type != MSG_CLOSE || peer->mute))
    return;
  peer->closed = type == MSG_CLOSE;
  memcpy (&done[2], frame + 8, 4);
  mbim_peer_send (peer, done, sizeof done);
}

static void
take_input (MbimPeer *peer)
{
  guint8 buffer[4096];
  gssize n = read (peer->master, buffer, sizeof buffer);

  if (n <= 0)
    return;
  g_byte_array_append (peer->input, buffer, (guint) n);
  while (peer->input->len >= 12 && get32 (peer->input->data + 4) >= 12 &&
         peer->input->len >= get32 (peer->input->data + 4)) {
    guint32 length = get32 (peer->input->data + 4);

    answer (peer, peer->input->data, length);
    g_byte_array_remove_range (peer->input, 0, length);
  }
}

static void
take_steps (MbimPeer *peer)
{
  while (peer->steps != NULL && g_get_monotonic_time () >= peer->next_step) {
    g_autoptr (GByteArray) info = g_byte_array_new ();

    peer->ready = peer->steps->state;
    g_strlcpy (peer->iccid, peer->steps->iccid, sizeof peer->iccid);
    put_ready (peer, info);
    if (peer->steps->indicate)
      send_indication (peer, basic_connect, 2, info);
    peer->steps++;
    if (peer->steps->state == G_MAXUINT)
      peer->steps = NULL;
    else
      peer->next_step += peer->steps->after_ms * 1000;
  }
}

static gpointer
run (gpointer data)
{
  MbimPeer *peer = data;

  g_mutex_lock (&peer->lock);
  while (!peer->stopping) {
    struct pollfd polled[] = {{.fd = peer->wake, .events = POLLIN}, {.fd = peer->master, .events = POLLIN}};
    gint64 left = peer->steps != NULL ? (peer->next_step - g_get_monotonic_time ()) / 1000 + 1 : -1;
    eventfd_t value;

    g_mutex_unlock (&peer->lock);
    (void) poll (polled, 2, peer->steps != NULL ? (int) MAX (left, 0) : -1);
    g_mutex_lock (&peer->lock);
    if (polled[0].revents != 0)
      (void) eventfd_read (peer->wake, &value);
    if (peer->master >= 0 && polled[1].revents & POLLIN)
      take_input (peer);
    take_steps (peer);
  }
  g_mutex_unlock (&peer->lock);
  return NULL;
}

static void
wake (MbimPeer *peer)
{
  (void) eventfd_write (peer->wake, 1);
}

MbimPeer *
mbim_peer_new (void)
{
  MbimPeer *peer = g_new0 (MbimPeer, 1);
  struct termios raw;

  g_mutex_init (&peer->lock);
  peer->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (grantpt (peer->master), ==, 0);
  g_assert_cmpint (unlockpt (peer->master), ==, 0);
  peer->path = g_strdup (ptsname (peer->master));
  peer->slave = open (peer->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (peer->slave, >=, 0);
  g_assert_cmpint (tcgetattr (peer->slave, &raw), ==, 0);
  cfmakeraw (&raw);
  g_assert_cmpint (tcsetattr (peer->slave, TCSANOW, &raw), ==, 0);
  peer->wake = eventfd (0, EFD_CLOEXEC);
  peer->input = g_byte_array_new ();
  peer->accepted_p2 = -1;
  peer->status_word = 0x9000;
  peer->max_transfer = 4096;
  peer->ready = 1;
  g_strlcpy (peer->iccid, "8900000000000000013", sizeof peer->iccid);
  peer->thread = g_thread_new ("mbim-peer", run, peer);
  return peer;
}

void
mbim_peer_free (MbimPeer *peer)
{
  g_mutex_lock (&peer->lock);
  peer->stopping = TRUE;
  g_mutex_unlock (&peer->lock);
  wake (peer);
  g_thread_join (peer->thread);
  close_port (peer);
  close (peer->wake);
  g_byte_array_unref (peer->input);
  g_mutex_clear (&peer->lock);
  g_free (peer->path);
  g_free (peer);
}

void
mbim_peer_walk (MbimPeer *peer, const PeerStep *steps)
{
  g_mutex_lock (&peer->lock);
  peer->steps = steps;
  peer->next_step = g_get_monotonic_time () + steps->after_ms * 1000;
  g_mutex_unlock (&peer->lock);
  wake (peer);
}

void
mbim_peer_indicate_slot (MbimPeer *peer, guint slot, guint32 state)
{
  g_autoptr (GByteArray) info = g_byte_array_new ();

  g_mutex_lock (&peer->lock);
  peer->slot_states[slot] = state;
  put32 (info, slot);
  put32 (info, state);
  send_indication (peer, extensions, 8, info);
  g_mutex_unlock (&peer->lock);
}

void
mbim_peer_hang_up (MbimPeer *peer)
{
  g_mutex_lock (&peer->lock);
  close_port (peer);
  g_mutex_unlock (&peer->lock);
  wake (peer);
}
