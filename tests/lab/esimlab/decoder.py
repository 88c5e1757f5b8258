# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has messages of SGP.22 read by somebody else: Wireshark, whose reader is made from the standard's ASN.1 module.

From version 4.6 on it knows that module. Debian's sid has it, and a folder with that release will do:
`ESIMD_TSHARK="chroot FOLDER tshark"`. The captures go in by its standard input, so it needs to see no file of ours.
"""

from __future__ import annotations

import json
import os
import shlex
import struct
import subprocess
from dataclasses import dataclass, field

from . import ber

# Capture files for messages that are in no packet: a link type for private use, and what reads it.
MAGIC, USER_LINK, MAX_PACKET = 0xA1B2C3D4, 147, 1 << 20
DISSECTORS = {"request": "sgp32.request", "response": "sgp32.response"}
SEVERITIES = {"6291456": "warning", "8388608": "error"}
SECONDS = 60


@dataclass
class Reading:
    """What was made of one message: what it is, the names of its fields, and what is wrong with it."""

    name: str = ""
    fields: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def command() -> list[str]:
    return shlex.split(os.environ.get("ESIMD_TSHARK", "tshark"))


def why_not() -> str | None:
    """Why there is no such reader here, None if there is one."""
    try:
        said = subprocess.run([*command(), "-G", "dissectors"], capture_output=True, text=True, timeout=SECONDS)
    except OSError as error:
        return f"{command()[0]} cannot be run ({error.strerror})"
    if "sgp32.request" not in said.stdout:
        return "this tshark does not know SGP.22: 4.6 or later does (ESIMD_TSHARK)"
    return None


def capture(messages: list[bytes]) -> bytes:
    """As a capture file, a packet each."""
    packets = (struct.pack("<IIII", second, 0, len(octets), len(octets)) + octets
               for second, octets in enumerate(messages))
    return struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, MAX_PACKET, USER_LINK) + b"".join(packets)


def read(messages: list[bytes], direction: str) -> list[Reading]:
    """One Reading each, in their order."""
    if not messages:
        return []
    link = f'uat:user_dlts:"User 0 (DLT=147)","{DISSECTORS[direction]}","0","","0",""'
    done = subprocess.run([*command(), "-r", "-", "-T", "json", "--no-duplicate-keys", "-o", link],
                          input=capture(messages), capture_output=True, timeout=SECONDS)
    packets = json.loads(done.stdout or b"[]")
    if len(packets) != len(messages):
        raise RuntimeError(f"tshark read {len(packets)} of {len(messages)} messages: {done.stderr.decode()[-400:]}")
    return [reading(packet["_source"]["layers"]) for packet in packets]


def reading(layers: dict) -> Reading:
    result = Reading()
    if "sgp32" not in layers:
        result.problems.append("not a message of SGP.22 at all")
    if "data" in layers or "_ws.malformed" in layers:
        result.problems.append("malformed")
    walk(layers.get("sgp32"), result)
    result.name = result.fields[0] if result.fields else ""
    return result


def walk(value, result: Reading) -> None:
    if isinstance(value, list):
        for member in value:
            walk(member, result)
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key == "_ws.expert":
            judge(member, result)
        elif key.startswith("_ws.malformed"):
            result.problems.append("malformed")
        elif key.startswith(("sgp22.", "sgp32.")):
            result.fields.append(key.split(".", 1)[1].removesuffix("_element"))
        walk(member, result)


def judge(experts, result: Reading) -> None:
    for expert in experts if isinstance(experts, list) else [experts]:
        if expert.get("_ws.expert.severity") in SEVERITIES:
            result.problems.append(expert.get("_ws.expert.message", "something is wrong"))


def cancellation(answer: bytes) -> bytes:
    """The card's answer to CancelSession within the request of SGP.32 that carries it to a server, for `read`: that
    reader knows the tag BF41 in no other meaning."""
    held = ber.parse(answer)
    signed = held.need(0xA0).children()[0]
    return ber.encode(0xBF41, signed.need(0x80).raw, ber.encode(0xA1, held.value))
