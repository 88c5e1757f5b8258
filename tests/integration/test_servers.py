# SPDX-License-Identifier: LGPL-2.1-or-later
"""A notification goes to nobody but the server that it is for: every bad certificate, every missing root."""

import pytest

from esimlab import Card
from esimlab.pki import KINDS
from esimlab.profiles import Address, Profile, demo_profiles
from harness import delivered, deregister, on_card, records, wait_stage, wait_tried, wait_until
from panel import DEREGISTRATION, ERROR, Panel

SMDP = "smdp.lab.example"
BLUE = demo_profiles()[1].iccid  # disabled, and tells SMDP alone
BAD = [kind for kind in KINDS if kind != "good"]
# What the words have to say, so that somebody who reads them knows what is wrong.
WORDS = {
    "self_signed": "self-signed", "expired": "expired", "not_yet_valid": "not valid yet", "wrong_name": "is for",
    "wrong_root": "not installed", "eum_minted": "EUM", "wrong_role": "role", "no_role": "role", "no_eku": "server",
}


def assert_nothing_went(panel, path, words=None):
    """The server saw no request; card and disk hold what it did not get; the reason is told."""
    lab = panel.lab
    proof = wait_tried(panel, path)
    assert lab.smdp.requests == []
    assert lab.smdp.connections > 0, "it was not even tried"
    assert panel.stage(path) == "notifying-operator"
    assert proof["error-name"] == ERROR + "ServerNotTrusted", proof
    assert SMDP in proof["error"] and (words or "").lower() in proof["error"].lower(), proof["error"]
    assert proof["state"] == "pending" and proof["acknowledged-at"] == 0
    assert on_card(lab) == [proof["sequence"]]
    kept, = records(lab, "notifications").values()
    assert kept["delivery"]["acknowledged-at"] == "0" and kept["delivery"]["state"] == "pending"
    listed, = panel.notifications()
    assert listed["state"] == "pending" and listed["error-name"] == proof["error-name"]
    assert listed["error"] and SMDP in listed["error"]
    line = [line for line in lab.daemon.log().splitlines() if "not delivered" in line][0]
    assert SMDP in line and (words or "").lower() in line.lower(), line
    return proof


def assert_it_arrives(panel, path):
    wait_stage(panel, path, "completed")
    assert panel.describe(path, DEREGISTRATION)["acknowledged"]
    assert len(panel.lab.smdp.received) == 1 and panel.lab.smdp.violations == []
    wait_until(panel, lambda: not panel.lab.card.pending_notifications)
    wait_until(panel, lambda: not records(panel.lab, "notifications"))


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_gets_nothing(panel, kind):
    panel.lab.smdp.certificate = kind
    path = deregister(panel, BLUE, until="notifying-operator")
    assert_nothing_went(panel, path, WORDS[kind])
    panel.lab.smdp.certificate = "good"
    assert_it_arrives(panel, path)


def test_check_tries_at_once(make_lab):
    panel = Panel(make_lab(config={"network": {"retry-min-seconds": "3600", "retry-max-seconds": "7200"}}))
    panel.lab.smdp.certificate = "expired"
    path = deregister(panel, BLUE, until="notifying-operator")
    assert_nothing_went(panel, path)
    panel.lab.smdp.certificate = "good"
    panel.client.call(path, DEREGISTRATION, "Check")
    assert_it_arrives(panel, path)


@pytest.mark.parametrize("kind", ["expired", "wrong_role", "eum_minted"])
def test_a_certificate_that_turns_bad_later(panel, kind):
    """The second notification does not ride on what was thought of the first one's connection."""
    deregister(panel, BLUE)
    requests = len(panel.lab.smdp.requests)
    panel.lab.smdp.certificate = kind
    path = deregister(panel, demo_profiles()[0].iccid, until="notifying-operator")
    wait_until(panel, lambda: panel.notifications()[0]["error-name"] == ERROR + "ServerNotTrusted")
    # The deletion's notification was not tried: the disabling's is before it. Its requester is told why all the same.
    proof, = panel.describe(path, DEREGISTRATION)["notifications"]
    assert proof["attempts"] == 0 and proof["error-name"] == ERROR + "ServerNotTrusted" and proof["error"]
    assert len(panel.lab.smdp.requests) == requests


