# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the whole daemon share: a laboratory for each test, and short words for the bus.

The build folder is ESIMD_BUILD_DIR, or build/ in the tree.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

from esimlab import Pki  # noqa: E402
from esimlab.lab import Lab, build_folder  # noqa: E402
from killpoints import Tally  # noqa: E402
from panel import Panel  # noqa: E402

TALLY = pytest.StashKey()


@pytest.fixture(scope="session")
def build():
    folder = build_folder()
    assert (folder / "daemon" / "esimd").exists(), f"{folder}: build first (tools/build)"
    return folder


@pytest.fixture(scope="session")
def pki():
    """One set of keys for all tests: making them takes longer than a test."""
    return Pki()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """Put the daemon's log into the report of a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for lab in getattr(item, "labs", []):
            report.sections.append((f"laboratory in {lab.workdir}", lab.logs()))


@pytest.fixture
def make_lab(request, build, pki, tmp_path, transport):
    """make_lab (**what Lab takes) -> a laboratory that is up; it goes with the test."""
    request.node.labs = []

    def make(**settings):
        workdir = tmp_path / f"lab{len(request.node.labs)}"
        laboratory = Lab(workdir, **{"build": build, "pki": pki, "transport": transport, **settings})
        request.node.labs.append(laboratory)
        request.addfinalizer(laboratory.close)
        return laboratory.__enter__()
    return make


@pytest.fixture
def transport():
    """What the modem speaks where a test does not say; one that is parametrized by this (ways.on) has several."""
    return None


@pytest.fixture
def lab(make_lab):
    """The plain laboratory: one modem, one card with three profiles, the daemon ready."""
    return make_lab()


@pytest.fixture
def panel(lab):
    """The client's view of the plain laboratory."""
    return Panel(lab)


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="a second uid on the bus needs root")


def pytest_configure(config):
    config.stash[TALLY] = Tally()
    config.pluginmanager.register(Gathering())


@pytest.fixture
def kill_tally(pytestconfig):
    """Counts the kill points of the whole run."""
    return pytestconfig.stash[TALLY]


class Gathering:
    """With pytest-xdist the points are counted in other processes: each brings its count when it ends."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        brought = getattr(node, "workeroutput", {}).get("kill_tally")
        if brought is not None:
            node.config.stash[TALLY].add(Tally(**brought))


def pytest_sessionfinish(session):
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["kill_tally"] = session.config.stash[TALLY].plain()


def pytest_terminal_summary(terminalreporter, config):
    tally = config.stash[TALLY]
    if tally.points or tally.faults or tally.violations:
        terminalreporter.write_line(tally.line())
