# SPDX-License-Identifier: LGPL-2.1-or-later
"""A deregistration by a carrier's entitlement server, as the contract has it, for the service of mock.py.

The world says under "ts43" what is asked after the consent, one after the other: "questions" (each with "type",
"subject", perhaps "stage", and its facts; "pass": the answers with which it goes on), "end" (the stage that it comes
to rest in; without one the profile is removed), and what that stage tells ("told").
"""
from gi.repository import GLib
from portalway import Portal, Wrong, plain

STAGES = {"verifying-identity": 2, "submitting": 3, "submission-unknown": 3, "in-review": 4, "confirmed": 5}
KEYS = {("open-page", "login"): {"final-address", "outcome"}, ("carrier-question", "phone-number"): {"number", "outcome"},
        ("carrier-question", "one-time-code"): {"code", "outcome"}, ("carrier-question", "message"): {"button", "text"},
        ("open-page", "websheet"): {"outcome", "iccid"}}
FACTS = {"status": "u", "status-at": "x"}


def fact(key, value):
    if key in FACTS:
        return GLib.Variant(FACTS[key], value)
    if key == "buttons":
        return GLib.Variant("aa{sv}", [{k: GLib.Variant("s", v) for k, v in button.items()} for button in value])
    return plain(value)


class Ts43(Portal):
    def __init__(self, *given):
        super().__init__(*given)
        self.left = list(self.world.get("questions", []))
        self.asked_now = None

    def prepare(self):
        self.say(method="ts43")
        self.ask("consent", "ts43")

    def on_consent_ts43(self, answer):
        self.only(answer, "consent")
        if not answer["consent"]:
            self.ask_nothing()
            return self.say("withdrawn")
        self.note("consented")
        return self.go_on()

    def go_on(self):
        self.ask_nothing()
        if not self.left:
            if "end" not in self.world:
                self.note("confirmed", seen="ended")
                self.say("confirmed")
                return self.go()
            return self.say(self.world["end"], **self.world.get("told", {}))
        self.asked_now = dict(self.left.pop(0))
        question = {k: fact(k, v) for k, v in self.asked_now.items() if k not in ("type", "subject", "stage")}
        self.say(self.asked_now.get("stage", "verifying-identity"))
        return self.ask(self.asked_now["type"], self.asked_now["subject"], **question)

    def answer(self, number, answer):
        if self.asked_now is None:
            return super().answer(number, answer)
        if self.question is None or number != self.question[0]:
            raise LookupError("This question is no longer asked")
        given, asked = dict(answer), self.asked_now
        keys = KEYS.get((asked["type"], asked["subject"]), {"outcome"})
        self.only(given, *keys)
        if asked["type"] == "open-page" and "final-address" in given and not given["final-address"].startswith(asked["stop-at"]):
            raise Wrong("final-address: not the one at which the page ends")
        outcome = given.get("outcome")
        if outcome is not None and outcome not in asked.get("outcomes", []):
            raise Wrong("outcome: not one that may be answered now")
        if outcome == "withdraw":
            self.ask_nothing()
            return self.say("withdrawn")
        if outcome == "delete":
            self.note("released", seen=asked.get("seen", "no-longer-recognised"))
            self.say("confirmed")
            return self.go()
        return self.go_on()
