# SPDX-License-Identifier: LGPL-2.1-or-later
"""More points than killpoints.py has. On the "server": an exchange of the daemon with an operator's server. On the
"bus": a call of the client that changes something. On "polkit": a question to the authority. There the daemon is killed;
or, on "server" and "card", nobody is, and this one exchange goes wrong, in each of the ways in which it can.
"""

import random
import signal
import time

from esimlab import mbim
from esimlab.busclient import BusError
from esimlab.mbimuicc import CID_APDU, CID_CLOSE_CHANNEL, CID_OPEN_CHANNEL
from killpoints import Point, Site
from panel import DEREGISTRATION, Panel
from portal import OUTCOME
from portalkills import Portal, WithoutProfile

NOISE = random.Random(1).randbytes(100)
NO_REPLY = "org.freedesktop.DBus.Error.NoReply"
# Calls of the client after which something is not as it was.
CHANGING = ("Deregister", "DeregisterIccid", "Answer", "Withdraw", "Check", "Retry")
RETRIES = 3
PAUSE = 0.02  # in which the daemon acts on an answer that it was given

# "late": the card, or the server, has done its part, and its answer goes wrong.
SERVER_FAULTS = {
    "unavailable": ("status", {"code": 503}),
    "unavailable-late": ("status", {"code": 503, "accept": True}),
    "refusal": ("status", {"code": 403}),
    "failed": ("json_error", {}),
    "redirect": ("redirect", {}),
    "silence": ("silence", {}),
    "silence-late": ("silence", {"accept": True}),
    "cut": ("cut", {}),
    "cut-late": ("cut", {"accept": True}),
    "garbage": ("garbage", {"data": NOISE}),
    "garbage-late": ("garbage", {"data": NOISE, "accept": True}),
}


def noise(act):
    act()
    return NOISE, 0x9000


