"""What a plain (unquoted) scalar means: the YAML 1.2 core schema, narrowed to what people mean by it."""

import math
import re
from functools import lru_cache

FIRST_CHARACTERS = frozenset("~nNtTfF+-.0123456789")
"""A plain scalar that begins with anything else is text; so most need no second check."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 64
_LARGEST = 2**63


class UnusableNumberError(ValueError):
    """A plain scalar that is a number to YAML but not one that can be kept."""


@lru_cache(4096)  # the same few words and numbers are in every document
def plain_value(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar.

    Raises UnusableNumberError for numbers that are not finite or do not fit into 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NO_NUMBER.fullmatch(text):
        raise UnusableNumberError("is no finite number")
    if _FRACTION.fullmatch(text):
        if len(text) > _LONGEST:
            raise UnusableNumberError("is too long for a number")
        return _number(int(text) if _DECIMAL.fullmatch(text) else float(text))
    if _OTHER_BASE.fullmatch(text):
        if len(text) > _LONGEST:
            raise UnusableNumberError("is too long for a number")
        return _number(int(text, 0))
    return text


def _number(value: float) -> int | float:
    if not math.isfinite(value) or abs(value) >= _LARGEST:
        raise UnusableNumberError("is too large for a number")
    return int(value) if value == int(value) else value
