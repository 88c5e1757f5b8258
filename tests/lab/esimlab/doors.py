# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server on 127.0.0.1 with more than one door: the laboratory's web servers, seen from namespaces too."""

import socketserver
import threading


class LocalServer(socketserver.ThreadingTCPServer):
    """listener: a socket that listens already, instead of one at `port`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32
    allow_reuse_address = True

    def __init__(self, owner, handler, port, listener=None):
        self.owner = owner
        super().__init__(("127.0.0.1", port), handler, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket, self.server_address = listener, listener.getsockname()


class Doors:
    """Runs servers of one make, a thread each. make (listener) makes one; the first has none."""

    def __init__(self, make):
        self._make = make
        self._servers, self._threads = [], []
        self._started = False
        self.add(None)

    @property
    def port(self):
        return self._servers[0].server_address[1]

    def add(self, listener):
        """Take connections that come to this socket as well; it is closed in the end."""
        self._servers.append(self._make(listener))
        self._threads.append(threading.Thread(target=self._servers[-1].serve_forever, args=(0.05,), daemon=True))
        if self._started:
            self._threads[-1].start()

    def start(self):
        self._started = True
        for thread in self._threads:
            thread.start()

    def stop(self):
        for server, thread in zip(self._servers, self._threads):
            if thread.is_alive():
                server.shutdown()
                thread.join(5)
            server.server_close()
