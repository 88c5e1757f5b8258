# SPDX-License-Identifier: LGPL-2.1-or-later
"""The USIM of the card's enabled profile, and each way to it."""

from __future__ import annotations

import struct

import pytest
from mbimhost import Host
from qmihost import Host as QmiHost

from esimlab import Card, Pki, ber, demo_profiles, mbim, qmi
from esimlab.card import ISD_R
from esimlab.mbimuicc import INTER_INDUSTRY
from esimlab.milenage import Milenage
from esimlab.modem import MbimModem
from esimlab.profiles import Profile
from esimlab.qmimodem import QmiModem
from esimlab.usim import AID
from esimlab.wires import PtyWire

RAND = bytes.fromhex("23553cbe9637a89d218ae64dae47bf35")
PARTIAL = AID[:7]
MF, ADF, DIR, ICCID = "3F00", "7FFF", "2F00", "2FE2"
IMSI, AD, GID1, GID2 = "6F07", "6FAD", "6F3E", "6F3F"


@pytest.fixture(scope="module")
def pki():
    return Pki()


@pytest.fixture
def card(pki):
    return Card(pki, profiles=demo_profiles(), sw_style="direct")


def network(profile):
    """Its home network's half."""
    return Milenage(profile.k, profile.opc)


def send(card, octets):
    answer = card.transmit(bytes.fromhex(octets) if isinstance(octets, str) else octets)
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def select(card, channel, identifier):
    return send(card, f"{channel:02x}A4000402{identifier}00")[1]


def read(card, channel, identifier):
    """The contents of a file of the directory that is selected; a status word where there are none."""
    sw = select(card, channel, identifier)
    if sw != 0x9000:
        return sw
    _, sw = send(card, f"{channel:02x}B0000000")
    return send(card, f"{channel:02x}B00000{sw & 0xFF:02x}")[0] if sw >> 8 == 0x6C else sw


def authenticate(card, channel, autn, rand=RAND):
    return send(card, bytes((channel, 0x88, 0, 0x81, 34, 16)) + rand + b"\x10" + autn + b"\x00")


def open_usim(card, aid=PARTIAL):
    channel, sw, _ = card.open_channel(aid)
    assert sw == 0x9000
    return channel


# -- the application --

@pytest.mark.parametrize("length", [7, 9, 16])
def test_selected_by_its_beginning(card, length):
    open_usim(card, AID[:length])


@pytest.mark.parametrize("aid", [AID[:6], AID[:-1] + b"\x01", bytes.fromhex("A0000000871004")])
def test_other_names(card, aid):
    assert card.open_channel(aid)[:2] == (0, 0x6A82)


def test_none_without_an_enabled_profile(pki):
    profiles = demo_profiles()
    profiles[0].enabled = False
    card = Card(pki, profiles=profiles)
    assert card.open_channel(PARTIAL)[1] == 0x6A82


def test_files(card):
    profile = card.profiles[1]
    card.profiles[0].enabled, profile.enabled = False, True
    profile.mnc_length, profile.gid2 = 3, b"\x01\xff"
    card.reset()
    channel = open_usim(card)
    assert read(card, channel, IMSI).hex() == "080910100000000031"
    assert read(card, channel, AD) == bytes((0, 0, 0, 3))
    assert (read(card, channel, GID1), read(card, channel, GID2)) == (b"\x4c", b"\x01\xff")
    assert read(card, channel, ICCID) == 0x6A82  # not in this directory
    assert select(card, channel, MF) == 0x9000
    assert read(card, channel, ICCID) == ber.iccid_octets(profile.iccid)
    assert read(card, channel, IMSI) == 0x6A82
    assert select(card, channel, ADF) == 0x9000
    assert read(card, channel, IMSI).hex() == "080910100000000031"


def test_files_of_a_profile_without_groups(card):
    channel = open_usim(card)
    assert (read(card, channel, GID1), read(card, channel, GID2)) == (0x6A82, 0x6A82)
    assert read(card, channel, AD) == bytes((0, 0, 0, 2))


