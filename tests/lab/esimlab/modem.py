# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cellular modem that speaks MBIM and has cards in its slots.

It has a thread of its own with an asyncio loop; wires (see wires.py) bring frames to its sessions.
A session is one opener of the device, or one client of the proxy.
"""

import asyncio
import dataclasses
import struct
import threading
import time

from . import mbim
from .faults import CardSilent
from .uicc import Silent, Uicc

CID_DEVICE_CAPS, CID_READY_STATUS, CID_RADIO_STATE = 1, 2, 3
CID_DEVICE_SERVICES, CID_SUBSCRIBE_LIST = 16, 19
CID_SYS_CAPS, CID_SLOT_MAPPINGS, CID_SLOT_INFO, CID_VERSION = 5, 7, 8, 15

READY_NOT_INITIALIZED, READY_INITIALIZED, READY_NO_SIM = 0, 1, 2
READY_LOCKED, READY_NO_ESIM_PROFILE = 6, 7
SLOT_OFF, SLOT_EMPTY, SLOT_NOT_READY, SLOT_ACTIVE = 2, 3, 4, 5
SLOT_ACTIVE_ESIM, SLOT_ACTIVE_ESIM_NO_PROFILES = 7, 8

REFRESH_MODES = ("ready_0_1", "7_0_1", "silent", "reset_needed")


@dataclasses.dataclass
class Quirks:
    """How this modem differs from the specification's ideal. Times in seconds."""

    p2_accepted: set | None = None        # P2 values that SELECT takes; None: all
    needs_le: bool = False                # a command with data and no Le gets 6700
    collects_61xx: bool = True            # asks for the rest of an answer itself
    max_apdu: int = 261                   # a longer command is INVALID_PARAMETERS
    max_transfer: int = 4096              # largest frame that it sends or takes
    single_slot: bool = False             # knows no slot commands: NO_DEVICE_SUPPORT
    no_uicc_service: bool = False         # has no UICC low level access at all
    leaks_channels: bool = True           # channels of a dead client stay open
    max_channels: int = 3
    refresh_mode: str = "ready_0_1"
    refresh_delay: float = 0.05           # from the answer to the card's reset
    ready_delay: float = 0.05             # between two ready states
    busy_status: int = mbim.STATUS_NOT_INITIALIZED   # while the card starts
    locked: bool = False                  # the PIN is wanted: ready state 6
    mbimex: int | None = None             # extensions version, 0x0200 or 0x0300
    inactive_slot_state: int | None = None   # what an inactive slot with a card reports
    first_command_after_switch_fails: bool = False
    slow: float = 0.0                     # before each answer of the card


class Session:
    """One client of the modem. `send` takes the bytes of one frame."""

    def __init__(self, modem, send, name):
        self.modem, self.send, self.name = modem, send, name
        self.assembler = mbim.Assembler()
        self.opened = False
        self.max_transfer = 4096
        self.subscribed = None
        self.mbimex = 0x0100

    def start(self, max_transfer):
        """OPEN: whatever an earlier opener of this wire had set is gone."""
        self.assembler.clear()
        self.opened = True
        self.max_transfer = max(64, min(max_transfer, self.modem.quirks.max_transfer))
        self.subscribed = None
        self.mbimex = 0x0100

    def wants(self, service, cid):
        if not self.opened:
            return False
        if self.subscribed is None:
            return service == mbim.BASIC_CONNECT
        cids = self.subscribed.get(service)
        return cids is not None and (not cids or cid in cids)

    def post(self, message):
        for frame in message.frames(self.max_transfer):
            self.modem.note("<", self, frame)
            self.send(frame)

    def receive(self, frame):
        """A frame from the host, on the modem's thread."""
        self.modem.note(">", self, frame)
        transaction = struct.unpack_from("<I", frame, 8)[0]
        if len(frame) > self.modem.quirks.max_transfer:
            self.refuse(transaction, mbim.ERROR_MAX_TRANSFER)
            return
        try:
            message = self.assembler.add(frame)
        except mbim.MbimError as error:
            self.refuse(transaction, error.code)
            return
        if message is not None:
            self.modem.dispatch(self, message)

    def refuse(self, transaction, code):
        self.post(mbim.Message(mbim.FUNCTION_ERROR, transaction, status=code))


