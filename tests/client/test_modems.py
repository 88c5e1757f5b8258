# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems and slots in status, the verb slot, and NetworkManager's connections."""
import json
import unicodedata

import pytest
from conftest import EID, EUICC

USB = "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-3"
WWAN = "/sys/devices/pci0000:00/0000:00:1d.0/0000:72:00.0"
PATH = "/org/esimd1/euicc/"
LOCKED = "No ISD-R answers: this card is not an eUICC, or it is locked. Ask its maker, or use another card in this slot."
MISSING = "The kernel has no QRTR sockets. Load the module qrtr, or name this modem in esimd.conf with ignore = true."

EUICCS = [
    {**EUICC, "Modem": USB, "PendingNotifications": 2},
    {"Modem": USB, "Slot": 2, "State": "inactive-slot"},
    {"Modem": WWAN, "Device": "/dev/wwan0mbim0", "Transport": "qmi-over-mbim", "State": "unsupported", "Problem": LOCKED},
    {"Modem": "reader", "Device": "Alcor Micro AU9560 00 00", "Transport": "pcsc", "Eid": "8" * 32},
]
MODEMS = [
    {"modem": USB, "name": "Quectel RM520N-GL", "device": "/dev/cdc-wdm0", "transport": "mbim",
     "ports": ["mbim /dev/cdc-wdm0", "qmi /dev/cdc-wdm1"], "modem-manager": True, "modem-manager-state": "registered",
     "slots": [{"slot": 1, "active": True, "content": "euicc", "eid": EID, "euicc": PATH + "1"},
               {"slot": 2, "content": "card", "euicc": PATH + "2"}]},
    {"modem": WWAN, "name": "Fibocom L850-GL", "device": "/dev/wwan0mbim0", "transport": "qmi-over-mbim",
     "ports": ["mbim /dev/wwan0mbim0"], "modem-manager": True, "modem-manager-state": "failed: esim-without-profiles",
     "problem": LOCKED, "slots": [{"slot": 1, "active": True, "content": "uicc", "euicc": PATH + "3"},
                                  {"slot": 2, "content": "empty"}, {"slot": 3, "content": "unknown"}]},
    {"modem": "reader", "device": "Alcor Micro AU9560 00 00", "transport": "pcsc", "ports": ["pcsc Alcor Micro AU9560 00 00"],
     "slots": [{"slot": 1, "active": True, "content": "euicc", "eid": "8" * 32, "euicc": PATH + "4"}]},
    {"modem": "soc", "ports": ["qrtr 0"], "problem": MISSING},
    {"modem": "new", "device": "qrtr:1", "transport": "qrtr", "ports": ["qrtr 1"]},
]
OURS = {"uuid": "6f1c0f9e-7e1d-5f6b-9a58-0a2d0e2f7a11", "name": "Travel 5G", "ours": True, "active": True}
OTHER = {"uuid": "0d9cb6e3-33a1-4c0b-8d43-1f0f4a5f7c12", "name": "AIS by hand"}


def serve(desk, **world):
    return desk.serve(euiccs=EUICCS, modems=MODEMS, **world)


def with_connections(*entries):
    first, *others = EUICC["profiles"]
    return {**EUICC, "profiles": [{**first, "connections": list(entries)}, *others]}


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def blocks(text):
    """The lines of each block of status, by the modem that it begins with."""
    found = {}
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        found[lines[0].split(maxsplit=1)[-1]] = lines
    return found


def test_status_tells_modem_way_slots_and_what_modem_manager_says(desk):
    lines = blocks(serve(desk).run("status").stdout)["Quectel RM520N-GL"]
    assert [line.split(maxsplit=1) for line in lines[:5]] == [
        ["Modem", "Quectel RM520N-GL"], ["Name", USB], ["Way", "MBIM (/dev/cdc-wdm0)"],
        ["Ports", "mbim /dev/cdc-wdm0, qmi /dev/cdc-wdm1"], ["ModemManager", "registered in a network"]]
    assert lines[5].split() == ["Slot", "Used", "Content", "EID", "eUICC", "State"]
    assert lines[6].split() == ["1", "yes", "eUICC", EID, "1", "ready"]
    assert lines[7].split() == ["2", "no", "card", "2", "slot", "not", "active"]
    assert lines[8:] == ["eUICC 1  3 profiles, 2 notifications wait to be sent"]


