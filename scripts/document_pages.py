"""`python -m scripts.document_pages`: writes the tables of fields in docs/documents/ from the words of documents.

A table is between two comments, `<!-- fields of Vdu: made by make docs -->` and `<!-- end of fields -->`, with the name
of the class of the word. The heading above it is what other tables link to. A test holds the pages to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

from reconciler.documents.words import DOCUMENTS
from reconciler.documents.words.declaring import (
    Definition,
    Word,
    bare_type,
    is_choice,
    is_word,
    words_within,
    written_fields,
)
from reconciler.documents.words.schemas import is_required, plain_json, without_none
from reconciler.targets.registry import CHOICES

FOLDER = Path(__file__).parents[1] / "docs" / "documents"
HEADING = "| Field | Type | Default | Meaning |\n|---|---|---|---|\n"
END = "<!-- end of fields -->"

_HEADING_LINE = re.compile(r"^#+ (.*)$", re.MULTILINE)
_REGION = re.compile(rf"(?<=<!-- fields of )(\w+)(: made by make docs -->\n)(?:(?!<!--).)*(?={END})", re.DOTALL)
_QUOTED = re.compile(r"(?<!\w)'([^']+)'(?!\w)")

_SCALARS: Final = {
    "address": ("IP address", "IP addresses"),
    "addressOrCidr": ("IP address or CIDR", "IP addresses or CIDRs"),
    "addressOrRange": ("IP address or range", "IP addresses and ranges"),
    "cidr": ("CIDR", "CIDRs"),
    "cloudName": ("text", "texts"),
    "descriptorReference": ("name, or name@version", "names, or name@version"),
    "duration": ("duration", "durations"),
    "macAddress": ("MAC address", "MAC addresses"),
    "macAddressOrRange": ("MAC address or range", "MAC addresses and ranges"),
    "name": ("name", "names"),
    "names": ("keys and values", "keys and values"),
    "parameterValue": ("text, number or boolean", "texts, numbers or booleans"),
    "probePort": ("1 to 65535", "1 to 65535"),
    "serverMetadata": ("keys and values", "keys and values"),
    "stringMap": ("keys and values", "keys and values"),
    "text": ("text", "texts"),
    "vduCounts": ("name: 0 to 1000", "name: 0 to 1000"),
}
"""What a type is called that many fields have: of one value, and of several. By the name of its definition."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word is described: the file of the page, and the heading."""

    page: str
    heading: str

    def link(self, page: str) -> str:
        """A link from a page to it."""
        return f"[{self.heading}]({'' if page == self.page else self.page}#{anchor_of(self.heading)})"


def anchor_of(heading: str) -> str:
    """What a link to a heading ends with, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def pages() -> dict[str, str]:
    """The pages as they are, by the name of the file."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.md"))}


def places(texts: Mapping[str, str]) -> dict[str, list[Place]]:
    """Where tables are, by the name of the class."""
    found: dict[str, list[Place]] = {}
    for page, text in texts.items():
        for region in _REGION.finditer(text):
            *_, heading = _HEADING_LINE.findall(text[: region.start()])
            found.setdefault(region[1], []).append(Place(page, heading))
    return found


def written() -> dict[str, str]:
    """The pages as they have to be, by the name of the file."""
    texts = pages()
    tables = {cls.__name__: cls for cls in words_within(*DOCUMENTS.values())}
    where = {name: found[0] for name, found in places(texts).items()}

    def filled(page: str, text: str) -> str:
        return _REGION.sub(lambda region: f"{region[1]}{region[2]}\n{table(tables[region[1]], page, where)}\n", text)

    for name, place in where.items():
        if name not in tables:
            raise LookupError(
                f"docs/documents/{place.page}: '{place.heading}' has the fields of {name}, which is no word"
            )

    return {page: filled(page, text) for page, text in texts.items()}


def table(cls: type[Word], page: str, where: Mapping[str, Place]) -> str:
    """The fields of a word in Markdown. ``where``: what can be linked to."""
    types = _Types(page, where)
    return HEADING + "".join(
        f"| `{name}` | {types.of_field(one, hint)} | {_default(one)} | {prose(one.metadata['description'])} |\n"
        for name, one, hint in written_fields(cls)
    )


def prose(description: str) -> str:
    """A description in Markdown: what is quoted in it is code, and nothing else is markup."""
    *parts, last = _QUOTED.split(description)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return "".join(f"{_escaped(text)}`{code.replace('|', '&#124;')}`" for text, code in pairs) + _escaped(last)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*<|\[\]])", r"\\\1", text)


