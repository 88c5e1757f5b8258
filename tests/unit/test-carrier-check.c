/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of carriers' files: what it can say, and what is wrong with a file. */
#include "esim-carrier-check.h"
#include "esim-carrier-describe.h"

#include <gio/gio.h>
#include <string.h>

#define HEAD                                                                                                 \
  "[carrier]\nformat=1\nid=lab\nname=Lab\nname[zh_CN]=实验\ncountry=TH\nkind=operator\n"                   \
  "[source own]\ntitle=A page\nurl=https://www.example.com/end\nchecked=2026-11-22\nsure=A\n"                \
  "stored-copy=true\n"                                                                                       \
  "[source other]\ntitle=Another\nchecked=2020-01-02\nsure=C\nstored-copy=false\n"                           \
  "[match owner]\nmccmnc=00101\ngid1=4C\nsource=own\n"                                                       \
  "[plan postpaid]\nkind=postpaid\nname=Monthly\n[plan prepaid]\nkind=prepaid\n"

static EsimCarrier *
read_good (const char *facts)
{
  g_autofree char *text = g_strconcat (HEAD, facts, NULL);
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  EsimCarrier *carrier = esim_carrier_check (text, strlen (text), problems);

  for (guint i = 0; i < problems->len; i++) {
    EsimCarrierProblem *problem = g_ptr_array_index (problems, i);

    g_test_message ("%u [%s] %s: %s", problem->line, problem->group, problem->key, problem->words);
  }
  g_assert_nonnull (carrier);
  g_assert_cmpuint (problems->len, ==, 0);
  return carrier;
}

static GVariant *
only_fact (EsimCarrier *carrier, const char *topic)
{
  g_autoptr (GPtrArray) facts = esim_carrier_find_facts (carrier, topic, NULL);

  g_assert_cmpuint (facts->len, ==, 1);
  return ((EsimCarrierFact *) g_ptr_array_index (facts, 0))->values;
}

static void
test_head (void)
{
  g_autoptr (EsimCarrier) carrier = read_good ("");
  const EsimCarrierSource *source = esim_carrier_get_source (carrier, "other");
  const EsimCarrierMatch *match = g_ptr_array_index (carrier->matches, 0);
  const char *name = NULL;

  g_assert_cmpstr (carrier->id, ==, "lab");
  g_assert_cmpstr (carrier->country, ==, "TH");
  g_assert_cmpstr (carrier->kind, ==, "operator");
  g_assert_true (g_variant_lookup (carrier->name, "zh_CN", "&s", &name));
  g_assert_cmpstr (name, ==, "实验");
  g_assert_cmpstr (source->checked, ==, "2020-01-02");
  g_assert_cmpstr (source->sure, ==, "C");
  g_assert_cmpstr (source->url, ==, "");
  g_assert_false (source->stored_copy);
  g_assert_cmpstr (match->gid1[0], ==, "4C");
  g_assert_null (match->iccid);
  g_assert_cmpstr (esim_carrier_get_plan (carrier, "prepaid")->kind, ==, "prepaid");
  g_assert_null (esim_carrier_get_plan (carrier, "none"));
}

