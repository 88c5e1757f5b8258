# SPDX-License-Identifier: LGPL-2.1-or-later
"""Just enough of an SM-DP+ to try the card with: its three signatures and a package, all to be spoiled at will."""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from esimlab import ber
from esimlab.notifications import sign_raw
from esimlab.pki import Request, issue, name
from esimlab.securechannel import point_of

HOST = "smdp.lab.example"
TRANSACTION = bytes.fromhex("0123456789ABCDEF")
DEVICE = ber.encode(0xA1, ber.encode(0x80, bytes.fromhex("53100000")), ber.encode(0xA1, ber.encode(0x85, b"\x0f\0\0")))
ICCID = "8944500102201200099"


def certificate(pki, usual, root="nist", **changes):
    subject = name(c="TH", o="Lab SM-DP+", cn=f"{HOST} {usual}")
    issuer = changes.pop("issuer", pki.roots[root])
    curve = changes.pop("curve", root)
    return issue(Request(subject, changes.pop("role", usual), **{"hosts": (HOST,), **changes}), issuer, curve)


class Keys:
    """The session keys, in the server's hands."""

    def __init__(self, chaining, enc, mac):
        self.chaining, self.enc, self.mac, self.count = chaining, enc, mac, 0

    def protect(self, tag, clear):
        self.count += 1
        if tag != 0x88:
            clear += b"\x80" + bytes(-(len(clear) + 1) % 16)
            block = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor().update(self.count.to_bytes(16, "big"))
            clear = Cipher(algorithms.AES(self.enc), modes.CBC(block)).encryptor().update(clear)
        head = ber.tag_octets(tag) + ber.length_octets(len(clear) + 8)
        mac = CMAC(algorithms.AES(self.mac))
        mac.update(self.chaining + head + clear)
        self.chaining = mac.finalize()
        return head + clear + self.chaining[:8]


def chunks(octets, size=1000):
    return [octets[i:i + size] for i in range(0, len(octets), size)]


def elements(iccid=ICCID, size=14000, imsi="001010000000099"):
    """A profile of header, files, USIM and end."""
    header = ber.encode(0xA0, ber.encode(0x80, b"\x02"), ber.encode(0x81, b"\x03"), ber.encode(0x82, b"Lab"),
                        ber.encode(0x83, bytes.fromhex(iccid.ljust(20, "F"))), ber.encode(0xA5, ber.encode(0x81)))
    digits = "9" + imsi
    ef_imsi = b"\x08" + bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, 16, 2)))
    usim = ber.encode(0xB3, ber.encode(0xA0), ber.encode(0xA3, ber.encode(0x83, ef_imsi)))
    return header + ber.encode(0xB0, ber.encode(0xA0), ber.encode(0x83, os.urandom(size))) + usim + ber.encode(0xAA)


def metadata(iccid=ICCID, *more):
    entry = ber.encode(0x30, ber.encode(0x80, ber.bits(0, 1, 2, 3)), ber.encode(0x81, HOST.encode()))
    other = ber.encode(0x30, ber.encode(0x80, ber.bits(0)), ber.encode(0x81, b"rsp.lab.example"))
    members = [ber.encode(0x5A, ber.iccid_octets(iccid)), ber.encode(0x91, b"Lab Telecom"),
               ber.encode(0x92, "Reise \u65c5".encode()), *([] if any(m[0] == 0x95 for m in more) else [ber.encode(0x95, b"\x02")]),
               ber.encode(0xB6, entry, other), *more]
    return ber.encode(0xBF25, *members)


