/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* EsimctlNames: what a profile can be called by. */
typedef struct {
  const char *iccid;
  const char *nickname;
  const char *name;
} EsimctlNames;

/*
 * Which of @n @names are meant by @text: the one with exactly that ICCID; otherwise all whose nickname or
 * name it is (the case of letters aside), or whose ICCID ends with it (at least four digits). More than one
 * is for the caller to refuse: an operator can give a profile any name.
 *
 * Returns: (transfer full) (element-type guint): indices, ascending.
 */
GArray *esimctl_select_match (const char *text, const EsimctlNames *names, guint n);

/* Returns: (transfer none): the eUICC that --euicc names; %NULL with no @error if it was not given. */
EsimEuicc *esimctl_select_euicc (EsimctlContext *context, GError **error);

/* Returns: (transfer container) (element-type EsimEuicc): those that --euicc leaves. */
GPtrArray *esimctl_select_euiccs (EsimctlContext *context, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer none): the one eUICC with card that is there, or that --euicc names. */
EsimEuicc *esimctl_select_one_euicc (EsimctlContext *context, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer none): the profile that is called @text. */
EsimProfile *
esimctl_select_profile (EsimctlContext *context, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): how @profile is called in a message: its nickname, else name, and its ICCID;
 * cleaned. */
char *esimctl_select_title (EsimProfile *profile);

/*
 * Returns: (transfer full): the deregistration whose record has the id @text (or the only one whose id begins
 * with it, at least four characters), or the number.
 */
EsimDeregistration *esimctl_select_deregistration (EsimctlContext *context, const char *text,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full) (nullable): its description, if the caller may have it without being asked for a
 * password. */
GVariant *esimctl_select_describe (EsimDeregistration *deregistration);

G_END_DECLS