/* Each pattern that carriers were found to have: the facts, a topic, and how its values print. */
static const struct {
  const char *path;
  const char *facts;
  const char *topic;
  const char *values;
} patterns[] = {
    {"channels",
     "[channel shop]\nsource=own\ntype=shop\nexclusive=true\nhours=mon-fri 09:00-18:00;sat 10:00-24:00\n"
     "address=Main Road 1\n",
     "channel",
     "{'type': <'shop'>, 'exclusive': <true>, 'hours': <['mon-fri 09:00-18:00', 'sat 10:00-24:00']>, "
     "'address': <{'': 'Main Road 1'}>}"},
    {"text-message", "[channel pac]\nsource=own\ntype=sms\nnumbers=65075\nmessage=PAC\n", "channel",
     "{'type': <'sms'>, 'numbers': <['65075']>, 'message': <'PAC'>}"},
    {"web",
     "[channel web]\nsource=own\ntype=web\nurl=https://my.example.com/leave?a=b\nhosts=my.example.com;"
     "login.example.com\n",
     "channel",
     "{'type': <'web'>, 'url': <'https://my.example.com/leave?a=b'>, 'hosts': <['my.example.com', "
     "'login.example.com']>}"},
    {"web-login",
     "[channel web]\nsource=own\ntype=web\nstop-url=https://www.example.com/bye\n"
     "login-url=https://login.example.com/\nrecovery-url=https://login.example.com/lost\n"
     "status-url=https://www.example.com/progress\nform-url=https://www.example.com:8443/form?a=b\n"
     "url=https://www.example.com/leave\nhosts=login.example.com\n",
     "channel",
     "{'type': <'web'>, 'url': <'https://www.example.com/leave'>, 'hosts': <['login.example.com']>, "
     "'login-url': <'https://login.example.com/'>, 'recovery-url': <'https://login.example.com/lost'>, "
     "'form-url': <'https://www.example.com:8443/form?a=b'>, 'status-url': "
     "<'https://www.example.com/progress'>, 'stop-url': <'https://www.example.com/bye'>}"},
    {"form-of-hosts-alone",
     "[channel form]\nsource=own\ntype=form\nhosts=www.example.com\nform-url=https://www.example.com/\n",
     "channel",
     "{'type': <'form'>, 'hosts': <['www.example.com']>, 'form-url': <'https://www.example.com/'>}"},
    {"steps",
     "[channel a]\nsource=own\ntype=shop\n[step 1]\nsource=own\norder=1\nchannel=a\nbring=identity-document\n"
     "returns=reference;effective-date\ntext=Go\n",
     "step",
     "{'text': <{'': 'Go'}>, 'order': <uint32 1>, 'channel': <['a']>, 'bring': <['identity-document']>, "
     "'returns': "
     "<['reference', 'effective-date']>}"},
    {"notice", "[notice]\nsource=own\nlength=P1M\nanchor=term-end\nthen-length=P1M\nthen-anchor=month-end\n",
     "notice",
     "{'length': <'P1M'>, 'anchor': <'term-end'>, 'then-length': <'P1M'>, 'then-anchor': <'month-end'>}"},
    {"processing",
     "[processing]\nsource=own\nworking-days-min=1\nworking-days-max=3\ncut-off=17:00\nwaits-between="
     "20:00-09:30\n",
     "processing",
     "{'working-days-min': <uint32 1>, 'working-days-max': <uint32 3>, 'cut-off': <'17:00'>, "
     "'waits-between': "
     "<'20:00-09:30'>}"},
    {"calendar", "[calendar]\nsource=own\ntime-zone=Asia/Bangkok\nweekend=fri;sat\nholidays=not-working\n",
     "calendar", "{'time-zone': <'Asia/Bangkok'>, 'weekend': <['fri', 'sat']>, 'holidays': <'not-working'>}"},
    {"final-bill", "[final-bill]\nsource=own\ncharge=whole-month\nfee=1100 JPY\ninstalments-due=true\n",
     "final-bill", "{'charge': <'whole-month'>, 'fee': <'1100 JPY'>, 'instalments-due': <true>}"},
    {"credit", "[credit]\nsource=own\ntreatment=on-request\nbring=bank-account\n", "credit",
     "{'treatment': <'on-request'>, 'bring': <['bank-account']>}"},
    {"reactivation", "[reactivation]\nsource=own\npossible=true\nwindow=P112D\n", "reactivation",
     "{'possible': <true>, 'window': <'P112D'>}"},
    {"idle",
     "[idle]\nsource=own\nafter=P180D\nthen=suspended\nends-after=P30D\nwarning=sms\nwarning-before=P30D\n"
     "objection=P4W\nretention-fee=50.00 THB\nretention-until=P180D\nloses=number;credit\n",
     "idle",
     "{'after': <'P180D'>, 'then': <'suspended'>, 'ends-after': <'P30D'>, 'warning': <['sms']>, "
     "'warning-before': "
     "<'P30D'>, 'objection': <'P4W'>, 'retention-fee': <'50.00 THB'>, 'retention-until': <'P180D'>, 'loses': "
     "<['number', 'credit']>}"},
    {"porting", "[porting pac]\nsource=own\nends-contract=true\nkeeps-number=true\ncode=PAC\nholds=P30D\n",
     "porting", "{'ends-contract': <true>, 'keeps-number': <true>, 'code': <'PAC'>, 'holds': <'P30D'>}"},
    {"bundle", "[bundle group]\nsource=own\ntype=group\nsplit-first=true\n", "bundle",
     "{'type': <'group'>, 'split-first': <true>}"},
    {"automatic-payment", "[automatic-payment]\nsource=own\nswitched-off-apart=true\n", "automatic-payment",
     "{'switched-off-apart': <true>}"},
    {"add-on", "[add-on]\nsource=own\nends-contract=false\n", "add-on", "{'ends-contract': <false>}"},
    {"abroad", "[abroad]\nsource=own\npossible=false\n", "abroad", "{'possible': <false>}"},
    {"proxy", "[proxy]\nsource=own\npossible=true\nbring=letter-of-authority;identity-copies\n", "proxy",
     "{'possible': <true>, 'bring': <['letter-of-authority', 'identity-copies']>}"},
    {"reissue",
     "[reissue]\nsource=own\ncode-single-use=true\nwhere=shop;app\nfee=0 THB\nold-profile-dies=true\n",
     "reissue",
     "{'code-single-use': <true>, 'where': <['shop', 'app']>, 'fee': <'0 THB'>, 'old-profile-dies': <true>}"},
    {"lost", "[lost]\nsource=own\nwhat=mail;voicemail\n", "lost", "{'what': <['mail', 'voicemail']>}"},
    {"accounts", "[accounts]\nsource=own\nstill-send-codes=true\n", "accounts",
     "{'still-send-codes': <true>}"},
    {"ending", "[ending]\nsource=own;other\nmethod=portal\nby=expiry\nends-by-itself=true\n", "ending",
     "{'method': <'portal'>, 'by': <'expiry'>, 'ends-by-itself': <true>}"},
    {"entitlement", "[entitlement a]\nsource=own\nprotocol=other-maker\n", "entitlement",
     "{'protocol': <'other-maker'>}"},
    {"escapes", "[lost]\nsource=own\nwhat=mail\ntext=one\\; two\\sthree \\\\\n", "lost",
     "{'text': <{'': 'one; two three \\\\'}>, 'what': <['mail']>}"},
};

