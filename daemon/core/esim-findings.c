/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-findings.h"

static const char *const severity_names[] = {"ok", "warning", "blocker"};

const char *
esim_severity_to_string (EsimSeverity severity)
{
  return severity_names[severity];
}

static void
finding_free (gpointer data)
{
  EsimFinding *finding = data;

  g_free (finding->message);
  g_variant_unref (finding->parameters);
  g_free (finding);
}

GPtrArray *
esim_findings_new (void)
{
  return g_ptr_array_new_with_free_func (finding_free);
}

void
esim_findings_add (GPtrArray *findings, EsimSeverity severity, const char *code, char *message,
                   GVariant *parameters)
{
  EsimFinding *finding = g_new0 (EsimFinding, 1);

  finding->code = code;
  finding->severity = severity;
  finding->message = message;
  finding->parameters = g_variant_ref_sink (
      parameters != NULL ? parameters : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  g_ptr_array_add (findings, finding);
}

const EsimFinding *
esim_findings_get_blocker (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++) {
    const EsimFinding *finding = g_ptr_array_index (findings, i);

    if (finding->severity == ESIM_SEVERITY_BLOCKER)
      return finding;
  }
  return NULL;
}
