"""What libyaml says about broken YAML, in words that say what to fix. Called by the loader."""

import re

import yaml

from reconciler.model import Problem

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_CONFLICT = re.compile(r"^(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)(?: .*)?\r?$", re.MULTILINE)
"""Any of the markers: the first of them may have been removed, and others forgotten."""

_RESOLVE = "keep what is right of both sides, and remove the lines that begin with '<<<<<<<', '=======' and '>>>>>>>'"
_QUOTE = "put the value in quotes"
_INDENT = "compare the indentation with the lines above; YAML indents with spaces"

_SAYINGS: tuple[tuple[str, str, str], ...] = (
    # part of libyaml's text, what it means, what would do
    (
        "mapping values are not allowed",
        "there is a ':' where no key can be",
        f"{_QUOTE} if it holds ': '; else see whether the line above lacks a ':' or is indented otherwise",
    ),
    ("could not find expected ':'", "a key without ':' after it", "write 'key: value', with a space after the ':'"),
    (
        "found unexpected ':'",
        "a ':' that neither ends a key nor is in quotes",
        "write a space after it, or quote the text",
    ),
    ("did not find expected key", "this line fits neither a mapping nor a list that is open here", _INDENT),
    ("did not find expected '-' indicator", "a list goes on without '-'", _INDENT),
    (
        "block sequence entries are not allowed",
        "a list item '-' cannot begin here",
        "begin the list in a line of its own",
    ),
    ("did not find expected ',' or ']'", "a list in [ ] is not closed, or a ',' is missing in it", ""),
    ("did not find expected ',' or '}'", "a mapping in { } is not closed, or a ',' is missing in it", ""),
    ("found unexpected end of stream", "a quoted text is never closed", "add the closing quote"),
    (
        "found unexpected document indicator",
        "a quoted text is not closed before the next document",
        "add the closing quote",
    ),
    (
        "found unknown escape character",
        "an unknown escape after '\\' in a double-quoted text",
        "use single quotes or '\\\\'",
    ),
    ("did not find expected <document start>", "a document begins without '---'", "separate documents by a line '---'"),
    ("did not find expected node content", "a value is missing here", ""),
    ("found a tab character", "a tab in the indentation", "YAML indents with spaces"),
    ("undefined tag handle", "tags (such as !name) are not allowed", _QUOTE),
    ("found invalid tag", "tags (such as !name) are not allowed", _QUOTE),
    ("while scanning an anchor", "anchors (&name) are not allowed", _QUOTE),
    ("while scanning an alias", "aliases (*name) are not allowed", _QUOTE),
    ("while scanning a tag", "tags (such as !name) are not allowed", _QUOTE),
    ("while scanning a directive", "directives (%NAME) are not allowed", ""),
    ("unknown directive", "directives (%NAME) are not allowed", ""),
)


def explain(error: yaml.YAMLError, file: str, text: str) -> Problem:
    """A syntax error of libyaml as a Problem; `text` is the whole file."""
    if conflict := _CONFLICT.search(text):
        line, column = place_of(text, conflict.start())
        return Problem(file, line, column, f"'{conflict[1]}' is a conflict marker of Git", _RESOLVE)
    if isinstance(error, yaml.MarkedYAMLError):
        return _explain_syntax(error, file, text)
    found = _FORBIDDEN.search(text)
    if found is None:
        return Problem(file, 1, 1, f"not readable as YAML: {error}")
    line, column = place_of(text, found.start())
    return Problem(file, line, column, f"the control character U+{ord(found[0]):04X}", "YAML files hold text only")


def place_of(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character of a text."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _explain_syntax(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    opened = error.context_mark
    since = f"; it begins in line {opened.line + 1}" if opened and opened.line != line else ""
    if "cannot start any token" in said:
        message, hint = _wrong_first_character(text, line, column)
        return Problem(file, line + 1, column + 1, message, hint)
    for part, meaning, hint in _SAYINGS:
        if part in said:
            return Problem(file, line + 1, column + 1, f"broken YAML: {meaning}{since}", hint)
    return Problem(file, line + 1, column + 1, f"broken YAML: {said.strip()}")


def _wrong_first_character(text: str, line: int, column: int) -> tuple[str, str]:
    lines = text.split("\n", line + 1)
    here = lines[line][column : column + 1] if line < len(lines) else ""
    if here == "\t":
        return "broken YAML: a tab in the indentation", "YAML indents with spaces"
    return f"broken YAML: a value cannot begin with {here!r}", _QUOTE
