# SPDX-License-Identifier: LGPL-2.1-or-later
"""One session of an eUICC with a server: challenge, mutual authentication,
preparation of a download, cancelling (SGP.22 v2.5, 5.7.5 to 5.7.7, 5.7.13, 5.7.14)."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass, field
from typing import Callable

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from . import ber, servercert
from .notifications import sign_raw
from .pki import Identity
from .securechannel import point_of
from .servercert import CertificateRefused

INVALID_CERTIFICATE, INVALID_SIGNATURE, UNSUPPORTED_CURVE, NO_SESSION = 1, 2, 3, 4
INVALID_OID, WRONG_CHALLENGE, CI_UNKNOWN = 5, 6, 7  # of AuthenticateServer
INVALID_TRANSACTION = 5  # of PrepareDownload and CancelSession
UNDEFINED = 127
CANCEL_REASONS = (0, 1, 2, 3, 4, 5, UNDEFINED)
MAX_KEPT_KEYS = 4


class Refused(Exception):
    def __init__(self, code: int, words: str):
        super().__init__(words)
        self.code = code


@dataclass
class Root:
    """A CI that the eUICC knows: its certificate, and who the eUICC is below it (None: it only verifies)."""

    name: str
    cert: x509.Certificate
    identity: Identity | None

    @property
    def key_id(self) -> bytes:
        return Identity(self.cert, None).key_id

    def state(self) -> list:
        own = self.identity and [self.identity.chain_pem().decode(), self.identity.key_pem().decode()]
        return [self.name, self.cert.public_bytes(serialization.Encoding.PEM).decode(), own]

    @classmethod
    def from_state(cls, state: list) -> "Root":
        name, cert, own = state
        identity = own and Identity.from_pem(*(part.encode() for part in own))
        return cls(name, x509.load_pem_x509_certificate(cert.encode()), identity)


@dataclass
class Session:
    """From a successful AuthenticateServer to the result, a cancelling, or the next one."""

    transaction_id: bytes
    root: Root
    address: str
    server: x509.Certificate
    server_oid: x509.ObjectIdentifier
    signature: bytes  # euiccSignature1, with its tag
    package_cert: x509.Certificate | None = None
    one_time_key: ec.EllipticCurvePrivateKey | None = None


@dataclass
class KeptKey:
    """A one-time key that a server may ask for again, because a package is bound to it already."""

    oid: str
    key: ec.EllipticCurvePrivateKey

    def state(self) -> list:
        return [self.oid, self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                 serialization.NoEncryption()).decode()]

    @classmethod
    def from_state(cls, state: list) -> "KeptKey":
        return cls(state[0], serialization.load_pem_private_key(state[1].encode(), None))


def object_identifier(oid: x509.ObjectIdentifier) -> bytes:
    """Value octets of an OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in oid.dotted_string.split("."))
    octets = b""
    for number in (40 * first + second, *rest):
        part = bytes((number & 0x7F,))
        while number := number >> 7:
            part = bytes((0x80 | number & 0x7F,)) + part
        octets += part
    return octets


def _utf8(tlv: ber.Tlv) -> str:
    return tlv.value.decode("utf-8")


