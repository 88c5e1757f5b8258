# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real mbim-proxy or qmi-proxy, in a namespace of the laboratory's own, between the modem and its hosts."""

import os
import subprocess
import time

from .bus import DIE_WITH_US

# By what opens the device: libqmi reaches QMI over MBIM through mbim-proxy.
PROGRAMS = {"mbim": "mbim-proxy", "qmi-over-mbim": "mbim-proxy", "qmi": "qmi-proxy"}
FOLDER = "/usr/libexec"
START_SECONDS = 10
# libmbim and libqmi bring a proxy of their own where they find none, in the moment between the daemon's look for it and
# theirs. In its unit the daemon may execute nothing but itself (NoExecPaths=); here it finds no program in its place.
HIDE = 'for proxy in mbim-proxy qmi-proxy; do [ ! -e "$0/$proxy" ] || mount --bind /dev/null "$0/$proxy" || exit; done; exec "$@"'


def without_programs():
    """What goes before a command that must not bring a proxy of its own. Mounting needs root."""
    return ["unshare", "--mount", "--", "sh", "-c", HIDE, FOLDER] if os.getuid() == 0 else []


class Proxy:
    """One that does not leave by itself; `with Proxy(...)` or start() and close()."""

    def __init__(self, namespace, transport, log_file):
        self.namespace, self.name, self.log_file = namespace, PROGRAMS[transport], log_file
        self.process = None

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.namespace.as_root, *DIE_WITH_US, f"{FOLDER}/{self.name}", "--no-exit"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self.namespace.listens_at(self.name):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not listen:\n{self.log_file.read_text(errors='replace')}")
            time.sleep(0.01)
        return self

    def kill(self):
        """As if it had crashed; start() brings another."""
        self.process.kill()
        self.process.wait(10)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
