/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a file may hold at most. One that holds more is refused as a whole. */
#define ESIM_CARRIER_FILE_MAX (64 * 1024) /* octets */
#define ESIM_CARRIER_LINE_MAX 2048        /* octets */
#define ESIM_CARRIER_GROUPS_MAX 200
#define ESIM_CARRIER_ENTRIES_MAX 80 /* of a group */
#define ESIM_CARRIER_PROBLEMS_MAX 50

/**
 * EsimCarrierProblem:
 *
 * Something that is wrong with a carrier's file, and what to do about it. The strings are never %NULL.
 */
typedef struct {
  guint line;  /* from 1; 0 = the file as a whole */
  char *group; /* "channel shop"; "" = none */
  char *key;   /* "" = none */
  char *words; /* English, one sentence */
} EsimCarrierProblem;

/* Returns: (transfer full) (element-type EsimCarrierProblem): an empty list with a free function */
GPtrArray *esim_carrier_problems_new (void);

/* Adds one; from ESIM_CARRIER_PROBLEMS_MAX on nothing is added. @group and @key: (nullable) */
void esim_carrier_problems_add (GPtrArray *problems, guint line, const char *group, const char *key,
                                const char *format, ...) G_GNUC_PRINTF (5, 6);

/* A line KEY=VALUE or KEY[LOCALE]=VALUE. */
typedef struct {
  guint line;
  char *key;
  char *locale; /* "" = none */
  char *value;  /* as written: escapes are still there */
} EsimCarrierEntry;

/* [WORD] or [WORD NAME], with what follows it. */
typedef struct {
  guint line;
  char *title; /* "channel shop" */
  char *word;  /* "channel" */
  char *name;  /* "shop"; "" = none */
  GPtrArray *entries;
} EsimCarrierGroup;

/**
 * esim_carrier_file_parse:
 * @text: a key file as the Desktop Entry Specification has it; need not end with a NUL
 * @problems: where problems are added
 *
 * Takes the lines apart, and nothing more: which words and keys there are is for the caller to judge. Text
 * that is not UTF-8, or holds control or invisible format characters, is a problem.
 *
 * Returns: (transfer full) (element-type EsimCarrierGroup): the groups in their order; %NULL if the file as a
 * whole is not to be read
 */
GPtrArray *
esim_carrier_file_parse (const char *text, gsize length, GPtrArray *problems) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): the value with \s \\ \; taken back; %NULL for an escape that is none of these */
char *esim_carrier_file_unescape (const char *value);

/* Returns: (transfer full): the items of a list, separated by ";", without blanks around them and without
 * empty ones; %NULL as above */
char **esim_carrier_file_split (const char *value);

G_END_DECLS
