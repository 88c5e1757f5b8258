# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles as an eUICC keeps them: metadata (SGP.22 v2.5, ProfileInfo), state,
policy rules, and whom to tell of what happens to them."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field

from . import ber

EVENTS = {"install": 0, "enable": 1, "disable": 2, "delete": 3}
CLASSES = {"test": 0, "provisioning": 1, "operational": 2}
IND_BITS = 5  # of a sequence number, the last
PPR_BITS = {"update": 0, "ppr1": 1, "ppr2": 2}
# GetProfilesInfo without a tag list (SGP.22, 5.7.15).
DEFAULT_TAGS = (0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95)


def isdp_aid(number: int) -> bytes:
    """The AID of the n-th ISD-P, counted from 0."""
    return bytes.fromhex("A0000005591010FFFFFFFF89") + struct.pack(">HH", 0, 0x1100 + 0x100 * number)


@dataclass
class Address:
    """One entry of the notification configuration: these events go to this FQDN."""

    fqdn: str
    events: tuple[str, ...] = ("install", "enable", "disable", "delete")


@dataclass
class Owner:
    mccmnc: str
    gid1: bytes | None = None
    gid2: bytes | None = None

    def encode(self, tag: int) -> bytes:
        parts = [ber.encode(0x80, ber.mccmnc_octets(self.mccmnc))]
        if self.gid1 is not None:
            parts.append(ber.encode(0x81, self.gid1))
        if self.gid2 is not None:
            parts.append(ber.encode(0x82, self.gid2))
        return ber.encode(tag, *parts)


@dataclass
class Profile:
    iccid: str
    name: str
    provider: str
    aid: bytes | None = None
    enabled: bool = False
    nickname: str | None = None
    profile_class: str = "operational"
    ppr: tuple[str, ...] = ()
    owner: Owner | None = None
    icon: bytes | None = None
    icon_type: str = "png"
    addresses: list[Address] = field(default_factory=list)
    imsi: str = ""
    msisdn: str = ""
    root: str = "nist"
    size: int = 24576
    dp_proprietary: bytes | None = None  # what the server left here of its own (B8), as it came
    service_data: bytes | None = None  # what the operator left here of its own (BF22), as it came

    # Its USIM. Keys of its own, which who knows the ICCID can work out, unless they are given (to a profile that is put
    # on a card: a package carries none).
    k: bytes | None = None
    opc: bytes | None = None
    sqn: int = 0  # the highest sequence number that its network has used
    seq: list[int] = field(default_factory=list)  # for each index the highest without it (3GPP TS 33.102, C.1.1)
    mnc_length: int | None = None  # as in EF AD; None: the usual of its country
    gid1: bytes | None = None  # as in the USIM; None: its owner's, empty: no such file
    gid2: bytes | None = None
    pin: str | None = None  # asked for after each start of the card; None: it is disabled
    pin_tries: int = 3

    OCTETS = ("aid", "icon", "dp_proprietary", "service_data", "k", "opc", "gid1", "gid2")

    def __post_init__(self) -> None:
        self.k = self.k or hashlib.sha256(b"esimlab K " + self.iccid.encode()).digest()[:16]
        self.opc = self.opc or hashlib.sha256(b"esimlab OPc " + self.iccid.encode()).digest()[:16]
        if not self.seq:
            self.step_to(self.sqn)

    @property
    def mnc_digits(self) -> int:
        usual = 3 if self.imsi[:2] == "31" else 2
        return usual if self.mnc_length is None else self.mnc_length

    @property
    def groups(self) -> tuple[bytes | None, bytes | None]:
        """GID1 and GID2 as the USIM has them."""
        owner = self.owner or Owner("")
        return (owner.gid1 if self.gid1 is None else self.gid1), (owner.gid2 if self.gid2 is None else self.gid2)

    def step_to(self, sqn: int) -> None:
        """As if its network had used every sequence number up to this one, and no higher."""
        self.sqn, self.seq = sqn, [sqn >> IND_BITS] * (1 << IND_BITS)

    def matches(self, kind: int, value: bytes) -> bool:
        """Whether this is the profile that 4F, 5A or 95 names."""
        if kind == 0x4F:
            return self.aid == value
        if kind == 0x5A:
            return ber.iccid_octets(self.iccid) == value
        return CLASSES[self.profile_class] == ber.read_integer(value)

    def _objects(self) -> dict[int, bytes]:
        text = {0x90: self.nickname, 0x91: self.provider, 0x92: self.name}
        found = {0x5A: ber.encode(0x5A, ber.iccid_octets(self.iccid)),
                 0x4F: ber.encode(0x4F, self.aid or b""),
                 0x9F70: ber.encode(0x9F70, ber.integer(int(self.enabled))),
                 0x95: ber.encode(0x95, ber.integer(CLASSES[self.profile_class]))}
        found |= {tag: ber.encode(tag, value.encode()) for tag, value in text.items()
                  if value is not None}
        if self.icon is not None:
            found[0x93] = ber.encode(0x93, ber.integer(int(self.icon_type == "png")))
            found[0x94] = ber.encode(0x94, self.icon)
        if self.addresses:
            found[0xB6] = ber.encode(0xB6, *(
                ber.encode(0x30, ber.encode(0x80, ber.bits(*(EVENTS[e] for e in a.events))),
                           ber.encode(0x81, a.fqdn.encode())) for a in self.addresses))
        if self.owner is not None:
            found[0xB7] = self.owner.encode(0xB7)
        raw = {0xB8: self.dp_proprietary, 0xBF22: self.service_data}
        found |= {tag: octets for tag, octets in raw.items() if octets is not None}
        if self.ppr:
            found[0x99] = ber.encode(0x99, ber.bits(*(PPR_BITS[p] for p in self.ppr)))
        return found

    def info(self, tags: tuple[int, ...] | list[int] = DEFAULT_TAGS) -> bytes:
        """ProfileInfo (E3) with the wanted members, in the order of the standard."""
        found = self._objects()
        order = (0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0xB8, 0x99, 0xBF22)
        return ber.encode(0xE3, *(found[t] for t in order if t in tags and t in found))

    def recipients(self, event: str) -> list[str]:
        return [a.fqdn for a in self.addresses if event in a.events]

    def state(self) -> dict:
        kept = {k: v for k, v in vars(self).items() if k not in ("owner", "addresses")}
        kept["ppr"], kept["seq"] = list(self.ppr), list(self.seq)
        kept |= {name: None if kept[name] is None else kept[name].hex() for name in self.OCTETS}
        kept["addresses"] = [[a.fqdn, list(a.events)] for a in self.addresses]
        kept["owner"] = self.owner and [
            self.owner.mccmnc, *(g if g is None else g.hex() for g in (self.owner.gid1, self.owner.gid2))]
        return kept

    @classmethod
    def from_state(cls, state: dict) -> "Profile":
        kept = dict(state)
        kept["ppr"], kept["seq"] = tuple(kept["ppr"]), list(kept.get("seq", ()))
        for name in cls.OCTETS:
            kept[name] = None if kept.get(name) is None else bytes.fromhex(kept[name])
        kept["addresses"] = [Address(fqdn, tuple(events)) for fqdn, events in kept["addresses"]]
        if kept["owner"]:
            mccmnc, *gids = kept["owner"]
            kept["owner"] = Owner(mccmnc, *(None if g is None else bytes.fromhex(g) for g in gids))
        return cls(**kept)


