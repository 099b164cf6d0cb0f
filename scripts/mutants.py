"""`python -m scripts.mutants [PREFIX ...]`: which mutants no test notices. Called by `make mutants`.

mutmut makes the mutants and finds the tests that call each function; the rest of its run takes a second or more for
each mutant, as each one starts and collects. Here pytest collects once, and each mutant gets a process forked from
there, which runs its tests until one fails: those that found the last mutants first, then the fastest. Results are
kept where mutmut keeps them.

A mutant that has a result is not tried again, except for survivors: a test may have been added.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from mmap import mmap

import pytest
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers.isolation import get_mutant_runner

from scripts.mutants_table import FOLDER, ROOT, SURVIVED

_NO_TESTS = 33
"""What mutmut writes where no test calls the function."""

_FAR_TESTS = {"reconciler/planning/approving.py": (), "reconciler/planning/": ("tests/test_rego", "tests/cli/")}
"""What is left out of the tests of a module: these make plans too, but start the engine of Rego each time."""

_MOST_SECONDS = 600
"""Of all tests of a mutant."""


def prepare() -> None:
    """Brings the mutants, and what is known of the tests of each function, up to date with the code."""
    set_mutant_under_test("mutant_generation")
    FOLDER.mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(1)
    mutmut.collect_or_load_stats(get_mutant_runner(1), apply_config_invalidation=True)
    set_mutant_under_test("")


def modules(prefixes: Sequence[str]) -> Iterator[SourceFileMutationData]:
    """The modules with mutants, as mutmut keeps them; ``prefixes`` are paths."""
    for file in sorted(FOLDER.rglob("*.meta")):
        path = file.relative_to(FOLDER).as_posix().removesuffix(".meta")
        if not prefixes or path.startswith(tuple(prefixes)):
            module = SourceFileMutationData(path=path)
            module.meta_path = file  # also from another working directory
            module.load()
            yield module


class Trying:
    """A plugin of pytest: instead of the tests that it collected it runs those of each mutant, in a process each."""

    def __init__(self, chosen: Sequence[SourceFileMutationData], say: Callable[[str], None]) -> None:
        stats = json.loads((FOLDER / "mutmut-stats.json").read_text(encoding="utf-8"))
        self._durations: Mapping[str, float] = stats["duration_by_test"]
        self._tests: Mapping[str, Sequence[str]] = stats["tests_by_mangled_function_name"]
        self._modules = chosen
        self._say = say
        self._at = memoryview(mmap(-1, 4)).cast("i")  # shared with the processes: the test that runs
        self.wrong = "pytest collected no tests in mutants/"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            # For what a change makes endless. A test takes longer here when other processes are busy.
            limit = 2 + 20 * self._durations.get(item.nodeid, 0.0)
            item.add_marker(pytest.mark.timeout(limit, method="thread"))
        items = sorted(session.items, key=lambda item: self._durations.get(item.nodeid, 0.0))
        if self._exit_code(session, items, ""):
            self.wrong = "the tests fail without a mutant"
            return True
        gc.freeze()  # or each process copies all that was collected, as it counts references
        for module in self._modules:
            self._say(f"{module.path}\n")
            far = next((tests for part, tests in _FAR_TESTS.items() if str(module.path).startswith(part)), ())
            for name, code in module.exit_code_by_key.items():
                if code is None or code in SURVIVED:
                    calling = {_function_of(test) for test in self._tests.get(mangled_name_from_mutant_name(name), ())}
                    near = (item for item in items if not item.nodeid.startswith(far))
                    mine = [item for item in near if _function_of(item.nodeid) in calling]
                    module.exit_code_by_key[name] = self._exit_code(session, mine, name) if mine else _NO_TESTS
                    if module.exit_code_by_key[name] in SURVIVED:
                        self._say(f"  survived: {name}\n")
                    elif mine:
                        # It is likely to notice the next mutant of the same function too.
                        items.remove(last := mine[self._at[0]])
                        items.insert(0, last)
                    module.save()
        self.wrong = ""
        return True

    def _exit_code(self, session: pytest.Session, items: Sequence[pytest.Item], mutant: str) -> int:
        """How a process ended that ran the tests with a mutant: 0 where all passed; a signal counts as a failure."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            self._run(session, items, mutant)
        finally:
            os._exit(1)

    def _run(self, session: pytest.Session, items: Sequence[pytest.Item], mutant: str) -> None:
        gc.disable()
        signal.alarm(_MOST_SECONDS)
        set_mutant_under_test(mutant)
        for at, item in enumerate(items):
            self._at[0] = at
            following = items[at + 1] if at + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                os._exit(1)
        os._exit(0)


def _function_of(test: str) -> str:
    """A test without its parameters: where a result is cached, only one case of several calls what computes it."""
    return test.partition("[")[0]


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    prepare()
    chosen = list(modules(arguments))
    terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # pytest writes a line for each test, also in the processes of the mutants.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    trying = Trying(chosen, terminal.write)
    settings = config()
    with chdir(FOLDER):
        given = [*settings.pytest_add_cli_args, *settings.pytest_add_cli_args_test_selection]
        pytest.main(["--rootdir=.", "-q", "--tb=native", *given], plugins=[trying])
    if trying.wrong:
        terminal.write(f"{trying.wrong}: (cd mutants && ../.venv-mutants/bin/pytest) shows more\n")
    return 1 if trying.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