def _default(one: Field[Any]) -> str:
    if is_required(one):
        return "*required*"
    if "default" not in one.metadata:
        return "—"
    return _code(plain_json(one.metadata["default"]))


def _code(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) and value else f"`{json.dumps(value)}`"


@dataclass(frozen=True, slots=True)
class _Types:
    """Names of types on a page."""

    page: str
    where: Mapping[str, Place]

    def of_field(self, one: Field[Any], hint: Any) -> str:
        said = one.metadata
        if said["schema"] is not None:
            return self.of_schema(said["schema"])
        if named := said["keywords"].get("choices"):
            shown = _any_of([_code(choice) for choice in CHOICES[named]])
            return f"list of {shown}" if get_origin(without_none(hint)) is tuple else shown
        shown = self.of_hint(hint, said["keywords"])
        most = said["keywords"].get("maxItems")
        return f"{shown}, at most {most}" if most else shown

    def _link(self, cls: type[Word]) -> str:
        if cls.__name__ not in self.where:
            expected = f"<!-- fields of {cls.__name__}: made by make docs -->"
            raise LookupError(f"no page in docs/documents/ has '{expected}': add it, and '{END}' below")
        return self.where[cls.__name__].link(self.page)

    def of_hint(self, hint: Any, keywords: Mapping[str, Any], *, several: bool = False) -> str:
        hint = without_none(hint)
        if get_origin(hint) is Annotated:
            return self._of_definition(get_args(hint)[1], bare_type(hint), several=several)
        if is_word(hint):
            return self._link(hint) if written_fields(hint) else "`{}`"
        if is_choice(hint):
            return _any_of([_code(choice) for choice in get_args(hint)])
        if get_origin(hint) is tuple:
            return f"list of {self.of_hint(get_args(hint)[0], keywords.get('items', {}), several=True)}"
        if hint in _NUMBERS_AND_TEXT:
            return _NUMBERS_AND_TEXT[hint](keywords, several=several)
        of_keys, of_values = get_args(hint)
        return self._of_mapping(of_keys, of_values, keywords)

    def _of_definition(self, definition: Definition, hint: Any, *, several: bool) -> str:
        for choice in filter(is_word, get_args(hint)):  # what else it may be is reported there
            return self._link(choice)
        return _SCALARS[definition.name][several]

    def _of_mapping(self, of_keys: Any, of_values: Any, keywords: Mapping[str, Any]) -> str:
        if of_values is object:
            return "mapping"
        if (of_keys, of_values) == (str, str):
            return "keys and values"
        key = "key" if of_keys is str else self.of_hint(of_keys, {})
        return f"{key}: {self.of_hint(of_values, keywords.get('values', {}))}"

    def of_schema(self, schema: Mapping[str, Any], *, several: bool = False) -> str:
        """Of a field that says by itself what it may be."""
        if "anyOf" in schema:
            return ", or ".join(self.of_schema(one) for one in schema["anyOf"])
        if "$ref" in schema:
            return _SCALARS[schema["$ref"].rpartition("/")[2]][several]
        if "const" in schema:
            return _code(schema["const"])
        if "enum" in schema:
            return _any_of([_code(choice) for choice in schema["enum"]])
        if schema["type"] == "array":
            return f"list of {self.of_schema(schema['items'], several=True)}"
        return _NUMBERS_AND_TEXT[{"integer": int, "string": str}[schema["type"]]](schema, several=several)


def _any_of(choices: Sequence[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _integer(keywords: Mapping[str, Any], *, several: bool) -> str:
    least, most = keywords.get("minimum"), keywords.get("maximum")
    if least is None:
        return "whole numbers" if several else "whole number"
    return f"{least} or more" if most is None else f"{least} to {most}"


def _number(keywords: Mapping[str, Any], *, several: bool) -> str:
    noun = "numbers" if several else "number"
    above, least, most = (keywords.get(name) for name in ("exclusiveMinimum", "minimum", "maximum"))
    if above is not None:
        return f"{noun} above {above}" + ("" if most is None else f", up to {most}")
    return noun if least is None else f"{noun} from {least} to {most}"


def _text(_: Mapping[str, Any], *, several: bool) -> str:
    return "texts" if several else "text"


def _boolean(_: Mapping[str, Any], *, several: bool) -> str:
    return "booleans" if several else "boolean"


_NUMBERS_AND_TEXT: Final = {int: _integer, float: _number, str: _text, bool: _boolean}


if __name__ == "__main__":
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
