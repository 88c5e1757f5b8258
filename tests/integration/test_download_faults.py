# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 at each exchange of a download with the card and with the server, and at each step of a record's way to the
disk; the modem pulled at each exchange with the card; and each of these exchanges goes wrong once without anybody being
killed."""

import pytest
from downloadkills import Download
from faultpoints import FaultSite, points_on
from killpoints import Point, all_points
from test_kill import STRIDE, go_through, steps_of
from test_unplug import make_site, pulls  # noqa: F401 (a fixture)

from esimlab.daemon import PATIENCE
from esimlab.diskfaults import DiskFaults
from esimlab.lab import Lab
from esimlab.shortwaits import short_waits

CASES = [Download("download"), Download("download-with-code", code="4711"),
         Download("download-others-pending", others=True)]
NAMES = [case.name for case in CASES]
CONFIG = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1", "total-timeout-seconds": "2"}}
# What libmbim waits for an answer of the card and for a channel, and what a server may be silent.
WAITS = (60, 700 * PATIENCE, 30, 700 * PATIENCE)
# The short run takes one point in so many.
KILLS, FAULTS = 9, 31


@pytest.fixture
def site(build, pki, tmp_path, request):
    faults = DiskFaults(build, tmp_path / "state", tmp_path)
    lab = Lab(tmp_path, build=build, pki=pki, daemon=False, config=CONFIG,
              environment=short_waits(build, *WAITS, given=faults.environment))
    request.node.labs = [lab]
    request.addfinalizer(lab.close)
    lab.__enter__()
    made = FaultSite(lab, faults)
    request.addfinalizer(made.close)
    return made


def kills(site, case):
    steps = steps_of(site, case)
    requests = site.counted()["server"]
    server = [point for point in points_on("server", requests) if point.kills]
    return all_points(steps) + server, steps, requests


def faults(site, case):
    _, steps, requests = kills(site, case)
    return [point for point in points_on("card", steps[0]) + points_on("server", requests) if not point.kills]


def test_killed_at_some_points(site, kill_tally):
    every, _, _ = kills(site, CASES[0])
    go_through(site, CASES[0], every[::KILLS * STRIDE], kill_tally)


def test_some_faults(site, kill_tally):
    go_through(site, CASES[0], faults(site, CASES[0])[::FAULTS * STRIDE], kill_tally)


@pytest.mark.parametrize("transport", ["mbim", "qmi"])
def test_pulled_at_some_exchanges(make_site, transport, kill_tally):  # noqa: F811
    site = make_site(transport, config=CONFIG)
    go_through(site, CASES[0], pulls(site, CASES[0])[::KILLS * STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("transport", ["mbim", "qmi"])
def test_pulled_at_each_exchange(make_site, transport, kill_tally):  # noqa: F811
    site = make_site(transport, config=CONFIG)
    go_through(site, CASES[0], pulls(site, CASES[0])[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_killed_at_each_point(site, kill_tally, case):
    every, _, _ = kills(site, case)
    print(f"{case.name}: {len(every)} points")
    go_through(site, case, every[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES[:1], ids=NAMES[:1])
def test_each_fault(site, kill_tally, case):
    every = faults(site, case)
    print(f"{case.name}: {len(every)} faults")
    go_through(site, case, every[::STRIDE], kill_tally)


@pytest.mark.long
@pytest.mark.parametrize("moment", ["full", "read-only"])
def test_the_disk_takes_nothing_at_each_step(site, kill_tally, moment):
    steps = steps_of(site, CASES[0])
    every = [Point("disk", number, moment) for number in range(1, len(steps[1]) + 1)]
    go_through(site, CASES[0], every[::STRIDE], kill_tally)
