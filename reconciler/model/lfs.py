"""Pointers of Git LFS: what Git holds in place of a file that is kept elsewhere."""

from typing import Final

LFS_HINT: Final = "Magi reads what Git holds: take the file out of Git LFS (git lfs untrack) and commit its content"

_BEGINNING: Final = b"version https://git-lfs.github.com/spec/"


def is_lfs_pointer(content: bytes) -> bool:
    """Whether a content, or the beginning of one, is a pointer of Git LFS."""
    return content.startswith(_BEGINNING)
