/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimCarrierType:
 * @ESIM_CARRIER_WORD: one of the key's choices; on the bus s
 * @ESIM_CARRIER_WORDS: several of them; as
 * @ESIM_CARRIER_TEXT: for people, in several languages; a{ss}, "" being English
 * @ESIM_CARRIER_STRING: taken as it is, one line; s
 * @ESIM_CARRIER_BOOLEAN: "true" or "false"; b
 * @ESIM_CARRIER_COUNT: 0 to 1000; u
 * @ESIM_CARRIER_PERIOD: ISO 8601: P30D, P1M, P2W, P1Y, PT12H; s
 * @ESIM_CARRIER_TIME: HH:MM; s
 * @ESIM_CARRIER_SPAN: HH:MM-HH:MM, over midnight if the second is earlier; s
 * @ESIM_CARRIER_HOURS: "mon-fri 09:00-18:00", "sat 00:00-24:00"; as
 * @ESIM_CARRIER_PHONES: as dialled, "+66 2 123 4567", "1175", "*121#"; as
 * @ESIM_CARRIER_URL: https; s
 * @ESIM_CARRIER_OWN_URL: https, on a server that the fact's "url" or "hosts" names; s
 * @ESIM_CARRIER_HOSTS: names of servers; as
 * @ESIM_CARRIER_MONEY: "100 THB"; s
 * @ESIM_CARRIER_ZONE: "Asia/Bangkok"; s
 * @ESIM_CARRIER_DATE: 2026-11-22; s
 * @ESIM_CARRIER_NAMES: names of groups of the same file; as
 * @ESIM_CARRIER_STRINGS: as
 *
 * What the value of a key looks like.
 */
typedef enum {
  ESIM_CARRIER_WORD,
  ESIM_CARRIER_WORDS,
  ESIM_CARRIER_TEXT,
  ESIM_CARRIER_STRING,
  ESIM_CARRIER_BOOLEAN,
  ESIM_CARRIER_COUNT,
  ESIM_CARRIER_PERIOD,
  ESIM_CARRIER_TIME,
  ESIM_CARRIER_SPAN,
  ESIM_CARRIER_HOURS,
  ESIM_CARRIER_PHONES,
  ESIM_CARRIER_URL,
  ESIM_CARRIER_OWN_URL,
  ESIM_CARRIER_HOSTS,
  ESIM_CARRIER_MONEY,
  ESIM_CARRIER_ZONE,
  ESIM_CARRIER_DATE,
  ESIM_CARRIER_NAMES,
  ESIM_CARRIER_STRINGS,
} EsimCarrierType;

/* How much a key is missed where it is absent. */
typedef enum {
  ESIM_CARRIER_OPTIONAL, /* nothing is said */
  ESIM_CARRIER_WANTED,   /* shown as not known */
  ESIM_CARRIER_REQUIRED, /* a problem of the file */
} EsimCarrierNeed;

typedef struct {
  const char *name; /* NULL ends a table */
  EsimCarrierType type;
  EsimCarrierNeed need;
  const char *const *choices; /* of a WORD or WORDS */
  const char *only_for; /* WANTED for these values of the key "type" alone, as "phone;shop"; NULL = all */
} EsimCarrierKey;

/**
 * EsimCarrierTopic:
 *
 * What a fact can be about. docs/carriers.md explains each.
 */
typedef struct {
  const char *word; /* of the group's title */
  gboolean many;    /* several may be said of one plan: the title has a name, as in [channel shop] */
  gboolean quiet;   /* not said to be not known when there is none: most carriers have nothing of the kind */
  const EsimCarrierKey *keys;
} EsimCarrierTopic;

/* Every topic, in the order in which they are shown; ends with a word of NULL. */
extern const EsimCarrierTopic esim_carrier_topics[];

/* Keys of every topic. */
extern const EsimCarrierKey esim_carrier_fact_keys[];

/* Keys of the groups that are no topics. */
extern const EsimCarrierKey esim_carrier_carrier_keys[];
extern const EsimCarrierKey esim_carrier_source_keys[];
extern const EsimCarrierKey esim_carrier_plan_keys[];
extern const EsimCarrierKey esim_carrier_match_keys[];

/* Returns: (nullable): the topic of this word */
const EsimCarrierTopic *esim_carrier_topic_find (const char *word);

/* Returns: (nullable): the key of this name in @keys (nullable) */
const EsimCarrierKey *esim_carrier_key_find (const EsimCarrierKey *keys, const char *name);

/* Whether a fact with this value (nullable) of "type" should have @key. */
gboolean esim_carrier_key_is_wanted (const EsimCarrierKey *key, const char *type);

G_END_DECLS
