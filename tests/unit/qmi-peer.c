/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-peer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

enum { SERVICE_CTL = 0x00, SERVICE_DMS = 0x02, SERVICE_UIM = 0x0B };
enum { CTL_ALLOCATE = 0x22, CTL_RELEASE = 0x23, CTL_SYNC = 0x27 };
enum { UIM_READ = 0x20, UIM_REFRESH_REGISTER = 0x2A, UIM_REFRESH_COMPLETE = 0x2C, UIM_EVENTS = 0x2E };
enum { UIM_CARD_STATUS = 0x2F, UIM_POWER_OFF = 0x30, UIM_POWER_ON = 0x31, UIM_SESSION = 0x38 };
enum { UIM_APDU = 0x3B, UIM_CHANNEL = 0x3F, UIM_ATR = 0x41, UIM_OPEN = 0x42, UIM_REFRESH_ALL = 0x44 };
enum { UIM_SWITCH = 0x46, UIM_SLOTS = 0x47 };
enum { UIM_CARD_INDICATION = 0x32, UIM_REFRESH_INDICATION = 0x33, UIM_SLOTS_INDICATION = 0x48 };
enum { STATUS_INTERNAL = 3, STATUS_NO_EFFECT = 26, STATUS_INVALID_ARGUMENT = 48, STATUS_NO_RESOURCES = 68 };
enum { STATUS_INVALID_COMMAND = 71 };

static void
put8 (GByteArray *to, guint value)
{
  guint8 octet = (guint8) value;

  g_byte_array_append (to, &octet, 1);
}

static void
put16 (GByteArray *to, guint value)
{
  put8 (to, value & 0xFF);
  put8 (to, value >> 8 & 0xFF);
}

static void
put32 (GByteArray *to, guint32 value)
{
  put16 (to, value & 0xFFFF);
  put16 (to, value >> 16);
}

static void
put_tlv (GByteArray *to, guint8 type, const void *value, gsize length)
{
  put8 (to, type);
  put16 (to, (guint) length);
  g_byte_array_append (to, value, (guint) length);
}

static void
put_result (GByteArray *to, guint status)
{
  put8 (to, 0x02);
  put16 (to, 4);
  put16 (to, status != 0 ? 1 : 0);
  put16 (to, status);
}

/* Digits, the first in the low half (@low) or the high half of each octet, F behind. */
static void
put_digits (GByteArray *to, const char *digits, guint octets, gboolean low)
{
  for (guint i = 0; i < octets; i++) {
    gsize length = strlen (digits);
    guint first = 2 * i < length ? (guint) (digits[2 * i] - '0') : 0xF;
    guint second = 2 * i + 1 < length ? (guint) (digits[2 * i + 1] - '0') : 0xF;

    put8 (to, low ? second << 4 | first : first << 4 | second);
  }
}

void
qmi_peer_send (QmiPeer *peer, const void *bytes, gsize length)
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

/* QMI as a device service of MBIM: its UUID, and the one command. */
static const guint8 mbim_qmi[16] = {0xd1, 0xa3, 0x0b, 0xc2, 0xf9, 0x7a, 0x6e, 0x43,
                                    0xbf, 0x65, 0xc7, 0xe2, 0x4f, 0xb0, 0xf0, 0xd3};
enum { MBIM_QMI_MESSAGE = 1 };
enum { MBIM_OPEN = 1, MBIM_CLOSE = 2, MBIM_COMMAND = 3 };
enum { MBIM_DONE = 0x80000003, MBIM_INDICATE = 0x80000007 };

/* A COMMAND_DONE of the request under way, or an INDICATE_STATUS. */
static void
send_in_mbim (QmiPeer *peer, const guint8 *service, guint32 cid, gboolean is_indication,
              const GByteArray *info)
{
  static const guint8 none[4] = {0};
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  put32 (frame, is_indication ? MBIM_INDICATE : MBIM_DONE);
  put32 (frame, (is_indication ? 44 : 48) + info->len);
  g_byte_array_append (frame, is_indication ? none : peer->mbim_transaction, 4);
  put32 (frame, 1);
  put32 (frame, 0);
  g_byte_array_append (frame, service, 16);
  put32 (frame, cid);
  if (!is_indication)
    put32 (frame, 0);
  put32 (frame, info->len);
  g_byte_array_append (frame, info->data, info->len);
  qmi_peer_send (peer, frame->data, frame->len);
}

