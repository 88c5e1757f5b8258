# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units, as configured by the build: systemd accepts them, and the sandbox is as tight as promised."""

import os
import pathlib
import re
import subprocess

import pytest

DAEMON = "esimd.service"
PROXIES = {"esimd-mbim-proxy.service": "mbim-proxy", "esimd-qmi-proxy.service": "qmi-proxy"}
UNITS = (DAEMON, *PROXIES)
RESUME = "esimd-resume.service"


def lines(build, unit):
    text = (build / "systemd" / unit).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def values(build, unit, key):
    return [line.split("=", 1)[1] for line in lines(build, unit) if line.startswith(key + "=")]


@pytest.fixture
def runnable(build, tmp_path):
    """Copies of the units whose programs exist: what is built is not installed yet, and verify looks for it."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = (build / "systemd" / unit).read_text(encoding="utf-8")
        text, count = re.subn(r"(?m)^ExecStart=.*$", f"ExecStart={program}", text)
        assert count == 1
        (tmp_path / unit).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(*arguments, **environment):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_no_complaint(runnable, unit):
    done = analyze("verify", "--man=no", str(runnable / unit), SYSTEMD_UNIT_PATH=f"{runnable}:")
    said = [line for line in done.stdout.splitlines() if str(runnable) in line or "esimd" in line]
    assert said == []
    assert done.returncode == 0, done.stdout


def test_verify_would_complain(runnable):
    """The check above looks at the right thing: a key that systemd does not know is reported."""
    unit = runnable / DAEMON
    unit.write_text(unit.read_text() + "ProtectEverything=yes\n")
    done = analyze("verify", "--man=no", str(unit), SYSTEMD_UNIT_PATH=f"{runnable}:")
    assert "ProtectEverything" in done.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_exposure_is_two_at_most(build, unit):
    done = analyze("security", "--offline=true", str(build / "systemd" / unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout
    assert float(found.group(1)) <= 2.0


def test_nothing_is_left_to_configure(build):
    for unit in UNITS:
        assert not re.search(r"@\w+@", (build / "systemd" / unit).read_text(encoding="utf-8"))


def test_devices_are_the_control_ports_alone(build):
    for unit in UNITS:
        assert values(build, unit, "DevicePolicy") == ["closed"]
        assert values(build, unit, "DeviceAllow") == ["char-usb rw", "char-wwan_port rw"]
        assert values(build, unit, "PrivateDevices") == []


def test_late_modem_can_be_opened(build):
    """char-wwan_port and char-usb mean nothing to systemd unless their modules are there before the unit starts."""
    for unit in UNITS:
        for module in ("wwan", "usbcore"):
            assert f"modprobe@{module}.service" in " ".join(values(build, unit, "Wants")).split()
            assert f"modprobe@{module}.service" in " ".join(values(build, unit, "After")).split()


def test_root_without_capabilities(build):
    assert values(build, DAEMON, "User") == [] and values(build, DAEMON, "DynamicUser") == []
    assert values(build, DAEMON, "CapabilityBoundingSet") == [""]
    assert values(build, DAEMON, "NoNewPrivileges") == ["yes"]


def test_folders_and_limits(build):
    expected = {
        "Type": "dbus", "StateDirectory": "esimd", "StateDirectoryMode": "0700", "RuntimeDirectory": "esimd",
        "RuntimeDirectoryPreserve": "yes", "ConfigurationDirectory": "esimd", "ProtectSystem": "strict",
        "ProtectHome": "yes", "PrivateTmp": "yes", "MemoryDenyWriteExecute": "yes", "LimitCORE": "0",
        "RestrictAddressFamilies": "AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_QIPCRTR",
        "TimeoutStopSec": "15",
    }
    for key, value in expected.items():
        assert values(build, DAEMON, key) == [value], key


def test_proxies_socket_stays_reachable(build):
    """An abstract socket belongs to a network namespace; an empty address list would cut operators off."""
    for unit in UNITS:
        assert values(build, unit, "PrivateNetwork") == []
    assert values(build, DAEMON, "IPAddressDeny") == []


def test_daemon_cannot_execute_a_proxy(build):
    assert values(build, DAEMON, "NoExecPaths") == ["/"]
    allowed = values(build, DAEMON, "ExecPaths")[0].split()
    assert values(build, DAEMON, "ExecStart")[0] in allowed
    for unit in PROXIES:
        proxy = pathlib.Path(values(build, unit, "ExecStart")[0])
        assert not any(proxy.is_relative_to(path.lstrip("-")) for path in allowed)


@pytest.mark.parametrize("unit", PROXIES)
def test_proxy_outlives_the_daemon(build, unit):
    """ModemManager may be connected to it: nothing ties its end to that of the daemon."""
    assert unit in " ".join(values(build, DAEMON, "Wants")).split()
    assert unit in " ".join(values(build, DAEMON, "After")).split()
    assert values(build, DAEMON, "Requires") == []
    for key in ("PartOf", "BindsTo", "StopWhenUnneeded"):
        assert values(build, unit, key) == []


@pytest.mark.parametrize("unit, families", [
    ("esimd-mbim-proxy.service", "AF_UNIX AF_NETLINK"), ("esimd-qmi-proxy.service", "AF_UNIX AF_NETLINK AF_QIPCRTR")])
def test_proxies_sockets(build, unit, families):
    """libqmi's proxy also opens modems on a QRTR bus; neither speaks to a network."""
    assert values(build, unit, "RestrictAddressFamilies") == [families]
    assert values(build, unit, "IPAddressDeny") == ["any"]


