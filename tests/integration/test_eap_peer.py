# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's EAP-AKA before an EAP server that others wrote: hostapd's, over RADIUS."""

import contextlib
import shutil

import pytest
from eappeers import ACCESS_ACCEPT, ACCESS_REJECT, Hostapd, Peer, RadiusClient, Register, Usim, converse, make_keys
from esimlab.milenage import Milenage

IMSI = "001010000000001"
IDENTITY = f"0{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org"
SUCCESS, FAILURE = 3, 4
CHALLENGE, REJECT, SYNCHRONISATION, IDENTITY_SUBTYPE, NOTIFICATION, CLIENT_ERROR = 1, 2, 4, 5, 12, 14


class Scene:
    """hostapd, the network's register, and as many peers as a test makes."""

    def __init__(self, stack, build, folder, more):
        path = folder / "register"
        self._stack, self._program = stack, str(build / "tests" / "eap-peer")
        self.keys = make_keys()
        self.register = stack.enter_context(contextlib.closing(Register(path, IMSI, self.keys, 1 << 10)))
        program = shutil.which("hostapd", path="/usr/sbin:/usr/bin")
        assert program, "hostapd is not installed: tools/packages test"
        self.hostapd = stack.enter_context(contextlib.closing(Hostapd(program, folder, path, more)))

    def authenticate(self, usim, identity=IDENTITY):
        peer = self._stack.enter_context(contextlib.closing(Peer(self._program, identity, usim)))
        radius = self._stack.enter_context(contextlib.closing(RadiusClient(self.hostapd.port)))
        code, eap = converse(radius, peer, identity)
        return code, eap, peer


@pytest.fixture
def make_scene(build, tmp_path):
    with contextlib.ExitStack() as stack:
        yield lambda *more: Scene(stack, build, tmp_path, more)


def test_accepted(make_scene):
    """hostapd asks for the identity, so the code over those packets (AT_CHECKCODE) goes both ways."""
    scene = make_scene()
    usim = Usim(scene.keys)
    code, eap, peer = scene.authenticate(usim)
    assert (code, eap[0]) == (ACCESS_ACCEPT, SUCCESS)
    assert peer.said == [IDENTITY_SUBTYPE, CHALLENGE] and peer.state == "answered"
    assert usim.asked == scene.register.asked == 1
    log = scene.hostapd.get_log()
    assert "Challenge response includes the correct AT_MAC" in log and "AT_CHECKCODE" in log


def test_twice(make_scene):
    """hostapd gives names for the next time; the peer leaves them alone, and is authenticated in full again."""
    scene = make_scene("eap_sim_id=3")
    usim = Usim(scene.keys)
    for times in (1, 2):
        code, _, peer = scene.authenticate(usim)
        assert code == ACCESS_ACCEPT and peer.state == "answered"
        assert usim.asked == times


def test_result_indication_is_passed_over(make_scene):
    scene = make_scene("eap_sim_aka_result_ind=1")
    code, _, peer = scene.authenticate(Usim(scene.keys))
    assert code == ACCESS_ACCEPT and peer.said == [IDENTITY_SUBTYPE, CHALLENGE]


def test_out_of_step(make_scene):
    """The card is ahead of the network."""
    scene = make_scene()
    usim = Usim(scene.keys, sqn=1 << 20)
    code, eap, peer = scene.authenticate(usim)
    assert (code, eap[0]) == (ACCESS_ACCEPT, SUCCESS)
    assert peer.said == [IDENTITY_SUBTYPE, SYNCHRONISATION, CHALLENGE] and peer.state == "answered"
    assert scene.register.resynchronised == 1 and usim.asked == 2


def test_network_that_does_not_hear(make_scene):
    """It takes no number from the card: the peer does not go on for ever."""
    scene = make_scene()
    scene.register.deaf = True
    usim = Usim(scene.keys, sqn=1 << 20)
    code, eap, peer = scene.authenticate(usim)
    assert (code, eap[0]) == (ACCESS_REJECT, FAILURE)
    assert peer.said == [IDENTITY_SUBTYPE, SYNCHRONISATION, SYNCHRONISATION, CLIENT_ERROR] and peer.state == "problem"
    assert usim.asked == 3


def test_another_network(make_scene):
    """The card does not know the keys by which it was challenged."""
    scene = make_scene()
    other = Milenage(bytes(range(16)), bytes(range(16, 32)))
    code, eap, peer = scene.authenticate(Usim(other))
    assert (code, eap[0]) == (ACCESS_REJECT, FAILURE)
    assert peer.said == [IDENTITY_SUBTYPE, REJECT] and peer.state == "problem"


def test_keys_that_differ(make_scene):
    """IK is another one than the server's: its MAC does not prove itself, and it is not given RES."""
    scene = make_scene()

    class Odd(Usim):
        def authenticate(self, rand, autn):
            word, res, ik, ck = super().authenticate(rand, autn).split()
            return f"{word} {res} {bytes(16).hex()} {ck}"

    code, eap, peer = scene.authenticate(Odd(scene.keys))
    assert (code, eap[0]) == (ACCESS_REJECT, FAILURE)
    assert peer.said == [IDENTITY_SUBTYPE, CLIENT_ERROR] and peer.state == "problem"
    assert "Client reported error 0" in scene.hostapd.get_log()


def test_wrong_response(make_scene):
    """The server expects another RES: it says so by a notification of before authentication, without a MAC."""
    scene = make_scene()
    scene.register.res = bytes(8)
    code, eap, peer = scene.authenticate(Usim(scene.keys))
    assert (code, eap[0]) == (ACCESS_REJECT, FAILURE)
    assert peer.said == [IDENTITY_SUBTYPE, CHALLENGE, NOTIFICATION] and peer.state == "problem"


def test_unknown_subscriber(make_scene):
    scene = make_scene()
    usim = Usim(scene.keys)
    identity = IDENTITY.replace(IMSI, "001010000000009")
    code, eap, peer = scene.authenticate(usim, identity)
    assert (code, eap[0]) == (ACCESS_REJECT, FAILURE)
    assert usim.asked == 0 and CHALLENGE not in peer.said and peer.state in ("open", "problem")
