# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the daemon's timers of certain lengths shorter: it runs with short-waits.c preloaded."""

from .diskfaults import preloaded


def short_waits(build, *waits, given=None):
    """Environment for a daemon to which `seconds` of waiting are `milliseconds`: pairs of these one after the other.

    given: an environment with which it is put together.
    """
    told = preloaded(build / "tests" / "esimlab-short-waits.so")
    libraries = filter(None, [(given or {}).get("LD_PRELOAD"), told["LD_PRELOAD"]])
    return {**(given or {}), **told, "LD_PRELOAD": ":".join(libraries), "ESIM_SHORT_WAITS": " ".join(map(str, waits))}
