# SPDX-License-Identifier: LGPL-2.1-or-later
"""The codec against the bytes of the standard's figures and against itself."""

import pytest

from esimlab import mbim


def test_command_bytes():
    message = mbim.Message(mbim.COMMAND, 5, service=mbim.BASIC_CONNECT, cid=1)
    assert message.pack().hex() == (
        "03000000" "30000000" "05000000" "01000000" "00000000"
        "a289cc33bcbb8b4fb6b0133ec2aae6df" "01000000" "00000000" "00000000")


def test_open_bytes():
    assert mbim.Message(mbim.OPEN, 1, status=4096).pack().hex() == "01000000100000000100000000100000"


@pytest.mark.parametrize("kind", [mbim.COMMAND, mbim.COMMAND_DONE, mbim.INDICATE])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100, 5000])
@pytest.mark.parametrize("room", [64, 65, 512, 4096])
def test_fragments_round_trip(kind, size, room):
    info = bytes(i & 0xFF for i in range(size))
    message = mbim.Message(kind, 9, service=mbim.UICC, cid=4, info=info)
    frames = message.frames(room)
    assert all(len(frame) <= room for frame in frames)
    stream, reader, assembler, seen = b"".join(frames), mbim.FrameReader(), mbim.Assembler(), []
    for at in range(0, len(stream), 7):
        seen += [assembler.add(frame) for frame in reader.feed(stream[at:at + 7])]
    assert [m for m in seen[:-1] if m is not None] == []
    assert (seen[-1].info, seen[-1].cid, seen[-1].kind) == (info, 4, kind)


def test_fragment_out_of_sequence():
    frames = mbim.Message(mbim.COMMAND, 9, service=mbim.UICC, cid=4, info=bytes(200)).frames(64)
    assembler = mbim.Assembler()
    assembler.add(frames[0])
    with pytest.raises(mbim.MbimError) as caught:
        assembler.add(frames[2])
    assert caught.value.code == mbim.ERROR_OUT_OF_SEQUENCE
    assert not assembler.waiting


def test_information_longer_than_message():
    frame = bytearray(mbim.Message(mbim.COMMAND, 9, service=mbim.UICC, cid=4).pack())
    frame[44] = 8
    with pytest.raises(mbim.MbimError) as caught:
        mbim.Assembler().add(bytes(frame))
    assert caught.value.code == mbim.ERROR_LENGTH_MISMATCH


def test_noise_is_dropped_and_the_next_write_read():
    reader = mbim.FrameReader()
    assert reader.feed(b"\xff" * 20) == []
    assert reader.dropped == 20
    whole = mbim.Message(mbim.OPEN, 1, status=4096).pack()
    assert reader.feed(whole) == [whole]


def test_writer_and_reader_agree_on_references():
    info = mbim.InfoWriter().u32(7).string("ab").uicc_blob(b"xyz").u64(1).bytes()
    assert len(info) % 4 == 0
    reader = mbim.InfoReader(info)
    assert (reader.u32(), reader.string(), reader.uicc_blob(), reader.u64()) == (7, "ab", b"xyz", 1)


def test_reference_outside_the_buffer():
    with pytest.raises(mbim.MbimError):
        mbim.InfoReader(b"\xf0\0\0\0\x08\0\0\0").blob()
