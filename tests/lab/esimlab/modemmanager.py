# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for ModemManager on a private bus, beside the daemon at the laboratory's modem.

It does what ModemManager 1.20 does where a card changes under it: which of the modem's events make it probe the modem
anew and which it passes over, and what InhibitDevice means. It looks at the modem as the modem shows itself, not at
the wire; see selftest/test_modemmanager.py for what was compared with the real one.
"""

import contextlib
import dataclasses
import threading
import time

from gi.repository import Gio, GLib

from . import contexts
from .chassis import RUNGS, CardState
from .daemon import PATIENCE
from .mmbus import (ERROR, ESIM_STATUS_NO_PROFILES, ESIM_STATUS_WITH_PROFILES, LOCK_NONE, LOCK_SIM_PIN, MODEM,
                    MODEM_3GPP, NAME, NO_SIM, OBJECT_MANAGER, PORT_MBIM, PORT_NET, PORT_QMI, REASON_ESIM_WITHOUT_PROFILES,
                    REASON_NONE, REASON_SIM_MISSING, ROOT, SIM, SIM_TYPE_ESIM, SIM_TYPE_PHYSICAL, Shown, State)
from .polkit import ALLOW_USER_INTERACTION
from .polkit import INTERFACE as AUTHORITY
from .polkit import NAME as POLKIT
from .polkit import PATH as AUTHORITY_PATH

CONTROL = f"{NAME}.Control"
RESTING = (CardState.ABSENT, CardState.LOCKED, CardState.NO_PROFILE, CardState.READY)
# The way of a modem that somebody (NetworkManager) enables, and then connects.
TO_REGISTERED = (State.ENABLING, State.ENABLED, State.SEARCHING, State.REGISTERED)
TO_CONNECTED = (*TO_REGISTERED, State.CONNECTING, State.CONNECTED)


@dataclasses.dataclass
class Habits:
    """Times in seconds; the real one's are some tens of times as long."""

    uid: str = "lab"             # Modem.Device
    port: str = "cdc-wdm0"
    probe: float = 0.25          # from the device's coming to its modem object
    inhibit: float = 0.03        # disabling the modem before it lets go of it
    step: float = 0.02           # between two states of a modem that is being enabled
    enables: bool = True         # somebody enables each modem that appears
    connects: bool = False       # and connects it: the laboratory's modem has a data connection then
    mended_by: str | None = None # reads the SIM from what the modem keeps of it, until one of chassis.RUNGS was done
    knows: bool = True           # the modem; with False, it is none of its affair (a rule of udev's says so)


@dataclasses.dataclass
class Inhibition:
    """One InhibitDevice; `how` it ended: "released", "left" (its owner left the bus), "gone" (ModemManager did), ""."""

    sender: str
    since: float = dataclasses.field(default_factory=time.monotonic)
    until: float | None = None
    how: str = ""

    @property
    def seconds(self):
        return (self.until or time.monotonic()) - self.since


