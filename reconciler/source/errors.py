"""Why a source could not be read. Raised by everything in `reconciler.source`.

    SourceError
    ├── ForbiddenUrlError       the URL or the revision is of a form that is not allowed
    ├── UnreachableError        the server does not answer, or not properly: again
    ├── SourceTimeoutError      it took too long: again
    ├── AuthenticationError     credentials are missing or wrong
    ├── NotARepositoryError     there is no repository, or nothing at all
    ├── UntrustedError          no commit has a signature of someone who is allowed to
    ├── ConflictError           two commits can't be merged by Git alone
    ├── DiskFullError           there is no room for what is fetched: again
    ├── TooManyFilesError       a commit or folder has more files than are read
    └── RevisionNotFoundError   the repository has no such branch, tag, commit or folder

Messages never hold credentials.
"""

import re

from reconciler.model import MagiError
from reconciler.source.plain_words import printable_part


class SourceError(MagiError):
    """The documents can't be read from where they are."""


class ForbiddenUrlError(SourceError):
    """A URL or revision of a form that is not allowed."""


class UnreachableError(SourceError):
    """The server does not answer, or not properly."""


class SourceTimeoutError(SourceError):
    """The server, or another process that uses the same mirror, took too long."""


class AuthenticationError(SourceError):
    """Credentials are missing or wrong."""


class NotARepositoryError(SourceError):
    """There is no Git repository, or nothing at all."""


class UntrustedError(SourceError):
    """No commit has a signature of someone who is allowed to."""


class ConflictError(SourceError):
    """Two commits can't be merged by Git alone."""


class RevisionNotFoundError(SourceError):
    """The repository has no such branch, tag, commit or folder."""


class DiskFullError(SourceError):
    """There is no room for what is fetched."""


class TooManyFilesError(SourceError):
    """A commit or a folder has more files than are read."""


_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_HTTP_CREDENTIALS = "set MAGI_GIT_TOKEN, or MAGI_GIT_USERNAME and MAGI_GIT_PASSWORD, or MAGI_GIT_CREDENTIALS_FILE"
_SSH_CREDENTIALS = "set MAGI_GIT_SSH_KEY to a key that the server knows, or load one into the SSH agent"
ROOM_HINT = "make room there, or name another folder (the setting cacheDir); it is tried again"
_NO_ROOM = r"No space left on device|Disk quota exceeded"
_HOST_KEY = "put the server's host key into known_hosts, or into a file that MAGI_GIT_KNOWN_HOSTS names"

# What git adds to whatever ssh said.
_LONGEST_MESSAGE = 300
_ADVICE = (
    "Could not read from remote repository.",
    "Please make sure you have the correct access rights",
    "and the repository exists.",
)

_SAYINGS: tuple[tuple[str, type[SourceError], str, str], ...] = (
    # a pattern in git's words, what it is, the message, what would do
    (
        rf"(?m)^remote:.*(?:{_NO_ROOM})",
        UnreachableError,
        "the disk of the Git server is full",
        "make room there; it is tried again",
    ),
    (_NO_ROOM, DiskFullError, "the disk of the cache folder is full", ROOM_HINT),
    (
        r"/info/refs not valid|line length character: <|invalid server response; got '<",
        UnreachableError,
        "the server answers, but not as a Git server: with a web page (HTML), such as that of a login or a proxy",
        "open the URL in a browser; check it, the credentials, and the proxy (https_proxy, no_proxy)",
    ),
    (r"Host key verification failed", AuthenticationError, "the host key of the server is not known", _HOST_KEY),
    (r"Permission denied \(", AuthenticationError, "the server refuses the SSH key", _SSH_CREDENTIALS),
    (
        r"Authentication failed|error: 40[13]\b",
        AuthenticationError,
        "the server refuses the credentials",
        _HTTP_CREDENTIALS,
    ),
    (r"could not read (Username|Password)", AuthenticationError, "the server asks for credentials", _HTTP_CREDENTIALS),
    (
        r"dubious ownership",
        ForbiddenUrlError,
        "the repository belongs to another user, and git refuses to serve it",
        "give its path instead of a URL, or change its owner",
    ),
    (
        r"returned error: 30\d",
        NotARepositoryError,
        "the server points to another URL, which is not followed with credentials",
        "use the final URL; often it ends in .git",
    ),
    (
        r"couldn't find remote ref HEAD",
        RevisionNotFoundError,
        "the repository is empty, or its default branch does not exist",
        "push a commit, or name a branch; open the URL in a browser if it may be that of a web page",
    ),
    (
        r"[Rr]epository .*not found|error: 404|does not appear to be a git repository|is this a git repository",
        NotARepositoryError,
        "there is no Git repository, or the credentials may not see it",
        "check the URL and the rights of the credentials",
    ),
    (r"Operation too slow|timed out", SourceTimeoutError, "the server answers too slowly", "it is tried again"),
    (r"Could not resolve host", UnreachableError, "the name of the server is not known", "check the URL and the DNS"),
    (r"[Cc]ertificate|SSL", UnreachableError, "no safe connection can be made", "check the certificate of the server"),
    (
        r"Failed to connect|Connection (refused|reset|closed)|Could not connect|unable to access",
        UnreachableError,
        "the server cannot be reached",
        "check the URL and the network; it is tried again",
    ),
    (r"transport '\w*' not allowed", ForbiddenUrlError, "this kind of URL is not allowed", "use https or ssh"),
)


def redact(text: str, *secrets: str) -> str:
    """A text without user and password in its URLs, and without the given secrets."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return _USER_INFO.sub("***@", text)


def error_from_git(label: str, stderr: str) -> SourceError:
    """What git said when it failed, as one error; a bare SourceError where the reason is not known.

    `stderr` is redacted by the caller, `label` names the source.
    """
    last = last_words(stderr)
    for pattern, kind, words, hint in _SAYINGS:
        if re.search(pattern, stderr):
            return kind(f"{label}: {words} [git: {last}]", hint)
    return SourceError(f"{label}: cannot be read [git: {last}]", "see what git says")


def last_words(stderr: str) -> str:
    """The line of git's messages that says most: what ssh says, else the last that names an error, else the last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in lines if not line.endswith(_ADVICE)] or lines
    errors = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    from_ssh = [line for line in lines if line.startswith("ssh:")]
    return printable_part((from_ssh or errors or lines or ["no message"])[-1], _LONGEST_MESSAGE)
