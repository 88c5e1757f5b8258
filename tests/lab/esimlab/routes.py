# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine's way to the network as the daemon sees it: it runs with routes.c preloaded."""

from .diskfaults import preloaded

TITLE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
# A default route that is up and has a gateway.
DEFAULT = "{}\t00000000\t0102000A\t0003\t0\t0\t700\t00000000\t0\t0\t0\n"
MODEM = "wwan0"


class Routes:
    """Default routes over interfaces, by their names, in a folder of ours; at first the modem's alone."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.lead_over(MODEM)

    def lead_over(self, *interfaces):
        """From now on. One that this machine does not have makes the way unknown, unless its name is a modem's."""
        new = self.folder / "new"
        new.write_text(TITLE + "".join(DEFAULT.format(name.ljust(8)) for name in interfaces), encoding="ascii")
        new.replace(self.folder / "route")

    def environment(self, build, given=None):
        """For the daemon; given: an environment with which it is put together."""
        told = preloaded(build / "tests" / "esimlab-routes.so")
        libraries = filter(None, [(given or {}).get("LD_PRELOAD"), told["LD_PRELOAD"]])
        return {**(given or {}), **told, "LD_PRELOAD": ":".join(libraries), "ESIM_LAB_ROUTES": str(self.folder)}
