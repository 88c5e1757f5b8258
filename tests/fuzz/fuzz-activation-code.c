/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-activation-code.h"
#include "esim-error.h"
#include "fuzz.h"

#include <string.h>

/* A code that can be read is read the same when it is put together anew. */
static void
check_again (const EsimActivationCode *code)
{
  g_autofree char *text = g_strdup_printf (
      "LPA:1$%s$%s$%s$%s$%s$%s", code->smdp_address, code->matching_id,
      code->smdp_oid != NULL ? code->smdp_oid : "", code->confirmation_code_required ? "1" : "",
      code->ci_key_id != NULL ? code->ci_key_id : "", code->device_change ? "1" : "");
  g_autoptr (EsimActivationCode) again = esim_activation_code_parse (text, NULL);

  /* What was left out at the end makes it longer than a code can be. */
  if (again == NULL) {
    g_assert_cmpuint (strlen (text), >, 255);
    return;
  }
  g_assert_cmpstr (again->smdp_address, ==, code->smdp_address);
  g_assert_cmpstr (again->matching_id, ==, code->matching_id);
  g_assert_cmpstr (again->smdp_oid, ==, code->smdp_oid);
  g_assert_cmpstr (again->ci_key_id, ==, code->ci_key_id);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimActivationCode) code = esim_activation_code_parse (text, &error);
  g_autoptr (GVariant) details = NULL;
  guint position = 0;

  g_assert_true ((code == NULL) == (error != NULL));
  if (code != NULL) {
    check_again (code);
    return 0;
  }
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ACTIVATION_CODE);
  details = esim_error_dup_details (error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_POSITION, "u", &position));
  g_assert_cmpuint (position, >=, 1);
  g_assert_cmpuint (position, <=, strlen (text) + 1);
  return 0;
}