def test_directory(card):
    channel, _, _ = card.open_channel(ISD_R)
    assert select(card, channel, DIR) == 0x9000
    _, sw = send(card, f"{channel:02x}B2010400")
    assert sw == 0x6C26
    record, sw = send(card, f"{channel:02x}B20104{sw & 0xFF:02x}")
    entry = ber.parse(record.rstrip(b"\xff"))
    assert sw == 0x9000 and entry.tag == 0x61 and entry.find(0x4F).value == AID
    assert send(card, f"{channel:02x}B2020400")[1] == 0x6A83
    assert select(card, channel, ADF) == 0x6A82  # none is selected here


# -- AUTHENTICATE --

def test_accepted(card):
    profile, channel = card.profiles[0], open_usim(card)
    vector = network(profile).vector(RAND, 32)
    data, sw = authenticate(card, channel, vector.autn)
    assert sw == 0x9000
    assert data == b"\xdb\x08" + vector.res + b"\x10" + vector.ck + b"\x10" + vector.ik
    assert profile.sqn == 32
    assert card.usim.authentications == [(profile.iccid, 0x9000)] and card.counters["88"] == 1


def test_known_keys(pki):
    """The first test set of 3GPP TS 35.208."""
    profile = Profile("89000000000000000013", "Set 1", "Lab", enabled=True, imsi="001010000000001",
                      k=bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"),
                      opc=bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf"), sqn=0xFF9BB4D0B606)
    card = Card(pki, profiles=[profile], sw_style="direct")
    autn = bytes.fromhex("55f328b43577b9b94a9ffac354dfafb3")
    channel = open_usim(card)
    data, _ = authenticate(card, channel, autn)
    # In the same step of 32 as the last: used, and AUTS says how far this USIM is.
    assert data[0] == 0xDC and network(profile).read_auts(RAND, data[2:]) == 0xFF9BB4D0B606
    profile.step_to(0xFF9BB4D0B5FF)
    assert authenticate(card, channel, autn)[0].hex() == (
        "db08a54211d5e3ba50bf10b40ba9a3c58b2a05bbf0d987b21bf8cb10f769bcd751044604127672711c6d3441")


def test_wrong_network(card):
    channel = open_usim(card)
    autn = network(card.profiles[1]).autn(RAND, 32)
    assert authenticate(card, channel, autn) == (b"", 0x9862)


@pytest.mark.parametrize("sqn, accepted", [(31, False), (32, False), (33, True), (64, True), ((1 << 33) - 1, True),
                                           ((1 << 33) + 64, False)])
def test_window(card, sqn, accepted):
    profile, channel = card.profiles[0], open_usim(card)
    functions = network(profile)
    authenticate(card, channel, functions.autn(RAND, 32))
    data, sw = authenticate(card, channel, functions.autn(RAND, sqn))
    assert sw == 0x9000 and data[0] == (0xDB if accepted else 0xDC)
    if not accepted:
        assert functions.read_auts(RAND, data[2:]) == 32


@pytest.mark.parametrize("style, words", [("61xx", [0x612C]), ("6cxx", [0x6C2C])])
def test_answer_in_pieces(pki, style, words):
    card = Card(pki, profiles=demo_profiles(), sw_style=style)
    channel = open_usim(card)
    autn = network(card.profiles[0]).autn(RAND, 32)
    data, sw = authenticate(card, channel, autn)
    assert (data, sw) == (b"", words[0])
    if style == "61xx":
        data, sw = send(card, f"{channel:02x}C000002C")
    else:
        data, sw = send(card, bytes((channel, 0x88, 0, 0x81, 34, 16)) + RAND + b"\x10" + autn + b"\x2c")
    assert (len(data), data[0], sw) == (0x2C, 0xDB, 0x9000)
    assert len(card.usim.authentications) == 1


def test_where_it_does_not_belong(card):
    autn = network(card.profiles[0]).autn(RAND, 32)
    isdr, _, _ = card.open_channel(ISD_R)
    assert authenticate(card, isdr, autn)[1] == 0x6D00
    channel = open_usim(card)
    select(card, channel, MF)
    assert authenticate(card, channel, autn)[1] == 0x6985
    assert send(card, f"{channel:02x}8800811000")[1] == 0x6700
    assert card.usim.authentications == []


def test_pin(card):
    profile = card.profiles[0]
    profile.pin = "1234"
    channel = open_usim(card)
    autn = network(profile).autn(RAND, 32)
    assert read(card, channel, IMSI) == 0x6982 and len(read(card, channel, AD)) == 4
    assert authenticate(card, channel, autn)[1] == 0x6982
    wrong, right = (f"{channel:02x}20000108{pin.encode().hex():f<16}" for pin in ("0000", "1234"))
    assert [send(card, wrong)[1], send(card, right)[1]] == [0x63C2, 0x9000]
    assert len(read(card, channel, IMSI)) == 9 and authenticate(card, channel, autn)[1] == 0x9000
    card.reset()
    channel = open_usim(card)
    assert read(card, channel, IMSI) == 0x6982
    assert [send(card, wrong)[1] for _ in range(3)] == [0x63C2, 0x63C1, 0x6983]
    assert send(card, right)[1] == 0x6983


def test_another_profile(card):
    """Its channel is dead, or goes on with the other's, as a test wants it."""
    first, second = card.profiles[:2]
    channel = open_usim(card)
    card.euicc.enable(0x5A, ber.iccid_octets(second.iccid), refresh=False)
    autn = network(second).autn(RAND, 32)
    assert authenticate(card, channel, autn)[1] == 0x6999
    card.usim.follows = True
    assert authenticate(card, channel, autn)[1] == 0x9000
    assert second.sqn == 32 and first.sqn == 0


def test_hook(card):
    seen = []
    card.usim.hooks.append(lambda profile, sw: seen.append((profile.iccid, sw)))
    authenticate(card, open_usim(card), bytes(16))
    assert seen == [(card.profiles[0].iccid, 0x9862)]


def test_fault(card):
    card.fail_at("88", sw=0x6F00)
    autn = network(card.profiles[0]).autn(RAND, 32)
    channel = open_usim(card)
    assert authenticate(card, channel, autn) == (b"", 0x6F00)
    assert card.usim.authentications == []
    assert authenticate(card, channel, autn)[1] == 0x9000


def test_state(card):
    profile = card.profiles[0]
    profile.pin, profile.gid1 = "1234", b""
    profile.step_to(7 << 5)
    again = Card.from_state(card.state()).profiles[0]
    assert (again.k, again.opc, again.sqn, again.seq) == (profile.k, profile.opc, profile.sqn, profile.seq)
    assert (again.pin, again.groups) == ("1234", (b"", None))


# -- through modems --

@pytest.fixture
def modem_of(tmp_path):
    made = []

    def make(kind, slots, **quirks):
        modem = kind(slots, **quirks)
        made.append(modem)
        host = (Host if kind is MbimModem else QmiHost)(PtyWire(modem, tmp_path / f"port{len(made)}").path)
        made.append(host)
        if kind is MbimModem:
            host.open()
        return modem, host
    yield make
    for one in reversed(made):
        one.close()


def test_mbim_channel(modem_of, card):
    _, host = modem_of(MbimModem, [card])
    _, channel, _ = host.open_channel(PARTIAL)
    vector = network(card.profiles[0]).vector(RAND, 32)
    command = bytes((0, 0x88, 0, 0x81, 34, 16)) + RAND + b"\x10" + vector.autn + b"\x00"
    status, data, sw = host.apdu(channel, command, kind=INTER_INDUSTRY)
    assert (status, sw) == (0, 0x9000) and data[2:10] == vector.res
    assert host.apdu(channel, command)[2] != 0x9000  # with the other class byte it is another command


def test_qmi_channel(modem_of, card):
    _, host = modem_of(QmiModem, [card])
    client = host.allocate()
    error, channel, _, _ = host.open_channel(client, PARTIAL)
    assert error == 0
    vector = network(card.profiles[0]).vector(RAND, 32)
    command = bytes((0, 0x88, 0, 0x81, 34, 16)) + RAND + b"\x10" + vector.autn + b"\x00"
    answer = host.ask(qmi.UIM, client, 0x3B, [(0x01, b"\x01"), (0x02, qmi.long_array(command)), (0x10, bytes((channel,)))])
    assert qmi.read_long_array(answer.get(0x10))[2:10] == vector.res


def test_channel_kept(modem_of, card, pki):
    _, host = modem_of(MbimModem, [card], keeps_usim=True)
    assert host.open_channel(PARTIAL)[0] == mbim.STATUS_SELECT_FAILED and host.open_channel(ISD_R)[0] == 0
    _, other = modem_of(QmiModem, [Card(pki, profiles=demo_profiles())], keeps_usim=True)
    client = other.allocate()
    assert other.open_channel(client, PARTIAL)[0] != 0 and other.open_channel(client, ISD_R)[0] == 0


def aka(host, autn, rand=RAND):
    """Status, and RES, IK, CK, AUTS."""
    done = host.ask(mbim.AUTH, 1, rand + autn)
    if not done.info:
        return done.status, None
    res, length, ik, ck, auts = struct.unpack("<16sI16s16s14sxx", done.info)
    return done.status, (res[:length], ik, ck, auts)


def test_mbim_auth(modem_of, card):
    _, host = modem_of(MbimModem, [card])
    functions = network(card.profiles[0])
    vector = functions.vector(RAND, 32)
    assert aka(host, vector.autn) == (0, (vector.res, vector.ik, vector.ck, bytes(14)))
    status, (res, ik, ck, auts) = aka(host, vector.autn)
    assert (status, res, ik, ck) == (36, b"", bytes(16), bytes(16)) and functions.read_auts(RAND, auts) == 32
    assert aka(host, bytes(16)) == (35, None)


def test_mbim_auth_refusals(modem_of, card, pki):
    card.profiles[0].pin = "1234"
    modem, host = modem_of(MbimModem, [card], wants_amf_bit=True, auth_tells_auts=False)
    functions = network(card.profiles[0])
    assert aka(host, functions.autn(RAND, 32, amf=bytes(2))) == (37, None)
    assert aka(host, functions.autn(RAND, 32)) == (5, None)
    assert host.ready_state() == 6  # locked
    card.profiles[0].pin = None
    assert aka(host, functions.autn(RAND, 0)) == (36, None)
    modem.quirks.no_auth_service = True
    assert aka(host, functions.autn(RAND, 32)) == (mbim.STATUS_NO_DEVICE_SUPPORT, None)
    modem.quirks.no_auth_service = False
    modem.insert_card(0, None)
    assert aka(host, functions.autn(RAND, 32)) == (mbim.STATUS_SIM_NOT_INSERTED, None)


def test_two_lines(modem_of, card, pki):
    other = Card(pki, ber.make_eid(pki.eid_prefix, 20260002), [Profile(
        "89000000000000000021", "Other", "Lab", enabled=True, imsi="001019999999999")])
    modem, host = modem_of(MbimModem, [card, other], second_slot=1, auth_slot=1)
    mapped = mbim.InfoReader(host.ask(mbim.MS_EXTENSIONS, 7).info)
    assert mapped.u32() == 2 and [mapped.blob() for _ in range(2)] == [bytes(4), bytes((1, 0, 0, 0))]
    assert modem.slot_state(1) == 7
    vector = network(other.profiles[0]).vector(RAND, 32)
    assert aka(host, vector.autn)[1][0] == vector.res
    assert aka(host, network(card.profiles[0]).autn(RAND, 32)) == (35, None)
