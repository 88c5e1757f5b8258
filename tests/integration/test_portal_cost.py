# SPDX-License-Identifier: LGPL-2.1-or-later
"""What weeks of waiting cost: a review of three working days over a weekend and a notice of a month, gone through
by the laboratory's clock. The daemon sleeps until the next date: it asks nobody, and writes nothing."""

import time
from pathlib import Path

import pytest
from harness import wait_until
from portal import FRIDAY_NOON, OUTCOME, QUICK, Journey, start_of
from scene import BLUE

from carrierfiles import usual
from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from panel import Panel

DAY = 86400
LAST_DAY = "2027-04-14"
WEDNESDAY_NIGHT, THE_END = start_of("2027-03-11"), start_of(LAST_DAY, after=1)


class Meter:
    """Counts what the daemon does from the last look on."""

    def __init__(self, lab, faults):
        self.lab, self.faults = lab, faults
        self.look()

    def _now(self):
        task = Path(f"/proc/{self.lab.daemon.pid}/task")
        wakes = sum(int(line.split()[1]) for status in task.glob("*/status")
                    for line in status.read_text().splitlines() if line.startswith("voluntary_ctxt_switches"))
        written = sum(path.stat().st_size for path in self.lab.state_folder.rglob("*.record"))
        steps = [step for step, _ in self.faults.steps()]
        return {"wake-ups": wakes, "disk steps": len(steps), "records written": steps.count("rename"),
                "octets of records": written, "requests to servers": len(self.lab.smdp.requests),
                "exchanges with the card": len(self.lab.modem.exchanges)}

    def look(self):
        """{what: how much more than at the last look} (the octets: as they are now)."""
        now = self._now()
        since = {key: value - getattr(self, "last", now)[key] for key, value in now.items()}
        since["octets of records"] = now["octets of records"]
        self.last = now
        return since


@pytest.fixture
def scene(make_lab, build, tmp_path, request):
    """(panel, clock, meter) of a laboratory whose card is let go of at once."""
    clock = Clock(FRIDAY_NOON)
    request.addfinalizer(clock.close)
    lab = make_lab(daemon=False, clock=clock, config={
        **QUICK, "card": {"linger-milliseconds": "50"}, "carriers": {"folders": usual(tmp_path / "carriers")}})
    faults = DiskFaults(build, lab.state_folder, lab.workdir)
    lab.daemon.environment.update(clock.environment(build, faults.environment))
    lab.daemon.start()
    return Panel(lab), clock, Meter(lab, faults)


def sleep_through(clock, until, seconds):
    """Let the clock run to this moment in so many true seconds, then at its own pace; nobody calls the daemon."""
    days = (until - clock.now().timestamp()) / DAY
    clock.set_speed(days * DAY / seconds)
    while clock.now().timestamp() < until:
        time.sleep(0.002)
    clock.set_speed(1)
    return days


def rest(panel):
    """Until the card is let go of and the directory is no more in use for what was asked last."""
    panel.wait_closed()
    time.sleep(1)


def tell(what, days, cost):
    print(f"{what}: {days:.1f} days simulated: " + ", ".join(f"{count} {name}" for name, count in cost.items()))


def test_what_a_review_and_a_notice_cost(scene):
    panel, clock, meter = scene
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    rest(panel)
    asleep = {}
    for name, until in (("review over a weekend", WEDNESDAY_NIGHT - 3600), ("notice of a month", THE_END - 3 * DAY - 3 * 3600)):
        meter.look()
        days = sleep_through(clock, until, 3)
        asleep[name] = cost = meter.look()
        tell(name, days, cost)
        if name.startswith("review"):
            assert journey.told()["review"] == "waiting"
            journey.answer(OUTCOME, outcome="confirmed", **{"effective-date": LAST_DAY})
            journey.wait("awaiting-end")
            rest(panel)
    assert journey.stage == "awaiting-end" and panel.lab.card.profile(BLUE) is not None
    for name, cost in asleep.items():
        assert cost["requests to servers"] == cost["exchanges with the card"] == 0, name
        assert cost["disk steps"] == cost["records written"] == 0, name
        # A thing or two may be put away once after the last call; nothing is done by the hour or by the day.
        assert cost["wake-ups"] <= 20, (name, cost)
    meter.look()
    tell("reminder", sleep_through(clock, THE_END - 3600, 2), meter.look())
    tell("end", sleep_through(clock, THE_END + 5, 0.5), meter.look())
    journey.wait("completed")
    wait_until(panel, lambda: not panel.lab.card.pending_notifications)


def test_late_costs_a_reminder_every_three_days(scene):
    """Nobody answers for a month: the record is written for each reminder at most, and nothing else is done."""
    panel, clock, meter = scene
    journey = Journey.begin(panel)
    journey.go(OUTCOME)
    rest(panel)
    meter.look()
    days = sleep_through(clock, WEDNESDAY_NIGHT + 30 * DAY, 4)
    cost = meter.look()
    tell("nobody answers", days, cost)
    assert journey.told()["review"] == "late" and journey.stage == "in-review"
    assert cost["records written"] <= 12 and cost["requests to servers"] == cost["exchanges with the card"] == 0
    assert cost["wake-ups"] <= 20 + 20 * cost["records written"], cost
