# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real NetworkManager on a private bus, apart from the machine: in namespaces of its own for network and mounts, with
folders of its own, and told to manage no device. It keeps connections, and brings none up.

ESIM_NETWORK_MANAGER names a program that is not in the usual place.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from .bus import DIE_WITH_US
from .busclient import BusClient, BusError
from .nmbus import NAME, SETTINGS, SETTINGS_INTERFACE

CONFIGURATION = """[main]
plugins=keyfile
dhcp=internal
dns=none
rc-manager=unmanaged
hostname-mode=none
no-auto-default=*
auth-polkit={polkit}

[keyfile]
path={connections}
unmanaged-devices=*
"""

# What it would write to lies in memory, and goes with it.
INSIDE = """set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/NetworkManager /var/lib/NetworkManager
exec "$@"
"""


def program():
    return os.environ.get("ESIM_NETWORK_MANAGER") or shutil.which("NetworkManager", path="/usr/sbin:/usr/bin:/sbin:/bin")


def why_not():
    """Why it cannot run here, or None."""
    if program() is None:
        return "NetworkManager is not installed (package network-manager)"
    if os.getuid() != 0:
        return "NetworkManager runs as root alone"
    done = subprocess.run(["unshare", "-n", "-m", "--", "sh", "-c", "mount -t tmpfs tmpfs /run"],
                          capture_output=True, check=False)
    return None if done.returncode == 0 else "no namespaces of networks and mounts may be made here"


class RealNetworkManager:
    """Owns the name on `bus` (a lab's) until close(). polkit: whom it asks: "true", "false" or "root-only"."""

    def __init__(self, bus, *, polkit="root-only"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="esim-lab-nm-"))
        self.connections = self.folder / "connections"
        self.connections.mkdir(mode=0o700)
        empty = self.folder / "empty"
        empty.mkdir()
        configuration = self.folder / "NetworkManager.conf"
        configuration.write_text(CONFIGURATION.format(connections=self.connections, polkit=polkit), encoding="utf-8")
        command = [program(), "--no-daemon", f"--config={configuration}", f"--config-dir={empty}",
                   f"--intern-config={self.folder / 'intern.conf'}", f"--state-file={self.folder / 'state'}",
                   f"--pid-file={self.folder / 'pid'}"]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "-n", "-m", "--", "sh", "-c", INSIDE, "sh", *DIE_WITH_US, *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **bus.environment},
                start_new_session=True)
        self._wait(bus)

    def _wait(self, bus, seconds=20):
        deadline = time.monotonic() + seconds
        with BusClient(bus.address, NAME) as client:
            while not self._answers(client):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    words = self.log()
                    self.close()
                    raise RuntimeError(f"NetworkManager did not start: {words}")
                time.sleep(0.02)

    @staticmethod
    def _answers(client):
        """It has its name before it has anything to show."""
        try:
            return client.owner_pid() is not None and client.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == []
        except BusError:
            return False

    def files(self):
        """{name of the file: its text} of the connections on disk."""
        return {path.name: path.read_text(encoding="utf-8") for path in self.connections.iterdir()}

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
