# SPDX-License-Identifier: LGPL-2.1-or-later
"""status, list, show."""
import json

from conftest import EID, EUICC


def test_status(desk):
    result = desk.serve().run("status")
    assert result.returncode == 0, result
    assert "esimd 0.1.0 is running" in result.stdout
    assert EID in result.stdout and "usb1" in result.stdout and "MBIM (/dev/cdc-wdm0)" in result.stdout


def test_status_is_what_is_done_without_a_verb(desk):
    desk.serve()
    assert desk.run().stdout == desk.run("status").stdout


def test_status_json(desk):
    status = desk.serve().json("status")
    assert status["version"] == "0.1.0" and status["ready"] is True
    assert status["euiccs"][0]["eid"] == EID and status["euiccs"][0]["number"] == 1
    assert status["euiccs"][0]["notifications-read"] is False


def test_json_option_before_the_verb(desk):
    desk.serve()
    assert json.loads(desk.run("--json", "status").stdout) == desk.json("status")


def test_problem_is_shown(desk):
    desk.serve(euiccs=[{"State": "unsupported", "Problem": "No ISD-R answers"}])
    assert "not usable" in desk.run("status").stdout and "No ISD-R answers" in desk.run("status").stdout


def test_no_euicc(desk):
    desk.serve(euiccs=[])
    assert "There is no eUICC" in desk.run("status").stdout
    assert "There is no eUICC" in desk.run("list").stdout
    assert desk.json("list", "--all") == []
    assert desk.run("show").returncode == 3


def test_waits_until_the_service_is_ready(desk):
    desk.serve(ready=False, **{"ready-after": 700})
    assert desk.json("status")["ready"] is True


def test_no_service_is_5(desk):
    result = desk.run("status")
    assert result.returncode == 5 and "cannot be reached" in result.stderr and "systemctl" in result.stderr
    result = desk.run("list", "--json")
    assert result.returncode == 5 and json.loads(result.stderr)["error"] == "NotRunning"


def test_no_bus_is_5(desk):
    assert desk.run("status", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent").returncode == 5


def test_list(desk):
    lines = desk.serve().run("list", "--all").stdout.splitlines()
    assert lines[0].split() == ["eUICC", "ICCID", "Nickname", "Name", "Operator", "Class", "State"]
    assert len(lines) == 4
    assert "8966050000000010001" in lines[1] and "enabled" in lines[1]
    assert "家里" in lines[2]


def test_what_nobody_has_is_no_column(desk):
    desk.serve(euiccs=[{"Eid": "8" * 32, "profiles": [{"Iccid": "8966050000000090009", "Name": "Other"}]}])
    lines = desk.run("list").stdout.splitlines()
    assert lines[0].split() == ["eUICC", "ICCID", "Name", "Operator", "State"] and max(map(len, lines)) <= 80


def test_list_json(desk):
    profiles = desk.serve().json("list", "--all")
    assert [p["iccid"] for p in profiles] == [p["Iccid"] for p in EUICC["profiles"]]
    assert profiles[0]["class"] == "operational" and profiles[0]["notification-addresses"] == ["smdp.example.com"]
    assert profiles[0]["state"] == "enabled" and profiles[0]["can-disable"] is True


def test_columns_are_aligned_with_wide_characters(desk):
    import unicodedata

    def columns(text):
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    lines = desk.serve().run("list", "--all").stdout.splitlines()
    at = [columns(line[:line.index(word)]) for line, word in zip(lines, ["Operator", "AIS", "China Mobile", "Lab"])]
    assert len(set(at)) == 1, lines


def test_ten_euiccs_come_in_their_order(desk):
    desk.serve(euiccs=[{"Eid": f"{i:032d}"} for i in range(12)])
    assert [e["number"] for e in desk.json("status")["euiccs"]] == list(range(1, 13))


def test_euicc_option(desk):
    other = {"Eid": "8" * 32, "profiles": [{"Iccid": "8966050000000090009", "Name": "Other"}]}
    desk.serve(euiccs=[EUICC, other])
    assert len(desk.json("list", "--all")) == 4
    assert [p["name"] for p in desk.json("list", "--euicc", "2")] == ["Other"]
    assert [p["name"] for p in desk.json("list", "--euicc", "8" * 32)] == ["Other"]
    assert desk.run("list", "--euicc", "3").returncode == 3
    assert desk.run("show").returncode == 2


def test_show_profile(desk):
    result = desk.serve().run("show", "Travel 5G")
    assert result.returncode == 0
    assert "52003" in result.stdout and "smdp.example.com" in result.stdout
    assert desk.json("show", "0001")["name"] == "Travel 5G"


def test_show_euicc_reads_details_once(desk):
    euicc = desk.serve().json("show")
    assert euicc["spec-version"] == "2.5.0" and euicc["free-memory"] == 291328
    assert desk.called("Refresh") == [[{"details": True}]]
    text = desk.run("show", EID).stdout
    assert "284.5" in text and "4.2.1" in text
    assert len(desk.called("Refresh")) == 1


def test_show_euicc_without_the_right_to_read(desk):
    desk.serve(refuse={"Refresh": ["NotAuthorized", "no"]})
    assert desk.json("show")["spec-version"] == ""
