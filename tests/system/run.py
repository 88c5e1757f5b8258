# SPDX-License-Identifier: LGPL-2.1-or-later
"""Started by tools/system-test: makes the guest's root where it is missing, runs the machine, counts its tests.

Exit code 0 only if the guest ran to its end and no test failed.
"""

import argparse
import pathlib
import re
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

from image import ImageError, TOP, image
from machine import Machine, MachineError, payload

RESULT = re.compile(r"@(passed|failed|skipped) (\S+) ([0-9.]+)(?: (.*))?")
END = "@end"


def options():
    parser = argparse.ArgumentParser(prog="tools/system-test", description=(
        "Boots an emulated Debian with ModemManager, NetworkManager and a USB modem in software, and tests esimd in it "
        "as `meson install` lays it. No hardware and no KVM is needed."))
    parser.add_argument("--keep", action="store_true",
                        help="leave a root shell on the guest's console after the tests; leaving it ends the machine")
    parser.add_argument("--rebuild", action="store_true", help="make the guest's root anew")
    parser.add_argument("--debug", action="store_true",
                        help="esimd, ModemManager and NetworkManager say more in the journal")
    parser.add_argument("--timeout", type=int, default=2700, metavar="SECONDS", help="for the machine (default: 2700)")
    parser.add_argument("--cores", type=int, default=2, help="of the emulated machine (default: 2)")
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build", help="the build folder (default: build/)")
    parser.add_argument("--junit", type=pathlib.Path, metavar="FILE", help="write a report of the tests there")
    parser.add_argument("rest", nargs="*", metavar="PYTEST", help="for pytest in the guest, after --: -k NAME, -x, ...")
    return parser.parse_args()


class Counter:
    """What the guest said of its tests."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.suite = ElementTree.Element("testsuite", name="system")
        self.ended = False

    def take(self, line):
        if line.startswith(END):
            self.ended = True
        found = RESULT.fullmatch(line)
        if found is None:
            print(line, flush=True)
            return
        outcome, name, seconds, why = found.groups()
        setattr(self, outcome, getattr(self, outcome) + 1)
        case = ElementTree.SubElement(self.suite, "testcase", classname="system", name=name, time=seconds)
        if outcome != "passed":
            ElementTree.SubElement(case, {"failed": "failure"}.get(outcome, outcome), message=why or outcome)
        print(f"{outcome:8}{name} ({float(seconds):.1f} s){': ' + why if why else ''}", flush=True)


def main():
    told = options()
    # Whoever ends this ends the machine too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    begin = time.monotonic()
    counter = Counter()
    folder = told.build / "system-run"
    folder.mkdir(parents=True, exist_ok=True)
    machine = None
    try:
        root = image(rebuild=told.rebuild)
        arguments = (["--shell"] if told.keep else []) + told.rest
        machine = Machine(root, payload(told.build, folder, arguments, told.debug), folder, cores=told.cores, keep=told.keep)
        machine.start()
        booted = time.monotonic()
        for line in machine.lines(10 ** 9 if told.keep else told.timeout):
            counter.take(line)
        print(f"the machine ran for {time.monotonic() - booted:.0f} s")
    except (ImageError, MachineError, subprocess.CalledProcessError, OSError) as error:
        print(f"tools/system-test: {error}")
        counter.ended = False
    finally:
        if machine is not None:
            machine.stop()
            if machine.unpack_logs(folder / "logs"):
                print(f"logs of the guest: {folder / 'logs'}")
    if not counter.ended:
        counter.failed += 1
        print("the guest did not run to its end" + (f"; its console:\n{machine.tail()}" if machine else ""))
        ElementTree.SubElement(ElementTree.SubElement(counter.suite, "testcase", classname="system", name="the machine"),
                               "failure", message="it did not run to its end")
    if told.junit:
        told.junit.parent.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(counter.suite).write(told.junit, encoding="utf-8", xml_declaration=True)
    print(f"wall time {time.monotonic() - begin:.0f} s")
    print(f"{counter.passed} passed, {counter.failed} failed" + (f", {counter.skipped} skipped" if counter.skipped else ""))
    return 0 if counter.passed and not counter.failed else 1


if __name__ == "__main__":
    sys.exit(main())
