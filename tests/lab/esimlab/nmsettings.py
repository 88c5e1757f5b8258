# SPDX-License-Identifier: LGPL-2.1-or-later
"""Settings of connections as NetworkManager has them: a{sa{sv}}, here {setting: {key: GLib.Variant}}."""

import re
import uuid as uuids

from gi.repository import GLib

from .nmbus import NAME

SECRETS = ("password", "pin")
APN = re.compile(r"[A-Za-z0-9._-]{0,64}")


class Refused(Exception):
    """What a call is answered with: the error's name behind org.freedesktop.NetworkManager., and its words."""

    def __init__(self, name, words):
        super().__init__(words)
        self.name = name if name.startswith("org.") else f"{NAME}.{name}"


def plain(settings):
    """{setting: {key: value}} without GLib's wrapping."""
    return {name: {key: value.unpack() for key, value in keys.items()} for name, keys in settings.items()}


def pack(settings):
    """A GLib.Variant of a{sa{sv}} from {setting: {key: GLib.Variant}}."""
    return GLib.Variant("a{sa{sv}}", settings)


def unpack(variant):
    """{setting: {key: GLib.Variant}} from a{sa{sv}}."""
    found = {}
    for n in range(variant.n_children()):
        entry = variant.get_child_value(n)
        keys = entry.get_child_value(1)
        found[entry.get_child_value(0).get_string()] = {
            keys.get_child_value(k).get_child_value(0).get_string():
                keys.get_child_value(k).get_child_value(1).get_variant() for k in range(keys.n_children())}
    return found


def gsm(iccid=None, *, name="Mobile", uuid=None, apn="internet", autoconnect=True, **more):
    """Settings of a connection that a person would make; more: keys of gsm, as GLib.Variant."""
    keys = {"apn": GLib.Variant("s", apn), **more}
    if iccid is not None:
        keys["sim-id"] = GLib.Variant("s", iccid)
    return {"connection": {"id": GLib.Variant("s", name), "type": GLib.Variant("s", "gsm"),
                           "uuid": GLib.Variant("s", uuid or str(uuids.uuid4())),
                           "autoconnect": GLib.Variant("b", autoconnect)}, "gsm": keys}


def checked(settings):
    """As NetworkManager keeps them, or Refused."""
    settings = {name: dict(keys) for name, keys in settings.items()}
    connection = settings.setdefault("connection", {})
    connection.setdefault("uuid", GLib.Variant("s", str(uuids.uuid4())))
    kind = connection.get("type")
    if kind is None:
        raise Refused("Settings.Connection.MissingProperty", "connection.type: property is missing")
    if kind.unpack() == "gsm":
        keys = settings.setdefault("gsm", {})
        if not APN.fullmatch(keys["apn"].unpack() if "apn" in keys else ""):
            raise Refused("Settings.Connection.InvalidProperty", "gsm.apn: contains invalid char(s)")
        if "apn" in keys:
            keys.pop("auto-config", None)
    return settings
