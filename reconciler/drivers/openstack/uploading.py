"""The bytes of an image on their way to a cloud: from a URL or a file of the host, and none but those wanted."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from reconciler.model import Opaque, StepFailed

_PIECE = 1024 * 1024
_TIMEOUT = 60.0
_URLS = ("https://", "http://")

WRONG_FOR = 600.0
"""Seconds for which a URL that led to something else is not fetched again for the same checksum."""

# Not packed by the server, or the checksum would be that of something else.
_AS_IT_IS = {"Accept-Encoding": "identity"}


class Contents:
    """The images that one driver uploads. ``folder``: where on the host files are read from.

    It remembers for a while which URLs led to something else, or each look at a VIM would fetch all of it again.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._wrong: dict[tuple[str, str], tuple[float, str]] = {}

    def of(self, wanted: Opaque) -> Content:
        """``wanted`` is the SHA-256, and as its content the URL, or the path of a file below the folder.

        Raises StepFailed where it is known to be another one.
        """
        source = wanted.content or ""
        when, found = self._wrong.get((wanted.digest, source), (-WRONG_FOR, ""))
        if self._clock() - when < WRONG_FOR:
            raise wrong(wanted, found)
        return Content(wanted, self._folder, self._note)

    def _note(self, wanted: Opaque, found: str) -> None:
        if wanted.content and wanted.content.startswith(_URLS):
            self._wrong[wanted.digest, wanted.content] = (self._clock(), found)


def wrong(wanted: Opaque, found: str) -> StepFailed:
    return StepFailed(
        f"{wanted.content} holds {found}, not {wanted.digest}",
        "mend the checksum, or what is there; nothing of it became an image",
        terminal=True,
    )


class Content:
    """What a request sends piece by piece; read anew each time that it is sent, as after a token that expired.

    The last piece is kept back until the checksum is right. What is wrong is never sent whole: the request is cut off
    in the midst of it, so that no cloud takes it for the image. Then `StepFailed` is raised.
    """

    def __init__(self, wanted: Opaque, folder: Path | None, note: Callable[[Opaque, str], None]) -> None:
        """``note`` is told of a checksum that is wrong."""
        self._wanted = wanted
        self._folder = folder
        self._note = note

    def __iter__(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        kept = b""
        for piece in self._pieces():
            if kept:
                yield kept
            digest.update(piece)
            kept = piece
        found = f"sha256:{digest.hexdigest()}"
        if found != self._wanted.digest:
            self._note(self._wanted, found)
            raise wrong(self._wanted, found)
        if kept:
            yield kept

    def _pieces(self) -> Iterator[bytes]:
        source = self._wanted.content or ""
        if source.startswith(_URLS):
            with _downloaded(source) as pieces:
                yield from pieces
        else:
            yield from self._of_file(source)

    def _of_file(self, name: str) -> Iterator[bytes]:
        if self._folder is None:
            raise StepFailed(
                f"image file '{name}' is not read: imagesFolder (MAGI_IMAGES_FOLDER) names no folder",
                "name the folder on the host of Magi that image files are in",
                terminal=True,
            )
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder.resolve()):
                raise StepFailed(f"image file '{name}' is not in {self._folder}", "name one below it", terminal=True)
            with path.open("rb") as file:
                yield from iter(lambda: file.read(_PIECE), b"")
        except OSError as error:
            raise StepFailed(f"image file '{name}' can't be read in {self._folder}: {error.strerror}") from error


@contextmanager
def _downloaded(url: str) -> Iterator[Iterator[bytes]]:
    """The pieces of what a URL leads to. Raises StepFailed, also while they are read."""
    try:
        with requests.get(url, stream=True, timeout=_TIMEOUT, headers=_AS_IT_IS) as response:
            if response.status_code != 200:
                raise StepFailed(
                    f"{url} answered {response.status_code} {response.reason}",
                    "the host of Magi must be able to fetch it",
                    terminal=400 <= response.status_code < 500,
                )
            yield response.iter_content(_PIECE)
    except requests.RequestException as error:
        raise StepFailed(f"{url} can't be fetched: {error}", "the host of Magi must be able to fetch it") from error
