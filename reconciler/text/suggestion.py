"""The near miss of a word: what someone probably meant. Used by schema and reference checks."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word`, or None where none is close. Upper and lower case count as near."""
    names = sorted(set(candidates))
    by_folded = {name.casefold(): name for name in names}
    folded = word.casefold()
    if folded in by_folded:
        return by_folded[folded]
    near = get_close_matches(folded[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A hint for a Problem: "did you mean 'image'?", or "" where nothing is close."""
    near = suggest(word, candidates)
    return f"did you mean {near!r}?" if near else ""
