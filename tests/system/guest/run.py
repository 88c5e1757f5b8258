# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's runner: pytest over this folder, a line for each test to the host, the logs to the third disk, and off."""

import pathlib
import subprocess
import sys
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
LOGS_DISK = "/dev/vdc"


class Reporter:
    """One line a test, as tests/system/run.py reads it."""

    def __init__(self):
        self.seconds = {}

    def pytest_addoption(self, parser):
        """pytest's own terminal is left away, and assertions ask for this option of it."""
        parser.addoption("--verbose", type=int, default=0, dest="verbose")

    def pytest_runtest_logreport(self, report):
        name = report.nodeid
        self.seconds[name] = self.seconds.get(name, 0) + report.duration
        if report.failed:
            self.tell("failed", name, report.when if report.when != "call" else "")
            print(report.longreprtext, flush=True)
            for title, text in report.sections:
                print(f"--- {title}\n{text}", flush=True)
        elif report.skipped:
            self.tell("skipped", name, str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else ""))
        elif report.when == "call":
            self.tell("passed", name)

    def pytest_collectreport(self, report):
        if report.failed:
            self.tell("failed", report.nodeid or "collection")
            print(report.longreprtext, flush=True)

    def tell(self, outcome, name, why=""):
        print(f"@{outcome} {name.replace(' ', '_')} {self.seconds.get(name, 0):.3f} {why}".rstrip(), flush=True)


def write_logs():
    """What somebody wants who looks for the reason of a failure."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "journal.txt": ["journalctl", "-b", "-o", "short-monotonic", "--no-pager"],
            "dmesg.txt": ["dmesg"],
            "units.txt": ["systemctl", "--no-pager", "--all", "list-units"],
            "blame.txt": ["systemd-analyze", "--no-pager", "blame"],
            "udev.txt": ["udevadm", "info", "--export-db"],
        }
        for name, command in commands.items():
            with open(pathlib.Path(folder) / name, "wb") as file:
                subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False, timeout=120)
        frames = pathlib.Path("/run/esim-lab/frames.log")
        more = [str(frames)] if frames.exists() else []
        subprocess.run(["tar", "-c", "-f", LOGS_DISK, "-C", folder, ".", *more], check=False, stderr=subprocess.DEVNULL)


def main():
    uptime = pathlib.Path("/proc/uptime").read_text(encoding="ascii").split()[0]
    print(f"the guest is up after {uptime} s", flush=True)
    sys.path[:0] = [str(TESTS / "lab"), str(TESTS / "integration"), str(HERE)]
    begin = time.monotonic()
    code = pytest.main(["-p", "no:cacheprovider", "-p", "no:terminal", "-c", str(HERE / "pytest.ini"),
                        *sys.argv[1:], str(HERE)], plugins=[Reporter()])
    print(f"the tests took {time.monotonic() - begin:.0f} s, pytest ended with {int(code)}", flush=True)
    write_logs()
    # 0 and 1: pytest ran every test that it was asked for.
    print("@end" if code in (0, 1) else "@broken", flush=True)
    subprocess.run(["systemctl", "poweroff", "--force"], check=False)


if __name__ == "__main__":
    main()
