"""Who we are to a Git server: from the environment or a file, handed to git where no one else sees it.

    MAGI_GIT_TOKEN              an access token
    MAGI_GIT_USERNAME           the user; with a token "oauth2" if left out, which the common servers accept
    MAGI_GIT_PASSWORD           a password instead of a token
    MAGI_GIT_CREDENTIALS_FILE   a file with one token in one line, or with lines https://user:password@host[/path]
                                (as git-credential-store writes them), of which the first that fits is taken
    MAGI_GIT_SSH_KEY            file of a private SSH key; else the agent and the user's own keys
    MAGI_GIT_KNOWN_HOSTS        file of the host keys; else the user's own known_hosts

The first that is set of: the URL itself, token, password, file.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reconciler.model import ConfigError
from reconciler.source.urls import RepositoryUrl

_ANY_USER = "oauth2"
_SSH_FILES = {"MAGI_GIT_SSH_KEY", "MAGI_GIT_KNOWN_HOSTS"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password, or token, for one server."""

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """The HTTP header that carries them."""
        return f"Authorization: Basic {self._encoded}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any message."""
        return (self._encoded, self.password)

    @property
    def _encoded(self) -> str:
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def find_credentials(url: RepositoryUrl, environ: Mapping[str, str]) -> Credentials | None:
    """The credentials for a URL of http or https; None if there are none. Raises ConfigError for an unreadable file.

    So it does for those of SSH, which only ssh reads: it would go on without them, and blame the server.
    """
    if url.protocol == "ssh":
        for name in _SSH_FILES & environ.keys():
            _check_readable(name, environ[name])
    if url.protocol not in ("http", "https"):
        return None
    username = environ.get("MAGI_GIT_USERNAME", "")
    if url.password or url.username:
        # A lone user in a URL is a token in the habit of some servers; else the password is in the environment.
        password = url.password or environ.get("MAGI_GIT_PASSWORD") or environ.get("MAGI_GIT_TOKEN", "")
        return Credentials(url.username, password)
    if secret := environ.get("MAGI_GIT_TOKEN") or environ.get("MAGI_GIT_PASSWORD"):
        return Credentials(username or _ANY_USER, secret.strip())
    if file := environ.get("MAGI_GIT_CREDENTIALS_FILE"):
        return _from_file(Path(file), url.url, username)
    return None


def git_environment(url: RepositoryUrl, credentials: Credentials | None) -> dict[str, str]:
    """The environment that hands credentials to git for this URL alone: nothing in arguments or in .git/config."""
    if credentials is None:
        return {}
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"http.{url.url}.extraHeader",
        "GIT_CONFIG_VALUE_0": credentials.header,
        "GIT_CONFIG_KEY_1": "http.followRedirects",  # the header would go wherever the server points to
        "GIT_CONFIG_VALUE_1": "false",
    }


def _check_readable(name: str, file: str) -> None:
    try:
        if file:
            Path(file).expanduser().open("rb").close()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"the file {file} cannot be read: {reason}", f"see {name}") from None


def _from_file(file: Path, url: str, username: str) -> Credentials | None:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(
            f"the credentials file {file} cannot be read: {reason}", "see MAGI_GIT_CREDENTIALS_FILE"
        ) from None
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) == 1 and "://" not in lines[0]:
        return Credentials(username or _ANY_USER, lines[0])
    desired = urlsplit(url)
    for number, line in enumerate(lines, 1):
        try:
            offered = urlsplit(line)
            same_server = (offered.scheme, offered.hostname, offered.port) == (
                desired.scheme,
                desired.hostname,
                desired.port,
            )
        except ValueError:
            raise ConfigError(f"entry {number} of the credentials file {file} is not a URL") from None
        path = offered.path.rstrip("/")
        if same_server and (desired.path == path or desired.path.startswith(f"{path}/")):
            return Credentials(unquote(offered.username or ""), unquote(offered.password or ""))
    return None
