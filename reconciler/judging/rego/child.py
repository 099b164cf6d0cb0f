"""The process of the rules. It has no environment, no way to write a file, and as much time and memory as it is given.

    python -I child.py CPU_SECONDS MEMORY_BYTES     reads a job as JSON and writes the mark and an answer as JSON

It is run by its path and imports nothing of Magi: the job shows where the engine is. A job has ``do``:

check   reads ``files``; answers with what can't be parsed, and which of ``builtins`` the engine lacks
decide  evaluates ``package`` for ``input``; answers with its rules by name, or with those of ``names`` that fail
test    evaluates each of ``tests`` by itself; answers with what came of it, by its name
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARK = "answer of the rules: "
_ERROR = re.compile(r"\(error (\d+):")
_MESSAGE = re.compile(r"\(errormsg (\d+):")


def bound_time(seconds: int) -> None:
    """Ends this process also where no one is left to end it; and it writes no file."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def bound_memory(more: int) -> None:
    """Lets this process take so many bytes more once the engine runs, which reserves 256 GB of addresses by itself."""
    from regopy import Interpreter  # noqa: PLC0415  an extra

    Interpreter()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def answer(job: Mapping[str, Any]) -> Any:
    """What a job asks for."""
    match job["do"]:
        case "check":
            return _check(job)
        case "decide":
            return _decide(job)
        case _:
            return {name: _test(job, name) for name in job["tests"]}


def _check(job: Mapping[str, Any]) -> Any:
    from regopy import Interpreter, RegoError  # noqa: PLC0415  an extra

    errors = []
    for name, text in job["files"].items():
        try:
            Interpreter().add_module(name, text)
        except RegoError as error:
            errors += [[name, *one] for one in _errors(str(error.args[0]))] or [[name, 0, str(error.args[0])]]
    engine = Interpreter()
    return {"errors": errors, "lacking": [name for name in job["builtins"] if not engine.is_builtin(name)]}


def _errors(output: str) -> list[tuple[int, str]]:
    """The errors in what the engine raises: at which byte of the file, and what is wrong."""
    found = []
    for one in _ERROR.finditer(output):
        place = output[one.end() + int(one[1]) :].split("|", 2)
        message = _MESSAGE.search(output, one.end())
        if message and len(place) > 1 and place[1].isdecimal():
            found.append((int(place[1]), output[message.end() : message.end() + int(message[1])]))
    return found


def _decide(job: Mapping[str, Any]) -> Any:
    found, why = _query(job, f"data.{job['package']}")
    if not why:
        return {"decided": found}
    output = {name: _query(job, f"data.{job['package']}.{name}")[1] for name in job["names"]}
    return {"failed": {name: error for name, error in output.items() if error} or {"": why}}


def _test(job: Mapping[str, Any], name: str) -> Any:
    found, why = _query(job, f"data.{name}")
    return {"passed": found is True, "error": why}


def _query(job: Mapping[str, Any], query: str) -> tuple[Any, str]:
    """What a query is, None where it is undefined; or why it fails. Each has a new engine: a failure spoils one."""
    from regopy import Interpreter  # noqa: PLC0415  an extra

    engine = Interpreter()
    # Else a builtin that fails, or is not there, would be undefined: its rule would say nothing.
    engine.strict_built_in_errors = True
    for name, text in job["files"].items():
        engine.add_module(name, text)
    if "data" in job:
        engine.add_data(job["data"])
    if "input" in job:
        engine.set_input(job["input"])
    try:
        output = engine.query(query)
    except json.JSONDecodeError as error:
        # What is wrong, in place of an answer.
        errors = list(_MESSAGE.finditer(error.doc))
        return None, "; ".join(error.doc[one.end() : one.end() + int(one[1])] for one in errors) or error.doc
    if not output.ok():
        return None, "a builtin function can't take what it is given, or a rule has two values"
    return next((one for result in output.results for one in result.expressions), None), ""


if __name__ == "__main__":
    bound_time(int(sys.argv[1]))
    given = json.load(sys.stdin)
    sys.path[:] = given["path"]
    bound_memory(int(sys.argv[2]))
    output = json.dumps(answer(given))
    sys.stdout.flush()
    sys.stdout.write(f"\n{MARK}{output}\n")