class Provider:
    """One session with one card.  Members may be changed before the step that uses them."""

    def __init__(self, lpa, pki, root="nist"):
        self.lpa, self.pki, self.root = lpa, pki, root
        self.auth, self.pb = (certificate(pki, role, root) for role in ("dp-auth", "dp-pb"))
        self.transaction, self.key_id = TRANSACTION, pki.roots[root].key_id
        self.challenge = self.one_time = self.signature1 = None
        self.host_id, self.operation, self.template = b"lab", 1, (0x88, 16)

    def authenticate(self, matching_id=b"CODE", challenge=None, spoil=False, ask=True):
        if ask:
            self.challenge = self.lpa.ask(0xBF2E).need(0x80).value
        signed = ber.encode(0x30, ber.encode(0x80, self.transaction), ber.encode(0x81, challenge or self.challenge or bytes(16)),
                            ber.encode(0x83, HOST.encode()), ber.encode(0x84, bytes(range(16))))
        signature = sign_raw(self.auth.key, signed + (b"x" if spoil else b""))
        answer = self.lpa.ask(0xBF38, signed, ber.encode(0x5F37, signature), ber.encode(0x04, self.key_id), self.auth.der,
                              ber.encode(0xA0, ber.encode(0x80, matching_id), DEVICE))
        if found := answer.find(0xA0):
            self.signature1 = found.need(0x5F37).raw
        return answer

    def prepare(self, transaction=None, hash_cc=None, wanted=False, spoil=False, used=None):
        signed = ber.encode(0x30, ber.encode(0x80, transaction or self.transaction), ber.encode(0x01, ber.boolean(wanted)),
                            ber.encode(0x5F49, used) if used else b"")
        self.signature2 = ber.encode(0x5F37, sign_raw(self.pb.key, signed + self.signature1 + (b"x" if spoil else b"")))
        code = [ber.encode(0x04, hash_cc)] if hash_cc else []
        answer = self.lpa.ask(0xBF21, signed, self.signature2, *code, self.pb.der)
        if found := answer.find(0xA0):
            self.point = found.children()[0].need(0x5F49).value
        return answer

    def channel(self, transaction=None, spoil=False):
        key = ec.generate_private_key(self.pb.key.curve)
        template = ber.encode(0xA6, ber.encode(0x80, bytes((self.template[0],))), ber.encode(0x81, bytes((self.template[1],))),
                              ber.encode(0x84, self.host_id))
        members = (ber.encode(0x82, bytes((self.operation,))) + ber.encode(0x80, transaction or self.transaction) + template
                   + ber.encode(0x5F49, point_of(key)))
        proof = sign_raw(self.pb.key, members + ber.encode(0x5F49, self.point) + (b"x" if spoil else b""))
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, self.point)
        eid = bytes.fromhex(self.lpa.card.eid)
        info = bytes((0x88, 16, len(self.host_id))) + self.host_id + bytes((16,)) + eid
        made = X963KDF(hashes.SHA256(), 48, info).derive(key.exchange(ec.ECDH(), theirs))
        return ber.encode(0xBF23, members, ber.encode(0x5F37, proof)), Keys(made[:16], made[16:32], made[32:])

    def package(self, *, described=None, configured=ber.encode(0xBF24), content=None, replace=True, **channel):
        """The package's segments, as an LPA cuts them."""
        opened, keys = self.channel(**channel)
        first = [keys.protect(0x87, configured)]
        second = [keys.protect(0x88, part) for part in chunks(described or metadata())]
        third = []
        if replace:
            fresh = [os.urandom(16) for _ in range(3)]
            order = ber.encode(0xBF26, *(ber.encode(t, k) for t, k in zip((0x80, 0x81, 0x82), fresh)))
            third = [keys.protect(0x87, order)]
            keys = Keys(*fresh)
        fourth = [keys.protect(0x86, part) for part in chunks(content or elements())]
        sequences = [(0xA0, first), (0xA1, second), *([(0xA2, third)] if third else []), (0xA3, fourth)]
        length = len(opened) + sum(len(ber.encode(tag, *tlvs)) for tag, tlvs in sequences)
        segments = [ber.tag_octets(0xBF36) + ber.length_octets(length) + opened]
        for tag, tlvs in sequences:
            head = ber.tag_octets(tag) + ber.length_octets(sum(map(len, tlvs)))
            joined = tag in (0xA0, 0xA2)
            segments += [head + tlvs[0], *tlvs[1:]] if joined else [head, *tlvs]
        return segments

    def load(self, segments):
        """Octets and status word of the first answer that is not empty, or of the last one."""
        for segment in segments:
            data, sw = self.lpa.send(segment)
            if data or sw != 0x9000:
                break
        return data, sw

    def ready(self):
        self.authenticate()
        self.prepare()
        return self