def test_resume_starts_the_daemon_only_with_records(top, runnable):
    text = (top / "systemd" / RESUME).read_text(encoding="utf-8")
    assert "\nConditionPathExistsGlob=/var/lib/esimd/*/*\n" in text
    assert "\nExecStart=systemctl --no-block start esimd.service\n" in text
    assert "\nWants=" not in text and "\nRequires=" not in text
    (runnable / RESUME).write_text(text, encoding="utf-8")
    done = analyze("verify", "--man=no", str(runnable / RESUME), SYSTEMD_UNIT_PATH=f"{runnable}:")
    assert done.returncode == 0 and RESUME not in done.stdout, done.stdout


def listening_condition(build, unit):
    command = values(build, unit, "ExecCondition")[0]
    script = re.fullmatch(r"/bin/sh -c '(.*)'", command).group(1)
    return script.replace("$$", "$")


# Waits for the socket that /proc/net/unix shows, as long as the proxy lives.
LISTENS = 'until grep -q "@{name}$" /proc/net/unix; do kill -0 $running || exit 9; sleep 0.02; done; '


@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("unit", PROXIES)
def test_proxy_is_skipped_while_another_listens(build, unshare, unit, other):
    """The condition of the unit, run beside the real proxy in a network namespace of its own; the other library's
    proxy is none."""
    name = [n for u, n in PROXIES.items() if (u == unit) != other][0]
    proxy = pathlib.Path(values(build, unit, "ExecStart")[0]).with_name(name)
    script = (f"{proxy} & running=$!; " + LISTENS.format(name=name)
              + f"({listening_condition(build, unit)}); code=$?; kill $running; exit $code")
    done = subprocess.run([*unshare("n"), "/bin/sh", "-c", script], timeout=30,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == (0 if other else 1), done.stderr


@pytest.mark.parametrize("unit", PROXIES)
def test_second_proxy_counts_as_success(build, unshare, unit):
    """Two starters at one moment: how the program ends beside another is what the unit takes for a success."""
    proxy, name = values(build, unit, "ExecStart")[0], PROXIES[unit]
    script = f"{proxy} & running=$!; " + LISTENS.format(name=name) + f"{proxy}; code=$?; kill $running; exit $code"
    done = subprocess.run([*unshare("n"), "/bin/sh", "-c", script], timeout=30,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert str(done.returncode) in values(build, unit, "SuccessExitStatus") and "in use" in done.stderr
