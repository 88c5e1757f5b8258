/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-error.h"

#include "esim-error.h"

typedef enum { KIND_OTHER, KIND_READER_GONE, KIND_NO_SERVICE } Kind;

typedef struct {
  LONG code;
  EsimError error;
  Kind kind;
  const char *words;
} Meaning;

#define NO_SERVICE                                                                                           \
  "the smart card service (pcscd) is not running. Install the package pcscd, or start pcscd.socket"

static const Meaning meanings[] = {
    {SCARD_E_NO_SERVICE, ESIM_ERROR_MODEM_ERROR, KIND_NO_SERVICE, NO_SERVICE},
    {SCARD_E_SERVICE_STOPPED, ESIM_ERROR_MODEM_ERROR, KIND_NO_SERVICE, NO_SERVICE},
    {SCARD_F_COMM_ERROR, ESIM_ERROR_MODEM_ERROR, KIND_NO_SERVICE, NO_SERVICE},
    {SCARD_E_INVALID_HANDLE, ESIM_ERROR_MODEM_ERROR, KIND_OTHER,
     "the connection to the card is over. Try again"},
    {SCARD_W_SECURITY_VIOLATION, ESIM_ERROR_MODEM_ERROR, KIND_NO_SERVICE,
     "the smart card service does not admit this service: allow it in polkit's rules for "
     "org.debian.pcsc-lite.access_pcsc"},
    {SCARD_E_UNKNOWN_READER, ESIM_ERROR_CARD_REMOVED, KIND_READER_GONE,
     "the reader is not there. Plug it in"},
    {SCARD_E_READER_UNAVAILABLE, ESIM_ERROR_CARD_REMOVED, KIND_READER_GONE,
     "the reader went away. Plug it in again"},
    {SCARD_E_NO_SMARTCARD, ESIM_ERROR_CARD_REMOVED, KIND_OTHER, "there is no card in it. Put one in"},
    {SCARD_W_REMOVED_CARD, ESIM_ERROR_CARD_REMOVED, KIND_OTHER, "the card was taken out. Put it in again"},
    {SCARD_W_RESET_CARD, ESIM_ERROR_MODEM_ERROR, KIND_OTHER, "another program reset the card. Try again"},
    {SCARD_W_UNPOWERED_CARD, ESIM_ERROR_MODEM_ERROR, KIND_OTHER, "the card lost its power. Try again"},
    {SCARD_W_UNRESPONSIVE_CARD, ESIM_ERROR_CARD_ERROR, KIND_OTHER,
     "the card does not answer to a reset. Take it out, look which way up it belongs, and put it in again"},
    {SCARD_W_UNSUPPORTED_CARD, ESIM_ERROR_CARD_ERROR, KIND_OTHER,
     "the reader cannot talk to this card. Try another reader"},
    {SCARD_E_PROTO_MISMATCH, ESIM_ERROR_CARD_ERROR, KIND_OTHER,
     "the card speaks neither T=0 nor T=1, or another program chose for it. Try again once that has ended"},
    {SCARD_E_SHARING_VIOLATION, ESIM_ERROR_BUSY, KIND_OTHER,
     "another program has the card to itself. Close it (GnuPG's scdaemon is often the one), and try again"},
    {SCARD_E_NOT_TRANSACTED, ESIM_ERROR_MODEM_ERROR, KIND_OTHER,
     "the exchange with the card failed. Try again, and put the card in again if it stays so"},
    {SCARD_E_INSUFFICIENT_BUFFER, ESIM_ERROR_LIMIT_EXCEEDED, KIND_OTHER,
     "the card answered more than a short command can ask for"},
};

static const Meaning *
find (LONG code)
{
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].code == code)
      return &meanings[i];
  return NULL;
}

GError *
esim_pcsc_error_new (LONG code, const char *reader, const char *what)
{
  const Meaning *meaning = find (code);
  g_autofree char *where = reader != NULL ? g_strdup_printf (" (reader \"%s\")", reader) : g_strdup ("");
  GError *error;

  if (meaning != NULL)
    error = g_error_new (ESIM_ERROR, meaning->error, "Could not %s%s: %s", what, where, meaning->words);
  else
    error =
        g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                     "Could not %s%s: PC/SC says %08lX. Try again, and plug the reader in again if it stays "
                     "so",
                     what, where, (gulong) code & 0xFFFFFFFFul);
  esim_error_set_detail (error, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 ((guint32) code));
  return error;
}

gboolean
esim_pcsc_error_is_reader_gone (LONG code)
{
  const Meaning *meaning = find (code);

  return meaning != NULL && meaning->kind != KIND_OTHER;
}

gboolean
esim_pcsc_error_is_no_service (LONG code)
{
  const Meaning *meaning = find (code);

  return meaning != NULL && meaning->kind == KIND_NO_SERVICE;
}
