/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the peer does instead of answering an APDU. */
typedef enum {
  PEER_ANSWERS,
  PEER_SILENT,
  PEER_HANGS_UP,
  PEER_SENDS_GARBAGE_FRAME, /* bytes that are no MBIM message, and never an answer */
  PEER_SPOILS_INFO,         /* an information buffer of noise */
  PEER_POINTS_OUTSIDE,      /* a reference far beyond the buffer */
  PEER_CUTS_INFO,
  PEER_SENDS_FUNCTION_ERROR,
  PEER_ANSWERS_ANOTHER,  /* the right transaction, the wrong command */
  PEER_LOSES_A_FRAGMENT, /* the last one of a long answer */
} PeerFault;

/* A step of the ready state, some time after the peer was told to walk. */
typedef struct {
  guint after_ms; /* from the step before */
  guint state;
  const char *iccid;
  gboolean indicate;
} PeerStep;

/**
 * MbimPeer:
 * A modem as small as libmbim takes it, on a pty, with a thread of its own. Fields are set before a call into
 * libmbim, or under the lock; the counters are read the same way.
 */
typedef struct {
  char *path;
  GMutex lock;

  int accepted_p2;            /* -1: any */
  gboolean word_in_answer;    /* a failed SELECT comes as a success with 6A82 in it */
  guint select_size;          /* of the answer to a SELECT: 6F 6F 6F … */
  guint select_offset;        /* where it is said to be; 0: where it is */
  guint stale;                /* channels of an earlier run, in group 3 */
  guint foreign;              /* channels of somebody else */
  guint32 apdu_status;        /* MBIM status of each APDU */
  guint32 close_stale_status; /* of a close of the whole group */
  PeerFault fault;            /* on APDUs */
  gboolean mute;              /* no answer to anything but OPEN */
  guint answer_size;
  guint16 status_word;
  guint max_transfer; /* of the frames that it sends */
  gboolean no_reset;
  gboolean no_disable; /* pass-through DISABLE is refused unless it is enabled */

  guint slots; /* 0: no slot commands */
  gboolean no_mapping;
  guint active_slot; /* from 0 */
  guint32 slot_states[4];
  guint32 ready;
  char iccid[24];
  const char *imsi; /* (nullable) */

  guint32 auth_status;
  const char *auth_answer; /* hexadecimal; NULL: there is no such service */
  guint8 auth_request[32]; /* the last one's */
  const PeerStep *steps;   /* ends with a state of G_MAXUINT */
  gint64 next_step;

  guint open_channels; /* of ours */
  guint opens, group_closes, closes, resets, apdus, subscriptions;
  guint last_p2, last_class_type;
  gboolean closed; /* it got a CLOSE */

  int master, slave, wake;
  GThread *thread;
  GByteArray *input;
  gboolean stopping;
} MbimPeer;

MbimPeer *mbim_peer_new (void);
void mbim_peer_free (MbimPeer *peer);

/* Begins to walk through steps, now. */
void mbim_peer_walk (MbimPeer *peer, const PeerStep *steps);

/* Indicates the state of a slot (from 0). */
void mbim_peer_indicate_slot (MbimPeer *peer, guint slot, guint32 state);

/* The port goes away. */
void mbim_peer_hang_up (MbimPeer *peer);

/* Raw bytes to the host. */
void mbim_peer_send (MbimPeer *peer, const void *bytes, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MbimPeer, mbim_peer_free)
