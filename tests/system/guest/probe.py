# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs inside a copy of a unit and tells what it was let do there: one line of JSON, {probe: result}.

A result is "done", the name of an errno, "signal N" (it was killed for it), or a word of the probe's own. Each probe runs in a child, so
that what it changes or breaks is gone with it. Nothing here is executed by another program: the unit forbids that.
"""

import ctypes
import errno
import json
import mmap
import os
import pathlib
import resource
import socket
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
# Numbers of x86-64 (asm/unistd_64.h) and from the headers of the kernel.
SYS_PERSONALITY, SYS_SYSLOG, SYS_KEYCTL, SYS_PTRACE, SYS_INIT_MODULE = 135, 103, 250, 101, 175
CLONE_NEWUSER, CLONE_NEWNS, PER_LINUX32, SYSLOG_ACTION_SIZE_BUFFER = 0x10000000, 0x20000, 8, 10
KEYCTL_DESCRIBE, SESSION_KEYRING = 6, -3
AF_QIPCRTR = 42
# mov eax, 20; int 0x80; ret: the system call of 32-bit programs for "getpid".
CODE_32 = pathlib.Path("/usr/lib/esimd-probe.bin")
PROBES = {}


def probe(function):
    PROBES[function.__name__] = function
    return function


def check(result):
    """A call of the C library's: OSError as Python's own calls have it."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def syscall(number, *arguments):
    return check(LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(one) if isinstance(one, int) else one
                                                       for one in arguments]))


def status(name):
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return line.split()[1]
    raise KeyError(name)


def folder_of(name, fallback):
    """What the unit calls its own, or the daemon's where this unit has none."""
    return os.environ.get(name, fallback)


def mode_of(folder):
    return oct(os.stat(folder).st_mode & 0o7777)


def entries(folder):
    """With every capability a folder that is shut off can be read, and is empty."""
    return "done" if os.listdir(folder) else "empty"


def touch(folder):
    path = pathlib.Path(folder) / f"esimd-touch-{os.getpid()}"
    path.write_text("", encoding="ascii")
    path.unlink()


# Files

@probe
def write_usr():
    touch("/usr")


@probe
def write_etc():
    touch("/etc")


@probe
def write_var():
    touch("/var/lib/NetworkManager")


@probe
def write_state():
    touch(folder_of("STATE_DIRECTORY", "/var/lib/esimd"))


@probe
def write_runtime():
    touch(folder_of("RUNTIME_DIRECTORY", "/run/esimd"))


@probe
def read_configuration():
    os.listdir(os.environ["CONFIGURATION_DIRECTORY"])


@probe
def state_mode():
    return mode_of(folder_of("STATE_DIRECTORY", "/var/lib/esimd"))


@probe
def runtime_mode():
    return mode_of(folder_of("RUNTIME_DIRECTORY", "/run/esimd"))


@probe
def configuration_mode():
    return mode_of(folder_of("CONFIGURATION_DIRECTORY", "/etc/esimd"))


@probe
def read_root_home():
    return entries("/root")


@probe
def read_users_home():
    return entries("/home")


@probe
def see_others_tmp():
    """The test has put a file there."""
    os.stat("/tmp/esimd-probe-was-here")


@probe
def share_mounts():
    """Whether it lives in the mount namespace of the rest."""
    return "done" if os.readlink("/proc/self/ns/mnt") == sys.argv[1] else "ENOENT"


@probe
def file_mask():
    mask = os.umask(0)
    return oct(mask)


@probe
def dump_core():
    return "done" if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0) else "EPERM"


@probe
def set_suid():
    path = pathlib.Path(f"/tmp/esimd-suid-{os.getpid()}")
    path.write_text("", encoding="ascii")
    try:
        os.chmod(path, 0o4755)
    finally:
        path.unlink()


# Programs and memory

@probe
def execute_program():
    os.execv("/usr/bin/true", ["true"])


@probe
def execute_proxy():
    os.execv("/usr/libexec/mbim-proxy", ["mbim-proxy", "--version"])


@probe
def map_program():
    """Code from where there is none of ours."""
    with open("/usr/bin/true", "rb") as file:
        mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)


@probe
def load_library():
    ctypes.CDLL("libcurl.so.4")


@probe
def write_and_execute_memory():
    mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


@probe
def call_as_32_bit():
    LIBC.mmap.restype = ctypes.c_void_p
    LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    with open(CODE_32, "rb") as file:
        # Not Python's mmap: it gives no address of what may not be written.
        code = LIBC.mmap(None, 4096, mmap.PROT_READ | mmap.PROT_EXEC, mmap.MAP_PRIVATE, file.fileno(), 0)
    if code == ctypes.c_void_p(-1).value:
        check(-1)
    return "done" if ctypes.CFUNCTYPE(ctypes.c_int)(code)() == os.getpid() else "EPERM"


# Privileges

@probe
def capabilities():
    return "done" if int(status("CapEff"), 16) and int(status("CapBnd"), 16) else "EPERM"


@probe
def ambient_capabilities():
    return "done" if int(status("CapAmb"), 16) else "EPERM"


