# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method of the interface with its rule, and a laboratory in which each of them would do something."""

import contextlib

import pytest
from esimlab import Profile, ber
from esimlab.busclient import BusError
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.profiles import demo_profiles
from gi.repository import Gio, GLib
from panel import DEREGISTRATION, ERROR, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
SLOW_RETRY = {"network": {"retry-min-seconds": "600", "retry-max-seconds": "600"}}
NOTHING = GLib.Variant("a{sv}", {})
AGREED = GLib.Variant("a{sv}", {"contract-continues": GLib.Variant("b", True)})
CARD = GLib.Variant("a{sv}", {"eid": GLib.Variant("s", ber.make_eid("89049032", 20260001))})
LOCAL = GLib.Variant("a{sv}", {"method": GLib.Variant("s", "local")})
CONSENT = GLib.Variant("a{sv}", {"consent": GLib.Variant("b", True), "contract-continues": GLib.Variant("b", True)})


def arguments(*values):
    return GLib.Variant.new_tuple(*values)


# What polkit is asked for each method, and arguments with which it would do something. "owner" methods are
# free for the requester, and asked of others.
RULES = {
    (MANAGER, "DeregisterIccid"): (
        "deregister", False, arguments(GLib.Variant("s", "8966010000000000012"), NOTHING)),
    (MANAGER, "ListModems"): ("refresh", False, arguments()),
    (EUICC, "Refresh"): ("refresh", False, arguments(NOTHING)),
    (EUICC, "ListNotifications"): ("refresh", False, arguments()),
    (EUICC, "SendNotifications"): ("notifications", False, arguments(NOTHING)),
    (EUICC, "RemoveNotification"): ("notifications", False, arguments(GLib.Variant("t", 0), NOTHING)),
    (EUICC, "ActivateSlot"): ("switch", False, arguments(NOTHING)),
    (EUICC, "Download"): ("download", False, arguments(GLib.Variant("s", "LPA:1$smdp.lab.example$UNKNOWN"), NOTHING)),
    (EUICC, "Discover"): ("download", False, arguments(NOTHING)),
    (EUICC, "ResetMemory"): ("reset-memory", False, arguments(GLib.Variant("as", ["default-address"]), CARD)),
    (EUICC, "SetDefaultSmdpAddress"): ("download", False, arguments(GLib.Variant("s", "smdp.lab.example"), NOTHING)),
    (PROFILE, "ListConnections"): ("refresh", False, arguments()),
    (PROFILE, "GetIcon"): ("refresh", False, arguments()),
    (PROFILE, "Enable"): ("switch", False, arguments(NOTHING)),
    (PROFILE, "Disable"): ("switch", False, arguments(NOTHING)),
    (PROFILE, "SetNickname"): ("rename", False, arguments(GLib.Variant("s", "taken"), NOTHING)),
    (PROFILE, "Delete"): ("delete", False, arguments(AGREED)),
    (PROFILE, "Deregister"): ("deregister", False, arguments(LOCAL)),
    (OPERATION, "Describe"): ("inspect", True, arguments()),
    (OPERATION, "Answer"): ("inspect", True, arguments(GLib.Variant("u", 1), NOTHING)),
    (OPERATION, "Cancel"): ("inspect", True, arguments()),
    (DEREGISTRATION, "Describe"): ("inspect", True, arguments()),
    (DEREGISTRATION, "Answer"): ("deregister", False, arguments(GLib.Variant("u", 1), CONSENT)),
    (DEREGISTRATION, "Check"): ("deregister", True, arguments()),
    (DEREGISTRATION, "Retry"): ("deregister", True, arguments()),
    (DEREGISTRATION, "Withdraw"): ("deregister", True, arguments()),
    (DEREGISTRATION, "GetReceipt"): ("deregister", True, arguments()),
    (DEREGISTRATION, "Forget"): ("deregister", True, arguments()),
}
# What anybody may ask: the same for everybody, and nothing of this machine's users in it.
PUBLIC = {(MANAGER, "ListCarriers"), (MANAGER, "LookUpCarrier"), (MANAGER, "CheckCarrierFile"),
          (MANAGER, "ParseActivationCode"), (MANAGER, "ListTrust")}
# There is one slot here, and it is in use: authorized, it is refused for that.
REFUSED = {(EUICC, "ActivateSlot"): "WrongState"}
STRICT = [key for key, (_, owner, _) in RULES.items() if not owner]
NAMES = {"ids": lambda key: f"{key[0].rsplit('.', 1)[1]}.{key[1]}"}


class Scene:
    """Everything that could be called: a card with a notification, an operation, an open deregistration."""

    def __init__(self, lab):
        self.lab, self.panel = lab, Panel(lab)
        lab.smdp.behave("status", times=-1, code=503)
        lab.card.install(Profile("8900100000000000018", "Told of", "Lab", addresses=demo_profiles()[0].addresses))
        self.panel.run(self.panel.euicc(), EUICC, "Refresh", notifications=True)
        self.deregistration = self.panel.deregister(ISLAND)
        self.panel.wait_question(self.deregistration)
        self.operation = self.panel.get(ROOT_PATH, MANAGER, "Operations")[0]
        self.settle()

    def settle(self):
        """Deliveries are tried on their own: wait until the first one was."""
        self.panel.client.wait_until(lambda: self.panel.notifications()[0]["attempts"] >= 1, 10 * PATIENCE)
        self.lab.polkit.clear()

    def path(self, interface, method):
        if interface == PROFILE:
            return self.panel.profile(AIS if method == "Disable" else BLUE)
        return {MANAGER: ROOT_PATH, EUICC: self.panel.euicc(), OPERATION: self.operation,
                DEREGISTRATION: self.deregistration}[interface]

    def call(self, key, client=None, interactive=False, timeout=20):
        """Call it as this client; its result."""
        flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else Gio.DBusCallFlags.NONE
        connection = (client or self.lab.client).connection
        try:
            return connection.call_sync(BUS_NAME, self.path(*key), *key, RULES[key][2], None, flags,
                                        timeout * 1000, None)
        except GLib.Error as error:
            raise BusError(Gio.DBusError.get_remote_error(error), error.message) from None

    def state(self):
        """What must not change: the card, the disk without what delivery writes by itself, the objects."""
        disk = {str(path): path.read_bytes() for path in self.lab.state_folder.glob("deregistrations/*")}
        disk |= {str(path): b"" for path in self.lab.state_folder.rglob("*") if path.is_file()}
        stage = self.panel.client.get_all(self.deregistration, DEREGISTRATION)
        return (self.lab.card.state(), [e for e in self.lab.modem.exchanges if e.kind == "apdu"], disk,
                sorted(self.panel.client.objects(ROOT_PATH)), stage["Stage"], stage["NeedsInput"])

    @contextlib.contextmanager
    def unchanged(self):
        before = self.state()
        yield
        assert self.state() == before

    def refused(self, key, **how):
        with pytest.raises(BusError) as caught, self.unchanged():
            self.call(key, **how)
        assert caught.value.name == ERROR + "NotAuthorized", caught.value
        assert caught.value.message