static void
test_pattern (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (EsimCarrier) carrier = read_good (patterns[i].facts);
  g_autofree char *printed = g_variant_print (only_fact (carrier, patterns[i].topic), FALSE);
  g_autoptr (GVariant) seen =
      g_variant_ref_sink (g_variant_parse (G_VARIANT_TYPE_VARDICT, printed, NULL, NULL, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) wanted =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, patterns[i].values, NULL, NULL, &error);

  g_assert_no_error (error);
  if (!g_variant_equal (seen, wanted))
    g_error ("%s\nis not\n%s", printed, patterns[i].values);
}

static void
test_plans_are_apart (void)
{
  g_autoptr (EsimCarrier) carrier =
      read_good ("[notice postpaid]\nplans=postpaid\nsource=own\nlength=P1M\nanchor=term-end\n"
                 "[lost]\nsource=own\nwhat=mail\n");
  g_autoptr (GPtrArray) of_postpaid = esim_carrier_find_facts (carrier, "notice", "postpaid");
  g_autoptr (GPtrArray) of_prepaid = esim_carrier_find_facts (carrier, "notice", "prepaid");
  g_autoptr (GPtrArray) of_all = esim_carrier_find_facts (carrier, "lost", "prepaid");
  g_auto (GStrv) unknown = esim_carrier_dup_unknown_topics (carrier, "prepaid");

  g_assert_cmpuint (of_postpaid->len, ==, 1);
  g_assert_cmpuint (of_prepaid->len, ==, 0);
  g_assert_cmpuint (of_all->len, ==, 1);
  g_assert_true (g_strv_contains ((const char *const *) unknown, "notice"));
  g_assert_false (g_strv_contains ((const char *const *) unknown, "lost"));
}

static void
test_absent_keys_are_unknown (void)
{
  g_autoptr (EsimCarrier) carrier = read_good ("[channel a]\nsource=own\ntype=phone\nnumbers=1175\n"
                                               "[channel b]\nsource=own\ntype=app\n");
  g_autoptr (GPtrArray) facts = esim_carrier_find_facts (carrier, "channel", NULL);
  g_auto (GStrv) of_phone = esim_carrier_fact_dup_unknown (g_ptr_array_index (facts, 0));
  g_auto (GStrv) of_app = esim_carrier_fact_dup_unknown (g_ptr_array_index (facts, 1));
  g_autofree char *words = g_strjoinv (" ", of_phone);
  gboolean value = TRUE;

  g_assert_cmpstr (words, ==, "numbers-from-abroad hours");
  g_assert_null (of_app[0]);
  g_assert_false (esim_carrier_fact_get_boolean (g_ptr_array_index (facts, 0), "exclusive", &value));
  g_assert_null (esim_carrier_fact_get_string (g_ptr_array_index (facts, 0), "url"));
}

