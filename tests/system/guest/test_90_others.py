# SPDX-License-Identifier: LGPL-2.1-or-later
"""An eUICC that is not behind a USB modem: at the kernel's QRTR bus, and in a smart card reader."""

import pathlib
import socket

import pytest
from esimlab.reader import ATRS, Slot
from guest import CONFIGURATION, DAEMON, run, wait_for

READER = "Virtual PCD 00 00"
VPCD_PORT = 0x8C7B
PCSCD = "pcscd.service"


def walk(guest):
    """A profile is enabled, and deregistered to the end."""
    profile = next(one for one in guest.card.profiles if not one.enabled)
    guest.esimctl("enable", profile.iccid)
    assert guest.card.active_iccid() == profile.iccid
    guest.esimctl("deregister", profile.iccid, "--method", "local", "--yes", "--contract-continues")
    assert guest.card.profile(profile.iccid) is None
    assert "delete" in {notice.notice.event for notice in guest.smdp.received
                        if (notice.notice.iccid, notice.notice.eid) == (profile.iccid, guest.card.eid)}
    assert not guest.smdp.violations


@pytest.fixture
def configuration(guest):
    """Gives the daemon more to read, with a restart; takes it away again."""
    before = CONFIGURATION.read_text(encoding="utf-8")

    def configure(**groups):
        guest.write_config(**{name.replace("_", " "): keys for name, keys in groups.items()})
        run("systemctl", "restart", DAEMON)
    yield configure
    CONFIGURATION.write_text(before, encoding="utf-8")
    run("systemctl", "stop", DAEMON)


def test_qrtr(guest, configuration):
    """The kernel's own bus. What programs of this machine offer there is no modem unless an administrator says so."""
    run("modprobe", "qrtr")
    guest.make_modem("qrtr")
    configuration()
    wait_for(guest.ready, "Ready of esimd")
    assert guest.wire.path not in run("esimctl", "status")
    configuration(modem_lab={"device": guest.wire.path, "transport": "qrtr"})
    guest.wait_profiles()
    assert guest.wire.path in run("esimctl", "status")
    walk(guest)
    guest.unplug()


@pytest.fixture
def slot(guest):
    """The system's own pcscd with its driver vpcd, and a slot of the reader."""
    pathlib.Path("/etc/default/pcscd").write_text("PCSCD_ARGS=--debug\n", encoding="ascii")
    # The socket unit would start it for the first caller; whoever wants a card in its reader has to be earlier.
    run("systemctl", "restart", PCSCD)

    def is_seen():
        log = run("journalctl", "-b", "-u", PCSCD, "--no-pager", "-o", "cat")
        return log.count(f"Card inserted into {READER}") > log.count(f"Card Removed From {READER}")
    wait_for(lambda: str(VPCD_PORT) in run("ss", "-ltn"), "vpcd")
    made = Slot(lambda: socket.create_connection(("127.0.0.1", VPCD_PORT)), is_seen, ATRS[0])
    yield made
    made.pull()


def test_pcsc(guest, slot, configuration):
    guest.need("pcsc")
    guest.unplug()
    guest.make_card()
    slot.insert(guest.card)
    configuration(pcsc={"enabled": "true"})
    guest.wait_profiles()
    assert READER in run("esimctl", "status")
    walk(guest)
