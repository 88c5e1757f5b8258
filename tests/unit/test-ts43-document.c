/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-ts43-document.h"

#include <string.h>

#define ICCID "8966001234567890123"
#define OTHER "8966001234567890999"
#define XML(content)                                                                                         \
  "<?xml version=\"1.0\"?>\n<wap-provisioningdoc version=\"1.1\">\n" content "</wap-provisioningdoc>\n"
#define APP(content)                                                                                         \
  "<characteristic type=\"APPLICATION\"><parm name=\"AppID\" value=\"ap2009\"/>" content "</characteristic>"
#define JSON(content) "{\"Vers\":{\"version\":\"1\"},\"ap2009\":{" content "}}"

static EsimTs43Document *
parse (const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;
  EsimTs43Document *document = esim_ts43_document_parse (body, "text/html", &error);

  g_assert_no_error (error);
  return document;
}

static void
assert_refused (const char *text, EsimError code)
{
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimTs43Document) document = esim_ts43_document_parse (body, NULL, &error);

  g_assert_null (document);
  g_assert_error (error, ESIM_ERROR, (int) code);
}

static void
assert_line (const EsimTs43Document *document, guint i, const char *iccid, guint status)
{
  EsimTs43Configuration one;

  esim_ts43_document_get_configuration (document, i, &one);
  g_assert_cmpstr (one.iccid, ==, iccid);
  g_assert_cmpuint (one.status, ==, status);
}

/* Every form in which a list of two was seen or may be written. */
static void
test_lists (void)
{
#define ONE(iccid, status) "{\"ICCID\":\"" iccid "\",\"ServiceStatus\":" status "}"
  static const char *const forms[] = {
      JSON ("\"PrimaryConfigurations\":{\"PrimaryConfiguration\":" ONE (
          ICCID, "1") ",\"PrimaryConfiguration\":" ONE (OTHER "F", "\"4\"") "}"),
      JSON ("\"PrimaryConfigurations\":{\"PrimaryConfiguration\":[" ONE (ICCID, "\"1\"") "," ONE (OTHER,
                                                                                                  "4") "]}"),
      JSON ("\"PrimaryConfigurations\":[{\"PrimaryConfiguration\":" ONE (
          ICCID, "1") "},{\"PrimaryConfiguration\":" ONE (OTHER, "4") "}]"),
      JSON ("\"PrimaryConfiguration\":" ONE (ICCID, "1") ",\"primaryconfiguration\":" ONE (OTHER, "4")),
      XML (APP ("<characteristic type=\"PrimaryConfigurations\">"
                "<characteristic type=\"PrimaryConfiguration\"><parm name=\"ICCID\" value=\"" ICCID "\"/>"
                "<parm name=\"ServiceStatus\" value=\"1\"/></characteristic>"
                "<characteristic type='primaryconfiguration'><parm name='iccid' value='" OTHER "'/>"
                "<parm name='SERVICESTATUS'><![CDATA[4]]></parm></characteristic></characteristic>")),
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autoptr (EsimTs43Document) document = parse (forms[i]);

    g_assert_cmpuint (esim_ts43_document_get_n_configurations (document), ==, 2);
    assert_line (document, 0, ICCID, 1);
    assert_line (document, 1, OTHER, 4);
  }
}

/* What names no line says nothing of one, and is not left out either. */
static void
test_lines_of_nobody (void)
{
  static const char *const entries[] = {
      "{\"ICCID\":null,\"ServiceStatus\":1}",
      "{\"ServiceStatus\":1}",
      "{\"ICCID\":\"\",\"ServiceStatus\":1}",
      "{\"ICCID\":\"89\",\"ServiceStatus\":1}",
      "{\"ICCID\":\"" ICCID "\",\"ICCID\":\"" OTHER "\",\"ServiceStatus\":1}",
      "{\"ICCID\":\"" ICCID "x\",\"ServiceStatus\":1}",
  };
  static const char *const statuses[] = {
      "0", "5", "-1", "null", "\"\"", "\"1 \"", "1.0", "true", "99999999999999999999"};

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    g_autofree char *text = g_strdup_printf (JSON ("\"PrimaryConfiguration\":%s"), entries[i]);
    g_autoptr (EsimTs43Document) document = parse (text);

    g_assert_cmpuint (esim_ts43_document_get_n_configurations (document), ==, 1);
    assert_line (document, 0, NULL, 1);
  }
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autofree char *text = g_strdup_printf (
        JSON ("\"PrimaryConfiguration\":{\"ICCID\":\"" ICCID "\",\"ServiceStatus\":%s}"), statuses[i]);
    g_autoptr (EsimTs43Document) document = parse (text);

    assert_line (document, 0, ICCID, 0);
  }
}

