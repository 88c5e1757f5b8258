# SPDX-License-Identifier: LGPL-2.1-or-later
"""esimctl download and discover: what is shown, asked and answered, on a terminal and without one."""
import json
import shutil
import subprocess

import pytest
from downloads import METADATA

CODE = "LPA:1$smdp.example.com$ABC-123"
PROMPT = "[l] = later:"
ICCID = METADATA["iccid"]


def answers(desk):
    return [args[1] for args in desk.called("Answer")]


def test_consent_with_the_profile_in_view(desk):
    desk.serve()
    code, text = desk.terminal("download", CODE, NO_COLOR="1", script=[(PROMPT, "y\n")])
    assert code == 0, text
    for words in ("Data 10 GB", "Example Mobile", ICCID, "smdp.example.com", "GSM Association - RSP2 Root CI1",
                  "As the daemon asks.", f"Installed: Data 10 GB ({ICCID})", "knows of it", f"esimctl enable {ICCID}"):
        assert words in text, (words, text)
    assert text.index("Data 10 GB") < text.index(PROMPT)
    assert answers(desk) == [{"consent": True}]
    assert desk.called("Download") == [[CODE, {"cancel-with-caller": True}]]
    assert desk.called("ParseActivationCode") == [[CODE]]


@pytest.mark.parametrize("typed, sent, told", [
    ("\n", {"consent": False, "postpone": True}, "can be used later"),
    ("l\n", {"consent": False, "postpone": True}, "can be used later"),
    ("n\n", {"consent": False}, "Nothing was installed"),
    ("\x04", {"consent": False, "postpone": True}, "can be used later"),
])
def test_a_no_for_now_is_not_a_no_for_ever(desk, typed, sent, told):
    code, text = desk.serve().terminal("download", CODE, script=[(PROMPT, typed)])
    assert code == 1 and told in text, text
    assert answers(desk) == [sent] and not [p for p in desk.json("list") if p["iccid"] == ICCID]


def test_interrupt_at_the_question_leaves_the_order_alone(desk):
    code, text = desk.serve().terminal("download", CODE, script=[(PROMPT, "^C")])
    assert code == 130 and "Nothing was installed" in text
    assert answers(desk) == [{"consent": False, "postpone": True}]


def test_bytes_are_shown_as_they_come(desk):
    code, text = desk.serve(offer={"pace": 60}).terminal("download", CODE, "--yes")
    assert code == 0 and "loading the profile…" in text, text
    assert "\r  [############............] 7.0\xa0kB of 14.0\xa0kB\x1b[K" in text, repr(text)
    assert "[########################] 14.0\xa0kB of 14.0\xa0kB\x1b[K\nreading the card…" in text, repr(text)
    assert "\r" not in desk.terminal("download", CODE, "--yes", TERM="dumb")[1].replace("\r\n", "\n")


def test_a_profile_of_unknown_length(desk):
    desk.serve(offer={"pace": 60, "total": 0})
    assert desk.terminal("download", CODE, "--yes")[0] == 0


def test_without_a_terminal_it_needs_an_option(desk):
    result = desk.serve().run("download", CODE)
    assert result.returncode == 6 and "--yes" in result.stderr and "Data 10 GB" in result.stdout, result
    assert answers(desk) == [{"consent": False, "postpone": True}]
    assert desk.run("download", CODE, "--yes").returncode == 0


def test_json(desk):
    told = desk.serve().json("download", CODE, "--yes")
    assert told["operation"] == "download" and told["state"] == "succeeded" and told["iccid"] == ICCID
    assert told["root-key-id"] == METADATA["root-key-id"] and told["notification"] == "acknowledged"
    assert told["metadata"]["name"] == "Data 10 GB" and "icon" not in told["metadata"]
    result = desk.run("download", CODE, "--json")
    assert result.returncode == 6 and result.stdout == "" and json.loads(result.stderr)["error"] == "NeedsAnswer"


def test_json_never_asks(desk):
    code, text = desk.serve().terminal("download", CODE, "--json")
    assert code == 6 and PROMPT not in text


