# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon as a service: how it starts, says that it is ready, leaves, and what it does with a
configuration and with records that it cannot read."""

import re
import shutil
import subprocess
import time

import pytest
from esimlab.busclient import BusClient, BusError
from esimlab.daemon import BUS_NAME, MANAGER, PATIENCE
from esimlab.profiles import demo_profiles
from gi.repository import Gio, GLib
from panel import DEREGISTRATION, EUICC, OPERATION, PROFILE, ROOT_PATH, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
AGREED = {"contract-continues": True}
YES = {"consent": True, **AGREED}
NO_MODEM = {"modem lab": {"device": None, "transport": None}}


def run(build, *arguments):
    """The daemon for once: (exit code, what it said)."""
    done = subprocess.run([build / "daemon" / "esimd", *map(str, arguments)], capture_output=True, text=True,
                          timeout=20 * PATIENCE, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


# Start

def test_the_bus_starts_it(make_lab):
    lab = make_lab(activated=True, daemon=False)
    assert lab.client.owner_pid() is None
    lab.client.get(ROOT_PATH, MANAGER, "Version")
    lab.daemon.wait_ready()
    assert set(Panel(lab).profiles()) == {AIS, BLUE, ISLAND}


def test_what_the_manager_says_of_itself(panel, build):
    code, said = run(build, "--version")
    version = panel.get(ROOT_PATH, MANAGER, "Version")
    assert (code, said) == (0, f"esimd {version}\n") and re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert set(panel.get(ROOT_PATH, MANAGER, "Capabilities")) - {"transport-pcsc"} == {
        "transport-mbim", "transport-qmi", "transport-qrtr", "slots", "modem-manager", "network-manager",
        "deregister-local", "deregister-portal", "carriers", "download", "discover", "reset-memory",
        "trust"}
    assert panel.get(ROOT_PATH, MANAGER, "Operations") == []


def test_ready_once_all_was_looked_at(make_lab):
    lab = make_lab(daemon=False, modem={"slow": 0.8})
    lab.daemon.start(wait=False)
    lab.client.wait_until(lambda: lab.client.owner_pid(), 10 * PATIENCE)
    assert lab.client.get(ROOT_PATH, MANAGER, "Ready") is False
    lab.daemon.wait_ready()
    assert set(Panel(lab).profiles()) == {AIS, BLUE, ISLAND}
    def changed():
        return [s for s in lab.client.signals if s[2] == "PropertiesChanged" and s[3][1].get("Ready")]
    lab.client.wait_until(changed, 10 * PATIENCE)
    assert len(changed()) == 1


def test_ready_with_a_modem_that_is_not_there(make_lab):
    panel = Panel(make_lab(config={"modem gone": {"device": "/dev/no-such-modem"}}))
    states = {seen["Modem"]: seen["State"] for seen in panel.objects(EUICC).values()}
    assert states == {"lab": "idle", "gone": "absent"}


@pytest.mark.long
def test_ready_with_a_modem_that_says_nothing(make_lab):
    """Its answers are waited for, and no longer than a bound; here a port that is no modem."""
    lab = make_lab(config={"modem null": {"device": "/dev/null"}}, daemon=False)
    lab.daemon.start(timeout=30)
    panel = Panel(lab)
    [seen] = [seen for seen in panel.objects(EUICC).values() if seen["Modem"] == "null"]
    assert seen["State"] == "absent" and seen["Problem"]


def test_a_second_one_leaves(lab, panel):
    done = subprocess.run([*lab.daemon.command[:3], "--state-dir", lab.workdir / "other"], capture_output=True, text=True,
                          env={**lab.environment}, timeout=20 * PATIENCE, check=False)
    assert done.returncode == 1 and f"the name {BUS_NAME} is not to be had" in done.stderr
    panel.run(panel.euicc(), EUICC, "Refresh")


def test_the_bus_goes_away(lab):
    """Without a bus there is no service: it leaves by itself, and does not crash."""
    lab.bus.process.terminate()
    assert lab.daemon.process.wait(10 * PATIENCE) in (0, 1)
    lab.daemon.killed = True


# End

def ends_in_time(lab):
    begun = time.monotonic()
    code = lab.daemon.stop()
    assert code == 0 and time.monotonic() - begun < 10
    return lab


def test_sigterm_while_idle(lab):
    ends_in_time(lab)
    assert lab.modem.open_channels == []
    assert [e.kind for e in lab.modem.exchanges].count("open") == [e.kind for e in lab.modem.exchanges].count("close")


@pytest.mark.parametrize("when", ["before the card is asked", "in the wait for the modem", "in the delivery"])
def test_sigterm_in_the_middle(make_lab, when):
    lab = make_lab(modem={"ready_delay": 5.0} if when == "in the wait for the modem" else {})
    panel = Panel(lab)
    if when == "before the card is asked":
        lab.modem.quirks.slow = 1.0
        operation = panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    elif when == "in the delivery":
        lab.smdp.behave("silence", times=-1)
        operation = panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
        panel.client.wait_until(lambda: lab.smdp.requests, 10 * PATIENCE)
    else:
        operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
        panel.client.wait_until(lambda: panel.get(operation, OPERATION, "Phase") == "waiting-for-modem", 10 * PATIENCE)
    ends_in_time(lab)
    lab.modem.quirks.slow = 0
    lab.smdp.well_behaved()
    lab.client.wait_until(lambda: not lab.modem.refreshing, 15)
    lab.daemon.start()
    shown = {iccid: seen["State"] == "enabled" for iccid, (_, seen) in panel.profiles().items()}
    assert shown == {p.iccid: p.enabled for p in lab.card.profiles}
    panel.run(panel.euicc(), EUICC, "SendNotifications")
    panel.wait_card_empty()
    assert lab.smdp.violations == []


def test_sigterm_with_a_silent_card(lab, panel):
    """The card never answers: the daemon does not wait for it."""
    lab.card.fail_at("BF2D", silence=True)
    panel.call(panel.euicc(), EUICC, "Refresh")
    panel.client.wait_until(lambda: lab.card.counters["BF2D"] > 1, 10 * PATIENCE)
    ends_in_time(lab)


def test_sigterm_with_a_queue(lab, panel):
    """What waits is not begun, and nothing is left behind in memory (the build with sanitizers looks)."""
    lab.modem.quirks.slow = 0.3
    for _ in range(5):
        panel.call(panel.profile(AIS), PROFILE, "SetNickname", "never")
    ends_in_time(lab)


def test_sigterm_during_a_prompt(lab, panel):
    lab.polkit.challenge(after=None)
    with BusClient(lab.bus.address, BUS_NAME) as caller:
        caller.connection.call(BUS_NAME, panel.euicc(), EUICC, "Refresh", GLib.Variant("(a{sv})", ({},)), None,
                               Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION, -1, None, None)
        panel.client.wait_until(lab.polkit.waiting, 10 * PATIENCE)
        ends_in_time(lab)


@pytest.mark.long
def test_it_stays_with_an_euicc_and_leaves_without(make_lab):
    with_one = make_lab()
    without = make_lab(config=NO_MODEM)
    assert without.daemon.process.wait(75 * PATIENCE) == 0
    assert "leaving" in without.daemon.log()
    assert with_one.daemon.alive() and "leaving" not in with_one.daemon.log()


# Configuration

@pytest.mark.parametrize("text, named", [
    ("[network]\ncolour=green\n", "colour"), ("[netwrok]\nproxy=x\n", "netwrok"), ("[card]\nlinger-milliseconds=soon\n", "linger-milliseconds"),
    ("[card]\nlinger-milliseconds=-1\n", "linger-milliseconds"), ("[card]\nswitch-timeout-seconds=0\n", "switch-timeout-seconds"),
    ("[network]\nallow-loopback=maybe\n", "allow-loopback"), ("[modem x]\ntransport=carrier-pigeon\ndevice=/dev/null\n", "carrier-pigeon"),
    ("[modem x]\ntransport=mbim\n", "device"), ("colour=green\n", ""), ("[network\n", "")])
def test_a_configuration_that_is_wrong(build, tmp_path, text, named):
    file = tmp_path / "esimd.conf"
    file.write_text(text, encoding="utf-8")
    for more in ([], ["--check-config"]):
        code, said = run(build, "--config", file, "--state-dir", tmp_path / "state", *more)
        assert code == 2 and str(file) in said and named in said, said
    assert not (tmp_path / "state").exists()


def test_a_configuration_that_is_good(lab, build):
    code, said = run(build, "--config", lab.config_file, "--check-config")
    assert code == 0, said


@pytest.mark.parametrize("arguments", [["--colour"], ["--config"], ["more"]])
def test_wrong_arguments(build, arguments):
    code, said = run(build, *arguments)
    assert code == 2 and said.startswith("esimd: ")


# Records that cannot be read

@pytest.fixture
def kept(make_lab):
    """A laboratory that was stopped with an open deregistration of ISLAND; the record's file."""
    lab = make_lab()
    panel = Panel(lab)
    panel.wait_question(panel.deregister(ISLAND))
    lab.daemon.stop()
    [record] = (lab.state_folder / "deregistrations").glob("*.record")
    return panel, record