def test_status_says_why_something_is_left_out(desk):
    found = blocks(serve(desk).run("status").stdout)
    left_out = found["Fibocom L850-GL"]
    assert left_out[2].split(maxsplit=1) == ["Way", "QMI over MBIM (/dev/wwan0mbim0)"]
    assert left_out[3].split(maxsplit=1) == ["ModemManager", "cannot be used: no profile is enabled on the eSIM"]
    assert " ".join(" ".join(left_out[4:6]).split()) == "Problem " + LOCKED
    assert left_out[7].split() == ["1", "yes", "SIM,", "no", "eUICC", "3", "not", "usable"]
    assert [line.split() for line in left_out[8:]] == [["2", "no", "empty"], ["3", "no", "not", "known"]]
    soc = found["soc"]
    assert [line.split() for line in soc[1:4]] == [["Way", "none"], ["Ports", "qrtr", "0"],
                                                   ["ModemManager", "does", "not", "know", "it"]]
    assert " ".join(" ".join(soc[4:]).split()) == "Problem " + MISSING
    assert found["new"][-1] == "Its slots are not known yet"


def test_nothing_is_said_of_modem_manager_where_nobody_asked_it(desk):
    reader = blocks(serve(desk).run("status").stdout)["reader"]
    assert reader[0].split() == ["Reader", "reader"]
    assert reader[1].split(maxsplit=1) == ["Way", "card reader (Alcor Micro AU9560 00 00)"]
    assert "ModemManager" not in "".join(reader) and "Ports" not in "".join(reader)
    desk.stop()
    assert "ModemManager" not in serve(desk, capabilities=["transport-mbim", "slots"]).run("status").stdout


@pytest.mark.parametrize("chinese", [False, True])
def test_status_and_slots_fit_a_hundred_columns(desk, chinese):
    busy = [{**e, "State": "refreshing", "Eid": "8" * 32} for e in EUICCS]
    full = [{**m, "slots": [{**s, "eid": "8" * 32, "content": "uicc"} for s in m.get("slots", [])]} for m in MODEMS]
    desk.serve(euiccs=busy, modems=full)
    for verb in ("status", "slot"):
        text = desk.run(verb, chinese=chinese).stdout
        assert "8" * 32 in text and max(map(columns, text.splitlines())) <= 100, text


def test_status_in_chinese(desk):
    text = serve(desk).run("status", chinese=True).stdout
    for words in ("调制解调器    Quectel RM520N-GL", "途径          MBIM (/dev/cdc-wdm0)", "已注册到网络", "卡槽  使用中  内容",
                  "卡槽未激活", "eUICC 1  3 个配置文件，2 条通知待发送", "经由 MBIM 的 QMI", "无法使用：eSIM 上没有已启用的配置文件",
                  "SIM 卡，非 eUICC", "读卡器", "其卡槽情况尚不清楚", "途径          无", "未识别"):
        assert words in text, (words, text)


def test_status_json_has_the_modems_as_they_are_told(desk):
    modems = serve(desk).json("status")["modems"]
    assert [m["modem"] for m in modems] == [USB, WWAN, "reader", "soc", "new"]
    assert modems[0]["transport"] == "mbim" and modems[0]["modem-manager"] is True
    assert modems[1]["modem-manager-state"] == "failed: esim-without-profiles" and modems[1]["problem"] == LOCKED
    assert modems[0]["slots"][1] == {"slot": 2, "active": False, "content": "card", "eid": "", "euicc": PATH + "2"}
    assert modems[3]["slots"] == [] and modems[3]["ports"] == ["qrtr 0"]


