# SPDX-License-Identifier: LGPL-2.1-or-later
"""ES9+ and ES11 as a server has them: mutual authentication, the package, cancelling
(SGP.22 v2.5, 5.6, 5.8 and 6.5), and every check that a server owes."""

from __future__ import annotations

import base64
import datetime
import json
import os
from dataclasses import dataclass

from cryptography import x509

from . import ber, orders, packing
from .behaviour import failed_body
from .ledger import BadRequest
from .notifications import sign_raw
from .orders import Event, Order, Session
from .pki import Identity, Pki
from .servercert import registered_id, verify_raw
from .session import object_identifier
from .verify import Notice, Refused, check_chain, read_metadata

BASE = "/gsma/rsp2/es9plus/"
FUNCTIONS = ("initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "cancelSession",
             "handleNotification")
MAX_SESSIONS = 256
# Subject and reason codes (SGP.22 v2.5, 5.2.6 and 5.6).
ADDRESS, DS_ADDRESS = ("8.8.1", "3.8"), ("8.9.1", "3.8")
VERSION, DS_VERSION = ("8.8.3", "3.1"), ("8.9.3", "3.1")
NO_CI, NO_CERTIFICATE = ("8.8.2", "3.1"), ("8.8.4", "3.7")
UNKNOWN_TRANSACTION, EUICC_SIGNATURE = ("8.10.1", "3.9"), ("8.1", "6.1")
MATCHING_ID, OTHER_EID, NOT_RELEASED = ("8.2.6", "3.8"), ("8.1.1", "3.8"), ("8.2", "1.2")
NO_PROFILE, EXPIRED, TOO_MANY_TRIES = ("8.2.5", "4.3"), ("8.8.5", "4.10"), ("8.8.5", "6.4")
CODE_MISSING, CODE_WRONG, CODE_TRIES = ("8.2.7", "2.2"), ("8.2.7", "3.8"), ("8.2.7", "6.4")
BOUND_ELSEWHERE, REBINDING = ("8.1.1", "3.8"), ("8.2", "3.7")
NO_ROOM, UNKNOWN_EVENT, SERVER_OID = ("8.1", "4.8"), ("8.9.5", "3.9"), ("8.8", "3.10")
UNPARSABLE = ("8.1", "2.1")


@dataclass(frozen=True)
class Signers:
    """Who signs for a server below one CI: CERT.DPauth and CERT.DPpb (an SM-DS has no second one)."""

    auth: Identity
    package: Identity | None
    key_id: bytes
    root: str


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


