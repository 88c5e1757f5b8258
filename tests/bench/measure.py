# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tools/bench measures: exchanges with the card, and what the daemon costs. Every figure is printed, none judged.

Each measurement has a laboratory of its own; nothing else talks to its daemon while an idle one is watched.
"""

import json
import pathlib
import time

from esimlab import Pki
from esimlab.lab import Lab

import floor
from download import measure_download
from panel import DEREGISTRATION, PROFILE, Panel, options

SETTLE_SECONDS = 3
# GLib keeps a thread of its pool for 15 s after its last work; its end is no wake-up of an idle daemon.
POOL_SECONDS = 18
WATCH_SECONDS = 30
START_TRIES = 5
PATIENCE = 30


def status(path):
    """The fields of a status file of /proc."""
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in pairs}


def rss_anon_kib(pid):
    return int(status(pathlib.Path(f"/proc/{pid}/status"))["RssAnon"].split()[0])


def switches(pid):
    """{thread: how often it went to sleep by itself}"""
    found = {}
    for folder in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found[folder.name] = int(status(folder / "status")["voluntary_ctxt_switches"])
    return found


def wake_ups(pid, seconds):
    """How often any thread woke within that time; one that came or went counts as one wake-up at least."""
    before = switches(pid)
    time.sleep(seconds)
    after = switches(pid)
    both = before.keys() & after.keys()
    gone = before.keys() - after.keys()
    return (sum(after[thread] - before[thread] for thread in both) + len(gone)
            + sum(after[thread] for thread in after.keys() - both))


def wait(what, true, seconds=PATIENCE):
    """Until true () is; a benchmark of something that does not happen has no figure."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not happen: {what}")
        time.sleep(0.02)


def run_list(lab):
    """esimctl list --json, until it has ended and no channel is open."""
    done = lab.esimctl("list", "--json", timeout=PATIENCE)
    if done.returncode != 0 or len(json.loads(done.stdout)) != len(lab.card.profiles):
        raise RuntimeError(f"esimctl list did not list the card's profiles: {done.stdout}{done.stderr}")
    wait("the channel is closed", lambda: not lab.modem.open_channels)
    return lab.modem.exchange_count()


def measure_list(build, pki):
    """esimctl's call lets the bus start the daemon: what it does by itself at its start is counted too."""
    with Lab(build=build, pki=pki, activated=True, daemon=False) as lab:
        first = run_list(lab)
        again = run_list(lab) - first
    return {"first_exchanges": first, "again_exchanges": again}


def deregister(panel, iccid):
    """From the call to the end; the question is answered at once."""
    lab = panel.lab
    path = lab.client.call(panel.profile(iccid), PROFILE, "Deregister", "(a{sv})", options({"method": "local"}))
    question = panel.wait_question(path)
    lab.client.call(path, DEREGISTRATION, "Answer", "(ua{sv})", question["id"],
                    options({"consent": True, "contract-continues": True}))
    stage = panel.wait_stage(path, "completed", "failed", timeout=PATIENCE)
    if stage != "completed" or lab.card.profile(iccid) is not None:
        raise RuntimeError(f"the deregistration ended as {stage}:\n{lab.daemon.log()}")
    wait("the card holds no notification", lambda: not lab.card.pending_notifications)
    wait("the channel is closed", lambda: not lab.modem.open_channels)


def measure_remove(build, pki):
    """An enabled profile goes; and what the daemon holds of memory after it."""
    with Lab(build=build, pki=pki) as lab:
        panel = Panel(lab)
        wait("the channel is closed", lambda: not lab.modem.open_channels)
        profile = next(one for one in lab.card.profiles if one.enabled)
        recipients = {event: profile.recipients(event) for event in ("disable", "delete")}
        begin = len(lab.modem.exchanges)
        deregister(panel, profile.iccid)
        least = floor.removal(True, bool(recipients["disable"]), sum(map(len, recipients.values())))
        figures = {"apdus": lab.modem.exchange_count(begin, ("apdu",)), "apdu_floor": floor.count(least, "apdu"),
                   "channel_commands": lab.modem.exchange_count(begin, ("open", "close")),
                   "channel_command_floor": floor.count(least, "channel")}
        steps = [exchange.tag() or exchange.kind for exchange in lab.modem.exchanges[begin:] if exchange.counted]
        time.sleep(SETTLE_SECONDS)
        return figures, steps, rss_anon_kib(lab.daemon.pid)


def measure_start(build, pki):
    """Milliseconds from exec to Ready: the median of a few starts; Ready is looked for every 10 ms."""
    found = []
    with Lab(build=build, pki=pki, daemon=False) as lab:
        for _ in range(START_TRIES):
            begin = time.monotonic()
            lab.daemon.start()
            found.append((time.monotonic() - begin) * 1000)
            lab.daemon.stop()
    return round(sorted(found)[len(found) // 2])


def measure_idle(build, pki):
    """(RssAnon in KiB, wake-ups a minute) of a daemon that has one card and nothing to do."""
    with Lab(build=build, pki=pki) as lab:
        pid = lab.daemon.pid
        time.sleep(SETTLE_SECONDS)
        memory = rss_anon_kib(pid)
        time.sleep(POOL_SECONDS)
        return memory, round(wake_ups(pid, WATCH_SECONDS) * 60 / WATCH_SECONDS)


def measure(build, tell=lambda words: None):
    """Everything; tell (words) says what is measured now."""
    pki = Pki()
    tell("esimctl list, the first time and again")
    listed = measure_list(build, pki)
    tell("a deregistration of an enabled profile")
    remove, steps, after = measure_remove(build, pki)
    tell("a download over a slow card and a slow network")
    downloaded, _ = measure_download(build, pki)
    tell(f"{START_TRIES} starts of the daemon")
    start = measure_start(build, pki)
    tell(f"the idle daemon ({SETTLE_SECONDS + POOL_SECONDS + WATCH_SECONDS} s)")
    memory, woken = measure_idle(build, pki)
    return {"list": listed, "remove": remove, "download": downloaded,
            "daemon": {"rss_anon_kib": memory, "wakeups_per_minute": woken, "start_ms": start,
                       "rss_anon_after_kib": after}}, steps
