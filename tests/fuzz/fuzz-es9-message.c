/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-es9-message.h"
#include "fuzz.h"

#define HOST "smdp.example.com"
#define ID "0123456789ABCDEF"

/* What was left out is logged; a fuzzer has no use for it. */
static void
drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 challenge_octets[ESIM_CHALLENGE_OCTETS] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                                 8, 9, 10, 11, 12, 13, 14, 15};
  g_autoptr (GBytes) body = g_bytes_new (data, size);
  g_autoptr (GBytes) challenge = g_bytes_new_static (challenge_octets, sizeof challenge_octets);
  g_autoptr (GError) why_initiate = NULL, why_offer = NULL, why_events = NULL, why_cancel = NULL;
  g_autofree char *id = NULL;
  g_autoptr (EsimServerAuthentication) initiate = NULL;
  g_autoptr (EsimEs9Offer) offer = NULL;
  g_autoptr (GPtrArray) events = NULL;

  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, drop_log, NULL);
  initiate = esim_es9_read_initiate_authentication (body, HOST, challenge, NULL,
                                                    size % 2 == 0 ? "1.2.3" : NULL, &id, &why_initiate);
  g_assert_true ((initiate == NULL) == (why_initiate != NULL));
  g_assert_true ((initiate == NULL) == (id == NULL));
  offer = esim_es9_read_offer (body, HOST, ID, &why_offer);
  g_assert_true ((offer == NULL) == (why_offer != NULL));
  events = esim_es9_read_events (body, HOST, ID, &why_events);
  g_assert_true ((events == NULL) == (why_events != NULL));
  g_assert_true (esim_es9_read_cancel_session (body, HOST, &why_cancel) == (why_cancel == NULL));
  return 0;
}
