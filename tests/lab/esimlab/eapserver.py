# SPDX-License-Identifier: LGPL-2.1-or-later
"""An EAP-AKA server (RFC 4187), full authentication alone, and every trap that a peer can be led into.

It knows nothing of how its packets travel. The peers that meet it, the daemon's and those of tests, share no code with it.
"""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .hss import Unknown

REQUEST, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
IDENTITY_METHOD, NAK, MD5, AKA = 1, 3, 4, 23
CHALLENGE, REJECT, SYNC_FAILURE, IDENTITY, NOTIFICATION, REAUTHENTICATION, CLIENT_ERROR = 1, 2, 4, 5, 12, 13, 14
AT_RAND, AT_AUTN, AT_RES, AT_AUTS, AT_PADDING, AT_PERMANENT_ID_REQ, AT_MAC, AT_NOTIFICATION = 1, 2, 3, 4, 6, 10, 11, 12
AT_ANY_ID_REQ, AT_IDENTITY, AT_FULLAUTH_ID_REQ, AT_COUNTER, AT_NONCE_S, AT_CLIENT_ERROR_CODE = 13, 14, 17, 19, 21, 22
AT_IV, AT_ENCR_DATA, AT_NEXT_PSEUDONYM, AT_NEXT_REAUTH_ID, AT_CHECKCODE, AT_RESULT_IND = 129, 130, 132, 133, 134, 135
ASKS = {"any": AT_ANY_ID_REQ, "full": AT_FULLAUTH_ID_REQ, "permanent": AT_PERMANENT_ID_REQ}
# Codes of AT_NOTIFICATION (RFC 4187, 10.19): S says success, P that it comes before a challenge.
GENERAL_FAILURE_AFTER, GENERAL_FAILURE, SUCCEEDED = 0, 16384, 32768
TEMPORARILY_DENIED, NOT_SUBSCRIBED = 1026, 1031
RESYNCHRONISATIONS = 2
IDENTITY_ROUNDS = 3  # RFC 4187, 4.1.5: any, full, permanent, once each
TRAPS = (
    "ask-any", "ask-full", "ask-permanent", "identity-method", "other-method", "endless-identity",
    "wrong-mac", "no-mac", "wrong-autn", "old-sqn", "deaf-sqn", "no-rand", "no-autn", "short-rand", "two-rands",
    "no-checkcode", "wrong-checkcode", "unknown-skippable", "unknown-mandatory", "unknown-subtype",
    "result-indication", "failure-after", "denied", "not-subscribed", "failure-before", "success-before", "bare-notification",
    "reauthentication", "pseudonym", "failure-packet", "early-success", "response-code", "repeat", "wrong-length",
    "truncated", "attribute-past-end", "zero-attribute", "empty", "oversize")


# RFC 4187, 7: keys

def _rotate(word, by):
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


def compress(block):
    """SHA-1's compression of one block from its first state, without the padding and length that the hash has: the function G
    of FIPS 186-2, appendix 3.3."""
    words = list(struct.unpack(">16I", block))
    for at in range(16, 80):
        words.append(_rotate(words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16], 1))
    first = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
    a, b, c, d, e = first
    for at, word in enumerate(words):
        if at < 20:
            mixed, constant = b & c | ~b & d, 0x5A827999
        elif at < 40:
            mixed, constant = b ^ c ^ d, 0x6ED9EBA1
        elif at < 60:
            mixed, constant = b & c | b & d | c & d, 0x8F1BBCDC
        else:
            mixed, constant = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (_rotate(a, 5) + mixed + e + constant + word) & 0xFFFFFFFF, a, _rotate(b, 30), c, d
    return struct.pack(">5I", *((x + y) & 0xFFFFFFFF for x, y in zip(first, (a, b, c, d, e))))


def expand(seed, length):
    """FIPS 186-2's generator, change notice 1, without the reduction by q (RFC 4186, appendix B)."""
    out, key, size = b"", int.from_bytes(seed, "big"), 1 << 160
    while len(out) < length:
        word = compress(key.to_bytes(20, "big") + bytes(44))
        key = (1 + key + int.from_bytes(word, "big")) % size
        out += word
    return out[:length]


@dataclass(frozen=True)
class Keys:
    encryption: bytes
    authentication: bytes
    msk: bytes
    emsk: bytes


