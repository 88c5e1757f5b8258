# SPDX-License-Identifier: LGPL-2.1-or-later
"""One guest, one boot, one laboratory: the tests are steps of one way, in the order of their files' names."""

import subprocess
import time

import guest as words
import pytest
from panel import EUICC, PROFILE, Panel


class OurPanel(Panel):
    """Of the card that is plugged: a former one is shown for a while after it was pulled out, with the same profiles."""

    def euicc(self):
        return next(path for path, seen in self.objects(EUICC).items() if seen["Eid"] == self.lab.card.eid)

    def profiles(self):
        ours = self.euicc() + "/"
        return {seen["Iccid"]: (path, seen) for path, seen in self.objects(PROFILE).items() if path.startswith(ours)}


def pytest_addoption(parser):
    parser.addoption("--shell", action="store_true", help="a root shell on the console before the laboratory goes")


@pytest.fixture(scope="session")
def guest(request):
    begin = time.monotonic()
    made = words.Guest()
    print(f"the laboratory took {time.monotonic() - begin:.1f} s", flush=True)
    yield made
    if request.config.getoption("--shell"):
        # Two readers of one terminal would take the keys from each other.
        words.run("systemctl", "mask", "--runtime", "--now", "serial-getty@ttyS0.service")
        subprocess.run(["systemd-run", "--wait", "--quiet", "-p", "TTYPath=/dev/ttyS0", "-p", "StandardInput=tty-force",
                        "-p", "StandardOutput=tty", "-p", "StandardError=tty", "-p", "WorkingDirectory=/root",
                        "/bin/bash", "-l"], check=False)
    made.close()


@pytest.fixture
def panel(guest):
    return OurPanel(guest)
