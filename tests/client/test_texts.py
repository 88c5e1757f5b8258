# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every text has its Chinese, and bash completes every verb and option."""
import re
import shutil
import subprocess

import pytest
from conftest import ESIMCTL, TREE

VERBS = ["status", "list", "show", "icon", "slot", "download", "discover", "enable", "disable", "rename", "delete",
         "deregister", "deregistrations", "receipt", "connections", "notifications", "default-server", "trust",
         "reset-memory", "carriers", "monitor"]
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dngettext:2,3", "dngettext:2,3"]


@pytest.mark.skipif(not shutil.which("xgettext"), reason="xgettext is missing (package gettext)")
def test_every_text_has_its_chinese(tmp_path):
    """Fuzzy or missing ones, and such as are in no source any more, are named by msgcmp and msgattrib."""
    pot, merged = tmp_path / "esimd.pot", tmp_path / "zh_CN.po"
    sources = [line for line in (TREE / "po" / "POTFILES").read_text().splitlines() if not line.startswith("#")]
    subprocess.run(["xgettext", "--from-code=UTF-8", *[f"--keyword={k}" for k in KEYWORDS], "-o", pot, *sources],
                   cwd=TREE, check=True)
    catalogue = TREE / "po" / "zh_CN.po"
    subprocess.run(["msgfmt", "--check", "-o", "/dev/null", catalogue], check=True)
    missing = subprocess.run(["msgcmp", catalogue, pot], text=True, capture_output=True)
    assert missing.returncode == 0, missing.stderr
    subprocess.run(["msgmerge", "-q", "-N", catalogue, pot, "-o", merged], check=True)
    unused = subprocess.run(["msgattrib", "--only-obsolete", merged], text=True, capture_output=True, check=True)
    assert unused.stdout == ""


def test_every_source_with_texts_is_looked_through():
    named = set((TREE / "po" / "POTFILES").read_text().split("\n"))
    for path in sorted((TREE / "client").rglob("*.[ch]")):
        if re.search(r'(?<![A-Za-z0-9])N?_ \(\s*"', path.read_text(encoding="utf-8")):
            assert str(path.relative_to(TREE)) in named, path


def complete(desk, *words):
    """What is offered for the last of the words."""
    script = 'source "$0"; COMP_WORDS=(esimctl "$@"); COMP_CWORD=$#; _esimctl; printf "%s\\n" "${COMPREPLY[@]}"'
    path = f"{ESIMCTL.parent}:{desk.env['PATH']}"
    done = subprocess.run(["bash", "-uc", script, TREE / "client" / "esimctl" / "esimctl.bash", *words], text=True,
                          capture_output=True, check=True, env={**desk.env, "PATH": path})
    return done.stdout.split()


def test_verbs_are_completed(desk):
    help_text = desk.run("--help").stdout
    assert re.findall(r"^  ([a-z-]+)  +\S", help_text.split("Help Options")[0], re.M) == VERBS
    assert complete(desk, "")[:len(VERBS)] == VERBS
    assert complete(desk, "en") == ["enable"]


@pytest.mark.parametrize("verb", VERBS)
def test_options_are_completed(desk, verb):
    options = set(re.findall(r"--[a-z0-9-]+", "\n".join(
        line for line in desk.run(verb, "--help").stdout.splitlines() if line.startswith("  "))))
    offered = complete(desk, verb, "--")
    if verb == "carriers":
        offered += complete(desk, verb, "match", "--")
    assert options and options <= set(offered), options - set(offered)


def test_profiles_and_modems_are_completed(desk):
    desk.serve()
    assert complete(desk, "enable", "8966050000000010") == ["8966050000000010001"]
    assert complete(desk, "connections", "8966050000000020") == ["8966050000000020002"]
    assert complete(desk, "slot", "activate", "2", "--modem", "") == ["usb1"]
    assert complete(desk, "slot", "ac") == ["activate"]
