# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deregistrations by a carrier's entitlement server, for the tests that kill the daemon at each step. The user of these knows
whether the carrier has the request, and lets it be sent again only where it has not."""

import configparser
import threading
import time
from datetime import timedelta

from faultpoints import FaultSite
from killpoints import ENABLED, Deregistration, Point
from panel import DEREGISTRATION
from ts43 import CONSENT, DELETION, END, LATE, RESEND

ENDS = ("failed", "withdrawn", "rejected", "unreadable", "completed")
CARRIER_MOMENTS = ("before", "after", "answered")
QUARTER = timedelta(minutes=15)
LONG = timedelta(hours=6)  # what comes after a deletion that went first is waited for by the day
PAUSE = 0.03  # in which the daemon acts on an answer that it was given


class Ts43(Deregistration):
    """first: the carrier wants the profile deleted before the line ends."""

    def __init__(self, name, iccid=ENABLED, *, first=False, **settings):
        super().__init__(name, iccid, **settings)
        self.first, self.site, self.resent, self.gives_up = first, None, 0, False

    @property
    def server(self):
        return self.site.lab.entitlement

    def begin(self, site):
        self.site, self.resent, self.gives_up, self.deletions = site, 0, False, 1
        self.server.reset()
        self.server.unsubscribe = "delete-first" if self.first else "done"

    def done(self, panel):
        paths = panel.objects(DEREGISTRATION)
        if not paths:
            panel.deregister(self.iccid, method="ts43", carrier="lab", plan="postpaid", token="once")
            return False
        (path, seen), = paths.items()
        if self.begun_again(panel, path, seen["Stage"]):
            return False
        if seen["Stage"] in ENDS:
            return seen["Stage"] != "completed" or panel.describe(path, DEREGISTRATION)["acknowledged"]
        question = panel.describe(path, DEREGISTRATION).get("question")
        values = self.answer_to(question) if question and question["due"] else None
        if values:
            panel.call(path, DEREGISTRATION, "Answer", ("u", question["id"]), **values)
            self.resent += values.get("outcome") == "resend"
            self.gives_up = self.gives_up or values.get("outcome") == "withdraw"
            self.deletions = int(not self.gives_up)
        elif seen["Stage"] != "preparing":
            slow = seen["Stage"] == "verifying-end" or (question and question["subject"] == "late")
            self.site.clock.step(LONG if slow else QUARTER)
        return False

    def answer_to(self, question):
        """What the user says; None: waits."""
        kind = (question["type"], question["subject"])
        if kind == CONSENT:
            return {"consent": True}
        if kind == RESEND and self.is_taken():
            return {"outcome": "submitted"}
        if kind == RESEND:
            return {"outcome": "resend"} if "resend" in question["outcomes"] else None
        if kind == DELETION:
            return {"outcome": "delete" if self.is_permitted() else "wait"}
        if kind == END:
            return {"outcome": "ended" if self.is_over() else "wait"}
        if kind == LATE and self.first:  # its answer was lost: nobody but the carrier knows what it waits for
            return {"outcome": "withdraw"}
        raise AssertionError(question)

    def is_taken(self):
        return any(one.taken for one in self.server.submissions)

    def is_permitted(self):
        """The carrier has ended the line, or said that the profile is to go first."""
        line = self.server.line(self.iccid)
        return line.at(self.server.now()) == 4 or line.waits_for_deletion

    def is_over(self):
        return self.server.line(self.iccid).at(self.server.now()) in (4, "absent")

    # What must hold

    def track(self):
        (path,) = self.site.lab.state_folder.glob("deregistrations/*.record")
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read(path, encoding="utf-8")
        return parser["deregistration"], parser["ts43"]

    def wrong_on_disk(self):
        record, track = self.track()
        if record["consented"] == "0" or record["confirmed"] == "0":
            yield "consent or confirmation is not on disk"
        if track["basis"] not in ("ended", "delete-first") or track["looked"] == "0" or track["acknowledged"] == "0":
            yield f"no evidence is on disk: {dict(track)}"
        if track["basis"] != "ended" and track["released"] == "0":
            yield "the user's word is not on disk"

    def wrong_at_death(self, site):
        if site.card.profile(self.iccid) is None:
            yield from (f"the profile is gone, and {words}" for words in self.wrong_on_disk())

    def wrong_at_deletion(self, site):
        if self.track()[0]["removal"] != "deleting":
            yield "a delete command came to the card before its step was on disk"
        if not self.is_permitted():
            yield "a delete command came to the card before the carrier had ended the line"
        yield from (f"a delete command came to the card, and {words}" for words in self.wrong_on_disk())

    def wrong_in_the_end(self, site, panel):
        (path, seen), = panel.objects(DEREGISTRATION).items()
        if self.gives_up:
            if site.card.profile(self.iccid) is None or seen["Stage"] != "withdrawn":
                yield f"it was not withdrawn, or the profile is gone: {seen['Stage']}"
        else:
            yield from super().wrong_in_the_end(site, panel)
        if not self.gives_up and seen["Stage"] != "completed":
            yield f"it ended as {seen['Stage']}: {panel.describe(path, DEREGISTRATION)}"
        sent, taken = len(self.server.submissions), sum(one.taken for one in self.server.submissions)
        if taken != 1 or sent > 1 + self.resent:
            yield f"{sent} requests were sent, {taken} taken, {self.resent} of them because the user wanted it"
        if self.server.found:
            yield f"the carrier's server complains: {self.server.found}"


class Ts43Site(FaultSite):
    """A site where also each exchange with the carrier's server is a point."""

    def __init__(self, lab, faults, clock):
        super().__init__(lab, faults, clock)
        self.handle, self.lab.entitlement.handle = self.lab.entitlement.handle, self._handle
        self.at_exchange = None

    def counted(self):
        return {**super().counted(), "carrier": len(self.lab.entitlement.requests)}

    def _prepare(self, case):
        self.at_exchange = None
        super()._prepare(case)

    def _arm(self, point):
        if point.on != "carrier":
            super()._arm(point)
            return
        self.reached, self.at_exchange = False, point

    def _handle(self, asked):
        point = self.at_exchange
        if point is None or self.reached or len(self.lab.entitlement.requests) != point.number:
            return self.handle(asked)
        if point.moment == "before":
            self.strike()
        reply = self.handle(asked)
        if point.moment == "after":
            self.strike()
        elif point.moment == "answered":
            self.reached = True
            self._strike_soon()
        return reply

    def _strike_soon(self):
        def strike():
            time.sleep(PAUSE)
            self.strike()
        threading.Thread(target=strike, daemon=True).start()


def carrier_points(count):
    return [Point("carrier", number, moment) for number in range(count) for moment in CARRIER_MOMENTS]
