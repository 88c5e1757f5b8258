# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 at each exchange with the card and at each step of a record's way to the disk: nothing may be lost,
nothing done that nobody consented to, and the work comes to its end after the restart."""

import random

import pytest

from esimlab.daemon import PATIENCE
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from killpoints import DISABLED, ENABLED, TWO_ADDRESSES, Deregistration, Point, Restoration, Site, Verb, all_points

CASES = [
    Deregistration("deregister-enabled", ENABLED),
    Deregistration("deregister-disabled", DISABLED),
    Deregistration("deregister-two-addresses", TWO_ADDRESSES),
    Deregistration("deregister-others-pending", ENABLED, others=True),
    Verb("delete", DISABLED, "Delete", others=True),
    Verb("enable", DISABLED, "Enable"),
    Verb("disable", ENABLED, "Disable"),
    Restoration("restore", ENABLED),
]
NAMES = [case.name for case in CASES]
# A build with sanitizers, several times slower, takes one point in eight: the plain one has taken them all.
STRIDE = 8 if PATIENCE > 1 else 1
# Of what is not the main thing, the short run takes one point in so many.
SAMPLE = 5


@pytest.fixture
def make_site(build, pki, tmp_path, request):
    def make(**settings):
        faults = DiskFaults(build, tmp_path / "state", tmp_path)
        lab = Lab(tmp_path, build=build, pki=pki, daemon=False, environment=faults.environment, **settings)
        request.node.labs = [lab]
        request.addfinalizer(lab.close)
        lab.__enter__()
        site = Site(lab, faults)
        request.addfinalizer(site.close)
        return site
    return make


def go_through(site, case, points, kill_tally):
    """Take each point, (point, second point) pairs too; fail with all that was found."""
    wrong = []
    for point in points:
        first, second = point if isinstance(point, tuple) else (point, None)
        found, reached, _ = site.run(case, first, second)
        kill_tally.points += reached and first.kills
        kill_tally.faults += reached and not first.kills
        kill_tally.not_reached += not reached
        kill_tally.doubled += len(site.lab.smdp.duplicates)
        wrong += [f"{case.name}, {first}{f', then {second}' if second else ''}: {words}" for words in found]
        assert len(wrong) < 10, "\n".join(wrong)
    kill_tally.violations += wrong
    assert not wrong, "\n".join(wrong)


def steps_of(site, case):
    found, _, steps = site.run(case, Point())
    assert not found
    assert steps[0] >= case.exchanges_min and len(steps[1]) >= 10
    return steps


def test_at_each_point(make_site, kill_tally):
    """The deregistration of the enabled profile: all of them."""
    site = make_site()
    points = all_points(steps_of(site, CASES[0]))
    go_through(site, CASES[0], points[::STRIDE], kill_tally)


@pytest.mark.parametrize("case", CASES[1:], ids=NAMES[1:])
def test_at_some_points_of_other_work(make_site, case, kill_tally):
    site = make_site()
    points = all_points(steps_of(site, case))
    go_through(site, case, points[::SAMPLE * STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES[1:], ids=NAMES[1:])
def test_at_each_point_of_other_work(make_site, case, kill_tally):
    site = make_site()
    points = all_points(steps_of(site, case))
    go_through(site, case, points[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("quirks", [
    {"refresh_mode": "silent"}, {"refresh_mode": "7_0_1"}, {"refresh_mode": "reset_needed"},
    {"collects_61xx": False, "max_transfer": 512, "single_slot": True}, {"leaks_channels": False, "needs_le": True}],
    ids=["silent-refresh", "refresh-7-0-1", "reset-needed", "61xx", "needs-le"])
def test_at_each_point_with_other_modems(make_site, case, quirks, kill_tally):
    site = make_site(modem=quirks, config={"card": {"switch-timeout-seconds": "1"}})
    points = all_points(steps_of(site, case))
    go_through(site, case, points[::STRIDE], kill_tally)


@pytest.mark.parametrize("case", CASES[:4], ids=NAMES[:4])
def test_killed_again_while_it_recovers(make_site, case, kill_tally):
    """Pairs of points, the second counted from the restart; the seed makes them the same each time."""
    pairs_twice(make_site(), case, 12, kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES[:4], ids=NAMES[:4])
def test_killed_again_at_many_points(make_site, case, kill_tally):
    pairs_twice(make_site(), case, 400, kill_tally)


def pairs_twice(site, case, count, kill_tally):
    chance = random.Random(case.name)
    first = all_points(steps_of(site, case))
    second = all_points((8, ["create", "write", "fsync", "rename", "fsync"] * 8))
    pairs = [(chance.choice(first), chance.choice(second)) for _ in range(max(count // STRIDE, 2))]
    go_through(site, case, pairs, kill_tally)
