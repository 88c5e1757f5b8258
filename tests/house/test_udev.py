# SPDX-License-Identifier: LGPL-2.1-or-later
"""The udev rule, judged by the real udevadm over devices that umockdev pretends to have."""

import subprocess

import pytest

# udevadm reads rules from fixed folders; a mount namespace puts ours where it looks, and keeps
# what it writes away from the machine.
NAMESPACE = """
set -e
mount -t tmpfs none /run
mkdir -p /run/udev/rules.d
cp "$1"/*.rules "$2" /run/udev/rules.d/
exec umockdev-wrapper /usr/bin/python3 -c "$3" "$4" "$5" "$6"
"""

DEVICES = """
import os, subprocess, sys
import gi
gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev
bed = UMockdev.Testbed.new()
kind, name, action = sys.argv[1:4]

def bind(device, bus, driver):
    folder = bed.get_root_dir() + "/sys/bus/" + bus + "/drivers/" + driver
    os.makedirs(folder)
    os.symlink(folder, bed.get_root_dir() + device + "/driver")

if kind.startswith("wwan:"):
    path = bed.add_device("wwan", name, None, ["type", kind[5:] + "\\n"], ["DEVNAME", "/dev/" + name])
elif kind.startswith("net:"):
    chip = bed.add_device("platform", "1e40000.ipa", None, [], [])
    bind(chip, "platform", kind[4:])
    path = bed.add_device("net", name, chip, ["address", "00:00:00:00:00:00\\n"], ["INTERFACE", name])
else:
    usb = bed.add_device("usb", "1-1", None, [], ["DEVTYPE", "usb_device"])
    interface = bed.add_device("usb", "1-1:1.0", usb, [], ["DEVTYPE", "usb_interface"])
    bind(interface, "usb", kind)
    path = bed.add_device("usbmisc", name, interface, [], ["DEVNAME", "/dev/" + name])
done = subprocess.run(["udevadm", "test", "--action=" + action, path], capture_output=True, text=True)
print(done.stdout)
print(done.stderr, file=sys.stderr)
"""


@pytest.fixture
def isolated(unshare):
    return unshare("m")


def judge(top, isolated, tmp_path, kind, name, action="add", before=""):
    """What udevadm makes of one device: its properties."""
    earlier = tmp_path / "rules"
    earlier.mkdir()
    (earlier / "50-before.rules").write_text(before + "\n")
    done = subprocess.run([*isolated, "/bin/sh", "-c", NAMESPACE, "sh", str(earlier),
                           str(top / "systemd" / "77-esimd.rules"), DEVICES, kind, name, action],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "77-esimd.rules" in done.stderr
    complaints = [line for line in done.stderr.splitlines() if "77-esimd.rules:" in line]
    assert complaints == []
    # From systemd 257 on under a heading, indented.
    return dict(line.strip().split("=", 1) for line in done.stdout.splitlines() if "=" in line)


CONTROL_PORTS = [("cdc_mbim", "cdc-wdm0", "mbim"), ("qmi_wwan", "cdc-wdm0", "qmi"),
                 ("wwan:MBIM", "wwan0mbim0", "mbim"), ("wwan:QMI", "wwan0qmi0", "qmi")]


@pytest.mark.parametrize("kind, name, transport", CONTROL_PORTS)
@pytest.mark.parametrize("action", ["add", "change"])
def test_control_port_starts_the_daemon(top, isolated, tmp_path, kind, name, transport, action):
    seen = judge(top, isolated, tmp_path, kind, name, action)
    assert seen["ESIMD_TRANSPORT"] == transport
    assert {"systemd", "esimd"} <= set(seen["TAGS"].strip(":").split(":"))
    assert "esimd.service" in seen["SYSTEMD_WANTS"].split()


@pytest.mark.parametrize("kind, name", [
    ("cdc_wdm", "cdc-wdm0"), ("huawei_cdc_ncm", "cdc-wdm0"), ("wwan:AT", "wwan0at0"), ("wwan:QCDM", "wwan0qcdm0"),
    ("wwan:XMMRPC", "wwan0xmmrpc0")])
def test_other_ports_are_left_alone(top, isolated, tmp_path, kind, name):
    seen = judge(top, isolated, tmp_path, kind, name)
    assert seen["DEVNAME"] == f"/dev/{name}"
    assert "ESIMD_TRANSPORT" not in seen and "SYSTEMD_WANTS" not in seen
    assert "esimd" not in seen.get("TAGS", "").split(":")


@pytest.mark.parametrize("kind, name, transport", CONTROL_PORTS)
def test_administrator_can_exempt_a_modem(top, isolated, tmp_path, kind, name, transport):
    """The daemon is not started for it; where it runs, it knows of the port and can say why it is left out."""
    seen = judge(top, isolated, tmp_path, kind, name, before=f'KERNEL=="{name}", ENV{{ESIMD_IGNORE}}="1"')
    assert seen["ESIMD_IGNORE"] == "1" and seen["ESIMD_TRANSPORT"] == transport
    assert "SYSTEMD_WANTS" not in seen
    assert seen["TAGS"].strip(":").split(":") == ["esimd"]


def test_what_modem_manager_ignores_is_ours_still(top, isolated, tmp_path):
    before = 'SUBSYSTEM=="usbmisc", ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"'
    seen = judge(top, isolated, tmp_path, "cdc_mbim", "cdc-wdm0", before=before)
    assert "esimd.service" in seen["SYSTEMD_WANTS"].split()


@pytest.mark.parametrize("driver", ["ipa", "bam-dmux"])
def test_modem_of_a_phones_chip_starts_the_daemon(top, isolated, tmp_path, driver):
    """Its control port has no node; its network interface is what udev sees of it."""
    seen = judge(top, isolated, tmp_path, "net:" + driver, "rmnet_ipa0")
    assert "esimd.service" in seen["SYSTEMD_WANTS"].split() and "systemd" in seen["TAGS"].split(":")
    assert "ESIMD_TRANSPORT" not in seen


def test_other_interfaces_start_nothing(top, isolated, tmp_path):
    seen = judge(top, isolated, tmp_path, "net:e1000e", "eth0")
    assert seen["INTERFACE"] == "eth0" and "SYSTEMD_WANTS" not in seen