static void
test_results (void)
{
  g_autoptr (EsimTs43Document) numbers = parse (JSON ("\"OPERATIONRESULT\":1,\"subscriptionResult\":\"3\""));
  g_autoptr (EsimTs43Document) twice = parse (JSON ("\"SubscriptionResult\":3,\"SubscriptionResult\":5"));
  g_autoptr (EsimTs43Document) same = parse (JSON ("\"SubscriptionResult\":3,\"SubscriptionResult\":\"3\""));
  g_autoptr (EsimTs43Document) other =
      parse ("{\"ap2006\":{\"SubscriptionResult\":3},\"ap2009\":{\"OperationResult\":101}}");
  g_autoptr (EsimTs43Document) foreign =
      parse (XML ("<characteristic type=\"APPLICATION\"><parm name=\"AppID\" value=\"ap2006\"/>"
                  "<parm name=\"SubscriptionResult\" value=\"3\"/></characteristic>"));

  g_assert_cmpint (esim_ts43_document_get_operation_result (numbers), ==, 1);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (numbers), ==, 3);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (twice), ==, -1);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (same), ==, 3);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (other), ==, -1);
  g_assert_cmpint (esim_ts43_document_get_operation_result (other), ==, 101);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (foreign), ==, -1);
  g_assert_cmpint (esim_ts43_document_get_eligibility (numbers), ==, -1);
}

static void
test_pages (void)
{
  g_autoptr (EsimTs43Document) xml = parse (
      XML (APP ("<parm name=\"SubscriptionServiceURL\" value=\"https://my.lab.example/end?a=1&b=2&amp;c=3\"/>"
                "<parm name=\"SubscriptionServiceUserData\" value=\"encodedValue=eyJhIjoiYiJ9\"/>"
                "<parm name=\"SubscriptionServiceContentsType\" value=\"json\"/>"
                "<parm name=\"GeneralErrorText\" value=\"&#38;&#x3C;&lol;&quot;&#0;\"/>")));
  static const char *const bad[] = {"http://my.lab.example/", "javascript:alert(1)", "https://192.0.2.1/",
                                    "https://user@my.lab.example/", "https://my.lab.example/a b"};
  EsimTs43Page page;

  g_assert_true (esim_ts43_document_get_service (xml, &page));
  g_assert_cmpstr (page.url, ==, "https://my.lab.example/end?a=1&b=2&c=3");
  g_assert_cmpstr (page.user_data, ==, "{\"a\":\"b\"}");
  g_assert_cmpstr (page.contents_type, ==, "json");
  g_assert_cmpstr (esim_ts43_document_get_error_text (xml), ==, "&<&lol;\"&#0;");
  g_assert_false (esim_ts43_document_get_not_enabled (xml, &page));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *text = g_strdup_printf (JSON ("\"SubscriptionServiceURL\":\"%s\""), bad[i]);
    g_autoptr (EsimTs43Document) document = parse (text);

    g_assert_false (esim_ts43_document_get_service (document, &page));
  }
}

static void
test_message (void)
{
  g_autoptr (EsimTs43Document) document = parse (
      JSON ("\"MSG\":{\"Title\":\"End?\",\"Message\":\"Why\",\"Accept_btn\":1,\"Accept_btn_label\":\"Yes\","
            "\"Reject_btn\":\"0\",\"Accept_freetext\":\"1\",\"Accept_freetext_hint\":\"h\","
            "\"Accept_freetext_validation\":\"XlxkezR9JA==\"}"));
  g_autoptr (EsimTs43Document) none = parse (JSON (""));
  EsimTs43Message message;

  g_assert_true (esim_ts43_document_get_message (document, &message));
  g_assert_cmpstr (message.title, ==, "End?");
  g_assert_true (message.accepts);
  g_assert_false (message.rejects);
  g_assert_true (message.free_text);
  g_assert_cmpstr (message.pattern, ==, "^\\d{4}$");
  g_assert_false (esim_ts43_document_get_message (none, &message));
}

