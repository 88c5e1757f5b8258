# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short ways for tests of deregistrations by the carrier's entitlement server."""

import time
from datetime import datetime, timedelta, timezone

from panel import Panel
from portal import Journey
from scene import AIS

from esimlab.clock import Clock
from esimlab.daemon import PATIENCE

START = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)  # a Monday morning
HOUR = timedelta(hours=1)
CONSENT = ("consent", "ts43")
LOGIN = ("open-page", "login")
WEBSHEET = ("open-page", "websheet")
MESSAGE = ("carrier-question", "message")
NUMBER = ("carrier-question", "phone-number")
CODE = ("carrier-question", "one-time-code")
CHANGE = ("carrier-question", "change")
DELETION = ("evidence", "deletion")
RESEND = ("evidence", "resend")
REVERSAL = ("evidence", "reversal")
LATE = ("evidence", "late")
NOT_ASKED = ("evidence", "not-asked")
ATTEST = ("attest", "no-longer-recognised")
END = ("attest", "end")


class Ts43Journey(Journey):
    """One deregistration by the method ts43."""

    @classmethod
    def begin(cls, panel, iccid=AIS, **values):
        journey = cls(panel, panel.deregister(iccid, **{"method": "ts43", "carrier": "lab", "plan": "postpaid", **values}))
        journey.iccid = iccid
        return journey

    @property
    def server(self):
        return self.lab.entitlement

    @property
    def line(self):
        return self.server.line(self.iccid)

    def consent(self):
        self.answer(CONSENT, consent=True)
        return self

    def pass_until(self, *stages, most=timedelta(days=5), step=HOUR):
        """Let time pass until it is in one of these stages. What the daemon does at the card takes time of the machine's
        own, however much passes on the lab's clock."""
        end, real = self.lab.clock.now() + most, time.monotonic() + 20 * PATIENCE
        while self.stage not in stages:
            assert self.lab.clock.now() < end or time.monotonic() < real, (self.told(), self.server.requests[-4:])
            self.lab.clock.step(step)
            self.settle()
        return self

    def settle(self):
        """Until nothing goes on between the service and the server: twice the same."""
        def look():
            return len(self.server.requests), self.told()["revision"] if "revision" in self.told() else self.record_bytes()
        before = None
        while (now := look()) != before:
            before = now
            try:
                self.panel.client.wait_until(lambda: False, 0.06, every=0.06)
            except TimeoutError:
                pass

    def submissions(self):
        return len(self.server.submissions)


def ts43_lab(make_lab, request, *, start=START, **settings):
    """(panel, clock): a laboratory whose carrier has an entitlement server."""
    clock = Clock(start)
    request.addfinalizer(clock.close)
    return Panel(make_lab(clock=clock, entitlement=settings or True)), clock
