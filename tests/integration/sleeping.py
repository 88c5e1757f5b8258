# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points on "sleep": the machine falls asleep around an exchange with the card, for hours of the wall clock, and wakes
up again. Nobody waits for the daemon, as when the lid is closed over a delay that is over, or the kernel is told to
sleep by somebody else. logind says both; the daemon is frozen in between.

"asleep-before" it has reached the card, "-after" the card has carried it out, or when it is "-answered": the modem keeps
its power and goes on, and its answer lies there in the morning. "lost-before" and "lost-after": the modem loses its
power, so no answer comes, its channels are gone, and it is plugged in anew.
"""

import os
import signal
import threading
import time
from datetime import timedelta

from killpoints import Point, Site

MOMENTS = ("asleep-before", "asleep-after", "asleep-answered", "lost-before", "lost-after")
NIGHT = timedelta(hours=8)
FROZEN = 0.2  # of the monotonic clock, which a real sleep would stop
AWAKE = 20


class SleepSite(Site):
    """A site whose machine can sleep. Its laboratory has a clock and a logind."""

    def __init__(self, lab, faults, clock):
        super().__init__(lab, faults, clock)
        self._nights = []

    def _prepare(self, case):
        self._wait_for_morning()
        self._nights.clear()
        super()._prepare(case)

    def close(self):
        self._wait_for_morning()
        super().close()

    def _wait_for_morning(self):
        for night in self._nights:
            night.join(AWAKE)
            assert not night.is_alive(), "it sleeps for ever"

    def _arm(self, point):
        if point.on != "sleep":
            super()._arm(point)
            return
        modem, target = self.lab.modem, len(self.lab.modem.exchanges) + point.number
        kind, moment = point.moment.split("-")
        hooks = {"before": modem.before_command, "after": modem.after_command, "answered": modem.after_response}[moment]
        lost = kind == "lost"

        def hook(exchange):
            if exchange.index != target or self._nights:
                return False
            self._fall_asleep(lost)
            return lost
        hooks.append(hook)

    def _fall_asleep(self, lost):
        """On the modem's thread: the rest of the night needs another one."""
        self.lab.login1.going_to_sleep(timeout=0)
        os.kill(self.lab.daemon.pid, signal.SIGSTOP)
        self._nights.append(threading.Thread(target=self._sleep, args=(lost,), name="night"))
        self._nights[-1].start()

    def _sleep(self, lost):
        if lost:
            self.lab.modem.unplug()
        self.clock.step(NIGHT)
        time.sleep(FROZEN)
        if lost:
            self.lab.modem.replug()
        os.kill(self.lab.daemon.pid, signal.SIGCONT)
        self.lab.login1.woken_up()

    def _drive(self, panel):
        ended = super()._drive(panel)
        self._wait_for_morning()
        return ended

    def _reached(self, point, deaths, steps):
        return bool(self._nights) if point.on == "sleep" else super()._reached(point, deaths, steps)

    def _check_end(self, panel):
        super()._check_end(panel)
        held = self.lab.login1.held()
        if held:
            self.found.append(f"{len(held)} locks against sleep are held in the end")


def sleep_points(exchanges):
    return [Point("sleep", number, moment) for number in range(exchanges) for moment in MOMENTS]