static void
test_conflicts (void)
{
  g_autoptr (EsimCarrier) carrier = read_good ("[final-bill a]\nsource=own\ncharge=none\nconflict=fee\n"
                                               "[final-bill b]\nsource=other\nfee=1100 JPY\nconflict=fee\n");
  g_autoptr (GPtrArray) facts = esim_carrier_find_facts (carrier, "final-bill", NULL);

  g_assert_cmpuint (facts->len, ==, 2);
  g_assert_cmpstr (((EsimCarrierFact *) g_ptr_array_index (facts, 1))->conflict, ==, "fee");
}

static void
test_old_sources (void)
{
  g_autoptr (EsimCarrier) carrier = read_good ("[lost]\nsource=own;other\nwhat=mail\n");
  g_autoptr (GDateTime) today = g_date_time_new_utc (2026, 12, 1, 0, 0, 0);
  g_autoptr (GVariant) described = g_variant_ref_sink (esim_carrier_describe (carrier, today));
  g_autofree char *printed = g_variant_print (described, FALSE);

  g_assert_nonnull (strstr (printed, "'checked': <'2020-01-02'>"));
  g_assert_nonnull (strstr (printed, "'old': <true>"));
  g_assert_nonnull (strstr (printed, "'old': <false>"));
}

/* Text after HEAD, the line (counted after HEAD; 0 = the file), and words of the problem. */
static const struct {
  const char *path;
  const char *text;
  guint line;
  const char *words;
} wrongs[] = {
    {"unknown-group", "[fax]\n", 1, "no such group"},
    {"unknown-key", "[lost]\nsource=own\nwhat=mail\nwho=me\n", 4, "not a key of this group"},
    {"no-source", "[lost]\nwhat=mail\n", 1, "is missing"},
    {"unknown-source", "[lost]\nsource=mine\nwhat=mail\n", 1, "no group [source mine]"},
    {"unknown-plan", "[lost]\nsource=own\nplans=gold\nwhat=mail\n", 1, "no group [plan gold]"},
    {"unknown-channel", "[step 1]\nsource=own\norder=1\nchannel=x\n", 1, "no group [channel x]"},
    {"missing-key", "[notice]\nsource=own\n", 1, "says nothing"},
    {"missing-type", "[channel a]\nsource=own\nnumbers=1\n", 1, "is missing"},
    {"nameless", "[channel]\nsource=own\ntype=app\n", 1, "needs a name"},
    {"word", "[lost]\nsource=own\nwhat=friends\n", 3, "\"friends\" is not known here; there are: number"},
    {"two-words", "[credit]\nsource=own\ntreatment=paid-out;on-request\n", 3, "one word"},
    {"word-twice", "[lost]\nsource=own\nwhat=mail;mail\n", 3, "given twice"},
    {"boolean", "[abroad]\nsource=own\npossible=yes\n", 3, "true or false"},
    {"period", "[notice]\nsource=own\nlength=30 days\n", 3, "a period"},
    {"count", "[processing]\nsource=own\nworking-days-max=5000\n", 3, "0 to 1000"},
    {"time", "[processing]\nsource=own\ncut-off=24:30\n", 3, "a time of the day"},
    {"span", "[processing]\nsource=own\nwaits-between=09:00-09:00\n", 3, "a span"},
    {"hours", "[channel a]\nsource=own\ntype=shop\nhours=daily 9-5\n", 4, "days and hours"},
    {"phone", "[channel a]\nsource=own\ntype=phone\nnumbers=call me\n", 4, "as they are dialled"},
    {"url-http", "[channel a]\nsource=own\ntype=web\nurl=http://www.example.com/\n", 4, "an https address"},
    {"url-user", "[channel a]\nsource=own\ntype=web\nurl=https://a@www.example.com/\n", 4,
     "an https address"},
    {"url-ip", "[channel a]\nsource=own\ntype=web\nurl=https://127.0.0.1/\n", 4, "an https address"},
    {"login-http", "[channel a]\nsource=own\ntype=web\nlogin-url=http://www.example.com/\n", 4,
     "an https address"},
    {"login-elsewhere",
     "[channel a]\nsource=own\ntype=web\nurl=https://www.example.com/\nlogin-url=https://example.com/\n", 5,
     "on the server \"example.com\", which neither"},
    {"recovery-below",
     "[channel a]\nsource=own\ntype=web\nurl=https://example.com/\nrecovery-url=https://a.example.com/\n", 5,
     "on the server \"a.example.com\", which neither"},
    {"status-elsewhere",
     "[channel a]\nsource=own\ntype=web\nstatus-url=https://b.example.com/\nhosts=a.example.com\n", 4,
     "on the server \"b.example.com\", which neither"},
    {"form-of-no-server", "[channel a]\nsource=own\ntype=form\nform-url=https://www.example.com/\n", 4,
     "on the server \"www.example.com\", which neither"},
    {"stop-elsewhere",
     "[channel a]\nsource=own\ntype=web\nurl=http://a.b.example/\nstop-url=https://a.b.example/\n", 5,
     "on the server \"a.b.example\", which neither"},
    {"host", "[channel a]\nsource=own\ntype=web\nhosts=*.example.com\n", 4, "names of servers"},
    {"money", "[final-bill]\nsource=own\nfee=lots\n", 3, "an amount"},
    {"zone", "[calendar]\nsource=own\ntime-zone=Asia/Atlantis\n", 3, "a time zone"},
    {"date", "[source x]\ntitle=T\nchecked=2026-02-30\nsure=A\nstored-copy=true\n", 3, "a date"},
    {"sure", "[source x]\ntitle=T\nchecked=2026-02-03\nsure=D\nstored-copy=true\n", 4, "not known here"},
    {"empty", "[lost]\nsource=own\nwhat=\n", 3, "is empty"},
    {"escape", "[lost]\nsource=own\nwhat=mail\ntext=a\\nb\n", 4, "as the only escapes"},
    {"only-translated", "[lost]\nsource=own\nwhat=mail\ntext[zh_CN]=x\n", 1, "not in English"},
    {"translated-value", "[lost]\nsource=own\nwhat[th]=mail\n", 3, "has no translations"},
    {"told-twice", "[lost]\nsource=own\nwhat=mail\n[lost again]\nsource=own\nwhat=credit\n", 1, "told twice"},
    {"lonely-conflict", "[lost]\nsource=own\nwhat=mail\nconflict=x\n", 1, "with what?"},
    {"host-catches", "[match bare]\nmccmnc=44010\nsource=own\n", 1, "would catch every brand"},
    {"gid-alone", "[match gid]\ngid1=26\nsource=own\n", 1, "only together with mccmnc"},
    {"asks-nothing", "[match x]\nsource=own\n", 1, "asks for nothing"},
    {"sole-with-more", "[match x]\nmccmnc=00101\ngid1=1\nsole=true\nsource=own\n", 1, "alone"},
    {"mccmnc", "[match x]\nmccmnc=1234\ngid1=1\nsource=own\n", 1, "five or six digits"},
    {"gid1", "[match x]\nmccmnc=00101\ngid1=xyz\nsource=own\n", 1, "in hexadecimal"},
    {"iccid", "[match x]\niccid=12345\nsource=own\n", 1, "beginning of an ICCID"},
    {"no-value", "[lost]\nwhat\n", 2, "KEY=VALUE"},
    {"bad-title", "[lost\n", 1, "ends with"},
    {"bad-words", "[Lost Things]\n", 1, "small letters"},
    {"bad-locale", "[lost]\ntext[../x]=y\n", 2, "with a locale"},
    {"key-twice", "[lost]\nwhat=mail\nwhat=mail\n", 3, "given twice"},
    {"group-twice", "[lost]\n[lost]\n", 2, "there already"},
    {"escape-sequence", "[lost]\ntext=\033[2J\n", 2, "control or invisible"},
    {"bidi", "[lost]\ntext=\xe2\x80\xae\n", 2, "control or invisible"},
};

