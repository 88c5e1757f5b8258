# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for NetworkManager on a private bus: connections for SIMs, and a modem that one of them is brought up on.

It does what NetworkManager 1.42 does with them; see selftest/test_networkmanager.py for what is compared with the real
one. Like it, it brings up by itself what fits the SIM that the modem shows, and not again what somebody took down.
"""

import contextlib
import dataclasses
import threading

from gi.repository import Gio, GLib

from .chassis import CardState
from .nmbus import (ACTIVE_ACTIVATED, ACTIVE_ACTIVATING, ACTIVE_DEACTIVATED, ACTIVE_DEACTIVATING, ACTIVE_INTERFACE,
                    ACTIVE_XML, CONNECTION_INTERFACE, CONNECTION_XML, DEVICE_ACTIVATED, DEVICE_DISCONNECTED,
                    DEVICE_INTERFACE, DEVICE_PREPARE, DEVICE_TYPE_MODEM, DEVICE_XML, NAME, PROPERTIES,
                    REASON_CONNECTION_REMOVED, REASON_DEVICE_DISCONNECTED, REASON_NONE, REASON_USER_DISCONNECTED, ROOT,
                    ROOT_INTERFACE, ROOT_XML, SETTINGS, SETTINGS_INTERFACE, SETTINGS_XML)
from .nmsettings import SECRETS, Refused, checked, pack, plain, unpack
from .played import Played

# Times in seconds; the real one's are some seconds each.
ACTIVATION, DEACTIVATION = 0.05, 0.05


@dataclasses.dataclass
class Active:
    """A connection that is up, or on its way up or down."""

    path: str
    connection: str
    state: int = ACTIVE_ACTIVATING
    timer: GLib.Source | None = None
    ids: list = dataclasses.field(default_factory=list)


class Service(Played):
    """One life of it on the bus."""

    NAME, PATH, INTROSPECTION = NAME, ROOT, ROOT_XML

    def __init__(self, address, manager):
        self.manager = manager
        super().__init__(address)

    def prepare(self):
        self.manager.service = self
        self.register(SETTINGS, SETTINGS_XML)
        self.register(self.manager.DEVICE, DEVICE_XML)
        for path in self.manager.connections:
            self.register(path, CONNECTION_XML)

    def register(self, path, introspection):
        info = Gio.DBusNodeInfo.new_for_xml(introspection).interfaces[0]
        return self.connection.register_object(path, info, self._call_at, self._property_at, None)

    def _property(self, connection, sender, path, interface, name):
        return self._property_at(connection, sender, path, interface, name)

    def _property_at(self, _connection, _sender, path, interface, name):
        return self.manager.properties(path, interface)[name]

    def _call(self, connection, sender, path, interface, method, parameters, invocation):
        self._call_at(connection, sender, path, interface, method, parameters, invocation)

    def _call_at(self, _connection, _sender, path, _interface, method, parameters, invocation):
        try:
            answer = self.manager.answer(path, method, parameters)
        except Refused as refused:
            invocation.return_dbus_error(refused.name, str(refused))
            return
        if answer is not False:
            invocation.return_value(answer)

    def give_up_name(self):
        """At once: the bus may see the end of a connection later, and the next life wants the name."""
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
                                  GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, 5000, None)

    def signal(self, path, interface, name, arguments=None):
        self.connection.emit_signal(None, path, interface, name, arguments)


class NetworkManager:
    """Owns the name on the bus at `address` from its making, or start(), until stop(); what it knows outlives that,
    as on a disk.

    modem: of the laboratory, or None; its SIM is the one that is looked at. autoconnect: False leaves all down.
    activation, deactivation: seconds; None for a deactivation: until let_go().
    """

    DEVICE = ROOT + "/Devices/1"

    def __init__(self, address, modem=None, *, autoconnect=True, activation=ACTIVATION, deactivation=DEACTIVATION,
                 connections=()):
        self.address, self.modem = address, modem
        self.autoconnect, self.activation, self.deactivation = autoconnect, activation, deactivation
        self.connections = {}        # path: {setting: {key: GLib.Variant}}
        self.actives = {}            # path: Active
        self.calls = []              # (method, path) of all that change something
        self.refusals = {}           # method: the name of the error that it gets
        self.unanswered = set()      # methods that get no answer
        self._blocked = set()        # paths of connections that somebody took down
        self._number = 0
        self._shown = None           # the ICCID that the modem shows
        self._changed = threading.Condition()
        self.service = None
        for settings in connections:
            self.connections[self._new_path("Settings")] = checked(settings)
        self.start()

    # -- for tests ------------------------------------------------------------------------------

    def find(self, **wanted):
        """Paths of the connections whose settings say so: find(gsm={"sim-id": "…"})."""
        with self._changed:
            return [path for path, settings in self.connections.items()
                    if all(plain(settings).get(name, {}).get(key) == value
                           for name, keys in wanted.items() for key, value in keys.items())]

    def settings(self, uuid):
        """{setting: {key: value}} of that connection, with what is secret, or None."""
        paths = self.find(connection={"uuid": uuid})
        return plain(self.connections[paths[0]]) if paths else None

    def is_active(self, uuid):
        paths = self.find(connection={"uuid": uuid})
        return any(active.connection in paths for active in list(self.actives.values()))

    def add(self, settings):
        """A person makes a connection; its path."""
        return self._on_thread(self._add, settings)

    def change(self, uuid, **settings):
        """A person edits one: change(uuid, gsm={"apn": GLib.Variant(…)}); a value of None takes the key out."""
        self._on_thread(self._change, uuid, settings)

    def delete(self, uuid):
        self._on_thread(lambda: self._delete(self.find(connection={"uuid": uuid})[0]))

    def refuse(self, method, name="Settings.PermissionDenied"):
        """Answer these calls with an error from now on; None: no longer."""
        if name is None:
            self.refusals.pop(method, None)
        else:
            self.refusals[method] = name

    def show(self, iccid):
        """The modem shows this SIM, or none."""
        self._on_thread(self._sim_changed, iccid)

    def let_go(self):
        """Whatever is on its way down is down."""
        def run():
            for active in list(self.actives.values()):
                if active.state == ACTIVE_DEACTIVATING:
                    self._down(active)
        self._on_thread(run)

    def wait(self, condition, timeout=10):
        """Until condition () is true, which is looked at whenever something changed here; what it gave."""
        with self._changed:
            found = self._changed.wait_for(condition, timeout)
        if not found:
            raise TimeoutError(f"NetworkManager: {self.calls[-5:]}, {list(self.actives.values())}")
        return found

    def wait_active(self, uuid, active=True, timeout=10):
        return self.wait(lambda: self.is_active(uuid) == active or None, timeout)

    # -- coming and going -----------------------------------------------------------------------

    def start(self):
        if self.service is not None:
            return
        self.service = Service(self.address, self)
        if self.modem is not None:
            self.modem.card_hooks.append(self._card_event)
            self._card_event()

    def stop(self):
        """Leave the bus at once, as in a crash; nothing is up any more."""
        if self.service is None:
            return
        if self.modem is not None:
            self.modem.card_hooks.remove(self._card_event)
        self._on_thread(self._drop_all)
        self.service.close()
        self.service = None

    def close(self):
        self.stop()

    def _drop_all(self):
        for active in self.actives.values():
            if active.timer is not None:
                active.timer.destroy()
        self.actives.clear()
        self._blocked.clear()
        self._shown = None
        self._carry(False)
        with contextlib.suppress(GLib.Error):  # the bus may be gone already
            self.service.give_up_name()

    def _on_thread(self, function, *arguments):
        """What function gives, run on the service's thread."""
        done, result = threading.Event(), []

        def once(*_):
            try:
                result.append(function(*arguments))
            finally:
                done.set()
            return False
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(once)
        source.attach(self.service.context)
        if not done.wait(10) or not result:
            raise RuntimeError("NetworkManager's stand-in could not do it")
        return result[0]

    def _after(self, seconds, function, *arguments):
        source = GLib.timeout_source_new(int(seconds * 1000))

        def once(*_):
            function(*arguments)
            return False
        source.set_callback(once)
        source.attach(self.service.context)
        return source

    def _note(self):
        with self._changed:
            self._changed.notify_all()

    def _new_path(self, folder):
        self._number += 1
        return f"{ROOT}/{folder}/{self._number}"

    # -- the modem ------------------------------------------------------------------------------

    def _card_event(self):
        """On the modem's thread, or on the one that starts us."""
        modem, service = self.modem, self.service
        iccid = modem.call(lambda: modem.identity()[0] if modem.card_state() is CardState.READY else None)
        source = GLib.idle_source_new()
        # Not in another life, which may have the same context.
        source.set_callback(lambda *_: self._sim_changed(iccid) if self.service is service else None)
        source.attach(service.context)

    def _sim_changed(self, iccid):
        if iccid == self._shown and not self._lost_its_data():
            return
        self._shown = iccid
        self._blocked.clear()
        for active in list(self.actives.values()):
            self._down(active, REASON_DEVICE_DISCONNECTED)
        self._look_for_one()

    def _lost_its_data(self):
        """The same SIM, but what was up went down under us."""
        return (self.modem is not None and not self.modem.connected
                and any(active.state == ACTIVE_ACTIVATED for active in self.actives.values()))

    def _fits(self, settings):
        told = plain(settings)
        return (told["connection"]["type"] == "gsm" and told["connection"].get("autoconnect", True)
                and told["gsm"].get("sim-id") in (None, self._shown))

    def _look_for_one(self):
        """Bring up what is for this SIM; what is for any comes after it."""
        if not self.autoconnect or self._shown is None or self.actives:
            return
        fitting = [path for path, settings in self.connections.items()
                   if path not in self._blocked and self._fits(settings)]
        fitting.sort(key=lambda path: "sim-id" not in self.connections[path]["gsm"])
        if fitting:
            self._up(fitting[0])

    def _carry(self, wanted):
        if self.modem is not None:
            with contextlib.suppress(RuntimeError):  # it is being closed
                self.modem.call(setattr, self.modem, "connected", wanted)

    def _up(self, connection):
        active = Active(self._new_path("ActiveConnection"), connection)
        self.actives[active.path] = active
        active.ids.append(self.service.register(active.path, ACTIVE_XML))
        self._announce_actives()
        active.timer = self._after(self.activation, self._is_up, active)
        return active.path

    def _is_up(self, active):
        active.timer = None
        self._carry(True)
        self._enter(active, ACTIVE_ACTIVATED, REASON_NONE)

    def _enter(self, active, state, reason):
        active.state = state
        self.service.signal(active.path, ACTIVE_INTERFACE, "StateChanged", GLib.Variant("(uu)", (state, reason)))
        self._announce(active.path, ACTIVE_INTERFACE, "State")
        self._announce(self.DEVICE, DEVICE_INTERFACE, "State", "ActiveConnection")
        self._note()

    def _take_down(self, active, reason):
        if active.timer is not None:
            active.timer.destroy()
        active.timer = None
        self._enter(active, ACTIVE_DEACTIVATING, reason)
        if self.deactivation is not None:
            active.timer = self._after(self.deactivation, self._down, active, reason)

    def _down(self, active, reason=REASON_NONE):
        if self.actives.pop(active.path, None) is None:
            return
        if active.timer is not None:
            active.timer.destroy()
        self._carry(False)
        self._enter(active, ACTIVE_DEACTIVATED, reason)
        self._announce_actives()
        for one in active.ids:
            self.service.connection.unregister_object(one)
        self._look_for_one()

    # -- connections ----------------------------------------------------------------------------

    def _add(self, settings):
        settings = checked(settings)
        uuid = settings["connection"]["uuid"].unpack()
        if self.find(connection={"uuid": uuid}):
            raise Refused("Settings.UuidExists", "a connection with this UUID already exists")
        path = self._new_path("Settings")
        with self._changed:
            self.connections[path] = settings
        self.service.register(path, CONNECTION_XML)
        self.service.signal(SETTINGS, SETTINGS_INTERFACE, "NewConnection", GLib.Variant("(o)", (path,)))
        self._announce(SETTINGS, SETTINGS_INTERFACE, "Connections")
        self._note()
        self._look_for_one()
        return path

    def _update(self, path, settings):
        settings = checked(settings)
        if settings["connection"]["uuid"].unpack() != plain(self.connections[path])["connection"]["uuid"]:
            raise Refused("Settings.InvalidConnection", "the UUID cannot be changed")
        # As the real one has it: what is secret is replaced as a whole, or not at all.
        gsm_keys, before = settings.get("gsm", {}), self.connections[path].get("gsm", {})
        if not any(key in gsm_keys for key in SECRETS):
            gsm_keys.update({key: before[key] for key in SECRETS if key in before})
        with self._changed:
            self.connections[path] = settings
        self.service.signal(path, CONNECTION_INTERFACE, "Updated")
        self._note()
        self._look_for_one()

    def _change(self, uuid, changes):
        path = self.find(connection={"uuid": uuid})[0]
        settings = {name: dict(keys) for name, keys in self.connections[path].items()}
        for name, keys in changes.items():
            for key, value in keys.items():
                settings.setdefault(name, {})[key] = value
                if value is None:
                    del settings[name][key]
        self._update(path, settings)

    def _delete(self, path):
        for active in list(self.actives.values()):
            if active.connection == path:
                self._blocked.add(path)
                self._down(active, REASON_CONNECTION_REMOVED)
        with self._changed:
            del self.connections[path]
        self.service.signal(path, CONNECTION_INTERFACE, "Removed")
        self.service.signal(SETTINGS, SETTINGS_INTERFACE, "ConnectionRemoved", GLib.Variant("(o)", (path,)))
        self._announce(SETTINGS, SETTINGS_INTERFACE, "Connections")
        self._note()

    # -- what it says ---------------------------------------------------------------------------

    def properties(self, path, interface):
        """{name: GLib.Variant} of an object."""
        first = next(iter(self.actives.values()), None)
        if interface == ROOT_INTERFACE:
            up = first is not None and first.state == ACTIVE_ACTIVATED
            return {"Devices": GLib.Variant("ao", [self.DEVICE]), "Version": GLib.Variant("s", "1.42.4"),
                    "ActiveConnections": GLib.Variant("ao", list(self.actives)),
                    "PrimaryConnection": GLib.Variant("o", first.path if up else "/")}
        if interface == SETTINGS_INTERFACE:
            return {"Connections": GLib.Variant("ao", list(self.connections))}
        if interface == CONNECTION_INTERFACE:
            return {"Unsaved": GLib.Variant("b", False)}
        if interface == DEVICE_INTERFACE:
            state = (DEVICE_DISCONNECTED if first is None
                     else DEVICE_ACTIVATED if first.state == ACTIVE_ACTIVATED else DEVICE_PREPARE)
            return {"Interface": GLib.Variant("s", "cdc-wdm0"), "State": GLib.Variant("u", state),
                    "DeviceType": GLib.Variant("u", DEVICE_TYPE_MODEM),
                    "ActiveConnection": GLib.Variant("o", "/" if first is None else first.path)}
        return self._active_properties(path)

    def _active_properties(self, path):
        active = self.actives.get(path) or Active(path, "/", ACTIVE_DEACTIVATED)
        told = plain(self.connections.get(active.connection, {})).get("connection", {})
        up = active.state == ACTIVE_ACTIVATED
        return {"Connection": GLib.Variant("o", active.connection), "Id": GLib.Variant("s", told.get("id", "")),
                "Uuid": GLib.Variant("s", told.get("uuid", "")), "Type": GLib.Variant("s", told.get("type", "")),
                "Devices": GLib.Variant("ao", [self.DEVICE]), "State": GLib.Variant("u", active.state),
                "Default": GLib.Variant("b", up), "Default6": GLib.Variant("b", up)}

    def _announce(self, path, interface, *names):
        values = self.properties(path, interface)
        self.service.signal(path, PROPERTIES, "PropertiesChanged",
                            GLib.Variant("(sa{sv}as)", (interface, {name: values[name] for name in names}, [])))

    def _announce_actives(self):
        self._announce(ROOT, ROOT_INTERFACE, "ActiveConnections", "PrimaryConnection")
        self._note()

    # -- what it is asked -----------------------------------------------------------------------

    CHANGES = ("AddConnection", "AddConnection2", "Update", "Update2", "ClearSecrets", "Delete", "ActivateConnection",
               "DeactivateConnection")

    def answer(self, path, method, parameters):
        """A GLib.Variant or None; False: no answer."""
        if method in self.CHANGES:
            self.calls.append((method, path))
            self._note()
        if method in self.unanswered:
            return False
        if method in self.refusals:
            raise Refused(self.refusals[method], "the laboratory says no")
        if path not in (ROOT, SETTINGS) and path not in self.connections:
            raise Refused("org.freedesktop.DBus.Error.UnknownMethod", f"Object does not exist at path “{path}”")
        return getattr(self, "_call_" + method)(path, parameters)

    def _call_GetDevices(self, _path, _parameters):
        return GLib.Variant("(ao)", ([self.DEVICE],))

    def _call_ListConnections(self, _path, _parameters):
        return GLib.Variant("(ao)", (list(self.connections),))

    def _call_GetConnectionByUuid(self, _path, parameters):
        paths = self.find(connection={"uuid": parameters.unpack()[0]})
        if not paths:
            raise Refused("Settings.InvalidConnection", "No connection with the UUID was found.")
        return GLib.Variant("(o)", (paths[0],))

    def _call_AddConnection(self, _path, parameters):
        return GLib.Variant("(o)", (self._add(unpack(parameters.get_child_value(0))),))

    def _call_AddConnection2(self, _path, parameters):
        if not parameters.get_child_value(1).get_uint32() & 0x3:
            raise Refused("Settings.InvalidArguments", "either to-disk or in-memory must be set")
        return GLib.Variant("(oa{sv})", (self._add(unpack(parameters.get_child_value(0))), {}))

    def _call_GetSettings(self, path, _parameters):
        told = {name: {key: value for key, value in keys.items() if key not in SECRETS}
                for name, keys in self.connections[path].items()}
        return GLib.Variant.new_tuple(pack(told))

    def _call_GetSecrets(self, path, parameters):
        name = parameters.unpack()[0]
        found = {key: value for key, value in self.connections[path].get(name, {}).items() if key in SECRETS}
        if not found:
            raise Refused("AgentManager.NoSecrets", "No agents were available for this request.")
        return GLib.Variant.new_tuple(pack({name: found}))

    def _call_Update(self, path, parameters):
        self._update(path, unpack(parameters.get_child_value(0)))

    def _call_Update2(self, path, parameters):
        self._update(path, unpack(parameters.get_child_value(0)))
        return GLib.Variant("(a{sv})", ({},))

    def _call_ClearSecrets(self, path, _parameters):
        with self._changed:
            self.connections[path] = {name: {key: value for key, value in keys.items() if key not in SECRETS}
                                      for name, keys in self.connections[path].items()}
        self.service.signal(path, CONNECTION_INTERFACE, "Updated")

    def _call_Delete(self, path, _parameters):
        self._delete(path)

    def _call_ActivateConnection(self, _path, parameters):
        connection = parameters.unpack()[0]
        if connection not in self.connections:
            raise Refused("UnknownConnection", "Connection does not exist")
        if self._shown is None:
            raise Refused("UnknownDevice", "No suitable device found for this connection")
        self._blocked.discard(connection)
        return GLib.Variant("(o)", (self._up(connection),))

    def _call_DeactivateConnection(self, _path, parameters):
        active = self.actives.get(parameters.unpack()[0])
        if active is None:
            raise Refused("ConnectionNotActive", "The connection was not active.")
        self._blocked.add(active.connection)
        if active.state != ACTIVE_DEACTIVATING:
            self._take_down(active, REASON_USER_DISCONNECTED)