class MbimModem:
    """slots: cards (or None for an empty slot), the first one active. quirks: see Quirks."""

    def __init__(self, slots=(), *, record_file=None, **quirks):
        self.quirks = Quirks(**quirks)
        if self.quirks.refresh_mode not in REFRESH_MODES:
            raise ValueError(f"refresh_mode is one of {', '.join(REFRESH_MODES)}")
        self.slots = list(slots) or [None]
        self.active_slot = 0
        self.sessions = []
        self.wires = []
        self.before_command, self.after_command, self.after_response = [], [], []
        self.uicc = Uicc(self)
        self.silent_error = CardSilent
        self.ready_override = None
        self.refreshing = False
        self.faults = []
        self.errors = []
        self._just_switched = False
        self._record = open(record_file, "a", encoding="utf-8") if record_file else None
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="modem", daemon=True)
        self._thread.start()

    # -- the thread -----------------------------------------------------------------------------

    def _run_loop(self):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda _loop, context: self.errors.append(context))
        self.loop.run_forever()

    def call(self, function, *arguments):
        """Run a function on the modem's thread and return what it returns."""
        if threading.current_thread() is self._thread:
            return function(*arguments)

        async def run():
            return function(*arguments)
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def close(self):
        """Unplug for good and end the thread."""
        if not self._thread.is_alive():
            return
        for wire in list(self.wires):
            wire.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()
        if self._record:
            self._record.close()

    def note(self, direction, session, frame):
        """One line of the transcript: time, direction, client, bytes."""
        if self._record:
            self._record.write(f"{time.time():.6f} {session.name} {direction} {frame.hex()}\n")
            self._record.flush()

    # -- for tests ------------------------------------------------------------------------------

    @property
    def card(self):
        return self.slots[self.active_slot]

    @property
    def exchanges(self):
        return self.uicc.exchanges

    @property
    def open_channels(self):
        return sorted(self.uicc.channels)

    def exchange_count(self, since=0, kinds=("open", "close", "apdu")):
        """Channel commands and APDUs from index `since` on; GET RESPONSE is not counted."""
        return sum(1 for e in self.exchanges[since:] if e.counted and e.kind in kinds)

    def fail(self, match, action, times=1):
        """Misbehave on the next `times` commands for which match (Message) is true.

        action: "silent" (no answer), "unplug", "garbage" (an information buffer of noise),
        "truncate" (half of it), "oversize" (a reference far outside of it), an int (this MBIM
        status), or a pair ("host-error", code). The card has done its part in all cases but an
        int, "unplug" and the pair.
        """
        self.faults.append([match, action, times])

    def unplug(self):
        for wire in list(self.wires):
            wire.unplug()

    def replug(self):
        """Back in: the card was without power meanwhile."""
        self.call(self._power_lost)
        for wire in list(self.wires):
            wire.replug()

    def _power_lost(self):
        self.uicc.forget_channels()
        self.uicc.dead = self.refreshing = False
        self.ready_override = None
        self.active_slot = 0
        for session in self.sessions:
            session.opened = False
        for card in filter(None, self.slots):
            card.reset()

    # -- sessions -------------------------------------------------------------------------------

    def attach(self, send, name):
        session = Session(self, send, name)
        self.sessions.append(session)
        return session

    def detach(self, session):
        if session in self.sessions:
            self.sessions.remove(session)
        if not self.quirks.leaks_channels:
            self.uicc.drop_channels(session)

    def dispatch(self, session, message):
        kind, transaction = message.kind, message.transaction
        if kind == mbim.OPEN:
            if not self.quirks.leaks_channels:
                self.uicc.drop_channels(session)
            session.start(message.status)
            session.post(mbim.Message(mbim.OPEN_DONE, transaction))
        elif kind == mbim.CLOSE:
            session.opened = False
            if not self.quirks.leaks_channels:
                self.uicc.drop_channels(session)
            session.post(mbim.Message(mbim.CLOSE_DONE, transaction))
        elif kind == mbim.HOST_ERROR:
            session.assembler.clear()
        elif kind != mbim.COMMAND:
            session.refuse(transaction, mbim.ERROR_UNKNOWN)
        elif not session.opened:
            session.refuse(transaction, mbim.ERROR_NOT_OPENED)
        else:
            self._command(session, message)

    def _take_fault(self, message):
        for fault in self.faults:
            if fault[2] > 0 and fault[0](message):
                fault[2] -= 1
                return fault[1]
        return None

    def _command(self, session, message):
        first = len(self.exchanges)
        fault = self._take_fault(message)
        if fault == "unplug":
            self.unplug()
            return
        if isinstance(fault, tuple):
            session.refuse(message.transaction, fault[1])
            return
        try:
            status, info = (fault, b"") if isinstance(fault, int) else self._execute(session, message)
        except mbim.MbimError:
            status, info = mbim.STATUS_INVALID_PARAMETERS, b""
        except Silent:
            fault = "silent"
            status, info = 0, b""
        done = mbim.Message(mbim.COMMAND_DONE, message.transaction, service=message.service,
                            cid=message.cid, status=status, info=spoil(info, fault))
        made = self.exchanges[first:]
        delay = self.quirks.slow if message.service == mbim.UICC else 0
        if delay:
            self.loop.call_later(delay, self._answer, session, done, made, fault == "silent")
        else:
            self._answer(session, done, made, fault == "silent")

    def _answer(self, session, done, made, silent):
        if not silent and session in self.sessions and session.opened:
            session.post(done)
        for exchange in made:
            for hook in list(self.after_response):
                hook(exchange)
        if made:
            self.loop.call_later(self.quirks.refresh_delay, self._look_for_refresh)

    def _execute(self, session, message):
        if self._just_switched and message.service == mbim.UICC:
            self._just_switched = False
            if self.quirks.first_command_after_switch_fails:
                return mbim.STATUS_FAILURE, b""
        if message.service == mbim.UICC:
            return self.uicc.handle(session, message)
        handler = self._HANDLERS.get((message.service, message.cid, message.operation))
        if handler is None:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return handler(self, session, mbim.InfoReader(message.info))

    # -- what happens by itself -----------------------------------------------------------------

    def _indicate(self, service, cid, info_for):
        for session in list(self.sessions):
            if session.wants(service, cid):
                session.post(mbim.Message(mbim.INDICATE, 0, service=service, cid=cid,
                                          info=info_for(session)))

    def indicate_ready(self):
        self._indicate(mbim.BASIC_CONNECT, CID_READY_STATUS, self._ready_info)

    def indicate_slot(self, slot):
        if not self.quirks.single_slot:
            self._indicate(mbim.MS_EXTENSIONS, CID_SLOT_INFO,
                           lambda _session: struct.pack("<II", slot, self.slot_state(slot)))

    def power_cycle_card(self):
        """The host asked for a reset of the card, or its slot changed."""
        self.uicc.forget_channels()
        self.uicc.dead = False
        if self.card is not None:
            self.card.reset()
        self.refreshing = True
        self.loop.call_soon(self._walk_ready, [READY_NOT_INITIALIZED])

    def _look_for_refresh(self):
        """If the card asked for a REFRESH (it has reset itself then): what this make does of it."""
        if self.card is None or self.refreshing or not self.card.take_pending_refresh():
            return
        self.uicc.forget_channels()
        mode = self.quirks.refresh_mode
        if mode == "reset_needed":
            self.uicc.dead = True
        if mode in ("reset_needed", "silent"):
            return
        self.refreshing = True
        states = [READY_NOT_INITIALIZED]
        self._walk_ready([READY_NO_ESIM_PROFILE] + states if mode == "7_0_1" else states)

    def _walk_ready(self, states):
        """Announce each state, then the true one."""
        if states:
            self.ready_override = states[0]
            self.loop.call_later(self.quirks.ready_delay, self._walk_ready, states[1:])
        else:
            self.ready_override = None
            self.refreshing = False
        self.indicate_ready()
        self.indicate_slot(self.active_slot)

    def ready_state(self):
        if self.card is None:
            return READY_NO_SIM
        if self.ready_override is not None:
            return self.ready_override
        if self.quirks.locked:
            return READY_LOCKED
        return READY_INITIALIZED if self.card.active_iccid() else READY_NO_ESIM_PROFILE

    def slot_state(self, slot):
        card = self.slots[slot]
        if card is None:
            return SLOT_EMPTY
        if slot != self.active_slot:
            inactive = self.quirks.inactive_slot_state
            return SLOT_OFF if inactive is None else inactive
        if self.refreshing or self.uicc.dead:
            return SLOT_NOT_READY
        if not getattr(card, "is_euicc", True):
            return SLOT_ACTIVE
        return SLOT_ACTIVE_ESIM if card.active_iccid() else SLOT_ACTIVE_ESIM_NO_PROFILES

    def insert_card(self, slot, card):
        """Put a card into a slot (None takes it out), with the indications that follow."""
        self.call(self._insert_card, slot, card)

    def _insert_card(self, slot, card):
        self.slots[slot] = card
        if slot != self.active_slot:
            self.indicate_slot(slot)
        elif card is None:
            self.uicc.forget_channels()
            self.indicate_ready()
            self.indicate_slot(slot)
        else:
            self.power_cycle_card()

    # -- basic connect --------------------------------------------------------------------------

    def _device_caps(self, _session, _info):
        writer = mbim.InfoWriter()
        # Embedded device, GSM, no voice, removable SIM, LTE, SMS both ways, PIN retries shown.
        writer.u32(1, 1, 1, 2, 0x20, 3, 1, 8)
        writer.string("").string("350000000000001").string("LAB.1.0").string("LABMODEM")
        return 0, writer.bytes()

    def _ready_info(self, session):
        state = self.ready_state()
        ready = state in (READY_INITIALIZED, READY_LOCKED)
        imsi = (self.card.active_imsi() or "") if state == READY_INITIALIZED else ""
        iccid = (self.card.active_iccid() or "") if ready else ""
        writer = mbim.InfoWriter().u32(state)
        if session.mbimex >= 0x0300:
            writer.u32(1 if self.card is not None else 0)
        return writer.string(imsi).string(iccid).u32(0, 0).bytes()

    def _ready_status(self, session, _info):
        return 0, self._ready_info(session)

    def _radio_state(self, _session, _info):
        return 0, struct.pack("<II", 1, 1)

    def _device_services(self, _session, _info):
        services = {}
        for service, cid, _ in self._HANDLERS:
            services.setdefault(service, set()).add(cid)
        if not self.quirks.no_uicc_service:
            services[mbim.UICC] = {1, 2, 3, 4, 5, 6}
        writer = mbim.InfoWriter().u32(len(services), 0)
        for service, cids in services.items():
            writer.blob(service + struct.pack("<III", 0, 0, len(cids))
                        + b"".join(struct.pack("<I", cid) for cid in sorted(cids)))
        return 0, writer.bytes()

    def _subscribe(self, session, info):
        count = info.u32()
        if count > 64:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        wanted = {}
        for _ in range(count):
            entry = mbim.InfoReader(info.blob())
            service, cids = entry.raw(16), entry.u32()
            wanted[service] = {entry.u32() for _ in range(min(cids, 256))}
        session.subscribed = wanted
        return 0, info.info

    # -- basic connect extensions ---------------------------------------------------------------

    def _version(self, session, info):
        if self.quirks.mbimex is None:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        host = info.u32() >> 16
        session.mbimex = min(host, self.quirks.mbimex)
        return 0, struct.pack("<HH", 0x0100, session.mbimex)

    def _sys_caps(self, _session, _info):
        if self.quirks.single_slot:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return 0, mbim.InfoWriter().u32(1, len(self.slots), 1).u64(1).bytes()

    def _mappings_info(self):
        return mbim.InfoWriter().u32(1).blob(struct.pack("<I", self.active_slot)).bytes()

    def _get_mappings(self, _session, _info):
        if self.quirks.single_slot:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return 0, self._mappings_info()

    def _set_mappings(self, _session, info):
        if self.quirks.single_slot:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        if info.u32() != 1:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        slot = mbim.InfoReader(info.blob()).u32()
        if slot >= len(self.slots):
            return mbim.STATUS_INVALID_PARAMETERS, b""
        if slot != self.active_slot:
            before, self.active_slot = self.active_slot, slot
            self._just_switched = True
            self.power_cycle_card()
            self.indicate_slot(before)
        return 0, self._mappings_info()

    def _slot_info(self, _session, info):
        if self.quirks.single_slot:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        slot = info.u32()
        if slot >= len(self.slots):
            return mbim.STATUS_INVALID_PARAMETERS, b""
        return 0, struct.pack("<II", slot, self.slot_state(slot))

    _HANDLERS = {
        (mbim.BASIC_CONNECT, CID_DEVICE_CAPS, mbim.QUERY): _device_caps,
        (mbim.BASIC_CONNECT, CID_READY_STATUS, mbim.QUERY): _ready_status,
        (mbim.BASIC_CONNECT, CID_RADIO_STATE, mbim.QUERY): _radio_state,
        (mbim.BASIC_CONNECT, CID_DEVICE_SERVICES, mbim.QUERY): _device_services,
        (mbim.BASIC_CONNECT, CID_SUBSCRIBE_LIST, mbim.SET): _subscribe,
        (mbim.MS_EXTENSIONS, CID_VERSION, mbim.QUERY): _version,
        (mbim.MS_EXTENSIONS, CID_SYS_CAPS, mbim.QUERY): _sys_caps,
        (mbim.MS_EXTENSIONS, CID_SLOT_MAPPINGS, mbim.QUERY): _get_mappings,
        (mbim.MS_EXTENSIONS, CID_SLOT_MAPPINGS, mbim.SET): _set_mappings,
        (mbim.MS_EXTENSIONS, CID_SLOT_INFO, mbim.QUERY): _slot_info,
    }


def spoil(info, how):
    """An information buffer as a broken modem would send it."""
    if how == "garbage":
        return bytes((i * 151 + 77) & 0xFF for i in range(max(len(info), 16)))
    if how == "truncate":
        return info[:len(info) // 2]
    if how == "oversize" and len(info) >= 8:
        return info[:-8] + b"\xf0\xff\xff\xff\xf0\xff\xff\xff" if len(info) == 8 else (
            info[:4] + b"\xf0\xff\xff\xff" * ((min(len(info), 16) - 4) // 4) + info[16:])
    return info
