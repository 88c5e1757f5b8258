# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cellular modem that speaks MBIM; chassis.py has what it shares with others.

A session is one opener of the device, or one client of the proxy.
"""

import struct

from . import chassis, mbim, mbimauth, qmi
from .chassis import REFRESH_MODES, CardState, Quirks  # noqa: F401
from .mbim_radio import Radio
from .mbimuicc import STATUSES, UiccService
from .qmicore import QmiSide
from .uicc import Refusal, Silent

CID_DEVICE_CAPS, CID_READY_STATUS = 1, 2
CID_DEVICE_SERVICES, CID_SUBSCRIBE_LIST = 16, 19
CID_SYS_CAPS, CID_SLOT_MAPPINGS, CID_SLOT_INFO, CID_DEVICE_RESET, CID_VERSION = 5, 7, 8, 10, 15
CID_QMI_MESSAGE = 1

READY_NOT_INITIALIZED, READY_INITIALIZED, READY_NO_SIM = 0, 1, 2
READY_LOCKED, READY_NO_ESIM_PROFILE = 6, 7
SLOT_OFF, SLOT_EMPTY, SLOT_NOT_READY, SLOT_ACTIVE = 2, 3, 4, 5
SLOT_ACTIVE_ESIM, SLOT_ACTIVE_ESIM_NO_PROFILES = 7, 8

READY_STATES = {CardState.ABSENT: READY_NO_SIM, CardState.OFF: READY_NOT_INITIALIZED,
                CardState.NOT_READY: READY_NOT_INITIALIZED, CardState.LOCKED: READY_LOCKED,
                CardState.NO_PROFILE: READY_NO_ESIM_PROFILE, CardState.READY: READY_INITIALIZED}


class Session:
    """One client of the modem. `send` takes the bytes of one frame."""

    def __init__(self, modem, send, name):
        self.modem, self.send, self.name = modem, send, name
        self.assembler = mbim.Assembler()
        self.opened = False
        self.max_transfer = 4096
        self.subscribed = None
        self.mbimex = 0x0100
        self.qmi_port = modem.qmi.add_port(self._indicate_qmi)

    def start(self, max_transfer):
        """OPEN: whatever an earlier opener of this wire had set is gone."""
        self.assembler.clear()
        self.qmi_port.close()
        self.opened = True
        self.max_transfer = max(64, min(max_transfer, self.modem.quirks.max_transfer))
        self.subscribed = None
        self.mbimex = 0x0100

    def forget(self):
        """The modem has restarted."""
        self.opened = False

    def clear(self):
        """Half a message that its sender will not finish."""
        self.assembler.clear()

    def code(self, refusal):
        busy = self.modem.quirks.busy_status
        return busy if refusal == Refusal.BUSY and busy is not None else STATUSES[refusal]

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

    def _indicate_qmi(self, message):
        if self.wants(mbim.QMI, CID_QMI_MESSAGE):
            self.post(mbim.Message(mbim.INDICATE, 0, service=mbim.QMI, cid=CID_QMI_MESSAGE, info=message.pack()))

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


class MbimModem(QmiSide):
    """slots: cards (or None for an empty slot), the first one active. quirks: see chassis.Quirks."""

    def __init__(self, slots=(), *, record_file=None, **quirks):
        super().__init__(slots, record_file=record_file, **quirks)
        self.radio = Radio(self, self._indicate)
        self.uicc_service = UiccService(self)
        self.auth_service = mbimauth.AuthService(self)

    # -- sessions -------------------------------------------------------------------------------

    def attach(self, send, name):
        session = Session(self, send, name)
        self.sessions.append(session)
        return session

    def detach(self, session):
        super().detach(session)
        self.qmi.drop_port(session.qmi_port)

    def new_reader(self):
        """What cuts this protocol's frames out of a stream."""
        return mbim.FrameReader()

    def begins(self, frame):
        """Whether a new host begins with this frame, for which nothing that lies unread was meant."""
        return int.from_bytes(frame[:4], "little") == mbim.OPEN

    def dispatch(self, session, message):
        kind, transaction = message.kind, message.transaction
        if kind == mbim.OPEN:
            self.left_behind(session)
            session.start(message.status)
            session.post(mbim.Message(mbim.OPEN_DONE, transaction))
        elif kind == mbim.CLOSE:
            session.opened = False
            self.left_behind(session)
            session.post(mbim.Message(mbim.CLOSE_DONE, transaction))
        elif kind == mbim.HOST_ERROR:
            session.assembler.clear()
        elif kind != mbim.COMMAND:
            session.refuse(transaction, mbim.ERROR_UNKNOWN)
        elif not session.opened:
            session.refuse(transaction, mbim.ERROR_NOT_OPENED)
        else:
            self._command(session, message)

    def _command(self, session, message):
        first = len(self.exchanges)
        fault = self.take_fault(message)
        if fault == "unplug":
            self.unplug()
            return
        if isinstance(fault, tuple):
            session.refuse(message.transaction, fault[1])
            return
        if message.service == mbim.QMI and not isinstance(fault, int):
            self._qmi_message(session, message, fault)
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
        self.answered(made)

    def _qmi_message(self, session, message, fault):
        """QMI over MBIM: one QMUX frame each way; an answer may be long in coming."""
        def done(status, info=b""):
            if session in self.sessions and session.opened and fault != "silent":
                session.post(mbim.Message(mbim.COMMAND_DONE, message.transaction, service=mbim.QMI, cid=message.cid,
                                          status=status, info=spoil(info, fault)))
        if not self.quirks.qmi_over_mbim or (message.cid, message.operation) != (CID_QMI_MESSAGE, mbim.SET):
            done(mbim.STATUS_NO_DEVICE_SUPPORT)
            return
        frames = qmi.FrameReader().feed(message.info)
        if len(frames) != 1 or len(frames[0]) != len(message.info):
            done(mbim.STATUS_INVALID_PARAMETERS)
            return
        _, _, _, service, client = qmi.QMUX.unpack_from(frames[0])
        self.qmi.receive(session.qmi_port, service, client, frames[0][qmi.QMUX.size:],
                         lambda answer: done(0, answer.pack()))

    def _execute(self, session, message):
        if message.service == mbim.UICC:
            if self.first_after_switch():
                return mbim.STATUS_FAILURE, b""
            return self.uicc_service.handle(session, message)
        if message.service == mbim.AUTH:
            return self.auth_service.handle(session, message)
        handler = self._HANDLERS.get((message.service, message.cid, message.operation))
        if handler is None:
            return self.radio.handle(message) or (mbim.STATUS_NO_DEVICE_SUPPORT, b"")
        return handler(self, session, mbim.InfoReader(message.info))

    # -- what happens by itself -----------------------------------------------------------------

    def _indicate(self, service, cid, info_for):
        for session in list(self.sessions):
            if session.wants(service, cid):
                session.post(mbim.Message(mbim.INDICATE, 0, service=service, cid=cid,
                                          info=info_for(session)))

    def indicate_ready(self):
        super().indicate_ready()
        self._indicate(mbim.BASIC_CONNECT, CID_READY_STATUS, self._ready_info)
        self.radio.changed()

    def indicate_slot(self, slot):
        super().indicate_slot(slot)
        if not self.quirks.single_slot:
            self._indicate(mbim.MS_EXTENSIONS, CID_SLOT_INFO,
                           lambda _session: struct.pack("<II", slot, self.slot_state(slot)))

    def ready_state(self):
        return READY_STATES[self.card_state()]

    def slot_state(self, slot):
        card = self.slots[slot]
        if card is None:
            return SLOT_EMPTY
        if slot not in self.lines():
            inactive = self.quirks.inactive_slot_state
            return SLOT_OFF if inactive is None else inactive
        if slot == self.active_slot and (self.refreshing or self.uicc.dead):
            return SLOT_NOT_READY
        if not getattr(card, "is_euicc", True):
            return SLOT_ACTIVE
        return SLOT_ACTIVE_ESIM if card.active_iccid() else SLOT_ACTIVE_ESIM_NO_PROFILES

    # -- basic connect --------------------------------------------------------------------------

    def _device_caps(self, _session, _info):
        writer = mbim.InfoWriter()
        # Embedded device, GSM, no voice, removable SIM, LTE, SMS both ways, PIN retries shown.
        writer.u32(1, 1, 1, 2, 0x20, 3, 1, 8)
        quirks = self.quirks
        writer.string("").string(quirks.imei).string(quirks.revision).string(quirks.model)
        return 0, writer.bytes()

    def _ready_info(self, session):
        state = self.ready_state()
        ready = state in (READY_INITIALIZED, READY_LOCKED)
        iccid, imsi = (known or "" for known in (self.identity() if ready else (None, None)))
        if state == READY_LOCKED:
            imsi = ""
        writer = mbim.InfoWriter().u32(state)
        if session.mbimex >= 0x0300:
            writer.u32(1 if self.card is not None else 0)
        return writer.string(imsi).string(iccid).u32(0, 0).bytes()

    def _ready_status(self, session, _info):
        return 0, self._ready_info(session)

    def _device_services(self, _session, _info):
        services = {}
        for service, cid, _ in self._HANDLERS:
            services.setdefault(service, set()).add(cid)
        services[mbim.BASIC_CONNECT] |= {cid for cid, _ in self.radio.HANDLERS}
        if self.quirks.mbimex is None:
            # Who lists it is asked for it, and taken for broken if the answer is an error.
            services[mbim.MS_EXTENSIONS].discard(CID_VERSION)
        if not self.quirks.no_uicc_service:
            services[mbim.UICC] = {1, 2, 3, 4, 5, 6}
        if not self.quirks.no_auth_service:
            services[mbim.AUTH] = {mbimauth.CID_AKA}
        if self.quirks.qmi_over_mbim:
            services[mbim.QMI] = {CID_QMI_MESSAGE}
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
        lines = len(self.lines())
        return 0, mbim.InfoWriter().u32(lines, len(self.slots), lines).u64(1).bytes()

    def _mappings_info(self):
        writer = mbim.InfoWriter().u32(len(self.lines()))
        for slot in self.lines():
            writer.blob(struct.pack("<I", slot))
        return writer.bytes()

    def _get_mappings(self, _session, _info):
        if self.quirks.single_slot or not self.quirks.knows_mappings:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return 0, self._mappings_info()

    def _set_mappings(self, _session, info):
        if self.quirks.single_slot or not self.quirks.knows_mappings:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        if info.u32() != len(self.lines()):
            return mbim.STATUS_INVALID_PARAMETERS, b""
        slot = mbim.InfoReader(info.blob()).u32()
        if slot >= len(self.slots):
            return mbim.STATUS_INVALID_PARAMETERS, b""
        self.switch_slot(slot)
        return 0, self._mappings_info()

    def _slot_info(self, _session, info):
        if self.quirks.single_slot:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        slot = info.u32()
        if slot >= len(self.slots):
            return mbim.STATUS_INVALID_PARAMETERS, b""
        return 0, struct.pack("<II", slot, self.slot_state(slot))

    def _device_reset(self, _session, _info):
        if not self.quirks.knows_reset:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        self.reset()
        return 0, b""

    _HANDLERS = {
        (mbim.BASIC_CONNECT, CID_DEVICE_CAPS, mbim.QUERY): _device_caps,
        (mbim.BASIC_CONNECT, CID_READY_STATUS, mbim.QUERY): _ready_status,
        (mbim.BASIC_CONNECT, CID_DEVICE_SERVICES, mbim.QUERY): _device_services,
        (mbim.BASIC_CONNECT, CID_SUBSCRIBE_LIST, mbim.SET): _subscribe,
        (mbim.MS_EXTENSIONS, CID_VERSION, mbim.QUERY): _version,
        (mbim.MS_EXTENSIONS, CID_SYS_CAPS, mbim.QUERY): _sys_caps,
        (mbim.MS_EXTENSIONS, CID_SLOT_MAPPINGS, mbim.QUERY): _get_mappings,
        (mbim.MS_EXTENSIONS, CID_SLOT_MAPPINGS, mbim.SET): _set_mappings,
        (mbim.MS_EXTENSIONS, CID_SLOT_INFO, mbim.QUERY): _slot_info,
        (mbim.MS_EXTENSIONS, CID_DEVICE_RESET, mbim.SET): _device_reset,
    }


def spoil(info, how):
    """An information buffer as a broken modem would send it."""
    if how == "oversize" and len(info) >= 8:
        return info[:-8] + b"\xf0\xff\xff\xff\xf0\xff\xff\xff" if len(info) == 8 else (
            info[:4] + b"\xf0\xff\xff\xff" * ((min(len(info), 16) - 4) // 4) + info[16:])
    return chassis.spoil(info, how)
