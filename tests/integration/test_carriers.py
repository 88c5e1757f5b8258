# SPDX-License-Identifier: LGPL-2.1-or-later
"""The carrier directory in the whole daemon: whose a profile is, what is known of its carrier, what is not."""

import json
import shutil
import time
from pathlib import Path

import pytest
from gi.repository import GLib

from conftest import needs_root
from panel import ERROR, MANAGER, PROFILE, options
from esimlab.busclient import BusError
from esimlab.daemon import PATIENCE, ROOT_PATH
from esimlab.lab import TOP

SHIPPED = TOP / "data" / "carriers.d"
FILE = """[carrier]
format=1
id={id}
name={name}
kind=operator
[plan p]
kind=postpaid
[source s]
title=A page
checked=2026-11-22
sure=C
stored-copy=true
[match m]
service-provider={provider}
source=s
"""


def call(lab, method, signature="()", *arguments):
    return lab.client.call(ROOT_PATH, MANAGER, method, signature, *arguments)


def look_up(lab, **what):
    return call(lab, "LookUpCarrier", "(a{sv})", options({key.replace("_", "-"): value for key, value in what.items()}))


@pytest.fixture
def folders(tmp_path):
    """Where an administrator's and the shipped carriers are."""
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copytree(SHIPPED, tmp_path / "shipped")
    return mine, tmp_path / "shipped"


@pytest.fixture
def directory(make_lab, folders):
    return make_lab(config={"carriers": {"folders": f"{folders[0]};{folders[1]};"}})


def test_list(directory):
    carriers = {carrier["id"]: carrier for carrier in call(directory, "ListCarriers")}
    assert len(carriers) >= 13
    assert carriers["ais-th"]["name"]["th"] == "เอไอเอส"
    assert carriers["ais-th"]["plans"] == ["postpaid", "prepaid"]


def test_profile_of_ais(directory):
    profiles = directory.client.objects(ROOT_PATH)
    paths = {seen[PROFILE]["Name"]: path for path, seen in profiles.items() if PROFILE in seen}
    found = look_up(directory, profile=GLib.Variant("o", paths["AIS Tourist"]))
    assert (found["verdict"], found["by"], found["carrier"]["id"]) == ("found", "owner", "ais-th")
    other = look_up(directory, profile=GLib.Variant("o", paths["Island Prepaid"]))
    assert other == {"verdict": "none", "by": "", "candidates": []}


def test_everything_has_a_source(directory):
    for carrier in call(directory, "ListCarriers"):
        said = look_up(directory, id=carrier["id"])["carrier"]
        assert said["matches"] and all(match["sources"] for match in said["matches"])
        for fact in said["facts"]:
            assert fact["sources"], fact
            for source in fact["sources"]:
                assert source["title"] and source["sure"] in ("A", "B", "C") and source["checked"] >= "2026-11-22"


def test_a_tie_is_a_question(directory):
    asked = look_up(directory, mccmnc="44010")
    assert asked["verdict"] == "question" and "carrier" not in asked
    assert {one["id"] for one in asked["candidates"]} == {"docomo-jp", "ahamo-jp"}
    assert look_up(directory, mccmnc="44010", gid1="00ffff")["carrier"]["id"] == "docomo-jp"
    assert look_up(directory, mccmnc="44010", gid1="")["verdict"] == "none"


@pytest.mark.parametrize("what", [
    {}, {"colour": "red"}, {"id": "ais-th", "mccmnc": "52001"}, {"mccmnc": "1"}, {"mccmnc": "5200a"},
    {"gid1": "xyz"}, {"iccid": "12"}, {"smdp_address": "a b"}, {"service_provider": "x" * 257},
    {"profile": "/org/esimd1"}, {"id": True}])
def test_wrong_questions(directory, what):
    with pytest.raises(BusError) as refused:
        look_up(directory, **what)
    assert refused.value.name == ERROR + "InvalidArgument"
    assert directory.daemon.alive()


def test_what_is_not_there(directory):
    for what in ({"id": "nobody"}, {"profile": GLib.Variant("o", "/org/esimd1/euicc/1/profile/99")}):
        with pytest.raises(BusError) as refused:
            look_up(directory, **what)
        assert refused.value.name == ERROR + "NotFound"


def test_own_files_come_first_and_changes_are_seen(directory, folders):
    mine = folders[0]
    assert look_up(directory, service_provider="Mine")["verdict"] == "none"
    (mine / "mine.conf").write_text(FILE.format(id="mine", name="Mine", provider="Mine"))
    assert look_up(directory, service_provider="mine")["carrier"]["id"] == "mine"
    (mine / "ais-th.conf").write_text(FILE.format(id="ais-th", name="My AIS", provider="AIS"))
    assert look_up(directory, id="ais-th")["carrier"]["name"] == {"": "My AIS"}
    (mine / "ais-th.conf").write_text("")
    assert look_up(directory, service_provider="AIS")["verdict"] == "none"
    (mine / "ais-th.conf").unlink()
    assert look_up(directory, service_provider="AIS")["carrier"]["name"][""] == "AIS"


def test_a_broken_file_is_left_out_and_told_of(directory, folders):
    (folders[0] / "bad.conf").write_text(FILE.format(id="bad", name="Bad", provider="Bad") + "[fax]\n")
    assert look_up(directory, service_provider="Bad")["verdict"] == "none"
    assert "bad.conf:16: [fax]" in directory.daemon.log()


def test_check(directory):
    assert call(directory, "CheckCarrierFile", "(s)", (SHIPPED / "ais-th.conf").read_text()) == []
    problems = call(directory, "CheckCarrierFile", "(s)", FILE.format(id="A", name="A", provider="A"))
    assert [(p["line"], p["group"], p["key"]) for p in problems] == [(1, "carrier", "id")]
    assert len(call(directory, "CheckCarrierFile", "(s)", "x\n" * 30000)) == 50
    with pytest.raises(BusError) as refused:
        call(directory, "CheckCarrierFile", "(s)", "#" * 65537)
    assert refused.value.name == ERROR + "LimitExceeded"


@needs_root
def test_anybody_may_ask(directory):
    done = directory.esimctl("carriers", "show", "ais-th", "--json", uid=65534)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "ais-th"


def test_esimctl(directory, tmp_path):
    assert "ais-th" in directory.esimctl("carriers").stdout
    assert "ais-th" in directory.esimctl("carriers", "match", "AIS Tourist").stdout
    assert directory.esimctl("carriers", "match", "Island Prepaid").returncode == 3
    assert directory.esimctl("carriers", "match", "--mccmnc", "44051").returncode == 6
    for path in sorted(SHIPPED.glob("*.conf")):
        assert directory.esimctl("carriers", "check", path).returncode == 0, path
    bad = tmp_path / "bad.conf"
    bad.write_text("[fax]\n")
    assert f"{bad}:1: [fax]" in directory.esimctl("carriers", "check", bad).stdout


def private_memory(lab):
    for line in Path(f"/proc/{lab.daemon.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise AssertionError("no RssAnon")


@pytest.mark.long
def test_memory_is_given_back(directory):
    """A minute after the last question nothing of the directory is kept."""
    before = private_memory(directory)
    for _ in range(20):
        look_up(directory, id="ais-th")
    time.sleep(62 * PATIENCE)
    assert private_memory(directory) < before + 512
