# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exchanges with the card, counted as tools/bench counts them. Memory and time are printed there, and judged nowhere."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

import download  # noqa: E402
import floor  # noqa: E402
import measure  # noqa: E402
from esimlab.faults import LogEntry  # noqa: E402


def names(steps):
    return [name for name, _, _ in steps]


def test_list_reads_the_card_once(build, pki):
    figures = measure.measure_list(build, pki)
    assert figures["first_exchanges"] <= 4
    assert figures["again_exchanges"] == 0


def test_removal_has_no_exchange_too_many(build, pki):
    figures, steps, memory = measure.measure_remove(build, pki)
    assert figures["apdus"] == figures["apdu_floor"], steps
    assert figures["channel_commands"] == figures["channel_command_floor"], steps
    assert memory > 0


def test_download_has_no_exchange_too_many(build, pki):
    figures, steps = download.measure_download(build, pki)
    assert figures["apdus"] <= 1.05 * figures["apdu_floor"], steps
    assert (figures["http_requests"], figures["tls_handshakes"]) == (4, 1)
    assert figures["seconds"] < figures["seconds_without_overlap"], "loading waits until the whole package is there"


def test_floor_of_a_download_counts_the_borders_of_segments():
    def entry(name, size):
        return LogEntry(name, "", 0x9000, 1, bytes(size), b"", 0)
    log = [entry("GetEID", 6), entry("LoadBoundProfilePackage", 256), entry("LoadBoundProfilePackage", 255),
           entry("LoadBoundProfilePackage", 4), entry("GetRAT", 3)]
    assert floor.count(floor.download(log), "apdu") == 1 + 2 + 1 + 1


def test_overlap_is_what_both_have():
    assert download.overlap([(0, 2), (3, 5), (6, None)], [(1, 4), (4.5, 9)]) == 1 + 1 + 0.5


def test_idle_daemon_is_read(lab):
    assert measure.rss_anon_kib(lab.daemon.pid) > 0
    before = measure.switches(lab.daemon.pid)
    assert len(before) > 1
    lab.client.get("/org/esimd1", "org.esimd1.Manager", "Ready")
    after = measure.switches(lab.daemon.pid)
    assert sum(after.values()) > sum(before.values()), "a call that wakes the daemon has to be seen"


def test_floor_of_a_disabled_profile_has_no_switch():
    steps = names(floor.removal(False, True, 1))
    assert "DisableProfile" not in steps and steps.count("open") == steps.count("close") == 1
    assert steps.count("RetrieveNotificationsList") == 2


def test_floor_counts_each_notification():
    few, many = floor.removal(True, True, 1), floor.removal(True, True, 4)
    assert floor.count(many, "apdu") - floor.count(few, "apdu") == 3
    assert floor.count(many, "channel") == floor.count(few, "channel")


def test_floor_copies_what_a_switch_made_only_if_it_made_something():
    assert (names(floor.removal(True, True, 1)).count("RetrieveNotificationsList")
            == names(floor.removal(True, False, 1)).count("RetrieveNotificationsList") + 1)
