# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's root: a Debian made by mmdebstrap from the packages of `tools/packages guest`, kept until they change.

A folder of the cache holds one: root.squashfs, vmlinuz, modules.txt (what the first program of the guest loads, in
order) and those modules, and busybox.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

TOP = pathlib.Path(__file__).resolve().parents[2]
# What a guest without screen, sound and manual does without; the packages stay the stock ones.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/lib/modules/*/kernel/drivers/gpu/*",
            "/lib/modules/*/kernel/drivers/media/*", "/lib/modules/*/kernel/sound/*",
            # No initial RAM disk is made in there: ours is smaller (initrd.py).
            "/etc/kernel/postinst.d/initramfs-tools")
# The way from the kernel to the root: the disk, its file system, the layer that takes what is written.
NEEDED_MODULES = ("virtio_pci", "virtio_blk", "squashfs", "overlay")
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"


class ImageError(Exception):
    """The guest's root could not be made; the text says why."""


def cache_folder():
    """ESIMD_SYSTEM_CACHE, or build/system/."""
    return pathlib.Path(os.environ.get("ESIMD_SYSTEM_CACHE") or TOP / "build" / "system").resolve()


def suite():
    """Debian's code name on this machine: what is built here runs there."""
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"(?m)^VERSION_CODENAME=(\w+)$", text)
    return found.group(1) if found else "bookworm"


def sources():
    """Where this machine has its Debian from, as lines for mmdebstrap; Debian's own servers if it does not say."""
    wanted = suite()
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)",
                           "Created-By: Packages"], capture_output=True, text=True, check=False).stdout
    lines = [f"deb {uri} {release} main" for uri, release, component, origin in
             (line.split(maxsplit=3) for line in told.splitlines() if len(line.split()) > 3)
             if origin == "Debian" and component == "main" and release.split("-")[0] == wanted]
    if not any(line.split()[2] == wanted for line in lines):
        lines = [f"deb {MIRROR} {wanted} main", f"deb {MIRROR} {wanted}-updates main",
                 f"deb {SECURITY} {wanted}-security main"]
    return list(dict.fromkeys(lines))


def packages():
    return subprocess.run([TOP / "tools" / "packages", "guest"], check=True, capture_output=True,
                          text=True).stdout.split()


def key():
    """Another list of packages, or another way of making it, is another image."""
    parts = [suite(), *packages(), *LEFT_OUT, *NEEDED_MODULES, pathlib.Path(__file__).read_text(encoding="utf-8")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def image(say=print, rebuild=False):
    """The folder of the image; made if it is not there. ImageError."""
    cache = cache_folder()
    folder = cache / f"image-{key()}"
    if (folder / "complete").exists() and not rebuild:
        return folder
    say("making the guest's root (once, until its packages change)")
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob("image-*"):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir()
    archive = folder / "root.tar"
    _bootstrap(archive)
    _take_out(archive, folder)
    with open(archive, "rb") as reading:
        # lz4: what is unpacked by an emulated processor should be unpacked easily.
        done = subprocess.run(["tar2sqfs", "-q", "-f", "-c", "lz4", folder / "root.squashfs"], stdin=reading,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"tar2sqfs: {done.stderr}")
    archive.unlink()
    (folder / "complete").touch()
    return folder


def _bootstrap(archive):
    command = ["mmdebstrap", "--variant=minbase", "--format=tar", "--skip=output/dev", "--include=" + ",".join(packages())]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    command += [suite(), str(archive), *sources()]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
    if done.returncode != 0:
        raise ImageError("mmdebstrap could not make the guest's root:\n" + "\n".join(done.stdout.splitlines()[-30:]))


def _take_out(archive, folder):
    """Kernel, busybox and the first modules, out of the archive."""
    with tarfile.open(archive) as tar:
        members = {member.name.lstrip("./"): member for member in tar}
        kernels = sorted(name for name in members if re.fullmatch(r"boot/vmlinuz-[^/]+", name))
        if len(kernels) != 1:
            raise ImageError(f"one kernel was expected, not {kernels}")
        version = kernels[0].split("-", 1)[1]
        place = next((p for p in (f"usr/lib/modules/{version}", f"lib/modules/{version}")
                      if f"{p}/modules.dep" in members), None)
        busybox = next((p for p in ("usr/bin/busybox", "bin/busybox") if p in members), None)
        if place is None or busybox is None:
            raise ImageError("the root has no modules, or no busybox")

        def copy(name, to):
            with tar.extractfile(members[name]) as reading, open(folder / to, "wb") as writing:
                shutil.copyfileobj(reading, writing)
        copy(kernels[0], "vmlinuz")
        copy(busybox, "busybox")
        depends = tar.extractfile(members[f"{place}/modules.dep"]).read().decode()
        order = load_order(depends, NEEDED_MODULES)
        for path in order:
            copy(f"{place}/{path}", pathlib.PurePath(path).name)
    (folder / "modules.txt").write_text("".join(f"{pathlib.PurePath(p).name}\n" for p in order), encoding="utf-8")


def load_order(depends, wanted):
    """Paths of modules in the order in which they can be loaded, from the text of modules.dep."""
    table = {}
    for line in depends.splitlines():
        path, _, others = line.partition(":")
        table[path] = others.split()
    by_name = {pathlib.PurePath(path).name.split(".")[0].replace("-", "_"): path for path in table}
    order = []
    for name in wanted:
        if name not in by_name:
            continue    # built into the kernel
        # modules.dep lists the nearest first, so that the last can be loaded first.
        for path in [*reversed(table[by_name[name]]), by_name[name]]:
            if path not in order:
                order.append(path)
    return order
