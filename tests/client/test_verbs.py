# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs that change something, notifications, monitor, and what goes wrong with them."""
import json
import signal
import time

import pytest
from conftest import EUICC

ESCAPES = ("\x1b", "\x9b", "\u202e", "\u2066", "\x07", "\r")
EVIL = "Free\x1b[2J\x9b31m\u202egnp\u2066\r\nok\x07"


def test_enable_and_disable(desk):
    desk.serve()
    assert desk.run("enable", "家里").stdout == "Enabled: 家里 (8966050000000020002)\n"
    assert desk.json("disable", "0001") == {"operation": "disable", "state": "succeeded",
                                            "iccid": "8966050000000010001"}
    states = {p["iccid"][-4:]: p["state"] for p in desk.json("list", "--all")}
    assert states == {"0001": "disabled", "0002": "enabled", "0003": "disabled"}


def test_wrong_state_is_1_and_in_words(desk):
    result = desk.serve().run("enable", "0001")
    assert result.returncode == 1
    assert "This cannot be done now" in result.stderr and "enabled already" in result.stderr
    error = json.loads(desk.run("enable", "0001", "--json").stderr)
    assert error == {"error": "WrongState", "message": "The profile is enabled already", "exit": 1}


def test_operation_that_fails(desk):
    desk.serve(fail={"enable": ["RefreshFailed", "The modem still shows the old profile"]})
    result = desk.run("enable", "0002")
    assert result.returncode == 1 and "the modem does not show it" in result.stderr
    assert "still shows the old" in result.stderr and "Switch the modem off and on" in result.stderr


def test_not_authorized_is_4(desk):
    desk.serve(refuse={"Enable": ["NotAuthorized", "Not you"]})
    assert desk.run("enable", "0002").returncode == 4


def test_operation_not_authorized_later_is_4(desk):
    desk.serve(fail={"enable": ["NotAuthorized", "Not you"]})
    assert desk.run("enable", "0002").returncode == 4


def test_rename(desk):
    desk.serve()
    assert desk.run("rename", "0001", "旅行").returncode == 0
    assert desk.json("list", "--all")[0]["nickname"] == "旅行"
    assert "no nickname any more" in desk.run("rename", "旅行", "").stdout
    assert desk.run("rename", "0001", "x" * 65).returncode == 1


def test_ambiguous_name_lists_the_candidates(desk):
    desk.serve(euiccs=[EUICC, {**EUICC, "Eid": "1" * 32}])
    result = desk.run("enable", "Travel 5G")
    assert result.returncode == 2 and result.stderr.count("8966050000000010001") == 2
    assert desk.called("Enable") == []
    assert desk.run("enable", "Travel 5G", "--euicc", "2").returncode == 1


@pytest.mark.parametrize("name", ["nothing", "001", "99999", ""])
def test_unknown_profile_is_3(desk, name):
    assert desk.serve().run("enable", name).returncode == 3


@pytest.mark.parametrize("args", [["enable"], ["enable", "a", "b"], ["frobnicate"], ["list", "--what"], ["--what"],
                                  ["rename", "a"], ["notifications", "remove"], ["notifications", "send", "1"],
                                  ["notifications", "remove", "x"], ["deregistrations", "show"],
                                  ["deregistrations", "burn", "1"], ["receipt"], ["receipt", "a", "b"]])
def test_usage_is_2(desk, args):
    result = desk.serve().run(*args)
    assert result.returncode == 2 and result.stderr, result


def test_help(desk):
    assert "deregister" in desk.run("--help").stdout
    assert "--contract-continues" in desk.run("delete", "--help").stdout
    assert desk.run("--version").stdout == "esimctl 0.1.0\n"


def test_delete_without_a_terminal_needs_the_option(desk):
    result = desk.serve().run("delete", "0001")
    assert result.returncode == 6 and "--contract-continues" in result.stderr
    assert json.loads(desk.run("delete", "0001", "--json").stderr)["error"] == "NeedsAnswer"
    assert desk.called("Delete") == []


def test_input_that_is_no_terminal_is_no_answer(desk):
    assert desk.serve().run("delete", "0001", stdin="y\n").returncode == 6


def test_delete_with_the_option(desk):
    desk.serve()
    assert desk.run("delete", "0001", "--contract-continues").returncode == 0
    assert desk.called("Delete") == [[{"contract-continues": True}]]
    assert len(desk.json("list", "--all")) == 2


def test_delete_on_a_terminal(desk):
    desk.serve()
    code, text = desk.terminal("delete", "0002", script=[("[y/N]", "n\n")])
    assert code == 1 and "Nothing was changed" in text and "keep paying" in text
    code, text = desk.terminal("delete", "0002", script=[("[y/N]", "\n")])
    assert code == 1
    code, text = desk.terminal("delete", "0002", script=[("[y/N]", "^C")])
    assert code == 130
    assert desk.called("Delete") == []
    code, text = desk.terminal("delete", "0002", script=[("[y/N]", "y\n")])
    assert code == 0 and "Deleted: 家里" in text


def test_interrupt_leaves_the_operation_running(desk):
    desk.serve(hang=True)
    program = desk.start("enable", "0002")
    while not desk.called("Enable"):
        time.sleep(0.02)
    time.sleep(0.2)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=5)
    assert program.returncode == 130 and "goes on with it" in err


