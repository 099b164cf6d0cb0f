"""Documents from a Git repository elsewhere: fetched into a bare mirror in the cache folder, read commit by commit."""

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from reconciler.model import DEFAULT_LIMITS, InputLimits
from reconciler.source.commits import (
    REMOTE_HEAD,
    Entries,
    check_revision,
    folder_path,
    read_commit,
    resolve,
    revision_not_found,
)
from reconciler.source.credentials import find_credentials, git_environment
from reconciler.source.errors import (
    ROOM_HINT,
    DiskFullError,
    RevisionNotFoundError,
    SourceError,
    SourceTimeoutError,
    TooManyFilesError,
    error_from_git,
)
from reconciler.source.git_process import Git, GitFailedError
from reconciler.source.snapshot import Distrust, Snapshot, SourceFile
from reconciler.source.ssh import ssh_environment
from reconciler.source.urls import parse_url
from reconciler.source.verification import Verifier, was_rewound

DEFAULT_TIMEOUT: Final = 60.0

log = logging.getLogger(__name__)

_BRANCHES_AND_TAGS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_SLOW_BYTES_PER_SECOND = "1000"
_LOCK_POLL_SECONDS = 0.05


class GitSource:
    """One branch, tag or commit of a repository, at `url`.

    `ref` None means the default branch of the server. `path` is the folder of the repository that holds the documents.
    `timeout` is how many seconds a fetch may take, waiting for other processes included. Credentials come from
    `environ`, see `credentials`. `allow_http` allows unencrypted http to other machines.

    Raises ForbiddenUrlError for a URL, ref or path that is not allowed, ConfigError for an unreadable credentials file.
    """

    def __init__(
        self,
        url: str,
        ref: str | None = None,
        *,
        cache_dir: Path,
        path: str = "",
        timeout: float = DEFAULT_TIMEOUT,
        environ: Mapping[str, str] = os.environ,
        allow_http: bool = False,
        verifier: Verifier | None = None,
        limits: InputLimits = DEFAULT_LIMITS,
    ) -> None:
        self._address = parse_url(url, allow_http=allow_http)
        self._environ = environ
        self.label = self._address.url
        self.ref = check_revision(ref) if ref is not None else None
        self.folder = folder_path(path)
        self.timeout = timeout
        name = hashlib.sha256(self._address.url.encode()).hexdigest()[:32]
        self.mirror = cache_dir / f"{name}.git"
        self._settings = {
            "http.lowSpeedLimit": _SLOW_BYTES_PER_SECOND,
            "http.lowSpeedTime": str(max(1, int(timeout))),
            "fetch.recurseSubmodules": "false",
            "protocol.version": "2",
        }
        self._log_in()
        self._verifier = verifier
        self._limits = limits
        self._entries = Entries()
        desired = f"{self.ref}\0{self.folder}" + "\0verified" * (verifier is not None)
        self._kept_ref = f"refs/magi/kept/{hashlib.sha256(desired.encode()).hexdigest()[:16]}"
        self._latest: Snapshot | None = None
        self._unreadable = False
        self._too_many: tuple[str, TooManyFilesError] | None = None

    def fetch(self) -> Snapshot:
        """The newest commit of the ref, after one fetch from the server.

        Raises SourceError, or ConfigError for credentials that can't be read; the last good commit stays readable
        then, see `last_good`.
        """
        self._log_in()
        deadline = time.monotonic() + self.timeout
        with _locked(self.mirror, deadline, self.label):
            try:
                snapshot = self._fetched(deadline)
                self._git(self.mirror).run("update-ref", self._kept_ref, str(snapshot.commit))
            except GitFailedError as error:
                raise error_from_git(self.label, error.stderr) from None
            except OSError as error:
                raise _unusable(self.mirror.parent, error) from None
        self._latest = snapshot
        return snapshot

    def last_good(self) -> Snapshot | None:
        """What the last successful fetch found, also that of an earlier process; None if there was none. No network."""
        if self._latest is None and self.mirror.is_dir():
            git = self._git(self.mirror)
            try:
                commit = resolve(git, self._kept_ref, prefixes=())
                self._latest = self._read(self.mirror, commit) if commit else None
            except SourceError:
                return None  # a broken mirror holds nothing; the next fetch re-creates it
        return self._latest

    def commit_of(self, revision: str) -> str | None:
        """The commit that a revision meant at the server at the last fetch; None if there is none."""
        return resolve(self.git, revision)

    @property
    def git(self) -> Git:
        """Git on the mirror, which is there after a fetch."""
        return self._git(self.mirror)

    def _log_in(self) -> None:
        """Takes the credentials as they are now: they may have been rotated since."""
        credentials = find_credentials(self._address, self._environ)
        self._secrets = credentials.secrets if credentials else ()
        self._environment = {
            "GIT_ALLOW_PROTOCOL": self._address.protocol,
            **ssh_environment(self._environ, connect_timeout=max(1, min(30, int(self.timeout)))),
            **git_environment(self._address, credentials),
        }

    def _fetched(self, deadline: float) -> Snapshot:
        """Fetches into the mirror and reads; where the mirror is missing or broken, into a new one."""
        broken = self.mirror.is_dir()
        if broken and not self._unreadable:
            try:
                return self._fetch_into(self.mirror, deadline)
            except GitFailedError as failure:
                error = self._error(failure)
                if type(error) is not SourceError or self._is_sound():
                    raise error from None
        new = _new_mirror(self.mirror)
        try:
            fetched = self._fetch_into(new, deadline)
            _put_in_place(new, self.mirror)
            self._unreadable = False
        except GitFailedError as error:
            raise self._error(error) from None
        finally:
            shutil.rmtree(new, ignore_errors=True)
        snapshot = replace(self._read(self.mirror, str(fetched.commit)), distrust=fetched.distrust)
        if not broken:
            return snapshot
        message = f"the mirror in {self.mirror.parent} was broken, and was re-created"
        log.warning("the mirror was broken, and was re-created", extra={"url": self.label, "mirror": str(self.mirror)})
        return replace(snapshot, warnings=(message, *snapshot.warnings))

    def _error(self, failure: GitFailedError) -> SourceError:
        """What went wrong in a fetch, reported as what it is where the branch was there before."""
        error = error_from_git(self.label, failure.stderr)
        if isinstance(error, RevisionNotFoundError) and self._latest:
            return self._deleted("the default branch", str(self._latest.commit))
        return error

    def _deleted(self, name: str, known: str, hint: str = "") -> RevisionNotFoundError:
        message = f"{self.label}: {name} was deleted on the server; commit {known[:10]} of it was in force"
        return RevisionNotFoundError(message, hint or "push it again, or name another one")

    def _fetch_into(self, mirror: Path, deadline: float) -> Snapshot:
        git = self._git(mirror)
        of_remote = (f"+HEAD:{REMOTE_HEAD}",) if (self.ref or "HEAD").startswith("HEAD") else ()
        self._download(git, deadline, *of_remote, *_BRANCHES_AND_TAGS)
        head = self._resolve(git, deadline)
        known = self._known(git)
        commit, distrust = self._verified(git, head, known)
        if self._latest and self._latest.commit == commit and mirror == self.mirror:
            return self._latest if self._latest.distrust == distrust else replace(self._latest, distrust=distrust)
        snapshot = replace(self._read(mirror, commit), distrust=distrust)
        if known and commit == head and was_rewound(git, head, known):
            message = f"the branch was wound back to commit {head[:10]}, from commit {known[:10]}, which was in force"
            snapshot = replace(snapshot, warnings=(message, *snapshot.warnings))
        return snapshot

    def _known(self, git: Git) -> str | None:
        """The commit that was in force before this fetch."""
        return self._latest.commit if self._latest else resolve(git, self._kept_ref, prefixes=())

    def _verified(self, git: Git, commit: str, known: str | None) -> tuple[str, Distrust | None]:
        """The commit that may be in force, and why it is not the newest."""
        return (commit, None) if self._verifier is None else self._verifier.in_force(git, commit, known)

    def _download(self, git: Git, deadline: float, *refspecs: str) -> None:
        options = ("--quiet", "--prune", "--no-tags", "--no-write-fetch-head")
        left = max(0.1, deadline - time.monotonic())
        try:
            git.run("fetch", *options, "--", self.label, *refspecs, timeout=left)
        except SourceTimeoutError as error:
            raise SourceTimeoutError(f"{self.label}: no answer within {self.timeout:g} seconds", error.hint) from None

    def _resolve(self, git: Git, deadline: float) -> str:
        if self.ref is None:
            commit = resolve(git, REMOTE_HEAD, prefixes=())
            if commit is None:
                raise RevisionNotFoundError(f"{self.label}: the repository is empty", "push a commit")
            return commit
        commit = resolve(git, self.ref)
        if commit is None and len(self.ref) == 40:
            # A commit that no branch or tag leads to any more; many servers hand it out all the same.
            with suppress(GitFailedError):
                self._download(git, deadline, self.ref)
            commit = resolve(git, self.ref)
        if commit is None:
            error = revision_not_found(git, self.ref)
            known = self._known(git)
            raise self._deleted(f"the branch or tag {self.ref!r}", known, error.hint) if known else error
        return commit

    def _read(self, mirror: Path, commit: str) -> Snapshot:
        """The files of a commit; where their contents turn out unreadable, the next fetch re-creates the mirror."""
        if self._too_many and self._too_many[0] == commit:
            raise self._too_many[1]  # to list it again would take as long, and come to the same
        try:
            snapshot = read_commit(
                self._git(mirror), commit, self.folder, self._verifier, limits=self._limits, entries=self._entries
            )
        except TooManyFilesError as error:
            self._too_many = (commit, error)
            raise
        except SourceError as error:
            self._unreadable |= type(error) is SourceError
            raise

        def read(files: Sequence[SourceFile]) -> dict[str, bytes]:
            try:
                return snapshot.reader(files)
            except SourceError:
                self._unreadable = True
                raise

        return replace(snapshot, reader=read)

    def _is_sound(self) -> bool:
        """Whether the mirror itself is in order, so that a failure lies with the server."""
        try:
            self._git(self.mirror).run("rev-list", "--objects", "--all", "--quiet")
        except SourceError:
            return False
        return not any(self.mirror.rglob("*.lock"))

    def _git(self, mirror: Path) -> Git:
        return Git(mirror, self.label, self._environment, self._settings, self._secrets)


def _new_mirror(place: Path) -> Path:
    """An empty mirror beside the place where it will be; the caller holds the lock."""
    for left_by_a_killed_process in place.parent.glob(f".{place.stem}-*"):
        shutil.rmtree(left_by_a_killed_process, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{place.stem}-", dir=place.parent))
    Git(folder, str(place)).run("init", "--quiet", "--bare", "--template=")
    return folder


def _put_in_place(new: Path, place: Path) -> None:
    """Puts a whole mirror where none, or a broken one, is."""
    if place.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{place.stem}-", dir=place.parent))
        place.rename(old / "mirror")
        new.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(place)


@contextmanager
def _locked(mirror: Path, deadline: float, label: str) -> Iterator[None]:
    """Keeps other processes and threads off a mirror. Raises SourceTimeoutError at the deadline."""
    try:
        mirror.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(mirror.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(mirror.parent, error) from None
    try:
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise SourceTimeoutError(f"{label}: another process keeps the mirror busy", "it is tried again")
            time.sleep(_LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _unusable(folder: Path, error: OSError) -> SourceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of the cache folder {folder} is full", ROOM_HINT)
    return SourceError(f"the cache folder {folder} cannot be used: {error.strerror}", "name another one")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
