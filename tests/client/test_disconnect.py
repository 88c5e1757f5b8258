# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing cuts the machine's only way to the network without a yes: on a terminal, or by --allow-disconnect."""
import json
import time

import pytest
from conftest import EUICC

SLOTS = [EUICC, {"Slot": 2, "State": "inactive-slot"}]
CUTS = {"Enable": ["enable", "0002"], "Disable": ["disable", "0001"], "Delete": ["delete", "0001", "--contract-continues"],
        "ActivateSlot": ["slot", "activate", "2"]}
PROMPT = "Go on, and cut this machine's only way to the network? [y/N]"
LOCAL = ["--method", "local", "--yes", "--contract-continues"]
ICCID = "8966050000000010001"


def serve(desk, **world):
    return desk.serve(**{"euiccs": SLOTS, "only-way": True, **world})


def states(desk):
    return {p["iccid"][-4:]: p["state"] for p in desk.json("list")}


@pytest.mark.parametrize("method,args", CUTS.items())
def test_without_a_terminal_the_option_is_named(desk, method, args):
    serve(desk)
    before = states(desk)
    result = desk.run(*args)
    assert result.returncode == 6 and "--allow-disconnect" in result.stderr and result.stdout == "", result
    assert len(desk.called(method)) == 1 and desk.called("Answer") == [[41, {"consent": False}]]
    error = json.loads(desk.run(*args, "--json").stderr)
    assert error["error"] == "NeedsAnswer" and error["exit"] == 6
    assert states(desk) == before


@pytest.mark.parametrize("method,args", CUTS.items())
def test_the_option_is_handed_on_and_nothing_is_asked(desk, method, args):
    serve(desk)
    assert desk.run(*args, "--allow-disconnect").returncode == 0
    assert desk.called(method)[0][-1]["allow-disconnect"] is True and desk.called("Answer") == []


@pytest.mark.parametrize("method,args", CUTS.items())
def test_a_yes_on_a_terminal(desk, method, args):
    code, text = serve(desk).terminal(*args, script=[(PROMPT, "yes\n")])
    assert code == 0 and "the only way out, as the daemon says it" in text and "Without an answer by 2" in text, text
    assert desk.called("Answer") == [[41, {"consent": True}]]


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04"])
def test_anything_else_is_a_no(desk, typed):
    serve(desk)
    code, text = desk.terminal("enable", "0002", script=[(PROMPT, typed)])
    assert code == 1 and "Nothing was changed" in text, text
    assert desk.called("Answer") == [[41, {"consent": False}]] and states(desk)["0002"] == "disabled"


def test_an_interrupt_leaves_no_question_behind(desk):
    serve(desk)
    code, text = desk.terminal("disable", "0001", script=[(PROMPT, "^C")])
    assert code == 130 and "Nothing was changed" in text and "goes on" not in text
    assert desk.called("Answer") == [[41, {"consent": False}]] and states(desk)["0001"] == "enabled"


def test_json_on_a_terminal_asks_too(desk):
    code, text = serve(desk).terminal("disable", "0001", "--json", script=[(PROMPT, "y\n")])
    assert code == 0 and "as the daemon says it" not in text


def once(desk, event, typed):
    """What is typed once the service has told of an event."""
    def wait():
        while not desk.called(event):
            time.sleep(0.02)
        return typed
    return wait


def test_an_answer_that_comes_too_late(desk):
    serve(desk, **{"answer-within": 0.3})
    code, text = desk.terminal("disable", "0001", script=[(PROMPT, once(desk, "Expired", "y\n"))])
    assert code == 1 and "Consent was not given" in text and "Nobody agreed" in text, text
    assert states(desk)["0001"] == "enabled"


def test_another_way_that_comes_up_is_an_answer(desk):
    serve(desk, **{"another-way-after": 300})
    code, text = desk.terminal("disable", "0001", script=[(PROMPT, once(desk, "AnotherWay", "n\n"))])
    assert code == 0 and "Disabled: Travel 5G" in text, text


def test_a_question_of_the_future_is_not_left_standing(desk):
    result = serve(desk, riddle=True).run("disable", "0001")
    assert result.returncode == 6 and "does not know (riddle)" in result.stderr
    assert desk.called("Cancel") == [[]] and desk.called("Answer") == []


def test_answer_that_is_not_authorized_is_4(desk):
    serve(desk, refuse={"Answer": ["NotAuthorized", "Not you"]})
    assert desk.terminal("disable", "0001", script=[(PROMPT, "y\n")])[0] == 4


def test_monitor_says_that_an_operation_asks(desk):
    serve(desk)
    program = desk.start("monitor")
    assert "Watching" in program.stdout.readline()
    desk.run("disable", "0001")
    lines = iter(program.stdout.readline, "")
    assert any("(disabling a profile): waiting, needs an answer" in line for line in lines)
    program.terminate()
    program.communicate(timeout=5)