# Confirmation codes
def test_the_code_is_asked_without_echo(desk):
    desk.serve(offer={"code": "1234-secret"})
    code, text = desk.terminal("download", CODE, script=[(PROMPT, "y\n"), ("Confirmation code:", "1234-secret\n")])
    assert code == 0 and "secret" not in text, text
    assert answers(desk) == [{"consent": True, "confirmation-code": "1234-secret"}]


def test_a_wrong_code_is_asked_again(desk):
    desk.serve(offer={"code": "1234", "retries": 3})
    code, text = desk.terminal("download", CODE, script=[
        (PROMPT, "y\n"), ("Confirmation code:", "1\n"), ("2 tries are left", ""), ("Confirmation code:", "2\n"),
        ("1 try is left", ""), ("Confirmation code:", "1234\n")])
    assert code == 0, text
    assert answers(desk)[1:] == [{"code": "2"}, {"code": "1234"}]


def test_too_many_wrong_codes(desk):
    desk.serve(offer={"code": "1234", "retries": 1})
    code, text = desk.terminal("download", CODE, script=[(PROMPT, "y\n"), ("Confirmation code:", "1\n")])
    assert code == 1 and "wrong too often" in text and "new activation code" in text, text


def test_no_code_at_hand(desk):
    desk.serve(offer={"code": "1234", "retries": 3})
    code, text = desk.terminal("download", CODE, script=[(PROMPT, "y\n"), ("Confirmation code:", "\n")])
    assert code == 1 and "Nothing was installed" in text and answers(desk) == [{"consent": False, "postpone": True}]


def test_the_code_comes_from_a_file_or_from_standard_input(desk):
    desk.serve(offer={"code": "1234"})
    path = desk.folder / "code"
    path.write_text("1234\n")
    assert desk.run("download", CODE, "--yes", "--confirmation-code-file", path).returncode == 0
    assert answers(desk)[-1] == {"consent": True, "confirmation-code": "1234"}
    assert desk.run("download", CODE, "--yes", "--confirmation-code-file", "-", stdin="1234\n").returncode == 0
    assert answers(desk)[-1] == {"consent": True, "confirmation-code": "1234"}
    path.write_text("\n")
    assert desk.run("download", CODE, "--yes", "--confirmation-code-file", path).returncode == 2
    assert desk.run("download", CODE, "--yes", "--confirmation-code-file", "/nowhere").returncode == 3


def test_a_file_without_end_is_not_read_to_its_end(desk):
    result = desk.serve().run("download", CODE, "--yes", "--confirmation-code-file", "/dev/zero")
    assert result.returncode == 2, result


def test_a_code_that_says_that_it_wants_one_is_told_at_once(desk):
    result = desk.serve().run("download", CODE + "$$1", "--yes")
    assert result.returncode == 6 and "--confirmation-code-file" in result.stderr and desk.called("Download") == []


def test_a_confirmation_code_is_never_an_argument(desk):
    assert desk.run("download", CODE, "--confirmation-code", "1234").returncode == 2


# Rules of the operator
RULES = {"metadata": {"policy-rules": ["ppr2"]}, "consent-for-rules": True}
TYPE_YES = "type the whole word"


def test_rules_need_a_consent_of_their_own(desk):
    desk.serve(offer=RULES)
    code, text = desk.terminal("download", CODE, "--yes", script=[(TYPE_YES, "yes\n")])
    assert code == 0 and "may not be deleted" in text, text
    assert answers(desk) == [{"consent": True}, {"consent": True}]


@pytest.mark.parametrize("typed", ["y\n", "\n", "no\n"])
def test_one_key_is_no_consent_to_rules(desk, typed):
    desk.serve(offer=RULES)
    code, text = desk.terminal("download", CODE, "--yes", script=[(TYPE_YES, typed)])
    assert code == 1 and "Nothing was installed" in text and answers(desk)[-1] == {"consent": False}


