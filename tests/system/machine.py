# SPDX-License-Identifier: LGPL-2.1-or-later
"""The emulated machine: what is put into it, how it is started, and what it says.

Its first serial port is the console, the second what the test runner of the guest says, line by line. The disks: the
root, a tar archive that is unpacked over it, and an empty one that the guest writes a tar archive of its logs to.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import tarfile
import time

from image import TOP
from initrd import initrd

HERE = pathlib.Path(__file__).resolve().parent
GUEST = "opt/esimd"
KERNEL_COMMAND = ("console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on net.ifnames=0 "
                  "systemd.show_status=false systemd.hostname=guest")
MEMORY = 2048
LOGS_SIZE = 256 << 20
# ESIMD_SANITIZED: the tests' helpers wait longer, as for a build that is several times slower.
SERVICE = """[Unit]
Description=System test of esimd
After=multi-user.target
[Service]
Type=exec
Environment=LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 ESIMD_SANITIZED=1
ExecStart=/usr/bin/python3 -u /opt/esimd/tests/system/guest/run.py {arguments}
StandardInput=null
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
"""
# With --debug: what these units say besides, for the search for a failure.
TALKATIVE = {
    "ModemManager.service": "ExecStart=\nExecStart=/usr/sbin/ModemManager --debug",
    "NetworkManager.service": "ExecStart=\nExecStart=/usr/sbin/NetworkManager --no-daemon --log-level=DEBUG",
    "esimd.service": "Environment=G_MESSAGES_DEBUG=all",
}


class MachineError(Exception):
    """It did not start, or did not come to an end."""


def payload(build, folder, arguments=(), debug=False):
    """The archive that is unpacked over the guest's root: esimd as `meson install` lays it, the laboratory, the tests,
    and the unit that runs them. Its path."""
    tree = folder / "payload"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", tree], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for part in ("lab", "system", "integration"):
        shutil.copytree(TOP / "tests" / part, tree / GUEST / "tests" / part,
                        ignore=shutil.ignore_patterns("__pycache__", "*.c", "selftest"))
    shutil.copytree(TOP / "data", tree / GUEST / "data")
    units = tree / "etc" / "systemd" / "system"
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True)
    text = SERVICE.format(arguments=shlex.join(arguments))
    (units / "esimd-system-test.service").write_text(text, encoding="utf-8")
    (wants / "esimd-system-test.service").symlink_to("../esimd-system-test.service")
    (tree / "etc" / "hostname").write_text("guest\n", encoding="ascii")
    if debug:
        for unit, line in TALKATIVE.items():
            (units / f"{unit}.d").mkdir()
            (units / f"{unit}.d" / "debug.conf").write_text(f"[Service]\n{line}\n", encoding="utf-8")
    archive = folder / "payload.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(tree, arcname=".", filter=_as_root)
    shutil.rmtree(tree)
    return archive


def _as_root(member):
    """Root's, with the modes of the root's own folders. In Debian /lib leads to /usr/lib, and a folder may not take a
    link's place."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    plain = member.name.removeprefix("./")
    if plain.split("/", 1)[0] in ("lib", "bin", "sbin", "lib64"):
        member.name = f"./usr/{plain}"
    if member.isdir():
        member.mode = 0o755
    return member


class Machine:
    """One run: start(), then lines() until the guest has powered itself off."""

    def __init__(self, image, archive, folder, *, cores=2, keep=False):
        self.image, self.archive, self.folder, self.cores, self.keep = image, archive, folder, cores, keep
        self.said, self.console, self.logs = folder / "runner.log", folder / "console.log", folder / "logs.raw"
        self.process = None

    def command(self):
        ramdisk = self.folder / "initrd.cpio"
        ramdisk.write_bytes(initrd(self.image))
        with open(self.logs, "wb") as file:
            file.truncate(LOGS_SIZE)
        for log in (self.said, self.console):
            log.write_bytes(b"")
        disks = [(self.image / "root.squashfs", "on"), (self.archive, "on"), (self.logs, "off")]
        # An empty USB controller: machines with modems have one, and the kernel's USB code is there from the start.
        command = ["qemu-system-x86_64", "-machine", "pc", "-accel", "tcg,thread=multi", "-cpu", "qemu64",
                   "-smp", str(self.cores), "-m", str(MEMORY), "-nodefaults", "-no-user-config", "-display", "none",
                   "-no-reboot", "-nic", "none", "-device", "qemu-xhci", "-kernel", str(self.image / "vmlinuz"),
                   "-initrd", str(ramdisk), "-append", KERNEL_COMMAND]
        for number, (path, readonly) in enumerate(disks):
            command += ["-drive", f"file={path},format=raw,if=none,id=d{number},readonly={readonly}",
                        "-device", f"virtio-blk-pci,drive=d{number}"]
        serial = "mon:stdio" if self.keep else f"file:{self.console}"
        return [*command, "-serial", serial, "-serial", f"file:{self.said}"]

    def start(self):
        stdin = None if self.keep else subprocess.DEVNULL
        with open(self.folder / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=stdin, stdout=None if self.keep else log,
                                            stderr=None if self.keep else log)

    def lines(self, timeout):
        """What the runner says, a line at a time, until the machine is off. MachineError when it takes too long."""
        deadline = time.monotonic() + timeout
        with open(self.said, "r", encoding="utf-8", errors="replace") as reading:
            pending = ""
            while True:
                over = self.process.poll() is not None
                pending += reading.read()
                *whole, pending = pending.split("\n")
                for line in whole:
                    yield line.rstrip("\r")
                if over:
                    break
                if time.monotonic() > deadline:
                    self.stop()
                    raise MachineError(f"the machine was not done after {timeout} s")
                # A file has no event to wait for without more machinery than it is worth; nothing depends on it.
                time.sleep(0.2)
        if self.process.returncode != 0:
            raise MachineError((self.folder / "qemu.log").read_text(encoding="utf-8", errors="replace"))

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def unpack_logs(self, to):
        """The guest's logs; whether there were any."""
        if not self.logs.exists():
            return False
        shutil.rmtree(to, ignore_errors=True)
        try:
            with tarfile.open(self.logs) as tar:
                tar.extractall(to)
        except tarfile.TarError:
            return False
        finally:
            os.unlink(self.logs)
        return True

    def tail(self, count=40):
        """The console's last lines, for a machine that did not come up."""
        text = self.console.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-count:])
