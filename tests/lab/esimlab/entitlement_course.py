# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole courses of a line's end by chance, the same for the same seed: a plausible one each, with strange answers strewn in, so
that many a dialogue comes to where a client deletes, or asks once more. See entitlement_random.py for the strange ones."""

from .entitlement_random import EAP_TRAPS, Dialogue

FOREIGN = "8944500102201299999"
# What the status is, poll by poll, after the request; the last goes on.
PLOTS = {
    "ended": (6, (4,)), "via-activating": (3, (2, 2, 4)), "flickers": (3, (4, 1, 4, 4)), "wavers": (3, (4, 2, 4, 3, 4)),
    "reversed": (3, (4, 4, 1)), "reversed-by-2": (2, (4, 4, 2, 1, 4)), "deactivated": (4, (3,)), "absent": (4, ("absent",)),
    "then-active": (2, (3, 3, 3, 1)), "comes-back": (2, ("absent", "absent", 1)), "refused": (3, ("forbidden",)),
    "refused-once": (1, ("forbidden", "forbidden", 1, "forbidden", 1)), "never": (2, (1,)), "once": (2, (4, 1)), "mute": (1, ("empty",)),
    "null": (1, ("null",)), "another's": (2, ("another",)), "both": (1, ("both",)), "mixed": (2, (3, 4, "absent", 4, 3)),
}
FIRSTS = {3: 9, 4: 3, 1: 5, 8: 4, 6: 4, 5: 1, 2: 1, 7: 1, "102": 1, "101": 1, "lost": 3, "cut": 1, "silence": 2, "garbage": 1, 403: 1,
          405: 1, 500: 1, 503: 2, 511: 2, "none": 1}
AFTER_MESSAGE = {3: 5, 4: 1, 8: 2, 1: 1, 6: 1, "104": 2, "lost": 1, 511: 1}
CHAOS = (0, 0, 0.03, 0.1, 0.3)


class Course(Dialogue):
    """As a Dialogue; plot: which of PLOTS."""

    def __init__(self, seed, server):
        super().__init__(f"course-{seed}", server)
        chance = self._chance
        self.chaos = chance.choice(CHAOS)
        self.plot = self._weighted({name: weight for name, (weight, _) in PLOTS.items()})
        before = chance.choice((0, 0, 1, 2)) if self.plot != "refused" else 0
        self._statuses = [chance.choice((1, 1, 2)) for _ in range(before)] + list(PLOTS[self.plot][1])
        self._ways = {1: self._weighted(FIRSTS), 2: self._weighted({1: 5, 3: 1, 8: 1, 5: 1, "lost": 1, "101": 1})}
        self._asked = False

    def _weighted(self, choices):
        return self._chance.choices(list(choices), list(choices.values()))[0]

    def _on_the_way(self, operation):
        if self._asked and self._statuses[0] == "forbidden" and operation == "authenticate" and self._chance.random() < 0.8:
            self._statuses = self._statuses[1:] or self._statuses
            return {"http": 403}
        if operation == "authenticate" and self._strange(0.5):
            self._server.eap.trap(self._chance.choice(EAP_TRAPS))
        return self._fault() if self._strange(0.3) else None

    def _fault(self):
        what = super()._fault()
        if what and what.get("kind") in ("slow", "oversize"):
            # Neither says more than the same in small.
            return {"kind": "slow", "seconds": 0.02} if what["kind"] == "slow" else {"kind": "silence", "seconds": 0.05}
        return what

    def choose(self, asked):
        if asked.operation == "ManageSubscription" and asked.operation_type in (1, 2) and not self._strange(0.5):
            self._server.manners = self._manners()
            is_reply = "MSG_btn" in asked.parameters
            told = self._weighted(AFTER_MESSAGE) if is_reply else self._ways[asked.operation_type]
            # Asked once more, it need not say the same.
            self._ways[asked.operation_type] = self._weighted(FIRSTS)
            self._asked = True
            return self._answer_to_request(told)
        self._asked = self._asked or asked.is_submission
        return super().choose(asked)

    def _answer_to_request(self, told):
        if isinstance(told, int) and told < 100:
            return {"subscription": told, "message": self._message()}
        if isinstance(told, int):
            return {"http": told, "headers": {"Retry-After": "60"}, "accept": self._chance.random() < 0.2}
        if told == "none":
            return {"result": 1, "subscription": None}
        if told.isdigit():
            return {"result": int(told), "message": self._message()}
        return {"kind": told, "accept": self._chance.random() < 0.5, **({"seconds": 0.05} if told == "silence" else {})}

    def _configuration(self, asked):
        if self._strange():
            return super()._configuration(asked)
        iccid = asked.line.iccid if asked.line is not None else FOREIGN
        status = 1
        if self._asked:
            status = self._statuses[0]
            self._statuses = self._statuses[1:] or self._statuses
        if status == "forbidden":
            return {"http": 403}
        listed = {"absent": [(FOREIGN, 1)], "empty": [], "null": [(None, 4)], "another": [(FOREIGN, 4), (iccid, 1)],
                  "both": [(iccid, 4), (iccid, 1)]}.get(status, [(iccid, status)])
        return {"configurations": listed, "interval": self._chance.choice((None, None, (5, "min"), (1, "ds")))}
