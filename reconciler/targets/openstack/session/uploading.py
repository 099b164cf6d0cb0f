"""The bytes of an image on their way to a cloud: from a URL or a file of the host, and none but those expected."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

from reconciler.config import ImagesConfig
from reconciler.model import Opaque, StepFailed, is_lfs_pointer
from reconciler.targets.openstack.session.downloading import PIECE, downloaded

_URLS = ("https://", "http://")

WRONG_FOR = 600.0
"""Seconds for which a URL that led to something else is not fetched again for the same checksum."""


class Contents:
    """The images that one driver uploads. ``settings``: where they may come from, how large, and for how long.

    It remembers for a while which URLs led to something else, or each observation of a VIM would fetch all of it again.
    """

    def __init__(self, settings: ImagesConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._wrong: dict[tuple[str, str], tuple[float, str]] = {}

    def of(self, expected: Opaque) -> Content:
        """``expected`` is the SHA-256, and as its content the URL, or the path of a file below the folder.

        Raises StepFailed where it is known to be another one.
        """
        source = expected.content or ""
        when, found = self._wrong.get((expected.digest, source), (-WRONG_FOR, ""))
        if self._clock() - when < WRONG_FOR:
            raise wrong(expected, found)
        return Content(expected, self._settings, self._note, self._clock)

    def _note(self, expected: Opaque, found: str) -> None:
        if expected.content and expected.content.startswith(_URLS):
            self._wrong[expected.digest, expected.content] = (self._clock(), found)


def wrong(expected: Opaque, found: str) -> StepFailed:
    return StepFailed(
        f"{expected.content} holds {found}, not {expected.digest}",
        "fix the checksum, or what is there; nothing of it became an image",
        terminal=True,
    )


class Content:
    """What a request sends piece by piece; read again each time that it is sent, as after a token that expired.

    The last piece is kept back until the checksum is right. What is wrong is never sent whole: the request is cut off
    within it, so that no cloud takes it for the image. Then `StepFailed` is raised.
    """

    def __init__(
        self,
        expected: Opaque,
        settings: ImagesConfig,
        note: Callable[[Opaque, str], None],
        clock: Callable[[], float],
    ) -> None:
        """``note`` gets a checksum that is wrong."""
        self._expected = expected
        self._settings = settings
        self._note = note
        self._clock = clock

    def __iter__(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        kept = b""
        size, until = 0, self._clock() + self._settings.timeout
        for piece in self._pieces():
            size += len(piece)
            self._require_bounds(size, until)
            if kept:
                yield kept
            digest.update(piece)
            kept = piece
        found = f"sha256:{digest.hexdigest()}"
        if found != self._expected.digest:
            self._note(self._expected, found)
            raise wrong(self._expected, found)
        if kept:
            yield kept

    def _require_bounds(self, size: int, until: float) -> None:
        if size > self._settings.max_bytes:
            raise StepFailed(
                f"{self._expected.content} has more than {self._settings.max_bytes:,.0f} bytes",
                "check what is there, or raise images.maxBytes (MAGI_IMAGES_MAX_BYTES)",
                terminal=True,
            )
        if self._clock() > until:
            raise StepFailed(
                f"{self._expected.content} took longer than {self._settings.timeout:g} seconds",
                "have it nearer, or raise images.timeout (MAGI_IMAGES_TIMEOUT)",
            )

    def _pieces(self) -> Iterator[bytes]:
        source = self._expected.content or ""
        if source.startswith(_URLS):
            with downloaded(source, [host.lower() for host in self._settings.hosts]) as pieces:
                yield from pieces
        else:
            yield from self._of_file(source)

    def _of_file(self, name: str) -> Iterator[bytes]:
        folder = self._settings.folder
        if folder is None:
            raise StepFailed(
                f"image file '{name}' is not read: images.folder (MAGI_IMAGES_FOLDER) names no folder",
                "name the folder on the host of Magi that image files are in",
                terminal=True,
            )
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise StepFailed(f"image file '{name}' is not in {folder}", "name one below it", terminal=True)
            with path.open("rb") as file:
                if is_lfs_pointer(file.peek()):
                    raise StepFailed(
                        f"image file '{name}' in {folder} is a pointer of Git LFS, not the image",
                        "fetch it there: git lfs pull",
                        terminal=True,
                    )
                yield from iter(lambda: file.read(PIECE), b"")
        except OSError as error:
            raise StepFailed(f"image file '{name}' can't be read in {folder}: {error.strerror}") from error
