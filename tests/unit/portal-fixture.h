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

/* A page with a login and a hotline, and a step on each; the second is written first. */
#define PAGE                                                                                                 \
  "[channel page]\nsource=s\ntype=web\nurl=https://www.lab.example/\nhosts=login.lab.example\n"              \
  "login-url=https://login.lab.example/in\nrecovery-url=https://login.lab.example/forgotten\n"               \
  "form-url=https://www.lab.example/end\nstatus-url=https://www.lab.example/status\n"                        \
  "stop-url=https://www.lab.example/done\n"
#define HOTLINE "[channel hotline]\nsource=s\ntype=phone\nnumbers=+66 2 123 4567\nhours=mon-fri 09:00-18:00\n"
#define STEPS                                                                                                \
  "[step second]\nsource=s\norder=2\nchannel=hotline\nbring=account-login;phone-number\n"                    \
  "returns=effective-date;reference\n"                                                                       \
  "[step first]\nsource=s\norder=1\nchannel=page\nbring=identity-document;account-login\n"                   \
  "returns=reference\ntext=Ask for it\ntext[zh_CN]=申请\n"
#define FULL BANGKOK PAGE HOTLINE STEPS

/* (transfer full): the head with these groups */
EsimCarrier *portal_fixture_carrier (const char *facts);

gint64 portal_fixture_at (const char *time);

/* Of the method "portal", with all that has to stand in it at this stage; the plan is "p". */
EsimDeregistrationRecord *portal_fixture_record (EsimStage stage);

/* (transfer full): an a{sv} of what stands between its braces */
GVariant *portal_fixture_answer (const char *text);

/* (transfer full): every member, so that two records can be compared */
char *portal_fixture_print (const EsimDeregistrationRecord *record);

/* (transfer full): the words of a list under @key, with a blank behind each; "(absent)" if there is none */
char *portal_fixture_words (GVariant *dict, const char *key);

#define assert_words(dict, key, words)                                                                       \
  do {                                                                                                       \
    g_autofree char *words_ = portal_fixture_words (dict, key);                                              \
    g_assert_cmpstr (words_, ==, words);                                                                     \
  } while (0)

/* What stands as a string under @key; "(absent)" if there is none */
const char *portal_fixture_string (GVariant *dict, const char *key);

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
