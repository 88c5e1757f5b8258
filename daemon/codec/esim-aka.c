/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-aka.h"

#include <openssl/crypto.h>

void
esim_aka_answer_clear (EsimAkaAnswer *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}
