# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's code asks the USIM of the lab's card, over each way to it: by a program that is no more than that code
(usim-ask.c). The lab has Milenage and the files of its own, so each side checks the other."""

import os
import subprocess

import pytest
from esimlab import Card, ber, demo_profiles
from esimlab.milenage import Milenage
from esimlab.modem import MbimModem
from esimlab.profiles import Profile
from esimlab.qmimodem import QmiModem
from esimlab.reader import Pcscd, missing
from esimlab.wires import PtyWire

RAND = bytes.fromhex("9f7c8d021accf4db213ccff0c7f71a6a")
AIS, BLUE, ISLAND = demo_profiles()
OTHER = "89000000000000000021"
MODEMS = {"mbim": MbimModem, "qmi": QmiModem}
WAYS = ("mbim", "qmi", "pcsc")


class Bench:
    """A card behind one way to it, and the program that asks. The first slot's card is `card`."""

    def __init__(self, build, way, folder, cards, **quirks):
        self.program, self.way, self.card = build / "tests" / "usim-ask", way, cards[0]
        self.environment, self.modem, self.pcscd = {**os.environ, "G_DEBUG": "fatal-criticals"}, None, None
        if way == "pcsc":
            self.pcscd = Pcscd(folder)
            self.pcscd.start()
            self.pcscd.slots[0].insert(self.card)
            self.path, self.slot = self.pcscd.path, 1
            self.environment |= self.pcscd.environment
        else:
            self.modem = MODEMS[way](cards, **quirks)
            self.path, self.slot = PtyWire(self.modem, folder / "port").path, 1

    def close(self):
        for one in filter(None, (self.modem, self.pcscd)):
            one.close()

    def ask(self, *words):
        """What it says, by name; what it must never say is looked for besides."""
        done = subprocess.run([self.program, self.way, str(self.path), str(self.slot), *words], env=self.environment,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 1), done.stderr
        self.stderr = done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    def aka(self, autn, profile=None, imsi=None, rand=RAND):
        profile = profile or self.enabled
        return self.ask("aka", profile.iccid, imsi or "-", rand.hex(), autn.hex())

    @property
    def enabled(self):
        return self.card.euicc.enabled


@pytest.fixture
def bench(request, build, pki, tmp_path):
    """bench (way, **quirks) -> a Bench with the demo's card."""
    def make(way, cards=None, style="61xx", **quirks):
        if way == "pcsc" and missing():
            pytest.skip(missing())
        cards = cards or [Card(pki, profiles=demo_profiles(), sw_style=style)]
        made = Bench(build, way, tmp_path, cards, **quirks)
        request.addfinalizer(made.close)
        return made
    return make


def network(profile):
    return Milenage(profile.k, profile.opc)


def other_card(pki):
    return Card(pki, ber.make_eid(pki.eid_prefix, 20260002), [
        Profile(OTHER, "Other", "Lab", enabled=True, imsi="001019999999999")])


def assert_answer(said, vector):
    assert said == {"verdict": "accepted", "res": vector.res.hex(), "ck": vector.ck.hex(), "ik": vector.ik.hex(),
                    "auts": "00" * 14}


def assert_refused(bench, said, error):
    """The program itself looks whether the answer was wiped."""
    assert (said.get("error"), "verdict" in said) == (error, False)


# -- over a channel --

@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("style", ["61xx", "6cxx", "direct"])
def test_channel(bench, way, style):
    here = bench(way, style=style)
    profile = here.enabled
    assert here.ask("subscriber") == {"iccid": AIS.iccid, "imsi": AIS.imsi, "mnc": "2", "gid1": "-", "gid2": "-"}
    vector = network(profile).vector(RAND, 32)
    said = here.aka(vector.autn, imsi=AIS.imsi)
    assert_answer(said, vector)
    assert not any(secret.hex() in here.stderr.lower() for secret in (vector.res, vector.ck, vector.ik))
    assert here.card.usim.authentications == [(AIS.iccid, 0x9000)] and not here.card.open_channels


