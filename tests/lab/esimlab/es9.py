# SPDX-License-Identifier: LGPL-2.1-or-later
"""Orders at an SM-DP+, and the functions of ES9+ by which an LPA fetches them
(SGP.22 v2.5, 5.6 and 6.5.2)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from typing import Callable

from cryptography import x509

from . import ber, bsp
from .behaviour import failed_body
from .notifications import sign_raw
from .pki import Identity, Pki
from .profiles import Profile
from .servercert import verify_raw
from .verify import Notice, Refused, check_chain

FUNCTIONS = ("initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "cancelSession")


@dataclass
class Order:
    """One profile to be fetched once.  `state` goes from "released" by "downloading" to "installed", "failed" or
    "cancelled" (then `reason` is there)."""

    profile: Profile
    host: str
    matching_id: str
    confirmation_code: str | None = None
    retries: int = 3
    size: int = 8192
    eid: str | None = None
    state: str = "released"
    reason: int | None = None
    result: tuple[int, ...] | None = None  # () for installed, or bppCommandId and errorReason

    @property
    def activation_code(self) -> str:
        tail = "$$1" if self.confirmation_code else ""
        return f"LPA:1${self.host}${self.matching_id}{tail}"

    @property
    def metadata(self) -> bytes:
        info = ber.parse(self.profile.info((0x5A, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0x99, 0xBF22)))
        return ber.encode(0xBF25, info.value)


@dataclass
class Dialogue:
    """One session, from InitiateAuthentication on."""

    transaction: bytes
    host: str
    root: str
    challenge: bytes
    order: Order | None = None
    euicc: x509.Certificate | None = None
    eid: str = ""
    signature1: bytes = b""
    signature2: bytes = b""


def _say(status: str = "Executed-Success", **members) -> bytes:
    return json.dumps({"header": {"functionExecutionStatus": {"status": status}},
                       **{k: base64.b64encode(v).decode() if isinstance(v, bytes) else v
                          for k, v in members.items()}}).encode()


def _octets(body: dict, name: str) -> bytes:
    return base64.b64decode(body[name], validate=True)


class Orders:
    """What one SM-DP+ has to give away, under all of its names."""

    def __init__(self, pki: Pki):
        self.pki = pki
        self.orders: list[Order] = []
        self.dialogues: dict[str, Dialogue] = {}
        self._identities: dict[tuple[str, str, str], Identity] = {}

    def identity(self, host: str, role: str, root: str) -> Identity:
        key = (host, role, root)
        if key not in self._identities:
            self._identities[key] = self.pki.role(host, role, root)
        return self._identities[key]

    def handle(self, host: str, function: str, octets: bytes) -> bytes:
        """The JSON that answers this JSON."""
        try:
            body = json.loads(octets)
            act: Callable[[str, dict], bytes] = getattr(self, "_" + function)
            return act(host, body)
        except Refused as error:
            return failed_body(error.subject, error.reason, str(error))
        except (ValueError, KeyError, TypeError) as error:
            return failed_body("8.8", "2.1", f"malformed: {error}")

    def _dialogue(self, body: dict) -> Dialogue:
        found = self.dialogues.get(str(body["transactionId"]).upper())
        if found is None:
            raise Refused(("8.10.1", "3.9"), "no such transaction")
        return found

    def _initiateAuthentication(self, host: str, body: dict) -> bytes:
        if str(body["smdpAddress"]).lower() != host.lower():
            raise Refused(("8.8.1", "3.8"), "this is another SM-DP+")
        challenge, info = _octets(body, "euiccChallenge"), ber.parse(_octets(body, "euiccInfo1"))
        known = [k.value for k in info.need(0xA9).children()]
        root = next((name for k in known for name, r in self.pki.roots.items() if r.key_id == k), None)
        if len(challenge) != 16 or root is None:
            raise Refused(("8.8.2", "3.1"), "no CI in common")
        made = Dialogue(os.urandom(16), host, root, os.urandom(16))
        self.dialogues[made.transaction.hex().upper()] = made
        signer = self.identity(host, "dp-auth", root)
        signed = ber.encode(0x30, ber.encode(0x80, made.transaction), ber.encode(0x81, challenge),
                            ber.encode(0x83, str(body["smdpAddress"]).encode()), ber.encode(0x84, made.challenge))
        return _say(transactionId=made.transaction.hex().upper(), serverSigned1=signed,
                    serverSignature1=ber.encode(0x5F37, sign_raw(signer.key, signed)),
                    euiccCiPKIdToBeUsed=ber.encode(0x04, self.pki.roots[root].key_id), serverCertificate=signer.der)

    def _authenticateClient(self, host: str, body: dict) -> bytes:
        dialogue = self._dialogue(body)
        answer = ber.parse(_octets(body, "authenticateServerResponse")).need(0xA0)
        signed, signature, euicc, eum = answer.children()
        dialogue.euicc = x509.load_der_x509_certificate(euicc.raw)
        dialogue.eid = check_chain(dialogue.euicc, x509.load_der_x509_certificate(eum.raw),
                                   [r.cert for r in self.pki.roots.values()], datetime.datetime.utcnow())
        fits = verify_raw(dialogue.euicc.public_key(), signature.value, signed.raw)
        if not fits or signed.need(0x84).value != dialogue.challenge:
            raise Refused(("8.1", "6.1"), "the eUICC's signature or challenge does not fit")
        dialogue.signature1 = signature.raw
        wanted = signed.need(0xA0).find(0x80)
        dialogue.order = self._find(host, wanted.value.decode() if wanted else "", dialogue.eid)
        return self._offer(dialogue)

    def _find(self, host: str, matching_id: str, eid: str) -> Order:
        for order in self.orders:
            if (order.matching_id, order.host) == (matching_id, host) and order.state in ("released", "downloading"):
                if order.eid not in (None, eid):
                    raise Refused(("8.1.1", "3.8"), "the order is for another eUICC")
                return order
        raise Refused(("8.2.6", "3.8"), "no order has this matching id")

    def _offer(self, dialogue: Dialogue) -> bytes:
        order = dialogue.order
        order.state = "downloading"
        signer = self.identity(dialogue.host, "dp-pb", dialogue.root)
        signed = ber.encode(0x30, ber.encode(0x80, dialogue.transaction),
                            ber.encode(0x01, ber.boolean(order.confirmation_code is not None)))
        dialogue.signature2 = ber.encode(0x5F37, sign_raw(signer.key, signed + dialogue.signature1))
        return _say(transactionId=dialogue.transaction.hex().upper(), profileMetadata=order.metadata,
                    smdpSigned2=signed, smdpSignature2=dialogue.signature2, smdpCertificate=signer.der)

    def _getBoundProfilePackage(self, host: str, body: dict) -> bytes:
        dialogue = self._dialogue(body)
        signed, signature = ber.parse(_octets(body, "prepareDownloadResponse")).need(0xA0).children()
        if not verify_raw(dialogue.euicc.public_key(), signature.value, signed.raw + dialogue.signature2):
            raise Refused(("8.1", "6.1"), "the eUICC's signature does not fit")
        self._check_code(dialogue, signed.find(0x04))
        order = dialogue.order
        bound = bsp.bind(dialogue.transaction, dialogue.eid, signed.need(0x5F49).value,
                         self.identity(host, "dp-pb", dialogue.root), order.metadata,
                         bsp.elements(order.profile, order.size))
        return _say(transactionId=dialogue.transaction.hex().upper(), boundProfilePackage=bound.octets)

    @staticmethod
    def _check_code(dialogue: Dialogue, given: ber.Tlv | None) -> None:
        order = dialogue.order
        if order.confirmation_code is None:
            return
        if given is None:
            raise Refused(("8.2.7", "2.2"), "a confirmation code is needed")
        inner = hashlib.sha256(order.confirmation_code.encode()).digest()
        if hmac.compare_digest(given.value, hashlib.sha256(inner + dialogue.transaction).digest()):
            return
        order.retries -= 1
        if order.retries <= 0:
            order.state = "failed"
            raise Refused(("8.2.7", "6.4"), "too many wrong confirmation codes")
        raise Refused(("8.2.7", "3.8"), "the confirmation code is wrong")

    def _cancelSession(self, host: str, body: dict) -> bytes:
        dialogue = self._dialogue(body)
        signed, signature = ber.parse(_octets(body, "cancelSessionResponse")).need(0xA0).children()
        if not verify_raw(dialogue.euicc.public_key(), signature.value, signed.raw):
            raise Refused(("8.1", "6.1"), "the eUICC's signature does not fit")
        if dialogue.order is not None:
            dialogue.order.reason = ber.read_integer(signed.need(0x82).value)
            dialogue.order.state = "released" if dialogue.order.reason in (1, 2) else "cancelled"
        del self.dialogues[dialogue.transaction.hex().upper()]
        return _say()

    def certificate_of(self, transaction: bytes) -> x509.Certificate | None:
        """Who the eUICC of this session has proved to be."""
        found = self.dialogues.get(transaction.hex().upper())
        return found.euicc if found else None

    def conclude(self, notice: Notice) -> None:
        """The result of an installation has come."""
        dialogue = self.dialogues.get(notice.transaction.hex().upper())
        if dialogue is not None and dialogue.order is not None:
            dialogue.order.state = "installed" if notice.result == () else "failed"
            dialogue.order.result = notice.result
