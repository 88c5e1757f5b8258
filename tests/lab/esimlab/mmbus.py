# SPDX-License-Identifier: LGPL-2.1-or-later
"""ModemManager's interface on the bus, as far as a client meets it: names, numbers, and objects that can be shown.

After the introspection data of ModemManager 1.20; selftest/test_modemmanager.py compares the two.
"""

import enum

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NAME = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
MODEM = f"{NAME}.Modem"
MODEM_3GPP = f"{MODEM}.Modem3gpp"
SIM = f"{NAME}.Sim"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR = f"{NAME}.Error.Core."
NO_SIM = "/"

PORT_NET, PORT_QMI, PORT_MBIM = 2, 6, 7
REASON_NONE, REASON_SIM_MISSING, REASON_ESIM_WITHOUT_PROFILES = 0, 2, 5
LOCK_NONE, LOCK_SIM_PIN = 1, 2
SIM_TYPE_PHYSICAL, SIM_TYPE_ESIM = 1, 2
ESIM_STATUS_NO_PROFILES, ESIM_STATUS_WITH_PROFILES = 1, 2


class State(enum.IntEnum):
    """Modem.State"""

    FAILED = -1
    UNKNOWN = 0
    INITIALIZING = 1
    LOCKED = 2
    DISABLED = 3
    DISABLING = 4
    ENABLING = 5
    ENABLED = 6
    SEARCHING = 7
    REGISTERED = 8
    DISCONNECTING = 9
    CONNECTING = 10
    CONNECTED = 11


# Each property with its type and what it is where nothing is known.
MODEM_PROPERTIES = {
    "Sim": ("o", NO_SIM), "SimSlots": ("ao", []), "PrimarySimSlot": ("u", 0), "Bearers": ("ao", []),
    "SupportedCapabilities": ("au", [4]), "CurrentCapabilities": ("u", 4), "MaxBearers": ("u", 1),
    "MaxActiveBearers": ("u", 1), "MaxActiveMultiplexedBearers": ("u", 0), "Manufacturer": ("s", ""),
    "Model": ("s", ""), "Revision": ("s", ""), "CarrierConfiguration": ("s", ""),
    "CarrierConfigurationRevision": ("s", ""), "HardwareRevision": ("s", ""), "DeviceIdentifier": ("s", ""),
    "Device": ("s", ""), "Drivers": ("as", []), "Plugin": ("s", "generic"), "PrimaryPort": ("s", ""),
    "Ports": ("a(su)", []), "EquipmentIdentifier": ("s", ""), "UnlockRequired": ("u", 0),
    "UnlockRetries": ("a{uu}", {}), "State": ("i", 0), "StateFailedReason": ("u", 0),
    "AccessTechnologies": ("u", 0), "SignalQuality": ("(ub)", (0, False)), "OwnNumbers": ("as", []),
    "PowerState": ("u", 3), "SupportedModes": ("a(uu)", []), "CurrentModes": ("(uu)", (0, 0)),
    "SupportedBands": ("au", []), "CurrentBands": ("au", []), "SupportedIpFamilies": ("u", 7)}
MODEM_3GPP_PROPERTIES = {
    "Imei": ("s", ""), "RegistrationState": ("u", 0), "OperatorCode": ("s", ""), "OperatorName": ("s", ""),
    "EnabledFacilityLocks": ("u", 0), "SubscriptionState": ("u", 0), "EpsUeModeOperation": ("u", 0),
    "Pco": ("a(ubay)", []), "InitialEpsBearer": ("o", NO_SIM), "InitialEpsBearerSettings": ("a{sv}", {}),
    "PacketServiceState": ("u", 0), "Nr5gRegistrationSettings": ("a{sv}", {})}
SIM_PROPERTIES = {
    "Active": ("b", False), "SimIdentifier": ("s", ""), "Imsi": ("s", ""), "Eid": ("s", ""),
    "OperatorIdentifier": ("s", ""), "OperatorName": ("s", ""), "EmergencyNumbers": ("as", []),
    "PreferredNetworks": ("a(su)", []), "Gid1": ("ay", []), "Gid2": ("ay", []), "SimType": ("u", 0),
    "EsimStatus": ("u", 0), "Removability": ("u", 0)}

