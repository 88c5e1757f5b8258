/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bpp-words.h"
#include "esim-error.h"

#define NOT_INSTALLED "The profile was not installed: "
#define TELL " Tell the operator."
#define ENTERPRISE "a rule of the organisation that this card belongs to forbids it. Ask that organisation."
#define INTERRUPTED 11
#define NO_MEMORY 10
#define UNKNOWN_ERROR 127

static const char *const commands[] = {
    [ESIM_BPP_INITIALISE_SECURE_CHANNEL] = "initialiseSecureChannel",
    [ESIM_BPP_CONFIGURE_ISDP] = "configureISDP",
    [ESIM_BPP_STORE_METADATA] = "storeMetadata",
    [ESIM_BPP_STORE_METADATA_2] = "storeMetadata2",
    [ESIM_BPP_REPLACE_SESSION_KEYS] = "replaceSessionKeys",
    [ESIM_BPP_LOAD_PROFILE_ELEMENTS] = "loadProfileElements",
};

/* SGP.22 v2.5 2.5.6, ErrorReason; from 17 on: v3 and v2.7, since a card may be newer than we are. */
static const struct {
  guint reason;
  EsimError code;
  const char *words;
} reasons[] = {
    {1, ESIM_ERROR_SERVER_ERROR, "the card takes something in the server's package for wrong." TELL},
    {2, ESIM_ERROR_SERVER_ERROR,
     "the package does not bear the signature of the server that it came from. Try again." TELL},
    {3, ESIM_ERROR_SERVER_ERROR, "the package was made for another session. Try again." TELL},
    {4, ESIM_ERROR_SERVER_ERROR, "the package uses keys of a kind that this card does not know." TELL},
    {5, ESIM_ERROR_SERVER_ERROR, "the package asks for something else than an installation." TELL},
    {6, ESIM_ERROR_NOT_SUPPORTED,
     "this card does not take profiles of this class (test, provisioning, operational)." TELL},
    {7, ESIM_ERROR_SERVER_ERROR, "the package is not put together as the standard tells." TELL},
    {8, ESIM_ERROR_SERVER_ERROR,
     "the package was changed on its way, or was not made for this card. Try again." TELL},
    {9, ESIM_ERROR_PROFILE_EXISTS,
     "this profile (ICCID) is on the card already. Use the one that is there, or delete it first if the "
     "operator says that it can be downloaded again."},
    {NO_MEMORY, ESIM_ERROR_INSUFFICIENT_MEMORY,
     "the card has not enough room for it. Delete a profile that is not needed any more, and try again."},
    {INTERRUPTED, ESIM_ERROR_CARD_ERROR,
     "loading was interrupted, by the network, by a loss of power or by another program that uses the card. "
     "Try again."},
    {12, ESIM_ERROR_CARD_ERROR,
     "the card cannot carry out a part of it. It may need more memory than there is, or be made for another "
     "kind "
     "of card." TELL},
    {13, ESIM_ERROR_SERVER_ERROR,
     "what it contains is not what the server said of it (another ICCID or owner)." TELL},
    {14, ESIM_ERROR_TEST_PROFILE,
     "it is a test profile with keys that no test profile may have. Ask its maker."},
    {15, ESIM_ERROR_POLICY_VIOLATION,
     "its operator's policy rules are not allowed on this card, or not beside the profiles that are there. "
     "Ask "
     "the operator for a profile without them."},
    {17, ESIM_ERROR_NOT_SUPPORTED, "it is an enterprise's, and this card does not take such profiles." TELL},
    {18, ESIM_ERROR_POLICY_VIOLATION, "its enterprise rules are not allowed on this card." TELL},
    {19, ESIM_ERROR_POLICY_VIOLATION, ENTERPRISE},
    {20, ESIM_ERROR_POLICY_VIOLATION,
     "it belongs to another organisation than this card. Ask that organisation."},
    {21, ESIM_ERROR_SERVER_ERROR, "its enterprise rules contradict themselves." TELL},
    {22, ESIM_ERROR_POLICY_VIOLATION,
     "only an organisation's profiles may be installed on this card. Ask that organisation."},
    {23, ESIM_ERROR_NOT_SUPPORTED, "it wants an LPA proxy, which this card does not have." TELL},
    {26, ESIM_ERROR_SERVER_ERROR, "its metadata has something in it that this card does not know." TELL},
    {31, ESIM_ERROR_POLICY_VIOLATION, "it is not protected as strongly as this card demands." TELL},
    {32, ESIM_ERROR_POLICY_VIOLATION, "this card does not take such profiles from this server." TELL},
    {UNKNOWN_ERROR, ESIM_ERROR_CARD_ERROR,
     "the card says no more than that. Try again, and tell the operator if it stays."},
};

const char *
esim_bpp_words_get_command (guint64 command)
{
  return command < G_N_ELEMENTS (commands) ? commands[command] : "unknown";
}

gboolean
esim_bpp_words_is_temporary (guint64 reason)
{
  return reason == NO_MEMORY || reason == INTERRUPTED;
}

static GError *
make_error (guint64 reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].reason == reason)
      return g_error_new (ESIM_ERROR, (int) reasons[i].code, NOT_INSTALLED "%s", reasons[i].words);
  return g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                      NOT_INSTALLED "the card gives a reason (%" G_GUINT64_FORMAT
                                    ") that this version does not know. Try again, and tell the operator if "
                                    "it stays.",
                      reason);
}

GError *
esim_bpp_words_make_error (guint64 command, guint64 reason)
{
  GError *error = make_error (reason);

  esim_error_set_detail (error, ESIM_DETAIL_BPP_COMMAND,
                         g_variant_new_int32 ((gint32) MIN (command, G_MAXINT32)));
  esim_error_set_detail (error, ESIM_DETAIL_BPP_ERROR,
                         g_variant_new_int32 ((gint32) MIN (reason, G_MAXINT32)));
  return error;
}
