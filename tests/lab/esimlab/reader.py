# SPDX-License-Identifier: LGPL-2.1-or-later
"""A smart card reader with the lab's card in it, behind the real pcscd: its driver vpcd (Debian's vsmartcard-vpcd)
asks over a connection what a reader's driver would ask its hardware.

On that wire each message is a length in two octets, the first the higher, and as many octets: a command APDU and its
answer, or in a message of one octet 0 to take the power away, 1 to give it, 2 to reset the card, 4 to be told its ATR
(virtualsmartcard's description of vpcd's protocol). vpcd listens, and a card is there while somebody is connected.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from .bus import DIE_WITH_US
from .faults import CardSilent
from .uicc import DEFAULT_ATR

DRIVER = pathlib.Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PCSCD = "/usr/sbin/pcscd"
POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4

# T=1 alone, with the historical bytes of the other one: TD1 = 81, TD2 = 31, IFSC 254, BWI 4 and CWI 5.
_T1 = bytes.fromhex("8f8131fe45") + DEFAULT_ATR[8:-1]


def _with_check(body):
    check = 0
    for octet in body:
        check ^= octet
    return b"\x3b" + body + bytes([check])


ATRS = {0: DEFAULT_ATR, 1: _with_check(_T1)}

# Nothing of the machine's own: /run is empty but for our folder, no driver looks for real readers, and where vpcd
# listens nobody else can come to.
NAMESPACE = """
set -e
mount -t tmpfs none /usr/lib/pcsc/drivers
mount --bind "$1/run" "$1/run"
mount -t tmpfs none /run
mkdir /run/pcscd
mount --bind "$1/run" /run/pcscd
/usr/bin/python3 -c "$3" "$1/slots" &
# From pcsc-lite 2.0 on it can do without asking polkit, of which there is none here; before, root needs none.
alone=
! "$2" --help | grep -q -e --disable-polkit || alone=--disable-polkit
exec "$2" --foreground --config "$1/readers" --debug --apdu $alone
"""

# Lives in there and hands out connections to vpcd: who is told a port sends back the connected socket. 0x8914 is
# SIOCSIFFLAGS, and 1 IFF_UP.
SWITCHBOARD = """
import fcntl, socket, struct, sys
listener = socket.socket(socket.AF_UNIX)
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 1))
listener.bind(sys.argv[1])
listener.listen()
while True:
    caller, _ = listener.accept()
    with caller:
        try:
            with socket.create_connection(("127.0.0.1", int(caller.recv(16)))) as made:
                socket.send_fds(caller, [b"!"], [made.fileno()])
        except (OSError, ValueError):
            pass
