# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems, slots and connections for the service of mock.py, and the question before a way to the network is cut."""
import time
import uuid

import gi

gi.require_version("Gio", "2.0")
from gi.repository import GLib  # noqa: E402

SLOT = {"slot": "u", "active": "b", "content": "s", "eid": "s", "euicc": "o"}
MODEM = {"modem": "s", "name": "s", "device": "s", "transport": "s", "ports": "as", "modem-manager": "b",
         "modem-manager-state": "s", "problem": "s", "slots": "aa{sv}"}
CONNECTION = {"uuid": "s", "name": "s", "ours": "b", "active": "b"}
EMPTY = {"s": "", "b": False, "as": [], "aa{sv}": [], "u": 0, "o": "/"}


def typed(types, values):
    """All members of the contract, and no other one."""
    unknown = set(values) - set(types)
    assert not unknown, unknown
    return {key: GLib.Variant(kind, values.get(key, EMPTY[kind])) for key, kind in types.items()}


def of_euiccs(objects):
    """The modems that the eUICCs on the bus stand in, where a test names none."""
    found = {}
    for path, (interface, values) in objects.items():
        if interface != "Euicc":
            continue
        modem = found.setdefault(values["Modem"], {"modem": values["Modem"], "device": values["Device"],
                                                   "transport": values["Transport"], "slots": []})
        modem["slots"].append({"slot": values["Slot"], "active": values["State"] != "inactive-slot", "euicc": path,
                               "content": "euicc" if values.get("Eid") else "card", "eid": values.get("Eid", "")})
    return list(found.values())


def listing(modems):
    entries = [typed(MODEM, {**m, "slots": [typed(SLOT, s) for s in m.get("slots", [])]}) for m in modems]
    return GLib.Variant("(aa{sv})", (entries,))


def connections(entries):
    return GLib.Variant("(aa{sv})", ([typed(CONNECTION, entry) for entry in entries],))


def connection_of(profile):
    """What esimd would make for the profile: the same each time."""
    return {"uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, profile["Iccid"])), "name": profile.get("Name", ""), "ours": True}


class Consent:
    """The question of an operation; settle(True or False) is called once."""

    def __init__(self, world, refuse, settle, expired):
        self.id, self.refuse, self.settle, self.expired = 41, refuse, settle, expired
        limit = world.get("answer-within", 120)
        self.deadline = int(time.time()) + limit
        self.open = True
        GLib.timeout_add(int(limit * 1000), self.expire)

    def question(self):
        return GLib.Variant("a{sv}", {
            "id": GLib.Variant("u", self.id), "type": GLib.Variant("s", "disconnect-consent"),
            "message": GLib.Variant("s", "This modem is the only way out, as the daemon says it."),
            "deadline": GLib.Variant("x", self.deadline)})

    def expire(self):
        if self.open:
            self.end(False)
            self.expired()
        return False

    def answer(self, question, answer):
        if not self.open or question != self.id:
            raise self.refuse("WrongState", "This question is no longer asked")
        if set(answer) != {"consent"} or not isinstance(answer["consent"], bool):
            raise self.refuse("InvalidArgument", "consent must be a boolean")
        self.end(answer["consent"])

    def end(self, consent):
        if self.open:
            self.open = False
            self.settle(consent)
