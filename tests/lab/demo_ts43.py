# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/demo --ts43: a line ended at the carrier's entitlement server without anybody doing anything there."""

import hashlib
from datetime import timedelta

from demo_terminal import Turn
from demo_time import DAY, REASON, TimedJourney

REVIEW = 3 * DAY
HOUR = timedelta(hours=1)
NO_REUSE = 4


class Ts43Journey(TimedJourney):
    """By the card alone."""

    steps = 12
    # The service asks the carrier as the hours go by, which a clock that jumps would not show.
    speed, margin = 0.75, HOUR / 2

    def __init__(self, lab, console, say, options):
        super().__init__(lab, console, say, options)
        self.server, self.restarted = lab.entitlement, None

    def polls(self):
        """When the review was asked about and told of: not where the server wanted to know first who asks, and not the last look
        before the deletion, which is a question of its own."""
        ended = self.ended_at()
        told = {one.at for one in self.server.requests if one.told}
        return [at for at in self.server.polls(self.profile.iccid) if at in told and (ended is None or at <= ended)]

    def gap(self):
        """The shortest time between two questions after the request, or None. A service that is stopped while an answer is on its way
        asks again when it is back: that is no gap of its own."""
        asked = self.polls()
        return min((later - earlier for earlier, later in zip(asked, asked[1:])
                    if self.restarted is None or not earlier <= self.restarted <= later), default=None)

    def hours(self, gap):
        return "-" if gap is None else self.say("hours", count=f"{gap / HOUR:.1f}")

    def ended_at(self):
        """When the carrier had said twice in a row that the line has ended; None if it has not."""
        said = [one for one in self.server.requests if one.operation == "AcquireConfiguration" and one.told]
        for earlier, later in zip(said, said[1:]):
            if earlier.truth == later.truth == NO_REUSE:
                return later.at
        return None

    # The steps

    def look_around(self):
        self.explain("status")
        self.esimctl("status")
        self.explain("list")
        self.esimctl("list")
        self.explain("match")
        self.esimctl("carriers", "match", self.name)
        self.explain("portal-dry-run")
        self.esimctl("deregister", self.name, "--carrier", "lab", "--plan", "postpaid", "--dry-run")

    def ask_carrier(self):
        command = ["deregister", self.name, "--method", "ts43", "--carrier", "lab", "--reason", REASON]
        if self.console.terminal:
            self.explain("ts43-deregister", self.say("ts43-typed"))
            self.esimctl(*command, "--plan", "postpaid", expect=10, turns=[Turn("y")])
        else:
            self.explain("ts43-deregister", self.say("ts43-options"))
            self.esimctl(*command, "--plan", "postpaid", "--yes", expect=10)
        answers = [one.answered for one in self.server.requests if one.is_submission]
        self.console.tell([self.say("ts43-carrier", vectors=self.server.hss.vectors, submissions=len(self.server.submissions),
                                    answer=answers[-1] if answers else "-")])

    def review(self):
        self.explain("ts43-review")
        begun = self.clock.now()
        self.pass_until(begun + DAY)
        self.console.say(self.say("restart"))
        self.restarted = self.clock.now()
        self.lab.daemon.restart()
        self.esimctl("deregistrations")
        self.pass_until(begun + REVIEW - HOUR)
        gap = self.gap()
        self.console.tell([self.say("ts43-polls", count=len(self.polls()), days=3, gap=self.hours(gap))])

    def removal(self):
        self.explain("ts43-removal")
        self.esimctl("list")
        self.clock.set_speed(3600)
        self.wait(lambda: self.record().get("stage") in ("completed", "failed"), self.options.patience)
        self.clock.set_speed(1)
        self.tell_time()
        number = self.record().get("number")
        if number is not None:
            self.esimctl("deregistrations", "show", number)

    def keep_receipt(self):
        record = self.find_record()
        if record is None:
            return
        self.explain("receipt")
        self.esimctl("receipt", record)
        self.explain("receipt-files")
        self.esimctl("receipt", record, "-o", self.receipt)
        self.esimctl("receipt", record, "--html", "-o", self.receipt.with_suffix(".html"))
        self.verify_receipt()

    def run(self):
        self.tell_time()
        self.look_around()
        self.ask_carrier()
        self.review()
        self.removal()
        self.explain("list-again")
        self.esimctl("list")
        self.explain("notifications")
        self.esimctl("notifications")
        self.keep_receipt()
        return self.judge()

    # What the laboratory itself says

    def ask_more(self):
        taken = [one for one in self.server.submissions if one.taken]
        good = len(taken) == len(self.server.submissions) == 1
        yield "check-once", "" if good else self.say("submitted-times", count=len(self.server.submissions))
        others = {one.operation for one in self.server.requests} & {"redeem", "code", "number"}
        by_card = self.server.hss.vectors > 0 and not others
        yield "check-sim", "" if by_card else ", ".join(sorted(others)) or "-"
        yield "check-strict", "; ".join(self.server.found[:3])
        gap = self.gap()
        yield "check-polls", "" if gap is not None and gap >= HOUR else self.say("too-often", gap=self.hours(gap))
        ended = self.ended_at()
        good = ended is not None and self.touched is not None and self.touched >= ended
        yield "check-evidence", "" if good else self.say("too-early", time=self.local(self.touched)) if self.touched \
            else self.say("no-end")
        yield "check-digest", "" if self.receipt_tells() else self.say("not-in-receipt")

    def receipt_tells(self):
        """Whether the receipt names the answer to the request and the last word, each by its checksum."""
        if not self.receipt.exists():
            return False
        text = self.receipt.read_text(encoding="utf-8").lower()
        told = [one.sent for one in self.server.requests if one.is_submission or one.truth == NO_REUSE]
        return len(told) > 1 and all(hashlib.sha256(octets).hexdigest() in text for octets in told[:2])