def test_rules_without_a_terminal(desk):
    result = desk.serve(offer=RULES).run("download", CODE, "--yes")
    assert result.returncode == 6 and "--accept-rules" in result.stderr
    assert desk.run("download", CODE, "--yes", "--accept-rules").returncode == 0


def test_a_test_profile(desk):
    desk.serve(offer={"metadata": {"class": "test"}})
    result = desk.run("download", CODE, "--yes")
    assert result.returncode == 1 and "test profile" in result.stderr
    assert desk.run("download", CODE, "--yes", "--allow-test-profile").returncode == 0
    assert ICCID not in desk.run("list").stdout and "not shown: --all" in desk.run("list").stdout
    assert ICCID in desk.run("list", "--all").stdout


# From where
def test_from_a_server(desk):
    desk.serve()
    assert desk.run("download", "--server", "smdp.example.com", "--matching-id", "A-1", "--yes").returncode == 0
    assert desk.run("download", "--yes").returncode == 0
    assert desk.called("Download") == [
        ["", {"smdp-address": "smdp.example.com", "matching-id": "A-1", "cancel-with-caller": True}],
        ["", {"cancel-with-caller": True}]]


def test_the_activation_code_can_stay_off_the_command_line(desk):
    assert desk.serve().run("download", "-", "--yes", stdin=CODE + "\n").returncode == 0
    assert desk.called("Download")[0][0] == CODE
    code, text = desk.terminal("download", "-", "--yes", script=[("Activation code:", CODE + "\n")])
    assert code == 0 and desk.called("Download")[1][0] == CODE


@pytest.mark.parametrize("args", [[CODE, "--server", "x"], ["--matching-id", "A"], [CODE, "--qr", "x.png"],
                                  ["-", "--confirmation-code-file", "-"], [CODE, CODE]])
def test_usage(desk, args):
    result = desk.serve().run("download", *args)
    assert result.returncode == 2 and desk.called("Download") == [], result


def test_a_malformed_code_is_told_before_anything_is_asked(desk):
    result = desk.serve().run("download", "LPA:2$x$y", "--yes")
    assert result.returncode == 1 and "not a valid activation code" in result.stderr and "position 1" in result.stderr
    assert json.loads(desk.run("download", "2$x$y", "--json").stderr)["error"] == "InvalidActivationCode"
    assert desk.called("Download") == []


ERRORS = ["ConfirmationCodeRequired", "InsufficientMemory", "ProfileExists", "MatchingIdRefused", "EidMismatch",
          "NotReleased", "OrderExpired"]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_servers_and_cards_in_words(desk, name):
    result = desk.serve(fail={"download": [name, "8.2.6/3.8, the server said"]}).run("download", CODE, "--yes")
    lines = result.stderr.splitlines()
    assert result.returncode == 1 and len(lines) == 3 and "the server said" in lines[1], result.stderr
    chinese = desk.run("download", CODE, "--yes", chinese=True).stderr.splitlines()
    assert chinese[0] != lines[0] and chinese[2] != lines[2] and chinese[0].isascii() is False
    assert json.loads(desk.run("download", CODE, "--yes", "--json").stderr)["error"] == name


def test_a_question_of_the_future_cancels(desk):
    assert desk.serve(refuse={"Answer": ["NotAuthorized", "Not you"]}).run("download", CODE, "--yes").returncode == 4


def test_an_evil_server_is_shown_as_text(desk):
    evil = "Free\x1b[2J\x9b31m\u202egnp\r\nok"
    desk.serve(offer={"metadata": {"name": evil, "service-provider": evil, "server": evil}})
    result = desk.run("download", CODE, "--yes")
    assert result.returncode == 0 and not [c for c in ("\x1b", "\x9b", "\u202e", "\r") if c in result.stdout]


# QR codes
def picture(desk, text, name="code.png", size=6):
    if not shutil.which("qrencode"):
        pytest.fail("qrencode is missing (package qrencode)")
    path = desk.folder / name
    subprocess.run(["qrencode", "-s", str(size), "-o", path, text], check=True)
    return path