def test_status_of_one_euicc_shows_its_modem_alone(desk):
    status = serve(desk).json("status", "--euicc", "2")
    assert [m["modem"] for m in status["modems"]] == [USB] and [e["number"] for e in status["euiccs"]] == [2]
    assert list(blocks(desk.run("status", "--euicc", "2").stdout)) == ["0.1.0 is running", "Quectel RM520N-GL"]


@pytest.mark.parametrize("world", [{"capabilities": ["transport-mbim"]},
                                   {"refuse": {"ListModems": ["NotAuthorized", "Not you"]}}])
def test_status_without_the_modems_shows_the_euiccs(desk, world):
    result = serve(desk, **world).run("status")
    assert result.returncode == 0 and f"{USB}, slot 1 (/dev/cdc-wdm0, mbim)" in result.stdout, result
    assert LOCKED in result.stdout and "Way" not in result.stdout
    assert "modems" not in desk.json("status")
    assert len(desk.called("ListModems")) == (2 if "refuse" in world else 0)


def test_a_modem_that_has_not_told_of_its_slots(desk):
    """Its eUICC is shown in its place, and what is wrong once."""
    modem = {**MODEMS[1], "slots": [], "transport": "", "device": ""}
    desk.serve(euiccs=EUICCS[2:], modems=[modem, {**MODEMS[2], "transport": "", "device": "", "slots": []}])
    found = blocks(desk.run("status").stdout)
    assert list(found) == ["0.1.0 is running", "Fibocom L850-GL", "reader"]
    assert found["Fibocom L850-GL"][-1].split() == ["1", "yes", "not", "known", "1", "not", "usable"]
    assert "".join(found["Fibocom L850-GL"]).count("No ISD-R answers") == 1
    assert found["reader"][0].split() == ["Reader", "reader"]
    assert found["reader"][-1].split() == ["1", "yes", "eUICC", "8" * 32, "2", "ready"]
    assert [m["slots"] for m in desk.json("status")["modems"]] == [[], []]
    assert [m["modem"] for m in desk.json("status", "--euicc", "2")["modems"]] == ["reader"]


def test_an_euicc_of_no_modem_is_not_lost(desk):
    desk.serve(euiccs=EUICCS, modems=MODEMS[1:2])
    found = desk.run("status").stdout
    assert f"{USB}, slot 1 (/dev/cdc-wdm0, mbim)" in found and found.count(LOCKED[:40]) == 1


def test_status_fails_as_the_service_does(desk):
    serve(desk, refuse={"ListModems": ["StorageError", "no disk"]})
    assert desk.run("status").returncode == 1 and "no disk" in desk.run("slot").stderr


def test_modems_without_an_euicc(desk):
    desk.serve(euiccs=[], modems=MODEMS[3:4])
    text = desk.run("status").stdout
    assert "There is no eUICC" in text and "qrtr 0" in text


def test_an_euicc_in_a_slot_that_is_not_used_is_not_read(desk):
    known = {"Slot": 2, "State": "inactive-slot", "Eid": "8" * 32}
    desk.serve(euiccs=[EUICC, known], refuse={"Refresh": ["WrongState", "The modem uses another slot"]})
    assert "slot not active" in desk.run("show", "8" * 32).stdout and desk.called("Refresh") == []
    # Without saying which one, it is the one that is used.
    assert "The modem uses another slot" in desk.run("show").stderr
    desk.stop()
    desk.serve(euiccs=[known])
    assert desk.run("show").returncode == 3


# slot
def test_slot_lists(desk):
    text = serve(desk).run("slot").stdout
    assert text == desk.run("slot", "list").stdout
    assert list(blocks(text)) == ["Quectel RM520N-GL", "Fibocom L850-GL", "reader", "soc", "new"]
    assert "Way" not in text and "ModemManager" not in text and "kernel has no QRTR" in text
    assert list(blocks(desk.run("slot", "--modem", "/dev/cdc-wdm0").stdout)) == ["Quectel RM520N-GL"]


