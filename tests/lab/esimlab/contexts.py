# SPDX-License-Identifier: LGPL-2.1-or-later
"""Main contexts that are used again. PyGObject never lets go of one, each has a file descriptor, and a run of all
tests would make thousands."""

import threading

from gi.repository import GLib

_lock = threading.Lock()
_free = []


def take():
    with _lock:
        return _free.pop() if _free else GLib.MainContext()


def give_back(context):
    """Once no loop runs in it and nothing is attached to it any more."""
    with _lock:
        _free.append(context)