static GPtrArray *
read_wrong (const char *text, gsize length)
{
  GPtrArray *problems = esim_carrier_problems_new ();
  EsimCarrier *carrier = esim_carrier_check (text, length, problems);

  g_assert_null (carrier);
  g_assert_cmpuint (problems->len, >, 0);
  return problems;
}

static void
test_wrong (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *text = g_strconcat (HEAD, wrongs[i].text, NULL);
  g_autoptr (GPtrArray) problems = read_wrong (text, strlen (text));
  guint head_lines = 0;

  for (const char *p = HEAD; *p != '\0'; p++)
    head_lines += *p == '\n';
  for (guint j = 0; j < problems->len; j++) {
    EsimCarrierProblem *problem = g_ptr_array_index (problems, j);

    g_test_message ("%u [%s] %s: %s", problem->line, problem->group, problem->key, problem->words);
    if (problem->line == head_lines + wrongs[i].line && strstr (problem->words, wrongs[i].words) != NULL)
      return;
  }
  g_error ("no problem in line %u with the words \"%s\"", wrongs[i].line, wrongs[i].words);
}

static void
assert_problem (const char *text, gsize length, const char *words)
{
  g_autoptr (GPtrArray) problems = read_wrong (text, length);
  gboolean found = FALSE;

  for (guint i = 0; i < problems->len; i++)
    found = found || strstr (((EsimCarrierProblem *) g_ptr_array_index (problems, i))->words, words) != NULL;
  g_assert_true (found);
}

