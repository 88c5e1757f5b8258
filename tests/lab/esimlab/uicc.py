# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem's side of the card, whatever the host speaks: logical channels, the account of exchanges, collection of long
answers, with the deviations seen on real modems as quirks.
"""

import dataclasses
import enum
import time
from collections.abc import Callable

INS_GET_RESPONSE = 0xC0
USIM_BEGINS = bytes.fromhex("A0000000871002")


def _default_atr():
    """T=0 with a T=15 block whose TB3 of 82 says that this is an eUICC (SGP.22, clause 2.4.15)."""
    body = bytes.fromhex("9f96c00a3fc782") + bytes.fromhex("8031e073fe211f") + b"esim-lab"
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


DEFAULT_ATR = _default_atr()


class Refusal(enum.Enum):
    """Why the card saw nothing of a command, or would not select; each protocol has its own numbers for these."""

    NO_CARD = "no card"
    BUSY = "the card starts"
    NO_CHANNELS = "no channel is free"
    SELECT_FAILED = "the card selects nothing by this name"
    NO_SUCH_CHANNEL = "no such channel"
    TOO_LONG = "the command is too long"
    HABIT = "this modem does not do it"


def channel_class(cla, channel):
    """A class byte for this channel, otherwise as it was; channels 0 to 3 are coded in two bits, 4 to 19 in four, with
    one bit for secure messaging (ETSI TS 102 221, clause 10.1.1)."""
    further = bool(cla & 0x40)
    secure = bool(cla & (0x20 if further else 0x0C))
    if channel < 4:
        kept = (0x0C if secure else 0x00) if further else cla & 0x0C
        return cla & 0x80 | kept | channel
    return cla & 0x80 | 0x40 | (0x20 if secure else 0x00) | min(channel, 19) - 4


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
    AID, for a close it is empty. `status` is the MBIM status or QMI error that the host got, `refusal`
    what it stands for, `sw` the card's word (None when there is none), `silent` says that no answer
    was sent. A hook before it may set `spoil`, which takes what the card is about to do, may do it,
    and returns what is passed off as its answer: (data, status word).
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
    refusal: Refusal | None = None
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
    opener: object
    aid: bytes
    pending: bytes = b""
    final_sw: int = 0x9000


class Silent(Exception):
    """No answer goes to the host."""


class Uicc:
    """The card access of one modem. All calls come on the modem's thread.

    An opener is who asks: a session of MBIM, a client of QMI. Its `code (refusal)` says what number its protocol
    has for a Refusal. What a command led to is in the Exchange that comes back; Silent is raised if the host hears nothing.
    """

    def __init__(self, modem):
        self.modem = modem
        self.channels = {}
        self.exchanges = []
        self.dead = self.stuck = False

    def forget_channels(self):
        """The card lost its power: nothing is open any more."""
        self.channels.clear()

    def leave_behind(self, count, aid, group):
        """Channels that somebody opened before our time, and nobody will close."""
        for _ in range(count):
            number, _, _ = self.modem.card.open_channel(aid)
            self.channels[number] = Channel(number, group, None, aid)

    def drop_channels(self, opener):
        """Close what one client left open."""
        for channel in [c for c in self.channels.values() if c.opener is opener]:
            self._close_one(channel.number)

    def unreachable(self):
        """The reason why the card cannot be reached now, or None."""
        if self.modem.card is None or self.modem.powered_off:
            return Refusal.NO_CARD
        return Refusal.BUSY if self.modem.refreshing else None

    def atr(self):
        return bytes(getattr(self.modem.card, "atr", None) or DEFAULT_ATR)

    def _run(self, opener, exchange, act):
        """Record an exchange, run the hooks around it, do it: act returns None, a Refusal, or the number of one.

        A hook before it that returns True keeps it from the card, as if its sender had died just
        before sending it; one after it that does keeps the answer back, for there is nobody to
        read it.
        """
        self.exchanges.append(exchange)
        if any([hook(exchange) for hook in list(self.modem.before_command)]):
            exchange.silent, exchange.counted = True, False
            raise Silent("dropped by a hook")
        try:
            refusal = self.unreachable() or act(exchange)
            if isinstance(refusal, int):
                exchange.refusal, exchange.status = Refusal.HABIT, refusal
            elif refusal:
                exchange.refusal, exchange.status = refusal, opener.code(refusal)
        except (Silent, self.modem.silent_error):
            exchange.silent = True
        if any([hook(exchange) for hook in list(self.modem.after_command)]):
            exchange.silent = True
        if exchange.silent:
            raise Silent("no answer")
        return exchange

    def _exchange(self, kind, **fields):
        return Exchange(len(self.exchanges), kind, self.modem.active_slot, **fields)

    def open(self, opener, aid, p2=0, group=0):
        exchange = self._exchange("open", channel=0, apdu=aid, group=group, p2=p2)

        def act(exchange):
            quirks = self.modem.quirks
            if quirks.open_status is not None:
                return quirks.open_status
            if quirks.keeps_usim and aid[:len(USIM_BEGINS)] == USIM_BEGINS:
                return Refusal.SELECT_FAILED
            if self.dead or self.stuck or len(self.channels) >= quirks.max_channels:
                return Refusal.NO_CHANNELS
            if quirks.p2_accepted is not None and p2 not in quirks.p2_accepted:
                exchange.sw = 0x6A86
                self.stuck = quirks.open_failure_is_final
                return Refusal.SELECT_FAILED
            number, exchange.sw, fci = self._open_one(exchange, aid)
            if exchange.sw == 0x6881 or exchange.sw == 0x6A81:
                return Refusal.NO_CHANNELS
            if exchange.sw >> 8 not in (0x90, 0x91, 0x61, 0x62, 0x63):
                self.stuck = quirks.open_failure_is_final
                return Refusal.SELECT_FAILED
            exchange.channel, exchange.response = number, fci
            self.channels[number] = Channel(number, group, opener, aid)
            return None
        return self._run(opener, exchange, act)

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

    def close(self, opener, number, group=None):
        """Close one channel, or with number 0 and a group all that have it."""
        exchange = self._exchange("close", channel=number, apdu=b"", group=group or 0)

        def act(exchange):
            if exchange.spoil is not None and number in self.channels:
                exchange.sw = exchange.spoil(lambda: (b"", self._close_one(number)))[1]
                return None
            exchange.sw = 0x9000
            if number == 0 and group is not None:
                for channel in [c for c in self.channels.values() if c.group == group]:
                    exchange.sw = self._close_one(channel.number)
            elif number not in self.channels:
                exchange.sw = None
                return Refusal.NO_SUCH_CHANNEL
            else:
                exchange.sw = self._close_one(number)
            return None
        return self._run(opener, exchange, act)

    def apdu(self, opener, number, apdu):
        """One command, its class byte as the card shall see it."""
        exchange = self._exchange("apdu", channel=number, apdu=apdu,
                                  counted=apdu[1] != INS_GET_RESPONSE)

        def act(exchange):
            channel = self.channels.get(number)
            if channel is None:
                return Refusal.NO_SUCH_CHANNEL
            if self.modem.quirks.apdu_status is not None:
                return self.modem.quirks.apdu_status
            if len(apdu) > self.modem.quirks.max_apdu:
                return Refusal.TOO_LONG
            if exchange.spoil is None:
                exchange.response, exchange.sw = self._transmit(channel, apdu)
            else:
                exchange.response, exchange.sw = exchange.spoil(lambda: self._transmit(channel, apdu))
            return None
        return self._run(opener, exchange, act)

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
                more, sw = self._to_card(bytes([channel_class(0x00, channel.number),
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
