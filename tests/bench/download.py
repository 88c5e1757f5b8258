# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a download costs: APDUs, requests, handshakes, and time over a slow card and a slow network."""

import time

from esimlab.lab import Lab
from esimlab.profiles import Address, Profile

import floor
from panel import EUICC, OPERATION, Panel, options

PROFILE_OCTETS = 14 * 1024
APDU_SECONDS = 0.02
ROUND_TRIP_SECONDS = 0.1
OCTETS_A_SECOND = 1_000_000 / 8
PATIENCE = 60


class SlowCard:
    """Lets every APDU take its time, and remembers when the card was at work: [(from, to)]."""

    def __init__(self, card, seconds=APDU_SECONDS):
        self.seconds = seconds
        self.busy = []
        card.before_apdu.append(self._begin)
        card.after_apdu.append(self._end)

    def _begin(self, _index, _octets):
        self.busy.append((time.monotonic(), None))
        time.sleep(self.seconds)

    def _end(self, _index, _octets):
        self.busy[-1] = (self.busy[-1][0], time.monotonic())


class Transfers:
    """When a request was on its way or in the server's hand, until its answer was out: [(from, to)]."""

    def __init__(self, server):
        self.busy = []
        self._begun = {}
        self._link = server.link
        server.before_request.append(self._begin)
        server.after_answer.append(self._end)

    def _begin(self, request):
        self._begun[id(request)] = time.monotonic() - self._link.round_trip

    def _end(self, request):
        self.busy.append((self._begun.pop(id(request)), time.monotonic()))


def overlap(some, others):
    """Seconds in which one of these and one of those ran."""
    return sum(max(0, min(end, last) - max(begin, first))
               for begin, end in some if end for first, last in others)


def run_download(panel, code):
    """From the call until the result is with the server and off the card; the question is answered at once."""
    lab = panel.lab
    path = lab.client.call(panel.euicc(), EUICC, "Download", "(sa{sv})", code, options({}))
    question = lab.client.wait_until(lambda: panel.describe(path).get("question"), PATIENCE)
    panel.call(path, OPERATION, "Answer", ("u", question["id"]), consent=True)
    seen = panel.wait_ended(path, PATIENCE)
    if seen["State"] != "succeeded":
        raise RuntimeError(f"the download ended as {seen['State']}: {panel.describe(path)}\n{lab.daemon.log()}")
    panel.wait_card_empty()


def measure_download(build, pki):
    """(figures, steps): a profile of 14 kB onto a card that has three."""
    with Lab(build=build, pki=pki) as lab:
        panel = Panel(lab)
        panel.wait_closed()
        made = Profile("8944500102201200099", "Bench", "Lab Telecom", imsi="001010000000099",
                       addresses=[Address(lab.smdp.hosts[0])])
        order = lab.smdp.order(made, size=PROFILE_OCTETS)
        lab.smdp.link.round_trip, lab.smdp.link.rate = ROUND_TRIP_SECONDS, OCTETS_A_SECOND
        card, server = SlowCard(lab.card), Transfers(lab.smdp)
        first, told = len(lab.modem.exchanges), len(lab.card.log)
        requests, handshakes = len(lab.smdp.requests), lab.smdp.handshakes["ok"]
        begin = time.monotonic()
        run_download(panel, order.activation_code)
        seconds = time.monotonic() - begin
        panel.wait_closed()
        steps = [one.tag() or one.kind for one in lab.modem.exchanges[first:] if one.counted]
        least = floor.download(lab.card.log[told:])
        return {"apdus": lab.modem.exchange_count(first, ("apdu",)), "apdu_floor": floor.count(least, "apdu"),
                "http_requests": len(lab.smdp.requests) - requests,
                "tls_handshakes": lab.smdp.handshakes["ok"] - handshakes, "seconds": round(seconds, 2),
                "seconds_without_overlap": round(seconds + overlap(card.busy, server.busy), 2)}, steps