static void
test_whole_file (void)
{
  g_autofree char *large = g_strnfill (ESIM_CARRIER_FILE_MAX + 1, '#');
  g_autofree char *line = g_strnfill (ESIM_CARRIER_LINE_MAX + 1, '#');
  g_autoptr (GString) groups = g_string_new (NULL);
  g_autoptr (GString) entries = g_string_new ("[lost]\n");
  g_autoptr (GPtrArray) problems = NULL;

  for (guint i = 0; i <= ESIM_CARRIER_GROUPS_MAX; i++)
    g_string_append_printf (groups, "[plan p%u]\n", i);
  for (guint i = 0; i <= ESIM_CARRIER_ENTRIES_MAX; i++)
    g_string_append_printf (entries, "key%u=1\n", i);
  assert_problem ("", 0, "no group [carrier]");
  assert_problem ("a=b\n", 4, "under no group");
  assert_problem ("\xff\xfe", 2, "not UTF-8");
  assert_problem ("[carrier]\0\n", 11, "not UTF-8");
  assert_problem (large, strlen (large), "larger than");
  assert_problem (line, strlen (line), "longer than");
  assert_problem (groups->str, groups->len, "more than 200 groups");
  assert_problem (entries->str, entries->len, "keys in one");
  g_string_assign (groups, HEAD);
  for (guint i = 0; i < 150; i++)
    g_string_append_printf (groups, "[fax n%u]\n", i);
  problems = read_wrong (groups->str, groups->len);
  g_assert_cmpuint (problems->len, ==, ESIM_CARRIER_PROBLEMS_MAX);
}

static void
test_newer_format (void)
{
  const char *newer = "[carrier]\nformat=2\nid=a\nname=A\nkind=operator\n";
  const char *path = "[carrier]\nformat=1\nid=../a\nname=A\nkind=operator\n";

  assert_problem (newer, strlen (newer), "format 1 alone");
  assert_problem (path, strlen (path), "small letters");
}

/* Whatever byte is changed, added or left out of a good file: no crash, and no carrier with problems. */
static void
test_hostile_bytes (void)
{
  g_autofree char *text = g_strconcat (HEAD, patterns[0].facts, patterns[3].facts, patterns[5].facts, NULL);
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++) {
    static const char bytes[] = {'\0', '[', ']', '=', ';', '\\', '\n', (char) 0xff};

    for (guint j = 0; j < G_N_ELEMENTS (bytes); j++) {
      g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
      g_autoptr (EsimCarrier) carrier = NULL;
      char kept = text[i];

      text[i] = bytes[j];
      carrier = esim_carrier_check (text, length, problems);
      text[i] = kept;
      g_assert_true ((carrier != NULL) == (problems->len == 0));
    }
    {
      g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
      g_autoptr (EsimCarrier) carrier = esim_carrier_check (text, i, problems);

      g_assert_true ((carrier != NULL) == (problems->len == 0));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/carrier-check/head", test_head);
  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autofree char *path = g_strconcat ("/carrier-check/pattern/", patterns[i].path, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_pattern);
  }
  g_test_add_func ("/carrier-check/plans-are-apart", test_plans_are_apart);
  g_test_add_func ("/carrier-check/absent-keys-are-unknown", test_absent_keys_are_unknown);
  g_test_add_func ("/carrier-check/conflicts", test_conflicts);
  g_test_add_func ("/carrier-check/old-sources", test_old_sources);
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++) {
    g_autofree char *path = g_strconcat ("/carrier-check/wrong/", wrongs[i].path, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_wrong);
  }
  g_test_add_func ("/carrier-check/whole-file", test_whole_file);
  g_test_add_func ("/carrier-check/newer-format", test_newer_format);
  g_test_add_func ("/carrier-check/hostile-bytes", test_hostile_bytes);
  return g_test_run ();
}