@probe
def gain_privileges():
    return "done" if status("NoNewPrivs") == "0" else "EPERM"


@probe
def change_user():
    os.setuid(0)


@probe
def change_root():
    os.chroot("/")


@probe
def be_nice():
    os.setpriority(os.PRIO_PROCESS, 0, 5)


@probe
def choose_processor():
    os.sched_setaffinity(0, {0})


@probe
def run_in_real_time():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@probe
def trace():
    syscall(SYS_PTRACE, 0, 0, 0, 0)


@probe
def make_user_namespace():
    check(LIBC.unshare(CLONE_NEWUSER))


@probe
def make_mount_namespace():
    check(LIBC.unshare(CLONE_NEWNS))


@probe
def change_personality():
    syscall(SYS_PERSONALITY, PER_LINUX32)


@probe
def share_keyring():
    """The keyring of its session is one of its own ("_ses"), or the one of the user ("_uid_ses.0")."""
    text = ctypes.create_string_buffer(256)
    syscall(SYS_KEYCTL, KEYCTL_DESCRIBE, SESSION_KEYRING, text, 256)
    return "EPERM" if text.value.decode().endswith(";_ses") else "done"


# Devices

def _open_device(name):
    os.close(os.open(name, os.O_RDWR | os.O_NONBLOCK))


@probe
def open_disk():
    _open_device("/dev/vdc")


@probe
def open_kernel_memory():
    os.close(os.open("/dev/mem", os.O_RDONLY))


@probe
def open_terminal():
    _open_device("/dev/ttyS2")


@probe
def open_null():
    _open_device("/dev/null")


@probe
def open_modem():
    """The control node; the proxy has it, and USB's class of nodes lets many have it."""
    _open_device(sys.argv[2])


@probe
def open_wwan_port():
    _open_device(sys.argv[3])


# The kernel

@probe
def read_kernel_log():
    syscall(SYS_SYSLOG, SYSLOG_ACTION_SIZE_BUFFER, 0, 0)


@probe
def open_kernel_log():
    os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))


@probe
def write_tunable():
    path = pathlib.Path("/proc/sys/kernel/printk_ratelimit_burst")
    path.write_text(path.read_text(encoding="ascii"), encoding="ascii")


@probe
def write_sys():
    path = pathlib.Path("/sys/kernel/mm/transparent_hugepage/defrag")
    path.write_text("madvise", encoding="ascii")


@probe
def read_modules():
    return entries("/usr/lib/modules")


@probe
def load_module():
    """An empty one: the kernel looks at the right to do so first, and then finds no module (ENOEXEC)."""
    try:
        syscall(SYS_INIT_MODULE, ctypes.create_string_buffer(8), 0, ctypes.create_string_buffer(b""))
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise


@probe
def make_control_group():
    path = pathlib.Path(f"/sys/fs/cgroup/esimd-probe-{os.getpid()}")
    path.mkdir()
    path.rmdir()


@probe
def set_clock():
    import time  # noqa: PLC0415
    time.clock_settime(time.CLOCK_REALTIME, time.time())


@probe
def set_hostname():
    socket.sethostname(socket.gethostname())


@probe
def share_hostname():
    return "done" if os.readlink("/proc/self/ns/uts") == sys.argv[4] else "EPERM"


@probe
def see_processes():
    os.stat("/proc/1")


@probe
def see_kernel_in_proc():
    os.stat("/proc/uptime")


# Networks

def _family(number, kind=socket.SOCK_DGRAM, protocol=0):
    socket.socket(number, kind, protocol).close()


@probe
def socket_unix():
    _family(socket.AF_UNIX)


@probe
def socket_inet():
    _family(socket.AF_INET)


@probe
def socket_inet6():
    _family(socket.AF_INET6)


@probe
def socket_netlink():
    _family(socket.AF_NETLINK)


@probe
def socket_qrtr():
    _family(AF_QIPCRTR)


@probe
def socket_packet():
    _family(socket.AF_PACKET, socket.SOCK_RAW)


@probe
def socket_alg():
    _family(socket.AF_ALG, socket.SOCK_SEQPACKET)


@probe
def socket_vsock():
    _family(socket.AF_VSOCK, socket.SOCK_STREAM)


@probe
def send_over_ip():
    """To the port of nobody; with an address list in force the packet does not leave."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.sendto(b"", ("127.0.0.1", 9))


@probe
def reach_proxys_network():
    """Abstract sockets belong to a network namespace; the test listens on one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connecting:
        connecting.connect("\0esimd-probe")


def outcome(function):
    try:
        return function() or "done"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except Exception as error:  # noqa: BLE001 - told to the test
        return f"{type(error).__name__}: {error}"


def in_child(function):
    """What became of it; a probe may replace, change or kill the process that it runs in."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, outcome(function).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = told.read().decode()
    ended = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(ended):
        return f"signal {os.WTERMSIG(ended)}"
    # A program that took the child's place said nothing.
    return said or "done"


if __name__ == "__main__":
    wanted = sys.argv[5].split(",") if len(sys.argv) > 5 else list(PROBES)
    print("probe:" + json.dumps({name: in_child(PROBES[name]) for name in wanted}), flush=True)
