/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define QMI_PEER_SLOTS 4
#define QMI_PEER_CLIENTS 8

/* What the peer does instead of answering an APDU. */
typedef enum {
  QMI_PEER_ANSWERS,
  QMI_PEER_SILENT,
  QMI_PEER_HANGS_UP,
  QMI_PEER_SENDS_NO_RESULT,   /* an answer without any TLV */
  QMI_PEER_SENDS_NO_RESPONSE, /* a success without the response APDU */
  QMI_PEER_CUTS_RESPONSE,     /* the array is said to be longer than its TLV */
  QMI_PEER_SENDS_NO_WORD,     /* a response of one octet */
  QMI_PEER_ANSWERS_ANOTHER,   /* the right transaction, the wrong message */
  QMI_PEER_BREAKS_FRAMING,    /* bytes that are no QMUX frame */
} QmiPeerFault;

/* A slot, as Get Slot Status tells it. */
typedef struct {
  guint32 card; /* 0 unknown, 1 absent, 2 present */
  guint8 logical;
  const char *iccid; /* digits; NULL: none */
  gboolean is_euicc;
  const char *eid; /* 32 digits; NULL: none */
} QmiPeerSlot;

/* What is indicated with a step. */
enum { QMI_STEP_CARD = 1, QMI_STEP_SLOTS = 2, QMI_STEP_REFRESH = 4 };

/* A step of the card's life, some time after the peer was told to walk. */
typedef struct {
  guint after_ms;         /* from the step before; G_MAXUINT: there are no more */
  guint8 card;            /* 0 absent, 1 present, 2 error */
  guint8 application;     /* its state: 1 detected, 7 ready; 0xFF: there is no application */
  const char *slot_iccid; /* of the active slot's status; NULL: none */
  const char *file_iccid; /* of EF ICCID; NULL: it cannot be read */
  guint indicate;
  guint8 stage, mode; /* of the refresh */
} QmiPeerStep;

/**
 * QmiPeer:
 * A modem as small as libqmi takes it, on a pty, with a thread of its own. Fields are set before a call into
 * libqmi, or under the lock; the counters are read the same way.
 */
typedef struct {
  char *path;
  GMutex lock;

  guint16 refuse[256];  /* by message of the card's service: answered with this error code */
  gboolean silent[256]; /* by message: not answered */
  guint8 hang_up_at;    /* a message: the port goes away with it. 0: none */
  guint16 select_word;  /* of an opening; 0: none in the answer */
  guint16 open_status;  /* its error code */
  gboolean open_names_no_channel;
  guint channel_number; /* of the next opening; 0: the lowest free one */
  guint select_size;    /* of the answer to a SELECT: 6F 6F 6F … */
  guint32 taken;        /* channels of others, as a set */
  QmiPeerFault fault;   /* on APDUs */
  guint16 apdu_status;
  const guint8 *canned; /* TLVs with which messages that carry APDUs are answered, result and all */
  gsize canned_length;
  gboolean over_mbim; /* the port speaks MBIM, with QMI inside */
  void (*sink) (const guint8 *frame,
                gsize length); /* takes the QMUX frames to the host, instead of the pty */
  guint answer_size;
  guint16 status_word;
  gboolean mute;           /* no answer to anything any more */
  guint power_on_failures; /* so many times it is refused */
  guint16 mode_status;     /* of Set Operating Mode "reset" */
  gboolean leaves_on_reset;

  guint slots;               /* 0: no slot status */
  gboolean answers_no_slots; /* a success without them */
  guint active_slot;         /* from 0 */
  QmiPeerSlot slot[QMI_PEER_SLOTS];
  guint information_cut; /* octets that are missing at the end of the slots' information */
  guint switch_ms;       /* how long the card needs after a switch of slots */
  guint8 card, application;
  const char *file_iccid;
  const QmiPeerStep *steps;
  gint64 next_step;

  guint32 open_channels; /* a set */
  guint opens, closes, apdus, power_offs, power_ons, switches, syncs, allocated, released, completes;
  guint32 event_mask;
  gboolean refresh_registered;
  guint sessions[2]; /* changes of the provisioning session: to inactive, to active */
  guint modes[8];    /* Set Operating Mode, by mode */
  GBytes *last[256]; /* the last request of each message of the card's service, the whole frame */
  guint8 event_slot; /* of the last power, or open, message */

  guint8 cids[QMI_PEER_CLIENTS]; /* of the card's service; 0: free */
  int master, slave, wake;
  GThread *thread;
  GByteArray *input;
  guint8 mbim_transaction[4]; /* of the message that is being answered */
  gboolean stopping;
} QmiPeer;

QmiPeer *qmi_peer_new (void);
void qmi_peer_free (QmiPeer *peer);

/* Begins to walk through steps, now. */
void qmi_peer_walk (QmiPeer *peer, const QmiPeerStep *steps);

/* The port goes away. */
void qmi_peer_hang_up (QmiPeer *peer);

/* A QMUX frame from the host that came another way than by the pty. Client @frame[5] is known from then on.
 */
void qmi_peer_take (QmiPeer *peer, const guint8 *frame, gsize length);

/* Raw bytes to the host. */
void qmi_peer_send (QmiPeer *peer, const void *bytes, gsize length);

/* An indication of the card's service with one TLV. */
void qmi_peer_indicate (QmiPeer *peer, guint16 id, guint8 type, const void *value, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QmiPeer, qmi_peer_free)