def test_slot_json(desk):
    slots = serve(desk).json("slot")
    assert [(s["modem"], s["slot"], s["active"], s["content"]) for s in slots] == [
        (USB, 1, True, "euicc"), (USB, 2, False, "card"), (WWAN, 1, True, "uicc"), (WWAN, 2, False, "empty"),
        (WWAN, 3, False, "unknown"), ("reader", 1, True, "euicc")]
    assert slots[0]["eid"] == EID and slots[0]["euicc"] == PATH + "1" and slots[3]["euicc"] == "/"
    assert [s["slot"] for s in desk.json("slot", "--modem", WWAN)] == [1, 2, 3]


def test_slot_activate(desk):
    # What the service says of its slots follows its eUICCs here.
    desk.serve(euiccs=EUICCS[:2])
    result = desk.run("slot", "activate", "2")
    assert result.returncode == 0 and result.stdout == f"{USB} uses slot 2 now\n", result
    assert desk.called("ActivateSlot") == [[{}]]
    assert [(s["slot"], s["active"]) for s in desk.json("slot")] == [(1, False), (2, True)]
    assert desk.json("slot", "activate", "1", "--allow-disconnect") == {
        "operation": "activate-slot", "state": "succeeded", "modem": USB, "slot": 1}
    assert desk.called("ActivateSlot")[1] == [{"allow-disconnect": True}]
    result = desk.run("slot", "activate", "1")
    assert result.returncode == 1 and "uses slot 1 already" in result.stderr
    assert len(desk.called("ActivateSlot")) == 2


def test_slot_activate_shows_what_goes_on(desk):
    desk.serve(euiccs=EUICCS[:2])
    code, text = desk.terminal("slot", "activate", "2")
    phases = ["asking ModemManager to keep off the modem…", "switching the slot…", "waiting until ModemManager shows it…"]
    assert code == 0 and [text.index(p) for p in phases] == sorted(text.index(p) for p in phases)


@pytest.mark.parametrize("name", [USB, "/dev/cdc-wdm0", "quectel rm520n-gl"])
def test_slot_activate_of_a_named_modem(desk, name):
    serve(desk)
    result = desk.run("slot", "activate", "2", "--modem", name)
    assert result.returncode == 0 and result.stdout == "Quectel RM520N-GL uses slot 2 now\n", result
    assert [path for path, method, _ in desk.calls() if method == "ActivateSlot"] == [PATH + "2"]


def test_slot_activate_of_the_modem_of_an_euicc(desk):
    serve(desk)
    assert desk.run("slot", "activate", "2", "--euicc", "1").returncode == 0


def test_slot_that_more_than_one_modem_has_is_2(desk):
    result = serve(desk).run("slot", "activate", "2")
    assert result.returncode == 2 and f"\n  {USB}\n  {WWAN}\n" in result.stderr and "reader" not in result.stderr
    desk.stop()
    desk.serve(euiccs=EUICCS, modems=[{**m, "name": "Twin"} for m in MODEMS])
    assert desk.run("slot", "--modem", "twin").returncode == 2
    assert desk.run("slot", "--modem", USB).returncode == 0


@pytest.mark.parametrize("args,code,words", [
    (["activate", "9"], 3, "There is no modem with a slot 9"),
    (["activate", "9", "--modem", USB], 3, "Quectel RM520N-GL has no slot 9"),
    (["activate", "2", "--modem", WWAN], 3, "The service offers no eUICC in slot 2 of Fibocom L850-GL (empty)"),
    (["activate", "3", "--modem", WWAN], 3, "(not known)"),
    (["activate", "1", "--modem", "reader"], 1, "reader uses slot 1 already"),
    (["activate", "2", "--modem", "nothing"], 3, "There is no modem “nothing”"),
    (["--modem", ""], 3, "There is no modem “”"),
    (["activate", "2", "--euicc", "9"], 3, "There is no eUICC “9”"),
    (["activate"], 2, "esimctl slot activate NUMBER"), (["activate", "0"], 2, "“0” is not"),
    (["activate", "two"], 2, "“two” is not"), (["activate", "1", "2"], 2, ""), (["eject"], 2, "Usage"),
    (["--allow-disconnect"], 2, "Usage")])
