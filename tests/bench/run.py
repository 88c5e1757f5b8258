#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the figures; started by tools/bench. With --json one object on standard output and nothing else."""

import argparse
import json
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / "tests" / "bench"), str(TOP / "tests" / "lab"), str(TOP / "tests" / "integration")]

WORDS = {
    "list": ("esimctl list with three profiles",
             {"first_exchanges": "exchanges with the card, the first time, with the daemon's start",
              "again_exchanges": "exchanges, the second time"}),
    "remove": ("deregistering an enabled profile",
               {"apdus": "APDUs", "apdu_floor": "the least that is needed",
                "channel_commands": "channel commands", "channel_command_floor": "the least that is needed"}),
    "download": ("downloading a profile of 14 kB, with 20 ms an APDU, 100 ms a round trip and 1 Mbit/s",
                 {"apdus": "APDUs", "apdu_floor": "the least that is needed", "http_requests": "HTTP requests",
                  "tls_handshakes": "TLS handshakes", "seconds": "s, from the call until the server has the result",
                  "seconds_without_overlap": "s, had the card and the network waited for one another"}),
    "daemon": ("the daemon, idle with one card",
               {"rss_anon_kib": "KiB of memory of its own (RssAnon)", "wakeups_per_minute": "wake-ups a minute",
                "start_ms": "ms from its start until it is ready (median)",
                "rss_anon_after_kib": "KiB of memory of its own after a deregistration"}),
}


def print_words(figures):
    for group, (title, members) in WORDS.items():
        print(title)
        for name, words in members.items():
            print(f"{figures[group][name]:8}  {words}")


def print_steps(measured, least):
    print(f"the card was asked ({len(measured)}): {' '.join(measured)}")
    print(f"the least that is needed ({len(least)}):")
    for name, _, reason in least:
        print(f"  {name:26} {reason}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench", description="Measures what esimd costs; judges nothing.")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--steps", action="store_true", help="also each step of the removal, and why it is needed")
    wanted = parser.parse_args(arguments)
    if wanted.json and wanted.steps:
        parser.error("--json prints the figures alone")
    import floor
    from esimlab.lab import build_folder
    from measure import measure
    figures, steps = measure(build_folder(), lambda words: print(f"measuring {words}", file=sys.stderr, flush=True))
    if wanted.json:
        print(json.dumps(figures))
        return 0
    print_words(figures)
    if wanted.steps:
        print_steps(steps, floor.removal(True, True, 2))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (RuntimeError, OSError, TimeoutError) as error:
        sys.exit(f"tools/bench: {error}")
