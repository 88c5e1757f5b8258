# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each line of a unit's sandbox must do, as probe.py can see it, and units that run probe.py under chosen lines."""

import dataclasses
import json
import os
import pathlib

from guest import WORK, run, show, wait_for

UNITS = pathlib.Path("/run/systemd/system")
PROBE = pathlib.Path(__file__).with_name("probe.py")
PYTHON = os.path.realpath("/usr/bin/python3")
CODE_32 = pathlib.Path("/usr/lib/esimd-probe.bin")
# What starts, ends and names the service, and keeps nothing from it.
NOT_SANDBOX = {"Type", "BusName", "ExecStart", "ExecCondition", "Restart", "RestartSec", "TimeoutStopSec",
               "SuccessExitStatus"}
SIGSYS = "signal 31"
SYSTEM_SERVICE, EPERM_FOR_CALLS = "SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM"
STRICT = "ProtectSystem=strict"


@dataclasses.dataclass
class Line:
    """One line of a unit's [Service].

    does: {probe: result} under this line and `company`, the lines that it needs to have an effect. without: the results
    of the same probes under the company alone ("done" for those not named), or None where it states a default.
    instead: lines that stand there in its place then. full: results in the whole unit, where another line strikes first.
    """

    does: dict
    company: tuple = ()
    without: dict | None = dataclasses.field(default_factory=dict)
    instead: tuple = ()
    full: dict = dataclasses.field(default_factory=dict)


FAMILIES = {"socket_packet": "EAFNOSUPPORT", "socket_alg": "EAFNOSUPPORT", "socket_vsock": "EAFNOSUPPORT"}
DAEMON_FAMILIES = "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_QIPCRTR"
USED = {"socket_unix": "done", "socket_netlink": "done", "socket_inet": "done", "socket_inet6": "done",
        "socket_qrtr": "done", **FAMILIES}
UNUSED = {"socket_inet": "EAFNOSUPPORT", "socket_inet6": "EAFNOSUPPORT", **FAMILIES}

LINES = {
    "LimitCORE=0": Line({"dump_core": "EPERM"}),
    "UMask=0077": Line({"file_mask": "0o77"}, without={"file_mask": "0o22"}),

    "StateDirectory=esimd": Line({"write_state": "done"}, (STRICT,), {"write_state": "EROFS"}),
    "StateDirectoryMode=0700": Line({"state_mode": "0o700"}, ("StateDirectory=esimd",), {"state_mode": "0o755"}),
    "RuntimeDirectory=esimd": Line({"write_runtime": "done"}, (STRICT,), {"write_runtime": "EROFS"}),
    "RuntimeDirectoryMode=0700": Line({"runtime_mode": "0o700"}, ("RuntimeDirectory=esimd",), {"runtime_mode": "0o755"}),
    "ConfigurationDirectory=esimd": Line({"read_configuration": "done"}, (), {"read_configuration": "KeyError"}),
    "ConfigurationDirectoryMode=0755": Line({"configuration_mode": "0o755"}, ("ConfigurationDirectory=esimd",), None),
    STRICT: Line({"write_usr": "EROFS", "write_etc": "EROFS", "write_var": "EROFS"}),
    "ProtectHome=yes": Line({"read_root_home": "empty", "read_users_home": "empty"},
                            full={"read_root_home": "EACCES", "read_users_home": "EACCES"}),
    "PrivateTmp=yes": Line({"see_others_tmp": "ENOENT"}),
    "PrivateMounts=yes": Line({"share_mounts": "ENOENT"}),

    "CapabilityBoundingSet=": Line({"capabilities": "EPERM"}),
    "NoNewPrivileges=yes": Line({"gain_privileges": "EPERM"}),

    "DevicePolicy=closed": Line({"open_disk": "EPERM", "open_kernel_memory": "EPERM", "open_terminal": "EPERM",
                                 "open_modem": "EPERM", "open_wwan_port": "EPERM", "open_null": "done"},
                                without={"open_wwan_port": "ENODEV"},
                                full={"open_modem": "done", "open_wwan_port": "ENODEV"}),
    "DeviceAllow=char-usb rw": Line({"open_modem": "done", "open_wwan_port": "EPERM"}, ("DevicePolicy=closed",),
                                    {"open_modem": "EPERM", "open_wwan_port": "EPERM"}, full={"open_wwan_port": "ENODEV"}),
    "DeviceAllow=char-wwan_port rw": Line({"open_wwan_port": "ENODEV", "open_modem": "EPERM"}, ("DevicePolicy=closed",),
                                          {"open_modem": "EPERM", "open_wwan_port": "EPERM"}, full={"open_modem": "done"}),

    DAEMON_FAMILIES: Line(USED),
    "RestrictAddressFamilies=AF_UNIX AF_NETLINK": Line(UNUSED),
    "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_QIPCRTR": Line({**UNUSED, "socket_qrtr": "done"}),
    "IPAddressDeny=any": Line({"send_over_ip": "EPERM"}, full={"send_over_ip": "EAFNOSUPPORT"}),

    "ProtectKernelTunables=yes": Line({"write_tunable": "EROFS", "write_sys": "EROFS"}),
    "ProtectKernelModules=yes": Line({"load_module": "EPERM", "read_modules": "empty"}, full={"read_modules": "EACCES"}),
    "ProtectKernelLogs=yes": Line({"read_kernel_log": "EPERM", "open_kernel_log": "EACCES"}),
    "ProtectControlGroups=yes": Line({"make_control_group": "EROFS"}),
    "ProtectClock=yes": Line({"set_clock": "EPERM"}),
    "ProtectHostname=yes": Line({"set_hostname": "EPERM", "share_hostname": "EPERM"}),
    "ProtectProc=ptraceable": Line({"see_processes": "ENOENT"}, ("CapabilityBoundingSet=",)),
    "ProcSubset=pid": Line({"see_kernel_in_proc": "ENOENT"}, full={"write_tunable": "ENOENT"}),
    "RestrictNamespaces=yes": Line({"make_user_namespace": "EPERM", "make_mount_namespace": "EPERM"}),
    "RestrictRealtime=yes": Line({"run_in_real_time": "EPERM"}),
    "RestrictSUIDSGID=yes": Line({"set_suid": "EPERM"}),
    "LockPersonality=yes": Line({"change_personality": "EPERM"}),
    "MemoryDenyWriteExecute=yes": Line({"write_and_execute_memory": "EPERM"}),
    "KeyringMode=private": Line({"share_keyring": "EPERM"}, instead=("KeyringMode=inherit",)),
    "SystemCallArchitectures=native": Line({"call_as_32_bit": SIGSYS}),
    SYSTEM_SERVICE: Line({"trace": "EPERM", "change_root": "EPERM"}, (EPERM_FOR_CALLS,)),
    "SystemCallFilter=~@privileged @resources": Line(
        {"change_user": "EPERM", "be_nice": "EPERM", "choose_processor": "EPERM"}, (SYSTEM_SERVICE, EPERM_FOR_CALLS)),
    EPERM_FOR_CALLS: Line({"trace": "EPERM"}, (SYSTEM_SERVICE,), {"trace": SIGSYS}),
}


