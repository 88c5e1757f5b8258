/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_TS43_OTHERS_MAX 32
#define ESIM_TS43_WORDS_MAX 64
#define ESIM_TS43_MESSAGES_MAX 10 /* questions of the carrier's in one submission */
#define ESIM_TS43_SENDS_MAX 8     /* each after the first because the user wanted it */

/* How the carrier's server is told who asks. */
typedef enum {
  ESIM_TS43_WAY_NONE, /* not known yet */
  ESIM_TS43_WAY_SIM,  /* EAP-AKA with the profile's own USIM */
  ESIM_TS43_WAY_LOGIN,
  ESIM_TS43_WAY_CODE,
} EsimTs43Way;

/* What was seen that may speak for the end of the contract: a row of the table of evidence. */
typedef enum {
  ESIM_TS43_SEEN_NOTHING,
  ESIM_TS43_SEEN_ENDED,         /* ServiceStatus 4 */
  ESIM_TS43_SEEN_DEACTIVATED,   /* ServiceStatus 3 */
  ESIM_TS43_SEEN_ABSENT,        /* not in a well-formed list */
  ESIM_TS43_SEEN_DELETE_FIRST,  /* SubscriptionResult 6 */
  ESIM_TS43_SEEN_DELETE_IN_USE, /* the page called deleteProfileInUse for this ICCID */
  ESIM_TS43_SEEN_FORBIDDEN,     /* the line is refused since a day */
} EsimTs43Seen;

/* What the user is asked. The first five live on what is in memory alone, see esim_ts43_resume(). */
typedef enum {
  ESIM_TS43_ASK_NONE,
  ESIM_TS43_ASK_LOGIN,
  ESIM_TS43_ASK_NUMBER,
  ESIM_TS43_ASK_CODE,
  ESIM_TS43_ASK_MESSAGE,
  ESIM_TS43_ASK_PAGE,
  ESIM_TS43_ASK_EVIDENCE, /* what was seen is in "seen"; shall the profile be deleted on that? */
  ESIM_TS43_ASK_ATTEST,   /* the carrier no longer recognises this line */
  ESIM_TS43_ASK_REVERSAL, /* it was confirmed, and is not any more */
  ESIM_TS43_ASK_BLIND,    /* the status could not be read once more before the deletion */
  ESIM_TS43_ASK_CHANGE,   /* the carrier does not end it this way: its page, or the portal? */
} EsimTs43Ask;

/* Why the ladder was gone down. */
typedef enum {
  ESIM_TS43_WHY_NONE,
  ESIM_TS43_WHY_REFUSED,       /* the server does not end lines, or not this one, on request */
  ESIM_TS43_WHY_NO_PROOF,      /* it did not take this line for who it says it is */
  ESIM_TS43_WHY_NO_BASELINE,   /* it does not list the line as active: no end could be told from that */
  ESIM_TS43_WHY_NOT_ELIGIBLE,  /* CheckEligibility 2 */
  ESIM_TS43_WHY_NO_ADDRESS,    /* it wants the deletion first, and the profile names nobody to be told */
  ESIM_TS43_WHY_CHANGE_FAILED, /* nor did its page of the contract help */
} EsimTs43Why;

/* Who says that the carrier has the request. */
#define ESIM_TS43_ACKNOWLEDGED_BY_SERVER 1
#define ESIM_TS43_ACKNOWLEDGED_BY_PAGE 2
#define ESIM_TS43_ACKNOWLEDGED_BY_USER 3 /* without the carrier: its polls alone confirm nothing then */

/* Something that the carrier's server said: a line of the receipt. */
typedef struct {
  gint64 time;
  char *operation; /* TS.43's name of it; "page" = the carrier's page, as the client tells */
  char *said;      /* "status 4", "result 3", "absent", "refused", ... */
  char *digest;    /* SHA-256 of the document, hexadecimal; "" = there is none */
  char *host;      /* who answered; "" = not known */
} EsimTs43Word;

void esim_ts43_word_free (gpointer word);

/**
 * EsimTs43Track:
 *
 * What stands on disk of the method ts43, within a record. Times are seconds since 1970, 0 = not yet. No
 * code, no token, no address with parameters, no IMSI. Strings are never %NULL.
 */
