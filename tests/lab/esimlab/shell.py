# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person in the laboratory: a shell in which esimctl and busctl meet its bus."""

import subprocess
import sys
import tempfile


def _carrier(lab):
    if lab.carrier is None:
        return ""
    who = lab.carrier.customers[0]
    return f"""
  carrier        {lab.carrier.address} (certificate below {lab.web_root})
                 sign in with {who.phone}, {who.password}; owner {who.name}, document {who.document}, born {who.born};
                 eSIM …{who.iccid[-6:]}; mail arrives in {lab.carrier.folder}"""


def _entitlement(lab):
    if lab.entitlement is None:
        return ""
    server = lab.entitlement
    who = server.customers[0]
    return f"""
  entitlement    127.0.0.1:{server.port} as {server.entitlement_hosts[0]} and the names of each IMSI's network; a line ends
                 {server.review.total_seconds() / 3600:g} h after it was asked for; pages: login with {who.phone}, {who.password}"""


def _clock(lab):
    if lab.clock is None:
        return ""
    return f"\n  clock          {lab.clock.now():%Y-%m-%d %H:%M} UTC, {lab.clock.speed:g} seconds a second"


def welcome(lab):
    plain, asking = lab.offer()
    print(f"""The laboratory is up.
  modem          {lab.wire.path} ({lab.transport}{", by its proxy" if lab.proxy else ""}), with a card of {len(lab.card.profiles)} profiles
  SM-DP+         127.0.0.1:{lab.smdp.port}
  bus            {lab.bus.address}
  daemon's log   {lab.daemon.log_file}{_carrier(lab)}{_entitlement(lab)}{_clock(lab)}
  to download    {plain.activation_code}
                 {asking.activation_code} (confirmation code {asking.confirmation_code})
Try: esimctl list
     esimctl download '{plain.activation_code}'
     busctl --system tree org.esimd1
Leave with exit or Ctrl-D.""", flush=True)


def shell(lab, environment=None):
    """An interactive shell on a terminal; without one, a shell that reads its input. Its exit code."""
    environment = environment or lab.environment
    if not sys.stdin.isatty():
        return subprocess.run([*lab.wrap, "bash"], env=environment, check=False).returncode
    with tempfile.NamedTemporaryFile("w", suffix=".bashrc", encoding="utf-8") as settings:
        settings.write("[ -f ~/.bashrc ] && . ~/.bashrc\n"
                       f"export PATH={str(lab.build / 'client' / 'esimctl')!r}:$PATH\n"
                       "PS1='(esim lab) \\w\\$ '\n")
        settings.flush()
        return subprocess.run([*lab.wrap, "bash", "--rcfile", settings.name], env=environment, check=False).returncode
