"""One request to a receiver, and what its answer means. Neither its URL nor its secret is in an error."""

from __future__ import annotations

import hashlib
import hmac
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

import requests

from reconciler.config import NotificationConfig, url_refusal
from reconciler.model import ConfigError
from reconciler.outside.rotation import Renewed
from reconciler.reporting.notifications.forms import Body

SIGNATURE, TIMESTAMP = "X-Magi-Signature-256", "X-Magi-Timestamp"
TIMEOUT = 10.0
"""Seconds until a connection, and seconds without a byte until a request, are aborted."""
LONGEST_FILE = 8192
"""Bytes of a file with a URL or a secret."""
LONGEST_ASKED = 300.0
"""Seconds that a receiver may ask for before the next try."""

_ABOUT_THE_EVENT = frozenset({400, 405, 406, 409, 411, 413, 414, 415, 422})
"""Answers that say that no other try of the same request will do."""


class Result(Enum):
    TAKEN = auto()
    AGAIN = auto()
    NEVER = auto()


class Answer(NamedTuple):
    """``error``: why it was not taken. ``wait``: seconds that the receiver asks for."""

    result: Result
    error: str = ""
    wait: float = 0.0


class Sender:
    """Sends to one receiver, by its URL and secret as they are now. For one thread."""

    def __init__(self, config: NotificationConfig, timeout: float = TIMEOUT) -> None:
        self._config = config
        self._timeout = timeout
        self._url = _url_of(config)
        self._secret = _secret_of(config)
        self._session = requests.Session()
        # Or a login of ~/.netrc would be sent along.
        self._session.auth = _without_login

    def send(self, body: Body, now: float) -> Answer:
        """``now``: in seconds since the epoch; it is signed with the body."""
        try:
            headers = {"Content-Type": body.content_type, "User-Agent": "magi"}
            headers |= signed(self._secret(), body.data, int(now)) if self._secret else {}
            with self._session.post(
                self._url(),
                data=body.data,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                # What it says besides its status is not read, whatever its length.
                return _meaning(answer)
        except ConfigError as error:
            return Answer(Result.AGAIN, str(error))
        except requests.RequestException as error:
            return Answer(Result.AGAIN, _said(error))
        except (ValueError, OSError) as error:
            # What libraries below raise for answers that are no HTTP.
            return Answer(Result.AGAIN, type(error).__name__)

    def close(self) -> None:
        self._session.close()


def signed(secret: str, data: bytes, timestamp: int) -> dict[str, str]:
    """The headers by which a receiver knows who sent a body, and when."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + data, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"sha256={digest}"}


def check_receiver(config: NotificationConfig) -> None:
    """Whether the files that a receiver names can be had. Raises ConfigError."""
    _url_of(config)()
    if secret := _secret_of(config):
        secret()


def _url_of(config: NotificationConfig) -> Renewed[str]:
    file = config.url_file

    def url() -> str:
        if not file:
            return config.url
        found = _text(file, f"notifications {config.name}: urlFile")
        if wrong := url_refusal(found, insecure=config.insecure):
            raise ConfigError(f"notifications {config.name}: the URL in {file} {wrong}", "write it into the file")
        return found

    return Renewed([file] if file else [], url)


def _secret_of(config: NotificationConfig) -> Renewed[str] | None:
    file = config.secret_file
    return Renewed([file], lambda: _text(file, f"notifications {config.name}: secretFile")) if file else None


def _text(file: Path, name: str) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST_FILE + 1)
        text = data.decode().strip()
    except OSError as error:
        raise ConfigError(f"{name} {file} can't be read: {error.strerror}", "name the right file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name} {file} is no UTF-8 text", "name the right file") from None
    if not text or len(data) > LONGEST_FILE:
        wrong = f"has more than {LONGEST_FILE:,} bytes" if text else "is empty"
        raise ConfigError(f"{name} {file} {wrong}", "name the right file")
    return text


def _without_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _meaning(answer: requests.Response) -> Answer:
    status = answer.status_code
    if 200 <= status < 300:
        return Answer(Result.TAKEN)
    if 300 <= status < 400:
        return Answer(Result.AGAIN, f"it sends us elsewhere: {status}; redirects are not followed")
    if status in _ABOUT_THE_EVENT:
        return Answer(Result.NEVER, f"it refuses: {status}")
    asked = answer.headers.get("Retry-After", "")
    wait = min(float(asked), LONGEST_ASKED) if asked.isascii() and asked.isdecimal() else 0.0
    return Answer(Result.AGAIN, f"it answers {status}", wait)


def _said(error: requests.RequestException) -> str:
    """Why there is no answer. The text of the error itself has the URL."""
    match error:
        case requests.exceptions.SSLError():
            return "TLS fails: is its certificate right, and is its authority trusted?"
        case requests.Timeout():
            return "it does not answer in time"
        case requests.ConnectionError():
            return "it can't be reached, or ends the connection"
        case _:
            return f"no answer: {type(error).__name__}"
