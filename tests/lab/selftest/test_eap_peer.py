# SPDX-License-Identifier: LGPL-2.1-or-later
"""The EAP-AKA server against a real peer: wpa_supplicant's, in eapol_test (package eapoltest)."""

import re
import shutil
import socket
import subprocess
import threading
import time

import pytest
from esimlab.eapserver import Conversation
from esimlab.hss import STEP, Hss, Subscriber
from esimlab.milenage import MacError, Milenage
from esimlab.radius import Radius

PEER = shutil.which("eapol_test") or shutil.which("eapol_test", path="/usr/sbin:/sbin")
pytestmark = pytest.mark.skipif(PEER is None, reason="eapol_test is not there")

IMSI = "001010000000013"
IDENTITY = f"0{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org"
K, OPC = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"


class Card:
    """Answers what eapol_test asks of a SIM over its control interface: Debian builds it without one of its own."""

    def __init__(self, folder, k, sqn):
        self._milenage, self.sqn = Milenage(bytes.fromhex(k), bytes.fromhex(OPC)), sqn
        self._peer = folder / "control" / "lab"
        self._own = str(folder / "card")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._own)
        self._socket.settimeout(10)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def attach(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self._socket.connect(str(self._peer))
                break
            except OSError:
                time.sleep(0.01)
        self._socket.send(b"ATTACH")
        self._thread.start()

    def close(self):
        self._thread.join(15)
        self._socket.close()

    def _serve(self):
        try:
            while message := self._socket.recv(4096):
                found = re.search(rb"CTRL-REQ-SIM-(\d+):UMTS-AUTH:([0-9a-f]+):([0-9a-f]+) ", message)
                if found:
                    answer = self._answer(bytes.fromhex(found[2].decode()), bytes.fromhex(found[3].decode()))
                    self._socket.send(f"CTRL-RSP-SIM-{int(found[1])}:{answer}".encode())
                elif b"EAP-SUCCESS" in message or b"EAP-FAILURE" in message or b"TERMINATING" in message:
                    return
        except OSError:
            return

    def _answer(self, rand, autn):
        try:
            sqn, _ = self._milenage.read_autn(rand, autn)
        except MacError:
            return "UMTS-FAIL"
        if sqn <= self.sqn:
            return f"UMTS-AUTS:{self._milenage.auts(rand, self.sqn).hex()}"
        self.sqn = sqn
        got = self._milenage.vector(rand, sqn)
        return f"UMTS-AUTH:{got.ik.hex()}:{got.ck.hex()}:{got.res.hex()}"


def run(tmp_path, *traps, sqn=0, k=K, hss=None):
    """(its exit code, the conversation, what it says)"""
    hss = hss or Hss([Subscriber(IMSI, bytes.fromhex(K), bytes.fromhex(OPC))])
    settings = tmp_path / "peer.conf"
    settings.write_text(f'ctrl_interface={tmp_path / "control"}\nexternal_sim=1\nnetwork={{\n key_mgmt=IEEE8021X\n eap=AKA\n'
                        f' identity="{IDENTITY}"\n}}\n')
    card = Card(tmp_path, k, sqn)
    with Radius(lambda told: Conversation(hss, told, traps)) as radius:
        command = [PEER, "-c", settings, "-a", "127.0.0.1", "-p", str(radius.port), "-s", "lab", "-t", "8", "-i", "lab", "-W"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            card.attach()
            said, _ = process.communicate(timeout=30)
    card.close()
    return process.returncode, radius.conversations[-1], said


@pytest.mark.parametrize("trap", [(), ("ask-any",), ("ask-full",), ("ask-permanent",), ("unknown-skippable",), ("no-checkcode",),
                                  ("result-indication",), ("pseudonym",)])
def test_it_authenticates(tmp_path, trap):
    """The keys are compared as well: eapol_test fails where the MSK differs."""
    code, talk, said = run(tmp_path, *trap)
    assert code == 0 and talk.imsi == IMSI and talk.found == [], said[-3000:]


def test_it_resynchronises(tmp_path):
    hss = Hss([Subscriber(IMSI, bytes.fromhex(K), bytes.fromhex(OPC))])
    code, talk, said = run(tmp_path, sqn=STEP * 40, hss=hss)
    assert hss.resynchronisations == 1 and talk.heard[:2] == ["resynchronisation", "challenge"], said[-3000:]
    assert code == 0 and talk.imsi == IMSI and talk.found == []


@pytest.mark.parametrize("trap, heard", [("wrong-mac", "client-error"), ("no-mac", "client-error"), ("wrong-checkcode", "client-error"),
                                         ("unknown-mandatory", "client-error"), ("no-rand", "client-error"),
                                         ("wrong-autn", "reject"), ("reauthentication", "client-error")])
def test_it_sees_through_traps(tmp_path, trap, heard):
    code, talk, said = run(tmp_path, trap)
    assert code != 0 and talk.imsi is None and talk.heard[-1] == heard and talk.found == [], said[-3000:]


@pytest.mark.parametrize("trap", ["failure-after", "failure-before", "failure-packet"])
def test_it_takes_a_no(tmp_path, trap):
    code, talk, _ = run(tmp_path, trap)
    assert code != 0 and talk.imsi is None


def test_another_key(tmp_path):
    code, talk, _ = run(tmp_path, k="00" * 16)
    assert code != 0 and talk.heard == ["reject"]