def test_slots_that_cannot_be(desk, args, code, words):
    result = serve(desk).run("slot", *args)
    assert result.returncode == code and words in result.stderr, result
    assert desk.called("ActivateSlot") == []


def test_slot_needs_a_service_that_knows_them(desk):
    result = serve(desk, capabilities=[]).run("slot")
    assert result.returncode == 1 and "The service knows no slots" in result.stderr
    desk.stop()
    serve(desk, refuse={"ListModems": ["NotAuthorized", "Not you"]})
    assert desk.run("slot", "activate", "2").returncode == 4


def test_slot_that_was_restored(desk):
    desk.serve(euiccs=EUICCS[:2], fail={"activate-slot": ["CardError", "The card of slot 2 cannot be read; slot 1 is used"]})
    result = desk.run("slot", "activate", "2")
    assert result.returncode == 1 and "slot 1 is used" in result.stderr


def test_no_modem(desk):
    assert "There is no modem" in desk.serve(euiccs=[]).run("slot").stdout
    assert desk.json("slot") == []


def test_slot_in_chinese(desk):
    serve(desk)
    assert "Quectel RM520N-GL 现已使用卡槽 2" in desk.run("slot", "activate", "2", "--modem", USB, chinese=True).stdout
    assert "的卡槽 2 中的 eUICC（空）" in desk.run("slot", "activate", "2", "--modem", WWAN, chinese=True).stderr
    assert "用法：esimctl slot" in desk.run("slot", "eject", chinese=True).stderr


def test_no_escape_of_a_modem_reaches_the_terminal(desk):
    evil = "a\x1b[2J\u202eb"
    modem = {**MODEMS[0], "modem": evil, "name": evil, "device": evil, "ports": [evil, evil], "problem": evil,
             "modem-manager-state": evil + ": " + evil, "transport": evil,
             "slots": [{**MODEMS[0]["slots"][0], "content": evil, "eid": evil}, {"slot": 2, "content": evil}]}
    desk.serve(euiccs=EUICCS, modems=[modem, {**modem, "modem": evil + "2"}])
    for verb in (["status"], ["slot"], ["status", "--json"], ["slot", "--json"], ["slot", "activate", "2"],
                 ["slot", "activate", "2", "--modem", evil + "2"]):
        result = desk.run(*verb)
        shown = result.stdout + result.stderr
        assert "[2J" in shown and "\x1b" not in shown and "\u202e" not in shown, result


# connections
def test_connections(desk):
    desk.serve(euiccs=[with_connections(OURS, OTHER)])
    lines = [line.split(maxsplit=1) for line in desk.run("connections").stdout.splitlines()]
    assert lines[0] == ["ICCID", "Name         Made by  State          UUID"]
    assert lines[1] == ["8966050000000010001", f"Travel 5G    esimd    connected      {OURS['uuid']}"]
    assert lines[2] == ["8966050000000010001", f"AIS by hand  others   not connected  {OTHER['uuid']}"]
    assert desk.run("connections", "0001").stdout == desk.run("connections").stdout
    assert desk.json("connections", "0001") == [{"iccid": "8966050000000010001", **OURS},
                                                {"iccid": "8966050000000010001", "ours": False, "active": False, **OTHER}]
    # Whose property says that there is none is not asked.
    assert {path for path, method, _ in desk.calls() if method == "ListConnections"} == {PATH + "1/profile/1"}


