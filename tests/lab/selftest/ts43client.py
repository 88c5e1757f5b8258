# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small client of an entitlement server, and an EAP-AKA peer, that share nothing with the laboratory's server but Milenage.

The keys' generator runs on libcrypto's own SHA1_Transform.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import http.client
import json
import re
import socket
import ssl
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from esimlab.milenage import MacError, Milenage

CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto"))
EAP = "application/vnd.gsma.eap-relay.v1.0+json"
EID = "89049032000000000000000000000001"
AGENT = "PRD-TS43 term-LAB/Test client-Primary-ODSA/1.0 OS-Linux/6.1"


class Rejected(Exception):
    """The peer gives up."""


def transform(block):
    """SHA-1's compression, by OpenSSL: SHA_CTX is five words of state, two of length, sixteen of data and a count."""
    context = (ctypes.c_uint32 * 24)()
    CRYPTO.SHA1_Init(ctypes.byref(context))
    CRYPTO.SHA1_Transform(ctypes.byref(context), block)
    return struct.pack(">5I", *context[:5])


def generate(seed):
    """160 octets of FIPS 186-2's generator, in RFC 4187's order: K_encr, K_aut, MSK, EMSK."""
    key, out = int.from_bytes(seed, "big"), []
    for _ in range(8):
        out.append(transform(key.to_bytes(20, "big").ljust(64, b"\0")))
        key = (key + 1 + int.from_bytes(out[-1], "big")) & (1 << 160) - 1
    joined = b"".join(out)
    return joined[:16], joined[16:32], joined[32:96], joined[96:]


def mac(key, message):
    """HMAC-SHA1-128, written out."""
    pad = key.ljust(64, b"\0")
    inner = hashlib.sha1(bytes(b ^ 0x36 for b in pad) + message).digest()
    return hashlib.sha1(bytes(b ^ 0x5C for b in pad) + inner).digest()[:16]


