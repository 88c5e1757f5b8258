# SPDX-License-Identifier: LGPL-2.1-or-later
"""Another program that uses the card in a reader, a process of its own: what it does to the daemon is tested.

As a program: READER HOW, then a word a line on its standard input, each answered with a line.
"""

import ctypes
import os
import subprocess
import sys

SHARED, EXCLUSIVE = 2, 1
BOTH_PROTOCOLS = 3
LEAVE, RESET = 0, 1
HOW = {"shared": SHARED, "exclusive": EXCLUSIVE, "transaction": SHARED}


class Neighbour:
    """A context manager. how: "shared", "exclusive" (the card is its alone), "transaction" (for now). RuntimeError
    where PC/SC does not let it."""

    def __init__(self, pcscd, reader, how="shared"):
        self.process = subprocess.Popen(["/usr/bin/python3", __file__, reader, how], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, **pcscd.environment})
        self._expect_ok()

    def _expect_ok(self):
        said = self.process.stdout.readline().strip()
        if said != "ok":
            self.leave()
            raise RuntimeError(said or "the other program ended")

    def reset(self):
        """It resets the card."""
        print("reset", file=self.process.stdin, flush=True)
        self._expect_ok()

    def leave(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def checked(what, result):
    if result:
        print(f"{what}: {result & 0xFFFFFFFF:08X}", flush=True)
        sys.exit(1)


def main(reader, how):
    library = ctypes.CDLL("libpcsclite.so.1")
    context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
    number = ctypes.c_ulong
    checked("context", library.SCardEstablishContext(number(2), None, None, ctypes.byref(context)))
    checked("connect", library.SCardConnect(context, reader.encode(), number(HOW[how]), number(BOTH_PROTOCOLS),
                                            ctypes.byref(card), ctypes.byref(protocol)))
    if how == "transaction":
        checked("begin", library.SCardBeginTransaction(card))
    print("ok", flush=True)
    for _ in sys.stdin:
        checked("reset", library.SCardReconnect(card, number(HOW[how]), number(BOTH_PROTOCOLS), number(RESET),
                                                ctypes.byref(protocol)))
        print("ok", flush=True)
    if how == "transaction":
        library.SCardEndTransaction(card, number(LEAVE))
    library.SCardDisconnect(card, number(LEAVE))
    library.SCardReleaseContext(context)


if __name__ == "__main__":
    main(*sys.argv[1:])
