# SPDX-License-Identifier: LGPL-2.1-or-later
"""carriers: list, show, match, check."""
import json


def test_list(desk):
    result = desk.serve().run("carriers")
    assert result.returncode == 0, result
    assert result.stdout.splitlines()[1].split("  ")[0] == "ais-th"
    assert "monthly bill, prepaid" in result.stdout and "2026-11-22" in result.stdout
    assert desk.run("carriers", "list").stdout == result.stdout
    assert desk.json("carriers", "list")[0]["name"]["th"] == "เอไอเอส"


def test_empty_list(desk):
    assert "is empty" in desk.serve(carriers=[]).run("carriers").stdout
    assert desk.json("carriers") == []


def test_list_in_chinese(desk):
    result = desk.serve().run("carriers", chinese=True)
    assert "泰国 AIS" in result.stdout and "月结、预付费" in result.stdout and "查阅日期" in result.stdout


def test_show(desk):
    result = desk.serve().run("carriers", "show", "ais-th")
    assert result.returncode == 0, result
    assert desk.called("LookUpCarrier") == [[{"id": "ais-th"}]]
    assert "Way (shop) – Monthly bill" in result.stdout
    assert "The only way: yes" in result.stdout and "Length: 30 days" in result.stdout


def test_show_says_what_is_not_known(desk):
    said = desk.serve().run("carriers", "show", "ais-th").stdout
    assert "Hours: not known" in said
    assert "Not known\n  Monthly bill: Notice, From abroad\n  prepaid: From abroad\n" in said


def test_show_says_where_it_is_from(desk):
    said = desk.serve().run("carriers", "show", "ais-th").stdout
    assert "Source (C, a third party): A page <https://www.example.com/end>, looked at on 2026-11-22" in said
    assert "in a stored copy" in said
    assert said.count("more than a year ago") == 1
    assert said.count("contradict one another") == 2


def test_show_addresses(desk):
    labels = {"login": ("Login", "登录页面"), "recovery": ("Forgotten password", "忘记密码"),
              "form": ("Request form", "申请表单"), "status": ("Progress", "进度查询"),
              "stop": ("Finished at", "办理结束页面")}
    said = desk.serve().run("carriers", "show", "ais-th").stdout
    in_chinese = desk.run("carriers", "show", "ais-th", chinese=True).stdout
    for word, (label, chinese) in labels.items():
        assert f"  {label}: https://www.example.com/{word}\n" in said
        assert f"  {chinese}：https://www.example.com/{word}\n" in in_chinese


def test_show_cleans_texts(desk):
    assert "\x1b" not in desk.serve().run("carriers", "show", "ais-th").stdout


def test_show_in_chinese(desk):
    said = desk.serve().run("carriers", "show", "ais-th", chinese=True).stdout
    assert "途径 (shop) – 月结" in said and "本人办理。" in said and "服务时间：不详" in said
    assert "期限：30 天" in said and "来源（C，第三方）" in said and "各来源在此说法不一" in said


def test_show_json(desk):
    carrier = desk.serve().json("carriers", "show", "ais-th")
    assert carrier["facts"][0]["sources"][0]["old"] is True
    assert carrier["facts"][0]["unknown"] == ["hours"]


def test_show_of_an_unknown_carrier_is_3(desk):
    result = desk.serve().run("carriers", "show", "none")
    assert result.returncode == 3 and "no such carrier" in result.stderr


def test_match_by_profile(desk):
    result = desk.serve().run("carriers", "match", "0001")
    assert result.returncode == 0 and "AIS (ais-th), told by the owner" in result.stdout
    assert desk.called("LookUpCarrier") == [[{"profile": "/org/esimd1/euicc/1/profile/1"}]]


def test_match_by_what_is_known(desk):
    result = desk.serve().run("carriers", "match", "--mccmnc", "52001", "--gid1", "", "--service-provider", "AIS",
                              "--iccid", "8966050000000010001", "--smdp-address", "rsp.example.com")
    assert result.returncode == 0
    assert desk.called("LookUpCarrier") == [[{
        "mccmnc": "52001", "gid1": "", "service-provider": "AIS", "iccid": "8966050000000010001",
        "smdp-address": "rsp.example.com"}]]


def test_a_tie_is_a_question(desk):
    result = desk.serve().run("carriers", "match", "--mccmnc", "44010")
    assert result.returncode == 6
    assert "or none of them" in result.stdout and "AIS (ais-th)" in result.stdout and "Other (other-th)" in result.stdout
    assert desk.json("carriers", "match", "--mccmnc", "44010", code=6)["verdict"] == "question"


def test_no_match_is_3(desk):
    result = desk.serve().run("carriers", "match", "--mccmnc", "99999")
    assert result.returncode == 3 and "How its contracts end is not known" in result.stdout
    assert desk.json("carriers", "match", "--mccmnc", "99999", code=3)["candidates"] == []


def test_check(desk, tmp_path):
    good, bad = tmp_path / "good.conf", tmp_path / "bad.conf"
    good.write_text("[carrier]\n")
    bad.write_text("wrong\n")
    result = desk.serve().run("carriers", "check", good)
    assert result.returncode == 0 and "nothing is wrong" in result.stdout
    result = desk.run("carriers", "check", bad)
    assert result.returncode == 1 and f"{bad}:3: [notice] length: must be a period" in result.stdout
    assert desk.json("carriers", "check", str(bad), code=1)[0]["line"] == 3


def test_check_of_what_is_no_text(desk, tmp_path):
    path = tmp_path / "x.conf"
    desk.serve()
    for content in (b"\xff", b"a\0b", b"#" * 65537):
        path.write_bytes(content)
        result = desk.run("carriers", "check", path)
        assert result.returncode == 1 and "not UTF-8" in result.stderr
    assert desk.run("carriers", "check", tmp_path / "none.conf").returncode == 1
    assert desk.called("CheckCarrierFile") == []


def test_usage(desk):
    desk.serve()
    for words in (["what"], ["show"], ["show", "a", "b"], ["match"], ["check"], ["list", "x"],
                  ["match", "0001", "--mccmnc", "52001"], ["--mccmnc", "52001"], ["show", "ais-th", "--gid1", "1"]):
        result = desk.run("carriers", *words)
        assert result.returncode == 2, words
    assert json.loads(desk.run("carriers", "what", "--json").stderr)["error"] == "Usage"
