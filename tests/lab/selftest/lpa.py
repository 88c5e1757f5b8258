# SPDX-License-Identifier: LGPL-2.1-or-later
"""Just enough of an LPA to drive the card in its own tests."""

from esimlab import ber
from esimlab.card import ISD_R


class Lpa:
    def __init__(self, card, segment=255, le=True):
        self.card = card
        self.segment = segment
        self.le = le
        self.channel, self.sw, self.fci = card.open_channel(ISD_R)

    def cla(self):
        return 0x80 | self.channel if self.channel < 4 else 0xC0 | self.channel - 4

    def send(self, body):
        """Data and status word of one command, chained and collected as needed."""
        blocks = [body[i:i + self.segment] for i in range(0, len(body), self.segment)]
        for number, block in enumerate(blocks):
            p1 = 0x91 if number == len(blocks) - 1 else 0x11
            apdu = bytes((self.cla(), 0xE2, p1, number, len(block))) + block
            answer = self.card.transmit(apdu + (b"\x00" if self.le and p1 == 0x91 else b""))
            if p1 == 0x11 and answer != b"\x90\x00":
                return b"", int.from_bytes(answer, "big")
        if answer[-2] == 0x6C:
            answer = self.card.transmit(apdu + answer[-1:])
        data = answer[:-2]
        while answer[-2] == 0x61:
            answer = self.card.transmit(bytes((self.cla(), 0xC0, 0, 0, answer[-1])))
            data += answer[:-2]
        return data, int.from_bytes(answer[-2:], "big")

    def ask(self, tag, *parts):
        data, sw = self.send(ber.encode(tag, *parts))
        assert sw in (0x9000, 0x910B), f"{sw:04X}"
        answer = ber.parse(data)
        ber.walk(answer)
        assert answer.tag == tag
        return answer

    def result(self, tag, *parts):
        return ber.read_integer(self.ask(tag, *parts).need(0x80).value)

    def by_iccid(self, iccid):
        return ber.encode(0x5A, ber.iccid_octets(iccid))

    def switch(self, tag, profile, refresh=True):
        return self.result(tag, ber.encode(0xA0, ber.encode(0x4F, profile.aid)),
                           ber.encode(0x81, ber.boolean(refresh)))

    def enable(self, profile, refresh=True):
        return self.switch(0xBF31, profile, refresh)

    def disable(self, profile, refresh=True):
        return self.switch(0xBF32, profile, refresh)

    def delete(self, profile):
        return self.result(0xBF33, ber.encode(0x4F, profile.aid))

    def profiles(self, *parts):
        return self.ask(0xBF2D, *parts).need(0xA0).children()

    def notifications(self, *parts):
        return self.ask(0xBF2B, *parts).need(0xA0).children()
