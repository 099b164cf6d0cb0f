"""Runs git in an environment of its own, and ends it with all its children when it takes too long.

GitPython knows repositories, but its commands inherit the environment (so GIT_DIR of a hook, or a credential helper of
the user) and its time limit looks for children with `ps`, which slim images lack. Therefore the commands run here.
"""

import os
import signal
import subprocess
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
_GRACE_SECONDS = 2.0


class GitFailedError(SourceError):
    """A git command failed; `stderr` is what it said, without secrets."""

    def __init__(self, command: str, stderr: str) -> None:
        super().__init__(f"git {command} failed: {stderr.strip() or 'no message'}")
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class Git:
    """Git on one repository. `environment` is added to the isolated one; `secrets` never leave it in messages."""

    git_dir: Path
    label: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = LOCAL_TIMEOUT) -> bytes:
        """Standard output of a command.

        Raises GitFailedError where it fails, SourceTimeoutError after `timeout` seconds; no process is left then.
        """
        settings = {**_SETTINGS, **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _ISOLATION
        try:
            process = subprocess.Popen(
                ["git", f"--git-dir={self.git_dir}", *options, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.git_dir,
                env={**environment, **self.environment},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            if error.filename == "git":
                raise SourceError("git is not installed", "install it, or give a plain directory") from None
            raise NotARepositoryError(f"{self.label}: {self.git_dir} is gone") from None
        try:
            output, errors = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            raise SourceTimeoutError(
                f"{self.label}: no answer within {timeout:g} seconds",
                "check the network and the server; it is tried again",
            ) from None
        finally:
            _end(process)
        if process.returncode:
            said = redact(errors.decode("utf-8", "replace"), *self.secrets)
            raise GitFailedError(arguments[0], said)
        return output


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
