/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration-request.h"
#include "esim-error.h"
#include "folder.h"
#include "portal-fixture.h"

#include <string.h>

#define OTHER(id)                                                                                            \
  "[carrier]\nformat=1\nid=" id "\nname=Twin\nkind=operator\n"                                               \
  "[source s]\ntitle=T\nchecked=2026-11-01\nsure=C\nstored-copy=true\n"                                      \
  "[match m]\nservice-provider=Twin\nsource=s\n[plan r]\nkind=postpaid\n"

#define GOOD -1

/* "Lab" is one carrier's profile, "Twin" one of two carriers', "Nobody" of none; NULL: it was deleted before.
 */
static const struct {
  const char *provider;
  const char *method, *carrier, *plan, *reason_text;
  int error;
  const char *told; /* the method that it comes to; else a word of the refusal */
} cases[] = {
    {"Lab", "", "", "", "", GOOD, "portal"},
    {"Lab", "", "", "", "my own words", GOOD, "portal"},
    {"Twin", "", "", "", "", GOOD, "portal"},
    {"Nobody", "", "", "", "", ESIM_ERROR_CARRIER_UNKNOWN, "\"portal\""},
    {"", "", "", "", "", ESIM_ERROR_CARRIER_UNKNOWN, "\"local\""},
    {"Nobody", "", "lab", "", "", GOOD, "portal"},
    {"Nobody", "", "lab", "q", "", GOOD, "portal"},
    {"Nobody", "portal", "", "", "", GOOD, "portal"},
    {"Nobody", "local", "", "", "", GOOD, "local"},
    {"Lab", "portal", "", "", "", GOOD, "portal"},
    {"Lab", "local", "", "", "", GOOD, "local"},
    /* The user may know better than the card. */
    {"Lab", "", "twin-a", "r", "", GOOD, "portal"},
    {NULL, "", "", "", "", GOOD, "portal"},
    {NULL, "portal", "lab", "p", "words", GOOD, "portal"},
    {NULL, "local", "", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"local\""},
    {NULL, "ts43", "", "", "", ESIM_ERROR_NOT_SUPPORTED, "\"ts43\""},
    {NULL, "ts43", "lab", "", "", ESIM_ERROR_NOT_SUPPORTED, "\"ts43\""},
    {NULL, "ts43", "server", "", "", GOOD, "ts43"},
    {NULL, "", "server", "", "", GOOD, "portal"},
    {"Lab", "ts43", "", "", "", GOOD, "ts43"},
    {"Lab", "Portal", "", "", "", ESIM_ERROR_NOT_SUPPORTED, "\"Portal\""},
    {"Nobody", "portal ", "", "", "", ESIM_ERROR_NOT_SUPPORTED, "\"portal \""},
    {"Lab", "local", "lab", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {"Lab", "local", "", "p", "", ESIM_ERROR_INVALID_ARGUMENT, "\"plan\""},
    {"Lab", "local", "", "", "words", ESIM_ERROR_INVALID_ARGUMENT, "\"reason-text\""},
    {"Lab", "portal", "other", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {"Lab", "portal", "Lab", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {"Lab", "portal", "../lab", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {"Nobody", "", "other", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {NULL, "", "other", "", "", ESIM_ERROR_INVALID_ARGUMENT, "\"carrier\""},
    {"Lab", "portal", "lab", "r", "", ESIM_ERROR_INVALID_ARGUMENT, "\"plan\""},
    {"Lab", "portal", "", "p", "", ESIM_ERROR_INVALID_ARGUMENT, "\"plan\""},
    {"Lab", "", "", "p", "", ESIM_ERROR_INVALID_ARGUMENT, "\"plan\""},
};

static EsimCarrierDirectory *
make_directory (const char *folder)
{
  const char *const folders[] = {folder, NULL};

  folder_put (folder, "lab.conf", PORTAL_FIXTURE_HEAD);
  folder_put (folder, "server.conf",
              OTHER ("server") "[entitlement e]\nprotocol=ts43\nhosts=ts43.example.org\nends-primary=true\n"
                               "source=s\n");
  folder_put (folder, "twin-a.conf", OTHER ("twin-a"));
  folder_put (folder, "twin-b.conf", OTHER ("twin-b"));
  return esim_carrier_directory_new (folders);
}

static void
test_settle (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimCarrierDirectory) directory = make_directory (folder);
  EsimDeregistrationRequest request = {.method = cases[i].method,
                                       .reason = "sold",
                                       .reason_text = cases[i].reason_text,
                                       .carrier = cases[i].carrier,
                                       .plan = cases[i].plan,
                                       .token = ""};
  EsimProfileInfo profile = {.iccid = (char *) "8901260123456789012",
                             .name = (char *) "",
                             .nickname = (char *) "",
                             .service_provider = (char *) cases[i].provider,
                             .home_operator = (char *) "",
                             .gid1 = (char *) "",
                             .gid2 = (char *) ""};
  g_autoptr (GError) error = NULL;
  gboolean good = esim_deregistration_request_settle (
      &request, directory, cases[i].provider != NULL ? &profile : NULL, "8901260123456789012", &error);

  g_assert_cmpint (good, ==, cases[i].error == GOOD);
  if (good) {
    g_assert_no_error (error);
    g_assert_cmpstr (request.method, ==, cases[i].told);
    g_assert_cmpstr (request.carrier, ==, cases[i].carrier);
    g_assert_cmpstr (request.plan, ==, cases[i].plan);
    return;
  }
  g_assert_error (error, ESIM_ERROR, cases[i].error);
  if (strstr (error->message, cases[i].told) == NULL)
    g_error ("%s does not speak of %s", error->message, cases[i].told);
  g_assert_cmpstr (request.method, ==, cases[i].method);
}

/* With no directory at all only what was asked for in so many words is begun. */
static void
test_empty (void)
{
  g_auto (Folder) folder = folder_new ();
  const char *const folders[] = {folder, NULL};
  g_autoptr (EsimCarrierDirectory) directory = esim_carrier_directory_new (folders);
  EsimProfileInfo profile = {.iccid = (char *) "8901260123456789012",
                             .service_provider = (char *) "Lab",
                             .home_operator = (char *) "",
                             .gid1 = (char *) ""};
  EsimDeregistrationRequest request = {
      .method = "", .reason = "", .reason_text = "", .carrier = "", .plan = "", .token = ""};
  g_autoptr (GError) error = NULL, none = NULL;

  g_assert_false (esim_deregistration_request_settle (&request, directory, &profile, profile.iccid, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_UNKNOWN);
  request.method = ESIM_METHOD_PORTAL;
  g_assert_true (esim_deregistration_request_settle (&request, directory, &profile, profile.iccid, &none));
  g_assert_no_error (none);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/deregistration-request/settle/%u", i);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_settle);
  }
  g_test_add_func ("/deregistration-request/empty", test_empty);
  return g_test_run ();
}
