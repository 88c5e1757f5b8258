/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A carrier of the directory and a deregistration with it, for the tests of the carrier's side. */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"

/* Bangkok works from Monday to Friday; 2026-11-20 is a Friday. */
#define BANGKOK "[calendar]\nsource=s\ntime-zone=Asia/Bangkok\nweekend=sat;sun\n"
#define NOW portal_fixture_at ("2026-11-20T10:00:00+07:00")

/* What every carrier of the tests begins with: the id "lab", the plans "p" and "q". */
#define PORTAL_FIXTURE_HEAD                                                                                  \
  "[carrier]\nformat=1\nid=lab\nname=Lab\nname[zh_CN]=实验\nkind=operator\n"                               \
  "[source s]\ntitle=T\nchecked=2026-11-01\nsure=C\nstored-copy=true\n"                                      \
  "[match m]\nservice-provider=Lab\nsource=s\n"                                                              \
  "[plan p]\nkind=postpaid\nname=Bill\n[plan q]\nkind=prepaid\n"

/* (transfer full): the head with these groups */
EsimCarrier *portal_fixture_carrier (const char *facts);

gint64 portal_fixture_at (const char *time);

/* Of the method "portal", with all that has to stand in it at this stage; the plan is "p". */
EsimDeregistrationRecord *portal_fixture_record (EsimStage stage);

/* (transfer full): every member, so that two records can be compared */
char *portal_fixture_print (const EsimDeregistrationRecord *record);

#define assert_same_record(a, b)                                                                             \
  do {                                                                                                       \
    g_autofree char *print_a_ = portal_fixture_print (a), *print_b_ = portal_fixture_print (b);              \
    g_assert_cmpstr (print_a_, ==, print_b_);                                                                \
  } while (0)

/* The codes of the history from @first on, with a blank behind each. (transfer full) */
char *portal_fixture_codes (const EsimDeregistrationRecord *record, guint first);

#define assert_history(record, first, codes)                                                                 \
  do {                                                                                                       \
    g_autofree char *codes_ = portal_fixture_codes (record, first);                                          \
    g_assert_cmpstr (codes_, ==, codes);                                                                     \
  } while (0)
