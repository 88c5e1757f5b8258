/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-known.h"

/* Computed from the certificates as they are published. Those of GSMA's test specification SGP.26 are there
 * so that an error can name them: their private keys are public. */
static const EsimRspKnown known_roots[] = {
    {"81370F5125D0B1D408D4C3B232E6D25E795BEBFB",
     "5E3E91FD454327C3AF5D32A7A73BBC59FE43AA7D85FD32D5DB44423F80A56BB3", "GSM Association - RSP2 Root CI1",
     "P-256", FALSE},
    {"4C27967AD20C14B391E9601E41E604AD57C0222F",
     "9C9FA2E94602C260137122D9704D79993A6EF6D067CE0999EC2F4C109DD7A1A2", "OISTE GSMA CI G1", "P-256", FALSE},
    {"16704B7F351E3607F18C4B70005C3A003DFD414A",
     "94457E185C7059DDD484FBA87F86D10C2EE89E95571982C4DF3DE67E8F52007C",
     "Entrust eSIM Certification Authority", "P-256", FALSE},
    {"665A1433D67C1A2C5DB8B52C967F10A057BA5CB2",
     "7DDAC82323BA95973B2DA726162206E93DDDF0FBF69CC31647F78592D7B86D7D", "Symantec RSP Test Root CA", "P-256",
     TRUE},
    {"F54172BDF98A95D65CBEB88A38A1C11D800A85C3", NULL, "GSMA Test CI (SGP.26, NIST P-256)", "P-256", TRUE},
    {"C0BC70BA36929D43B467FF57570530E57AB8FCD8", NULL, "GSMA Test CI (SGP.26, Brainpool)", "brainpoolP256r1",
     TRUE},
    {"34EECF13156518D48D30BDF06853404D115F955D",
     "DB01E5C88878EBD792832EDD45E649EC0A8AF7A5CCFBA8E41F12A023EC40F198", "Test CI (2058, NIST P-256)",
     "P-256", TRUE},
    {"2209F61CD9EC5C9C854E787341FF83ECF9776A5B",
     "235280C8FC1C8502CF9F52C6240E4473197FAD4AF2C61B3C941D528CBF3D7AA9", "Test CI (2058, Brainpool)",
     "brainpoolP256r1", TRUE},
};

const EsimRspKnown *
esim_rsp_known_get (guint index)
{
  return index < G_N_ELEMENTS (known_roots) ? &known_roots[index] : NULL;
}

const EsimRspKnown *
esim_rsp_known_find (const char *key_id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_roots); i++)
    if (g_ascii_strcasecmp (known_roots[i].key_id, key_id) == 0)
      return &known_roots[i];
  return NULL;
}