static void
send_frame (QmiPeer *peer, guint8 service, guint8 cid, const GByteArray *sdu)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  put8 (frame, 0x01);
  put16 (frame, sdu->len + 5);
  put8 (frame, 0x80);
  put8 (frame, service);
  put8 (frame, cid);
  g_byte_array_append (frame, sdu->data, sdu->len);
  if (peer->sink != NULL)
    peer->sink (frame->data, frame->len);
  else if (peer->over_mbim)
    send_in_mbim (peer, mbim_qmi, MBIM_QMI_MESSAGE, sdu->data[0] == 0x04, frame);
  else
    qmi_peer_send (peer, frame->data, frame->len);
}

static void
send_indication (QmiPeer *peer, guint16 id, const GByteArray *tlvs)
{
  g_autoptr (GByteArray) sdu = g_byte_array_new ();

  put8 (sdu, 0x04);
  put16 (sdu, 0);
  put16 (sdu, id);
  put16 (sdu, tlvs->len);
  g_byte_array_append (sdu, tlvs->data, tlvs->len);
  for (guint i = 0; i < QMI_PEER_CLIENTS; i++)
    if (peer->cids[i] != 0)
      send_frame (peer, SERVICE_UIM, peer->cids[i], sdu);
}

void
qmi_peer_indicate (QmiPeer *peer, guint16 id, guint8 type, const void *value, gsize length)
{
  g_autoptr (GByteArray) tlvs = g_byte_array_new ();

  put_tlv (tlvs, type, value, length);
  g_mutex_lock (&peer->lock);
  send_indication (peer, id, tlvs);
  g_mutex_unlock (&peer->lock);
}

/* -- the card's service -- */

/* A TLV of a request, or NULL. @tlvs: of the whole message */
static const guint8 *
find_tlv (const guint8 *tlvs, gsize length, guint8 type, gsize *size)
{
  for (gsize at = 0; at + 3 <= length; at += 3 + (gsize) (tlvs[at + 1] | tlvs[at + 2] << 8)) {
    gsize n = (gsize) (tlvs[at + 1] | tlvs[at + 2] << 8);

    if (at + 3 + n > length)
      return NULL;
    if (tlvs[at] == type) {
      if (size != NULL)
        *size = n;
      return tlvs + at + 3;
    }
  }
  return NULL;
}

static guint
get_u8 (const guint8 *tlvs, gsize length, guint8 type)
{
  const guint8 *value = find_tlv (tlvs, length, type, NULL);

  return value != NULL ? value[0] : 0;
}

static void
put_slots (QmiPeer *peer, GByteArray *tlvs)
{
  g_autoptr (GByteArray) status = g_byte_array_new ();
  g_autoptr (GByteArray) information = g_byte_array_new ();
  g_autoptr (GByteArray) eids = g_byte_array_new ();

  put8 (status, peer->slots);
  put8 (information, peer->slots);
  put8 (eids, peer->slots);
  for (guint i = 0; i < peer->slots; i++) {
    const QmiPeerSlot *slot = &peer->slot[i];
    gboolean active = i == peer->active_slot;

    put32 (status, slot->card);
    put32 (status, active ? 1 : 0);
    put8 (status, active ? (slot->logical != 0 ? slot->logical : 1) : 0);
    put8 (status, slot->iccid != NULL ? 10 : 0);
    if (slot->iccid != NULL)
      put_digits (status, slot->iccid, 10, TRUE);
    put32 (information, 2);
    put8 (information, 1);
    put8 (information, 3);
    put_digits (information, "381000", 3, FALSE); /* an ATR, as it were */
    put8 (information, slot->is_euicc);
    put8 (eids, slot->eid != NULL ? 16 : 0);
    if (slot->eid != NULL)
      put_digits (eids, slot->eid, 16, FALSE);
  }
  put_tlv (tlvs, 0x10, status->data, status->len);
  put_tlv (tlvs, 0x11, information->data, information->len - peer->information_cut);
  put_tlv (tlvs, 0x12, eids->data, eids->len);
}

