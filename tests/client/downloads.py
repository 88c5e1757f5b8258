# SPDX-License-Identifier: LGPL-2.1-or-later
"""A download as the service of mock.py plays it: the questions, one after the other, and what comes of the answers.

The world's "offer" says what the server has: "metadata" (over the usual), "code" (the confirmation code), "retries",
"consent-for-rules", "total" (octets), "notification". Nothing here is a real session; the order of events is that of
the contract.
"""
from gi.repository import GLib

METADATA = {"iccid": "8966050000000050005", "name": "Data 10 GB", "service-provider": "Example Mobile",
            "class": "operational", "home-operator": "99970", "server": "smdp.example.com",
            "root-key-id": "81370F5125D0B1D408D4C3B232E6D25E795BEBFB"}
ICON = bytes(range(16))
TRUST = [
    {"name": "GSM Association - RSP2 Root CI1", "key-id": METADATA["root-key-id"], "fingerprint": "5E" * 32,
     "file": "/etc/esimd/trust/ci1.pem", "curve": "P-256", "test": False, "installed": True, "also-trust": False,
     "cards": ["/org/esimd1/euicc/1"]},
    {"name": "OISTE GSMA CI G1", "key-id": "4C27967AD20C14B391E9601E41E604AD57C0222F", "fingerprint": "9C" * 32,
     "file": "", "curve": "P-256", "test": False, "installed": False, "also-trust": False,
     "cards": ["/org/esimd1/euicc/1"]},
    {"name": "", "key-id": "AB" * 20, "fingerprint": "", "file": "", "curve": "", "test": False, "installed": False,
     "also-trust": False, "cards": []},
]


class Refused(Exception):
    """The name of an error and its message."""


def parse(code):
    """An activation code taken apart, as far as the tests need it."""
    text = code.strip()
    parts = (text[4:] if text[:4].upper() == "LPA:" else text).split("$")
    if parts[0] != "1" or len(parts) < 3:
        raise Refused("InvalidActivationCode", "the code does not begin with 1$ (position 1)")
    parts += [""] * (5 - len(parts))
    s, b = (lambda v: GLib.Variant("s", v)), (lambda v: GLib.Variant("b", v))
    return GLib.Variant("(a{sv})", ({
        "smdp-address": s(parts[1]), "matching-id": s(parts[2]), "oid": s(parts[3]), "ci-key-id": s(""),
        "confirmation-code-required": b(parts[4] == "1"), "device-change": b(False)},))


def trust(roots):
    kinds = {"test": "b", "installed": "b", "also-trust": "b", "cards": "ao"}
    return GLib.Variant("(aa{sv})", ([{k: GLib.Variant(kinds.get(k, "s"), v) for k, v in r.items()} for r in roots],))


class Download:
    """What the mock needs: ask(type, facts) puts a question, phase(word, done, total) and end(error, result) tell."""

    def __init__(self, offer, options, ask, phase, end, install):
        self.offer, self.ask, self.phase, self.end, self.install = offer, ask, phase, end, install
        self.options = options
        self.metadata = {**METADATA, **offer.get("metadata", {})}
        self.given = options.get("confirmation-code", "")
        self.left = offer.get("retries", 3)

    def begin(self):
        self.phase("authenticating-server")
        self.phase("asking-server")
        if self.metadata["class"] == "test" and not self.options.get("allow-test-profile"):
            self.end(("TestProfile", "it is a test profile"))
            return
        facts = {k: GLib.Variant("s", v) for k, v in self.metadata.items() if k != "policy-rules"}
        facts["policy-rules"] = GLib.Variant("as", self.metadata.get("policy-rules", []))
        facts["icon-type"] = GLib.Variant("s", "image/png")
        facts["icon"] = GLib.Variant("ay", ICON)
        facts["confirmation-code-required"] = GLib.Variant("b", "code" in self.offer and not self.given)
        self.phase("waiting-for-consent")
        self.ask("install-consent", {"metadata": GLib.Variant("a{sv}", facts)}, self.on_consent)

    def on_consent(self, answer):
        if not answer["consent"]:
            self.end(("ConsentDenied", "later" if answer.get("postpone") else "no"))
            return
        self.given = self.given or answer.get("confirmation-code", "")
        if self.offer.get("consent-for-rules"):
            self.ask("policy-consent", {"policy-rules": GLib.Variant("as", self.metadata["policy-rules"])}, self.on_rules)
        else:
            self.check_code()

    def on_rules(self, answer):
        if answer["consent"]:
            self.check_code()
        else:
            self.end(("ConsentDenied", "the rules were not agreed to"))

    def check_code(self):
        if "code" not in self.offer or self.given == self.offer["code"]:
            self.load()
            return
        self.left -= 1
        if self.left == 0:
            self.end(("ConfirmationCodeRetriesExceeded", "8.2.7/6.4"))
            return
        self.ask("confirmation-code", {"retries-left": GLib.Variant("i", self.left), "wrong": GLib.Variant("b", True)},
                 self.on_code)

    def on_code(self, answer):
        if answer.get("cancel"):
            self.end(("ConsentDenied", "no code"))
            return
        self.given = answer["code"]
        self.check_code()

    def load(self):
        self.phase("preparing")
        total = self.offer.get("total", 14000)
        steps = [("loading", total * i // 4, total) for i in range(1, 5)] + [("reading-card", 0, 0), ("delivering", 0, 0)]

        def step():
            if steps:
                self.phase(*steps.pop(0))
                return True
            path = self.install(self.metadata)
            self.end(None, {"iccid": GLib.Variant("s", self.metadata["iccid"]), "profile": GLib.Variant("o", path),
                            "root-key-id": GLib.Variant("s", self.metadata["root-key-id"]),
                            "notification": GLib.Variant("s", self.offer.get("notification", "acknowledged"))})
            return False
        GLib.timeout_add(self.offer.get("pace", 20), step)
