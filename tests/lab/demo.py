#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One profile deregistered from a virtual card, with words; started by tools/demo.

Ends with 0 only if the laboratory itself saw it: one request at the carrier, nothing deleted before the contract had
ended, the profile gone from the card then, the operator's server told of it, and the receipt verified.
"""

import argparse
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from demo_journey import LocalJourney  # noqa: E402
from demo_portal import PortalJourney  # noqa: E402
from demo_terminal import BOLD, DIM, GREEN, RED, Console  # noqa: E402
from demo_time import friday  # noqa: E402
from demo_ts43 import REVIEW, Ts43Journey  # noqa: E402
from demo_words import CHINESE, ENGLISH, Speaker, wants_chinese  # noqa: E402

def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/demo", description="Ends a contract at a laboratory's carrier, removes "
                                     "its profile from a virtual card, and says what it does.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--local", action="store_true",
                     help="the card alone: the short way, without a carrier")
    way.add_argument("--ts43", action="store_true",
                     help="the carrier's entitlement server (GSMA TS.43): the card itself says who it is, and no person does anything there")
    parser.add_argument("--stay", action="store_true",
                        help="leave a shell in the laboratory afterwards, with esimctl and busctl")
    parser.add_argument("--no-setup", action="store_true", help="neither install nor build: all is there")
    parser.add_argument("--refuse", action="store_true",
                        help="let the operator's server refuse everything, to see that this is found out")
    parser.add_argument("--patience", type=float, default=60, metavar="SECONDS",
                        help="how long one command may take (default: %(default)s)")
    parser.add_argument("--began", type=float, default=time.time(), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def stay(lab, console, say, environment):
    from esimlab.shell import shell, welcome
    console.say()
    console.say(say("stay"))
    welcome(lab)
    shell(lab, environment)


def in_use(name):
    """The laboratory's three profiles, with the one of this nickname in use."""
    from esimlab.profiles import demo_profiles
    profiles = demo_profiles()
    for profile in profiles:
        profile.enabled = profile.nickname == name
    return profiles


def make_lab(options):
    from esimlab.clock import Clock
    from esimlab.lab import Lab
    if options.local:
        return Lab()
    with_carrier = {"entitlement": {"review": REVIEW}} if options.ts43 else {"carrier": True}
    return Lab(profiles=in_use("Work"), clock=Clock(friday()), **with_carrier)


def name_way(options):
    """What names of words begin with."""
    return "local-" if options.local else "ts43-" if options.ts43 else ""


def show(options, console, say):
    way = name_way(options)
    console.title(say(f"{way}title"))
    console.say(say(f"{way}intro"))
    begin = time.monotonic()
    with make_lab(options) as lab:
        if options.refuse:
            lab.smdp.behave("status", times=-1, code=503)
            console.say(say("refusing"), RED)
        console.say(say("up", time=say.time(time.monotonic() - begin)), DIM)
        journey = {"local-": LocalJourney, "ts43-": Ts43Journey}.get(way, PortalJourney)(lab, console, say, options)
        failed = journey.run()
        took = say.time(time.time() - options.began)
        console.say()
        if failed:
            console.say(say("bad", count=failed, time=took), BOLD, RED)
        else:
            console.say(say(f"{way}contract"))
            console.say(say("good", time=took), BOLD, GREEN)
        if options.stay:
            stay(lab, console, say, journey.environment)
    return 1 if failed else 0


def main(arguments):
    options = parse(arguments)
    say = Speaker(CHINESE if wants_chinese() else ENGLISH)
    if say.language == CHINESE:
        sys.stdout.reconfigure(encoding="utf-8")
    return show(options, Console(), say)


def leave(number, _frame):
    sys.exit(128 + number)


if __name__ == "__main__":
    for caught in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(caught, leave)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        sys.exit(f"tools/demo: {error}")
