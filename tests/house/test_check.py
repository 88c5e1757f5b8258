# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each check of tools/check refuses a bad file, and a good tree passes all of them."""

import re
import shutil
import subprocess

import pytest

C_LICENCE = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
HASH_LICENCE = "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
C_FUNCTION = "int\nesim_one (void)\n{\n  return 1;\n}\n"

GOOD = {
    "daemon/base/esim-error.h": C_LICENCE + "#pragma once\n\nint esim_error (void);\n",
    "daemon/base/esim-error.c": C_LICENCE + '#include "esim-error.h"\n\n' + C_FUNCTION,
    "daemon/codec/esim-tlv.h": C_LICENCE + "#pragma once\n",
    "daemon/core/esim-euicc.h": C_LICENCE + "#pragma once\n",
    "daemon/core/esim-euicc.c": C_LICENCE + '#include "esim-euicc.h"\n#include "esim-tlv.h"\n#include <glib.h>\n',
    "daemon/bus/esim-bus.c": C_LICENCE + '#include "esim-euicc.h"\n#include <polkit/polkit.h>\n\nGDBusConnection *bus;\n',
    "tools/one.py": "#!/usr/bin/python3\n" + HASH_LICENCE + "print('one')\n",
    "tools/two": "#!/usr/bin/env bash\n" + HASH_LICENCE + "set -euo pipefail\necho two\n",
    "dbus/one.xml": "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n<node/>\n",
    "README.md": "# One\n",
}

SHELL_HEAD = "#!/usr/bin/env bash\n" + HASH_LICENCE


def long_c_function():
    body = "".join(f"  one ({number});\n" for number in range(70))
    return C_LICENCE + "\nvoid\nesim_long (void)\n{\n" + body + "}\n"


def long_python_function():
    return HASH_LICENCE + "def long():\n" + "    print()\n" * 70


BAD = [
    ("function-length", "daemon/base/esim-long.c", long_c_function(), "esim_long has 72 lines"),
    ("function-length", "tools/long.py", long_python_function(), "long has 71 lines"),
    ("file-length", "tests/long.py", HASH_LICENCE + "print()\n" * 801, "802 lines"),
    ("goto", "daemon/base/esim-a.c", C_LICENCE + "\nvoid\na (void)\n{\n  go" + "to out;\nout:\n  return;\n}\n", "goto"),
    ("banned-call", "daemon/base/esim-a.c", C_LICENCE + "\nvoid\na (void)\n{\n  strcpy (a, b);\n}\n", "strcpy"),
    ("banned-call", "client/esimctl/a.c", C_LICENCE + "\nvoid\na (void)\n{\n  atoi (b);\n}\n", "atoi"),
    ("include-wall", "daemon/codec/esim-a.c", C_LICENCE + '#include "esim-euicc.h"\n', "esim-euicc.h of daemon/core"),
    ("include-wall", "daemon/base/esim-a.c", C_LICENCE + '#include "codec/esim-tlv.h"\n', "of daemon/codec"),
    ("include-wall", "client/esimctl/a.c", C_LICENCE + '#include "esim-error.h"\n', "it knows dbus/ alone"),
    ("include-wall", "daemon/attic/esim-a.c", C_LICENCE + "\nint a;\n", "no place in the table"),
    ("foreign-header", "daemon/core/esim-a.c", C_LICENCE + "#include <libmbim-glib.h>\n", "that is for transport"),
    ("foreign-header", "daemon/rsp/esim-a.c", C_LICENCE + "#include <curl/curl.h>\n", "that is for http"),
    ("foreign-header", "daemon/core/esim-a.c", C_LICENCE + '#include "esim-dbus-generated.h"\n', "that is for bus"),
    ("dbus-free", "daemon/core/esim-a.c", C_LICENCE + "\nGDBusProxy *a;\n", "GDBusProxy in daemon/core"),
    ("licence", "daemon/base/esim-a.c", "int a;\n", "SPDX"),
    ("licence", "tools/three", "#!/usr/bin/env bash\nset -euo pipefail\n", "SPDX"),
    ("whitespace", "README.md", "one \n", "blanks"),
    ("whitespace", "README.md", "one", "exactly one newline"),
    ("whitespace", "README.md", "one\r\n", "carriage return"),
    ("python", "tools/bad.py", HASH_LICENCE + "def\n", "does not compile"),
    ("python", "tools/bad.py", "#!/usr/bin/env python3\n" + HASH_LICENCE, "#!/usr/bin/python3"),
    ("shell", "tools/three", SHELL_HEAD + "set -euo pipefail\nif true\n", "does not parse"),
    ("shell", "tools/three", SHELL_HEAD + "echo\n", "set -euo pipefail is missing"),
    ("unfinished", "README.md", "TO" + "DO: more\n", "finish it"),
    ("xml", "dbus/bad.xml", "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n<node>\n", "not well-formed"),
    ("xml", "dbus/bad.policy.in", "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n<a></b>\n", "not well-formed"),
]


