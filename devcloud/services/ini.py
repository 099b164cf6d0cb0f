"""Configuration as data, and its text."""

from collections.abc import Mapping
from pathlib import Path

Options = Mapping[str, str | int | float | bool | Path]
Sections = Mapping[str, Options]


def merged(*several: Sections) -> dict[str, Options]:
    """One set of sections; an option in a later one replaces that of an earlier."""
    result: dict[str, Options] = {}
    for sections in several:
        for name, options in sections.items():
            result[name] = {**result.get(name, {}), **options}
    return result


def render(sections: Sections) -> str:
    """The text that oslo.config reads."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{option} = {_text(value)}\n" for option, value in options.items())
        for name, options in sections.items()
    )


def _text(value: str | float | bool | Path) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