static void
put_card (QmiPeer *peer, GByteArray *tlvs)
{
  static const guint8 usim[] = {0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};
  g_autoptr (GByteArray) card = g_byte_array_new ();
  guint logical = peer->slots != 0 ? MAX (peer->slot[peer->active_slot].logical, 1) : 1;
  gboolean has_application = peer->card == 1 && peer->application != 0xFF;

  put16 (card, has_application && peer->application > 1 ? (logical - 1) << 8 : 0xFFFF);
  for (guint i = 0; i < 3; i++)
    put16 (card, 0xFFFF);
  put8 (card, logical);
  for (guint i = 1; i <= logical; i++) {
    put8 (card, i == logical ? peer->card : 0);
    put32 (card, 0); /* the universal PIN, and the kind of an error */
    put8 (card, i == logical && has_application ? 1 : 0);
    if (i != logical || !has_application)
      continue;
    put8 (card, 2); /* USIM */
    put8 (card, peer->application);
    put32 (card, 0);
    put8 (card, sizeof usim);
    g_byte_array_append (card, usim, sizeof usim);
    for (guint k = 0; k < 7; k++)
      put8 (card, 0);
  }
  put_tlv (tlvs, 0x10, card->data, card->len);
}

static guint
open_channel (QmiPeer *peer, GByteArray *tlvs)
{
  guint number = peer->channel_number;

  peer->opens++;
  for (guint i = 1; number == 0 && i <= 3; i++)
    if (((peer->open_channels | peer->taken) & 1u << i) == 0)
      number = i;
  if (number == 0)
    return STATUS_NO_RESOURCES;
  if (peer->select_word != 0) {
    put8 (tlvs, 0x11);
    put16 (tlvs, 2);
    put8 (tlvs, peer->select_word >> 8);
    put8 (tlvs, peer->select_word & 0xFF);
  }
  if (peer->open_status != 0)
    return peer->open_status;
  peer->open_channels |= 1u << number;
  if (!peer->open_names_no_channel)
    put_tlv (tlvs, 0x10, &(guint8){(guint8) number}, 1);
  if (peer->select_size > 0) {
    g_autoptr (GByteArray) answer = g_byte_array_new ();

    put8 (answer, peer->select_size);
    for (guint i = 0; i < peer->select_size; i++)
      put8 (answer, 0x6F);
    put_tlv (tlvs, 0x12, answer->data, answer->len);
  }
  return 0;
}

static guint
close_channel (QmiPeer *peer, guint number, GByteArray *tlvs)
{
  static const guint8 word[] = {0x90, 0x00};

  peer->closes++;
  if (((peer->open_channels | peer->taken) & 1u << number) == 0)
    return STATUS_INVALID_ARGUMENT;
  peer->open_channels &= ~(1u << number);
  peer->taken &= ~(1u << number);
  put_tlv (tlvs, 0x11, word, sizeof word);
  return 0;
}

static guint
answer_apdu (QmiPeer *peer, GByteArray *tlvs)
{
  g_autoptr (GByteArray) response = g_byte_array_new ();

  peer->apdus++;
  if (peer->apdu_status != 0)
    return peer->apdu_status;
  if (peer->fault == QMI_PEER_SENDS_NO_RESPONSE)
    return 0;
  put16 (response, peer->fault == QMI_PEER_CUTS_RESPONSE   ? 500
                   : peer->fault == QMI_PEER_SENDS_NO_WORD ? 1
                                                           : peer->answer_size + 2);
  for (guint i = 0; i < peer->answer_size; i++)
    put8 (response, (i * 7) & 0xFF);
  put8 (response, peer->status_word >> 8);
  if (peer->fault != QMI_PEER_SENDS_NO_WORD)
    put8 (response, peer->status_word & 0xFF);
  put_tlv (tlvs, 0x10, response->data, response->len);
  return 0;
}

