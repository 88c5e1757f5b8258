# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem's side of the card: logical channels, class bytes, response collection.

Follows Microsoft's page on UICC low level access over MBIM, with the deviations seen on real
modems as quirks.
"""

import dataclasses
import time
from collections.abc import Callable

from . import mbim

CID_ATR, CID_OPEN_CHANNEL, CID_CLOSE_CHANNEL, CID_APDU = 1, 2, 3, 4
CID_TERMINAL_CAPABILITY, CID_RESET = 5, 6
INTER_INDUSTRY, EXTENDED = 0, 1
SM_NONE, SM_NO_HEADER, SM_HEADER = 0, 1, 2
INS_GET_RESPONSE = 0xC0


def _default_atr():
    """T=0 with a T=15 block whose TB3 of 82 says that this is an eUICC (SGP.22, clause 2.4.15)."""
    body = bytes.fromhex("9f96c00a3fc782") + bytes.fromhex("8031e073fe211f") + b"esim-lab"
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


DEFAULT_ATR = _default_atr()


def class_byte(channel, kind, secure=SM_NONE):
    """The class byte that the modem makes up; the host's own is thrown away.

    Channels 0 to 3 are coded in two bits, 4 to 19 in four (ETSI TS 102 221, clause 10.1.1).
    """
    if channel < 4:
        bits = {SM_NONE: 0x00, SM_NO_HEADER: 0x08, SM_HEADER: 0x0C}[secure]
        return (0x80 if kind == EXTENDED else 0x00) | bits | channel
    bits = 0x20 if secure else 0x00
    return (0xC0 if kind == EXTENDED else 0x40) | bits | (channel - 4)


def has_le(apdu):
    """Whether a short APDU carries an Le byte."""
    if len(apdu) <= 4:
        return False
    if len(apdu) == 5:
        return True
    return len(apdu) == 6 + apdu[4]


def has_data(apdu):
    return len(apdu) > 5


@dataclasses.dataclass
class Exchange:
    """One channel command or APDU, as it reached the card.

    kind: "open", "close" or "apdu". `counted` is False for GET RESPONSE. For an open `apdu` is the
    AID, for a close it is empty. `status` is the MBIM status that the host got, `sw` the card's
    word (None when there is none), `silent` says that no answer was sent. A hook before it may set
    `spoil`, which takes what the card is about to do, may do it, and returns what is passed off as
    its answer: (data, status word).
    """

    index: int
    kind: str
    slot: int
    channel: int
    apdu: bytes
    group: int = 0
    p2: int = 0
    response: bytes = b""
    sw: int | None = None
    status: int = 0
    counted: bool = True
    silent: bool = False
    spoil: Callable | None = None
    when: float = dataclasses.field(default_factory=time.monotonic)

    @property
    def ins(self):
        return self.apdu[1] if self.kind == "apdu" and len(self.apdu) > 1 else None

    def tag(self):
        """The first tag of a STORE DATA's first block (such as "BF33"), or None."""
        if self.ins != 0xE2 or len(self.apdu) < 6 or self.apdu[3] != 0:
            return None
        data = self.apdu[5:]
        return data[:2 if data[0] & 0x1F == 0x1F else 1].hex().upper()


@dataclasses.dataclass
class Channel:
    number: int
    group: int
    session: object
    aid: bytes
    pending: bytes = b""
    final_sw: int = 0x9000


class Silent(Exception):
    """No answer goes to the host."""