class Desk:
    """Answers the functions of one server. kinds: {"auth": kind, "package": kind} of its certificates
    (pki.SIGNER_KINDS)."""

    def __init__(self, pki: Pki, role: str = "dp"):
        self.pki, self.role = pki, role
        self.orders: list[Order] = []
        self.events: list[Event] = []
        self.sessions: dict[bytes, Session] = {}
        self.kinds = {"auth": "good", "package": "good"}
        self.signed_as: str | None = None  # another root than that of which the key id is told
        self.roots = ["nist", "brainpool"]  # in the order in which they are preferred
        # "address", "challenge", "transaction", "key_id": another one is signed. "signature1", "signature2": these are
        # told. "package_transaction": another one is signed in smdpSigned2. "outer": the function (by name) beside whose
        # signed answer another transaction id stands.
        self.lies: dict[str, object] = {}
        self.failures: list[list] = []  # function, subject, reason, message, how often
        self.header_last = False

    def well_behaved(self) -> None:
        """No lies, no failures, and good certificates."""
        self.lies.clear()
        self.failures.clear()
        self.kinds = {"auth": "good", "package": "good"}
        self.signed_as = None

    def open_sessions(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.open]

    def signers(self, host: str, root: str) -> Signers:
        above = self.signed_as or root
        package = None
        if self.role == "dp":
            package = self.pki.signer(host, "dp-pb", self.kinds["package"], above)
        return Signers(self.pki.signer(host, f"{self.role}-auth", self.kinds["auth"], above), package,
                       self.pki.roots[root].key_id, root)

    # Requests

    def answer(self, function: str, body: bytes, host: str) -> tuple[int, bytes]:
        """Status and body of the answer. Raises BadRequest if that is no request at all."""
        try:
            asked = json.loads(body)
            self._fail_if_told(function)
            told = getattr(self, "_" + function)(asked, host)
        except Refused as error:
            return 200, failed_body(error.subject, error.reason, str(error))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRequest("body", f"malformed request: {error}") from error
        if self.lies.get("outer") == function:
            told["transactionId"] = os.urandom(8).hex().upper()
        header = {"header": {"functionExecutionStatus": {"status": "Executed-Success"}}}
        return 200, json.dumps({**told, **header} if self.header_last else {**header, **told}).encode()

    def _fail_if_told(self, function: str) -> None:
        for failure in self.failures:
            if failure[0] == function and failure[4] != 0:
                failure[4] -= 1
                raise Refused((failure[1], failure[2]), failure[3] or "told to")

    # Mutual authentication

    def _initiateAuthentication(self, asked: dict, host: str) -> dict:
        challenge = base64.b64decode(asked["euiccChallenge"], validate=True)
        info1 = ber.parse(base64.b64decode(asked["euiccInfo1"], validate=True))
        ber.walk(info1)
        if len(challenge) != 16 or info1.tag != 0xBF20:
            raise ValueError("a challenge has 16 octets, EUICCInfo1 is BF20")
        if asked["smdpAddress"].lower() != host:
            raise Refused(ADDRESS if self.role == "dp" else DS_ADDRESS, "that is another server's address")
        if info1.need(0x82).value[0] != 2:
            raise Refused(VERSION if self.role == "dp" else DS_VERSION, "this server speaks SGP.22 version 2")
        signers = self.signers(host, self._common_root(info1))
        session = Session(os.urandom(8), challenge, os.urandom(16), asked["smdpAddress"], signers.root)
        self._keep(session)
        return self._first_answer(session, signers)

    def _common_root(self, info1: ber.Tlv) -> str:
        verified, signing = ({k.value for k in info1.need(tag).children()} for tag in (0xA9, 0xAA))
        for root in self.roots:
            if self.pki.roots[root].key_id in verified & signing:
                return root
        raise Refused(NO_CI, "there is no CI that both know")

    def _keep(self, session: Session) -> None:
        self.sessions[session.transaction] = session
        while len(self.sessions) > MAX_SESSIONS:
            self.sessions.pop(next(iter(self.sessions)))

    def _first_answer(self, session: Session, signers: Signers) -> dict:
        told = {"address": session.address, "challenge": session.euicc_challenge, "transaction": session.transaction,
                "key_id": signers.key_id, **self.lies}
        signed = ber.encode(0x30, ber.encode(0x80, told["transaction"]), ber.encode(0x81, told["challenge"]),
                            ber.encode(0x83, told["address"].encode()), ber.encode(0x84, session.server_challenge))
        signature = told.get("signature1") or sign_raw(signers.auth.key, signed)
        return {"transactionId": session.transaction.hex().upper(), "serverSigned1": text(signed),
                "serverSignature1": text(ber.encode(0x5F37, signature)),
                "euiccCiPKIdToBeUsed": text(ber.encode(0x04, told["key_id"])),
                "serverCertificate": text(signers.auth.der)}

    def _session(self, asked: dict, *stages: str) -> Session:
        session = self.sessions.get(bytes.fromhex(asked["transactionId"]))
        if session is None or session.stage not in stages:
            raise Refused(UNKNOWN_TRANSACTION, "no such transaction is under way")
        return session

    def _authenticateClient(self, asked: dict, host: str) -> dict:
        session = self._session(asked, "initiated")
        answer = ber.parse(base64.b64decode(asked["authenticateServerResponse"], validate=True))
        ber.walk(answer)
        if answer.tag != 0xBF38:
            raise ValueError("AuthenticateServerResponse is BF38")
        refused = answer.find(0xA1)
        if refused is not None:
            session.stage = "ended"
            raise Refused(EUICC_SIGNATURE, "the eUICC refused this server")
        signed, signature = self._believe(session, answer.need(0xA0))
        session.stage = "authenticated"
        context = signed.children()[-1]
        wanted = context.find(0x80)
        device = context.need(0xA1)
        session.tac = device.need(0x80).value.hex()
        session.imei = device.need(0x82).value.hex() if device.find(0x82) else None
        session.free = self._free_memory(signed.need(0xBF22))
        session.matching_id = wanted.value.decode() if wanted else None
        if self.role == "ds":
            return self._events(session)
        return self._offer(session, signature, host)

    @staticmethod
    def _free_memory(info2: ber.Tlv) -> int | None:
        """From extCardResource (TS 102 226, 8.2.1.7.2); None if the eUICC does not say."""
        try:
            found = [r.value for r in ber.parse_all(info2.need(0x84).value) if r.tag == 0x82]
        except ber.BerError:
            return None
        return int.from_bytes(found[0], "big") if found else None

    def _believe(self, session: Session, ok: ber.Tlv) -> tuple[ber.Tlv, ber.Tlv]:
        signed, signature, *certs = ok.children()
        euicc, eum = (x509.load_der_x509_certificate(c.raw) for c in certs[:2])
        session.eid = check_chain(euicc, eum, [self.pki.roots[session.root].cert], datetime.datetime.utcnow())
        session.euicc = euicc
        told = [m.value for m in signed.children()[:3]]
        if told != [session.transaction, session.address.encode(), session.server_challenge]:
            raise Refused(EUICC_SIGNATURE, "the eUICC answered to another session")
        if signed.children()[3].tag != 0xBF22 or signed.children()[4].tag != 0xA0:
            raise ValueError("euiccSigned1 has EUICCInfo2 and ctxParams1")
        if not verify_raw(euicc.public_key(), signature.value, signed.raw):
            raise Refused(EUICC_SIGNATURE, "the eUICC's signature does not fit")
        return signed, signature

    def _events(self, session: Session) -> dict:
        session.stage = "ended"
        found = [e for e in self.events if e.eid in (None, session.eid) and e.at in (None, session.address.lower())
                 and session.matching_id in (None, "", e.event_id)]
        if session.matching_id and not found:
            raise Refused(UNKNOWN_EVENT, "no such event is here")
        return {"transactionId": session.transaction.hex().upper(),
                "eventEntries": [{"eventId": e.event_id, "rspServerAddress": e.address} for e in found]}

    # Downloading

    def _find_order(self, session: Session) -> Order:
        here = [o for o in self.orders if o.address == session.address.lower()]
        if not session.matching_id:
            mine = [o for o in here if o.eid == session.eid and o.state == orders.RELEASED]
            if not mine:
                raise Refused(NO_PROFILE, "there is nothing for this eUICC here")
            return mine[0]
        found = [o for o in here if o.matching_id == session.matching_id]
        if not found:
            raise Refused(MATCHING_ID, "this code is not known here")
        return found[0]

    def _check_order(self, order: Order, session: Session) -> None:
        if order.eid not in (None, session.eid):
            raise Refused(OTHER_EID, "that profile is for another eUICC")
        if not order.released:
            raise Refused(NOT_RELEASED, "the operator has not released the profile yet")
        if order.too_old:
            raise Refused(EXPIRED, "the order is too old")
        if order.state not in (orders.RELEASED, orders.DOWNLOADED):
            raise Refused(MATCHING_ID, "this code was used already")
        if order.bound_to not in (None, session.eid):
            raise Refused(BOUND_ELSEWHERE, "the profile was given to another eUICC")
        if order.tries <= 0:
            raise Refused(TOO_MANY_TRIES, "it was tried too often")
        if not order.eligible:
            raise Refused(NO_PROFILE, "there is no such profile for this device")
        if session.free is not None and (order.needs or order.size) > session.free:
            raise Refused(NO_ROOM, "it does not fit into what is free")

    def _offer(self, session: Session, signature: ber.Tlv, host: str) -> dict:
        order = self._find_order(session)
        self._check_order(order, session)
        session.order = order
        signer = self.signers(host, session.root).package
        signed = ber.encode(0x30, ber.encode(0x80, self.lies.get("package_transaction", session.transaction)),
                            ber.encode(0x01, ber.boolean(order.confirmation_code is not None)),
                            ber.encode(0x5F49, order.otpk) if order.otpk else b"")
        proof = self.lies.get("signature2") or sign_raw(signer.key, signed + signature.raw)
        session.signature = ber.encode(0x5F37, proof)
        return {"transactionId": session.transaction.hex().upper(), "smdpSigned2": text(signed),
                "smdpSignature2": text(session.signature), "smdpCertificate": text(signer.der),
                "profileMetadata": text(packing.metadata(order.profile))}

    def _getBoundProfilePackage(self, asked: dict, host: str) -> dict:
        session = self._session(asked, "authenticated")
        answer = ber.parse(base64.b64decode(asked["prepareDownloadResponse"], validate=True))
        ber.walk(answer)
        if answer.tag != 0xBF21:
            raise ValueError("PrepareDownloadResponse is BF21")
        if answer.find(0xA1) is not None:
            raise Refused(EUICC_SIGNATURE, "the eUICC refused to prepare the download")
        signed, signature = answer.need(0xA0).children()
        if not verify_raw(session.euicc.public_key(), signature.value, signed.raw + session.signature):
            raise Refused(EUICC_SIGNATURE, "the eUICC's signature does not fit")
        if signed.need(0x80).value != session.transaction:
            raise Refused(UNKNOWN_TRANSACTION, "the eUICC answered to another session")
        order = session.order
        self._check_code(order, session, signed.find(0x04))
        self._check_order(order, session)
        point = signed.need(0x5F49).value
        if order.otpk not in (None, point) and not order.may_rebind:
            raise Refused(REBINDING, "the package is bound to another one-time key")
        session.stage = "prepared"
        order.tries -= 1
        order.state, order.bound_to, order.otpk = orders.DOWNLOADED, session.eid, point
        return {"transactionId": session.transaction.hex().upper(),
                "boundProfilePackage": text(self._package(order, session, host))}

    def _check_code(self, order: Order, session: Session, given: ber.Tlv | None) -> None:
        if order.confirmation_code is None:
            return
        if given is None:
            raise Refused(CODE_MISSING, "the confirmation code is missing")
        if order.code_tries <= 0:
            raise Refused(CODE_TRIES, "there were too many wrong codes")
        if given.value == order.code_digest(session.transaction):
            return
        order.code_tries -= 1
        if order.code_tries <= 0:
            order.state = orders.FAILED
            raise Refused(CODE_TRIES, "there were too many wrong codes")
        raise Refused(CODE_WRONG, "the confirmation code is wrong")

    def _package(self, order: Order, session: Session, host: str) -> bytes:
        shown = order.lie or order.profile
        recipe = packing.Recipe(packing.elements(order.profile, order.size), packing.metadata(shown), **order.recipe)
        signer = self.signers(host, session.root).package
        return packing.bind(recipe, signer, session.transaction, order.otpk, session.eid)

    # The end

    def _cancelSession(self, asked: dict, host: str) -> dict:
        session = self._session(asked, "authenticated", "prepared")
        answer = ber.parse(base64.b64decode(asked["cancelSessionResponse"], validate=True))
        ber.walk(answer)
        if answer.tag != 0xBF41 or answer.find(0xA0) is None:
            raise ValueError("CancelSessionResponse is BF41 with a signed answer")
        signed, signature = answer.need(0xA0).children()
        if not verify_raw(session.euicc.public_key(), signature.value, signed.raw):
            raise Refused(EUICC_SIGNATURE, "the eUICC's signature does not fit")
        if signed.need(0x80).value != session.transaction:
            raise Refused(UNKNOWN_TRANSACTION, "the eUICC answered to another session")
        reason = ber.read_integer(signed.need(0x82).value)
        if signed.need(0x81).value != object_identifier(registered_id(self.signers(host, session.root).auth.cert)):
            raise Refused(SERVER_OID, "the eUICC cancelled a session with another server")
        session.stage = "cancelled"
        if session.order is not None:
            session.order.cancelled.append(reason)
            if reason not in (1, 2):  # postponed, and nobody there: the order stays
                session.order.state = orders.CANCELLED
        return {}

    def take_result(self, der: bytes) -> Notice:
        """ProfileInstallationResult, BF37, of a session of this server; raises Refused."""
        try:
            outer = ber.parse(der)
            ber.walk(outer)
            data, signature = outer.children()
            session = self.sessions.get(data.need(0x80).value)
            sequence, event, address, iccid = read_metadata(data.need(0xBF2F))
            final = data.need(0xA2).children()[0]
            oid = data.need(0x06)
        except ValueError as error:
            raise Refused(UNPARSABLE, f"malformed result: {error}") from error
        if session is None or session.euicc is None:
            raise Refused(UNKNOWN_TRANSACTION, "a result of a session that was never here")
        if not verify_raw(session.euicc.public_key(), signature.value, data.raw):
            raise Refused(EUICC_SIGNATURE, "the eUICC's signature does not fit")
        signer = self.signers(address, session.root).package
        if oid.value != object_identifier(registered_id(signer.cert)):
            raise Refused(EUICC_SIGNATURE, "the result names another server")
        self._enter_result(session, final)
        return Notice(session.eid, sequence, event, address, iccid, der)

    @staticmethod
    def _enter_result(session: Session, final: ber.Tlv) -> None:
        session.stage = "ended"
        if session.order is None:
            return
        if final.tag == 0xA0:
            session.order.state = orders.INSTALLED
            session.order.results.append("success")
            return
        command, error = (ber.read_integer(final.need(tag).value) for tag in (0x80, 0x81))
        session.order.results.append(f"{command}/{error}")
        if error not in (10, 11):  # no memory, and interrupted: worth another try
            session.order.state = orders.FAILED