static guint
read_file (QmiPeer *peer, GByteArray *tlvs)
{
  static const guint8 no_word[] = {0x6A, 0x82};
  g_autoptr (GByteArray) content = g_byte_array_new ();

  if (peer->file_iccid == NULL || peer->card != 1) {
    put_tlv (tlvs, 0x10, no_word, sizeof no_word);
    return STATUS_INTERNAL;
  }
  put16 (content, 10);
  put_digits (content, peer->file_iccid, 10, TRUE);
  put_tlv (tlvs, 0x11, content->data, content->len);
  return 0;
}

static guint
set_power (QmiPeer *peer, gboolean on)
{
  g_autoptr (GByteArray) tlvs = g_byte_array_new ();

  if (on)
    peer->power_ons++;
  else
    peer->power_offs++;
  if (on && peer->power_on_failures > 0) {
    peer->power_on_failures--;
    return STATUS_INTERNAL;
  }
  if (on == (peer->card == 1))
    return STATUS_NO_EFFECT;
  peer->card = on ? 1 : 2;
  peer->application = on ? 7 : 0xFF;
  peer->open_channels = 0;
  put_card (peer, tlvs);
  if ((peer->event_mask & 1) != 0)
    send_indication (peer, UIM_CARD_INDICATION, tlvs);
  return 0;
}

static guint
switch_slot (QmiPeer *peer, const guint8 *in, gsize length)
{
  static QmiPeerStep ready[2];
  guint physical = get_u8 (in, length, 0x02);

  peer->switches++;
  if (physical < 1 || physical > peer->slots)
    return STATUS_INVALID_ARGUMENT;
  if (peer->active_slot == physical - 1)
    return STATUS_NO_EFFECT;
  peer->active_slot = physical - 1;
  peer->open_channels = 0;
  peer->card = peer->slot[physical - 1].card == 2 ? 1 : 0;
  peer->application = 1;
  ready[0] = (QmiPeerStep){.after_ms = peer->switch_ms,
                           .card = peer->card,
                           .application = 7,
                           .slot_iccid = peer->slot[physical - 1].iccid,
                           .file_iccid = peer->slot[physical - 1].iccid,
                           .indicate = QMI_STEP_CARD | QMI_STEP_SLOTS};
  ready[1] = (QmiPeerStep){.after_ms = G_MAXUINT};
  peer->steps = ready;
  peer->next_step = g_get_monotonic_time () + ready[0].after_ms * 1000;
  return 0;
}

static guint
answer_uim (QmiPeer *peer, guint16 id, const guint8 *in, gsize length, GByteArray *tlvs)
{
  switch (id) {
  case UIM_READ:
    return read_file (peer, tlvs);
  case UIM_EVENTS:
    peer->event_mask = get_u8 (in, length, 0x01);
    return 0;
  case UIM_REFRESH_ALL:
  case UIM_REFRESH_REGISTER:
    peer->refresh_registered = TRUE;
    return 0;
  case UIM_REFRESH_COMPLETE:
    peer->completes++;
    return 0;
  case UIM_ATR:
    put_tlv (tlvs, 0x10, "\x02\x3B\x00", 3);
    return 0;
  case UIM_CARD_STATUS:
    put_card (peer, tlvs);
    return 0;
  case UIM_POWER_OFF:
  case UIM_POWER_ON:
    peer->event_slot = (guint8) get_u8 (in, length, 0x01);
    return set_power (peer, id == UIM_POWER_ON);
  case UIM_SESSION:
    peer->sessions[find_tlv (in, length, 0x01, NULL)[1] != 0]++;
    return 0;
  case UIM_APDU:
    return answer_apdu (peer, tlvs);
  case UIM_CHANNEL:
    return close_channel (peer, get_u8 (in, length, 0x11), tlvs);
  case UIM_OPEN:
    peer->event_slot = (guint8) get_u8 (in, length, 0x01);
    return open_channel (peer, tlvs);
  case UIM_SWITCH:
    return switch_slot (peer, in, length);
  case UIM_SLOTS:
    if (peer->slots == 0)
      return STATUS_INVALID_COMMAND;
    if (!peer->answers_no_slots)
      put_slots (peer, tlvs);
    return 0;
  default:
    return STATUS_INVALID_COMMAND;
  }
}