def derive(identity, ik, ck):
    """identity: octets, as the peer told it last."""
    material = expand(hashlib.sha1(identity + ik + ck).digest(), 160)
    return Keys(material[:16], material[16:32], material[32:96], material[96:160])


# RFC 4187, 8 and 10: packets

class Malformed(Exception):
    """What a peer sent is no packet of EAP-AKA."""


def attribute(kind, value):
    """value: all after the length; padded to whole words."""
    value += bytes(-(len(value) + 2) % 4)
    return bytes((kind, (len(value) + 2) // 4)) + value


def sized(kind, value, bits=False):
    """With the actual length before the value."""
    return attribute(kind, (len(value) * (8 if bits else 1)).to_bytes(2, "big") + value)


def packet(code, identifier, subtype, *attributes, method=AKA):
    body = bytes((method, subtype, 0, 0)) + b"".join(attributes)
    return struct.pack(">BBH", code, identifier, len(body) + 4) + body


@dataclass
class Response:
    """What a peer sent, read strictly."""

    identifier: int
    method: int
    subtype: int = 0
    attributes: list = field(default_factory=list)  # (type, all after the length octet)
    octets: bytes = b""

    def get(self, kind):
        return next((value for name, value in self.attributes if name == kind), None)


def read(octets):
    if len(octets) < 5:
        raise Malformed(f"{len(octets)} octets")
    code, identifier, length, method = struct.unpack(">BBHB", octets[:5])
    if code != RESPONSE:
        raise Malformed(f"code {code} is no response")
    if length != len(octets):
        raise Malformed(f"it says {length} octets and has {len(octets)}")
    found = Response(identifier, method, octets=octets)
    if method != AKA:
        return found
    if length < 8 or length % 4:
        raise Malformed(f"length {length}")
    found.subtype = octets[5]
    if octets[6:8] != bytes(2):
        raise Malformed("the reserved octets are not zero")
    at = 8
    while at < length:
        size = octets[at + 1] * 4
        if not size or at + size > length:
            raise Malformed(f"attribute {octets[at]} goes past the end")
        found.attributes.append((octets[at], octets[at + 2:at + size]))
        at += size
    return found


def sign(octets, key, extra=b""):
    """The packet with its AT_MAC, whose value is zeros so far, filled in (RFC 4187, 10.15)."""
    at = find_mac(octets)
    return octets[:at] + hmac.new(key, octets + extra, hashlib.sha1).digest()[:16] + octets[at + 16:]


def find_mac(octets):
    at = 8
    while at + 1 < len(octets) and octets[at + 1]:
        if octets[at] == AT_MAC and octets[at + 1] == 5:
            return at + 4
        at += octets[at + 1] * 4
    raise Malformed("there is no AT_MAC")


def is_signed(octets, key, extra=b""):
    at = find_mac(octets)
    blank = octets[:at] + bytes(16) + octets[at + 16:]
    return hmac.compare_digest(hmac.new(key, blank + extra, hashlib.sha1).digest()[:16], octets[at:at + 16])


EMPTY_MAC = attribute(AT_MAC, bytes(18))


class Conversation:
    """One peer's authentication. begin() and take() return the next packet, or None when it is over: `imsi` is who it was
    then, or None with `why`; `final` is a last packet of EAP's own (success or failure) for those who want one.

    traps: a set of names of TRAPS. found: gets a line for each thing that the peer does wrong.
    """

    def __init__(self, hss, identity, traps=(), found=None):
        unknown = set(traps) - set(TRAPS)
        if unknown:
            raise ValueError(f"no such trap: {', '.join(sorted(unknown))}")
        self.hss, self.traps = hss, set(traps)
        self.identity = identity.encode() if isinstance(identity, str) else identity
        self.found = [] if found is None else found
        self.imsi, self.why, self.final = None, "", None
        self.finished = False
        self.keys = self.vector = None
        self.heard = []  # what the peer answered, in words
        self._identifier = os.urandom(1)[0]
        self._expects = None
        self._said = b""
        self._identity_packets = b""
        self._rounds = [name for name in ("any", "full", "permanent") if f"ask-{name}" in self.traps]
        self._resynchronised = self._endless = 0
        self._ends_with = None
        self._repeated = False

    # What goes out

    def begin(self):
        if "early-success" in self.traps:
            return self._send("nothing", struct.pack(">BBH", SUCCESS, self._next(), 4))
        if "empty" in self.traps:
            return self._send("nothing", b"")
        if "oversize" in self.traps:
            return self._send("nothing", packet(REQUEST, self._next(), IDENTITY, attribute(AT_ANY_ID_REQ, bytes(2)),
                                                *[attribute(200, bytes(1018))] * 60))
        if "identity-method" in self.traps:
            return self._send("identity-method", struct.pack(">BBHB", REQUEST, self._next(), 5, IDENTITY_METHOD))
        if "other-method" in self.traps:
            return self._send("nak", struct.pack(">BBHB", REQUEST, self._next(), 22, MD5) + bytes((16,)) + os.urandom(16))
        return self._go_on()

    def _next(self):
        self._identifier = (self._identifier + 1) % 256
        return self._identifier

    def _send(self, expects, octets):
        self._expects, self._said = expects, octets
        return octets

    def _go_on(self):
        if "endless-identity" in self.traps:
            return self._ask("any")
        if self._rounds:
            return self._ask(self._rounds.pop(0))
        for name, code in (("failure-before", GENERAL_FAILURE), ("success-before", SUCCEEDED | GENERAL_FAILURE)):
            if name in self.traps:
                return self._notify(code, protect=False)
        if "reauthentication" in self.traps:
            return self._send("client-error", packet(REQUEST, self._next(), REAUTHENTICATION, attribute(AT_IV, bytes(18)),
                                                     attribute(AT_ENCR_DATA, os.urandom(34)), EMPTY_MAC))
        if "unknown-subtype" in self.traps:
            return self._send("client-error", packet(REQUEST, self._next(), 77))
        return self._challenge()

    def _ask(self, name):
        made = packet(REQUEST, self._next(), IDENTITY, attribute(ASKS[name], bytes(2)))
        self._identity_packets += made
        return self._send("identity", made)

    def _notify(self, code, protect):
        attributes = [attribute(AT_NOTIFICATION, code.to_bytes(2, "big"))] + [EMPTY_MAC] * protect
        made = packet(REQUEST, self._next(), NOTIFICATION, *attributes)
        self._ends_with = code
        return self._send("protected-notification" if protect else "notification",
                          sign(made, self.keys.authentication) if protect else made)

    def _challenge(self):
        wrong = {name for name, trap in (("autn", "wrong-autn"), ("sqn", "old-sqn"), ("sqn", "deaf-sqn")) if trap in self.traps}
        if self._resynchronised and "deaf-sqn" not in self.traps:
            wrong.discard("sqn")
        imsi = imsi_of(self.identity)
        try:
            self.vector = self.hss.vector(imsi or "", wrong=wrong)
        except Unknown:
            return self._end("unknown subscriber", NOT_SUBSCRIBED)
        self.keys = derive(self.identity, self.vector.ik, self.vector.ck)
        made = packet(REQUEST, self._next(), CHALLENGE, *self._challenge_attributes())
        if "no-mac" not in self.traps:
            made = sign(made, self.keys.authentication if "wrong-mac" not in self.traps else bytes(16))
        return self._send(self._expected_of_challenge(), self._spoil(made))

    def _challenge_attributes(self):
        traps, made = self.traps, []
        rand = attribute(AT_RAND, bytes(2) + (self.vector.rand if "short-rand" not in traps else self.vector.rand[:12]))
        made += [] if "no-rand" in traps else [rand, rand] if "two-rands" in traps else [rand]
        made += [] if "no-autn" in traps else [attribute(AT_AUTN, bytes(2) + self.vector.autn)]
        if "unknown-skippable" in traps:
            made.append(attribute(200, b"\x00\x00later!"))
        if "unknown-mandatory" in traps:
            made.append(attribute(99, b"\x00\x00never!"))
        if "no-checkcode" not in traps:
            code = hashlib.sha1(self._identity_packets).digest() if self._identity_packets else b""
            if "wrong-checkcode" in traps:
                code = os.urandom(20)
            made.append(attribute(AT_CHECKCODE, bytes(2) + code))
        if {"result-indication", "failure-after"} & traps:
            made.append(attribute(AT_RESULT_IND, bytes(2)))
        if "pseudonym" in traps:
            made += self._pseudonym()
        return [*made, *([] if "no-mac" in traps else [EMPTY_MAC])]

    def _pseudonym(self):
        """A name for the next time, and one for fast re-authentication, which a peer may leave alone (RFC 4187, 10.12)."""
        inner = sized(AT_NEXT_PSEUDONYM, b"2lab-pseudonym") + sized(AT_NEXT_REAUTH_ID, b"4lab-again@aes.lab.example")
        left = -len(inner) % 16
        inner += attribute(AT_PADDING, bytes(left - 2)) if left else b""
        start = os.urandom(16)
        sealed = Cipher(algorithms.AES(self.keys.encryption), modes.CBC(start)).encryptor().update(inner)
        return [attribute(AT_IV, bytes(2) + start), attribute(AT_ENCR_DATA, bytes(2) + sealed)]

    def _expected_of_challenge(self):
        traps = self.traps
        if "wrong-autn" in traps:
            return "reject"
        if {"wrong-mac", "no-mac", "no-rand", "no-autn", "short-rand", "two-rands", "wrong-checkcode",
            "unknown-mandatory"} & traps:
            return "client-error"
        if {"response-code", "wrong-length", "truncated", "attribute-past-end", "zero-attribute"} & traps:
            return "nothing"
        return "challenge"

    def _spoil(self, octets):
        if "response-code" in self.traps:
            return bytes((RESPONSE,)) + octets[1:]
        if "wrong-length" in self.traps:
            return octets[:2] + (len(octets) + 40).to_bytes(2, "big") + octets[4:]
        if "truncated" in self.traps:
            return octets[:-7]
        if "attribute-past-end" in self.traps:
            return octets[:9] + b"\xff" + octets[10:]
        if "zero-attribute" in self.traps:
            return octets[:9] + b"\x00" + octets[10:]
        return octets

    # What comes in

    def take(self, octets):
        """The next packet, or None."""
        if self.finished:
            self._wrong("a packet came after the end")
            return None
        try:
            got = read(octets)
        except Malformed as error:
            self._wrong(f"no EAP-AKA response: {error}")
            return self._end("malformed", None)
        if got.identifier != self._said[1] if len(self._said) > 1 else True:
            self._wrong(f"the identifier is {got.identifier}")
            return self._end("identifier", None)
        if "repeat" in self.traps and not self._repeated:
            self._repeated = True
            self._first_answer = octets
            return self._said
        if self._repeated and getattr(self, "_first_answer", octets) != octets:
            self._wrong("a repeated request was answered in another way")  # RFC 3748, 4.1
        self._repeated, self.traps = False, self.traps - {"repeat"}
        return self._judge(got)

    def _judge(self, got):
        name = {IDENTITY_METHOD: "identity-method", NAK: "nak"}.get(got.method) if got.method != AKA else {
            CHALLENGE: "challenge", REJECT: "reject", SYNC_FAILURE: "resynchronisation", IDENTITY: "identity",
            NOTIFICATION: "notification", CLIENT_ERROR: "client-error"}.get(got.subtype)
        self.heard.append(name)
        expected = "notification" if self._expects == "protected-notification" else self._expects
        allowed = {expected} | ({"resynchronisation", "reject", "client-error"} if expected == "challenge" else
                                {"client-error"} if expected in ("identity", "notification", "nothing") else set())
        if name not in allowed:
            self._wrong(f"{name} where {self._expects} belongs")
        handler = getattr(self, "_take_" + str(name).replace("-", "_"), None)
        return handler(got) if handler else self._end(f"{name}", None)

    def _take_identity_method(self, got):
        told = got.octets[5:]
        if told != self.identity:
            self._wrong(f"the identity is {told!r}")
        return self._go_on()

    def _take_nak(self, got):
        if got.octets[5:] != bytes((AKA,)):
            self._wrong("the NAK does not wish for EAP-AKA")
        return self._go_on()

    def _take_identity(self, got):
        value = got.get(AT_IDENTITY)
        if value is None or int.from_bytes(value[:2], "big") > len(value) - 2:
            self._wrong("there is no AT_IDENTITY")
            return self._end("identity", None)
        self._identity_packets += got.octets
        told = value[2:2 + int.from_bytes(value[:2], "big")]
        if imsi_of(told) is None:
            self._wrong(f"the identity {told!r} is no permanent one")
        self.identity = told
        if "endless-identity" in self.traps:
            self._endless += 1
            if self._endless > IDENTITY_ROUNDS:
                self._wrong("the peer goes on telling its identity")
            if self._endless > 20:
                return self._end("endless", None)
        return self._go_on()

    def _take_resynchronisation(self, got):
        value = got.get(AT_AUTS)
        if value is None or len(value) != 14:
            self._wrong("there is no AT_AUTS")
            return self._end("AT_AUTS", None)
        self._resynchronised += 1
        if self._resynchronised > RESYNCHRONISATIONS:
            self._wrong("the peer resynchronises for the third time")
            return self._end("resynchronised too often", None)
        if "deaf-sqn" not in self.traps and not self.hss.resynchronise(imsi_of(self.identity), self.vector.rand, value):
            self._wrong("the MAC of AT_AUTS is wrong")
            return self._end("AT_AUTS", None)
        return self._challenge()

    def _take_challenge(self, got):
        if not self._is_right(got):
            return self._end("wrong answer", GENERAL_FAILURE_AFTER)
        for trap, code in (("failure-after", GENERAL_FAILURE_AFTER), ("denied", TEMPORARILY_DENIED),
                           ("not-subscribed", NOT_SUBSCRIBED)):
            if trap in self.traps:
                return self._notify(code, protect=True)
        if "bare-notification" in self.traps:
            return self._notify(GENERAL_FAILURE_AFTER, protect=False)
        if "failure-packet" in self.traps:
            return self._end("failure", None)
        if "result-indication" in self.traps and got.get(AT_RESULT_IND) is not None:
            return self._notify(SUCCEEDED, protect=True)
        return self._succeed()

    def _is_right(self, got):
        try:
            if not is_signed(got.octets, self.keys.authentication):
                self._wrong("AT_MAC is wrong")
                return False
        except Malformed as error:
            self._wrong(str(error))
            return False
        value = got.get(AT_RES) or bytes(2)
        bits = int.from_bytes(value[:2], "big")
        if bits != len(self.vector.res) * 8 or not hmac.compare_digest(value[2:2 + bits // 8], self.vector.res):
            self._wrong(f"AT_RES of {bits} bits is wrong")
            return False
        if any(value[2 + bits // 8:]):
            self._wrong("AT_RES is not padded with zeros")
        told = got.get(AT_CHECKCODE)
        mine = hashlib.sha1(self._identity_packets).digest() if self._identity_packets else b""
        if told is not None and told[2:] != mine:
            self._wrong("AT_CHECKCODE is wrong")
            return False
        if {"result-indication", "failure-after"} & self.traps == set() and got.get(AT_RESULT_IND) is not None:
            self._wrong("AT_RESULT_IND, which was not offered")
        return True

    def _take_notification(self, got):
        if self._expects == "protected-notification":
            try:
                if not is_signed(got.octets, self.keys.authentication):
                    self._wrong("AT_MAC of the answer to a notification is wrong")
            except Malformed as error:
                self._wrong(str(error))
        elif got.attributes:
            self._wrong("the answer to a notification before the challenge carries attributes")
        if self._ends_with == SUCCEEDED and self._expects == "protected-notification":
            return self._succeed()
        return self._end(f"notification {self._ends_with}", None)

    def _take_reject(self, got):
        if got.attributes:
            self._wrong("a reject carries attributes")
        return self._end("the peer rejects the network", None)

    def _take_client_error(self, got):
        if got.get(AT_CLIENT_ERROR_CODE) != bytes(2):
            self._wrong("a client error without its code 0")
        return self._end("the peer cannot go on", None)

    def _wrong(self, words):
        self.found.append(f"eap: {words}")

    def _succeed(self):
        self.finished, self.imsi = True, imsi_of(self.identity)
        self.final = struct.pack(">BBH", SUCCESS, self._identifier, 4)

    def _end(self, why, _code):
        self.finished, self.why = True, why
        self.final = struct.pack(">BBH", FAILURE, self._identifier, 4)


def imsi_of(identity):
    """The IMSI of a permanent identity of EAP-AKA (a leading 0; 3GPP TS 23.003, 19.3.2), or None."""
    text = identity.decode("ascii", "replace") if isinstance(identity, bytes) else identity
    name, _, _ = text.partition("@")
    return name[1:] if name[:1] == "0" and 14 <= len(name[1:]) <= 15 and name.isdigit() else None
