# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client as a settings panel would be one, in short words for tests."""

import contextlib

from gi.repository import GLib

from esimlab.busclient import BusError
from esimlab.daemon import BUS_NAME, PATIENCE, ROOT_PATH

MANAGER = BUS_NAME + ".Manager"
EUICC = BUS_NAME + ".Euicc"
PROFILE = BUS_NAME + ".Profile"
OPERATION = BUS_NAME + ".Operation"
DEREGISTRATION = BUS_NAME + ".Deregistration"
ERROR = BUS_NAME + ".Error."
ENDED = ("succeeded", "failed", "cancelled")


def options(values):
    """A dict of Python values as a{sv}; give a GLib.Variant for other types than s, b, u."""
    kinds = {bool: "b", str: "s", int: "u"}
    return {key: value if isinstance(value, GLib.Variant) else GLib.Variant(kinds[type(value)], value)
            for key, value in values.items()}


class Panel:
    """The daemon of a laboratory, seen from its bus. Methods raise BusError as the daemon sends it."""

    def __init__(self, lab, client=None):
        self.lab = lab
        self.client = client or lab.client

    # Looking

    def objects(self, interface):
        """{path: properties} of all objects with this interface."""
        return {path: every[interface] for path, every in self.client.objects(ROOT_PATH).items()
                if interface in every}

    def euicc(self):
        """The path of the only eUICC."""
        paths = list(self.objects(EUICC))
        assert len(paths) == 1, paths
        return paths[0]

    def profiles(self):
        """{ICCID: (path, properties)}"""
        return {seen["Iccid"]: (path, seen) for path, seen in self.objects(PROFILE).items()}

    def profile(self, iccid):
        return self.profiles()[iccid][0]

    def get(self, path, interface, name):
        return self.client.get(path, interface, name)

    def describe(self, path, interface=OPERATION):
        return self.client.call(path, interface, "Describe")

    # Doing

    def call(self, path, interface, method, /, *arguments, **values):
        """A method whose last argument is a{sv}; the arguments before it are strings, or
        (signature, value) pairs. Returns what it returns, an object path as a rule."""
        pairs = [a if isinstance(a, tuple) else ("s", a) for a in arguments]
        signature = "(" + "".join(kind for kind, _ in pairs) + "a{sv})"
        return self.client.call(path, interface, method, signature, *[value for _, value in pairs],
                                options(values))

    def wait_ended(self, operation, timeout=20):
        """The operation's properties once it has ended."""
        def look():
            seen = self.client.get_all(operation, OPERATION)
            return seen if seen["State"] in ENDED else None
        return self.client.wait_until(look, timeout * PATIENCE)

    def run(self, path, interface, method, /, *arguments, **values):
        """call(), then wait for the Operation: its result. AssertionError when it did not succeed."""
        operation = self.call(path, interface, method, *arguments, **values)
        seen = self.wait_ended(operation)
        assert seen["State"] == "succeeded", (seen, self.describe(operation))
        return self.describe(operation).get("result", {})

    def fails(self, path, interface, method, /, *arguments, **values):
        """call(), then wait for the Operation to fail: (error name without its prefix, description)."""
        operation = self.call(path, interface, method, *arguments, **values)
        seen = self.wait_ended(operation)
        assert seen["State"] == "failed", seen
        description = self.describe(operation)
        assert description["error-name"] == seen["ErrorName"]
        return seen["ErrorName"].removeprefix(ERROR), description

    @contextlib.contextmanager
    def refused(self, name):
        """The calls inside must be refused with this error of ours."""
        try:
            yield
        except BusError as error:
            assert error.name == ERROR + name, error
            assert error.message
        else:
            raise AssertionError(f"it was not refused with {name}")

    @contextlib.contextmanager
    def exchanges(self):
        """A list that holds afterwards what the card was asked inside: "open", "close", or a function's
        tag. GET RESPONSE and the further blocks of one command are left out."""
        seen, first = [], len(self.lab.modem.exchanges)
        yield seen
        for one in self.lab.modem.exchanges[first:]:
            word = one.tag() if one.kind == "apdu" else one.kind
            if one.counted and word:
                seen.append(word)

    def wait_closed(self):
        """Until the card's channel is closed, so that the next work begins with an open."""
        self.client.wait_until(lambda: not self.lab.modem.open_channels, 10 * PATIENCE)

    def wait_card_empty(self):
        """Until no notification is left on the card."""
        self.client.wait_until(lambda: not self.lab.card.pending_notifications, 10 * PATIENCE)

    def notifications(self):
        return self.client.call(self.euicc(), EUICC, "ListNotifications")

    # Deregistrations

    def deregister(self, iccid, **values):
        return self.call(self.profile(iccid), PROFILE, "Deregister", **{"method": "local", **values})

    def stage(self, path):
        return self.client.get(path, DEREGISTRATION, "Stage")

    def wait_stage(self, path, *stages, timeout=20):
        return self.client.wait_until(lambda: self.stage(path) in stages and self.stage(path),
                                      timeout * PATIENCE)

    def wait_question(self, path, timeout=20):
        """The question that a deregistration asks, once it asks one."""
        def look():
            return self.describe(path, DEREGISTRATION).get("question")
        return self.client.wait_until(look, timeout * PATIENCE)

    def answer(self, path, **values):
        """Answer the question that is asked now."""
        question = self.wait_question(path)
        self.call(path, DEREGISTRATION, "Answer", ("u", question["id"]), **values)

    # The command-line tool

    def esimctl(self, *arguments, **how):
        return self.lab.esimctl(*arguments, **how)