/* -- the wire -- */

static void
close_port (QmiPeer *peer)
{
  if (peer->master < 0)
    return;
  close (peer->master);
  close (peer->slave);
  peer->master = peer->slave = -1;
}

/* An answer of a service: @frame is the request. */
static void
send_answer (QmiPeer *peer, const guint8 *frame, guint16 id, const GByteArray *tlvs)
{
  g_autoptr (GByteArray) sdu = g_byte_array_new ();

  put8 (sdu, 0x02);
  g_byte_array_append (sdu, frame + 7, 2);
  put16 (sdu, id);
  put16 (sdu, tlvs->len);
  g_byte_array_append (sdu, tlvs->data, tlvs->len);
  send_frame (peer, frame[4], frame[5], sdu);
}

static void
answer_dms (QmiPeer *peer, const guint8 *frame, guint16 id, const guint8 *in, gsize length)
{
  g_autoptr (GByteArray) tlvs = g_byte_array_new ();
  guint mode = get_u8 (in, length, 0x01);

  if (id != 0x2E) {
    put_result (tlvs, STATUS_INVALID_COMMAND);
  } else {
    peer->modes[MIN (mode, 7)]++;
    if (mode == 4 && peer->leaves_on_reset) {
      close_port (peer);
      return;
    }
    put_result (tlvs, mode == 4 ? peer->mode_status : 0);
  }
  send_answer (peer, frame, id, tlvs);
}

static void
answer_service (QmiPeer *peer, const guint8 *frame, gsize length)
{
  g_autoptr (GByteArray) tlvs = g_byte_array_new ();
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint16 id = (guint16) (frame[9] | frame[10] << 8);
  const guint8 *in = frame + 13;
  gboolean is_apdu;
  guint status;

  if (frame[4] == SERVICE_DMS) {
    answer_dms (peer, frame, id, in, length - 13);
    return;
  }
  g_clear_pointer (&peer->last[id & 0xFF], g_bytes_unref);
  peer->last[id & 0xFF] = g_bytes_new (frame, length);
  status = peer->refuse[id & 0xFF];
  if (status == 0)
    status = answer_uim (peer, id, in, length - 13, tlvs);
  is_apdu = id == UIM_APDU;
  if (peer->mute || peer->silent[id & 0xFF] || (is_apdu && peer->fault == QMI_PEER_SILENT))
    return;
  if ((is_apdu && peer->fault == QMI_PEER_HANGS_UP) || (peer->hang_up_at != 0 && id == peer->hang_up_at)) {
    close_port (peer);
    return;
  }
  if (is_apdu && peer->fault == QMI_PEER_BREAKS_FRAMING) {
    qmi_peer_send (peer, "\377\0237\376\0\0\0\0", 8);
    return;
  }
  if (peer->canned != NULL && (is_apdu || id == UIM_OPEN || id == UIM_CHANNEL)) {
    g_byte_array_append (all, peer->canned, (guint) peer->canned_length);
  } else if (!is_apdu || peer->fault != QMI_PEER_SENDS_NO_RESULT) {
    put_result (all, status);
    g_byte_array_append (all, tlvs->data, tlvs->len);
  }
  send_answer (peer, frame, is_apdu && peer->fault == QMI_PEER_ANSWERS_ANOTHER ? id + 1 : id, all);
}

static guint8
allocate (QmiPeer *peer)
{
  peer->allocated++;
  for (guint i = 0; i < QMI_PEER_CLIENTS; i++)
    if (peer->cids[i] == 0) {
      peer->cids[i] = (guint8) (i + 1);
      return peer->cids[i];
    }
  return 0;
}

