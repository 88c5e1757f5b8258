# SPDX-License-Identifier: LGPL-2.1-or-later
"""esimctl against the whole daemon: a download as a person sees it, and what the bus tells of card and roots."""

import json
import os
import pty
import select
import signal
import time

import pytest
from conftest import needs_root
from downloads import download, question
from esimlab.busclient import BusError
from esimlab.daemon import PATIENCE
from esimlab.profiles import Address, Owner, Profile, demo_profiles
from harness import wait_until
from panel import ERROR, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel, options

SMDP = "smdp.lab.example"
ICON = b"\x89PNG\r\n\x1a\n" + bytes(200)
PROMPT = "[l] = later:"


def offered(**changes):
    return Profile("89001000000090010012", "Reise Daten", "Lab Telecom", imsi="001010900010012",
                   **{"addresses": [Address(SMDP)], **changes})


def terminal(lab, *args, script=(), limit=40):
    """esimctl on a terminal, as tests/client has it: (exit status, what was seen)."""
    program = lab.build / "client" / "esimctl" / "esimctl"
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(program, ["esimctl", *args], lab.environment | {"TERM": "dumb", "NO_COLOR": "1"})
    seen, unread, script = "", "", list(script)
    end = time.monotonic() + limit * PATIENCE
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data.decode()
            unread += data.decode()
        if script and script[0][0] in unread:
            unread = unread.split(script[0][0], 1)[1]
            os.write(fd, script.pop(0)[1].encode())
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.replace("\r\n", "\n")


def test_a_person_downloads(panel):
    order = panel.lab.smdp.order(offered(), confirmation_code="7-secret-7")
    code, text = terminal(panel.lab, "download", order.activation_code, script=[
        (PROMPT, "y\n"), ("Confirmation code:", "wrong\n"), ("Confirmation code:", "7-secret-7\n")])
    assert code == 0, text
    for words in ("Reise Daten", "Lab Telecom", order.profile.iccid, SMDP, "Installed: Reise Daten"):
        assert words in text, (words, text)
    assert "7-secret-7" not in text, text
    wait_until(panel, lambda: order.results == ["success"])
    assert panel.profiles()[order.profile.iccid][1]["State"] == "disabled"
    logs = panel.lab.logs()
    assert not [s for s in ("7-secret-7", order.matching_id, order.profile.iccid) if s in logs]


@pytest.mark.parametrize("typed, reason", [("\n", 1), ("n\n", 0), ("\x03", 1)])
def test_each_no_reaches_the_server_as_what_it_is(panel, typed, reason):
    order = panel.lab.smdp.order(offered())
    code, text = terminal(panel.lab, "download", order.activation_code, script=[(PROMPT, typed)])
    assert code == (130 if typed == "\x03" else 1) and "Nothing was installed" in text, text
    wait_until(panel, lambda: order.cancelled == [reason])
    assert panel.lab.smdp.open_sessions() == [] and order.profile.iccid not in panel.profiles()


def test_without_a_terminal_the_order_stays(panel):
    order = panel.lab.smdp.order(offered())
    result = panel.esimctl("download", order.activation_code)
    assert result.returncode == 6 and "--yes" in result.stderr
    wait_until(panel, lambda: order.cancelled == [1])
    told = json.loads(panel.esimctl("download", order.activation_code, "--yes", "--json").stdout)
    assert told["iccid"] == order.profile.iccid and told["metadata"]["server"] == SMDP
    assert told["profile"] == panel.profile(order.profile.iccid) and len(told["root-key-id"]) == 40


def test_rules_in_words(make_lab):
    panel = Panel(make_lab(rat=[{"ppr": [2], "owners": [["*"]], "consent": True}]))
    order = panel.lab.smdp.order(offered(ppr=("ppr2",), owner=Owner("00101")))
    code, text = terminal(panel.lab, "download", order.activation_code, "--yes", script=[("whole word", "yes\n")])
    assert code == 0 and "may not be deleted" in text, text
    assert "Rules              may not be deleted" in panel.esimctl("show", order.profile.iccid).stdout


