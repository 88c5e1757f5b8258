# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every walk of tools/demo does: run esimctl for all to see, keep the receipt, and ask the laboratory itself."""

import json
import locale
import shlex
import subprocess
import time

from demo_terminal import BOLD, DIM, Turn
from demo_words import CHINESE

# The card forgets what was acknowledged a moment after the deregistration has ended.
FORGET_SECONDS = 10


def speak_locale(environment, language, folder):
    """A machine without Chinese locales can still speak Chinese: one is made in `folder`. Where it cannot be made, C.UTF-8
    with LANGUAGE does in Debian 12, and not any more in Debian 13."""
    try:
        locale.setlocale(locale.LC_ALL, "")
        return environment
    except locale.Error:
        environment = {**environment, "LC_ALL": "C.UTF-8"}
    if language != CHINESE:
        return environment
    try:
        folder.mkdir(exist_ok=True)
        subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", folder / "zh_CN.UTF-8"], check=True,
                       capture_output=True)
        return {**environment, "LC_ALL": "zh_CN.UTF-8", "LOCPATH": str(folder)}
    except (OSError, subprocess.CalledProcessError):
        return {**environment, "LANGUAGE": "zh_CN"}


class Journey:
    """The steps, and what went wrong in them. steps: how many there are."""

    steps = 0

    def __init__(self, lab, console, say, options):
        self.lab, self.console, self.say, self.options = lab, console, say, options
        self.environment = speak_locale(lab.environment, say.language, lab.workdir / "locale")
        self.profile = next(profile for profile in lab.card.profiles if profile.enabled)
        self.name = self.profile.nickname or self.profile.name
        self.others = self.others_now()
        self.receipt = lab.workdir / "receipt.json"
        self.number = 0
        self.failures = []
        self.verified = False

    def others_now(self):
        return [(one.iccid, one.nickname, one.enabled) for one in self.lab.card.profiles
                if one.iccid != self.profile.iccid]

    def explain(self, name, *more, **parts):
        self.number += 1
        space = "" if self.say.language == CHINESE else " "
        words = space.join([self.say(name, name=self.name, **parts), *more])
        self.console.step(self.number, self.steps, words)

    def fail(self, name, **parts):
        self.failures.append(self.say(name, **parts))

    def esimctl(self, *arguments, turns=(), expect=0):
        """Run it for all to see. Whether it ended as it should.

        turns: on a terminal, what is done and typed at each of its questions (demo_terminal.Turn).
        """
        shown = shlex.join(["esimctl", *map(str, arguments)])
        self.console.command(shown)
        begin = time.monotonic()
        program = self.lab.build / "client" / "esimctl" / "esimctl"
        code = self.console.run([program, *map(str, arguments)], self.environment, turns=turns,
                                seconds=self.options.patience)
        self.console.say(f"({self.say.time(time.monotonic() - begin)})", DIM)
        if code is None:
            self.fail("too-long", command=shown, seconds=f"{self.options.patience:g}")
        elif code != expect:
            self.fail("exit-code", command=shown, code=code)
        return code == expect

    def records(self):
        """The deregistrations of this profile that were meant, not dry runs, as esimctl lists them."""
        done = self.lab.esimctl("deregistrations", "--json")
        found = json.loads(done.stdout) if done.returncode == 0 else []
        return [one for one in found if one.get("iccid") == self.profile.iccid and not one.get("dry-run")]

    def find_record(self):
        """The id of the deregistration that has ended."""
        for record in self.records():
            if record.get("stage") == "completed":
                return record["id"]
        self.fail("no-receipt")
        return None

    def verify_receipt(self):
        self.explain("verify")
        command = ["receipt", "verify", self.receipt, "--roots", self.lab.trust_folder, "--eid", self.lab.card.eid]
        if self.esimctl(*command):
            verdict = json.loads(self.lab.esimctl(*command, "--json").stdout)
            self.verified = verdict["verdict"] == "verified" and verdict["iccid"] == self.profile.iccid

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

    def ask_more(self):
        """What this walk alone has to show."""
        return ()

    def judge(self):
        self.console.say()
        self.console.say(self.say("checks"), BOLD)
        found = [("check-commands", "; ".join(self.failures)), *self.ask_more(), *self.ask_card(), *self.ask_smdp(),
                 ("check-receipt", "" if self.verified else self.say("no-receipt") if not self.receipt.exists()
                  else "esimctl receipt verify")]
        for name, why in found:
            self.console.check(not why, self.say(name), why)
        return sum(1 for _, why in found if why)


class LocalJourney(Journey):
    """The card alone: the contract goes on."""

    steps = 8

    def deregister(self):
        command = ["deregister", self.name, "--method", "local", "--reason", "travel-ended"]
        if self.console.terminal:
            self.explain("local-deregister", self.say("local-typed"))
            return self.esimctl(*command, turns=[Turn("y")])
        self.explain("local-deregister", self.say("local-options"))
        return self.esimctl(*command, "--yes", "--contract-continues")

    def keep_receipt(self):
        record = self.find_record()
        if record is None:
            return
        self.explain("receipt-file")
        self.esimctl("receipt", record, "-o", self.receipt)
        self.verify_receipt()

    def run(self):
        self.explain("status")
        self.esimctl("status")
        self.explain("list")
        self.esimctl("list")
        self.explain("dry-run")
        self.esimctl("deregister", self.name, "--method", "local", "--dry-run")
        self.deregister()
        self.explain("list-again")
        self.esimctl("list")
        self.explain("notifications")
        self.esimctl("notifications")
        self.keep_receipt()
        return self.judge()
