"""`python -m fuzz`: fuzzes targets with atheris, or runs kept inputs through one."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from fuzz.corpus import TARGETS, kept
from fuzz.running import Unavailable, fails, fuzzed, run_child

CHILD = "--child"


def main(arguments: Sequence[str]) -> int:
    """The exit status: 1 where an input failed, 2 where nothing could be run."""
    if arguments[:1] == [CHILD]:
        run_child(arguments[1], arguments[2:])
    asked = _parser().parse_args(arguments)
    names = [asked.target] if asked.target else list(TARGETS)
    if asked.replay is not None:
        return _replay(names, asked.replay, asked.corpus)
    found = 0
    for name in names:
        print(f"fuzzing {name} for {asked.seconds} s: {TARGETS[name]}", flush=True)
        try:
            files = fuzzed(name, asked.seconds, asked.corpus)
        except Unavailable:
            print(
                f"atheris is not installed for {sys.executable}: run 'make fuzz', which installs it in .venv-fuzz, or\n"
                "pip install --require-hashes -r requirements/runtime.txt -r requirements/fuzz.txt",
                file=sys.stderr,
            )
            return 2
        for file in files:
            print(f"{name}: an input fails; kept as {file}\n  replay it: python -m fuzz {name} --replay {file}")
        found += len(files)
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m fuzz", description=__doc__, epilog=_epilog())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("target", nargs="?", choices=TARGETS, metavar="TARGET", help="one of those below; all without")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long each target runs (default: 60)")
    parser.add_argument(
        "--corpus", type=Path, metavar="FOLDER", help="inputs to begin with (default: fuzz/corpus/TARGET)"
    )
    parser.add_argument(
        "--replay", nargs="*", type=Path, metavar="FILE", help="run these inputs, or all kept, and no fuzzer"
    )
    return parser


def _epilog() -> str:
    return "targets:\n" + "\n".join(f"  {name:12} {about}" for name, about in TARGETS.items())


def _replay(names: Sequence[str], files: Sequence[Path], folder: Path | None) -> int:
    failed = 0
    for name in names:
        for file in files or kept(name, folder):
            error = fails(name, file.read_bytes())
            print(f"{name} {file}: {'fails' if error else 'ok'}")
            if error:
                failed += 1
                traceback.print_exception(error)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