def cut(octets):
    return octets[:len(octets) // 2]


def bent(octets):
    return octets.replace(b"stage=preparing", b"stage=removing")


def newer(octets):
    return re.sub(rb"(?m)^(.*version.*=)(\d+)$", lambda found: found[1] + b"%d" % (int(found[2]) + 1), octets)


@pytest.mark.parametrize("damage", [cut, bent, newer, lambda octets: b"", lambda octets: bytes(300)],
                         ids=["cut", "bent", "newer", "empty", "zeros"])
def test_a_record_that_cannot_be_read(kept, damage):
    panel, record = kept
    whole = record.read_bytes()
    damaged = damage(whole)
    assert damaged != whole
    record.write_bytes(damaged)
    panel.lab.daemon.start()
    [(path, seen)] = panel.objects(DEREGISTRATION).items()
    assert (seen["Stage"], seen["Profile"], seen["NeedsInput"]) == ("unreadable", "/", False)
    told = panel.describe(path, DEREGISTRATION)
    assert told["file"] == str(record) and told["error"] and told["advice"]
    assert told["error-name"] == f"{BUS_NAME}.Error.StorageError"
    for method in ("Retry", "Withdraw", "Forget", "GetReceipt"):
        with panel.refused("WrongState"):
            panel.client.call(path, DEREGISTRATION, method)
    panel.client.call(path, DEREGISTRATION, "Check")
    with panel.refused("WrongState"):
        panel.deregister(ISLAND)
    with panel.refused("WrongState"):
        panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    assert record.read_bytes() == damaged
    check_that_others_are_free(panel, damaged)


def check_that_others_are_free(panel, damaged):
    """Where the file shows whose it is, the other profiles are not held up."""
    if ISLAND.encode() in damaged:
        panel.answer(panel.deregister(BLUE), **YES)
        panel.client.wait_until(lambda: panel.lab.card.profile(BLUE) is None, 10 * PATIENCE)
    else:
        with panel.refused("WrongState"):
            panel.deregister(BLUE)


def test_describing_an_unreadable_record_is_for_administrators(kept):
    panel, record = kept
    record.write_bytes(b"")
    panel.lab.daemon.start()
    [path] = panel.objects(DEREGISTRATION)
    panel.lab.polkit.deny()
    for method in ("Describe", "Retry", "Withdraw", "Forget", "GetReceipt", "Check"):
        with panel.refused("NotAuthorized"):
            panel.client.call(path, DEREGISTRATION, method)


def test_a_record_that_is_mended_goes_on(kept):
    panel, record = kept
    whole = record.read_bytes()
    record.write_bytes(cut(whole))
    panel.lab.daemon.start()
    panel.lab.daemon.stop()
    record.write_bytes(whole)
    panel.lab.daemon.start()
    [path] = panel.objects(DEREGISTRATION)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")


def test_a_notification_that_cannot_be_read_stays(make_lab):
    lab = make_lab()
    panel = Panel(lab)
    lab.smdp.behave("status", times=-1, code=503)
    panel.run(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    panel.client.wait_until(lambda: len(panel.notifications()) == 2, 10 * PATIENCE)
    lab.daemon.stop()
    first, _ = sorted((lab.state_folder / "notifications").iterdir())
    first.write_bytes(cut(first.read_bytes()))
    damaged = first.read_bytes()
    lab.smdp.well_behaved()
    lab.daemon.start()
    assert str(first) in lab.daemon.log()
    panel.run(panel.euicc(), EUICC, "SendNotifications")
    lab.client.wait_until(lambda: lab.smdp.received, 10 * PATIENCE)
    assert first.read_bytes() == damaged
    assert lab.daemon.alive()


def test_a_state_folder_that_cannot_be_made(build, lab, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    code, said = run(build, "--config", lab.config_file, "--bus", lab.bus.address, "--state-dir", blocked)
    assert code == 1 and str(blocked) in said


def test_a_disk_that_fails(lab, panel):
    """Nothing is deleted without its record: the folder of the records is gone."""
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    folder = lab.state_folder / "deregistrations"
    shutil.rmtree(folder)
    folder.write_text("", encoding="utf-8")
    with pytest.raises(BusError) as caught:
        panel.answer(path, **YES)
    assert caught.value.name == f"{BUS_NAME}.Error.StorageError"
    assert lab.card.profile(ISLAND) and lab.card.counters["BF33"] == 0
    folder.unlink()
    folder.mkdir(mode=0o700)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
