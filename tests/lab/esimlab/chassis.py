# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every modem of the laboratory is, whatever it speaks: a thread, slots with cards, what becomes of a REFRESH, and
the account of what reached the card.

It has a thread of its own with an asyncio loop; wires (see wires.py) bring frames to its sessions.
"""

import asyncio
import dataclasses
import enum
import threading
import time

from .card import ISD_R
from .datasession import DataSession
from .faults import CardSilent
from .uicc import Uicc

# The group of channels that lie open from before.
STALE_GROUP = 3
# What a host can do for a modem that does not see a changed card, each more than the one before.
RUNGS = ("provisioning", "power_cycle", "reset")


class CardState(enum.Enum):
    """The card in the active slot, as the modem shows it."""

    ABSENT = "absent"
    OFF = "off"                  # without power, because the host wanted it so
    NOT_READY = "not ready"      # it starts
    LOCKED = "locked"            # the PIN is wanted
    NO_PROFILE = "no profile"
    READY = "ready"


# What the modem shows between the card's REFRESH and the true state.
REFRESH_WALKS = {
    "ready_0_1": (CardState.NOT_READY,),
    "7_0_1": (CardState.NO_PROFILE, CardState.NOT_READY),
    "absent": (CardState.ABSENT, CardState.NOT_READY),   # as if the card had been taken out and put back
    "indication": (CardState.NOT_READY,),                # with QMI's refresh indication around it
}
REFRESH_MODES = (*REFRESH_WALKS, "silent", "reset_needed", "re_enumerates")


@dataclasses.dataclass
class Quirks:
    """How this modem differs from its specification's ideal. Times in seconds."""

    p2_accepted: set | None = None        # P2 values that SELECT takes; None: all. MBIM only, QMI knows no P2
    needs_le: bool = False                # a command with data and no Le gets 6700
    collects_61xx: bool = True            # asks for the rest of an answer itself
    max_apdu: int = 261                   # a longer command is refused
    leaks_channels: bool = True           # channels of a dead client stay open
    max_channels: int = 3
    stale_channels: int = 0               # open already, by somebody who is gone; group 3
    open_status: int | None = None        # what whoever opens a channel gets, in the protocol's numbers
    open_failure_is_final: bool = False   # once an application was not selected, nothing is any more, until a reset
    apdu_status: int | None = None        # what every APDU gets
    keeps_usim: bool = False              # opens no channel to the USIM
    refresh_mode: str = "ready_0_1"
    refresh_delay: float = 0.05           # from the answer to the card's reset
    ready_delay: float = 0.05             # between two states of the card
    stale_identity: bool = False          # goes on showing the ICCID that it read before the card changed it
    helped_by: str = "power_cycle"        # the least of RUNGS that ends reset_needed and stale_identity
    reset_time: float = 0.3               # without its port, when it re-enumerates
    busy_status: int | None = None        # while the card starts; None: what the protocol has for it
    locked: bool = False                  # the PIN is wanted
    first_command_after_switch_fails: bool = False   # the card's first after a slot switch
    slow: float = 0.0                     # before each answer of the card
    single_slot: bool = False             # knows no slot commands: NO_DEVICE_SUPPORT, NotSupported
    no_uicc_service: bool = False         # has no channels and APDUs for a host at all
    cat_busy: int = 0                     # so often each card says catBusy at first to what needs a REFRESH
    manufacturer: str = "Lab"
    model: str = "LABMODEM"
    revision: str = "LAB.1.0"
    imei: str = "350000000000001"

    # MBIM
    max_transfer: int = 4096              # largest frame that it sends or takes
    knows_mappings: bool = True           # which slot is the active one: NO_DEVICE_SUPPORT otherwise
    mbimex: int | None = None             # extensions version, 0x0200 or 0x0300
    inactive_slot_state: int | None = None   # what an inactive slot with a card reports
    knows_reset: bool = True              # the device reset of Microsoft's extensions
    qmi_over_mbim: bool = False           # has the service that carries QMI
    no_auth_service: bool = False         # cannot authenticate by itself
    auth_slot: int | None = None          # asks the USIM of this slot; None: of the active one
    auth_tells_auts: bool = True          # says of a sequence number out of step which would fit
    wants_amf_bit: bool = False           # refuses a token whose AMF lacks the first bit
    second_slot: int | None = None        # in use as well: the modem has two lines

    # QMI
    rewrites_class: bool = True           # puts the channel into the class byte itself
    max_clients: int = 250                # client ids of one service
    shows_eid: bool = True                # in its slot status
    reads_each_slot: bool = True          # it has read the card in a slot that it does not use, too (QMI)
    discharge_time: float = 0.0           # a card without power for less than this was never without


