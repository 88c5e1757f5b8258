# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an eUICC checks in a server's certificate before it believes a signature
made with its key (SGP.22 v2.5, 4.5.2.2 and 5.7.13)."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .pki import extensions, role_oid

CURVES = ("secp256r1", "brainpoolP256r1")
INVALID_CERTIFICATE, UNSUPPORTED_CURVE, INVALID_OID = 1, 3, 5
UNDERSTOOD = (x509.KeyUsage, x509.CertificatePolicies, x509.ExtendedKeyUsage, x509.BasicConstraints,
              x509.SubjectAlternativeName)


class CertificateRefused(Exception):
    """The number that the eUICC answers, and words for a person who reads a log."""

    def __init__(self, code: int, words: str):
        super().__init__(words)
        self.code = code


def verify_raw(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """ECDSA with SHA-256, r and s side by side."""
    if len(signature) != 64:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _extension(cert: x509.Certificate, kind: type) -> x509.Extension | None:
    try:
        return extensions(cert).get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def read(der: bytes) -> x509.Certificate:
    """The certificate, if it can be read at all and its key lies on a curve that is supported."""
    try:
        cert = x509.load_der_x509_certificate(der)
        key = cert.public_key()
        extensions(cert)  # reads them: they may be malformed
    except (ValueError, x509.DuplicateExtension) as error:
        raise CertificateRefused(INVALID_CERTIFICATE, f"no certificate: {error}") from error
    except Exception as error:  # UnsupportedAlgorithm: a curve that this library does not know
        raise CertificateRefused(UNSUPPORTED_CURVE, f"a key of an unknown kind: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in CURVES:
        raise CertificateRefused(UNSUPPORTED_CURVE, "the key is on a curve that is not supported")
    return cert


def registered_id(cert: x509.Certificate) -> x509.ObjectIdentifier:
    """The OID of the server, which all its certificates have in common."""
    names = _extension(cert, x509.SubjectAlternativeName)
    found = names.value.get_values_for_type(x509.RegisteredID) if names else []
    if len(found) != 1:
        raise CertificateRefused(INVALID_CERTIFICATE, "the subject's alternative name holds no OID")
    return found[0]


def _check_signed(cert: x509.Certificate, root: x509.Certificate) -> None:
    key = root.public_key()
    if cert.public_key().curve.name != key.curve.name:
        raise CertificateRefused(UNSUPPORTED_CURVE, "the certificate is on another curve than its CI")
    above = _extension(cert, x509.AuthorityKeyIdentifier)
    own = extensions(root).get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    if above is None or above.value.key_identifier != own:
        raise CertificateRefused(INVALID_CERTIFICATE, "another CI is named as the issuer")
    if cert.issuer != root.subject:
        raise CertificateRefused(INVALID_CERTIFICATE, "the issuer's name is not that of the CI")
    try:
        key.verify(cert.signature, cert.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise CertificateRefused(INVALID_CERTIFICATE, "the CI has not signed this") from error


def _check_use(cert: x509.Certificate) -> None:
    strangers = [e for e in extensions(cert) if e.critical and not isinstance(e.value, UNDERSTOOD)]
    if strangers:
        raise CertificateRefused(INVALID_CERTIFICATE, "a critical extension is not understood")
    usage = _extension(cert, x509.KeyUsage)
    if usage is None or not usage.critical or not usage.value.digital_signature:
        raise CertificateRefused(INVALID_CERTIFICATE, "the key is not there to sign")
    basic = _extension(cert, x509.BasicConstraints)
    if basic is not None and basic.value.ca:
        raise CertificateRefused(INVALID_CERTIFICATE, "the certificate is that of an authority")


def check(cert: x509.Certificate, root: x509.Certificate, roles: tuple[str, ...],
          now: datetime.datetime) -> x509.ObjectIdentifier:
    """Raises CertificateRefused, or gives the server's OID."""
    _check_signed(cert, root)
    _check_use(cert)
    if not cert.not_valid_before <= now <= cert.not_valid_after:
        raise CertificateRefused(INVALID_CERTIFICATE, "the certificate is not valid today")
    policies = _extension(cert, x509.CertificatePolicies)
    named = [p.policy_identifier for p in policies.value] if policies and policies.critical else []
    if not any(role_oid(role) in named for role in roles):
        raise CertificateRefused(INVALID_OID, "the certificate was made for another role")
    return registered_id(cert)