@dataclass
class Peer:
    """The card's side with an EAP-AKA peer around it. sqn: the highest that the card has seen.

    lies: what it does wrong, for tests of the server: "res", "mac", "checkcode", "identifier", "resync-forever".
    """

    imsi: str
    k: bytes
    opc: bytes
    sqn: int = 0
    realm: str = "nai.epc.mnc001.mcc001.3gppnetwork.org"
    lies: tuple = ()
    keys: tuple = ()
    heard: list = field(default_factory=list)
    identity_log: bytes = b""
    vouched: bool = False  # the server's MAC was right
    last: tuple = (None, None)

    @property
    def identity(self):
        return f"0{self.imsi}@{self.realm}"

    def begin(self):
        """Another conversation."""
        self.identity_log, self.vouched, self.last = b"", False, (None, None)

    def answer(self, packet):
        """The response, the same to the same request (RFC 3748, 4.1); Rejected where there is none."""
        if self.last[0] != packet:
            self.last = (packet, self._answer(packet))
        return self.last[1]

    def _answer(self, packet):
        if len(packet) < 4 or int.from_bytes(packet[2:4], "big") != len(packet) or packet[0] != 1:
            raise Rejected(f"no request: {packet[:5].hex()}")
        if packet[4] == 1:
            return self._respond(packet, bytes((1,)) + self.identity.encode())
        if packet[4] != 23:
            return self._respond(packet, bytes((3, 23)))
        subtype, attributes = packet[5], []
        at = 8
        while at < len(packet):
            size = packet[at + 1] * 4
            if not size or at + size > len(packet):
                raise Rejected("an attribute goes past the end")
            attributes.append((packet[at], packet[at + 2:at + size], at))
            at += size
        self.heard.append(subtype)
        handler = {1: self._challenge, 5: self._identify, 12: self._notified}.get(subtype)
        return handler(packet, attributes) if handler else self._error(packet)

    def _respond(self, packet, body):
        identifier = packet[1] ^ (0x55 if "identifier" in self.lies else 0)
        return struct.pack(">BBH", 2, identifier, 4 + len(body)) + body

    def _aka(self, packet, subtype, attributes=b"", sign=False):
        made = self._respond(packet, bytes((23, subtype, 0, 0)) + attributes + (bytes((11, 5)) + bytes(18)) * sign)
        if sign:
            made = made[:-16] + (mac(self.keys[1], made) if "mac" not in self.lies else bytes(16))
        return made

    def _error(self, packet):
        return self._aka(packet, 14, bytes((22, 1, 0, 0)))

    def _identify(self, packet, attributes):
        name = self.identity.encode()
        padded = name + bytes(-len(name) % 4)
        made = self._aka(packet, 5, bytes((14, 1 + len(padded) // 4)) + len(name).to_bytes(2, "big") + padded)
        self.identity_log += packet + made
        return made

    def _challenge(self, packet, attributes):
        kinds = [kind for kind, _, _ in attributes]
        if any(kinds.count(kind) != 1 for kind in (1, 2, 11)) or any(
                kind < 128 and kind not in (1, 2, 11) for kind in kinds):
            return self._error(packet)
        told = {kind: value for kind, value, _ in attributes}
        rand, autn = told[1][2:], told[2][2:]
        if len(rand) != 16 or len(autn) != 16:
            return self._error(packet)
        network = Milenage(self.k, self.opc)
        try:
            sqn, _ = network.read_autn(rand, autn)
        except MacError:
            return self._aka(packet, 2)
        if sqn <= self.sqn or "resync-forever" in self.lies:
            return self._aka(packet, 4, bytes((4, 4)) + network.auts(rand, self.sqn))
        seed = hashlib.sha1(self.identity.encode() + network.f4(rand) + network.f3(rand)).digest()
        self.keys = generate(seed)
        at = next(at for kind, _, at in attributes if kind == 11) + 4
        if mac(self.keys[1], packet[:at] + bytes(16) + packet[at + 16:]) != told[11][2:]:
            return self._error(packet)
        code = hashlib.sha1(self.identity_log).digest() if self.identity_log else b""
        if 134 in told and told[134][2:] != code:
            return self._error(packet)
        self.sqn, self.vouched = sqn, True
        res = network.f2(rand) if "res" not in self.lies else bytes(8)
        more = bytes((3, 3)) + (len(res) * 8).to_bytes(2, "big") + res
        if 134 in told:
            if "checkcode" in self.lies:
                code = bytes(20)
            more += bytes((134, 1 + len(code) // 4, 0, 0)) + code
        if 135 in told:
            more += bytes((135, 1, 0, 0))
        return self._aka(packet, 1, more, sign=True)

    def _notified(self, packet, attributes):
        told = {kind: value for kind, value, _ in attributes}
        code = int.from_bytes(told[12], "big")
        if code & 0x4000:
            return self._aka(packet, 12)
        if 11 not in told or not self.keys:
            return self._error(packet)
        return self._aka(packet, 12, sign=True)


class Text(dict):
    """A document's members, without case; a list for each."""

    def one(self, name):
        found = self.get(name.lower())
        return found[0] if found else None


def read(body, kind):
    """All members of a document in one heap, whichever form it has."""
    found = Text()

    def put(name, value):
        found.setdefault(name.lower(), []).append(None if value is None else str(value))
    if "xml" in kind:
        text = re.sub(r"&(?!(amp|lt|gt|quot|apos|#\d+);)", "&amp;", body.decode("utf-8-sig"))
        for parm in ElementTree.fromstring(text).iter("parm"):
            put(parm.get("name"), parm.get("value"))
        return found

    def walk(value):
        if isinstance(value, Pairs):
            for name, inner in value.pairs:
                if isinstance(inner, (Pairs, list)):
                    walk(inner)
                else:
                    put(name, inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
    walk(json.loads(body.decode("utf-8-sig"), object_pairs_hook=Pairs))
    return found


class Pairs:
    def __init__(self, pairs):
        self.pairs = pairs


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return read(self.body, self.headers.get("content-type", ""))

    @property
    def eap(self):
        if EAP not in self.headers.get("content-type", ""):
            return None
        return base64.b64decode(json.loads(self.body)["eap-relay-packet"])


class Client:
    """host: which of the server's names. form: "POST" or "GET"."""

    def __init__(self, server, root, iccid, peer=None, host="ts43.lab.example", path="/entitlement", language="en"):
        self.server, self.iccid, self.peer, self.host, self.path = server, iccid, peer, host, path
        self.context = ssl.create_default_context(cafile=str(root))
        self.cookies = {}
        self.token = None
        self.form, self.language, self.version = "POST", language, "2.0"
        self.more = {}

    def fetch(self, method, url, body=None, headers=()):
        parts = urlsplit(url)
        raw = socket.create_connection(("127.0.0.1", self.server.port), 10)
        connection = http.client.HTTPSConnection(parts.hostname, timeout=10)
        connection.sock = self.context.wrap_socket(raw, server_hostname=parts.hostname)
        told = {"User-Agent": AGENT, "Accept-Language": self.language,
                "Accept": f"{EAP}, text/vnd.wap.connectivity-xml, application/json", **dict(headers)}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, told)
        answer = connection.getresponse()
        got = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        if "set-cookie" in got.headers:
            name, _, rest = got.headers["set-cookie"].partition("=")
            self.cookies[name] = rest.split(";")[0]
        return got

    def parameters(self, **told):
        return {"terminal_id": "350000000000001", "entitlement_version": self.version, "vers": "1", "app": "ap2009",
                "terminal_vendor": "LAB", "terminal_model": "Test", "terminal_sw_version": "1.0", **told, **self.more}

    def ask(self, **told):
        values = {name: str(value) for name, value in self.parameters(**told).items() if value is not None}
        url = f"https://{self.host}{self.path}"
        if self.form == "GET":
            return self.fetch("GET", f"{url}?{urlencode(values)}")
        return self.fetch("POST", url, json.dumps(values), {"Content-Type": "application/json"})

    def relay(self, packet):
        body = json.dumps({"eap-relay-packet": base64.b64encode(packet).decode()})
        return self.fetch("POST", f"https://{self.host}{self.path}", body, {"Content-Type": EAP})

    def authenticate(self, **told):
        """By the SIM; the last reply. Rejected where the peer gives up."""
        self.peer.begin()
        got = self.ask(EAP_ID=self.peer.identity, **told)
        for _ in range(40):
            packet = got.eap if got.status == 200 else None
            if packet is None:
                break
            if packet[:1] == b"\x04":
                raise Rejected("EAP failure")
            got = self.relay(self.peer.answer(packet))
        if got.status == 200 and got.eap is None:
            self.token = got.text.one("token")
        return got

    def operate(self, operation, **told):
        return self.ask(**{"token": self.token, "IMSI": self.peer.imsi if self.peer else None, "operation": operation,
                           "terminal_iccid": self.iccid, "terminal_eid": EID, **told})

    def end(self, **told):
        return self.operate("ManageSubscription", **{"operation_type": 1, "target_terminal_iccid": self.iccid,
                                                     "target_terminal_eid": EID, **told})

    def status(self):
        """(ICCID, status) as listed."""
        told = self.operate("AcquireConfiguration").text
        return list(zip(told.get("iccid", []), told.get("servicestatus", [])))
