# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the walks of tools/demo with a carrier share: days that pass, and the card watched meanwhile."""

import time
from datetime import datetime, timedelta
from datetime import time as time_of_day

from demo_journey import Journey
from demo_terminal import DIM
from esimlab.carrier import BANGKOK

DAY = timedelta(days=1)
FRIDAY = 4
REASON = "travel-ended"
# Days of the laboratory in a second.
SPEED = 8
MARGIN = 2 * DAY
# A daemon that answers at all answers within that.
SOON = 20


def friday(now=None):
    """Ten in the morning in Bangkok on the next Friday, which may be today: so there is a weekend in the review."""
    today = (now or datetime.now(BANGKOK)).astimezone(BANGKOK).date()
    day = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    return datetime.combine(day, time_of_day(10), BANGKOK)


class TimedJourney(Journey):
    """In Bangkok, where the carrier is. speed: days of the laboratory in a second. margin: so long before a moment the clock stops
    running and is set to it, so that a busy machine does not miss it."""

    speed, margin = SPEED, MARGIN

    def __init__(self, lab, console, say, options):
        super().__init__(lab, console, say, options)
        # The traveller is where the carrier is; no window opens, for the person of this walk has a browser already.
        self.environment = {name: value for name, value in self.environment.items()
                            if name not in ("DISPLAY", "WAYLAND_DISPLAY")} | {"TZ": "Asia/Bangkok"}
        self.clock = lab.clock
        self.touched = self.gone = None
        self.seen_last = None
        lab.modem.after_command.append(self.watch_card)

    def watch_card(self, _exchange):
        """When the card was first told to disable or delete something, and when it had the profile no more."""
        commands = self.lab.card.counters["BF32"] + self.lab.card.counters["BF33"]
        if commands and self.touched is None:
            self.touched = self.clock.now()
        if self.gone is None and self.lab.card.profile(self.profile.iccid) is None:
            self.gone = self.clock.now()
        return False

    # Time

    def today(self):
        return self.clock.now().astimezone(BANGKOK)

    def local(self, moment):
        return self.say.moment(moment.astimezone(BANGKOK))

    def tell_time(self):
        self.console.say(self.say("now", time=self.say.moment(self.today())), DIM)

    def pass_until(self, moment):
        """Let the clock run to this moment, and show the days that go by: each, or each week."""
        every = DAY if moment - self.clock.now() < 8 * DAY else 7 * DAY
        self.clock.set_speed(self.speed * DAY.total_seconds())
        self.console.piece(f"  {self.say.day(self.today())}")
        shown = datetime.combine(self.today().date(), time_of_day(), BANGKOK) + every
        while shown.date() <= moment.date():
            stop = min(shown, moment - self.margin)
            time.sleep(self.clock.seconds_until(stop) or 0)
            if stop < shown:
                self.clock.set_speed(0)
                time.sleep((shown - stop) / DAY / self.speed)
            self.console.piece(f" · {self.say.day(shown)}")
            shown += every
        self.clock.set_speed(1)
        if self.clock.now() < moment:
            self.clock.advance_to(moment)
        self.console.say()
        self.tell_time()

    def wait(self, look, seconds=SOON):
        """Whether this came true."""
        deadline = time.monotonic() + min(seconds, self.options.patience)
        while time.monotonic() < deadline:
            if look():
                return True
            time.sleep(0.05)
        return False

    # What the daemon and the carrier say

    def record(self):
        found = self.records()
        return found[0] if found else {}