def plain_icon(red: int, green: int, blue: int, side: int = 64) -> bytes:
    """A PNG of one colour: what an operator's icon looks like to a list."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\x00" + bytes((red, green, blue)) * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def demo_profiles(smdp: str = "smdp.lab.example", other: str = "rsp.lab.example") -> list[Profile]:
    """Three subscriptions as a traveller might have them; invented numbers and hosts."""
    return [
        Profile("89660324080000000018", "AIS Tourist", "AIS", enabled=True, imsi="520010000000018",
                msisdn="+66810000018", owner=Owner("52001"), icon=plain_icon(122, 193, 66),
                addresses=[Address(smdp)]),
        Profile("8944500102201200013", "Blue Travel Data", "Lab Telecom", imsi="001010000000013",
                nickname="Work", owner=Owner("00101", gid1=bytes.fromhex("4C")),
                addresses=[Address(smdp)]),
        Profile("894920009900000027", "Island Prepaid", "Island Mobile", imsi="001020000000027",
                owner=Owner("00102"), addresses=[Address(other, ("install", "delete")),
                                                  Address(smdp, ("delete",))]),
    ]


def demo_offers(smdp: str = "smdp.lab.example") -> list[Profile]:
    """Two more, which wait at an SM-DP+."""
    return [
        Profile("8986099900000000031", "Harbour 5 GB", "Harbour Mobile", imsi="001030000000031", owner=Owner("00103"),
                icon=plain_icon(20, 90, 160), addresses=[Address(smdp)]),
        Profile("8943099900000000045", "Alpine Monthly", "Alpine", imsi="001040000000045", owner=Owner("00104"),
                icon=plain_icon(200, 40, 50), addresses=[Address(smdp)]),
    ]