class Uicc:
    """The card access of one modem. All calls come on the modem's thread."""

    def __init__(self, modem):
        self.modem = modem
        self.channels = {}
        self.exchanges = []
        self.terminal_capability = b"\x00\x00\x00\x00"
        self.pass_through = 0
        self.dead = False

    def handle(self, session, message):
        """(status, info) for a command of the UICC service; raises Silent."""
        key = (message.cid, message.operation)
        handlers = {
            (CID_ATR, mbim.QUERY): self._atr,
            (CID_OPEN_CHANNEL, mbim.SET): self._open,
            (CID_CLOSE_CHANNEL, mbim.SET): self._close,
            (CID_APDU, mbim.SET): self._apdu,
            (CID_TERMINAL_CAPABILITY, mbim.QUERY): self._get_terminal_capability,
            (CID_TERMINAL_CAPABILITY, mbim.SET): self._set_terminal_capability,
            (CID_RESET, mbim.QUERY): self._get_reset,
            (CID_RESET, mbim.SET): self._set_reset,
        }
        if key not in handlers or self.modem.quirks.no_uicc_service:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return handlers[key](session, mbim.InfoReader(message.info))

    def forget_channels(self):
        """The card lost its power: nothing is open any more."""
        self.channels.clear()

    def drop_channels(self, session):
        """Close what one client left open."""
        for channel in [c for c in self.channels.values() if c.session is session]:
            self._close_one(channel.number)

    def _card_status(self):
        """The reason why the card cannot be reached now, or 0."""
        if self.modem.card is None:
            return mbim.STATUS_SIM_NOT_INSERTED
        if self.modem.refreshing:
            return self.modem.quirks.busy_status
        return 0

    def _atr(self, _session, _info):
        status = self._card_status()
        if status:
            return status, b""
        atr = getattr(self.modem.card, "atr", None) or DEFAULT_ATR
        return 0, mbim.InfoWriter().uicc_blob(bytes(atr)).bytes()

    def _run(self, exchange, act):
        """Record an exchange, run the hooks around it, tell the host what act says.

        A hook before it that returns True keeps it from the card, as if its sender had died just
        before sending it; one after it that does keeps the answer back, for there is nobody to
        read it.
        """
        self.exchanges.append(exchange)
        if any([hook(exchange) for hook in list(self.modem.before_command)]):
            exchange.silent, exchange.counted = True, False
            raise Silent("dropped by a hook")
        try:
            exchange.status, info = act(exchange)
        except (Silent, self.modem.silent_error):
            exchange.silent = True
        if any([hook(exchange) for hook in list(self.modem.after_command)]):
            exchange.silent = True
        if exchange.silent:
            raise Silent("no answer")
        return exchange.status, info

    def _exchange(self, kind, **fields):
        return Exchange(len(self.exchanges), kind, self.modem.active_slot, **fields)

    def _open(self, session, info):
        aid = info.uicc_blob()
        p2, group = info.u32(), info.u32()
        exchange = self._exchange("open", channel=0, apdu=aid, group=group, p2=p2)

        def act(exchange):
            quirks = self.modem.quirks
            status = self._card_status()
            if status:
                return status, b""
            if self.dead or len(self.channels) >= quirks.max_channels:
                return mbim.STATUS_NO_LOGICAL_CHANNELS, b""
            if quirks.p2_accepted is not None and p2 not in quirks.p2_accepted:
                exchange.sw = 0x6A86
                return mbim.STATUS_SELECT_FAILED, b""
            number, exchange.sw, fci = self._open_one(exchange, aid)
            if exchange.sw == 0x6881 or exchange.sw == 0x6A81:
                return mbim.STATUS_NO_LOGICAL_CHANNELS, b""
            if exchange.sw >> 8 not in (0x90, 0x91, 0x61, 0x62, 0x63):
                return mbim.STATUS_SELECT_FAILED, b""
            exchange.channel, exchange.response = number, fci
            self.channels[number] = Channel(number, group, session, aid)
            return 0, (mbim.InfoWriter().u32(wire_word(exchange.sw), number)
                       .uicc_blob(fci).bytes())
        return self._run(exchange, act)

    def _open_one(self, exchange, aid):
        if exchange.spoil is None:
            return self.modem.card.open_channel(aid)
        number = 0

        def act():
            nonlocal number
            number, sw, fci = self.modem.card.open_channel(aid)
            return fci, sw
        fci, sw = exchange.spoil(act)
        return number, sw, fci

    def _close_one(self, number):
        self.channels.pop(number)
        if self.modem.card is None:
            return 0x9000
        return self.modem.card.close_channel(number)

    def _close(self, _session, info):
        number, group = info.u32(), info.u32()
        exchange = self._exchange("close", channel=number, apdu=b"", group=group)

        def act(exchange):
            status = self._card_status()
            if status:
                return status, b""
            if exchange.spoil is not None and number in self.channels:
                exchange.sw = exchange.spoil(lambda: (b"", self._close_one(number)))[1]
                return 0, mbim.InfoWriter().u32(wire_word(exchange.sw)).bytes()
            exchange.sw = 0x9000
            if number == 0:
                for channel in [c for c in self.channels.values() if c.group == group]:
                    exchange.sw = self._close_one(channel.number)
            elif number not in self.channels:
                return mbim.STATUS_INVALID_LOGICAL_CHANNEL, b""
            else:
                exchange.sw = self._close_one(number)
            return 0, mbim.InfoWriter().u32(wire_word(exchange.sw)).bytes()
        return self._run(exchange, act)

    def _apdu(self, _session, info):
        number, secure, kind = info.u32(), info.u32(), info.u32()
        command = info.uicc_blob()
        if secure > SM_HEADER or kind > EXTENDED or not 4 <= len(command) <= 261:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        apdu = bytes([class_byte(min(number, 19), kind, secure)]) + command[1:]
        exchange = self._exchange("apdu", channel=number, apdu=apdu,
                                  counted=apdu[1] != INS_GET_RESPONSE)

        def act(exchange):
            status = self._card_status()
            if status:
                return status, b""
            channel = self.channels.get(number)
            if channel is None:
                return mbim.STATUS_INVALID_LOGICAL_CHANNEL, b""
            if len(apdu) > self.modem.quirks.max_apdu:
                return mbim.STATUS_INVALID_PARAMETERS, b""
            if exchange.spoil is None:
                exchange.response, exchange.sw = self._transmit(channel, apdu)
            else:
                exchange.response, exchange.sw = exchange.spoil(lambda: self._transmit(channel, apdu))
            return 0, (mbim.InfoWriter().u32(wire_word(exchange.sw))
                       .uicc_blob(exchange.response).bytes())
        return self._run(exchange, act)

    def _transmit(self, channel, apdu):
        """The APDU through this modem's habits: (data, status word)."""
        quirks = self.modem.quirks
        if quirks.needs_le and has_data(apdu) and not has_le(apdu):
            return b"", 0x6700
        if apdu[1] == INS_GET_RESPONSE and channel.pending:
            return self._next_part(channel, apdu)
        channel.pending = b""
        data, sw = self._to_card(apdu)
        if quirks.collects_61xx:
            while sw >> 8 == 0x61:
                more, sw = self._to_card(bytes([class_byte(channel.number, INTER_INDUSTRY),
                                                INS_GET_RESPONSE, 0, 0, sw & 0xFF]))
                data += more
            return data, sw
        if len(data) > 256:
            channel.pending, channel.final_sw = data, sw
            return self._next_part(channel, bytes(5), announce=True)
        return data, sw

    def _to_card(self, apdu):
        answer = self.modem.card.transmit(apdu)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def _next_part(self, channel, apdu, announce=False):
        """Hand a long answer out in pieces of 256 bytes, with 61xx in between."""
        if announce:
            return b"", 0x6100 | (min(len(channel.pending), 256) & 0xFF)
        want = apdu[4] if len(apdu) > 4 and apdu[4] else 256
        data, channel.pending = channel.pending[:want], channel.pending[want:]
        if channel.pending:
            return data, 0x6100 | (min(len(channel.pending), 256) & 0xFF)
        return data, channel.final_sw

    def _get_terminal_capability(self, _session, _info):
        return 0, self.terminal_capability

    def _set_terminal_capability(self, _session, info):
        self.terminal_capability = info.info
        return 0, b""

    def _get_reset(self, _session, _info):
        return 0, mbim.InfoWriter().u32(self.pass_through).bytes()

    def _set_reset(self, _session, info):
        action = info.u32()
        if action > 1:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        if self.modem.card is None:
            return mbim.STATUS_SIM_NOT_INSERTED, b""
        self.pass_through = action
        self.modem.power_cycle_card()
        return 0, mbim.InfoWriter().u32(self.pass_through).bytes()


def wire_word(sw):
    """SW1 travels in the low byte, SW2 in the next."""
    return (sw >> 8) | (sw & 0xFF) << 8
