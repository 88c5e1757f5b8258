# SPDX-License-Identifier: LGPL-2.1-or-later
"""The systemd stand-in on a private bus, asked by busctl; and the laboratory's proxy, which it starts again."""

import os
import subprocess

import pytest

from esimlab import netns
from esimlab.bus import Bus
from esimlab.lab import Lab
from esimlab.systemd1 import INTERFACE, NAME, PATH, Systemd1


def ask(bus, unit, mode="replace"):
    done = subprocess.run(["busctl", "call", f"--address={bus.address}", NAME, PATH, INTERFACE, "StartUnit", "ss", unit, mode],
                          capture_output=True, text=True, timeout=20, env=os.environ, check=False)
    return done.stdout.strip() or done.stderr.strip()


def test_units_are_started_unless_they_are_active():
    started = []

    def fail():
        raise RuntimeError("no such program")

    units = {"x.service": (lambda: bool(started), lambda: started.append("x")), "z.service": (lambda: False, fail)}
    with Bus() as bus, Systemd1(bus.address, units) as systemd:
        assert ask(bus, "x.service").startswith(f'o "{PATH}/job/')
        assert ask(bus, "x.service").startswith('o "')
        assert "not found" in ask(bus, "y.service")
        assert "invalid" in ask(bus, "x.service", "sometime")
        assert ask(bus, "z.service").startswith('o "')
        assert systemd.asked == ["x.service", "x.service", "y.service", "x.service", "z.service"]
    assert started == ["x"] and systemd.failures == ["z.service: no such program"]


@pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here")
def test_proxy_is_a_unit(pki):
    with Lab(pki=pki, daemon=False, transport="qmi", proxy=True) as lab:
        lab.proxy.close()
        assert not lab.namespace.listens_at("qmi-proxy")
        assert ask(lab.bus, "esimd-qmi-proxy.service").startswith('o "')
        lab.client.wait_until(lambda: lab.namespace.listens_at("qmi-proxy"), 10)
