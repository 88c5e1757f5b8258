# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an SM-DP+ checks in a notification before it believes it: the eUICC's
signature, the chain up to a CI, roles, validity and the EUM's name constraints
(SGP.22 v2.5, 4.5.2.2)."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from . import ber
from .pki import extensions, role_oid
from .profiles import EVENTS

MALFORMED = ("8.1", "2.1")
EUICC_SIGNATURE = ("8.1", "6.1")
EUICC_CERT, EUICC_EXPIRED = ("8.1.3", "6.1"), ("8.1.3", "6.3")
EUM_CERT, EUM_EXPIRED = ("8.1.2", "6.1"), ("8.1.2", "6.3")
EID_RANGE = ("8.1.4", "6.1")
CI_UNKNOWN = ("8.11.1", "3.9")


class Refused(Exception):
    """The notification is not believed; subject and reason code, and words."""

    def __init__(self, code: tuple[str, str], words: str):
        super().__init__(words)
        self.subject, self.reason = code


@dataclass(frozen=True)
class Notice:
    """What a notification says, once it has been found genuine."""

    eid: str
    sequence: int
    event: str
    address: str
    iccid: str
    der: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.der).hexdigest()


def read_metadata(tlv: ber.Tlv) -> tuple[int, str, str, str]:
    """Sequence number, event, address and ICCID of a BF2F. A result of a package that never came to its metadata has none
    (the member is OPTIONAL in NotificationMetadata): ""."""
    events = ber.read_bits(tlv.need(0x81).value)
    names = [name for name, bit in EVENTS.items() if bit in events]
    if len(events) != 1 or not names:
        raise ber.BerError("a notification tells of exactly one event")
    iccid = tlv.find(0x5A)
    return (ber.read_integer(tlv.need(0x80).value), names[0], tlv.need(0x0C).value.decode(),
            ber.read_iccid(iccid.value) if iccid else "")


def _signed_by(child: x509.Certificate, parent: x509.Certificate) -> bool:
    if child.issuer != parent.subject:
        return False
    try:
        parent.public_key().verify(child.signature, child.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _has_role(cert: x509.Certificate, role: str) -> bool:
    try:
        policies = extensions(cert).get_extension_for_class(x509.CertificatePolicies)
    except x509.ExtensionNotFound:
        return False
    return policies.critical and role_oid(role) in [p.policy_identifier for p in policies.value]


def _valid_at(cert: x509.Certificate, now: datetime.datetime) -> bool:
    return cert.not_valid_before <= now <= cert.not_valid_after


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return found[0].value if found else ""


def _within_constraints(eum: x509.Certificate, euicc: x509.Certificate) -> bool:
    """The maker's name, and the first digits of the EIDs that were given to it."""
    try:
        trees = extensions(eum).get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return False
    for tree in trees:
        if not isinstance(tree, x509.DirectoryName):
            continue
        maker = _attribute(tree.value, NameOID.ORGANIZATION_NAME)
        prefix = _attribute(tree.value, NameOID.SERIAL_NUMBER)
        same = maker == _attribute(euicc.subject, NameOID.ORGANIZATION_NAME)
        if same and prefix and _attribute(euicc.subject, NameOID.SERIAL_NUMBER).startswith(prefix):
            return True
    return False


def _check_eum(eum: x509.Certificate, roots: list[x509.Certificate], now: datetime.datetime) -> None:
    if not any(_signed_by(eum, root) and _valid_at(root, now) for root in roots):
        raise Refused(CI_UNKNOWN, "the EUM certificate comes from no CI that is known here")
    if not _has_role(eum, "eum"):
        raise Refused(EUM_CERT, "the second certificate has not the role of an EUM")
    try:
        if not extensions(eum).get_extension_for_class(x509.BasicConstraints).value.ca:
            raise Refused(EUM_CERT, "the EUM certificate may not issue others")
    except x509.ExtensionNotFound as error:
        raise Refused(EUM_CERT, "the EUM certificate has no basic constraints") from error
    if not _valid_at(eum, now):
        raise Refused(EUM_EXPIRED, "the EUM certificate is not valid today")


def check_chain(euicc: x509.Certificate, eum: x509.Certificate, roots: list[x509.Certificate],
                now: datetime.datetime) -> str:
    """The EID that the chain vouches for."""
    _check_eum(eum, roots, now)
    if not _signed_by(euicc, eum):
        raise Refused(EUICC_CERT, "the eUICC certificate was not issued by this EUM")
    if not _has_role(euicc, "euicc"):
        raise Refused(EUICC_CERT, "the first certificate has not the role of an eUICC")
    if not _valid_at(euicc, now):
        raise Refused(EUICC_EXPIRED, "the eUICC certificate is not valid today")
    if not _within_constraints(eum, euicc):
        raise Refused(EID_RANGE, "the EID lies outside what the EUM may issue")
    eid = _attribute(euicc.subject, NameOID.SERIAL_NUMBER)
    if not ber.eid_is_valid(eid):
        raise Refused(EUICC_CERT, "the serial number of the eUICC certificate is no EID")
    return eid


def check_notification(der: bytes, roots: list[x509.Certificate],
                       now: datetime.datetime | None = None) -> Notice:
    """Read and check one OtherSignedNotification; raises Refused."""
    now = now or datetime.datetime.utcnow()
    try:
        outer = ber.parse(der)
        if outer.tag != 0x30:
            raise ber.BerError(f"a notification begins with 30, not {outer.tag:X}")
        metadata, signature, *certs = outer.children()
        if metadata.tag != 0xBF2F or signature.tag != 0x5F37 or len(signature.value) != 64 or len(certs) != 2:
            raise ber.BerError("members are not BF2F, 5F37 and two certificates")
        euicc, eum = (x509.load_der_x509_certificate(c.raw) for c in certs)
        sequence, event, address, iccid = read_metadata(metadata)
    except ValueError as error:
        raise Refused(MALFORMED, f"malformed notification: {error}") from error
    eid = check_chain(euicc, eum, roots, now)
    r, s = (int.from_bytes(half, "big") for half in (signature.value[:32], signature.value[32:]))
    try:
        euicc.public_key().verify(encode_dss_signature(r, s), metadata.raw, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Refused(EUICC_SIGNATURE, "the eUICC's signature does not fit") from error
    return Notice(eid, sequence, event, address, iccid, der)
