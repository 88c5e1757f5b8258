# SPDX-License-Identifier: LGPL-2.1-or-later
"""Another program that uses the modem through the same proxy, a process of its own inside the laboratory's namespace: what
the daemon does to it, and it to the daemon, is tested. It speaks the frames itself.

As a program: mbim or qmi, and the modem's path; then a list in JSON a line on its standard input, each answered with one.
"""

import json
import socket
import subprocess
import sys
from pathlib import Path

LAB = Path(__file__).resolve().parents[1] / "lab"
# ModemManager's; ours is another.
GROUP = 1
PATIENCE = 20.0


class OtherHost:
    """A context manager. Channels are opened in a group that is not the daemon's, where the protocol has groups."""

    def __init__(self, lab):
        kind = "qmi" if lab.transport == "qmi" else "mbim"
        self.process = subprocess.Popen([*lab.wrap, "/usr/bin/python3", __file__, kind, str(lab.wire.path)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._hear() == "ready"

    def _hear(self):
        line = self.process.stdout.readline()
        assert line, "the other program ended"
        return json.loads(line)

    def _ask(self, *words):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return self._hear()

    def open(self, aid):
        """The channel. AssertionError if there is none."""
        error, channel = self._ask("open", aid.hex())
        assert not error, f"no channel: {error:#x}"
        return channel

    def store(self, channel, body):
        """(error, what the card answered to this STORE DATA, status word)"""
        error, data, word = self._ask("store", channel, body.hex())
        return error, bytes.fromhex(data), word

    def close_channel(self, channel):
        """The error."""
        return self._ask("close", channel)

    def leave(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


class QmiClient:
    def __init__(self, path):
        from qmihost import Host
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect("\0qmi-proxy")
        self.host = Host(connection)
        answer = self.host.ask(0, 0, 0xFF00, [(0x01, path.encode())], PATIENCE)
        assert answer is not None and not answer.error
        self.client = self.host.allocate()

    def open(self, aid):
        return self.host.open_channel(self.client, aid)[:2]

    def store(self, channel, body):
        return self.host.store(self.client, channel, body, timeout=PATIENCE)

    def close(self, channel):
        return self.host.close_channel(self.client, channel)[0]


class MbimClient:
    def __init__(self, path):
        from esimlab import mbim
        from mbimhost import Host
        self.host = Host()
        info = mbim.InfoWriter().string(path).u32(30).bytes()
        assert self.host.ask(mbim.PROXY_CONTROL, 1, info, mbim.SET, PATIENCE).status == 0
        assert self.host.open() is not None

    def open(self, aid):
        return self.host.open_channel(aid, group=GROUP)[:2]

    def store(self, channel, body):
        return self.host.store(channel, body, timeout=PATIENCE)

    def close(self, channel):
        return self.host.close_channel(channel, GROUP)[0]


def main(kind, path):
    sys.path[:0] = [str(LAB), str(LAB / "selftest")]
    client = (QmiClient if kind == "qmi" else MbimClient)(path)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        what, *words = json.loads(line)
        if what == "open":
            answer = client.open(bytes.fromhex(words[0]))
        elif what == "store":
            error, data, word = client.store(words[0], bytes.fromhex(words[1])) or (-1, b"", 0)
            answer = error, data.hex(), word
        else:
            answer = client.close(words[0])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
