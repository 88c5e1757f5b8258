# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stock Debian with esimd installed and no modem."""

import pathlib

from guest import DAEMON, PROXY, is_active, modules, run, show


def test_the_system_is_up():
    assert pathlib.Path("/proc/1/comm").read_text(encoding="ascii") == "systemd\n"
    assert is_active("multi-user.target")
    for unit in ("dbus.service", "polkit.service", "systemd-udevd.service", "ModemManager.service",
                 "NetworkManager.service"):
        assert is_active(unit), unit
    assert run("systemctl", "--failed", "--no-legend", "--plain") == ""


def test_nothing_of_esimd_runs_without_a_modem():
    for unit in (DAEMON, PROXY):
        assert show(unit, "LoadState", "ActiveState") == {"LoadState": "loaded", "ActiveState": "inactive"}


def test_no_driver_of_a_modem_is_loaded_yet():
    assert not modules() & {"cdc_mbim", "cdc_wdm", "qmi_wwan", "wwan"}


def test_the_bus_and_polkit_know_esimd():
    assert "org.esimd1" in run("busctl", "--activatable", "list", "--no-legend")
    told = run("pkaction", "--action-id", "org.esimd1.deregister", "--verbose")
    assert "implicit any:      auth_admin" in told
