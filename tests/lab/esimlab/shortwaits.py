# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the daemon's timers of one certain length shorter: it runs with short-waits.c preloaded."""

from .diskfaults import preloaded


def short_waits(build, seconds, milliseconds):
    """Environment for a daemon to which `seconds` of waiting are `milliseconds`."""
    return {**preloaded(build / "tests" / "esimlab-short-waits.so"), "ESIM_SHORT_WAITS": f"{seconds} {milliseconds}"}
