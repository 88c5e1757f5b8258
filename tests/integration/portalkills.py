# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deregistrations by a carrier's page, for the tests that kill the daemon at each step: the user of these opens
the page once the daemon has taken that, sends one request, and knows afterwards whether it was sent."""

from esimlab.daemon import ROOT_PATH
from killpoints import DISABLED, Deregistration, Point
from panel import DEREGISTRATION, MANAGER
from portal import DIGEST, END, OUTCOME, REFERENCE, REQUEST, SUBMISSION, day, document, usual_answers

ENDS = ("failed", "withdrawn", "rejected", "unreadable", "completed")
AT_OUTCOME = "END-4711-7"
GONE = "8966010000000000012"


class Portal(Deregistration):
    """days: the contract's last day, counted from today (by the lab's clock if there is one)."""

    def __init__(self, name, iccid=DISABLED, *, days=-2, **settings):
        super().__init__(name, iccid, **settings)
        self.days = days
        self.site = None

    def begin(self, site):
        self.site = site
        self.opened = False
        self.submissions = self.confirmations = 0
        now = site.clock.now().timestamp() if site.clock else None
        self.date = day(self.days, now=now)

    def ask(self, panel):
        return panel.deregister(self.iccid, method="portal", carrier="labtel", token="once")

    def done(self, panel):
        paths = panel.objects(DEREGISTRATION)
        if not paths:
            self.ask(panel)
            return False
        (path, seen), = paths.items()
        if self.begun_again(panel, path, seen["Stage"]):
            return False
        if seen["Stage"] in ENDS:
            return seen["Stage"] != "completed" or self.deletions == 0 or panel.describe(path, DEREGISTRATION)["acknowledged"]
        question = panel.describe(path, DEREGISTRATION).get("question")
        if question:
            self.site.tick()
            self.answer(panel, path, question)
        return False

    def answer(self, panel, path, question):
        """As a person would: the page is opened when the daemon has said yes, and then the request is sent."""
        kind = (question["type"], question["subject"])
        values = usual_answers()[kind]
        if kind == REQUEST and self.submissions:
            self.site.found.append("the page was offered again after the request had been sent")
        if kind == SUBMISSION:
            values = ({"outcome": "submitted", "reference": REFERENCE} if self.submissions
                      else {"outcome": "not-submitted"})
        if kind == OUTCOME:
            values = {"outcome": "confirmed", "effective-date": self.date, "reference": AT_OUTCOME, **document()}
        panel.call(path, DEREGISTRATION, "Answer", ("u", question["id"]), **values)
        self.submissions += kind == REQUEST
        self.confirmations += kind == OUTCOME

    # What must hold

    def evidence_on_disk(self):
        texts = [path.read_text(encoding="utf-8", errors="replace")
                 for path in self.site.lab.state_folder.glob("deregistrations/*.record")]
        return any(DIGEST in text and AT_OUTCOME in text for text in texts)

    def wrong_at_death(self, site):
        if site.card.profile(self.iccid) is None and not self.evidence_on_disk():
            yield "the profile is gone, and no evidence is on disk"

    def wrong_at_deletion(self, site):
        record = site.record()
        if record is None or not self.evidence_on_disk():
            yield "a delete command came to the card before the evidence was on disk"
        elif record.get("removal", "deleting") != "deleting":
            yield "a delete command came to the card before its step was on disk"

    def wrong_in_the_end(self, site, panel):
        yield from super().wrong_in_the_end(site, panel)
        (path, _), = panel.objects(DEREGISTRATION).items()
        told = panel.describe(path, DEREGISTRATION)
        yield from self.wrong_history(told)
        receipt = panel.client.call(path, DEREGISTRATION, "GetReceipt")
        if not all(text in receipt for text in (REFERENCE, AT_OUTCOME, DIGEST, self.date)):
            yield "the receipt misses what the user attested"

    def wrong_history(self, told):
        codes = [one["code"] for one in told["history"]]
        if self.submissions != 1:
            yield f"{self.submissions} requests were sent"
        if codes.count("removed") > 1:
            yield f"removed more than once in the history: {codes}"
        for code in ("requested", "submitted", "confirmed"):
            if codes.count(code) != 1:
                yield f"{codes.count(code)} times {code} in the history: {codes}"
        evidence = told.get("evidence", {})
        if (evidence.get("reference"), evidence.get("document-sha256"), told["effective-date"]) != (
                AT_OUTCOME, DIGEST, self.date) or REFERENCE not in str((told["reference"], told["history"])):
            yield f"what was attested is not what is told: {told['reference']}, {told['history']}, {evidence}"


class Removed(Portal):
    """The contract runs for a while yet; the user wants the profile to go now."""

    def __init__(self, name, **settings):
        super().__init__(name, days=40, **settings)


class Withdrawn(Removed):
    """The user takes it back while the contract runs out: nothing may have been deleted."""

    deletions, exchanges_min = 0, 1

    def answer(self, panel, path, question):
        if (question["type"], question["subject"]) == END:
            panel.client.call(path, DEREGISTRATION, "Withdraw")
        else:
            super().answer(panel, path, question)

    def wrong_at_deletion(self, site):
        yield "a delete command came to the card before the contract's end"

    def wrong_in_the_end(self, site, panel):
        (path, seen), = panel.objects(DEREGISTRATION).items()
        if seen["Stage"] != "withdrawn" or site.card.profile(self.iccid) is None:
            yield f"it was not withdrawn: {panel.describe(path, DEREGISTRATION)}"
        if len(site.records()) != 1 or self.submissions != 1:
            yield f"{len(site.records())} records, {self.submissions} requests"


class WithoutProfile(Portal):
    """The contract of a profile that is gone: the card is left alone."""

    deletions = exchanges_min = 0

    def ask(self, panel):
        return panel.call(ROOT_PATH, MANAGER, "DeregisterIccid", GONE, carrier="labtel", token="once")

    def wrong_at_deletion(self, site):
        yield "a delete command came to the card"

    def wrong_at_death(self, site):
        if len(site.card.profiles) != 3:
            yield "a profile is gone"

    def wrong_in_the_end(self, site, panel):
        (path, seen), = panel.objects(DEREGISTRATION).items()
        told = panel.describe(path, DEREGISTRATION)
        if seen["Stage"] != "completed" or len(site.records()) != 1 or self.submissions != 1:
            yield f"{seen['Stage']}, {len(site.records())} records, {self.submissions} requests"
        if told.get("evidence", {}).get("document-sha256") != DIGEST:
            yield f"what was attested is lost: {told}"


def clock_points(ticks):
    return [Point("clock", number, moment) for number in range(ticks) for moment in ("forward", "back")]