def test_in_chinese(desk):
    serve(desk)
    code, text = desk.terminal("enable", "0002", chinese=True, NO_COLOR="1", script=[
        ("要继续并断开本机唯一的联网方式吗？ [y/N]", "是\n")])
    assert code == 0, text
    for words in ("此调制解调器是本机唯一的联网方式，它将被断开", "之前没有回答，则不做任何更改", "请 ModemManager 暂时让出调制解调器…",
                  "等待 ModemManager 反映更改…", "已启用：家里"):
        assert words in text, (words, text)
    assert "加上选项 --allow-disconnect" in desk.run("disable", "0002", chinese=True).stderr


# A deregistration: the question comes after the consent, and stays.
def stage(desk):
    return desk.json("deregistrations")[0]["stage"]


def test_deregister_without_a_terminal_is_left_open(desk):
    serve(desk)
    result = desk.run("deregister", "0001", *LOCAL)
    assert result.returncode == 10, result
    assert "It waits until there is another one, or until you let this one be cut" in " ".join(result.stdout.split())
    assert f"To let the network be cut: esimctl deregister {ICCID} --allow-disconnect\n" in result.stdout
    assert stage(desk) == "removing-profile" and len(desk.called("Answer")) == 1 and desk.called("Withdraw") == []
    assert "only way to the network" in desk.run("deregistrations", "show", "100").stdout
    # What the last line says, done.
    result = desk.run("deregister", ICCID, "--allow-disconnect")
    assert result.returncode == 0 and "has acknowledged it" in result.stdout, result
    assert desk.called("Answer")[1:] == [[8, {"consent": True}]] and len(desk.called("Deregister")) == 1


def test_deregister_with_the_option(desk):
    serve(desk)
    result = desk.run("deregister", "0001", *LOCAL, "--allow-disconnect")
    assert result.returncode == 0 and "Removing its network connections: done" in result.stdout, result
    assert desk.called("Deregister") == [[{"method": "local", "allow-disconnect": True}]]
    assert len(desk.called("Answer")) == 1


def test_deregister_asks_on_a_terminal(desk):
    serve(desk)
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[(PROMPT, "y\n")])
    assert code == 0 and "It is the only way out." in text and "has acknowledged it" in text, text


@pytest.mark.parametrize("only_way", [True, "silent"])
def test_deregister_after_a_no(desk, only_way):
    """The service may go on asking, or ask again when somebody wants to know."""
    serve(desk, **{"only-way": only_way})
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[(PROMPT, "n\n")])
    assert code == 10 and "Still open." in text and "--allow-disconnect" in text, text
    assert desk.called("Answer")[-1] == [8, {"consent": False}] and stage(desk) == "removing-profile"
    code, text = desk.terminal("deregister", "0001", script=[("coming back", ""), (PROMPT, "y\n")])
    assert code == 0 and "has acknowledged it" in text, text
    assert len(desk.called("Check")) == (1 if only_way == "silent" else 0)


def test_deregister_interrupted_at_the_question_is_10(desk):
    serve(desk)
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[(PROMPT, "^C")])
    assert code == 10 and "Still open." in text and f"esimctl deregister {ICCID}" in text, text
    assert len(desk.called("Answer")) == 1


def test_deregister_goes_on_when_another_way_comes_up(desk):
    serve(desk, **{"another-way-after": 300})
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[(PROMPT, once(desk, "AnotherWay", "n\n"))])
    assert code == 0 and "has acknowledged it" in text, text


def test_deregister_without_a_card_hands_nothing_on(desk):
    serve(desk, portal={})
    assert desk.run("deregister", "--iccid", "8966050000000077777", "--allow-disconnect").returncode == 6
    assert desk.called("DeregisterIccid") == [["8966050000000077777", {}]]


def test_connections_among_the_findings(desk):
    found = [{"code": "connections", "severity": "warning", "message": "two connections",
              "parameters": {"ours": ["Travel 5G"], "others": ["AIS", "x\x1b[2J"]}}]
    serve(desk, findings=found)
    text = " ".join(desk.run("deregister", "0001", *LOCAL, "--dry-run").stdout.split())
    assert ("Network connections that esimd made go with the profile: Travel 5G. Connections of others use it too, and "
            "are left as they are: AIS, x\ufffd[2J.") in text
    text = desk.run("deregister", "0001", *LOCAL, "--dry-run", chinese=True).stdout
    assert "esimd 创建的网络连接将随配置文件一起移除：Travel 5G。" in text and "保留不动：AIS、x" in text.replace("\n         ", "")


def test_deregister_in_chinese(desk):
    serve(desk)
    code, text = desk.terminal("deregister", "0001", *LOCAL, chinese=True, NO_COLOR="1",
                               script=[("要继续并断开本机唯一的联网方式吗？", "n\n")])
    assert code == 10, text
    for words in ("将等到有其他联网方式，或您同意断开为止", f"如同意断开网络：esimctl deregister {ICCID} --allow-disconnect"):
        assert words in text, (words, text)
    text = desk.run("deregister", "0001", "--allow-disconnect", chinese=True).stdout
    assert "移除其网络连接：完成" in text
