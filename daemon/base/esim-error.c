/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-names.h"

/* In the order of the enum. */
static const char *const names[] = {
    ESIM_ERROR_PREFIX "Failed",
    ESIM_ERROR_PREFIX "NotAuthorized",
    ESIM_ERROR_PREFIX "Busy",
    ESIM_ERROR_PREFIX "NotFound",
    ESIM_ERROR_PREFIX "NotSupported",
    ESIM_ERROR_PREFIX "InvalidArgument",
    ESIM_ERROR_PREFIX "WrongState",
    ESIM_ERROR_PREFIX "Cancelled",
    ESIM_ERROR_PREFIX "TimedOut",
    ESIM_ERROR_PREFIX "StorageError",
    ESIM_ERROR_PREFIX "LimitExceeded",
    ESIM_ERROR_PREFIX "ConsentDenied",
    ESIM_ERROR_PREFIX "PolicyViolation",
    ESIM_ERROR_PREFIX "TestProfile",
    ESIM_ERROR_PREFIX "ServerUnreachable",
    ESIM_ERROR_PREFIX "ServerNotTrusted",
    ESIM_ERROR_PREFIX "ServerError",
    ESIM_ERROR_PREFIX "NoConnectivity",
    ESIM_ERROR_PREFIX "CardRemoved",
    ESIM_ERROR_PREFIX "CardError",
    ESIM_ERROR_PREFIX "ModemError",
    ESIM_ERROR_PREFIX "RefreshFailed",
    ESIM_ERROR_PREFIX "CarrierUnknown",
    ESIM_ERROR_PREFIX "CarrierRejected",
    ESIM_ERROR_PREFIX "InvalidActivationCode",
    ESIM_ERROR_PREFIX "ConfirmationCodeRequired",
    ESIM_ERROR_PREFIX "ConfirmationCodeInvalid",
    ESIM_ERROR_PREFIX "ConfirmationCodeRetriesExceeded",
    ESIM_ERROR_PREFIX "InsufficientMemory",
    ESIM_ERROR_PREFIX "ProfileExists",
    ESIM_ERROR_PREFIX "MatchingIdRefused",
    ESIM_ERROR_PREFIX "EidMismatch",
    ESIM_ERROR_PREFIX "NotReleased",
    ESIM_ERROR_PREFIX "OrderExpired",
    ESIM_ERROR_PREFIX "CarrierAuthenticationFailed",
    ESIM_ERROR_PREFIX "CarrierError",
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == ESIM_ERROR_CARRIER_ERROR + 1);

typedef struct {
  GVariant *details; /* a{sv}; NULL while there are none */
} EsimErrorPrivate;

static void
esim_error_private_init (EsimErrorPrivate *priv)
{
  priv->details = NULL;
}

static void
esim_error_private_copy (const EsimErrorPrivate *from, EsimErrorPrivate *to)
{
  to->details = from->details != NULL ? g_variant_ref (from->details) : NULL;
}

static void
esim_error_private_clear (EsimErrorPrivate *priv)
{
  g_clear_pointer (&priv->details, g_variant_unref);
}

G_DEFINE_EXTENDED_ERROR (EsimError, esim_error)

const char *
esim_error_code_to_dbus_name (EsimError code)
{
  if ((guint) code >= G_N_ELEMENTS (names))
    return names[ESIM_ERROR_FAILED];
  return names[code];
}

const char *
esim_error_get_dbus_name (const GError *error)
{
  if (error->domain != ESIM_ERROR)
    return names[ESIM_ERROR_FAILED];
  return esim_error_code_to_dbus_name ((EsimError) error->code);
}

EsimError
esim_error_code_from_dbus_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0)
      return (EsimError) i;
  return ESIM_ERROR_FAILED;
}

void
esim_error_set_detail (GError *error, const char *key, GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  EsimErrorPrivate *priv;
  GVariantDict dict;

  if (error->domain != ESIM_ERROR)
    return;
  priv = esim_error_get_private (error);
  g_variant_dict_init (&dict, priv->details);
  g_variant_dict_insert_value (&dict, key, owned);
  g_clear_pointer (&priv->details, g_variant_unref);
  priv->details = g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
esim_error_dup_details (const GError *error)
{
  if (error->domain == ESIM_ERROR) {
    EsimErrorPrivate *priv = esim_error_get_private (error);

    if (priv->details != NULL)
      return g_variant_ref (priv->details);
  }
  return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}