# Each method with the types of what goes in and what comes out.
METHODS = {
    NAME: {"ScanDevices": ("", ""), "SetLogging": ("s", ""), "ReportKernelEvent": ("a{sv}", ""),
           "InhibitDevice": ("sb", "")},
    MODEM: {"Enable": ("b", ""), "ListBearers": ("", "ao"), "CreateBearer": ("a{sv}", "o"), "DeleteBearer": ("o", ""),
            "Reset": ("", ""), "FactoryReset": ("s", ""), "SetPowerState": ("u", ""),
            "SetCurrentCapabilities": ("u", ""), "SetCurrentModes": ("(uu)", ""), "SetCurrentBands": ("au", ""),
            "SetPrimarySimSlot": ("u", ""), "GetCellInfo": ("", "aa{sv}"), "Command": ("su", "s")},
    MODEM_3GPP: {"Register": ("s", ""), "Scan": ("", "aa{sv}"), "SetEpsUeModeOperation": ("u", ""),
                 "SetInitialEpsBearerSettings": ("a{sv}", ""), "SetNr5gRegistrationSettings": ("a{sv}", ""),
                 "DisableFacilityLock": ("(us)", ""), "SetPacketServiceState": ("u", "")},
    SIM: {"SendPin": ("s", ""), "SendPuk": ("ss", ""), "EnablePin": ("sb", ""), "ChangePin": ("ss", ""),
          "SetPreferredNetworks": ("a(su)", "")},
    OBJECT_MANAGER: {"GetManagedObjects": ("", "a{oa{sa{sv}}}")},
}
KNOWN = {NAME: {"Version": ("s", "1.20.4")}, MODEM: MODEM_PROPERTIES, MODEM_3GPP: MODEM_3GPP_PROPERTIES,
         SIM: SIM_PROPERTIES, OBJECT_MANAGER: {}}
SIGNALS = {MODEM: {"StateChanged": "iiu"}, OBJECT_MANAGER: {"InterfacesAdded": "oa{sa{sv}}", "InterfacesRemoved": "oas"}}


def types(signature):
    """The single complete types of a signature."""
    rest, found = signature, []
    while rest:
        end = next(n for n in range(1, len(rest) + 1) if GLib.VariantType.string_is_valid(rest[:n]))
        found.append(rest[:end])
        rest = rest[end:]
    return found


def describe(interface):
    """Its introspection data."""
    words = [f'<node><interface name="{interface}">']
    for name, (type_in, type_out) in METHODS.get(interface, {}).items():
        arguments = "".join(f'<arg direction="{way}" type="{one}"/>'
                            for way, signature in (("in", type_in), ("out", type_out)) for one in types(signature))
        words.append(f'<method name="{name}">{arguments}</method>')
    for name, signature in SIGNALS.get(interface, {}).items():
        arguments = "".join(f'<arg type="{one}"/>' for one in types(signature))
        words.append(f'<signal name="{name}">{arguments}</signal>')
    words += [f'<property name="{name}" type="{kind}" access="read"/>' for name, (kind, _) in KNOWN[interface].items()]
    return "".join([*words, "</interface></node>"])


def pack(interface, properties):
    """{name: value} as a{sv} holds it."""
    return {name: GLib.Variant(KNOWN[interface][name][0], value) for name, value in properties.items()}


class Shown:
    """An object on the bus: a path with interfaces and their properties.

    call (interface, method, sender, arguments, invocation) gets what is asked of it.
    """

    def __init__(self, connection, path, interfaces, call):
        self.connection, self.path, self.call = connection, path, call
        self.values = {interface: {**{name: value for name, (_, value) in KNOWN[interface].items()}, **values}
                       for interface, values in interfaces.items()}
        self._ids = [connection.register_object(path, Gio.DBusNodeInfo.new_for_xml(describe(one)).interfaces[0],
                                                self._method, self._property, None) for one in interfaces]

    def _method(self, _connection, sender, _path, interface, method, parameters, invocation):
        self.call(interface, method, sender, parameters.unpack(), invocation)

    def _property(self, _connection, _sender, _path, interface, name):
        return GLib.Variant(KNOWN[interface][name][0], self.values[interface][name])

    def packed(self):
        """a{sa{sv}}"""
        return {interface: pack(interface, values) for interface, values in self.values.items()}

    def change(self, interface, **values):
        """With the signal for those that are others than before."""
        changed = {name: value for name, value in values.items() if self.values[interface][name] != value}
        self.values[interface].update(changed)
        if changed:
            self.emit(PROPERTIES, "PropertiesChanged",
                      GLib.Variant("(sa{sv}as)", (interface, pack(interface, changed), [])))

    def emit(self, interface, name, parameters):
        self.connection.emit_signal(None, self.path, interface, name, parameters)

    def remove(self):
        for one in self._ids:
            self.connection.unregister_object(one)
        self._ids = []
