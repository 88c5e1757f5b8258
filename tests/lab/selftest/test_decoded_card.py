# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lab's card says in a session, in each of its ways, read by somebody else: a reading of the standard that is
wrong in the same way at both ends of the lab would be seen by nobody here."""

import pytest

from esimlab import Card, ber, decoder, demo_profiles
from lpa import Lpa
from provider import ICCID, TRANSACTION, Provider, metadata
from test_download import PACKAGES, cancel, flipped

MISSING = decoder.why_not()
pytestmark = [pytest.mark.long, pytest.mark.skipif(MISSING is not None, reason=MISSING or "")]
# CancelSession is read in another way.
SILENT = ("open", "close", "BF41")


def check(card):
    """Read everything; segments of a package are read as the package. {the names of the messages}."""
    asked, package = [], b""
    for entry in (e for e in card.log if e.tag not in SILENT):
        if entry.tag == "BF36" or entry.name != "LoadBoundProfilePackage":
            asked += [package] if package else []
            package = b""
        if entry.name == "LoadBoundProfilePackage":
            package += entry.request
        else:
            asked.append(entry.request)
    asked += [package] if package else []
    answers = [e.response for e in card.log if e.tag not in SILENT and e.response]
    names = set()
    for direction, messages in (("request", asked), ("response", answers)):
        for octets, reading in zip(messages, decoder.read(messages, direction)):
            assert reading.problems == [], f"{reading.name}: {octets.hex()}"
            names.add(reading.name)
    return names


@pytest.fixture
def full(pki):
    return Card(pki, profiles=demo_profiles(), rat=[
        {"ppr": [1, 2], "owners": [["00101", "4c", None], ["001EE", "", ""]], "consent": True},
        {"ppr": [2], "owners": [["*"]], "consent": False}])


@pytest.mark.parametrize("root", ["nist", "brainpool"])
def test_a_download(full, pki, root):
    provider = Provider(Lpa(full), pki, root)
    provider.authenticate()
    provider.prepare(hash_cc=bytes(32), wanted=True)
    own = ber.encode(0xB8, bytes.fromhex("8003883701"))
    described = metadata(ICCID, ber.encode(0x93, b"\1"), ber.encode(0x94, full.profiles[0].icon),
                         ber.encode(0xB7, ber.encode(0x80, ber.mccmnc_octets("00101")), ber.encode(0x81, b"\x4c")),
                         ber.encode(0x99, ber.bits(2)))
    provider.load(provider.package(described=described, configured=ber.encode(0xBF24, own)))
    assert full.profile(ICCID)
    lpa = provider.lpa
    for request in ("bf2800", "bf2b00", "bf4300", "bf3c00", "bf2200",
                    "bf2d105c0e5a4f9f70909192939495b6b7b899"):
        assert lpa.send(bytes.fromhex(request))[1] == 0x9000, request
    assert check(full) >= {"AuthenticateServerRequest", "AuthenticateServerResponse", "PrepareDownloadRequest",
                           "PrepareDownloadResponse", "ProfileInstallationResult", "GetRatResponse", "EUICCInfo2"}


def test_refusals(full, pki):
    provider = Provider(Lpa(full), pki)
    provider.authenticate(spoil=True)
    provider.signature1 = b""
    provider.prepare()
    provider.authenticate()
    provider.prepare(spoil=True)
    assert check(full) >= {"AuthenticateServerResponse", "PrepareDownloadResponse"}


def test_results_that_are_failures(full, pki):
    provider = Provider(Lpa(full), pki)
    for kind in ("signature", "class", "memory", "no end", "another ICCID"):
        provider.ready()
        provider.load(PACKAGES[kind][1](provider))
    provider.ready()
    provider.load(flipped(provider.package(), 0x86))
    results = [e.response for e in full.log if e.response[:2] == b"\xbf\x37"]
    readings = decoder.read(results, "response")
    assert len(results) == 6 and [(r.name, r.problems) for r in readings] == [("ProfileInstallationResult", [])] * 6


@pytest.mark.parametrize("reason", range(6))
def test_cancelling(full, pki, reason):
    provider = Provider(Lpa(full), pki)
    provider.authenticate()
    answer = cancel(provider.lpa, TRANSACTION, reason).raw
    carried, = decoder.read([decoder.cancellation(answer)], "request")
    assert carried.problems == [] and "smdpOid" in carried.fields and "reason" in carried.fields
