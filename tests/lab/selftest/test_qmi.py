# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI's framing, by bytes that libqmi sends and takes."""

import pytest

from esimlab import qmi
from esimlab.card import ISD_R

FCI = bytes(range(28))
ALLOCATE = qmi.Message(qmi.CTL, 0, qmi.REQUEST, 2, 0x22, [(0x01, b"\x0b")])
OPEN = qmi.Message(qmi.UIM, 1, qmi.REQUEST, 2, 0x42, [(0x01, b"\x01"), (0x10, qmi.short_array(ISD_R))])
APDU = qmi.Message(qmi.UIM, 1, qmi.REQUEST, 3, 0x3B, [
    (0x01, b"\x01"), (0x02, qmi.long_array(bytes.fromhex("81e2910006bf3e035c015a"))), (0x10, b"\x01")])
CLOSE = qmi.Message(qmi.UIM, 1, qmi.REQUEST, 4, 0x3F, [(0x01, b"\x01"), (0x11, b"\x01"), (0x13, b"\x01")])
PROXY = qmi.Message(qmi.CTL, 0, qmi.REQUEST, 1, 0xFF00, [(0x01, b"/dev/null")])

# Seen between libqmi 1.32 and a modem that was not there.
VECTORS = [
    (PROXY, "011700000000000100ff0c000109002f6465762f6e756c6c"),
    (PROXY.answer(), "011200800000010100ff070002040000000000"),
    (ALLOCATE, "010f000000000002220004000101000b"),
    (ALLOCATE.answer([(0x01, b"\x0b\x01")]), "011700800000010222000c00020400000000000102000b01"),
    (OPEN, "012400000b01000200420018000101000110110010" + ISD_R.hex()),
    (OPEN.answer([(0x10, b"\x01"), (0x11, b"\x90\x00"), (0x12, qmi.short_array(FCI))]),
     "013c00800b010202004200300002040000000000100100011102009000121d001c" + FCI.hex()),
    (APDU, "012400000b010003003b00180001010001020d000b0081e2910006bf3e035c015a10010001"),
    (APDU.answer([(0x10, qmi.long_array(bytes(21) + b"\x90\x00"))]),
     "012f00800b010203003b0023000204000000000010190017" "00" + bytes(21).hex() + "9000"),
    (CLOSE, "011800000b010004003f000c00010100011101000113010001"),
    (CLOSE.answer([(0x11, b"\x90\x00")]), "011800800b010204003f000c00020400000000001102009000"),
]


@pytest.mark.parametrize("message, octets", VECTORS)
def test_octets(message, octets):
    assert message.pack().hex() == octets
    read = qmi.parse(bytes.fromhex(octets))
    fields = ("service", "client", "kind", "transaction", "number", "tlvs")
    assert [getattr(read, name) for name in fields] == [getattr(message, name) for name in fields]


def test_indication_and_error():
    told = qmi.Message(qmi.UIM, 3, qmi.INDICATION, 0, 0x32, [(0x10, b"\x00")])
    assert told.pack()[6] == 4 and qmi.parse(told.pack()).kind == qmi.INDICATION
    assert qmi.parse(CLOSE.answer(error=48).pack()).error == 48
    assert told.error is None and CLOSE.answer().error == 0


def test_a_stream_in_pieces():
    reader = qmi.FrameReader()
    stream = OPEN.pack() + APDU.pack()
    frames = [frame for octet in stream for frame in reader.feed(bytes([octet]))]
    assert frames == [OPEN.pack(), APDU.pack()] and reader.dropped == 0
    assert reader.feed(b"\x02" + OPEN.pack()) == [] and reader.dropped == len(OPEN.pack()) + 1
    assert reader.feed(CLOSE.pack()) == [CLOSE.pack()]


@pytest.mark.parametrize("octets", [
    "010f000000000002220004000101",                # the frame is cut
    "0105000000000002",                            # no room for a message's head
    "010f000000000002220005000101000b",            # the message says that it is longer
    "010f000000000002220004000102000b",            # the TLV does
    "010d00000000000222000200010b",                # half a TLV's head
    "010f000000000702220004000101000b",            # flags of no kind
])
def test_malformed(octets):
    with pytest.raises(qmi.QmiError) as caught:
        qmi.parse(bytes.fromhex(octets))
    assert caught.value.code == qmi.ERROR_MALFORMED


def test_arrays():
    assert qmi.read_short_array(b"\xff\x02ab", 1) == b"ab" and qmi.read_long_array(b"\x01\x00x") == b"x"
    for broken in (b"", b"\x03ab"):
        with pytest.raises(qmi.QmiError):
            qmi.read_short_array(broken)
    for broken in (b"\x01", b"\x03\x00ab"):
        with pytest.raises(qmi.QmiError):
            qmi.read_long_array(broken)