"""
FIRST_PORT = 0x8C7B  # vpcd's own


def missing():
    """Why there can be no reader here, or None."""
    if not DRIVER.exists():
        return "vpcd is not installed: apt-get install vsmartcard-vpcd"
    if not os.access(PCSCD, os.X_OK):
        return "pcscd is not installed: apt-get install pcscd"
    return None


class Slot:
    """A slot of a reader, which pcscd has; its card may be in it or beside it.

    connect: gives a socket that is connected to vpcd. is_seen: whether pcscd has seen a card in it.
    """

    def __init__(self, connect, is_seen, atr):
        self._connect, self._is_seen, self.atr = connect, is_seen, atr
        self.card = None
        self.powered = False
        self.commands = []
        self.before_answer = []  # called with (command, answer); True keeps the answer back, and the reader gives up
        self._connection = self._thread = None

    @property
    def inserted(self):
        return self._thread is not None and self._thread.is_alive()

    def pull(self):
        """The card is taken out."""
        if self._thread is None:
            return
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        # A hook around a command may be who pulls it.
        if self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def insert(self, card=None):
        """It, or another one, is put in, and pcscd has seen it. Not before it saw that the last one went: it looks
        twice a second, and is at sea when a card comes back in between."""
        self.pull()
        self._wait_seen(False)
        self.card = card or self.card
        self.card.reset()
        self.powered = False
        self._connection = self._connect()
        self._thread = threading.Thread(target=self._serve, args=(self._connection,), name="slot", daemon=True)
        self._thread.start()
        self._wait_seen(True)

    def _wait_seen(self, seen, timeout=15):
        end = time.monotonic() + timeout
        while self._is_seen() != seen:
            if time.monotonic() > end:
                raise RuntimeError(f"pcscd did not see the card {'come' if seen else 'go'}")
            time.sleep(0.02)

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, EOFError):
            while True:
                answer = self._handle(self._read(connection, int.from_bytes(self._read(connection, 2), "big")))
                if answer is not None:
                    connection.sendall(len(answer).to_bytes(2, "big") + answer)

    @staticmethod
    def _read(connection, length):
        data = b""
        while len(data) < length:
            # vpcd writes a length and what follows apart: without a hint its kernel waits for ours in between.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = connection.recv(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _handle(self, message):
        """What goes back: None where nothing does. A reader that gives up hangs up."""
        if len(message) == 1:
            return self._control(message[0])
        self.commands.append(message)
        try:
            answer = self.card.transmit(message)
        except CardSilent:
            raise EOFError from None
        if any([hook(message, answer) for hook in list(self.before_answer)]):
            raise EOFError
        return answer

    def _control(self, code):
        if code == GET_ATR:
            return self.atr
        if code in (POWER_OFF, POWER_ON, RESET):
            # One that was off begins anew when it gets power; one that has it does with a reset.
            if code == RESET or self.powered != (code == POWER_ON):
                self.card.reset()
            self.powered = code != POWER_OFF
        return None


class Pcscd:
    """The real pcscd with a reader, in namespaces of its own. `environment` leads a program to it.

    name: what the reader is called. vpcd's have two slots, which programs see as two readers: `readers` are their
    names. protocol: 0 or 1, the one that a card's ATR offers.
    """

    def __init__(self, folder=None, name="Lab reader", protocol=0):
        reason = missing()
        if reason:
            raise RuntimeError(reason)
        self._own = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="esim-pcscd-"))
        self.name = name
        self.readers = [f"{name} 00 00", f"{name} 00 01"]
        self.slots = [self._make_slot(number, ATRS[protocol]) for number in (0, 1)]
        self.log_file = self.folder / "pcscd.log"
        self.socket = self.folder / "run" / "pcscd.comm"
        self.environment = {"PCSCLITE_CSOCK_NAME": str(self.socket)}
        self.process = None

    @property
    def path(self):
        """What the daemon is told."""
        return self.readers[0]

    def flush(self):
        """After a host was killed: pcscd sees to that."""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def _make_slot(self, number, atr):
        return Slot(lambda: self._call(FIRST_PORT + number), lambda: self._is_seen(self.readers[number]), atr)

    def _is_seen(self, reader):
        log = self.log()
        return log.count(f"Card inserted into {reader}") > log.count(f"Card Removed From {reader}")

    def _call(self, port):
        with socket.socket(socket.AF_UNIX) as switchboard:
            switchboard.connect(str(self.folder / "slots"))
            switchboard.send(str(port).encode())
            _, descriptors, _, _ = socket.recv_fds(switchboard, 1, 1)
        if not descriptors:
            raise RuntimeError(f"vpcd does not listen:\n{self.log()}")
        made = socket.socket(fileno=descriptors[0])
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _write_configuration(self):
        (self.folder / "run").mkdir(parents=True, exist_ok=True)
        (self.folder / "slots").unlink(missing_ok=True)
        readers = self.folder / "readers"
        readers.mkdir(exist_ok=True)
        driver = shutil.copy(DRIVER.resolve(), self.folder / "driver.so")
        (readers / "lab").write_text(f'FRIENDLYNAME "{self.name}"\nDEVICENAME /dev/null:0x{FIRST_PORT:X}\n'
                                     f"LIBPATH {driver}\nCHANNELID 0x{FIRST_PORT:X}\n", encoding="utf-8")

    def start(self, timeout=10):
        """Start it and wait until programs can come to it, and cards into its slots."""
        self._write_configuration()
        self.log_file.unlink(missing_ok=True)
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, "unshare", *user, "--mount", "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-c",
                 NAMESPACE, "sh", str(self.folder), PCSCD, SWITCHBOARD],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + timeout
        # A socket's name is there before anybody listens to it; and a card that comes while pcscd still looks at its
        # readers for the first time is not told of.
        while not (self._answers(self.socket) and self._answers(self.folder / "slots") and "dwClientID" in self.log()):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"pcscd did not start:\n{self.log()}")
            time.sleep(0.01)

    @staticmethod
    def _answers(path):
        with socket.socket(socket.AF_UNIX) as caller:
            return caller.connect_ex(str(path)) == 0

    def stop(self):
        """It ends, and with it the reader."""
        for slot in self.slots:
            slot.pull()
        if self.process is None:
            return
        # The first process of a namespace takes everything in it along; a SIGTERM would not come to it.
        self.process.kill()
        self.process.wait(10)
        self.process = None
        self.socket.unlink(missing_ok=True)

    def close(self):
        self.stop()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