@pytest.mark.parametrize("way", WAYS)
def test_subscriber(bench, way):
    here = bench(way)
    profile = here.card.profiles[1]
    here.card.euicc.enable(0x5A, ber.iccid_octets(profile.iccid), refresh=False)
    here.card.reset()
    profile.mnc_length, profile.gid2 = 3, b"\x12\xff"
    assert here.ask("subscriber") == {"iccid": BLUE.iccid, "imsi": BLUE.imsi, "mnc": "3", "gid1": "4C", "gid2": "12FF"}


@pytest.mark.parametrize("way", WAYS)
def test_out_of_step_and_again(bench, way):
    """What the USIM says of its number is what the network goes on from."""
    here = bench(way)
    functions = network(here.enabled)
    here.enabled.step_to(4096)
    said = here.aka(functions.autn(RAND, 32))
    assert said["verdict"] == "out-of-step" and said["ck"] == "00" * 16
    vector = functions.vector(RAND, functions.read_auts(RAND, bytes.fromhex(said["auts"])) + 32)
    assert_answer(here.aka(vector.autn), vector)


@pytest.mark.parametrize("way", WAYS)
def test_rejected(bench, way):
    here = bench(way)
    said = here.aka(network(here.card.profiles[1]).autn(RAND, 32))
    assert (said["verdict"], said["res"]) == ("rejected", "")


@pytest.mark.parametrize("way", WAYS)
def test_pin(bench, way):
    here = bench(way)
    here.enabled.pin = "1234"
    said = here.aka(network(here.enabled).autn(RAND, 32))
    assert_refused(here, said, "CardError")
    assert "PIN" in said["words"] and here.card.usim.authentications == []


@pytest.mark.parametrize("way", WAYS)
def test_another_profile_is_enabled(bench, way):
    here = bench(way)
    blue = here.card.profiles[1]
    said = here.aka(network(here.enabled).autn(RAND, 32), profile=blue)
    assert_refused(here, said, "WrongState")
    assert_refused(here, here.aka(bytes(16), imsi=BLUE.imsi), "WrongState")
    assert here.card.usim.authentications == []


@pytest.mark.parametrize("way", WAYS)
def test_no_profile(bench, way, pki):
    profiles = demo_profiles()
    profiles[0].enabled = False
    here = bench(way, cards=[Card(pki, profiles=profiles)])
    # A modem that could ask by itself shows no profile either; where there is no second way, there is no USIM.
    assert_refused(here, here.aka(bytes(16), profile=AIS), "ModemError" if way == "mbim" else "NotSupported")


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_profile_changed_meanwhile(bench, way, follows):
    """Right after the USIM answered another profile is enabled: with a channel that notices, and one that does not."""
    here = bench(way)
    here.card.usim.follows = follows
    blue = ber.iccid_octets(BLUE.iccid)

    def change(profile, sw):
        here.card.usim.hooks.clear()
        here.card.euicc.enable(0x5A, blue, refresh=False)
    here.card.usim.hooks.append(change)
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), "WrongState")
    assert here.card.usim.authentications == [(AIS.iccid, 0x9000)]


@pytest.mark.parametrize("way", WAYS)
def test_imsi_changed_meanwhile(bench, way):
    """The same ICCID with another IMSI is another subscription."""
    here = bench(way)

    def change(profile, sw):
        profile.imsi = "520019999999999"
    here.card.usim.hooks.append(change)
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), "WrongState")


@pytest.mark.parametrize("way", ["mbim", "qmi"])
def test_slot_changed_meanwhile(bench, way, pki):
    here = bench(way, cards=[Card(pki, profiles=demo_profiles()), other_card(pki)], ready_delay=0.01)
    here.card.usim.hooks.append(lambda profile, sw: here.modem.switch_slot(1))
    said = here.aka(network(here.enabled).autn(RAND, 32))
    assert_refused(here, said, said["error"])
    assert here.modem.slots[1].usim.authentications == []


@pytest.mark.parametrize("way", ["mbim", "qmi"])
def test_other_slot_in_use(bench, way, pki):
    here = bench(way, cards=[other_card(pki), Card(pki, profiles=demo_profiles())])
    here.slot = 2
    profile = here.modem.slots[1].euicc.enabled
    assert_refused(here, here.aka(network(profile).autn(RAND, 32), profile=profile), "WrongState")


