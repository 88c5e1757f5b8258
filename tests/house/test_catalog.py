# SPDX-License-Identifier: LGPL-2.1-or-later
"""The message catalogue: journalctl compiles it, and both languages explain the same messages."""

import re
import shutil
import subprocess

import pytest

FIELDS = {"ESIMD_EUICC", "ESIMD_OPERATION", "ESIMD_RECORD", "ESIMD_SERVER", "ESIMD_ERROR"}
NAMES = ["esimd.catalog", "esimd.zh_CN.catalog"]


def entries(top, name):
    """{message id: its text} of one catalogue."""
    text = (top / "systemd" / name).read_text(encoding="utf-8")
    parts = re.split(r"(?m)^-- ([0-9a-f]{32})$", text)
    assert len(parts) > 2 and len(parts[1::2]) == len(set(parts[1::2]))
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.fixture(scope="module")
def compiled(top, tmp_path_factory):
    """A root folder with the catalogues and the database that journalctl made of them."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(top / "systemd" / name, folder)
    done = subprocess.run(["journalctl", f"--root={root}", "--update-catalog"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return root


def test_compiles_and_lists_every_message(top, compiled):
    listed = subprocess.run(["journalctl", f"--root={compiled}", "--list-catalog"], capture_output=True, text=True,
                            timeout=60, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}).stdout
    assert {line.split()[0] for line in listed.splitlines()} == set(entries(top, NAMES[0]))


def test_the_database_holds_both_languages(top, compiled):
    database = (compiled / "var/lib/systemd/catalog/database").read_bytes()
    for name in NAMES:
        for text in entries(top, name).values():
            subject = re.search(r"(?m)^Subject: (.+)$", text).group(1)
            assert subject.encode() in database


def test_both_languages_explain_the_same(top):
    assert set(entries(top, NAMES[0])) == set(entries(top, NAMES[1]))
    assert len(entries(top, NAMES[0])) >= 13


@pytest.mark.parametrize("name", NAMES)
def test_fields_are_those_of_the_journal(top, name):
    for message, text in entries(top, name).items():
        assert set(re.findall(r"@(\w+)@", text)) <= FIELDS, message
        assert "Defined-By: esimd" in text


def test_translation_uses_the_same_fields(top):
    english, chinese = (entries(top, name) for name in NAMES)
    for message, text in english.items():
        assert sorted(set(re.findall(r"@(\w+)@", text))) == sorted(set(re.findall(r"@(\w+)@", chinese[message]))), message
