"""`python -m tests.system_calls UNIT COMMAND...`: runs a command within the system calls that a systemd unit allows.

And, as it asks for, with sockets of some address families alone, and with no memory that is both written and executed.
What it refuses fails with EPERM.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ERRNO_EPERM, ALLOW = 0x0005_0001, 0x7FFF_0000
PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
EQUAL = 4
LIBRARY = ctypes.util.find_library("seccomp")
AVAILABLE = bool(LIBRARY and shutil.which("systemd-analyze"))


class Comparison(ctypes.Structure):
    """libseccomp's scmp_arg_cmp: what an argument of a call has to be."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("mask", ctypes.c_uint64),
    )


def settings(unit: Path) -> list[tuple[str, str]]:
    """Name and value of each setting, in order: some come twice, and add up."""
    lines = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and line[0] != "#"]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def allowed(unit: Path) -> set[str]:
    """The system calls that the unit's filters leave."""
    found: set[str] = set()
    for name, value in settings(unit):
        if name == "SystemCallFilter":
            calls = {call for group in value.removeprefix("~").split() for call in _calls(group)}
            found = found - calls if value.startswith("~") else found | calls
    return found


def _calls(group: str) -> set[str]:
    command = ["systemd-analyze", "syscall-filter", "--no-pager", group]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    words = [line.split("#")[0].strip() for line in lines]
    return {call for word in words if word for call in (_calls(word) if word.startswith("@") else {word})}


def families(unit: Path) -> set[int]:
    """The address families of which the unit allows sockets."""
    names = [
        name for setting, value in settings(unit) if setting == "RestrictAddressFamilies" for name in value.split()
    ]
    return {int(getattr(socket, name)) for name in names}


def restrict(calls: set[str], families: set[int]) -> None:
    seccomp = ctypes.CDLL(LIBRARY)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(ERRNO_EPERM)))
    for call in calls - {"socket"}:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), ctypes.c_int(number), ctypes.c_uint(0))
    number = ctypes.c_int(seccomp.seccomp_syscall_resolve_name(b"socket"))
    for family in families:
        compared = Comparison(0, EQUAL, family, 0)
        seccomp.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, 1, ctypes.byref(compared))
    # Older kernels do without.
    ctypes.CDLL(None).prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0)
    if seccomp.seccomp_load(context):
        raise OSError("no filter of system calls here")


if __name__ == "__main__":
    restrict(allowed(Path(sys.argv[1])), families(Path(sys.argv[1])))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  nothing here is for a shell