@pytest.mark.parametrize("way", ["mbim", "qmi"])
def test_second_line_does_not_matter(bench, way, pki):
    """A channel is of one slot, whatever else the modem does."""
    here = bench(way, cards=[Card(pki, profiles=demo_profiles()), other_card(pki)], second_slot=1, auth_slot=1)
    vector = network(here.enabled).vector(RAND, 32)
    assert_answer(here.aka(vector.autn), vector)


# -- by the modem --

def test_modem_asks(bench):
    here = bench("mbim", keeps_usim=True)
    functions, vector = network(here.enabled), network(here.enabled).vector(RAND, 32)
    assert_answer(here.aka(vector.autn, imsi=AIS.imsi), vector)
    said = here.aka(vector.autn)
    assert said["verdict"] == "out-of-step" and functions.read_auts(RAND, bytes.fromhex(said["auts"])) == 32
    assert here.aka(bytes(16))["verdict"] == "rejected"


def test_modem_wants_amf(bench):
    here = bench("mbim", keeps_usim=True, wants_amf_bit=True)
    assert here.aka(network(here.enabled).autn(RAND, 32, amf=bytes(2)))["verdict"] == "rejected"


def test_modem_does_not_say_auts(bench):
    here = bench("mbim", keeps_usim=True, auth_tells_auts=False)
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 0)), "ModemError")


@pytest.mark.parametrize("way, error", [("mbim", "NotSupported"), ("qmi", "ModemError")])
def test_no_way_at_all(bench, way, error):
    """Over QMI the refusal comes without a reason."""
    here = bench(way, keeps_usim=True, no_auth_service=True)
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), error)
    assert here.card.usim.authentications == []


def test_modem_without_channels_asks(bench):
    here = bench("mbim", no_uicc_service=True)
    vector = network(here.enabled).vector(RAND, 32)
    assert_answer(here.aka(vector.autn), vector)


def test_modem_locked(bench):
    here = bench("mbim", keeps_usim=True)
    here.enabled.pin = "1234"
    said = here.aka(network(here.enabled).autn(RAND, 32))
    assert_refused(here, said, "CardError")
    assert "PIN" in said["words"] and here.card.usim.authentications == []


@pytest.mark.parametrize("maps", [True, False])
def test_modem_with_two_lines(bench, pki, maps):
    """It would have asked the other one, and the answer would have been that of a stranger."""
    other = other_card(pki)
    here = bench("mbim", cards=[Card(pki, profiles=demo_profiles()), other], keeps_usim=True, second_slot=1, auth_slot=1,
                 knows_mappings=maps)
    assert_refused(here, here.aka(network(other.euicc.enabled).autn(RAND, 32)), "WrongState")
    assert other.usim.authentications == [] == here.card.usim.authentications


def test_modem_profile_changed_meanwhile(bench):
    here = bench("mbim", keeps_usim=True)

    def change(profile, sw):
        here.card.euicc.enable(0x5A, ber.iccid_octets(BLUE.iccid), refresh=False)
    here.card.usim.hooks.append(change)
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), "WrongState")
    assert here.card.usim.authentications == [(AIS.iccid, 0x9000)]


def test_modem_slot_changed_meanwhile(bench, pki):
    other = other_card(pki)
    here = bench("mbim", cards=[Card(pki, profiles=demo_profiles()), other], keeps_usim=True, ready_delay=0.01)
    here.card.usim.hooks.append(lambda profile, sw: here.modem.switch_slot(1))
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), "WrongState")


def test_modem_second_line_came_meanwhile(bench, pki):
    here = bench("mbim", cards=[Card(pki, profiles=demo_profiles()), other_card(pki)], keeps_usim=True)
    here.card.usim.hooks.append(lambda profile, sw: setattr(here.modem.quirks, "second_slot", 1))
    assert_refused(here, here.aka(network(here.enabled).autn(RAND, 32)), "WrongState")
