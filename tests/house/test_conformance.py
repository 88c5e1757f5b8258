# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/conformance.md says of each clause how it stands and by which test: those tests exist, and nothing is claimed without one."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PAGE = TOP / "docs" / "conformance.md"
STATES = {"yes", "partly", "no", "n/a"}
CITED = re.compile(r"`((?:unit|integration|client|fuzz|lab|house)/[^`:]+)(?:::([\w-]+))?`")

# Functions of SGP.22 v2.5 that an LPA calls; each has a line.
FUNCTIONS = [
    "GetEuiccConfiguredAddresses", "SetDefaultDpAddress", "PrepareDownload", "LoadBoundProfilePackage", "GetEUICCChallenge",
    "GetEUICCInfo1", "GetEUICCInfo2", "ListNotification", "RetrieveNotificationsList", "RemoveNotificationFromList", "LoadCRL",
    "AuthenticateServer", "ES10b.CancelSession", "GetProfilesInfo", "EnableProfile", "DisableProfile", "DeleteProfile",
    "eUICCMemoryReset", "GetEID", "SetNickname", "GetRAT", "ES9+.InitiateAuthentication", "ES9+.AuthenticateClient",
    "GetBoundProfilePackage", "HandleNotification", "ES9+.CancelSession", "ES11.InitiateAuthentication",
]


def rows(text):
    """The rows of all tables: (clause, what, status, test)."""
    found = [[cell.strip() for cell in line.strip("|\n ").split(" | ")] for line in text.splitlines() if line.startswith("| ")]
    return [row if len(row) == 4 else [*row, ""] for row in found if row[0] not in ("Clause", "Version")]


def problems(text, top=TOP):
    """What is wrong with the page, a line each."""
    wrong = []
    if "No conformance claimed" not in text:
        wrong.append("it does not say that no conformance is claimed")
    for row in rows(text):
        clause, what, status, test = (row + [""] * 4)[:4]
        status, test = status.strip(" |"), test.strip(" |")
        cited = CITED.findall(test)
        if status not in STATES:
            wrong.append(f"{clause} {what}: status {status!r}")
        if status == "yes" and not cited:
            wrong.append(f"{clause} {what}: a yes without a test")
        for path, case in cited:
            file = top / "tests" / path
            if not file.is_file():
                wrong.append(f"{path} is not there")
            elif case and not has_case(file, case):
                wrong.append(f"{path} has no {case}")
    return wrong


def has_case(file, case):
    source = file.read_text()
    if file.suffix == ".py":
        return re.search(rf"^\s*def {case} ?\(", source, re.MULTILINE) is not None
    return re.search(rf'"(/[\w-]+/)?{case}"', source) is not None


def test_the_page_is_true_of_the_tree():
    assert problems(PAGE.read_text()) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_line(function):
    assert [row for row in rows(PAGE.read_text()) if function in row[1]], function


def test_what_is_wrong_is_found(tmp_path):
    tests = tmp_path / "tests" / "unit"
    tests.mkdir(parents=True)
    (tests / "test-one.c").write_text('g_test_add_func ("/one/here", test_here);\n')
    good = "No conformance claimed\n| 1 | What | yes | `unit/test-one.c::here` |\n| 2 | Other | no | |\n"
    assert problems(good, tmp_path) == []
    for bad, words in [("No conformance", "does not say"), ("| yes | `unit/test-one.c::here`", "a yes without"),
                       ("here`", "has no"), ("unit/test-one.c", "not there"), ("| no |", "status")]:
        changed = {"| yes | `unit/test-one.c::here`": "| yes | somewhere", "here`": "there`", "unit/test-one.c": "unit/test-two.c",
                   "| no |": "| perhaps |", "No conformance": "Conformance"}[bad]
        found = problems(good.replace(bad, changed), tmp_path)
        assert len(found) == 1 and words in found[0], (bad, found)