@pytest.fixture
def tree(top, tmp_path):
    """A small tree in which nothing is wrong, below a folder of its own."""
    root = tmp_path / "place" / "tree"
    for name, text in GOOD.items():
        put(root, name, text)
    shutil.copy(top / ".clang-format", root)
    return root


def put(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    if text.startswith("#!"):
        path.chmod(0o755)


def check(top, root, *arguments):
    """(exit code, problem lines by check, last line) of tools/check over a tree."""
    done = subprocess.run([top / "tools" / "check", "--top", root, *arguments], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.stderr == ""
    *said, last = done.stdout.splitlines()
    problems = {}
    for line in said:
        found = re.match(r"([^:]+):(\d+): ([a-z-]+): (.*)", line)
        if found:
            problems.setdefault(found.group(3), []).append((found.group(1), found.group(4)))
    return done.returncode, problems, last


def test_a_good_tree_passes(top, tree):
    code, problems, last = check(top, tree)
    assert (code, problems) == (0, {})
    assert re.fullmatch(r"\d+ checks, 0 problems", last)


@pytest.mark.parametrize("name, path, text, words", BAD, ids=[f"{row[0]}-{row[1]}" for row in BAD])
def test_a_bad_file_is_refused(top, tree, name, path, text, words):
    put(tree, path, text)
    code, problems, last = check(top, tree)
    assert code == 1
    assert list(problems) == [name]
    assert all(place == path for place, _ in problems[name])
    assert words in problems[name][0][1]
    assert not last.endswith(" 0 problems")


def test_format_is_refused(top, tree):
    assert shutil.which("clang-format"), "tools/setup installs it"
    put(tree, "daemon/base/esim-a.c", C_LICENCE + "\nint\na (void)\n{\n        return 1;\n}\n")
    _, problems, _ = check(top, tree)
    assert list(problems) == ["format"]


def test_script_that_cannot_run_is_refused(top, tree):
    put(tree, "tools/three", SHELL_HEAD + "set -euo pipefail\n")
    (tree / "tools/three").chmod(0o644)
    _, problems, _ = check(top, tree)
    assert list(problems) == ["executable"]


@pytest.mark.parametrize("place", ["tree", "parent"])
def test_path_of_this_machine_is_refused(top, tree, place):
    path = {"tree": tree, "parent": tree.parent}[place]
    put(tree, "README.md", f"see {path}/file\n")
    _, problems, _ = check(top, tree)
    assert list(problems) == ["local-path"]


def test_words_in_comments_and_strings_are_not_calls(top, tree):
    put(tree, "daemon/base/esim-a.c",
        C_LICENCE + '/* goto strcpy (a, b) */\nconst char *a = "system (1); \\" goto";\n// gets (a)\nint b;\n')
    code, problems, _ = check(top, tree)
    assert (code, problems) == (0, {})


def test_only_what_git_tracks_is_judged(top, tree):
    git = ["git", "-C", tree, "-c", "safe.directory=*"]
    subprocess.run([*git, "init", "-q"], check=True, timeout=30)
    subprocess.run([*git, "add", "."], check=True, timeout=30)
    put(tree, "notes.txt", "a line that nobody will see \n")
    assert check(top, tree)[0] == 0
    subprocess.run([*git, "add", "notes.txt"], check=True, timeout=30)
    assert list(check(top, tree)[1]) == ["whitespace"]


def test_every_check_has_its_bad_file(top):
    """A check that is added without a test here is noticed."""
    text = (top / "tools" / "check").read_text(encoding="utf-8")
    table = text.split("CHECKS = {", 1)[1].split("}", 1)[0]
    names = set(re.findall(r'"([a-z-]+)":', table))
    assert names == {name for name, *_ in BAD} | {"format", "executable", "local-path"}


def test_report_counts_each_check_once(top, tree, tmp_path):
    put(tree, "README.md", "one \ntwo \n")
    report = tmp_path / "reports" / "check.xml"
    check(top, tree, "--junit", report)
    text = report.read_text(encoding="utf-8")
    assert text.count("<testcase") == len(re.findall(r"classname", text)) > 10
    assert text.count("<failure") == 1
