/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a USIM and whoever has it authenticate say to each other: UMTS AKA (3GPP TS 33.102). */

#define ESIM_AKA_KEY 16 /* octets of RAND, AUTN, IK, CK, and of the longest RES */
#define ESIM_AKA_AUTS 14

/**
 * EsimAkaVerdict:
 * @ESIM_AKA_ACCEPTED: the network proved itself: RES, CK and IK are there
 * @ESIM_AKA_OUT_OF_STEP: sequence numbers do not fit: AUTS is there
 * @ESIM_AKA_REJECTED: AUTN is not by this USIM's network
 */
typedef enum { ESIM_AKA_ACCEPTED, ESIM_AKA_OUT_OF_STEP, ESIM_AKA_REJECTED } EsimAkaVerdict;

/* What a USIM answers to AUTHENTICATE (3GPP TS 31.102, 7.1.2.1). To be wiped by esim_aka_answer_clear(). */
typedef struct {
  EsimAkaVerdict verdict;
  guint8 response[ESIM_AKA_KEY]; /* RES */
  guint response_bits;           /* 32 to 128 */
  guint8 cipher[ESIM_AKA_KEY];
  guint8 integrity[ESIM_AKA_KEY];
  guint8 resynchronisation[ESIM_AKA_AUTS]; /* AUTS */
} EsimAkaAnswer;

void esim_aka_answer_clear (EsimAkaAnswer *self);

/**
 * EsimAkaFunc:
 * Linear, and may wait: asks the USIM. %FALSE with @error if it could not be asked.
 */
typedef gboolean (*EsimAkaFunc) (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
                                 EsimAkaAnswer *answer, gpointer data, GError **error);

G_END_DECLS