def test_a_refused_activation_code(panel):
    result = panel.esimctl("download", f"LPA:1${SMDP}$NOT-THERE", "--yes")
    assert result.returncode == 1 and "does not accept this activation code" in result.stderr, result.stderr
    assert "8.2.6" in result.stderr or "refused" in result.stderr, result.stderr
    assert panel.lab.smdp.open_sessions() == []


@pytest.mark.parametrize("code", ["", "LPA:2$x$y", "LPA:1$", "1$smdp.lab.example$A$1.2$2", "LPA:1$a b$C", "LPA:1$x$" + "A" * 2000])
def test_a_malformed_code_is_refused_where_it_is_given(panel, code):
    with pytest.raises(BusError) as caught:
        panel.client.call(ROOT_PATH, MANAGER, "ParseActivationCode", "(s)", code)
    assert caught.value.name == ERROR + "InvalidActivationCode"
    if code:
        with pytest.raises(BusError) as caught:
            download(panel, code=code)
        assert caught.value.name == ERROR + "InvalidActivationCode"
        assert panel.esimctl("download", "--yes", code).returncode == 1
    assert panel.lab.smdp.requests == []


def test_a_code_in_its_parts(panel):
    parts = panel.client.call(ROOT_PATH, MANAGER, "ParseActivationCode", "(s)", " LPA:1$SMDP.Lab.example$AB-1$1.3.6.1$1 ")
    assert parts == {"smdp-address": SMDP, "matching-id": "AB-1", "oid": "1.3.6.1", "confirmation-code-required": True,
                     "ci-key-id": "", "device-change": False}


LONG = {"confirmation-code": "7" * 256}


@pytest.mark.parametrize("method, form, given", [
    ("Download", ("", {"smdp-address": "10.0.0.1"}), "InvalidArgument"),
    ("Download", ("", {"smdp-address": "user@smdp.lab.example"}), "InvalidArgument"),
    ("Download", ("", {"smdp-address": SMDP, "matching-id": "A B"}), "InvalidArgument"),
    ("Download", (f"LPA:1${SMDP}$A", LONG), "InvalidArgument"),
    ("Download", (f"LPA:1${SMDP}$A" + " " * 1024, {}), "InvalidActivationCode"),
    ("Download", (f"1${SMDP}$A$$$$1", {}), "NotSupported"),
    ("Discover", ({"smds-address": "https://smds.lab.example"},), "InvalidArgument"),
    ("SetDefaultSmdpAddress", ("localhost", {}), "InvalidArgument")])
def test_what_has_no_form_is_refused_before_a_password(panel, method, form, given):
    panel.lab.polkit.challenge()
    arguments = [*form[:-1], options(form[-1])]
    with pytest.raises(BusError) as caught:
        panel.client.call(panel.euicc(), EUICC, method, f"({'s' * (len(form) - 1)}a{{sv}})", *arguments)
    assert caught.value.name == ERROR + given and panel.lab.polkit.checks == []


@pytest.mark.parametrize("given", [{"smdp-address": SMDP}, {"matching-id": "A"}, {"frob": True}])
def test_options_that_contradict_are_refused_before_a_password(panel, given):
    panel.lab.polkit.challenge()
    order = panel.lab.smdp.order()
    with pytest.raises(BusError) as caught:
        download(panel, order, **given)
    assert caught.value.name == ERROR + "InvalidArgument" and panel.lab.polkit.checks == []


def test_an_icon_comes_through_untouched(panel):
    order = panel.lab.smdp.order(offered(icon=ICON))
    operation = download(panel, order)
    shown = question(panel, operation, "install-consent")
    assert bytes(shown["metadata"]["icon"]) == ICON and shown["metadata"]["icon-type"] == "image/png"
    panel.client.call(operation, OPERATION, "Answer", "(ua{sv})", shown["id"], options({"consent": True}))
    assert panel.wait_ended(operation)["State"] == "succeeded"
    path = panel.lab.workdir / "icon.png"
    assert panel.esimctl("icon", order.profile.iccid, path).returncode == 0 and path.read_bytes() == ICON
    kind, octets = panel.client.call(panel.profile(order.profile.iccid), PROFILE, "GetIcon")
    assert kind == "image/png" and bytes(octets) == ICON
    assert panel.esimctl("icon", demo_profiles()[1].iccid, path).returncode == 3