def half(act):
    data, sw = act()
    return data[:len(data) // 2], sw


def status_word_late(act):
    act()
    return b"", 0x6F00


CARD_SPOILS = {
    "status-word": lambda _act: (b"", 0x6F00),
    "status-word-late": status_word_late,
    "garbage": noise,
    "half": half,
}
CARD_FAULTS = (*CARD_SPOILS, "modem-error", "silence", "silence-late")
MOMENTS = {
    "server": ("before", "after", "answered", *SERVER_FAULTS),
    "card": CARD_FAULTS,
    "bus": ("before", "sent", "unanswered", "answered"),
    "polkit": ("before", "answered"),
}


class Caller:
    """The client's connection, with its changing calls as points."""

    def __init__(self, site):
        self._site, self._client = site, site.lab.client
        self._kinds = {}

    def __getattr__(self, name):
        return getattr(self._client, name)

    def call(self, path, interface, method, signature="()", *arguments, **how):
        if method not in CHANGING:
            result = self._client.call(path, interface, method, signature, *arguments, **how)
            if (interface, method) == (DEREGISTRATION, "Describe"):
                self._look(result)
            return result
        moment = self._site.called()
        if moment == "before":
            self._die()
        if moment == "sent":
            self._client.send(path, interface, method, signature, *arguments)
            self._die()
        result = self._client.call(path, interface, method, signature, *arguments, **how)
        if moment:
            if method == "Answer":
                self._site.answered = self._kinds[arguments[0]]
            self._site.strike()
        if moment == "unanswered":
            self._die()
        return result

    def _die(self):
        """As the bus says it to somebody who called what is not there, or does not answer any more."""
        self._site.strike()
        raise BusError(NO_REPLY, "it is dead")

    def _look(self, told):
        """What was answered before the death, with success, is not asked again after it."""
        question = told.get("question")
        if question:
            kind = (question["type"], question["subject"])
            if kind == self._site.answered:
                self._site.found.append(f"{kind} had been answered, and is asked again")
            self._kinds[question["id"]] = kind
        self._site.answered = None


class FaultSite(Site):
    """A site at which these points can be taken too."""

    def __init__(self, lab, faults, clock=None):
        super().__init__(lab, faults, clock)
        self.calls, self.first_check = 0, 0
        self.at_call, self.answered = None, None
        self.reached = None

    def panel(self):
        return Panel(self.lab, Caller(self))

    def counted(self):
        """What the last run had of each kind."""
        return {"server": len(self.lab.smdp.requests), "bus": self.calls,
                "polkit": len(self.lab.polkit.checks) - self.first_check}

    def strike(self):
        """kill -9, from any thread; whoever drives the work sees it dead."""
        self.reached = True
        process = self.lab.daemon.process
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def called(self):
        """A changing call is about to be made: the moment of the point, if it is this one."""
        self.calls += 1
        return self.at_call.moment if self.at_call and self.calls == self.at_call.number + 1 else None

    def _prepare(self, case):
        smdp, polkit = self.lab.smdp, self.lab.polkit
        for hooks in (smdp.before_request, smdp.after_request, smdp.after_answer,
                      polkit.before_answer, polkit.after_answer, self.lab.modem.faults):
            hooks.clear()
        smdp.well_behaved()
        self.calls, self.at_call, self.answered, self.reached = 0, None, None, None
        self.first_check = len(polkit.checks)
        case.retries = 0
        super()._prepare(case)

    def _arm(self, point):
        arms = {"server": self._arm_server, "bus": self._arm_bus, "polkit": self._arm_polkit}
        if point.on == "card" and not point.kills:
            arms["card"] = self._arm_card
        self.reached = False if point.on in arms else None
        if not point.kills:
            self.case.retries = RETRIES
        arms.get(point.on, super()._arm)(point)

    def _reached(self, point, deaths, steps):
        return super()._reached(point, deaths, steps) if self.reached is None else self.reached

    def _arm_bus(self, point):
        self.at_call = point

    def _arm_polkit(self, point):
        authority = self.lab.polkit

        def hook(check):
            if self.reached or authority.checks.index(check) != self.first_check + point.number:
                return False
            time.sleep(PAUSE if point.moment == "answered" else 0)
            self.strike()
            return True
        (authority.before_answer if point.moment == "before" else authority.after_answer).append(hook)

    def _arm_server(self, point):
        smdp = self.lab.smdp

        def is_it(request):
            return not self.reached and smdp.requests.index(request) == point.number

        def note(request):
            self.reached = self.reached or is_it(request)

        def kill(request):
            if not is_it(request):
                return False
            time.sleep(PAUSE if point.moment == "answered" else 0)
            self.strike()
            return True
        if point.kills:
            {"before": smdp.before_request, "after": smdp.after_request,
             "answered": smdp.after_answer}[point.moment].append(kill)
        else:
            kind, options = SERVER_FAULTS[point.moment]
            smdp.behave(kind, nth=point.number + 1, **options)
            smdp.before_request.append(note)

    def _arm_card(self, point):
        modem = self.lab.modem

        def before(exchange):
            if exchange.index != point.number:
                return False
            self.reached = True
            exchange.spoil = CARD_SPOILS.get(point.moment)
            return point.moment == "silence"

        def late(exchange):
            return exchange.index == point.number

        def match(message):
            return message.service == mbim.UICC and len(modem.exchanges) == point.number and \
                message.cid in (CID_OPEN_CHANNEL, CID_CLOSE_CHANNEL, CID_APDU)
        modem.before_command.append(before)
        if point.moment == "silence-late":
            modem.after_command.append(late)
        elif point.moment == "modem-error":
            modem.fail(match, mbim.STATUS_FAILURE)


class Asked:
    """Before the carrier's answer is told, the user has the daemon look at it again."""

    def begin(self, site):
        super().begin(site)
        self.asked = False

    def answer(self, panel, path, question):
        if (question["type"], question["subject"]) == OUTCOME and not self.asked:
            panel.client.call(path, DEREGISTRATION, "Check")
            self.asked = True
        super().answer(panel, path, question)


class AskedPortal(Asked, Portal):
    pass


class AskedWithoutProfile(Asked, WithoutProfile):
    pass


def points_on(on, count):
    return [Point(on, number, moment) for number in range(count) for moment in MOMENTS[on]]
