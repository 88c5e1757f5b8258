#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that speaks the contract of dbus/*.xml and behaves as a test tells it to.

It owns org.esimd1 on the system bus of the environment. Its interfaces are read from the XML files themselves, so a
method, a property or a type that is not in the contract cannot be answered. Its world is a JSON file (argument 1).
"""
import json
import pathlib
import sys
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import carriers  # noqa: E402
import downloads  # noqa: E402
import modems  # noqa: E402
import portalway  # noqa: E402
import ts43way  # noqa: E402

NAME = "org.esimd1"
ROOT = "/org/esimd1"
XML = pathlib.Path(__file__).resolve().parents[2] / "dbus"
REMOVAL = ("save-notifications", "disable", "delete", "verify", "remove-connections", "notify")
ENDED = ("completed", "checked", "withdrawn", "rejected", "failed", "unreadable")


def variant(value):
    """A GVariant for a JSON-like value: whole numbers are times and counts by their size."""
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, str):
        return GLib.Variant("s", value)
    if isinstance(value, dict):
        return GLib.Variant("a{sv}", {k: variant(v) for k, v in value.items()})
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return GLib.Variant("aa{sv}", [{k: variant(v) for k, v in item.items()} for item in value])
    if isinstance(value, list):
        return GLib.Variant("as", value)
    raise TypeError(repr(value))


def parameter(value):
    """A dictionary among the parameters of a finding is a text by locale, a number a count."""
    if isinstance(value, dict):
        return GLib.Variant("a{ss}", value)
    if isinstance(value, int) and not isinstance(value, bool):
        return GLib.Variant("u", value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return GLib.Variant("aa{ss}", value)
    return variant(value)


def findings(entries):
    return GLib.Variant("aa{sv}", [
        {k: GLib.Variant("a{sv}", {name: parameter(p) for name, p in v.items()}) if k == "parameters" else variant(v)
         for k, v in f.items()} for f in entries])


def steps(entries):
    return GLib.Variant("aa{sv}", [{"step": variant(s), "state": variant(state), "time": GLib.Variant("x", when)}
                                   for s, state, when in entries])


class Failure(Exception):
    def __init__(self, name, message):
        super().__init__(message)
        self.name = f"{NAME}.Error.{name}"


class Service:
    def __init__(self, world):
        self.world = world
        self.objects = {}
        self.handlers = {}
        self.infos = {}
        self.calls = []
        self.count = 0
        for path in sorted(XML.glob("*.xml")):
            for info in Gio.DBusNodeInfo.new_for_xml(path.read_text()).interfaces:
                self.infos[info.name.rsplit(".", 1)[1]] = info
        self.bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
        self.manager = {"Version": "0.1.0", "Capabilities": world.get("capabilities", [
                            "transport-mbim", "slots", "modem-manager", "network-manager", "deregister-local"]),
                        "Ready": world.get("ready", True), "Operations": []}
        self.export(ROOT, "Manager", self.manager, {
            "ListModems": lambda: modems.listing(world.get("modems") or modems.of_euiccs(self.objects)),
            "ListCarriers": lambda: GLib.Variant("(aa{sv})", (world.get("carriers", [carriers.SUMMARY]),)),
            "LookUpCarrier": self.look_up_carrier, "CheckCarrierFile": carriers.check,
            "ParseActivationCode": downloads.parse,
            "ListTrust": lambda: downloads.trust(world.get("trust", downloads.TRUST)),
            "DeregisterIccid": self.deregister_iccid})
        node = Gio.DBusNodeInfo.new_for_xml(
            "<node><interface name='org.freedesktop.DBus.ObjectManager'><method name='GetManagedObjects'>"
            "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface></node>")
        self.bus.register_object(ROOT, node.interfaces[0], self.on_managed, None, None)
        for i, euicc in enumerate(world.get("euiccs", []), 1):
            self.add_euicc(f"{ROOT}/euicc/{i}", dict(euicc))
        for i, entry in enumerate(world.get("deregistrations", []), 1):
            self.add_deregistration(f"{ROOT}/deregistration/{i}", "/", dict(entry))
        if not self.manager["Ready"] and "ready-after" in world:
            GLib.timeout_add(world["ready-after"], self.make_ready)

    # objects
    def types(self, interface):
        return {p.name: p.signature for p in self.infos[interface].properties}

    def value(self, interface, name, values):
        signature = self.types(interface)[name]
        empty = {"s": "", "b": False, "u": 0, "t": 0, "d": 0.0, "as": [], "ao": [], "o": "/", "aa{sv}": []}
        value = values.get(name, empty[signature])
        return value if isinstance(value, GLib.Variant) else GLib.Variant(signature, value)

    def export(self, path, interface, values, handlers):
        self.objects[path] = (interface, values)
        self.handlers[path] = handlers
        self.bus.register_object(path, self.infos[interface], self.on_call, self.on_get, None)
        if path != ROOT:
            self.emit(ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                      GLib.Variant("(oa{sa{sv}})", (path, self.interfaces(path))))

    def remove(self, path):
        interface, _ = self.objects.pop(path)
        self.emit(ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                  GLib.Variant("(oas)", (path, [f"{NAME}.{interface}"])))
        return False

    def interfaces(self, path):
        interface, values = self.objects[path]
        return {f"{NAME}.{interface}": {n: self.value(interface, n, values) for n in self.types(interface)}}

    def on_managed(self, conn, sender, path, iface, method, args, invocation):
        self_ = {p: self.interfaces(p) for p in self.objects if p != ROOT}
        invocation.return_value(GLib.Variant("(a{oa{sa{sv}}})", (self_,)))

    def on_get(self, conn, sender, path, iface, name):
        interface, values = self.objects[path]
        return self.value(interface, name, values)

    def emit(self, path, interface, name, args):
        self.bus.emit_signal(None, path, interface, name, args)

    def change(self, path, **changes):
        if path not in self.objects:
            return
        interface, values = self.objects[path]
        values.update(changes)
        self.emit(path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                  GLib.Variant("(sa{sv}as)", (f"{NAME}.{interface}",
                                              {n: self.value(interface, n, values) for n in changes}, [])))

    def make_ready(self):
        self.change(ROOT, Ready=True)
        return False

    def on_call(self, conn, sender, path, iface, method, args, invocation):
        self.log(path, method, args.unpack())
        refusal = self.world.get("refuse", {}).get(method)
        try:
            if refusal:
                raise Failure(*refusal)
            invocation.return_value(self.handlers[path][method](*args.unpack()))
        except Failure as failure:
            invocation.return_dbus_error(failure.name, str(failure))
        except downloads.Refused as refused:
            invocation.return_dbus_error(f"{NAME}.Error.{refused.args[0]}", refused.args[1])
        except portalway.Wrong as wrong:
            invocation.return_dbus_error(f"{NAME}.Error.InvalidArgument", str(wrong))
        except LookupError as late:
            invocation.return_dbus_error(f"{NAME}.Error.WrongState", str(late))

    def log(self, path, method, args):
        if "log" in self.world:
            with open(self.world["log"], "a", encoding="utf-8") as log:
                log.write(json.dumps([path, method, args]) + "\n")

    @staticmethod
    def look_up_carrier(options):
        found = carriers.look_up(options)
        if found is None:
            raise Failure("NotFound", "There is no such carrier")
        return found

    # eUICCs and profiles
    def add_euicc(self, path, euicc):
        profiles = euicc.pop("profiles", [])
        notifications = euicc.pop("notifications", [])
        values = {"Modem": "usb1", "Device": "/dev/cdc-wdm0", "Transport": "mbim", "Slot": 1, "State": "idle",
                  "Operation": "/", **euicc}
        self.export(path, "Euicc", values, {
            "Refresh": lambda options: self.refresh(path, options),
            "ActivateSlot": lambda options: self.activate_slot(path, options),
            "ListNotifications": lambda: self.list_notifications(notifications),
            "SendNotifications": lambda options: self.operation("send-notifications", path, ["delivering"], result={
                "sent": GLib.Variant("u", 1), "waiting": GLib.Variant("u", len(notifications)),
                "refused": GLib.Variant("u", 0)}),
            "Download": lambda code, options: self.download(path, options),
            "Discover": lambda options: self.discover(path, options),
            "ResetMemory": lambda what, options: self.reset(path, what, options),
            "SetDefaultSmdpAddress": lambda address, options: self.operation(
                "set-default-address", path, [], lambda: self.change(path, DefaultSmdpAddress=address)),
            "RemoveNotification": lambda sequence, options: self.remove_notification(path, notifications, sequence),
        })
        for i, profile in enumerate(profiles, 1):
            self.add_profile(f"{path}/profile/{i}", path, dict(profile))

    def activate_slot(self, path, options):
        if self.objects[path][1]["State"] != "inactive-slot":
            raise Failure("WrongState", "The modem uses this slot already")
        modem = self.objects[path][1]["Modem"]

        def done():
            for other, (interface, values) in list(self.objects.items()):
                if interface == "Euicc" and values["Modem"] == modem:
                    self.change(other, State="idle" if other == path else "inactive-slot")
        return self.operation("activate-slot", path, ["holding-modem", "switching-slot", "waiting-for-modem-manager"],
                              done, options=options)

    def refresh(self, path, options):
        def done():
            if options.get("notifications"):
                self.change(path, NotificationsRead=True)
            if options.get("details"):
                self.change(path, SpecVersion="2.5.0", FirmwareVersion="4.2.1", FreeMemory=291328, **{
                    name: variant(value) for name, value in self.world.get("details", {}).items()})
        return self.operation("refresh", path, ["opening-card", "reading-card"], done)

    @staticmethod
    def list_notifications(notifications):
        types = {"sequence": "t", "attempts": "u", "next-attempt": "x"}
        return GLib.Variant("(aa{sv})", ([{k: GLib.Variant(types.get(k, "s"), v) for k, v in n.items()}
                                          for n in notifications],))

    def remove_notification(self, path, notifications, sequence):
        for n in notifications:
            if n["sequence"] == sequence:
                return self.operation("remove-notification", path, [], lambda: notifications.remove(n))
        return self.operation("remove-notification", path, [], error=("NotFound", f"There is no notification {sequence}"))

    def add_profile(self, path, euicc, profile):
        known = profile.pop("connections", [])
        values = {"Euicc": euicc, "Class": "operational", "State": "disabled", "CanDelete": True,
                  "Deregistration": "/", "Connections": [c["uuid"] for c in known], **profile}
        self.export(path, "Profile", values, {
            "Enable": lambda options: self.switch(path, "enable", "enabled", options, known),
            "Disable": lambda options: self.switch(path, "disable", "disabled", options, known),
            "ListConnections": lambda: modems.connections(known),
            "GetIcon": lambda: self.icon(profile),
            "SetNickname": lambda name, options: self.nickname(path, name),
            "Delete": lambda options: self.delete(path, options),
            "Deregister": lambda options: self.deregister(path, options),
        })

    def download(self, path, options):
        """Questions and phases as downloads.Download has them."""
        self.count += 1
        operation = f"{ROOT}/operation/{self.count}"
        description = {}
        waiting = {}

        def ask(kind, facts, answered):
            waiting["id"] = waiting.get("id", 60) + 1
            waiting["answered"] = answered
            description["question"] = GLib.Variant("a{sv}", {
                "id": GLib.Variant("u", waiting["id"]), "type": variant(kind), "message": variant("As the daemon asks."),
                "deadline": GLib.Variant("x", int(time.time()) + 600), **facts})
            self.change(operation, State="waiting", NeedsInput=True, Revision=waiting["id"])

        def answer(question, given):
            if question != waiting.get("id") or "question" not in description:
                self.no_question()
            del description["question"]
            self.change(operation, State="running", NeedsInput=False, Revision=waiting["id"] + 100)
            GLib.idle_add(lambda: waiting["answered"](given))

        def phase(word, done=0, total=0):
            self.change(operation, State="running", Phase=word, BytesDone=done, BytesTotal=total)

        def cancel():
            GLib.idle_add(lambda: self.end(operation, description, ("Cancelled", "it was cancelled")))

        def install(metadata):
            profile = f"{path}/profile/{90 + self.count}"
            self.add_profile(profile, path, {"Iccid": metadata["iccid"], "Name": metadata["name"],
                                             "ServiceProvider": metadata["service-provider"], "Class": metadata["class"]})
            return profile

        self.export(operation, "Operation", {"Kind": "download", "State": "queued", "Target": path, "Progress": -1.0,
                                             "Cancellable": True},
                    {"Describe": lambda: GLib.Variant("(a{sv})", (description,)), "Cancel": cancel, "Answer": answer})
        failure = self.world.get("fail", {}).get("download")
        session = downloads.Download(self.world.get("offer", {}), options, ask, phase,
                                     lambda error, result=None: self.end(operation, description, error, result), install)
        GLib.timeout_add(20, (lambda: self.end(operation, description, failure)) if failure else session.begin)
        return GLib.Variant("(o)", (operation,))

    def discover(self, path, options):
        orders = self.world.get("orders", [])
        result = {"orders": GLib.Variant("aa{sv}", [{k: variant(v) for k, v in o.items()} for o in orders])}
        if "problems" in self.world:
            result["problems"] = variant(self.world["problems"])
        return self.operation("discover", path, ["authenticating-server", "asking-server"], result=result)

    def reset(self, path, what, options):
        if options.get("eid") != self.objects[path][1]["Eid"]:
            raise Failure("InvalidArgument", "eid is not that of this eUICC")
        gone = [p for p, (kind, values) in self.objects.items()
                if kind == "Profile" and values["Euicc"] == path and values["Class"] in what]
        result = {"deleted": GLib.Variant("as", [self.objects[p][1]["Iccid"] for p in gone])}
        return self.operation("reset-memory", path, ["resetting-memory"], lambda: [self.remove(p) for p in gone], result=result)

    def icon(self, profile):
        kind, octets = ("image/png", downloads.ICON) if self.world.get("icon", True) else ("", b"")
        return GLib.Variant("(say)", (kind, octets))

    def switch(self, path, kind, state, options, known):
        if self.objects[path][1]["State"] == state:
            raise Failure("WrongState", f"The profile is {state} already")
        phases = ["holding-modem", "opening-card", "waiting-for-modem", "waiting-for-modem-manager"]
        result = self.connect(path, options, known) if options.get("create-connection") else None
        return self.operation(kind, path, phases, lambda: self.change(path, State=state), result=result, options=options)

    def connect(self, path, options, known):
        """The result of an operation for which a connection is made."""
        if "connection-problem" in self.world:
            return {"connection-problem": variant(self.world["connection-problem"])}
        made = modems.connection_of(self.objects[path][1])
        known.append(made)
        self.change(path, Connections=[c["uuid"] for c in known])
        apn = options.get("apn") or self.world.get("apn", "")
        source = "option" if options.get("apn") else "directory" if apn else "network"
        return {"connection": variant(made["uuid"]), "apn": variant(apn), "apn-source": variant(source)}

    def nickname(self, path, name):
        if len(name.encode()) > 64:
            raise Failure("InvalidArgument", "The nickname is longer than 64 octets")
        return self.operation("set-nickname", path, [], lambda: self.change(path, Nickname=name))

    def delete(self, path, options):
        if self.objects[path][1]["Class"] == "operational" and not options.get("contract-continues"):
            raise Failure("InvalidArgument", "An operational profile needs the option contract-continues")
        return self.operation("delete", path, ["deleting"], lambda: self.remove(path), options=options)

    # operations
    def operation(self, kind, target, phases, done=None, error=None, result=None, options=None):
        """options: those of a call that may cut the network; None where nothing is cut."""
        self.count += 1
        path = f"{ROOT}/operation/{self.count}"
        error = self.world.get("fail", {}).get(kind, error)
        description = {}
        self.export(path, "Operation", {"Kind": kind, "State": "queued", "Target": target, "Progress": -1.0,
                                        "Cancellable": True},
                    {"Describe": lambda: GLib.Variant("(a{sv})", (description,)), "Cancel": lambda: None,
                     "Answer": lambda question, answer: self.no_question()})
        todo = [{"State": "running", "Phase": phase} for phase in phases] or [{"State": "running"}]

        def step():
            if self.world.get("hang"):
                return False
            if todo:
                self.change(path, **todo.pop(0))
                return True
            if not error and done:
                done()
            self.end(path, description, error, result)
            return False

        if options is not None and self.is_only_way(kind) and not options.get("allow-disconnect"):
            self.ask(path, description, lambda: GLib.timeout_add(self.world.get("pace", 20), step))
        else:
            GLib.timeout_add(self.world.get("pace", 20), step)
        return GLib.Variant("(o)", (path,))

    def end(self, path, description, error, result=None):
        if error:
            description.update({"error-name": variant(f"{NAME}.Error.{error[0]}"), "error": variant(error[1])})
            self.change(path, State="failed", Phase="", ErrorName=f"{NAME}.Error.{error[0]}")
        else:
            if result:
                description["result"] = GLib.Variant("a{sv}", result)
            self.change(path, State="succeeded", Phase="")
        self.emit(path, f"{NAME}.Operation", "Finished", GLib.Variant("(b)", (not error,)))

    def is_only_way(self, kind):
        """only-way: whether the modem is the only way to the network, or the kinds for which it is."""
        known = self.world.get("only-way", False)
        return kind in known if isinstance(known, list) else bool(known)

    @staticmethod
    def no_question():
        raise Failure("WrongState", "Nothing is asked")

    def ask(self, path, description, go_on):
        """Asks before the network is cut; another way to it may come up by itself."""
        def settle(consent):
            description.pop("question", None)
            self.change(path, NeedsInput=False, Revision=self.objects[path][1].get("Revision", 0) + 1)
            if consent:
                go_on()
            else:
                self.end(path, description, ("ConsentDenied", "Nobody agreed to be disconnected"))

        consent = modems.Consent(self.world, Failure, settle, lambda: self.log(path, "Expired", []))
        description["question"] = consent.question() if "riddle" not in self.world else GLib.Variant(
            "a{sv}", {"id": GLib.Variant("u", 1), "type": variant("riddle")})
        self.handlers[path]["Answer"] = consent.answer
        if "another-way-after" in self.world:
            GLib.timeout_add(self.world["another-way-after"], lambda: self.log(path, "AnotherWay", consent.end(True)))
        GLib.timeout_add(self.world.get("pace", 20), lambda: self.change(
            path, State="waiting", NeedsInput=True, Revision=1))

    # deregistrations
    def add_deregistration(self, path, profile, entry):
        stage = entry.get("stage", "preparing")
        description = {k: variant(v) for k, v in entry.items()
                       if k not in ("requester", "receipt", "requested", "completed", "findings", "portal")}
        description.update({k: portalway.described(k, v) for k, v in entry.get("portal", {}).items()})
        for key in ("requested", "completed"):
            description[key] = GLib.Variant("x", entry.get(key, 0))
        description["findings"] = findings(entry.get("findings", []))
        self.export(path, "Deregistration",
                    {"Profile": profile, "Stage": stage, "Requester": entry.get("requester", 0), "Revision": 1},
                    {"Describe": lambda: GLib.Variant("(a{sv})", (description,)),
                     "Answer": lambda question, answer: self.answer(path, question, answer),
                     "Check": lambda: None, "Retry": lambda: self.only(path, "failed", "withdrawn", "rejected"),
                     "Withdraw": lambda: self.withdraw(path), "Forget": lambda: self.forget(path),
                     "GetReceipt": lambda: self.receipt(path, entry)})
        self.handlers[path]["description"] = description

    def only(self, path, *stages):
        if self.objects[path][1]["Stage"] not in stages:
            raise Failure("WrongState", f"It is {self.objects[path][1]['Stage']}")

    def withdraw(self, path):
        self.only(path, "preparing", "failed", "verifying-identity", "submitting", "submission-unknown", "in-review",
                  "confirmed", "awaiting-end")
        self.tell(path, NeedsInput=False, Stage="withdrawn", stage=variant("withdrawn"))

    def forget(self, path):
        self.only(path, *ENDED)
        self.remove(path)

    def receipt(self, path, entry):
        self.only(path, "notifying-operator", "completed")
        return GLib.Variant("(s)", (entry.get("receipt", self.world.get("receipt", "{}")),))

    def tell(self, path, **changes):
        properties = {k: v for k, v in changes.items() if k[0].isupper()}
        description = self.handlers[path]["description"]
        for key, value in changes.items():
            if key[0].islower():
                description[key.replace("_", "-")] = value
        if properties.get("NeedsInput") is False and "question" not in changes:
            description.pop("question", None)
        self.change(path, **properties, Revision=self.objects[path][1]["Revision"] + 1)

    def deregister(self, profile, options):
        values = self.objects[profile][1]
        token = options.get("token")
        if token and token in self.world.setdefault("tokens", {}):
            return GLib.Variant("(o)", (self.world["tokens"][token],))
        method = options.get("method") or ("portal" if "portal" in self.world else "")
        if not method:
            raise Failure("CarrierUnknown", "No carrier's own way is known for this profile")
        if values["Deregistration"] != "/":
            raise Failure("WrongState", "A deregistration of this profile is open")
        number = 100 + sum(1 for p in self.objects if "/deregistration/" in p)
        path = f"{ROOT}/deregistration/{number}"
        if token:
            self.world["tokens"][token] = path
        dry = bool(options.get("dry-run"))
        self.add_deregistration(path, profile, {
            "id": f"d{number}-0123456789abcdef", "method": method, "reason": options.get("reason", "other"),
            "dry-run": dry, "stage": "preparing", "eid": self.objects[values["Euicc"]][1]["Eid"],
            "iccid": values["Iccid"], "profile-name": values.get("Name", ""),
            "service-provider": values.get("ServiceProvider", ""), "acknowledged": False,
            "requester": self.world.get("uid", 0), "requested": int(time.time())})
        self.handlers[path]["options"] = options
        if not dry:
            self.change(profile, Deregistration=path)
        GLib.timeout_add(20, self.preflight, path, dry, {"method": method, **options} if method != "local" else None)
        return GLib.Variant("(o)", (path,))

    def deregister_iccid(self, iccid, options):
        if any(values.get("Iccid") == iccid for _, values in self.objects.values()):
            raise Failure("WrongState", "A profile of this ICCID is on a card")
        number = 100 + sum(1 for p in self.objects if "/deregistration/" in p)
        path = f"{ROOT}/deregistration/{number}"
        dry = bool(options.get("dry-run"))
        self.add_deregistration(path, "/", {
            "id": f"d{number}-0123456789abcdef", "method": "portal", "reason": options.get("reason", "other"),
            "dry-run": dry, "stage": "preparing", "eid": "", "iccid": iccid, "acknowledged": False,
            "requester": self.world.get("uid", 0), "requested": int(time.time())})
        GLib.timeout_add(20, self.preflight, path, dry, {"method": "portal", **options}, True)
        return GLib.Variant("(o)", (path,))

    def go_the_carriers_way(self, path, options, iccid_alone):
        def tell(properties, description):
            if "question" in description and description["question"] is None:
                description = {}
            self.tell(path, **properties, **{k.replace("-", "_"): v for k, v in description.items()})

        kind = ts43way.Ts43 if options.get("method") == "ts43" else portalway.Portal
        way = kind(options, dict(self.world.get(options.get("method"), {})), tell, lambda: self.remove_profile(path), iccid_alone)
        self.handlers[path]["Answer"] = way.answer
        way.begin()

    def preflight(self, path, dry, options, iccid_alone=False):
        now = int(time.time())
        found = self.world.get("findings", [])
        if any(f["severity"] == "blocker" for f in found):
            self.tell(path, Stage="failed", stage=variant("failed"), findings=findings(found),
                      steps=steps([("preflight", "failed", now)]), error_name=variant(f"{NAME}.Error.PolicyViolation"),
                      error=variant("The operator does not allow it"))
            return False
        order = [("preflight", "done", now), ("consent", "waiting", now)]
        rest = [(s, "pending", 0) for s in REMOVAL]
        if dry:
            self.tell(path, findings=findings(found), steps=steps(order[:1]))
            return False
        if options:
            self.tell(path, findings=findings(found))
            self.go_the_carriers_way(path, options, iccid_alone)
            return False
        self.tell(path, findings=findings(found), steps=steps(order + rest), NeedsInput=True,
                  question=variant({"id": GLib.Variant("u", 7), "type": "consent", "message": "Do you agree?"}))
        return False

    def answer(self, path, question, answer):
        if question != 7:
            raise Failure("WrongState", "This question is no longer asked")
        if not answer["consent"]:
            self.tell(path, Stage="withdrawn", stage=variant("withdrawn"), NeedsInput=False)
            return None
        if not answer.get("contract-continues"):
            raise Failure("InvalidArgument", "contract-continues must be true")
        return self.remove_profile(path)

    def may_disconnect(self, path):
        """Asks once before the profile is disabled; a no leaves the question for whoever comes back."""
        if not self.is_only_way("deregister") or self.handlers[path].get("options", {}).get("allow-disconnect"):
            return True
        now = int(time.time())
        pending = [(n, "pending", 0) for n in REMOVAL[1:]]
        state = steps([(n, "done", now) for n in ("preflight", "consent", "save-notifications")] + pending)

        def ask(due=True):
            self.tell(path, Stage="removing-profile", stage=variant("removing-profile"), steps=state, NeedsInput=due,
                      question=variant({"id": GLib.Variant("u", 8), "type": "disconnect-consent", "subject": "network",
                                        "message": "It is the only way out.", "due": due}))

        def answer(question, given):
            if question != 8 or self.handlers[path]["Answer"] is not answer:
                raise Failure("WrongState", "This question is no longer asked")
            if set(given) != {"consent"}:
                raise Failure("InvalidArgument", "consent is missing")
            if given["consent"]:
                self.handlers[path]["options"] = {"allow-disconnect": True}
                self.tell(path, NeedsInput=False)
                self.remove_profile(path)
            elif self.world.get("only-way") == "silent":
                self.tell(path, NeedsInput=False)
            else:
                ask(False)

        self.handlers[path]["Answer"] = answer
        self.handlers[path]["Check"] = ask
        if "another-way-after" in self.world:
            GLib.timeout_add(self.world["another-way-after"], self.another_way, path)
        ask()
        return False

    def another_way(self, path):
        self.log(path, "AnotherWay", [])
        self.handlers[path].update({"Answer": lambda *_: self.no_question(), "options": {"allow-disconnect": True}})
        self.remove_profile(path)
        return False

    def remove_profile(self, path):
        if not self.may_disconnect(path):
            return None
        now = int(time.time())
        names = ["preflight", "consent", *REMOVAL]
        plan = []
        for i in range(2, len(names) - 1):
            plan.append(("removing-profile", steps([(n, "done", now) for n in names[:i]] + [(names[i], "running", now)])))
        plan.append(("notifying-operator", steps([(n, "done", now) for n in names[:-1]] + [("notify", "waiting", now)])))
        if self.world.get("acknowledge", True):
            plan.append(("completed", steps([(n, "done", now) for n in names])))

        def advance():
            if not plan:
                return False
            stage, state = plan.pop(0)
            changes = {"acknowledged": variant(True)} if stage == "completed" else {}
            if stage != "removing-profile" and self.world.get("recipients", True):
                changes["notifications"] = GLib.Variant("aa{sv}", [
                    {"sequence": GLib.Variant("t", 1), "event": variant("delete"), "address": variant("smdp.example.com"),
                     "state": variant("acknowledged" if stage == "completed" else "pending")}])
            self.tell(path, Stage=stage, stage=variant(stage), steps=state, NeedsInput=False, **changes)
            return True

        GLib.timeout_add(self.world.get("pace", 20), advance)
        return None


def main():
    world = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    service = Service(world)
    loop = GLib.MainLoop()
    Gio.bus_own_name_on_connection(service.bus, NAME, Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main()
