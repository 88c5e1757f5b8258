#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One profile deregistered from a virtual card, with words; started by tools/demo.

Ends with 0 only if the profile is gone from the card itself, the operator's server took the notification of the
deletion, and the receipt is verified.
"""

import argparse
import json
import locale
import pathlib
import shlex
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from demo_terminal import BOLD, DIM, GREEN, RED, Console  # noqa: E402
from demo_words import CHINESE, ENGLISH, Speaker, wants_chinese  # noqa: E402

STEPS = 8
# The card forgets what was acknowledged a moment after the deregistration has ended.
FORGET_SECONDS = 10


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/demo", description="Deregisters a profile from a virtual card, in a "
                                     "laboratory on this machine, and says what it does.")
    parser.add_argument("--stay", action="store_true",
                        help="leave a shell in the laboratory afterwards, with esimctl and busctl")
    parser.add_argument("--no-setup", action="store_true", help="neither install nor build: all is there")
    parser.add_argument("--refuse", action="store_true",
                        help="let the operator's server refuse everything, to see that this is found out")
    parser.add_argument("--patience", type=float, default=60, metavar="SECONDS",
                        help="how long one command may take (default: %(default)s)")
    parser.add_argument("--began", type=float, default=time.time(), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def speak_locale(environment, language):
    """A machine without Chinese locales can still speak Chinese: gettext needs any UTF-8 locale and LANGUAGE."""
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        environment = {**environment, "LC_ALL": "C.UTF-8"}
        if language == CHINESE:
            environment["LANGUAGE"] = "zh_CN"
    return environment


class Journey:
    """The steps, and what went wrong in them."""

    def __init__(self, lab, console, say, options):
        self.lab, self.console, self.say, self.options = lab, console, say, options
        self.environment = speak_locale(lab.environment, say.language)
        self.profile = next(profile for profile in lab.card.profiles if profile.enabled)
        self.others = self.others_now()
        self.receipt = lab.workdir / "receipt.json"
        self.number = 0
        self.failures = []
        self.verified = False

    def others_now(self):
        return [(one.iccid, one.nickname, one.enabled) for one in self.lab.card.profiles
                if one.iccid != self.profile.iccid]

    def explain(self, name, *more):
        self.number += 1
        space = "" if self.say.language == CHINESE else " "
        words = space.join([self.say(name, name=self.profile.name), *more])
        self.console.step(self.number, STEPS, words)

    def esimctl(self, *arguments, answer=None):
        """Run it for all to see. Whether it ended well."""
        shown = shlex.join(["esimctl", *map(str, arguments)])
        self.console.command(shown)
        begin = time.monotonic()
        program = self.lab.build / "client" / "esimctl" / "esimctl"
        code = self.console.run([program, *map(str, arguments)], self.environment, answer=answer,
                                seconds=self.options.patience)
        self.console.say(f"({self.say.time(time.monotonic() - begin)})", DIM)
        if code is None:
            self.failures.append(self.say("too-long", command=shown, seconds=f"{self.options.patience:g}"))
        elif code:
            self.failures.append(self.say("exit-code", command=shown, code=code))
        return code == 0

    def deregister(self):
        command = ["deregister", self.profile.name, "--method", "local", "--reason", "travel-ended"]
        if self.console.terminal:
            self.explain("deregister", self.say("answer-typed"))
            return self.esimctl(*command, answer="y")
        self.explain("deregister", self.say("answer-options"))
        return self.esimctl(*command, "--yes", "--contract-continues")

    def find_record(self):
        """The id of the deregistration that has ended."""
        done = self.lab.esimctl("deregistrations", "--json")
        records = json.loads(done.stdout) if done.returncode == 0 else []
        for record in records:
            if record.get("iccid") == self.profile.iccid and record.get("stage") == "completed":
                return record["id"]
        self.failures.append(self.say("no-receipt"))
        return None

    def keep_receipt(self):
        record = self.find_record()
        if record is None:
            return
        self.explain("receipt")
        self.esimctl("receipt", record, "-o", self.receipt)
        self.explain("verify")
        command = ["receipt", "verify", self.receipt, "--roots", self.lab.trust_folder, "--eid", self.lab.card.eid]
        if self.esimctl(*command):
            verdict = json.loads(self.lab.esimctl(*command, "--json").stdout)
            self.verified = verdict["verdict"] == "verified" and verdict["iccid"] == self.profile.iccid

    def run(self):
        self.explain("status")
        self.esimctl("status")
        self.explain("list")
        self.esimctl("list")
        self.explain("dry-run")
        self.esimctl("deregister", self.profile.name, "--method", "local", "--dry-run")
        self.deregister()
        self.explain("list-again")
        self.esimctl("list")
        self.explain("notifications")
        self.esimctl("notifications")
        self.keep_receipt()
        return self.judge()

    # What the laboratory itself says: (name, why it failed or "")

    def ask_card(self):
        there = self.lab.card.profile(self.profile.iccid) is not None
        yield "check-card", self.say("is-there") if there else ""
        same = self.others == self.others_now()
        yield "check-others", "" if same else self.say("others-changed", seen=self.others_now())
        deadline = time.monotonic() + FORGET_SECONDS
        while self.lab.card.pending_notifications and time.monotonic() < deadline:
            time.sleep(0.05)
        count = len(self.lab.card.pending_notifications)
        yield "check-left", self.say("left-over", count=count) if count else ""

    def ask_smdp(self):
        """Received is what passed the server's own checks of signature, chain and recipient."""
        taken = {delivery.notice.address for delivery in self.lab.smdp.received
                 if delivery.notice.event == "delete" and delivery.notice.iccid == self.profile.iccid
                 and delivery.notice.eid == self.lab.card.eid}
        problems = [self.say("violation", words=found.words) for found in self.lab.smdp.violations]
        if not taken or taken != set(self.profile.recipients("delete")):
            problems.insert(0, self.say("not-taken"))
        yield "check-smdp", "; ".join(problems)

    def judge(self):
        self.console.say()
        self.console.say(self.say("checks"), BOLD)
        found = [("check-commands", "; ".join(self.failures)), *self.ask_card(), *self.ask_smdp(),
                 ("check-receipt", "" if self.verified else self.say("no-receipt") if not self.receipt.exists()
                  else "esimctl receipt verify")]
        for name, why in found:
            self.console.check(not why, self.say(name), why)
        return sum(1 for _, why in found if why)


def stay(lab, console, say, environment):
    from esimlab.shell import shell, welcome
    console.say()
    console.say(say("stay"))
    welcome(lab)
    shell(lab, environment)


def show(options, console, say):
    from esimlab.lab import Lab
    console.title(say("title"))
    console.say(say("intro"))
    begin = time.monotonic()
    with Lab() as lab:
        if options.refuse:
            lab.smdp.behave("status", times=-1, code=503)
            console.say(say("refusing"), RED)
        console.say(say("up", time=say.time(time.monotonic() - begin)), DIM)
        journey = Journey(lab, console, say, options)
        failed = journey.run()
        took = say.time(time.time() - options.began)
        console.say()
        if failed:
            console.say(say("bad", count=failed, time=took), BOLD, RED)
        else:
            console.say(say("contract"))
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