static void
answer_control (QmiPeer *peer, const guint8 *frame, gsize length)
{
  g_autoptr (GByteArray) sdu = g_byte_array_new ();
  g_autoptr (GByteArray) tlvs = g_byte_array_new ();
  guint16 id = (guint16) (frame[8] | frame[9] << 8);
  const guint8 *in = frame + 12;
  guint8 client[2] = {0, 1};

  if (peer->mute)
    return;
  put_result (tlvs, 0);
  if (id == CTL_ALLOCATE) {
    client[0] = (guint8) get_u8 (in, length - 12, 0x01);
    if (client[0] == SERVICE_UIM)
      client[1] = allocate (peer);
    put_tlv (tlvs, 0x01, client, 2);
  } else if (id == CTL_RELEASE) {
    const guint8 *released = find_tlv (in, length - 12, 0x01, NULL);

    peer->released++;
    if (released[0] == SERVICE_UIM)
      peer->cids[released[1] - 1] = 0;
    put_tlv (tlvs, 0x01, released, 2);
  } else if (id == CTL_SYNC) {
    peer->syncs++;
  }
  put8 (sdu, 0x01);
  put8 (sdu, frame[7]);
  put16 (sdu, id);
  put16 (sdu, tlvs->len);
  g_byte_array_append (sdu, tlvs->data, tlvs->len);
  send_frame (peer, SERVICE_CTL, 0, sdu);
}

static void
answer_qmi (QmiPeer *peer, const guint8 *frame, gsize length)
{
  if (frame[4] == SERVICE_CTL)
    answer_control (peer, frame, length);
  else
    answer_service (peer, frame, length);
}

void
qmi_peer_take (QmiPeer *peer, const guint8 *frame, gsize length)
{
  g_mutex_lock (&peer->lock);
  if (frame[4] == SERVICE_UIM)
    peer->cids[frame[5] - 1] = frame[5];
  answer_service (peer, frame, length);
  g_mutex_unlock (&peer->lock);
}

static void
answer_mbim (QmiPeer *peer, const guint8 *frame, gsize length)
{
  g_autoptr (GByteArray) info = g_byte_array_new ();

  memcpy (peer->mbim_transaction, frame + 8, 4);
  if (frame[0] == MBIM_COMMAND && memcmp (frame + 20, mbim_qmi, 16) == 0) {
    answer_qmi (peer, frame + 48, length - 48);
  } else if (frame[0] == MBIM_COMMAND) { /* the list of what is to be indicated */
    put32 (info, 0);
    send_in_mbim (peer, frame + 20, frame[36], FALSE, info);
  } else if (frame[0] == MBIM_OPEN || frame[0] == MBIM_CLOSE) {
    put32 (info, 0x80000000 | frame[0]);
    put32 (info, 16);
    g_byte_array_append (info, peer->mbim_transaction, 4);
    put32 (info, 0);
    qmi_peer_send (peer, info->data, info->len);
  }
}

static void
take_input (QmiPeer *peer)
{
  guint8 buffer[4096];
  gssize n = read (peer->master, buffer, sizeof buffer);

  if (n <= 0)
    return;
  g_byte_array_append (peer->input, buffer, (guint) n);
  while (peer->input->len >= 12) {
    const guint8 *frame = peer->input->data;
    gsize length =
        peer->over_mbim ? (gsize) (frame[4] | frame[5] << 8) : (gsize) (frame[1] | frame[2] << 8) + 1;

    if (peer->input->len < length)
      return;
    if (peer->over_mbim)
      answer_mbim (peer, frame, length);
    else
      answer_qmi (peer, frame, length);
    g_byte_array_remove_range (peer->input, 0, (guint) length);
  }
}