static void
test_token_and_intervals (void)
{
  g_autoptr (EsimTs43Document) document = parse (
      "\xEF\xBB\xBF {\"TOKEN\":{\"token\":\"abc\\/d\",\"validity\":\"60\"},\"ap2009\":{\"PollingInterval\":5,"
      "\"PrimaryConfiguration\":{\"ICCID\":\"" ICCID
      "\",\"PollingInterval\":\"25\",\"PollingIntervalUnit\":2}}}");
  EsimTs43Configuration one;
  gint64 validity;

  g_assert_cmpstr (esim_ts43_document_get_token (document, &validity), ==, "abc/d");
  g_assert_cmpint (validity, ==, 60);
  g_assert_cmpint (esim_ts43_document_get_interval (document), ==, 300);
  esim_ts43_document_get_configuration (document, 0, &one);
  g_assert_cmpint (one.interval, ==, 3);
  g_assert_cmpuint (strlen (esim_ts43_document_get_digest (document)), ==, 64);
}

static void
test_refused (void)
{
  static const char *const none[] = {
      "",
      "  ",
      "hello",
      "[]",
      "{",
      "{\"a\":1} x",
      "{'a':1}",
      "{\"a\":1,}",
      "\xff",
      "<html><body>maintenance</body></html>",
      "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" XML (""),
      "<wap-provisioningdoc><characteristic type=",
      "<wap-provisioningdoc><characteristic type=\"A\"></wap-provisioningdoc>",
      "<wap-provisioningdoc></wap-provisioningdoc><wap-provisioningdoc/>",
      "<wap-provisioningdoc><parm name=\"a\" name=\"b\"/></wap-provisioningdoc>",
      "<wap-provisioningdoc>words</wap-provisioningdoc>",
      "<wap-provisioningdoc><![CDATA[words]]></wap-provisioningdoc>",
      "<wap-provisioningdoc><parm name=a/></wap-provisioningdoc>",
      "<wap-provisioningdoc/ ><",
      "</wap-provisioningdoc>",
      "<",
      "<!--",
      "<?xml",
  };
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GString) nested = g_string_new ("{\"a\":");
  g_autoptr (GString) many = g_string_new ("<wap-provisioningdoc>");

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    assert_refused (none[i], ESIM_ERROR_CARRIER_ERROR);
  g_string_append (deep, "<wap-provisioningdoc>");
  for (guint i = 0; i < 40; i++)
    g_string_append (deep, "<characteristic type=\"a\">");
  assert_refused (deep->str, ESIM_ERROR_LIMIT_EXCEEDED);
  for (guint i = 0; i < 5000; i++)
    g_string_append_c (nested, '[');
  assert_refused (nested->str, ESIM_ERROR_LIMIT_EXCEEDED);
  for (guint i = 0; i < 5000; i++)
    g_string_append (many, "<parm name=\"a\"/>");
  assert_refused (many->str, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_iccids (void)
{
  g_assert_true (esim_ts43_iccid_equal (ICCID, ICCID "F"));
  g_assert_true (esim_ts43_iccid_equal (ICCID, ICCID "4"));
  g_assert_true (esim_ts43_iccid_equal (ICCID "4", ICCID));
  g_assert_false (esim_ts43_iccid_equal (ICCID, OTHER));
  g_assert_false (esim_ts43_iccid_equal (ICCID, NULL));
  g_assert_false (esim_ts43_iccid_equal ("", ""));
  g_assert_false (esim_ts43_iccid_equal ("896600123456789012", ICCID));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-document/lists", test_lists);
  g_test_add_func ("/ts43-document/lines-of-nobody", test_lines_of_nobody);
  g_test_add_func ("/ts43-document/results", test_results);
  g_test_add_func ("/ts43-document/pages", test_pages);
  g_test_add_func ("/ts43-document/message", test_message);
  g_test_add_func ("/ts43-document/token-and-intervals", test_token_and_intervals);
  g_test_add_func ("/ts43-document/refused", test_refused);
  g_test_add_func ("/ts43-document/iccids", test_iccids);
  return g_test_run ();
}