# Roots: a server's root must be installed here, and the card must list it.

def test_a_root_that_the_card_does_not_list(make_lab, pki):
    card = Card(pki, profiles=demo_profiles(), roots=("nist",))
    panel = Panel(make_lab(card=card))
    panel.lab.smdp.root = "brainpool"
    path = deregister(panel, BLUE, until="notifying-operator")
    assert_nothing_went(panel, path)
    panel.lab.smdp.root = "nist"
    panel.lab.smdp.certificate = "good"
    assert_it_arrives(panel, path)


def test_a_root_that_is_not_installed(make_lab, pki, tmp_path):
    """The card's own list admits nobody by itself; once the root is installed, it goes."""
    trust = tmp_path / "roots"
    pki.write_roots(trust, ("brainpool",))
    panel = Panel(make_lab(config={"trust": {"folders": f"{trust};"}}))
    path = deregister(panel, BLUE, until="notifying-operator")
    proof = assert_nothing_went(panel, path)
    assert pki.roots["nist"].key_id.hex().upper() in proof["error"].upper().replace(":", ""), \
        "the missing root is not named"
    pki.write_roots(trust, ("nist",))
    panel.lab.daemon.restart()
    path, = panel.objects(DEREGISTRATION)
    assert_it_arrives(panel, path)


def test_also_trust(make_lab, pki):
    """A root that the card does not list, added by an administrator."""
    card = Card(pki, profiles=demo_profiles(), roots=("nist",))
    key_id = pki.roots["brainpool"].key_id.hex().upper()
    panel = Panel(make_lab(card=card, config={"trust": {"also-trust": f"{key_id};"}}))
    panel.lab.smdp.root = "brainpool"
    path = deregister(panel, BLUE)
    assert_it_arrives(panel, path)


def test_a_web_root_is_no_root_here(make_lab, tmp_path):
    """What the system trusts does not count: no variable of the environment brings it in."""
    lab = make_lab(daemon=False)
    bundle = tmp_path / "web.pem"
    bundle.write_bytes(lab.pki.stranger.chain_pem())
    lab.daemon.environment.update(SSL_CERT_FILE=str(bundle), CURL_CA_BUNDLE=str(bundle), SSL_CERT_DIR=str(tmp_path))
    lab.smdp.certificate = "wrong_root"
    lab.daemon.start()
    panel = Panel(lab)
    path = deregister(panel, BLUE, until="notifying-operator")
    assert_nothing_went(panel, path)


# Addresses

def refused_address(panel, path, words):
    proof = wait_tried(panel, path)
    assert panel.lab.smdp.connections == 0, "a connection was opened"
    assert words in proof["error"], proof["error"]
    assert on_card(panel.lab) == [proof["sequence"]]
    return proof


def test_loopback_is_refused_outside_a_laboratory(make_lab):
    panel = Panel(make_lab(config={"network": {"allow-loopback": None}}))
    path = deregister(panel, BLUE, until="notifying-operator")
    refused_address(panel, path, "127.0.0.1")
    panel.lab.write_config(network={"allow-loopback": "true"})
    panel.lab.daemon.restart()
    path, = panel.objects(DEREGISTRATION)
    assert_it_arrives(panel, path)


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "localhost", "user@smdp.lab.example",
                                     "smdp.lab.example/elsewhere", "smdp.lab.example:80:90"])
def test_an_address_that_is_no_name(make_lab, address):
    """What a profile names as its server is an attacker's choice."""
    profile = Profile("8944500102201200013", "Odd", "Lab", addresses=[Address(address)])
    panel = Panel(make_lab(profiles=[profile], config={"network": {"allow-loopback": None}}))
    path = deregister(panel, profile.iccid, until="notifying-operator")
    wait_until(panel, lambda: any(n["error-name"] for n in panel.notifications()))
    listed, = panel.notifications()
    assert listed["error"] and listed["state"] == "pending", listed
    assert panel.lab.smdp.connections == 0 and len(on_card(panel.lab)) == 1
    assert panel.stage(path) == "notifying-operator" and delivered(panel.lab) == []