typedef struct {
  EsimTs43Way way;
  EsimTs43Ask ask;
  gint64 ask_since;
  EsimTs43Why why;   /* with ESIM_TS43_ASK_CHANGE, and after the method went over to the portal */
  EsimTs43Seen seen; /* with ESIM_TS43_ASK_EVIDENCE */
  char **others;     /* ICCIDs that the carrier listed beside ours; never NULL */

  gint64 authenticated; /* last */
  gint64 baseline;      /* our ICCID was listed as active then */
  gint64 eligibility;   /* CheckEligibility was answered, or need not be asked again */

  gint64 operation;      /* operation_type of what was sent last: 1, or 2; 0 = nothing yet */
  gint64 submitting;     /* on disk before the request; 0 = none is out */
  gint64 answered;       /* when its answer came; before "submitting" = it has none: unknown */
  gint64 sends;          /* UNSUBSCRIBE, without the replies to the carrier's questions */
  gint64 messages;       /* replies to this request */
  gint64 replying;       /* 1: what is out is such a reply */
  gint64 result;         /* SubscriptionResult of the last answer; 0 = none */
  gint64 change;         /* the user agreed to type 2 */
  gint64 acknowledged;   /* the carrier has the request */
  gint64 acknowledgment; /* ESIM_TS43_ACKNOWLEDGED_ */

  gint64 status; /* ServiceStatus last listed; 0 = not listed, or never read */
  gint64 status_at;
  EsimTs43Seen first; /* the carrier wants the deletion first: how it said so */
  EsimTs43Seen run;   /* what the polls have shown one after the other */
  gint64 run_count;
  gint64 run_first;
  gint64 run_last; /* the last that counted */
  gint64 forbidden_count;
  gint64 forbidden_since;
  gint64 forbidden_last;
  gint64 quiet_until; /* the user wants to wait: not asked before */

  gint64 polls;      /* requests for the status, all in all */
  gint64 polled;     /* the last of them */
  gint64 failures;   /* since something last went well */
  gint64 silent;     /* polls since something last changed */
  gint64 next_poll;  /* of the status, or whatever comes next */
  gint64 not_before; /* nor earlier when somebody wants to know: the carrier does not want that */
  gint64 interval;   /* the carrier's, in seconds; 0 = none */

  EsimTs43Seen basis; /* what the deletion was released on */
  gint64 released;    /* the user did, in an answer of its own; 0 = the table did */
  gint64 looked;      /* the status was asked once more, and agreed */
  gint64 blind;       /* the user wanted to go on without that */

  gint64 verifying;    /* after a deletion that came first: asked for the line's end since then */
  gint64 ended;        /* it was seen */
  gint64 ended_stated; /* the user says so */

  GPtrArray *words; /* EsimTs43Word */
} EsimTs43Track;

void esim_ts43_track_init (EsimTs43Track *self);
/* @self: a plain copy of another one: what it points to becomes its own */
void esim_ts43_track_dup (EsimTs43Track *self);
void esim_ts43_track_clear (EsimTs43Track *self);

/* Drops all but the words: they stay what they are. */
void esim_ts43_track_begin_again (EsimTs43Track *self);
/* Nothing has ever stood in it. */
gboolean esim_ts43_track_is_empty (const EsimTs43Track *self);

/* The SubscriptionResult 6, or the page's call: the profile goes first, and the line ends after that. */
gboolean esim_ts43_seen_is_first (EsimTs43Seen seen);
/* "ended", "deactivated", "absent", "delete-first", "delete-profile-in-use", "no-longer-recognised"; "" */
const char *esim_ts43_seen_to_string (EsimTs43Seen seen);
/* "refused", "not-recognised", "not-listed", "not-eligible", "no-delete-address", "page-failed"; "" */
const char *esim_ts43_why_to_string (EsimTs43Why why);

void esim_ts43_track_write (const EsimTs43Track *self, GKeyFile *file);
/* STORAGE_ERROR if a member is missing, out of its bounds, or makes no sense. */
gboolean esim_ts43_track_read (EsimTs43Track *self, GKeyFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
