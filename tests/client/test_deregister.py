# SPDX-License-Identifier: LGPL-2.1-or-later
"""deregister and deregistrations, in English and in Chinese."""
import json
import os
import time

FINDINGS = [
    {"code": "card-answers", "severity": "ok", "message": "The card answers."},
    {"code": "contract-continues", "severity": "warning", "message": "The contract continues, as the daemon says it."},
    {"code": "root-missing", "severity": "warning", "message": "Root AB12 is missing.", "parameters": {"key-ids": "ab12"}},
    {"code": "of-the-future", "severity": "warning", "message": "Something \x1b[2Jnew."},
]
LOCAL = ["--method", "local"]
AGREED = [*LOCAL, "--yes", "--contract-continues"]
OLD = {"id": "aaaa0123456789", "method": "local", "reason": "travel-ended", "stage": "completed", "eid": "1" * 32,
       "iccid": "8966050000000099999", "profile-name": "Old", "service-provider": "AIS", "acknowledged": True,
       "requested": 1700000000, "completed": 1700000100, "receipt": "{\"a\": \"\\u001b\u202e\"}"}


def test_whole_way(desk):
    result = desk.serve(findings=FINDINGS).run("deregister", "0001", *AGREED)
    assert result.returncode == 0, result
    text = result.stdout
    order = ["warning", "The contract continues, as the daemon says it.", "Something \ufffd[2Jnew.",
             "Asking for consent: done", "Deleting the profile: running", "Deleting the profile: done",
             "Telling the operator's server: waiting", "Stage: completed", "has acknowledged it", "esimctl receipt d10"]
    places = [text.index(words) for words in order]
    assert places == sorted(places), text
    assert desk.called("Deregister") == [[{"method": "local"}]]
    assert desk.called("Answer") == [[7, {"consent": True, "contract-continues": True}]]


def test_nobody_to_tell(desk):
    result = desk.serve(recipients=False).run("deregister", "0001", *AGREED)
    assert result.returncode == 0 and "nobody was told" in result.stdout, result
    assert "has acknowledged" not in result.stdout


def test_options_are_handed_on(desk):
    desk.serve().run("deregister", "0001", *AGREED, "--reason", "travel-ended", "--token", "abc")
    assert desk.called("Deregister") == [[{"method": "local", "reason": "travel-ended", "token": "abc"}]]


def test_json(desk):
    description = desk.serve(findings=FINDINGS).json("deregister", "0001", *AGREED)
    assert description["stage"] == "completed" and description["acknowledged"] is True
    assert [s["state"] for s in description["steps"]] == ["done"] * 8
    assert description["findings"][1]["code"] == "contract-continues"


def test_dry_run(desk):
    result = desk.serve(findings=FINDINGS).run("deregister", "0001", *LOCAL, "--dry-run")
    assert result.returncode == 0 and "Nothing was changed" in result.stdout and "card answers" in result.stdout
    assert desk.called("Deregister") == [[{"method": "local", "dry-run": True}]] and desk.called("Answer") == []


def test_blocker(desk):
    blocker = [{"code": "ppr2", "severity": "blocker", "message": "PPR2 forbids it."}]
    desk.serve(findings=blocker)
    assert desk.run("deregister", "0001", *LOCAL, "--dry-run").returncode == 1
    result = desk.run("deregister", "0001", *AGREED)
    assert result.returncode == 1 and "PPR2 forbids it" in result.stdout
    assert "A policy rule of the profile forbids it" in result.stdout


def test_without_a_way_of_the_carrier(desk):
    result = desk.serve().run("deregister", "0001")
    assert result.returncode == 1 and "--method local" in result.stderr


def test_no_terminal_withdraws_and_is_6(desk):
    for extra in ([], ["--yes"], ["--contract-continues"]):
        desk.serve()
        result = desk.run("deregister", "0001", *LOCAL, *extra)
        assert result.returncode == 6 and "--yes --contract-continues" in result.stderr, result
        assert [d["stage"] for d in desk.json("deregistrations")] == ["withdrawn"]
        desk.stop()
    assert desk.called("Answer") == []


def test_answer_on_a_terminal(desk):
    desk.serve(findings=FINDINGS)
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[("[y/N]", "n\n")])
    assert code == 1 and "The profile is as it was" in text
    assert desk.called("Answer") == [[7, {"consent": False}]]
    code, text = desk.terminal("deregister", "0002", *LOCAL, script=[("[y/N]", "yes\n")])
    assert code == 0 and "has acknowledged it" in text


def test_interrupt_leaves_it_and_says_how_to_come_back(desk):
    desk.serve()
    code, text = desk.terminal("deregister", "0001", *LOCAL, script=[("[y/N]", "^C")])
    assert code == 130 and "esimctl deregister 8966050000000010001" in text
    assert "deregistrations withdraw 100" in text
    assert desk.json("deregistrations")[0]["stage"] == "preparing"
    code, text = desk.terminal("deregister", "0001", script=[("coming back", ""), ("[y/N]", "y\n")])
    assert code == 0 and len(desk.called("Deregister")) == 1


def test_interrupt_while_the_operator_is_told(desk):
    desk.serve(acknowledge=False)
    code, text = desk.terminal("deregister", "0001", *AGREED, script=[("Stage:", ""), ("server:", "^C")])
    assert code == 130 and "goes on without this program" in text