@pytest.fixture
def reads_pictures(desk):
    if "built without reading" in desk.run("download", "--qr", "/nowhere").stderr:
        pytest.skip("built without the option qr")


def test_a_picture(desk, reads_pictures):
    result = desk.serve().run("download", "--qr", picture(desk, CODE), "--yes")
    assert result.returncode == 0 and desk.called("Download")[0][0] == CODE, result


def test_a_picture_is_read_in_private(desk, reads_pictures):
    """The library that reads it can send what it read to everybody on the bus."""
    desk.serve()
    watch = subprocess.Popen(["dbus-monitor", "--address", desk.env["DBUS_SYSTEM_BUS_ADDRESS"], "interface='org.linuxtv.Zbar1.Code'"],
                             stdout=subprocess.PIPE, text=True)
    try:
        assert "NameAcquired" in "".join(watch.stdout.readline() for _ in range(2))
        assert desk.run("download", "--qr", picture(desk, CODE), "--yes").returncode == 0
    finally:
        watch.terminate()
    assert "Zbar" not in watch.stdout.read() and watch.wait() is not None


def test_a_picture_of_something_else(desk, reads_pictures):
    desk.serve()
    assert desk.run("download", "--qr", picture(desk, "https://example.com")).returncode == 3
    (desk.folder / "text.png").write_text("no picture")
    result = desk.run("download", "--qr", desk.folder / "text.png")
    assert result.returncode == 1 and "cannot be read as an image" in result.stderr
    assert desk.run("download", "--qr", desk.folder / "none.png").returncode != 0
    assert desk.called("Download") == []


def test_a_picture_that_says_it_is_huge(desk, reads_pictures):
    """The header alone says 60000 by 60000 pixels: nothing of that size is made."""
    data = bytearray(picture(desk, CODE).read_bytes())
    data[16:24] = (60000).to_bytes(4, "big") * 2
    import zlib
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    (desk.folder / "huge.png").write_bytes(data)
    result = desk.serve().run("download", "--qr", desk.folder / "huge.png")
    assert result.returncode == 1 and "too large" in result.stderr, result


def test_a_file_that_is_too_large(desk, reads_pictures):
    with open(desk.folder / "zero.png", "wb") as file:
        file.truncate(17 * 1024 * 1024)
    result = desk.serve().run("download", "--qr", desk.folder / "zero.png")
    assert result.returncode == 1 and "too large" in result.stderr, result


# Discovery
ORDERS = [{"address": "smdp.example.com", "matching-id": "EVENT-1"}, {"address": "smdp2.example.com", "matching-id": "E-2"}]


def test_discover(desk):
    desk.serve(orders=ORDERS)
    text = desk.run("discover").stdout
    assert "smdp.example.com   EVENT-1" in text and "esimctl discover --download" in text, text
    assert desk.json("discover")["orders"] == ORDERS
    assert desk.called("Discover") == [[{}], [{}]]
    assert desk.run("discover", "--server", "smds.example.com").returncode == 0
    assert desk.called("Discover")[-1] == [{"smds-address": "smds.example.com"}]


def test_nothing_waits(desk):
    result = desk.serve().run("discover")
    assert result.returncode == 0 and "No profile waits" in result.stdout
    assert desk.json("discover") == {"orders": []}


def test_servers_that_could_not_be_asked(desk):
    desk.serve(orders=ORDERS[:1], problems=[{"address": "smds.example.com", "error-name": "org.esimd1.Error.ServerUnreachable",
                                             "error": "no route"}])
    assert "smds.example.com: The operator's server does not answer (no route)" in desk.run("discover").stdout


def test_discover_and_download(desk):
    desk.serve(orders=ORDERS)
    assert desk.run("discover", "--download", "--yes").returncode == 0
    assert [args[1]["matching-id"] for args in desk.called("Download")] == ["EVENT-1", "E-2"]
    code, text = desk.terminal("discover", "--download", script=[(PROMPT, "\n"), (PROMPT, "y\n")])
    # One was not taken: that is told, and the other is installed all the same.
    assert code == 1 and text.count("Installed") == 1, text
