"""GitPython's commands, in an environment of their own, and ended with all their children when they take too long.

By itself GitPython hands on the whole environment (the GIT_DIR of a hook, the credential helper of a user), and its
time limit finds children with `ps`, which slim images lack. Here `env` removes what is not needed, and a process
group of its own can be ended whole.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.source.errors import NotARepositoryError, SourceError, SourceTimeoutError, redact

LOCAL_TIMEOUT = 120.0
"""Seconds for commands that only read what is on disk."""

_KEPT = (
    "PATH", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
)  # fmt: skip
_ISOLATION = {
    "HOME": os.devnull,  # no .netrc, no .gitconfig
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "submodule.recurse": "false",
    "gc.autoDetach": "false",  # nothing may run on after the command
    "safe.directory": "*",  # only plumbing that runs nothing of the repository is used on repositories of others
}
_NO_SUCH_PROGRAM = 127
_PIECE = 1 << 16
_MOST = 1 << 29
_MOST_SAID = 1 << 20
_running: set[subprocess.Popen[bytes]] = set()
_GRACE_SECONDS = 2.0


class GitFailedError(SourceError):
    """A git command failed; `stderr` is what it said, without secrets, `output` what it answered all the same."""

    def __init__(self, command: str, stderr: str, status: int = 1, output: bytes = b"") -> None:
        super().__init__(f"git {command} failed: {stderr.strip() or 'no message'}")
        self.stderr = stderr
        self.status = status
        self.output = output


class TooMuchError(SourceError):
    """A git command gave out more than was to be taken."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git on one repository. `environment` is added to the isolated one; `secrets` never leave it in messages."""

    git_dir: Path
    label: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    work_tree: Path | None = None
    """For commands that read files on disk: they run in it."""

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = LOCAL_TIMEOUT, most: int = _MOST) -> bytes:
        """Standard output of a command.

        Raises GitFailedError where it fails, SourceTimeoutError after `timeout` seconds, TooMuchError for more than
        `most` bytes; no process is left then.
        """
        settings = {**_SETTINGS, **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = self._start(*options, *arguments)
        _running.add(process)
        try:
            output, errors = _communicate(process, stdin, timeout, most)
        except _OverflowError:
            raise TooMuchError(f"{self.label}: git {arguments[0]} gives out more than {most:,} bytes") from None
        except subprocess.TimeoutExpired:
            raise SourceTimeoutError(
                f"{self.label}: no answer within {timeout:g} seconds",
                "check the network and the server; it is tried again",
            ) from None
        finally:
            _end(process)
            _running.discard(process)
        if process.returncode == _NO_SUCH_PROGRAM:
            raise _not_installed()
        if process.returncode:
            said = redact(errors.decode("utf-8", "replace"), *self.secrets)
            raise GitFailedError(arguments[0], said, process.returncode, output)
        return output

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts git in a session, and so a process group, of its own."""
        # GitPython looks for the git program when it is imported; a plain directory needs neither.
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        from git import GitCommandNotFound  # noqa: PLC0415 - see above
        from git.cmd import Git as Command  # noqa: PLC0415

        if not self.git_dir.is_dir():
            raise NotARepositoryError(f"{self.label}: {self.git_dir} is gone")
        environment = {**_ISOLATION, **self.environment}
        # Only names are here, so nothing that is secret can be read off the command line.
        unwanted = [f"--unset={name}" for name in os.environ if name not in _KEPT and name not in environment]
        try:
            tree = [f"--work-tree={self.work_tree}"] if self.work_tree else []
            started = Command(self.work_tree or self.git_dir).execute(
                ["env", *unwanted, "git", f"--git-dir={self.git_dir}", *tree, *arguments],
                istream=subprocess.PIPE,
                as_process=True,
                env=environment,
                start_new_session=True,
            )
        except GitCommandNotFound:
            raise _not_installed() from None
        process = started.proc
        assert isinstance(process, subprocess.Popen)  # noqa: S101  it was started just now
        started.proc = None  # or GitPython would end it as soon as it forgets it
        return process


class _OverflowError(Exception):
    """A process wrote more than was to be taken."""


def _communicate(process: subprocess.Popen[bytes], stdin: bytes, timeout: float, most: int) -> tuple[bytes, bytes]:
    """What `Popen.communicate` answers with. Raises _OverflowError as soon as there is more than that."""
    until = time.monotonic() + timeout
    assert process.stdin is not None  # noqa: S101  they are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    left = memoryview(stdin)
    outputs = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in outputs:
            selector.register(stream, selectors.EVENT_READ)
        if left:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if time.monotonic() >= until:
                raise subprocess.TimeoutExpired(process.args, timeout)
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    left = _write_some(process, left)
                    if not left:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                piece = os.read(key.fd, _PIECE)
                if not piece:
                    selector.unregister(key.fileobj)
                output = outputs[process.stdout if key.fileobj is process.stdout else process.stderr]
                if key.fileobj is process.stdout and len(output) + len(piece) > most:
                    raise _OverflowError
                if key.fileobj is process.stdout or len(output) < _MOST_SAID:
                    output += piece
    process.wait(max(0.0, until - time.monotonic()))
    return bytes(outputs[process.stdout]), bytes(outputs[process.stderr])


def _write_some(process: subprocess.Popen[bytes], left: memoryview) -> memoryview:
    """Hands on a piece of the input; what is left of it, nothing where the process takes no more."""
    assert process.stdin  # noqa: S101  it is a pipe
    try:
        return left[os.write(process.stdin.fileno(), left[:_PIECE]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


def kill_running() -> None:
    """Kills every git command that runs, with all that it started: nothing may outlive the process of Magi."""
    for process in tuple(_running):
        if process.poll() is None:
            _signal_group(process, signal.SIGKILL)


def _not_installed() -> SourceError:
    return SourceError("git is not installed", "install it, or give a plain directory")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process with everything that it started: politely, so that git removes its lock files, then surely."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        _signal_group(process, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream and not stream.closed:
            stream.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # ended by itself meanwhile
        os.killpg(process.pid, number)