def test_no_wait_is_7(desk):
    desk.serve(acknowledge=False)
    result = desk.run("deregister", "0001", *AGREED, "--no-wait")
    assert result.returncode == 7 and "has not acknowledged it yet" in result.stdout
    assert desk.json("deregistrations")[0]["stage"] == "notifying-operator"


def test_same_token_same_deregistration(desk):
    desk.serve(acknowledge=False)
    for _ in range(2):
        assert desk.run("deregister", "0001", *AGREED, "--no-wait", "--token", "t").returncode == 7
    assert len(desk.json("deregistrations")) == 1


def test_answer_that_is_not_authorized_is_4(desk):
    desk.serve(refuse={"Answer": ["NotAuthorized", "Not you"]})
    assert desk.run("deregister", "0001", *AGREED).returncode == 4


def test_service_that_dies_is_5(desk):
    desk.serve(acknowledge=False)
    program = desk.start("deregister", "0001", *AGREED)
    while not desk.called("Answer"):
        time.sleep(0.02)
    time.sleep(0.3)
    desk.stop()
    out, err = program.communicate(timeout=5)
    assert program.returncode == 5 and "on disk" in err


def test_list_and_show(desk):
    desk.serve(deregistrations=[OLD])
    text = desk.run("deregistrations").stdout
    assert "aaaa0123456789" in text and "completed" in text and "2023-11-14 22:13:20" in text
    for name in ("aaaa", "aaaa0123456789", "1"):
        assert "the journey is over" in desk.run("deregistrations", "show", name).stdout
    assert desk.json("deregistrations", "show", "1")["profile-name"] == "Old"
    assert desk.run("deregistrations", "show", "aaa").returncode == 3
    assert desk.run("deregistrations", "show", "bbbb").returncode == 3


def test_ambiguous_id_is_2(desk):
    desk.serve(deregistrations=[OLD, {**OLD, "id": "aaaa9"}])
    assert desk.run("deregistrations", "show", "aaaa").returncode == 2
    assert desk.run("deregistrations", "show", "aaaa9").returncode == 0


def test_actions(desk):
    desk.serve(deregistrations=[OLD, {**OLD, "id": "bbbb", "stage": "failed"}])
    assert desk.run("deregistrations", "check", "aaaa").returncode == 0
    assert desk.run("deregistrations", "retry", "aaaa").returncode == 1
    assert desk.run("deregistrations", "retry", "bbbb").returncode == 0
    assert desk.run("deregistrations", "withdraw", "bbbb").returncode == 0
    assert desk.json("deregistrations", "forget", "aaaa") == {"call": "forget", "done": True}
    assert [d["id"] for d in desk.json("deregistrations")] == ["bbbb"]
    assert [name for _, name, _ in desk.calls() if name in ("Check", "Retry", "Withdraw", "Forget")] == [
        "Check", "Retry", "Retry", "Withdraw", "Forget"]


def test_another_users_is_not_asked_for(desk):
    desk.serve(deregistrations=[{**OLD, "requester": 12345}])
    if os.getuid() == 0:
        assert desk.json("deregistrations")[0]["id"] == OLD["id"]
        return
    assert "(another user's)" in desk.run("deregistrations").stdout
    assert desk.called("Describe") == []


def test_receipt_as_it_is(desk, tmp_path):
    desk.serve(deregistrations=[OLD])
    target = tmp_path / "receipt.json"
    assert desk.run("receipt", "aaaa", "-o", str(target)).returncode == 0
    assert target.read_text(encoding="utf-8") == OLD["receipt"] and target.stat().st_mode & 0o777 == 0o600
    shown = desk.run("receipt", "aaaa", "--json").stdout
    assert "\u202e" not in shown and json.loads(shown) == json.loads(OLD["receipt"])
    assert desk.run("receipt", "aaaa").returncode == 9


def test_receipt_before_the_end(desk):
    desk.serve(deregistrations=[{**OLD, "stage": "failed"}])
    assert desk.run("receipt", "aaaa").returncode == 1


def test_chinese(desk):
    desk.serve(findings=FINDINGS)
    assert "esimd 0.1.0 正在运行" in desk.run("status", chinese=True).stdout
    code, text = desk.terminal("deregister", "0001", *LOCAL, chinese=True, NO_COLOR="1", script=[("[y/N]", "是\n")])
    assert code == 0
    for words in ("您仍需付费", "其密钥标识：ab12", "Something \ufffd[2Jnew.", "阶段：已完成", "运营商的服务器已确认",
                  "要删除配置文件吗？"):
        assert words in text, text
    result = desk.run("enable", "nothing", chinese=True)
    assert result.returncode == 3 and "没有名为“nothing”的配置文件" in result.stderr
    assert "用法" in desk.run("enable", chinese=True).stderr


def test_codes_in_json_are_not_translated(desk):
    desk.serve(findings=FINDINGS)
    result = desk.run("deregister", "0001", *AGREED, "--json", chinese=True)
    assert json.loads(result.stdout)["stage"] == "completed"


def test_language_variable_alone(desk):
    desk.serve()
    assert "正在运行" in desk.run("status", LANGUAGE="zh_CN").stdout