static void
indicate_step (QmiPeer *peer, const QmiPeerStep *step)
{
  g_autoptr (GByteArray) card = g_byte_array_new ();
  g_autoptr (GByteArray) slots = g_byte_array_new ();
  g_autoptr (GByteArray) refresh = g_byte_array_new ();
  const guint8 event[] = {step->stage, step->mode, 6, 0, 0, 0};

  put_card (peer, card);
  put_slots (peer, slots);
  put_tlv (refresh, 0x10, event, sizeof event);
  if ((step->indicate & QMI_STEP_REFRESH) != 0 && peer->refresh_registered)
    send_indication (peer, UIM_REFRESH_INDICATION, refresh);
  if ((step->indicate & QMI_STEP_CARD) != 0 && (peer->event_mask & 1) != 0)
    send_indication (peer, UIM_CARD_INDICATION, card);
  if ((step->indicate & QMI_STEP_SLOTS) != 0 && (peer->event_mask & 16) != 0)
    send_indication (peer, UIM_SLOTS_INDICATION, slots);
}

static void
take_steps (QmiPeer *peer)
{
  while (peer->steps != NULL && g_get_monotonic_time () >= peer->next_step) {
    const QmiPeerStep *step = peer->steps;

    peer->card = step->card;
    peer->application = step->application;
    peer->file_iccid = step->file_iccid;
    peer->slot[peer->active_slot].card = step->card == 0 ? 1 : 2;
    peer->slot[peer->active_slot].iccid = step->slot_iccid;
    if (step->card != 1)
      peer->open_channels = 0;
    indicate_step (peer, step);
    peer->steps++;
    if (peer->steps->after_ms == G_MAXUINT)
      peer->steps = NULL;
    else
      peer->next_step += peer->steps->after_ms * 1000;
  }
}

static gpointer
run (gpointer data)
{
  QmiPeer *peer = data;

  g_mutex_lock (&peer->lock);
  while (!peer->stopping) {
    struct pollfd polled[] = {{.fd = peer->wake, .events = POLLIN}, {.fd = peer->master, .events = POLLIN}};
    gint64 left = peer->steps != NULL ? (peer->next_step - g_get_monotonic_time ()) / 1000 + 1 : -1;
    eventfd_t value;

    g_mutex_unlock (&peer->lock);
    (void) poll (polled, 2, left < 0 && peer->steps == NULL ? -1 : (int) MAX (left, 0));
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
wake (QmiPeer *peer)
{
  (void) eventfd_write (peer->wake, 1);
}

QmiPeer *
qmi_peer_new (void)
{
  QmiPeer *peer = g_new0 (QmiPeer, 1);
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
  peer->status_word = 0x9000;
  peer->select_word = 0x9000;
  peer->card = 1;
  peer->application = 7;
  peer->file_iccid = "8900000000000000013";
  peer->slots = 1;
  peer->slot[0] = (QmiPeerSlot){.card = 2, .iccid = "8900000000000000013"};
  peer->thread = g_thread_new ("qmi-peer", run, peer);
  return peer;
}

void
qmi_peer_free (QmiPeer *peer)
{
  g_mutex_lock (&peer->lock);
  peer->stopping = TRUE;
  g_mutex_unlock (&peer->lock);
  wake (peer);
  g_thread_join (peer->thread);
  close_port (peer);
  close (peer->wake);
  g_byte_array_unref (peer->input);
  for (guint i = 0; i < G_N_ELEMENTS (peer->last); i++)
    g_clear_pointer (&peer->last[i], g_bytes_unref);
  g_mutex_clear (&peer->lock);
  g_free (peer->path);
  g_free (peer);
}

void
qmi_peer_walk (QmiPeer *peer, const QmiPeerStep *steps)
{
  g_mutex_lock (&peer->lock);
  peer->steps = steps;
  peer->next_step = g_get_monotonic_time () + steps->after_ms * 1000;
  g_mutex_unlock (&peer->lock);
  wake (peer);
}

void
qmi_peer_hang_up (QmiPeer *peer)
{
  g_mutex_lock (&peer->lock);
  close_port (peer);
  g_mutex_unlock (&peer->lock);
  wake (peer);
}
