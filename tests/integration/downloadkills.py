# SPDX-License-Identifier: LGPL-2.1-or-later
"""A download as a piece of work for killpoints.py and faultpoints.py: what must hold whenever it was cut off.

No session stays open that could be cancelled, no result undelivered, no profile unaccounted for; and whoever asked for
a download is told what came of it.
"""

from killpoints import Case
from panel import ENDED, EUICC, OPERATION, options

from esimlab.orders import INSTALLED, RELEASED
from esimlab.profiles import Address, Profile

ICCID = "89001000000090000010"
SIZE = 1500  # octets: a few segments
TRIES_MAX = 12


class Download(Case):
    """Asked for, agreed to, and asked for again until the profile is there."""

    def __init__(self, name, *, code=None, others=False):
        super().__init__(name, ICCID, others=others)
        self.code = code

    def begin(self, site):
        self.site, self.smdp = site, site.lab.smdp
        self.smdp.desk.orders.clear()
        self.smdp.desk.sessions.clear()
        self.begun, self.orders, self.tries, self.to_be_told, self.died = 0, [], 0, 0, False
        self._order()

    def _order(self):
        profile = Profile(ICCID, "Reise", "Lab Telecom", imsi="001010900000001",
                          addresses=[Address("smdp.lab.example"), Address("rsp.lab.example")])
        self.orders.append(self.smdp.order(profile, f"KILL-{len(self.orders)}", size=SIZE,
                                           confirmation_code=self.code))

    def records(self):
        return self.site._files("downloads")

    def done(self, panel):
        running = False
        for path, seen in panel.objects(OPERATION).items():
            if seen["Kind"] == "download" and seen["State"] not in ENDED:
                running = True
                if seen["NeedsInput"]:
                    self._answer(panel, path)
        if running or panel.objects(EUICC)[panel.euicc()]["State"] != "idle" or self.records():
            return False
        if panel.profiles().get(ICCID) is not None:
            return self._is_told(panel)
        if not self._is_told(panel):
            return False
        self.tries += 1
        assert self.tries <= TRIES_MAX
        if self.orders[-1].state != RELEASED:
            self._order()
        self.begun += 1
        panel.call(panel.euicc(), EUICC, "Download", self.orders[-1].activation_code)
        return False

    def _answer(self, panel, path):
        question = panel.describe(path).get("question")
        if not question:
            return
        if question["type"] == "confirmation-code":
            values = {"code": self.code}
        else:
            values = {"consent": True}
        panel.client.call(path, OPERATION, "Answer", "(ua{sv})", question["id"], options(values))

    def _told(self, panel):
        return sum(1 for seen in panel.objects(OPERATION).values()
                   if seen["Kind"] == "download" and seen["State"] in ENDED)

    def _is_told(self, panel):
        return self._told(panel) >= self.begun + self.to_be_told

    def wrong_at_death(self, site):
        self.begun, self.to_be_told = 0, len(self.records())
        if self.to_be_told > 1:
            yield f"{self.to_be_told} records of one download"
        if site.card.profile(ICCID) is not None and not self.to_be_told and not self._is_accounted_for(site):
            yield "a profile is on the card, and nothing on disk tells of its download"

    def _is_accounted_for(self, site):
        """Its download had ended: the result was on disk, or delivered already."""
        return site.saved() or any(order.state == INSTALLED for order in self.orders)

    def wrong_in_the_end(self, site, panel):
        if site.card.profile(ICCID) is None or panel.profiles().get(ICCID) is None:
            yield f"the profile is not there: {[panel.describe(p) for p in panel.objects(OPERATION)]}"
        # A card that lost its power knows of no session any more, and nobody else can sign its end.
        open_sessions = self.smdp.open_sessions()
        if len(open_sessions) > len(getattr(site, "_pulls", [])):
            yield f"{len(open_sessions)} sessions are open in the end"
        if self.records():
            yield "a record of a download is left"
        # A result may come twice, when the acknowledgement did not come to the disk.
        successes = sum("success" in order.results for order in self.orders)
        if successes != 1:
            yield f"the server heard of {successes} installations"
        if self._told(panel) < self.begun + self.to_be_told:
            yield "nobody was told what came of the download"
