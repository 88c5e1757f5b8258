# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole way of tools/demo: a contract ended at the laboratory's carrier, and the profile removed after it."""

import json
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day

from demo_person import Person
from demo_terminal import Turn
from demo_time import DAY, REASON, TimedJourney
from esimlab.carrier import BANGKOK
from esimlab.visitor import Refused


class PortalJourney(TimedJourney):
    """By the carrier's own ways."""

    steps = 13

    def __init__(self, lab, console, say, options):
        super().__init__(lab, console, say, options)
        self.carrier = lab.carrier
        self.person = Person(lab.carrier, say)

    # What the daemon and the carrier say

    def ends(self):
        """The first moment after the contract, by the carrier's own books."""
        accepted = [one for one in self.carrier.submissions if one.effective]
        if not accepted:
            return None
        return datetime.combine(accepted[0].effective + DAY, time_of_day(), BANGKOK)

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

    def answer(self, *values, document=None):
        """Without a terminal: the answers as options."""
        options = [part for value in values for part in ("--answer", value)]
        if document:
            options += ["--document", document]
        return self.esimctl("deregister", self.name, *options, expect=10)

    def ask_carrier(self):
        if self.console.terminal:
            self.explain("portal-deregister", self.say("portal-typed"))
            person = self.person
            self.esimctl("deregister", self.name, "--reason", REASON, expect=10, turns=[
                Turn("1"),  # the plan
                Turn("y"),  # begin
                Turn("1"),  # the page for logging in
                Turn("2", person.try_password),
                Turn("1", person.new_password),
                Turn("3", person.log_in),
                Turn("y"),  # open the form
                Turn("1", lambda: person.fills_in(REASON)),
                Turn(lambda: person.reference), Turn(), Turn(lambda: person.expected),
                Turn("1 2"),  # steps that are done
            ])
            return
        self.explain("portal-deregister", self.say("portal-options"))
        self.esimctl("deregister", self.name, "--reason", REASON, "--yes", "--answer", "plan=postpaid", expect=10)
        self.console.tell([*self.person.try_password(), *self.person.new_password(), *self.person.log_in()])
        self.answer("outcome=done")
        self.answer("opened=yes")
        self.console.tell(self.person.fills_in(REASON))
        self.answer("outcome=submitted", f"reference={self.person.reference}",
                    f"expected-by={self.person.expected}", "tasks-done=1,2")

    def review(self):
        """A weekend goes by, and the machine is switched off and on."""
        self.explain("review")
        begun = self.today()
        self.pass_until(begun + 3 * DAY)
        self.console.say(self.say("restart"))
        self.lab.daemon.restart()
        self.esimctl("deregistrations")
        self.pass_until(datetime.combine(begun.date() + 4 * DAY, time_of_day(13, 30), BANGKOK))
        arrived = self.carrier.wait_for(lambda carrier: any(one["X-Lab-Kind"] == "approved" for one in carrier.mails))
        if not arrived:
            self.fail("no-mail")

    def confirm(self):
        self.explain("confirm")
        person = self.person
        if not self.console.terminal:
            self.console.tell([*person.looks(), *person.reads_mail()])
            mail = person.mail
            self.answer("outcome=confirmed", f"effective-date={mail.effective_date}", f"reference={mail.reference}",
                        document=mail.path)
            return
        self.esimctl("deregister", self.name, expect=10, turns=[
            Turn("1"),  # the page that shows the progress
            Turn("2", lambda: [*person.looks(), *person.reads_mail()]),
            Turn(lambda: person.mail.effective_date.isoformat()), Turn(lambda: person.mail.reference), Turn(),
            Turn(lambda: str(person.mail.path)),
        ])

    def notice(self):
        """Weeks; the reminder comes three days before the end."""
        self.explain("notice")
        end = self.ends()
        if end is None:
            self.fail("no-end")
            return
        self.pass_until(end - 3 * DAY + timedelta(hours=9))
        if not self.wait(lambda: self.record().get("needs-input")):
            self.fail("no-reminder")
        self.esimctl("deregistrations")
        if self.console.terminal:
            self.esimctl("deregister", self.name, expect=10, turns=[Turn("3")])
        else:
            self.answer("seen=yes")

    def removal(self):
        """At midnight in Bangkok, by itself."""
        self.explain("removal")
        end = self.ends()
        if end is None:
            return
        self.pass_until(end - timedelta(minutes=30))
        self.esimctl("list")
        if self.lab.card.profile(self.profile.iccid) is not None:
            self.seen_last = self.clock.now()
        self.clock.set_speed(1800)
        time.sleep(self.clock.seconds_until(end) or 0)
        self.clock.set_speed(1)
        self.wait(lambda: self.record().get("stage") in ("completed", "failed"), self.options.patience)
        self.tell_time()
        number = self.record().get("number")
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

    def walk(self):
        self.look_around()
        self.ask_carrier()
        self.review()
        self.confirm()
        self.notice()
        self.removal()

    def run(self):
        self.tell_time()
        try:
            self.walk()
        except Refused as no:
            self.fail("portal-no", words=no)
        self.explain("list-again")
        self.esimctl("list")
        self.esimctl("notifications")
        self.keep_receipt()
        return self.judge()

    # What the laboratory itself says

    def ask_more(self):
        submissions, end = self.carrier.submissions, self.ends()
        good = [one.reference for one in submissions] == [self.record().get("reference")]
        yield "check-once", "" if good else self.say("submitted-times", count=len(submissions))
        if end is None:
            yield "check-not-before", self.say("no-end")
            return
        early = self.touched is not None and self.touched < end
        yield "check-not-before", self.say("too-early", time=self.local(self.touched)) if early else ""
        yield "check-until-then", self.why_not_until(end)
        yield "check-told", "" if self.receipt_tells() else self.say("not-in-receipt")

    def why_not_until(self, end):
        if self.gone is not None and self.gone < end:
            return self.say("gone-early", time=self.local(self.gone))
        return "" if self.seen_last else self.say("not-seen")

    def receipt_tells(self):
        """Whether the receipt names what the carrier gave: the reference, the day, and the mail by its checksum."""
        mail = self.person.mail
        if mail is None or not self.receipt.exists():
            return False
        text = json.dumps(json.loads(self.receipt.read_text(encoding="utf-8")))
        return all(word in text for word in (self.person.reference, mail.effective_date.isoformat(), mail.sha256))
