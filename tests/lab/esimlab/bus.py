# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private message bus with the manners of the system bus."""

import os
import pathlib
import pwd
import select
import shutil
import subprocess
import tempfile
from xml.sax.saxutils import escape, quoteattr

# Names of other services that a laboratory plays itself.
PLAYED = ("org.freedesktop.PolicyKit1", "org.freedesktop.ModemManager1",
          "org.freedesktop.NetworkManager", "org.freedesktop.login1", "org.freedesktop.systemd1")

# Put before a command: it goes when the thread that started it goes, however that ends.
DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")

# The rules of Debian's system.conf in short: nobody owns a name or calls a method without a rule.
CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Properties"/>
    <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"
          send_member="UpdateActivationEnvironment"/>
{played}
  </policy>
{includes}
  <policy user={user}>
{owned}
  </policy>
</busconfig>
"""


class Bus:
    """Starts dbus-daemon in a folder of its own under the temporary folder.

    policies: files to include (a service's own bus policy); a missing one is not an error.
    own: names that the uid running the lab may own besides PLAYED. With no existing policy file
    anybody may also call these.
    """

    def __init__(self, *, policies=(), own=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="esim-lab-bus-"))
        self.folder.chmod(0o755)
        self.services = self.folder / "services"
        self.services.mkdir(mode=0o755)
        self.address = f"unix:path={self.folder / 'socket'}"
        self.policies = [pathlib.Path(p) for p in policies if pathlib.Path(p).exists()]
        self.own = tuple(own)
        self.process = None
        self._start()

    @property
    def environment(self):
        """What a client needs in its environment."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    def _configuration(self):
        callable_names = PLAYED if self.policies else PLAYED + self.own
        return CONFIGURATION.format(
            socket=escape(str(self.folder / "socket")), services=escape(str(self.services)),
            user=quoteattr(str(os.getuid())),
            played="\n".join(f"    <allow send_destination={quoteattr(n)}/>"
                             for n in callable_names),
            includes="\n".join(f"  <include>{escape(str(p.resolve()))}</include>"
                               for p in self.policies),
            owned="\n".join(f"    <allow own={quoteattr(n)}/>" for n in PLAYED + self.own))

    def _start(self):
        configuration = self.folder / "bus.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        reading, writing = os.pipe()
        with open(self.folder / "bus.log", "wb") as log:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, "dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile",
                 "--nosyslog", f"--print-address={writing}"],
                pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.environment}, start_new_session=True)
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], 10)
        line = os.read(reading, 4096) if ready else b""
        os.close(reading)
        if not line:
            words = self.log()
            self.close()
            raise RuntimeError(f"dbus-daemon did not start: {words}")

    def add_service(self, name, program):
        """Let the bus start `program` (a path) when somebody calls `name`."""
        (self.services / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec={program}\nUser={user_name()}\n", encoding="utf-8")
        self.reload()

    def remove_service(self, name):
        (self.services / f"{name}.service").unlink(missing_ok=True)
        self.reload()

    def reload(self):
        subprocess.run(["dbus-send", f"--bus={self.address}", "--print-reply",
                        "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
                        "org.freedesktop.DBus.ReloadConfig"],
                       check=True, stdout=subprocess.DEVNULL, timeout=10)

    def log(self):
        try:
            return (self.folder / "bus.log").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def close(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def user_name():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
