# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drives a modem with libmbim through GObject introspection; prints what it learned.

Usage: libmbim_client.py PATH [proxy]. With "proxy" the modem is made here as well, in the place
of mbim-proxy, because its socket lives in the network namespace of this process.
"""

import sys
from pathlib import Path

import gi

gi.require_version("Mbim", "1.0")
from gi.repository import Gio, GLib, Mbim  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from esimlab import Card, Pki, demo_profiles  # noqa: E402
from esimlab.card import ISD_R  # noqa: E402
from esimlab.modem import MbimModem  # noqa: E402
from esimlab.wires import ProxyWire  # noqa: E402


def wait(start, finish):
    """Run an asynchronous pair on the main context."""
    box = []
    start(lambda source, result: box.append((source, result)))
    while not box:
        GLib.MainContext.default().iteration(True)
    return finish(*box[0])


def command(device, message):
    reply = wait(lambda done: device.command(message, 10, None, done),
                 lambda source, result: source.command_finish(result))
    return reply


def main(path, proxy):
    modem = None
    if proxy:
        modem = MbimModem([Card(Pki(), profiles=demo_profiles())])
        ProxyWire(modem)
    device = wait(lambda done: Mbim.Device.new(Gio.File.new_for_path(path), None, done),
                  lambda _source, result: Mbim.Device.new_finish(result))
    flags = Mbim.DeviceOpenFlags.PROXY if proxy else Mbim.DeviceOpenFlags.NONE
    wait(lambda done: device.open_full(flags, 10, None, done),
         lambda source, result: source.open_full_finish(result))
    uicc = Mbim.Message
    reply = command(device, uicc.ms_uicc_low_level_access_atr_query_new())
    print("atr=" + bytes(reply.ms_uicc_low_level_access_atr_response_parse()[1]).hex())
    reply = command(device, uicc.ms_uicc_low_level_access_open_channel_set_new(ISD_R, 4, 3))
    _, _, channel, fci = reply.ms_uicc_low_level_access_open_channel_response_parse()
    print("fci=" + bytes(fci).hex())
    for name, body in (("eid", "bf3e035c015a"), ("profiles", "bf2d00")):
        data = bytes.fromhex(body)
        apdu = b"\x80\xe2\x91\x00" + bytes([len(data)]) + data + b"\x00"
        reply = command(device, uicc.ms_uicc_low_level_access_apdu_set_new(
            channel, Mbim.UiccSecureMessaging.NONE, Mbim.UiccClassByteType.EXTENDED, apdu))
        answer = bytes(reply.ms_uicc_low_level_access_apdu_response_parse()[2])
        print(f"{name}={answer.hex() if name == 'eid' else len(answer)}")
    reply = command(device, uicc.ms_uicc_low_level_access_close_channel_set_new(channel, 3))
    word = reply.ms_uicc_low_level_access_close_channel_response_parse()[1]
    print(f"close={word & 0xFF:02x}{word >> 8:02x}")
    wait(lambda done: device.close(10, None, done),
         lambda source, result: source.close_finish(result))
    if modem is not None:
        modem.close()


main(sys.argv[1], len(sys.argv) > 2)