def service_lines(unit):
    """The lines of [Service] of an installed unit."""
    path = next(folder / unit for folder in (pathlib.Path("/usr/lib/systemd/system"), pathlib.Path("/etc/systemd/system"))
                if (folder / unit).exists())
    section, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            found.append(line)
    return found


def sandbox_lines(unit):
    return [line for line in service_lines(unit) if line.split("=", 1)[0] not in NOT_SANDBOX]


class Bench:
    """Runs probe.py under chosen lines. node, port: a modem's control node, and a port of the WWAN framework."""

    AT_ONCE = 8

    def __init__(self, node, port):
        self.words = [os.readlink("/proc/1/ns/mnt"), str(node), str(port), os.readlink("/proc/1/ns/uts")]
        CODE_32.write_bytes(bytes.fromhex("b814000000cd80c3"))
        pathlib.Path("/tmp/esimd-probe-was-here").touch()
        pathlib.Path("/home/somebody").mkdir(exist_ok=True)
        self.known = {}     # (lines, probes): results, or why there are none

    def prepare(self, jobs):
        """Run many (lines, probes), some at the same time: to start them one by one takes minutes."""
        jobs = [job for job in dict.fromkeys(jobs) if job not in self.known]
        for first in range(0, len(jobs), self.AT_ONCE):
            some = {f"esimd-probe-{len(self.known) + number}": job
                    for number, job in enumerate(jobs[first:first + self.AT_ONCE])}
            for name, (lines, probes) in some.items():
                self._write(name, lines, probes)
            run("systemctl", "daemon-reload")
            # Each ends by itself; one that cannot start fails this command, and is told of by its own outcome.
            run("systemctl", "start", *some, check=False, timeout=300)
            # What systemd does after the program's end is done when it says so.
            wait_for(lambda some=some: all(show(name, "ActiveState")["ActiveState"] in ("inactive", "failed") for name in some),
                     "the end of the probes")
            for name, job in some.items():
                self.known[job] = self._read(name)
                (UNITS / f"{name}.service").unlink()

    def _write(self, name, lines, probes):
        command = " ".join([PYTHON, str(PROBE), *self.words, *([",".join(probes)] if probes else [])])
        (WORK / name).unlink(missing_ok=True)
        # Folders of its own, so that the daemon's and those of others are left in peace.
        own = [f"{line.split('=', 1)[0]}={name}" if line.endswith("Directory=esimd") else line for line in lines]
        text = ["[Unit]", "CollectMode=inactive-or-failed", "[Service]", "Type=oneshot", f"ExecStart={command}",
                f"StandardOutput=truncate:{WORK / name}", *own]
        (UNITS / f"{name}.service").write_text("\n".join(text) + "\n", encoding="utf-8")

    def _read(self, name):
        told = WORK / name
        for line in told.read_text(encoding="utf-8").splitlines() if told.exists() else []:
            if line.startswith("probe:"):
                return json.loads(line.removeprefix("probe:"))
        return run("journalctl", "-u", name, "-n", 8, "--no-pager", check=False).stdout

    def under(self, lines, probes=()):
        """{probe: result} in a service of these lines. RuntimeError if it does not even start."""
        job = (tuple(lines), tuple(probes))
        self.prepare([job])
        if isinstance(self.known[job], str):
            raise RuntimeError(self.known[job])
        return self.known[job]

    def whole(self, unit):
        """The unit as it is shipped, but for the program: so its interpreter may be executed too."""
        return self.under(whole_lines(unit))


def with_and_without(line):
    """The lines of the two services that prove one: (with it, without it; None where it states a default)."""
    wanted = LINES[line]
    bare = None if wanted.without is None else (*wanted.company, *wanted.instead)
    return (*wanted.company, line), bare


def whole_lines(unit):
    return tuple(f"{line} {PYTHON}" if line.startswith("ExecPaths=") else line for line in sandbox_lines(unit))


def every_job(units):
    """What `Bench.prepare` takes for a table and these units."""
    for line, wanted in LINES.items():
        for lines in with_and_without(line):
            if lines is not None:
                # Where nothing is forbidden, all probes in one.
                yield lines, tuple(wanted.does) if lines else ()
    for unit in units:
        yield whole_lines(unit), ()
