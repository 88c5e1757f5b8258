# SPDX-License-Identifier: LGPL-2.1-or-later
"""The card in the modem's slot: logical channels, STORE DATA, and behind them
an eUICC that can be told to misbehave."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Callable

from . import apdu as wire
from . import ber, es10
from .euicc import Euicc
from .files import READ_BINARY, READ_RECORD, Files
from .faults import CardSilent, Fault, Faults, LogEntry
from .loading import STORE_METADATA, STORE_METADATA_2
from .pki import Pki
from .profiles import Profile
from .usim import AID as USIM
from .usim import AUTHENTICATE, CONTEXT_3G, VERIFY, Usim, UsimError

ISD_R = bytes.fromhex("A0000005591010FFFFFFFF8900000100")
MORE, LAST = 0x11, 0x91
MAX_COMMAND = 64 * 1024
REFRESH_WAITING = 0x910B
Hook = Callable[[int, bytes], None]


class Card:
    """A removable eUICC with three logical channels beside the basic one.

    `pki` gives it its key and certificate; `profiles` are put on it in order; it knows
    the CIs of `roots` and no others, and likes the first of them best; `rat` are its rules (see
    rat.py), `memory` is how many octets profiles may take.
    Calls may come from any thread, one at a time."""

    def __init__(self, pki: Pki | None = None, eid: str | None = None, profiles: list[Profile] | None = None, *,
                 sw_style: str = "61xx", proactive_status: bool = True, max_channels: int = 3,
                 notification_capacity: int = 64, roots: tuple[str, ...] = ("nist", "brainpool"),
                 rat: list[dict] | None = None, memory: int | None = None, euicc: Euicc | None = None):
        if sw_style not in wire.STYLES:
            raise ValueError(f"sw_style is one of {', '.join(wire.STYLES)}")
        self._lock = threading.RLock()
        self.euicc = euicc or Euicc.born(pki or Pki(), eid, roots)
        if euicc is None:
            self.euicc.notifications.capacity = notification_capacity
        self.euicc.rat = self.euicc.rat if rat is None else rat
        self.euicc.memory = self.euicc.memory if memory is None else memory
        for profile in profiles or []:
            self.euicc.add(profile)
        self.isdr_aid = ISD_R
        self.isdr_present = True
        self.iot = False  # it says at its selection that it keeps to SGP.32
        self.max_channels = max_channels
        self.proactive_status = proactive_status
        self.on_refresh: Callable[["Card"], None] | None = None
        self.before_apdu: list[Hook] = []
        self.after_apdu: list[Hook] = []
        self.exchanges = 0  # channel commands and APDUs, GET RESPONSE not counted
        self.resets = 0
        self.channel_counters: Counter[str] = Counter()
        self._index = 0
        self._faults = Faults()
        self._answers = wire.Answers(sw_style)
        self._channels: dict[int, bytes] = {0: b""}
        self.usim = Usim(lambda: self.euicc.by_iccid(self.euicc.visible))
        self._usims: dict[int, str] = {}  # the ICCID that a channel's USIM belongs to
        self._files = Files(lambda: self.euicc.visible, self.usim, self._has_usim)
        self._chains: dict[int, bytes] = {}
        self._blocks: dict[int, int] = {}
        self._loading_on: int | None = None  # the channel on which a package is coming

    # Settings and observations

    @property
    def sw_style(self) -> str:
        return self._answers.style

    @sw_style.setter
    def sw_style(self, style: str) -> None:
        if style not in wire.STYLES:
            raise ValueError(f"sw_style is one of {', '.join(wire.STYLES)}")
        self._answers.style = style

    @property
    def log(self) -> list[LogEntry]:
        return self._faults.log

    @property
    def counters(self) -> Counter[str]:
        """How often each function ran, by tag; "open" and "close" for channels."""
        return self._faults.counters

    @property
    def eid(self) -> str:
        return self.euicc.eid

    @property
    def profiles(self) -> list[Profile]:
        return self.euicc.profiles

    @property
    def pending_notifications(self):
        return list(self.euicc.notifications.pending)

    @property
    def refuse_iccid_delete(self) -> bool:
        return self.euicc.refuse_iccid_delete

    @refuse_iccid_delete.setter
    def refuse_iccid_delete(self, refuse: bool) -> None:
        self.euicc.refuse_iccid_delete = refuse

    @property
    def needs_reset(self) -> bool:
        """A change without refresh has been made, and the modem was not told."""
        return self.euicc.needs_reset

    @property
    def open_channels(self) -> list[int]:
        return sorted(c for c in self._channels if c)

    def active_iccid(self) -> str | None:
        """What a modem that reads the card now would find in EF.ICCID."""
        with self._lock:
            return self.euicc.visible

    def active_imsi(self) -> str | None:
        with self._lock:
            profile = self.euicc.by_iccid(self.euicc.visible)
            return profile.imsi if profile else None

    def profile(self, iccid: str) -> Profile | None:
        with self._lock:
            return self.euicc.by_iccid(iccid)

    def install(self, profile: Profile) -> Profile:
        """Put one more profile on the card, with its install notifications."""
        with self._lock:
            return self.euicc.add(profile, notify=True)

    # Scripting

    def fail_at(self, tag_hex: str, *, nth: int = 1, times: int = 1, sw: int | None = None,
                data: bytes | None = None, result: int | None = None, silence: bool = False,
                cut_after: bool = False, execute: bool = False) -> None:
        """Let the nth call from now of this function ("BF33", or "open", "close") go wrong, or of what a segment of a
        package begins with ("BF36", "A0", "86"), or simply the nth APDU ("apdu"; collecting an answer is none):
        end with `sw`; answer `data` or the `result` code instead; be silent before doing
        anything; or do it and be silent then (`cut_after`).  `execute` does the work even
        though the answer is replaced."""
        tag = tag_hex if tag_hex in ("open", "close", "apdu") else tag_hex.upper()
        self._faults.add(Fault(tag, nth, times, sw, data, result, silence, cut_after, execute))

    def fail_load(self, command: int, error: int, *, after: int = 1) -> None:
        """Let the next loading end with this bppCommandId and errorReason (loading.py names them), where that
        command is carried out; where elements are loaded (5), with this segment of theirs."""
        at = {STORE_METADATA_2: STORE_METADATA}.get(command, command)
        self.euicc.load_failures.append({"command": command, "error": error, "at": at, "after": after})

    def clear_faults(self) -> None:
        self._faults.clear()
        self.euicc.load_failures.clear()

    def busy(self, times: int) -> None:
        """Answer catBusy this many times to what would need a REFRESH."""
        self.euicc.cat_busy = times

    def state(self) -> dict:
        """Everything that survives without power, fit for JSON."""
        with self._lock:
            return self.euicc.state()

    @classmethod
    def from_state(cls, state: dict, **settings) -> "Card":
        return cls(euicc=Euicc.from_state(state), **settings)

    def swap(self, state: dict) -> dict:
        """Another card is in the slot from now on; gives back the one that was there."""
        with self._lock:
            self._stop_loading()  # the old one notices that its power is gone
            before = self.euicc.state()
            self.euicc = Euicc.from_state(state)
            self.reset()
            return before

    # Power

    def reset(self) -> None:
        """Warm reset: every channel dies, a waiting change of profile takes effect."""
        with self._lock:
            self.resets += 1
            self._channels = {0: b""}
            self._chains.clear()
            self._blocks.clear()
            self._answers.forget()
            self._files.forget()
            self._usims.clear()
            self._loading_on = None
            self.euicc.restarted()
            self.usim.restarted()

    @property
    def refresh_waits(self) -> bool:
        """A REFRESH is there for the modem to fetch: none while an answer waits to be collected."""
        with self._lock:
            return self.euicc.refresh_pending and not self._answers.waiting

    def take_pending_refresh(self) -> bool:
        """For the modem, after each exchange: fetch a waiting REFRESH and carry it out.
        The channels are dead then; `on_refresh` is called; True if there was one.
        While an answer waits to be collected (61xx, 6Cxx) the card holds the REFRESH back."""
        with self._lock:
            if not self.refresh_waits:
                return False
            self.reset()
        if self.on_refresh is not None:
            self.on_refresh(self)
        return True

    # Channels

    def _begin(self, octets: bytes, counts: bool = True) -> int:
        index = self._index
        self._index += 1
        self.exchanges += counts
        for hook in list(self.before_apdu):
            hook(index, octets)
        return index

    def _end(self, index: int, octets: bytes) -> None:
        for hook in list(self.after_apdu):
            hook(index, octets)

    def open_channel(self, aid: bytes) -> tuple[int, int, bytes]:
        """MANAGE CHANNEL and SELECT in one, as modems do it: channel, SW, FCI.
        The hooks see the MANAGE CHANNEL with the AID behind it."""
        with self._lock:
            octets = bytes.fromhex("0070000001") + aid
            index = self._begin(octets)
            channel, sw, fci = self._open(aid, index)
            self._end(index, octets)
            return channel, sw, fci

    def _open(self, aid: bytes, index: int) -> tuple[int, int, bytes]:
        fault = self._faults.take("open")
        if fault and fault.silence:
            raise CardSilent("open")
        channel, sw, fci = 0, fault.sw if fault else None, b""
        if sw is None:
            channel, sw = self._free_channel()
        if channel:
            self._channels[channel] = b""
            sw, fci = self._select(channel, aid)
        if sw != 0x9000 and channel:
            del self._channels[channel]
            channel = 0
        if fault and fault.data is not None:
            fci = fault.data
        self._faults.record(LogEntry("OpenChannel", "open", sw, channel, aid, fci, index))
        if fault and fault.cut_after:
            raise CardSilent("open")
        return channel, sw, fci

    def _free_channel(self) -> tuple[int, int]:
        for channel in range(1, self.max_channels + 1):
            if channel not in self._channels:
                return channel, 0x9000
        return 0, 0x6A81

    def _select(self, channel: int, aid: bytes) -> tuple[int, bytes]:
        if aid == self.isdr_aid and self.isdr_present:
            self._channels[channel] = aid
            self._files.forget(channel)
            own = ber.encode(0xE0, ber.encode(0x82, es10.SVN))
            inside = [ber.encode(0x9F65, b"\xff")]
            if self.iot:
                inside.append(ber.encode(0xE1, ber.encode(0x80, b"\x06\x40")))
            limits = ber.encode(0xA5, *inside)
            return 0x9000, ber.encode(0x6F, ber.encode(0x84, aid), limits, own)
        usim = self.euicc.visible is not None and len(aid) >= 7 and USIM.startswith(aid[:16])
        if usim:
            self._channels[channel] = USIM
            self._usims[channel] = self.euicc.visible
            self._files.application_selected(channel)
            return 0x9000, ber.encode(0x62, ber.encode(0x82, b"\x78\x21"), ber.encode(0x84, USIM))
        return 0x6A82, b""

    def close_channel(self, channel: int) -> int:
        with self._lock:
            octets = bytes((0x00, 0x70, 0x80, channel & 0xFF, 0x00))
            index = self._begin(octets)
            fault = self._faults.take("close")
            if fault and fault.silence:
                raise CardSilent("close")
            sw = fault.sw if fault and fault.sw else self._close(channel)
            self._faults.record(LogEntry("CloseChannel", "close", sw, channel, b"", b"", index))
            if fault and fault.cut_after:
                raise CardSilent("close")
            self._end(index, octets)
            return sw

    def _close(self, channel: int) -> int:
        if channel == 0 or channel not in self._channels:
            return 0x6881
        del self._channels[channel]
        self._chains.pop(channel, None)
        self._blocks.pop(channel, None)
        self._answers.forget(channel)
        self._files.forget(channel)
        self._usims.pop(channel, None)
        if self._loading_on == channel:
            self._stop_loading()
        return 0x9000

    def _has_usim(self, channel: int) -> bool:
        """Whether this channel has the USIM selected, and it is still that of the enabled profile."""
        if self._channels.get(channel) != USIM or self.euicc.visible is None:
            return False
        return self.usim.follows or self._usims.get(channel) == self.euicc.visible

    # Commands

    def transmit(self, apdu: bytes) -> bytes:
        """One command APDU; the answer's data with SW1 SW2 behind it."""
        with self._lock:
            collects = len(apdu) > 1 and apdu[1] == wire.GET_RESPONSE
            index = self._begin(apdu, counts=not collects)
            fault = None if collects else self._faults.take("apdu")
            try:
                answer = self._answer(apdu, index) if fault is None else self._answer_badly(fault, apdu, index)
            except (wire.ApduError, es10.StatusError, UsimError) as error:
                answer = error.sw.to_bytes(2, "big")
            self._end(index, apdu)
            return answer

    def _answer_badly(self, fault: Fault, apdu: bytes, index: int) -> bytes:
        answer = self._answer(apdu, index) if fault.acts else b""
        if fault.silence or fault.cut_after:
            raise CardSilent("apdu")
        return (fault.data or b"") + fault.sw.to_bytes(2, "big") if fault.sw is not None else answer

    def _answer(self, apdu: bytes, index: int) -> bytes:
        command = wire.read_command(apdu)
        if command.cla == 0xFF or (command.cla & 0xE0) == 0x20:
            raise wire.ApduError(0x6E00)
        channel = command.channel
        if channel not in self._channels:
            raise wire.ApduError(0x6881)
        if command.secured:
            raise wire.ApduError(0x6882)
        if command.ins == wire.GET_RESPONSE:
            return self._answers.collect(channel, command)
        again = self._answers.repeated(channel, apdu, command)
        if again is not None:
            return again
        if command.ins in self.INTERINDUSTRY and not command.proprietary:
            return self.INTERINDUSTRY[command.ins](self, channel, apdu, command, index)
        if command.ins != wire.STORE_DATA:
            raise wire.ApduError(0x6D00)
        return self._store_data(channel, apdu, command, index)

    def _read_binary(self, channel: int, _apdu: bytes, command: wire.Command, _index: int) -> bytes:
        data, sw = self._files.read(channel, command.p1 << 8 | command.p2, command.le or 0)
        return data + sw.to_bytes(2, "big")

    def _read_record(self, channel: int, _apdu: bytes, command: wire.Command, _index: int) -> bytes:
        data, sw = self._files.read_record(channel, command.p1, command.p2, command.le or 0)
        return data + sw.to_bytes(2, "big")

    def _select_command(self, channel: int, apdu: bytes, command: wire.Command, _index: int) -> bytes:
        if command.p1 == 0:
            return self._answers.give(channel, apdu, command, *self._files.select(channel, command.data))
        return self._select_by_name(channel, apdu, command)

    def _verify(self, channel: int, _apdu: bytes, command: wire.Command, _index: int) -> bytes:
        self._need_usim(channel)
        if (command.p1, command.p2) != (0, 1):
            raise wire.ApduError(0x6A86)
        return self.usim.verify(command.data).to_bytes(2, "big")

    def _need_usim(self, channel: int) -> None:
        if self._channels[channel] != USIM:
            raise wire.ApduError(0x6D00)
        if not self._has_usim(channel):
            raise wire.ApduError(0x6999)

    def _authenticate(self, channel: int, apdu: bytes, command: wire.Command, index: int) -> bytes:
        """Its log holds no keys: as a card's they stay where they are asked for."""
        self._need_usim(channel)
        if not self._files.in_application(channel):
            raise wire.ApduError(0x6985)
        if (command.p1, command.p2) != (0, CONTEXT_3G):
            raise wire.ApduError(0x6A86)
        if len(command.data) != 34 or command.data[0] != 16 or command.data[17] != 16:
            raise wire.ApduError(0x6A80)
        fault = self._faults.take("88")
        if fault and fault.silence:
            raise CardSilent("Authenticate")
        data, sw = b"", 0x9000
        if fault is None or fault.acts:
            data, sw = self.usim.authenticate(command.data[1:17], command.data[18:])
        self._faults.record(LogEntry("Authenticate", "88", sw, channel, apdu, b"", index))
        if fault:
            data, sw = self._spoil(fault, "88", data, None)
        return self._answers.give(channel, apdu, command, data, sw)

    def authenticate(self, rand: bytes, autn: bytes) -> tuple[bytes, int]:
        """A modem that asks the USIM by itself: data and status word."""
        with self._lock:
            return self.usim.authenticate(rand, autn)

    def _manage(self, _channel: int, _apdu: bytes, command: wire.Command, index: int) -> bytes:
        if command.p1 == 0x80:
            sw = self._close(command.p2)
            self._faults.record(LogEntry("CloseChannel", "close", sw, command.p2, b"", b"", index))
            return sw.to_bytes(2, "big")
        if command.p1 or command.p2:
            raise wire.ApduError(0x6A86)
        channel, sw = self._free_channel()
        self._faults.record(LogEntry("OpenChannel", "open", sw, channel, b"", b"", index))
        if not channel:
            raise wire.ApduError(sw)
        self._channels[channel] = b""
        return bytes((channel, 0x90, 0x00))

    def _select_by_name(self, channel: int, apdu: bytes, command: wire.Command) -> bytes:
        if command.p1 != 0x04:
            raise wire.ApduError(0x6A86)
        sw, fci = self._select(channel, command.data)
        return self._answers.give(channel, apdu, command, fci, sw)

    def _store_data(self, channel: int, apdu: bytes, command: wire.Command, index: int) -> bytes:
        if not command.proprietary:
            raise wire.ApduError(0x6E00)
        if not self._channels[channel]:
            raise wire.ApduError(0x6999)
        if self._channels[channel] != self.isdr_aid:
            raise wire.ApduError(0x6D00)
        if command.p1 not in (MORE, LAST):
            raise wire.ApduError(0x6A86)
        self._gather(channel, command)
        if command.p1 == MORE:
            return b"\x90\x00"
        body = self._chains.pop(channel)
        self._blocks.pop(channel)
        data, sw = self._run(channel, body, index)
        return self._answers.give(channel, apdu, command, data, sw)

    def _gather(self, channel: int, command: wire.Command) -> None:
        """Block numbers count from 0 in each command; block 0 begins it anew."""
        if command.p2 == 0:
            self._chains[channel], self._blocks[channel] = b"", 0
        if self._blocks.get(channel) != command.p2:
            self._chains.pop(channel, None)
            self._blocks.pop(channel, None)
            raise wire.ApduError(0x6A86)
        self._chains[channel] += command.data
        self._blocks[channel] = (command.p2 + 1) & 0xFF or 256
        if len(self._chains[channel]) > MAX_COMMAND:
            raise wire.ApduError(0x6A84)

    def _run(self, channel: int, body: bytes, index: int) -> tuple[bytes, int]:
        """One function, or one segment of a package: those begin with BF36 and go on with what is no function."""
        if self._loads(channel, body):
            tag, name, act = f"{ber.header(body)[0]:X}", "LoadBoundProfilePackage", self._load
            request = None
        else:
            try:
                request = ber.parse(body)
            except ber.BerError:
                raise wire.ApduError(0x6A80) from None
            tag, name = f"{request.tag:X}", es10.FUNCTIONS.get(request.tag, ("unknown", None))[0]
            act = self._function
        return self._carry_out(LogEntry(name, tag, 0x9000, channel, body, b"", index), act, request)

    def _loads(self, channel: int, body: bytes) -> bool:
        try:
            tag = ber.header(body)[0]
        except ber.BerError:
            return False
        if tag == 0xBF36:
            return True
        return self._loading_on == channel and tag not in es10.FUNCTIONS

    def _function(self, entry: LogEntry, request: ber.Tlv) -> bytes:
        if self._loading_on == entry.channel:
            self._stop_loading()
        return es10.execute(self.euicc, request)

    def _load(self, entry: LogEntry, _request: None) -> bytes:
        if entry.tag == "BF36":
            self._stop_loading()
        answer = self.euicc.load(entry.request)
        if answer is None:
            raise es10.StatusError(0x6985)
        self._loading_on = entry.channel if self.euicc.loading else None
        return answer

    def _stop_loading(self) -> None:
        self._loading_on = None
        self.euicc.interrupt_loading()

    def _carry_out(self, entry: LogEntry, act: Callable, request: ber.Tlv | None) -> tuple[bytes, int]:
        fault = self._faults.take(entry.tag)
        data, sw = b"", 0x9000
        try:
            if fault and fault.silence:
                raise CardSilent(entry.name)
            if fault is None or fault.acts:
                data = act(entry, request)
            if fault:
                data, sw = self._spoil(fault, entry.tag, data, request)
            if sw == 0x9000 and self.euicc.refresh_pending and self.proactive_status:
                sw = REFRESH_WAITING
        except es10.StatusError as error:
            data, sw = b"", error.sw
        except CardSilent:
            self._faults.record(entry._replace(sw=None, response=data))
            raise
        self._faults.record(entry._replace(sw=sw, response=data))
        return data, sw

    @staticmethod
    def _spoil(fault: Fault, tag: str, data: bytes, request: ber.Tlv | None) -> tuple[bytes, int]:
        if fault.cut_after:
            raise CardSilent(tag)
        if fault.sw is not None:
            return fault.data or b"", fault.sw
        if fault.result is not None:
            return es10.result_answer(int(tag, 16), fault.result, request), 0x9000
        return data if fault.data is None else fault.data, 0x9000

    INTERINDUSTRY = {wire.MANAGE_CHANNEL: _manage, wire.SELECT: _select_command, READ_BINARY: _read_binary,
                     READ_RECORD: _read_record, VERIFY: _verify, AUTHENTICATE: _authenticate}
