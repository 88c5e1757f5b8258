# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets the daemon die, or its disk fail, at a chosen step of a record's way to the disk.

The daemon runs with disk-faults.c preloaded, which counts the steps (create, write, fsync, rename, unlink,
mkdir below the state folder) from the process' start on, and does what an order file says.
"""

import os
import contextlib
import errno


def preloaded(library):
    """Environment for a daemon with this library before all others."""
    if not library.exists():
        raise RuntimeError(f"{library} is missing: build with -Dtests=true")
    # The address sanitizer wants to come first; behind the library it works as well.
    told = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": str(library),
            "ASAN_OPTIONS": ":".join(filter(None, [told, "verify_asan_link_order=0"]))}


class DiskFaults:
    """For one laboratory: give `environment` to the daemon before it starts.

    build: the build folder. state: the state folder. folder: where the log and the order go.
    """

    def __init__(self, build, state, folder):
        self._log, self._order = folder / "disk.log", folder / "disk.order"
        self.environment = {**preloaded(build / "tests" / "esimlab-disk-faults.so"), "ESIM_DISK_FOLDER": str(state),
                            "ESIM_DISK_LOG": str(self._log), "ESIM_DISK_ORDER": str(self._order)}

    def clear(self):
        """Nothing goes wrong any more, and the log begins anew."""
        self.heal()
        self._log.unlink(missing_ok=True)

    def heal(self):
        self._order.unlink(missing_ok=True)

    def steps(self):
        """[(step, path)] of the running process; the first has number 1."""
        with contextlib.suppress(FileNotFoundError):
            lines = [line.split(" ", 2) for line in self._log.read_text(encoding="utf-8").splitlines()]
            begin = max((i for i, line in enumerate(lines) if line[0] == "1"), default=0)
            return [(line[1], line[2]) for line in lines[begin:]]
        return []

    def _write(self, words):
        written = self._order.with_suffix(".new")
        written.write_text(words, encoding="utf-8")
        written.rename(self._order)

    def kill_at(self, number, how="before"):
        """kill -9 at this step, counted from the process' start: "before", "after" or "tear"."""
        self._write(f"{number} {number} {how}")

    def hold(self, first=1, last=1 << 62):
        """From step `first` to `last` the disk takes its time: until heal ()."""
        self._write(f"{first} {last} hold")

    def fail(self, first=1, last=1 << 62, *, code=errno.ENOSPC, how="fail"):
        """From step `first` to `last` the disk refuses; "short": only after half of a write."""
        self._write(f"{first} {last} {how} {code}")
