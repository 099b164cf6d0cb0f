"""`python -m tests.confinement FOLDER COMMAND...`: runs a command as its container would, in a mount namespace.

As a user without rights, with everything read-only but one folder, and with no shell. Started by `unshare --mount`.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

USER = 10001
SHELLS = ("sh", "bash", "dash", "zsh")


def confine(folder: Path) -> None:
    """From here on there is no shell, and all but the folder is read-only. For this namespace alone."""
    for shell in {Path(place, name).resolve() for place in ("/bin", "/usr/bin") for name in SHELLS}:
        if shell.exists():
            _mount("--bind", os.devnull, str(shell))
    _open_doors(folder, [Path(sys.base_prefix), Path(sys.prefix), Path.cwd()])
    _mount("--bind", str(folder), str(folder))
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    for place in {place for place in places if place != str(folder)}:
        # Some are hidden under others, and some of the kernel's can't be mounted again: the test checks what counts.
        subprocess.run(["mount", "-o", "remount,bind,ro", place], capture_output=True, check=False)


def _open_doors(folder: Path, desired: list[Path]) -> None:
    """Lets everyone through to what is declared, and to nothing else, where a folder above it is closed to others."""
    behind: defaultdict[Path, set[Path]] = defaultdict(set)
    for path in desired:
        closed = next((one for one in reversed(path.parents) if not one.stat().st_mode & stat.S_IXOTH), None)
        if closed is not None:
            behind[closed].add(path)
    for number, (closed, paths) in enumerate(behind.items()):
        front = folder.parent / f"door-{number}"
        for path in paths:
            (front / path.relative_to(closed)).mkdir(parents=True)
            _mount("--bind", str(path), str(front / path.relative_to(closed)))
        _mount("--rbind", str(front), str(closed))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    rights = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", *rights, *sys.argv[2:]]
    os.execvp("setpriv", command)  # noqa: S606  there is no shell any more