class Modem:
    """What the protocols share. A protocol's class gives it `indicate_ready` and `indicate_slot`, `attach` and
    `new_reader`, and `refresh_event` if it can tell of a REFRESH itself.

    slots: cards (or None for an empty slot), the first one active. quirks: see Quirks.
    """

    DEFAULTS = {}

    def __init__(self, slots=(), *, record_file=None, **quirks):
        self.quirks = Quirks(**{**self.DEFAULTS, **quirks})
        if self.quirks.refresh_mode not in REFRESH_MODES:
            raise ValueError(f"refresh_mode is one of {', '.join(REFRESH_MODES)}")
        if self.quirks.helped_by not in RUNGS:
            raise ValueError(f"helped_by is one of {', '.join(RUNGS)}")
        self.slots = list(slots) or [None]
        self.active_slot = 0
        self.sessions = []
        self.wires = []
        self.before_command, self.after_command, self.after_response = [], [], []
        # Called on the modem's thread: when the card's state is announced, with whether the port is there, and with
        # the one of RUNGS that was done.
        self.card_hooks, self.plug_hooks, self.help_hooks = [], [], []
        self.plugged = True
        self.uicc = Uicc(self)
        self.silent_error = CardSilent
        self.ready_override = None
        self.refreshing = False
        self.powered_off = False
        self._off_since = 0.0
        self.resets = 0
        self.data = DataSession()
        self.faults = []
        self.errors = []
        self._just_switched = False
        for card in filter(None, self.slots):
            if self.quirks.cat_busy:
                card.busy(self.quirks.cat_busy)
        if self.card is not None:
            self.uicc.leave_behind(self.quirks.stale_channels, ISD_R, STALE_GROUP)
        self._known = None
        self._learn_identity()
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

    @property
    def connected(self):
        """Whether a data connection runs; set it to begin or end one."""
        return self.data.connected

    @connected.setter
    def connected(self, wanted):
        self.data.connected = wanted

    @property
    def data_interruptions(self):
        """How often something that was done to the card or the modem ended a data connection."""
        return len(self.data.interruptions)

    @property
    def data_octets(self):
        return self.data.octets

    def exchange_count(self, since=0, kinds=("open", "close", "apdu")):
        """Channel commands and APDUs from index `since` on; GET RESPONSE is not counted."""
        return sum(1 for e in self.exchanges[since:] if e.counted and e.kind in kinds)

    def fail(self, match, action, times=1):
        """Misbehave on the next `times` commands for which match (Message) is true.

        action: "silent" (no answer), "unplug", "garbage" (an answer of noise), "truncate" (half of
        it), "oversize" (a length far outside of it), an int (this status or error), or, over MBIM, a
        pair ("host-error", code). The card has done its part in all cases but an int, "unplug" and
        the pair.
        """
        self.faults.append([match, action, times])

    def take_fault(self, message):
        """The action that is due for this command, or None."""
        for fault in self.faults:
            if fault[2] > 0 and fault[0](message):
                fault[2] -= 1
                return fault[1]
        return None

    def unplug(self):
        for wire in list(self.wires):
            wire.unplug()
        self.call(self._plug, False)

    def replug(self):
        """Back in: the card was without power meanwhile."""
        self.call(self._power_lost)
        for wire in list(self.wires):
            wire.replug()
        self.call(self._plug, True)

    def _plug(self, plugged):
        before, self.plugged = self.plugged, plugged
        for hook in list(self.plug_hooks) if before != plugged else ():
            hook(plugged)

    def _power_lost(self):
        self.data.interrupt("power lost")
        self.uicc.forget_channels()
        self.uicc.dead = self.uicc.stuck = self.refreshing = self.powered_off = False
        self.ready_override = None
        self.active_slot = 0
        for session in self.sessions:
            session.forget()
        for card in filter(None, self.slots):
            card.reset()
        self._learn_identity()
        for hook in list(self.help_hooks):
            hook("reset")

    def insert_card(self, slot, card):
        """Put a card into a slot (None takes it out), with the indications that follow."""
        self.call(self._insert_card, slot, card)

    def _insert_card(self, slot, card):
        self.slots[slot] = card
        if slot != self.active_slot:
            self.indicate_slot(slot)
        elif card is None:
            self.data.interrupt("card removed")
            self.uicc.forget_channels()
            self.indicate_ready()
            self.indicate_slot(slot)
        else:
            self._learn_identity()
            self.power_cycle_card()

    # -- what a session has done ----------------------------------------------------------------

    def detach(self, session):
        if session in self.sessions:
            self.sessions.remove(session)
        self.left_behind(session)

    def left_behind(self, opener):
        """This one opened channels and is gone."""
        if not self.quirks.leaks_channels:
            self.uicc.drop_channels(opener)

    def first_after_switch(self):
        """Whether this command of the card's is the one that fails because the slot was just switched."""
        first, self._just_switched = self._just_switched, False
        return first and self.quirks.first_command_after_switch_fails

    def answered(self, made):
        """After an answer went out: the exchanges that were made for it."""
        for exchange in made:
            for hook in list(self.after_response):
                hook(exchange)
        # A look that was due for an earlier answer would come too soon after this one.
        if made and self.card is not None and self.card.refresh_waits:
            self.loop.call_later(self.quirks.refresh_delay, self._look_for_refresh)

    def lines(self):
        """The slots that it uses: the active one, and with two lines another."""
        second = self.quirks.second_slot
        return [self.active_slot] + ([second] if second not in (None, self.active_slot) else [])

    # -- what the host may do for the card ------------------------------------------------------

    def switch_slot(self, slot):
        if slot == self.active_slot:
            return
        self.data.interrupt("slot switch")
        before, self.active_slot = self.active_slot, slot
        self._just_switched = True
        self._learn_identity()
        self.power_cycle_card()
        self.indicate_slot(before)

    def power_off_card(self):
        self.data.interrupt("card power")
        self.uicc.forget_channels()
        self.powered_off = True
        self._off_since = time.monotonic()
        self.indicate_ready()
        self.indicate_slot(self.active_slot)

    def power_on_card(self):
        if time.monotonic() - self._off_since < self.quirks.discharge_time:
            self.powered_off = False
            self.indicate_ready()
        else:
            self.power_cycle_card()

    def power_cycle_card(self):
        """The host asked for a reset of the card, or its slot changed."""
        self.data.interrupt("card power")
        self.powered_off = False
        self.uicc.forget_channels()
        if self.card is not None:
            self.card.reset()
        self.helped("power_cycle")
        self.refreshing = True
        self.loop.call_soon(self._walk_ready, [CardState.NOT_READY])

    def restart_application(self):
        """The host ended the provisioning session and begins another: the modem reads its files again."""
        self.data.interrupt("provisioning")
        self.helped("provisioning")

    def reset(self):
        """The host asked for a reset of the whole modem: its port goes and comes back."""
        self.resets += 1
        # It still answers what asked for this.
        self.loop.call_later(self.quirks.refresh_delay, self._re_enumerate, "reset")

    def _re_enumerate(self, why):
        self.data.interrupt(why)
        self.unplug()
        self.loop.call_later(self.quirks.reset_time, self.replug)

    def helped(self, rung):
        """This was done; the modem comes to its senses if it was enough."""
        if RUNGS.index(rung) >= RUNGS.index(self.quirks.helped_by):
            self.uicc.dead = False
            self._learn_identity()
        for hook in list(self.help_hooks):
            hook(rung)

    def _learn_identity(self):
        self._known = None if self.card is None else (self.card.active_iccid(), self.card.active_imsi())

    def identity(self):
        """(ICCID, IMSI) as the modem read them; each may be None."""
        if self.card is None:
            return None, None
        if not self.quirks.stale_identity:
            self._learn_identity()
        return self._known

    # -- what happens by itself -----------------------------------------------------------------

    def _look_for_refresh(self):
        """If the card asked for a REFRESH (it has reset itself then): what this make does of it."""
        if self.card is None or self.refreshing or not self.card.take_pending_refresh():
            return
        self.uicc.forget_channels()
        mode = self.quirks.refresh_mode
        if mode == "reset_needed":
            self.uicc.dead = True
        if mode == "re_enumerates":
            self._re_enumerate("refresh")
        if mode not in REFRESH_WALKS:
            return
        self.data.interrupt("refresh")
        self.refreshing = True
        if mode == "indication":
            self.refresh_event(True)
        self._walk_ready(list(REFRESH_WALKS[mode]))

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
        if not states and self.quirks.refresh_mode == "indication":
            self.refresh_event(False)

    def card_state(self):
        if self.card is None:
            return CardState.ABSENT
        if self.powered_off:
            return CardState.OFF
        if self.ready_override is not None:
            return self.ready_override
        if self.quirks.locked or self.card.usim.locked:
            return CardState.LOCKED
        return CardState.READY if self.identity()[0] else CardState.NO_PROFILE

    def refresh_event(self, begins):
        """Tell that a REFRESH begins, or is over, where the protocol can."""

    def indicate_ready(self):
        """Tell the card's state. A protocol's class adds its way of doing so."""
        for hook in list(self.card_hooks):
            hook()

    def indicate_slot(self, slot):
        raise NotImplementedError


def spoil(info, how):
    """An answer's body as a broken modem would send it; "oversize" is the protocol's own affair."""
    if how == "garbage":
        return bytes((i * 151 + 77) & 0xFF for i in range(max(len(info), 16)))
    if how == "truncate":
        return info[:len(info) // 2]
    return info
