# SPDX-License-Identifier: LGPL-2.1-or-later
"""The data connection that runs over the modem while somebody does things to its card.

Nothing is carried: octets are counted by the clock, so that a test can see whether the connection ran on, and what
ended it.
"""

import time

OCTETS_A_SECOND = 1_000_000


class DataSession:
    def __init__(self):
        self.interruptions = []
        self._carried = 0
        self._since = None

    @property
    def connected(self):
        return self._since is not None

    @connected.setter
    def connected(self, wanted):
        self._carried = self.octets
        self._since = time.monotonic() if wanted else None

    @property
    def octets(self):
        running = 0 if self._since is None else time.monotonic() - self._since
        return self._carried + int(running * OCTETS_A_SECOND)

    def interrupt(self, why):
        """Ends the connection, if there is one; a test (as NetworkManager) connects again."""
        if self.connected:
            self.connected = False
            self.interruptions.append(why)
