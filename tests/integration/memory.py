# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for octets in the memory of a running process, as an administrator with a debugger could."""

import re

REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)")
BLOCK = 1 << 20


def regions(pid):
    """(begin, end, name) of each readable region."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            found = REGION.match(line)
            if found and found.group(3).strip() not in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                yield int(found.group(1), 16), int(found.group(2), 16), found.group(3).strip()


def find(pid, octets):
    """[(address, region's name)] of each place where the octets are. Needs root."""
    places = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name in regions(pid):
            places += [(address, name) for address in _in_region(memory, begin, end, octets)]
    return places


def _in_region(memory, begin, end, octets):
    for start in range(begin, end, BLOCK):
        # A little of the next block too, for what lies across.
        length = min(BLOCK + len(octets) - 1, end - start)
        try:
            memory.seek(start)
            content = memory.read(length) or b""
        except OSError:
            return
        at = content.find(octets)
        while 0 <= at < BLOCK:
            yield start + at
            at = content.find(octets, at + 1)
