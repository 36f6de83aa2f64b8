"""Closing a worker in: no network, no privileges, bounded resources.

Every measure is taken where the system allows it; what was taken is reported, so that an operator knows.
"""

import ctypes
import os
import platform
import pwd
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.extraction.limits import Limits

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION = 0x20080522

# Of the kernel's audit.h and unistd.h: architecture, and the numbers of socket and io_uring_setup.
_ARCHITECTURES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_BPF_LOAD, _BPF_JUMP_EQUAL, _BPF_JUMP_FROM, _BPF_RETURN = 0x20, 0x15, 0x35, 0x06
# Calls numbered from here are the x32 form of the same ones.
_X32 = 0x40000000
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1


@dataclass(frozen=True, slots=True)
class Isolation:
    """What closes a worker in.

    Attributes:
        network: ``namespace+seccomp``, ``namespace``, ``seccomp``, or ``python`` (sockets refused in
            Python only, where the kernel offers nothing).
        user: name of the user it runs as.
        dropped: whether that is another user than the parent's.
    """

    network: str
    user: str
    dropped: bool


def no_network() -> str:
    """Take the network away from this process and its children; returns how.

    Must run while the process has one thread.
    """
    ways = []
    if _own_network_namespace():
        ways.append("namespace")
    if _refuse_sockets():
        ways.append("seccomp")
    if not ways:
        _guard_sockets()
        ways.append("python")
    return "+".join(ways)


def unprivileged_ids() -> tuple[int, int] | None:
    """User and group that a worker started by root becomes, None when the parent is not root."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return None
    return nobody.pw_uid, nobody.pw_gid


def drop_privileges(needed: tuple[Path, ...]) -> bool:
    """Become ``nobody`` for good when started by root; returns whether it was done.

    Where an interpreter installed in root's home could not go on importing, the one capability of reading
    files (CAP_DAC_READ_SEARCH) is kept: nothing can be written or signalled with it, and programs started
    from here do not inherit it.

    Args:
        needed: folders that must stay readable (the interpreter, the code, the worker's own).
    """
    ids = unprivileged_ids()
    if ids is None:
        return False
    user, group = ids
    os.setgroups([])
    os.setegid(group)
    os.seteuid(user)
    readable = all(os.access(folder, os.R_OK | os.X_OK, effective_ids=True) for folder in needed)
    os.seteuid(0)
    if not readable and (sys.platform != "linux" or _libc().prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0):
        return False
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if not readable:
        _keep_only(_CAP_DAC_READ_SEARCH)
    return True


def _keep_only(capability: int) -> None:
    """Give up every capability but one."""
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION, 0))
    kept = 1 << capability
    data = ctypes.create_string_buffer(struct.pack("6I", kept, kept, 0, 0, 0, 0))
    if _libc().capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def bound_resources(limits: Limits) -> None:
    """Set the limits of the process that no file may pass; children inherit them."""
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0)
    # RLIMIT_DATA counts what a process writes, not the libraries it maps: RLIMIT_AS at the same value stops
    # LibreOffice and Tesseract, which map more than 1 GiB to use a quarter of it.
    _limit(resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS, limits.memory_bytes)


def allow_cpu(seconds: int) -> None:
    """Give this process so many more seconds of processor time (its next file)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def die_with_parent() -> None:
    """Be killed when the thread that started this process ends; must follow any change of user."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (value, value))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _own_network_namespace() -> bool:
    """Move to an empty network namespace: directly as root, else through a user namespace."""
    if sys.platform != "linux":
        return False
    libc = _libc()
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    # The same user inside as outside: files created keep their owner, and names still resolve.
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with suppress(OSError):
            Path("/proc/self", name).write_text(line)
    return True


def _refuse_sockets() -> bool:
    """A seccomp filter: only local (AF_UNIX) sockets can be made, and no io_uring, by any process from here."""
    known = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    architecture, socket_call, io_uring_call = known
    program = [
        (_BPF_LOAD, 0, 0, 4),  # the architecture
        (_BPF_JUMP_EQUAL, 1, 0, architecture),
        (_BPF_RETURN, 0, 0, _REFUSE),
        (_BPF_LOAD, 0, 0, 0),  # the system call
        (_BPF_JUMP_FROM, 5, 0, _X32),
        (_BPF_JUMP_EQUAL, 4, 0, io_uring_call),
        (_BPF_JUMP_EQUAL, 0, 2, socket_call),
        (_BPF_LOAD, 0, 0, 16),  # its first argument, the address family
        (_BPF_JUMP_EQUAL, 0, 1, int(socket.AF_UNIX)),
        (_BPF_RETURN, 0, 0, _ALLOW),
        (_BPF_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = ctypes.create_string_buffer(struct.pack("HL", len(program), ctypes.addressof(code)))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _guard_sockets() -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("no network in extraction workers")

    sys.addaudithook(lambda event, _: refused() if event in {"socket.connect", "socket.getaddrinfo"} else None)
