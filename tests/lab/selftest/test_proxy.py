# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory with the real proxies before its modem."""

import configparser
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from esimlab import netns
from esimlab.lab import Lab
from test_lab import TOP, build  # noqa: F401

pytestmark = pytest.mark.skipif(not netns.available(), reason="this machine allows no namespaces here: run as root outside a "
                                                              "chroot, or allow user namespaces")


def cli(lab, *arguments):
    """The transport's own tool, through the proxy."""
    tool = {"mbim": ["mbimcli"], "qmi": ["qmicli", "--device-open-qmi"], "qmi-over-mbim": ["qmicli", "--device-open-mbim"]}
    done = lab.run(*tool[lab.transport], "-d", lab.wire.path, "-p", *arguments)
    return done.stdout + done.stderr


@pytest.mark.parametrize("transport, question", [
    ("mbim", "--query-subscriber-ready-status"), ("qmi", "--uim-get-slot-status"),
    ("qmi-over-mbim", "--uim-get-slot-status")])
def test_each_way(pki, transport, question):
    with Lab(pki=pki, daemon=False, transport=transport, proxy=True) as lab:
        for _ in range(2):
            assert lab.card.active_iccid() in cli(lab, question), lab.proxy.log_file.read_text()
        written = configparser.ConfigParser(interpolation=None)
        written.read(lab.config_file)
        assert (written["modem lab"]["transport"], written["modem lab"]["use-proxy"]) == (transport, "true")
        lab.proxy.kill()
        assert not lab.namespace.listens_at(lab.proxy.name)
        lab.proxy.start()
        assert lab.card.active_iccid() in cli(lab, question)
        assert lab.modem.errors == [] and lab.modem.syncs == 0


@pytest.mark.parametrize("transport, question", [
    ("qmi", ["qmicli", "--device-open-qmi", "--dms-get-ids"]), ("mbim", ["mbimcli", "--query-device-caps"])])
def test_several_at_once(pki, transport, question):
    with Lab(pki=pki, daemon=False, transport=transport, proxy=True) as lab:
        askers = [subprocess.Popen([*lab.wrap, *question, "-p", "-d", lab.wire.path], stdout=subprocess.PIPE, text=True,
                                   env=lab.environment) for _ in range(4)]
        said = [asker.communicate(timeout=30)[0] for asker in askers]
        assert all(lab.modem.quirks.imei in words for words in said), said
        assert lab.modem.errors == []


def test_without_a_proxy_nothing_says_so(pki):
    with Lab(pki=pki, daemon=False, transport="qmi") as lab:
        assert "use-proxy" not in lab.settings()["modem lab"] or lab.settings()["modem lab"]["use-proxy"] is None
        assert "use-proxy" not in lab.config_file.read_text() and lab.wrap == []
        done = lab.run("qmicli", "--device-open-qmi", "-d", lab.wire.path, "--uim-get-slot-status")
        assert lab.card.active_iccid() in done.stdout
    with pytest.raises(ValueError, match="transport is one of"):
        Lab(transport="at")


CONNECT = """
import socket, ssl, sys
context = ssl._create_unverified_context()
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5), server_hostname=sys.argv[2]) as made:
    print(made.version())
"""


def test_servers_are_reached_from_inside_and_outside(pki):
    with Lab(pki=pki, daemon=False, transport="qmi", proxy=True) as lab:
        before = lab.smdp.connections
        inside = lab.run(sys.executable, "-c", CONNECT, lab.smdp.port, "smdp.lab.example")
        assert inside.stdout.startswith("TLS"), inside.stderr
        context = ssl._create_unverified_context()
        with context.wrap_socket(socket.create_connection(("127.0.0.1", lab.smdp.port), 5),
                                 server_hostname="smdp.lab.example") as made:
            assert made.version().startswith("TLS")
        assert lab.smdp.connections == before + 2
    assert subprocess.run(["ss", "-xl"], capture_output=True, text=True, check=False).stdout.count("@qmi-proxy") == 0


def test_the_daemon_is_inside(build, pki):  # noqa: F811
    with Lab(build=build, pki=pki, transport="qmi", proxy=True) as lab:
        space = os.readlink(f"/proc/{lab.namespace.holder.pid}/ns/net")
        assert os.readlink(f"/proc/{lab.daemon.pid}/ns/net") == space != os.readlink("/proc/self/ns/net")
        assert lab.daemon.ready()
        proxy, holder = lab.proxy.process.pid, lab.namespace.holder.pid
    assert not Path(f"/proc/{proxy}").exists() and not Path(f"/proc/{holder}").exists()
    with Lab(build=build, pki=pki, transport="mbim", proxy=True, activated=True) as lab:
        assert os.readlink(f"/proc/{lab.daemon.pid}/ns/net") != os.readlink("/proc/self/ns/net")


def test_in_the_command(build):  # noqa: F811
    done = subprocess.run([str(TOP / "tools" / "lab"), "--build", str(build), "--transport", "qmi", "--proxy", "--run",
                           "sh", "-c", "grep -c '@qmi-proxy' /proc/net/unix"], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0 and int(done.stdout) >= 1, done.stderr