def test_service_that_dies_is_5(desk):
    desk.serve(hang=True)
    program = desk.start("enable", "0002")
    while not desk.called("Enable"):
        time.sleep(0.02)
    time.sleep(0.2)
    desk.stop()
    out, err = program.communicate(timeout=5)
    assert program.returncode == 5, err


NOTIFICATIONS = [
    {"sequence": 0, "event": "install", "address": "smdp.example.com", "iccid": "8966050000000010001",
     "state": "on-card", "attempts": 0, "next-attempt": 0, "error-name": "", "error": ""},
    {"sequence": 7, "event": "delete", "address": "smdp.example.com", "iccid": "8966050000000090009",
     "state": "pending", "attempts": 3, "next-attempt": 1700000000, "error-name": "", "error": ""}]


def test_notifications_are_read_from_the_card_once(desk):
    desk.serve(euiccs=[{**EUICC, "notifications": NOTIFICATIONS}])
    found = desk.json("notifications")
    assert [n["sequence"] for n in found] == [0, 7] and found[1]["next-attempt"] == 1700000000
    assert desk.called("Refresh") == [[{"notifications": True}]]
    text = desk.run("notifications", "list").stdout
    assert "waiting to be sent" in text and "2023-11-14 22:13:20" in text
    assert len(desk.called("Refresh")) == 1
    desk.run("notifications", "--refresh")
    assert len(desk.called("Refresh")) == 2


def test_notifications_send(desk):
    desk.serve()
    assert desk.json("notifications", "send")["sent"] == 1
    desk.stop()
    desk.serve(euiccs=[{**EUICC, "notifications": NOTIFICATIONS}])
    result = desk.run("notifications", "send")
    assert result.returncode == 7 and "Still waiting: 2" in result.stdout


def test_notifications_remove(desk):
    desk.serve(euiccs=[{**EUICC, "notifications": NOTIFICATIONS}])
    assert desk.run("notifications", "remove", "0").returncode == 6
    assert desk.run("notifications", "remove", "0", "--yes").returncode == 0
    assert desk.called("RemoveNotification") == [[0, {}]]
    assert [n["sequence"] for n in desk.json("notifications")] == [7]
    assert desk.run("notifications", "remove", "9", "--yes").returncode == 3


@pytest.mark.parametrize("verb", [["status"], ["list"], ["show", "0007"], ["list", "--json"], ["show", "0007", "--json"],
                                  ["enable", "0007"], ["notifications"], ["delete", "0007"]])
def test_no_escape_of_an_operator_reaches_the_terminal(desk, verb):
    evil = {"Eid": "1" * 32, "Problem": EVIL, "Modem": EVIL, "notifications": [{**NOTIFICATIONS[0], "address": EVIL}],
            "profiles": [{"Iccid": "8966050000000070007", "Name": EVIL, "ServiceProvider": EVIL, "Nickname": EVIL,
                          "HomeOperator": EVIL, "NotificationAddresses": [EVIL]}]}
    desk.serve(euiccs=[evil], refuse={"Enable": ["CardError", EVIL]})
    result = desk.run(*verb)
    shown = result.stdout + result.stderr
    assert not [e for e in ESCAPES if e in shown], shown
    assert "Free" in shown or verb[0] in ("status", "delete")


def test_colours_only_on_a_terminal(desk):
    desk.serve()
    assert "\x1b[32m" in desk.terminal("list")[1]
    assert "\x1b[" not in desk.terminal("list", NO_COLOR="1")[1]
    assert "\x1b[" not in desk.run("list").stdout


def test_monitor_tells_what_happens(desk):
    desk.serve()
    program = desk.start("monitor", "--json")
    time.sleep(0.5)
    desk.run("rename", "0001", "New")
    desk.run("delete", "0003", "--contract-continues")
    time.sleep(0.3)
    program.send_signal(signal.SIGINT)
    events = [json.loads(line) for line in program.communicate(timeout=5)[0].splitlines()]
    assert program.returncode == 0
    assert [e["object"]["nickname"] for e in events if e["event"] == "changed" and e["kind"] == "profile"] == ["New"]
    assert [e["object"]["iccid"] for e in events if e["event"] == "removed"] == ["8966050000000030003"]
    finals = [e["object"]["state"] for e in events if e["kind"] == "operation" and e["object"]["kind"] == "delete"]
    assert finals[0] == "queued" and finals[-1] == "succeeded"


def test_monitor_sees_the_service_go_and_come(desk):
    desk.serve()
    program = desk.start("monitor", "--json")
    time.sleep(0.5)
    desk.stop()
    desk.serve()
    time.sleep(0.7)
    program.send_signal(signal.SIGINT)
    events = [json.loads(line) for line in program.communicate(timeout=5)[0].splitlines()]
    assert [e["running"] for e in events if e["event"] == "service"][:1] == [False]
    assert [e["ready"] for e in events if e["event"] == "service"][-1:] == [True]
    assert sum(e["event"] == "removed" for e in events) == 4 and sum(e["event"] == "added" for e in events) == 4