def test_the_servers_of_a_card(panel):
    assert panel.get(panel.euicc(), EUICC, "RootSmdsAddresses") == []
    told = json.loads(panel.esimctl("show", "--json").stdout)
    assert told["default-smdp-address"] == "" and told["root-smds-addresses"] == ["smds.lab.example"]
    assert told["free-memory"] > 0
    assert panel.esimctl("default-server", SMDP).returncode == 0
    assert panel.esimctl("default-server").stdout == SMDP + "\n"
    assert panel.get(panel.euicc(), EUICC, "DefaultSmdpAddress") == SMDP
    order = panel.lab.smdp.order(offered(), "", eid=told["eid"])
    assert panel.esimctl("download", "--yes").returncode == 0
    wait_until(panel, lambda: order.results == ["success"])
    assert panel.esimctl("default-server", "--clear").returncode == 0
    result = panel.esimctl("download", "--yes")
    assert result.returncode == 1 and "default" in result.stderr, result


def test_what_waits_at_a_discovery_server(panel):
    order = panel.lab.smdp.order(offered())
    panel.lab.smds.event(order.matching_id, SMDP)
    result = panel.esimctl("discover", "--json")
    assert json.loads(result.stdout)["orders"] == [{"address": SMDP, "matching-id": order.matching_id}], result
    assert panel.esimctl("discover", "--download").returncode == 6 and order.results == []
    wait_until(panel, lambda: order.cancelled == [1])
    result = panel.esimctl("discover", "--download", "--yes")
    assert result.returncode == 0 and f"Installed: Reise Daten ({order.profile.iccid})" in result.stdout, result
    wait_until(panel, lambda: order.results == ["success"])


def test_the_rules_of_a_card(panel):
    """As the lab's card has them: anybody's PPR1 and PPR2, with consent."""
    panel.esimctl("show")
    rules = panel.get(panel.euicc(), EUICC, "PolicyRules")
    assert rules == [{"rules": ["ppr1", "ppr2"], "consent-required": True,
                      "operators": [{"mccmnc": "******", "gid1": "", "gid2": ""}]}]


def test_the_roots(panel):
    roots = json.loads(panel.esimctl("trust", "--json").stdout)
    names = {r["name"] for r in roots if not r["installed"]}
    assert "GSM Association - RSP2 Root CI1" in names
    before = [r for r in roots if r["installed"]]
    assert before and all(r["file"].startswith(str(panel.lab.trust_folder)) and r["cards"] == [] for r in before)
    panel.esimctl("show")
    listed = [r for r in json.loads(panel.esimctl("trust", "--json").stdout) if r["cards"]]
    assert {r["key-id"] for r in listed} == set(panel.get(panel.euicc(), EUICC, "CiKeyIds"))
    assert all(r["cards"] == [panel.euicc()] for r in listed)


def test_a_reset_takes_what_it_says(panel):
    eid = panel.get(panel.euicc(), EUICC, "Eid")
    assert panel.esimctl("reset-memory", "operational", "--confirm-eid", "8" * 32, "--contracts-continue").returncode == 1
    assert len(panel.profiles()) == 3
    told = json.loads(panel.esimctl("reset-memory", "operational", "--confirm-eid", eid, "--contracts-continue",
                                    "--json").stdout)
    assert sorted(told["deleted"]) == sorted(p.iccid for p in demo_profiles()) and panel.profiles() == {}


@needs_root
def test_another_user_downloads_nothing_without_a_password(panel):
    panel.lab.polkit.deny()
    order = panel.lab.smdp.order(offered())
    assert panel.esimctl("download", order.activation_code, "--yes", uid=65534).returncode == 4
    assert panel.lab.smdp.requests == []