@dataclass
class Sessions:
    """The one session that there can be, and the challenge for the next.  `refusals` collects in words why
    a server was not believed: the answer has only a number."""

    eid: str
    root_of: Callable[[bytes], Root | None]
    now: Callable[[], datetime.datetime] = datetime.datetime.utcnow
    challenge: bytes | None = None
    current: Session | None = None
    kept_keys: list[KeptKey] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """What the loss of power takes."""
        self.challenge = self.current = None

    def new_challenge(self) -> bytes:
        self.challenge = os.urandom(16)
        return self.challenge

    # Mutual authentication

    def authenticate(self, request: ber.Tlv, info2: bytes) -> bytes:
        signed, signature, key_id, cert, context = self._members(request)
        transaction = signed.need(0x80).value
        try:
            self.current = self._believe(signed, signature, key_id, cert)
        except Refused as error:
            return self._refuse(0xBF38, transaction, error)
        self.challenge = None
        session = self.current
        mine = ber.encode(0x30, signed.need(0x80).raw, signed.need(0x83).raw, signed.need(0x84).raw,
                          info2, context.raw)
        session.signature = ber.encode(0x5F37, sign_raw(session.root.identity.key, mine))
        identity = session.root.identity
        above = [c.public_bytes(serialization.Encoding.DER) for c in identity.above]
        return ber.encode(0xBF38, ber.encode(0xA0, mine, session.signature, identity.der, *above))

    @staticmethod
    def _members(request: ber.Tlv) -> list[ber.Tlv]:
        members = request.children()
        if [m.tag for m in members[:5]] != [0x30, 0x5F37, 0x04, 0x30, 0xA0]:
            raise ber.BerError("members of AuthenticateServer are 30, 5F37, 04, 30, A0")
        transaction, context = members[0].need(0x80).value, members[4]
        if not 1 <= len(transaction) <= 16:
            raise ber.BerError("a transaction id has 1 to 16 octets")
        device = context.need(0xA1)
        device.need(0xA1)
        if len(device.need(0x80).value) != 4:
            raise ber.BerError("a type allocation code has four octets")
        imei = device.find(0x82)
        if imei is not None and len(imei.value) != 8:
            raise ber.BerError("an IMEI has eight octets")
        if context.find(0x80) is not None:
            _utf8(context.need(0x80))
        return members[:5]

    def _believe(self, signed: ber.Tlv, signature: ber.Tlv, key_id: ber.Tlv, der: ber.Tlv) -> Session:
        if self.challenge is None:
            raise Refused(NO_SESSION, "no challenge has been given")
        root = self.root_of(key_id.value)
        if root is None or root.identity is None:
            raise Refused(CI_UNKNOWN, "the CI is not one of this card")
        try:
            cert = servercert.read(der.raw)
            oid = servercert.check(cert, root.cert, ("dp-auth", "ds-auth"), self.now())
        except CertificateRefused as error:
            raise Refused(error.code, str(error)) from error
        if not servercert.verify_raw(cert.public_key(), signature.value, signed.raw):
            raise Refused(INVALID_SIGNATURE, "the server's signature does not fit")
        if signed.need(0x81).value != self.challenge:
            raise Refused(WRONG_CHALLENGE, "the challenge is not the last one")
        address = _utf8(signed.need(0x83))
        if not address or len(signed.need(0x84).value) != 16:
            raise Refused(UNDEFINED, "the server's address or challenge is missing")
        return Session(signed.need(0x80).value, root, address, cert, oid, b"")

    def _refuse(self, tag: int, transaction: bytes, error: Refused) -> bytes:
        self.refusals.append(str(error))
        return refusal(tag, transaction, error.code)

    # Preparation

    def prepare(self, request: ber.Tlv) -> bytes:
        members = request.children()
        hash_cc = next((m for m in members if m.tag == 0x04), None)
        if [m.tag for m in members if m is not hash_cc] != [0x30, 0x5F37, 0x30]:
            raise ber.BerError("members of PrepareDownload are 30, 5F37, 04 if there is a code, 30")
        signed, signature, cert = (m for m in members if m is not hash_cc)
        transaction = signed.need(0x80).value
        try:
            session = self._prepared(signed, signature, cert, hash_cc)
        except Refused as error:
            return self._refuse(0xBF21, transaction, error)
        point = ber.encode(0x5F49, point_of(session.one_time_key))
        mine = ber.encode(0x30, ber.encode(0x80, transaction), point, hash_cc.raw if hash_cc else b"")
        proof = sign_raw(session.root.identity.key, mine + signature.raw)
        return ber.encode(0xBF21, ber.encode(0xA0, mine, ber.encode(0x5F37, proof)))

    def _prepared(self, signed: ber.Tlv, signature: ber.Tlv, der: ber.Tlv, hash_cc: ber.Tlv | None) -> Session:
        session = self.current
        if session is None:
            raise Refused(NO_SESSION, "no server is authenticated")
        try:
            cert = servercert.read(der.raw)
            oid = servercert.check(cert, session.root.cert, ("dp-pb",), self.now())
        except CertificateRefused as error:
            code = error.code if error.code == UNSUPPORTED_CURVE else INVALID_CERTIFICATE
            raise Refused(code, str(error)) from error
        if oid != session.server_oid:
            raise Refused(INVALID_CERTIFICATE, "the package's certificate is of another server")
        if not servercert.verify_raw(cert.public_key(), signature.value, signed.raw + session.signature):
            raise Refused(INVALID_SIGNATURE, "the server's signature does not fit")
        if signed.need(0x80).value != session.transaction_id:
            raise Refused(INVALID_TRANSACTION, "the transaction id is not that of the session")
        wanted = ber.read_boolean(signed.need(0x01).value)
        if wanted and (hash_cc is None or len(hash_cc.value) != 32):
            raise Refused(UNDEFINED, "a confirmation code is needed and has no digest here")
        session.package_cert = cert
        session.one_time_key = self._one_time_key(session, cert, signed.find(0x5F49))
        return session

    def _one_time_key(self, session: Session, cert: x509.Certificate, used: ber.Tlv | None):
        """One that the server has a package for, if it is still here; else a new one."""
        oid = session.server_oid.dotted_string
        for kept in self.kept_keys:
            if used is not None and kept.oid == oid and point_of(kept.key) == used.value:
                return kept.key
        key = ec.generate_private_key(cert.public_key().curve)
        self.kept_keys = [*self.kept_keys, KeptKey(oid, key)][-MAX_KEPT_KEYS:]
        return key

    def spend_key(self, session: Session) -> None:
        """A one-time key that has brought a profile, or never will."""
        self.kept_keys = [k for k in self.kept_keys if k.key is not session.one_time_key]

    # Cancelling

    def cancel(self, request: ber.Tlv) -> bytes:
        transaction, reason = request.need(0x80).value, ber.read_integer(request.need(0x81).value)
        session = self.current
        if session is None or transaction != session.transaction_id:
            return ber.encode(0xBF41, ber.encode(0x81, ber.integer(INVALID_TRANSACTION)))
        if reason not in CANCEL_REASONS:
            return ber.encode(0xBF41, ber.encode(0x81, ber.integer(UNDEFINED)))
        self.current = None
        mine = ber.encode(0x30, ber.encode(0x80, transaction),
                          ber.encode(0x81, object_identifier(session.server_oid)),
                          ber.encode(0x82, ber.integer(reason)))
        proof = ber.encode(0x5F37, sign_raw(session.root.identity.key, mine))
        return ber.encode(0xBF41, ber.encode(0xA0, mine, proof))


def refusal(tag: int, transaction: bytes, code: int) -> bytes:
    """The answer of AuthenticateServer and of PrepareDownload that says no."""
    return ber.encode(tag, ber.encode(0xA1, ber.encode(0x80, transaction), ber.encode(0x02, ber.integer(code))))