class ModemManager:
    """Owns the name on the bus at `address` from start() (or its making) until stop().

    modem: of the laboratory. What is written `history` and `inhibitions` may be read from any thread.
    """

    def __init__(self, address, modem, **habits):
        self.address, self.modem = address, modem
        self.habits = Habits(**habits)
        self.inhibitions = []
        self.history = []            # (path, state, ICCID) of each thing that was shown
        self.refusals = []           # names of errors for the next InhibitDevice (TRUE)
        self.unanswered = False      # InhibitDevice gets no answer
        self.hung = []               # those that got none
        self.authorizes = True       # polkit is asked, as the real one does
        self.kept = None             # (state, identity) that the modem keeps; see Habits.mended_by
        self._number = self._life = 0
        self._changed = threading.Condition()
        self.connection = self._thread = None
        self.start()

    # -- for tests ------------------------------------------------------------------------------

    @property
    def shown(self):
        """(path, State, ICCID) as it stands now, or None."""
        with self._changed:
            return self.history[-1] if self.history and self.history[-1][1] is not None else None

    @property
    def iccid(self):
        shown = self.shown
        return shown and shown[2]

    @property
    def state(self):
        shown = self.shown
        return shown and shown[1]

    @property
    def inhibited(self):
        return any(not one.how for one in list(self.inhibitions))

    @property
    def inhibited_for(self):
        """Seconds, all together."""
        return sum(one.seconds for one in list(self.inhibitions))

    @property
    def leaks(self):
        """Inhibitions that only their owner's end ended."""
        return sum(1 for one in list(self.inhibitions) if one.how == "left")

    @property
    def interruptions(self):
        """How often ModemManager itself ended a data connection because it was told to keep off."""
        return sum(1 for why in self.modem.data.interruptions if why in ("inhibited", "probed anew"))

    def wait(self, condition, timeout=10):
        """Until condition () is true, which is looked at whenever something changed here; what it gave."""
        deadline = time.monotonic() + timeout * PATIENCE
        with self._changed:
            while not (found := condition()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"ModemManager: {self.history[-3:]}, {self.inhibitions[-2:]}")
                self._changed.wait(min(left, 0.5))
            return found

    def wait_shown(self, iccid=None, state=None, timeout=10):
        return self.wait(lambda: self.shown and (iccid is None or self.iccid == iccid)
                         and (state is None or self.state == state), timeout)

    def call_through(self):
        """Until what the modem has told so far has arrived and was acted on."""
        for _ in range(2):
            done = threading.Event()
            self.modem.call(lambda: self._invoke(done.set))
            done.wait(10)

    def set_state(self, state):
        """The modem's state from now on, whatever it was about to become; State.DISABLED goes on by itself."""
        self._invoke(self._enter, state)

    # -- the service ----------------------------------------------------------------------------

    def start(self):
        if self._thread is not None:
            return
        self._reset()
        self.context = contexts.take()
        self.loop = GLib.MainLoop.new(self.context, False)
        ready, failure = threading.Event(), []
        self._thread = threading.Thread(target=self._run, args=(ready, failure), name="modemmanager", daemon=True)
        self._thread.start()
        if not ready.wait(10) or failure:
            raise RuntimeError(f"ModemManager's stand-in did not start: {failure}")

    def _reset(self):
        self._objects = {}           # what GetManagedObjects lists
        self._sim = None
        self._owner = None           # Inhibition
        self._owner_watch = 0
        self._timer = None
        self._last_state = None      # of the card, at rest
        self._walk = ()
        self._wanted = False         # a modem object, once its SIM is there

    def _run(self, ready, failure):
        self.context.push_thread_default()
        try:
            flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
            self.connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
            self.connection.set_exit_on_close(False)
            self._root = Shown(self.connection, ROOT, {NAME: {}, OBJECT_MANAGER: {}}, self._root_call)
            if self._bus("RequestName", "(su)", NAME, 4) != (1,):
                raise RuntimeError("the name is taken")
        except (GLib.Error, RuntimeError) as error:
            failure.append(error)
            ready.set()
            return
        self.modem.card_hooks.append(self._card_event)
        self.modem.plug_hooks.append(self._plug_event)
        self.modem.help_hooks.append(self._helped)
        self._device_came()
        ready.set()
        self.loop.run()
        with contextlib.suppress(GLib.Error):
            self.connection.close_sync(None)
        self.context.pop_thread_default()

    def stop(self):
        """Leave the bus at once, as in a crash."""
        if self._thread is None:
            return
        self.modem.card_hooks.remove(self._card_event)
        self.modem.plug_hooks.remove(self._plug_event)
        self.modem.help_hooks.remove(self._helped)
        self._invoke(self.loop.quit)
        self._thread.join(5)
        self._thread = None
        self._cancel_timer()
        if self._owner is not None:
            self._end_inhibition("gone")
        # Nothing of this life may happen in the next one, which has the same context perhaps.
        self._life += 1
        while self.context.pending():
            self.context.iteration(False)
        contexts.give_back(self.context)
        self._note(None, None, None)

    def close(self):
        self.stop()

    def _invoke(self, function, *arguments):
        life = self._life

        def once(*_):
            if life == self._life:
                function(*arguments)
            return False
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(once)
        source.attach(self.context)

    def _after(self, seconds, function, *arguments):
        """The one thing that happens by itself; whatever was to happen before does not."""
        self._cancel_timer()

        def once(*_):
            self._timer = None
            function(*arguments)
            return False
        self._timer = GLib.timeout_source_new(int(seconds * 1000))
        self._timer.set_callback(once)
        self._timer.attach(self.context)

    def _cancel_timer(self):
        if self._timer is not None:
            self._timer.destroy()
            self._timer = None

    def _bus(self, method, signature, *arguments):
        return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                         GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE, 5000,
                                         None).unpack()

    def _note(self, path, state, iccid):
        with self._changed:
            if not self.history or self.history[-1] != (path, state, iccid):
                self.history.append((path, state, iccid))
            self._changed.notify_all()

    # -- the device -----------------------------------------------------------------------------

    @property
    def _modem(self):
        return next(iter(self._objects.values()), None)

    def _device_is_there(self):
        return self.habits.knows and self.modem.call(lambda: self.modem.plugged)

    def _device_came(self):
        if self._device_is_there() and self._owner is None:
            self._after(self.habits.probe, self._probed)

    def _device_went(self):
        self._cancel_timer()
        self._hide("unplugged")

    def _probe_anew(self, why):
        self._hide(why)
        self._device_came()

    def _probed(self):
        """It reads the SIM, and shows the modem then, once the modem has read it itself."""
        state, (iccid, imsi) = self.modem.call(self._read_card)
        if state not in RESTING:
            self._wanted = True      # _card_event tells
            return
        self._wanted = False
        self._last_state = state
        if state not in (CardState.LOCKED, CardState.READY):
            iccid = imsi = None
        self._show(state, iccid, imsi)

    def _read_card(self):
        seen = self.modem.card_state(), self.modem.identity()
        if self.habits.mended_by is None or seen[0] not in RESTING:
            return seen
        self.kept = self.kept or seen
        return self.kept

    def _helped(self, rung):
        """On the modem's thread."""
        if self.habits.mended_by is not None and RUNGS.index(rung) >= RUNGS.index(self.habits.mended_by):
            self.kept = None

    def _show(self, state, iccid, imsi):
        number, self._number = self._number, self._number + 1
        sim = self._show_sim(number, state, iccid, imsi)
        reason = {CardState.ABSENT: REASON_SIM_MISSING,
                  CardState.NO_PROFILE: REASON_ESIM_WITHOUT_PROFILES}.get(state, REASON_NONE)
        begun = (State.FAILED if reason else State.LOCKED if state is CardState.LOCKED else State.DISABLED)
        modem = Shown(self.connection, f"{ROOT}/Modem/{number}",
                      {MODEM: self._describe_modem(sim, begun, reason),
                       MODEM_3GPP: {"Imei": self.modem.quirks.imei}}, self._modem_call)
        self._objects[modem.path] = modem
        self._root.emit(OBJECT_MANAGER, "InterfacesAdded", GLib.Variant("(oa{sa{sv}})", (modem.path, modem.packed())))
        self._note(modem.path, begun, iccid or "")
        if begun is State.DISABLED and self.habits.enables:
            self._enable()

    def _show_sim(self, number, state, iccid, imsi):
        card = self.modem.call(lambda: self.modem.card)
        if card is None:
            return NO_SIM
        euicc = getattr(card, "is_euicc", True)
        self._sim = Shown(self.connection, f"{ROOT}/SIM/{number}", {SIM: {
            "Active": True, "SimIdentifier": iccid or "", "Imsi": imsi or "", "Eid": card.eid if euicc else "",
            "OperatorIdentifier": (imsi or "")[:5], "SimType": SIM_TYPE_ESIM if euicc else SIM_TYPE_PHYSICAL,
            "EsimStatus": (0 if not euicc else ESIM_STATUS_NO_PROFILES if state is CardState.NO_PROFILE
                           else ESIM_STATUS_WITH_PROFILES)}}, self._refuse)
        return self._sim.path

    def _describe_modem(self, sim, state, reason):
        quirks, habits = self.modem.quirks, self.habits
        slots = [NO_SIM] * len(self.modem.slots)
        slots[self.modem.active_slot] = sim
        mbim = type(self.modem).__name__ == "MbimModem"
        return {"Device": habits.uid, "Manufacturer": quirks.manufacturer, "Model": quirks.model,
                "Revision": quirks.revision, "EquipmentIdentifier": quirks.imei, "PrimaryPort": habits.port,
                "Drivers": ["cdc_mbim" if mbim else "qmi_wwan"], "Sim": sim,
                "SimSlots": slots if len(slots) > 1 else [],
                "PrimarySimSlot": self.modem.active_slot + 1 if len(slots) > 1 else 0,
                "Ports": [(habits.port, PORT_MBIM if mbim else PORT_QMI), ("wwan0", PORT_NET)],
                "UnlockRequired": LOCK_SIM_PIN if state is State.LOCKED else LOCK_NONE,
                "State": int(state), "StateFailedReason": reason}

    def _hide(self, why):
        """The modem object goes, and with it what it did."""
        self._cancel_timer()
        self._wanted = False
        if self._modem is None:
            return
        path, modem = self._objects.popitem()
        self.modem.call(self.modem.data.interrupt, why)
        interfaces = list(modem.values)
        modem.remove()
        if self._sim is not None:
            self._sim.remove()
            self._sim = None
        self._root.emit(OBJECT_MANAGER, "InterfacesRemoved", GLib.Variant("(oas)", (path, interfaces)))
        self._note(None, None, None)

    # -- its states -----------------------------------------------------------------------------

    def _enter(self, state):
        modem = self._modem
        if modem is None:
            return
        self._cancel_timer()
        self._set_state(modem, state)
        if state is State.DISABLED and self.habits.enables:
            self._enable()

    def _set_state(self, modem, state):
        before = modem.values[MODEM]["State"]
        modem.change(MODEM, State=int(state))
        modem.emit(MODEM, "StateChanged", GLib.Variant("(iiu)", (before, int(state), 0)))
        if (state == State.CONNECTED) != (before == State.CONNECTED):
            self.modem.call(setattr, self.modem, "connected", state == State.CONNECTED)
        self._note(modem.path, State(state), self._sim.values[SIM]["SimIdentifier"] if self._sim else "")

    def _enable(self):
        self._walk = TO_CONNECTED if self.habits.connects else TO_REGISTERED
        self._after(self.habits.step, self._step)

    def _step(self):
        if self._modem is not None and self._walk:
            state, *rest = self._walk
            self._walk = tuple(rest)
            self._set_state(self._modem, state)
            self._after(self.habits.step, self._step)

    # -- what the modem tells -------------------------------------------------------------------

    def _card_event(self):
        """On the modem's thread."""
        self._invoke(self._card_changed, self.modem.card_state())

    def _card_changed(self, state):
        if state not in RESTING:
            return
        before, self._last_state = self._last_state, state
        if self._wanted:
            self._probed()
        elif self._modem is not None and before is not state and not {before, state}.isdisjoint(
                {CardState.ABSENT, CardState.NO_PROFILE}):
            # A card or all its profiles came or went. That one profile took another's place goes unnoticed.
            self._probe_anew("probed anew")

    def _plug_event(self, plugged):
        self._invoke(self._device_came if plugged else self._device_went)

    # -- InhibitDevice --------------------------------------------------------------------------

    def _root_call(self, interface, method, sender, arguments, invocation):
        if interface == OBJECT_MANAGER:
            invocation.return_value(GLib.Variant("(a{oa{sa{sv}}})", (
                {path: shown.packed() for path, shown in self._objects.items()},)))
        elif method == "InhibitDevice":
            self._authorize(sender, arguments, invocation)
        else:
            self._refuse(interface, method, sender, arguments, invocation)

    def _authorize(self, sender, arguments, invocation):
        def answered(connection, result):
            try:
                authorized = connection.call_finish(result).unpack()[0][0]
            except GLib.Error:
                authorized = False
            if authorized:
                self._inhibit(sender, *arguments, invocation)
            else:
                self._error(invocation, "Unauthorized", "polkit does not allow it")
        if not self.authorizes:
            self._inhibit(sender, *arguments, invocation)
            return
        question = GLib.Variant("((sa{sv})sa{ss}us)", (("system-bus-name", {"name": GLib.Variant("s", sender)}), CONTROL,
                                                       {}, ALLOW_USER_INTERACTION, ""))
        self.connection.call(POLKIT, AUTHORITY_PATH, AUTHORITY, "CheckAuthorization", question, None,
                             Gio.DBusCallFlags.NONE, -1, None, answered)

    def _inhibit(self, sender, uid, wanted, invocation):
        if not wanted:
            if self._owner is None or uid != self.habits.uid or self._owner.sender != sender:
                self._error(invocation, "NotFound", f"nothing is inhibited under the uid {uid}")
            else:
                self._end_inhibition("released")
                invocation.return_value(None)
        elif self.unanswered:
            self.hung.append(invocation)
        elif self.refusals:
            self._error(invocation, self.refusals.pop(0), "as the test wants it")
        elif uid != self.habits.uid or not self._device_is_there():
            self._error(invocation, "NotFound", f"there is no device with the uid {uid}")
        elif self._owner is not None:
            self._error(invocation, "InProgress", f"the device {uid} is inhibited")
        elif self._modem is None:
            self._error(invocation, "WrongState", f"the device {uid} is not shown as a modem")
        else:
            self._begin_inhibition(sender, invocation)

    def _begin_inhibition(self, sender, invocation):
        with self._changed:
            self._owner = Inhibition(sender)
            self.inhibitions.append(self._owner)
            self._changed.notify_all()
        self._owner_watch = Gio.bus_watch_name_on_connection(
            self.connection, sender, Gio.BusNameWatcherFlags.NONE, None, lambda *_: self._end_inhibition("left"))
        self.modem.call(self.modem.data.interrupt, "inhibited")
        if self._modem.values[MODEM]["State"] > State.DISABLED:
            self._cancel_timer()
            self._set_state(self._modem, State.DISABLING)

        def disabled():
            self._hide("inhibited")
            invocation.return_value(None)
        self._after(self.habits.inhibit, disabled)

    def _end_inhibition(self, how):
        if self._owner_watch:
            Gio.bus_unwatch_name(self._owner_watch)
            self._owner_watch = 0
        with self._changed:
            owner, self._owner = self._owner, None
            if owner is not None:
                owner.until, owner.how = time.monotonic(), how
            self._changed.notify_all()
        if how != "gone":
            self._hide("inhibited")
            self._device_came()

    # -- the rest -------------------------------------------------------------------------------

    def _modem_call(self, interface, method, sender, arguments, invocation):
        if interface == MODEM and method == "Enable":
            state = State(self._modem.values[MODEM]["State"])
            if state in (State.FAILED, State.LOCKED):
                self._error(invocation, "WrongState", "the modem cannot be enabled")
                return
            if arguments[0]:
                self._enable()
            else:
                self._cancel_timer()
                self._set_state(self._modem, State.DISABLED)
            invocation.return_value(None)
        elif interface == MODEM and method == "ListBearers":
            invocation.return_value(GLib.Variant("(ao)", ([],)))
        else:
            self._refuse(interface, method, sender, arguments, invocation)

    def _refuse(self, _interface, method, _sender, _arguments, invocation):
        self._error(invocation, "Unsupported", f"{method} is not played here")

    def _error(self, invocation, name, words):
        invocation.return_dbus_error(ERROR + name, words)