def test_no_connection(desk):
    desk.serve()
    assert "NetworkManager has no such connection" in desk.run("connections").stdout
    assert desk.json("connections", "0002") == [] and desk.run("connections", "nothing").returncode == 3
    assert desk.run("connections", "--euicc", "7").returncode == 3


def test_connections_of_one_euicc(desk):
    other = {"Eid": "8" * 32, "profiles": [{"Iccid": "8966050000000090009", "connections": [OTHER]}]}
    desk.serve(euiccs=[with_connections(OURS), other])
    assert [c["uuid"] for c in desk.json("connections")] == [OURS["uuid"], OTHER["uuid"]]
    assert [c["iccid"] for c in desk.json("connections", "--euicc", "2")] == ["8966050000000090009"]


def test_connections_in_show_and_list(desk):
    desk.serve(euiccs=[with_connections(OURS, OTHER)])
    text = desk.run("show", "0001").stdout
    assert "Connection         Travel 5G (made by esimd, connected)\n" in text
    assert "                   AIS by hand (made by others, not connected)\n" in text
    assert desk.json("show", "0001")["connections"] == [OURS["uuid"], OTHER["uuid"]]
    assert desk.json("list")[1]["connections"] == []
    text = desk.run("show", "0001", chinese=True).stdout
    assert "Travel 5G（由 esimd 创建，已连接）" in text and "AIS by hand（由他人创建，未连接）" in text
    assert "创建者" in desk.run("connections", chinese=True).stdout


def test_connections_without_the_right_to_know_more(desk):
    desk.serve(euiccs=[with_connections(OURS)], refuse={"ListConnections": ["NotAuthorized", "Not you"]})
    assert f"Connection         {OURS['uuid']}\n" in desk.run("show", "0001").stdout
    assert desk.run("connections").returncode == 4


def test_enable_with_a_connection(desk):
    desk.serve(apn="wap.example")
    result = desk.run("enable", "0002", "--create-connection")
    assert result.returncode == 0, result
    assert desk.called("Enable") == [[{"create-connection": True}]]
    (made,) = desk.json("connections", "0002")
    assert result.stdout == (f"Enabled: 家里 (8966050000000020002)\nNetwork connection: {made['uuid']}\n"
                             "Access point name: wap.example (from the directory of providers)\n")
    assert made["ours"] is True


def test_enable_with_an_apn_and_json(desk):
    desk.serve()
    told = desk.json("enable", "0002", "--create-connection", "--apn", "internet")
    assert desk.called("Enable") == [[{"create-connection": True, "apn": "internet"}]]
    assert told["operation"] == "enable" and told["iccid"] == "8966050000000020002" and told["state"] == "succeeded"
    assert told["apn"] == "internet" and told["apn-source"] == "option" and len(told["connection"]) == 36


def test_enable_where_network_manager_chooses(desk):
    desk.serve()
    text = desk.run("enable", "0002", "--create-connection").stdout
    assert text.endswith("Access point name: NetworkManager's own choice\n")
    text = desk.run("enable", "0003", "--create-connection", chinese=True).stdout
    assert text.endswith("接入点名称 (APN)：由 NetworkManager 自行选择\n")


def test_enabled_but_no_connection_is_1(desk):
    desk.serve(**{"connection-problem": "NetworkManager is not there\x1b[2J"})
    result = desk.run("enable", "0002", "--create-connection")
    assert result.returncode == 1 and result.stdout.startswith("Enabled: "), result
    assert "The network connection was not made: NetworkManager is not there\ufffd[2J" in result.stderr
    told = desk.run("enable", "0003", "--create-connection", "--json")
    assert told.returncode == 1 and json.loads(told.stdout)["connection-problem"].startswith("NetworkManager")


def test_an_apn_alone_is_2(desk):
    result = desk.serve().run("enable", "0002", "--apn", "internet")
    assert result.returncode == 2 and "--create-connection" in result.stderr and desk.called("Enable") == []


def test_disable_takes_no_connection(desk):
    assert desk.serve().run("disable", "0001", "--create-connection").returncode == 2
