"""The text of Rego files in what checks need: tokens, rules, imports, calls and variables. Pure.

The engine gives no tree of what it parsed, and finds a wrong name only when it evaluates it, if at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

KEYWORDS = frozenset(
    {"as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package", "some"}
    | {"true", "with"}
)
_CALLABLE_KEYWORDS = frozenset({"contains"})
"""A word of the language that is a function too."""
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    | (?P<number>\d[\w.]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<newline>\n)
    | (?P<sign>:=|==|!=|<=|>=|[^\s\w])""",
    re.VERBOSE,
)
_OPENING = {"{": "}", "[": "]", "(": ")"}
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}


@dataclass(frozen=True, slots=True)
class Token:
    """``type`` is a group of the pattern; ``start`` and ``end`` are places in the text."""

    type: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Names with dots between them, such as ``input.resources``; ``index`` is that of the first token in its rule.

    ``called``: a parenthesis follows. ``continued``: a dot or a bracket follows.
    """

    name: str
    start: int
    end: int
    index: int
    called: bool
    continued: bool

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Rule:
    """A definition; several may have one name."""

    name: str
    start: int
    tokens: tuple[Token, ...]

    @property
    def is_default(self) -> bool:
        return self.tokens[0].text == "default"

    @cached_property
    def heads(self) -> frozenset[int]:
        """Where its own name is what is defined."""
        return frozenset({self.tokens[self.is_default].start})

    @property
    def is_set(self) -> bool:
        """Whether it can be a set, and is an empty one rather than undefined where nothing applies."""
        words = [one.text for one in self.tokens[self.is_default + 1 :] if one.type != "newline"]
        if words[:1] == ["contains"]:
            return True
        value = words[1:] if words[:1] in ([":="], ["="]) else []
        return bool(value) and (value[0] in _OPENING or value[0][0].isalpha()) and self._is_unconditional

    @property
    def _is_unconditional(self) -> bool:
        depth = 0
        for token in self.tokens:
            if depth == 0 and token.text in {"if", "true", "false", "null"}:
                return False
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        return True

    def inputs(self) -> Iterator[tuple[int, int]]:
        """Where a path is put in place of the input: ``with input as data.plans.small``."""
        words = [one.text for one in self.tokens]
        for index in range(len(words) - 3):
            if words[index : index + 3] == ["with", "input", "as"] and self.tokens[index + 3].type == "name":
                first = end = index + 3
                end += 1
                while end < len(words) and (words[end] == "." or words[end] == "["):
                    end = end + 2 if words[end] == "." else _end_of(self.tokens, end)
                if end > first + 1 and words[end : end + 1] != ["("]:
                    yield self.tokens[first].start, self.tokens[end - 1].end

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        return tuple(_chains(self.tokens))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that something in it can give a value to."""
        return frozenset(_bound(self))


@dataclass(frozen=True)
class Module:
    """A file. ``imports``: what is imported, by the name that it has in the file."""

    file: str
    text: str
    package: str
    imports: Mapping[str, str]
    rules: tuple[Rule, ...]

    def place(self, start: int) -> str:
        """FILE:LINE:COLUMN of a place in the text."""
        line = self.text.count("\n", 0, start) + 1
        return f"{self.file}:{line}:{start - (self.text.rfind(chr(10), 0, start) + 1) + 1}"


def read_module(file: str, text: str) -> Module:
    """A file in its parts. What is no Rego gives a module all the same: the engine says what is wrong with it."""
    package, imports, rules = "", {}, []
    for statement in _statements(tokens_of(text)):
        first, words = statement[0].text, [one.text for one in statement if one.type != "newline"]
        if first == "package":
            package = "".join(words[1:])
        elif first == "import":
            path, _, alias = " ".join(words[1:]).replace(" . ", ".").partition(" as ")
            imports[alias or path.rpartition(".")[2]] = path
        elif names := [one for one in statement if one.type == "name" and one.text != "default"]:
            rules.append(Rule(names[0].text, statement[0].start, statement))
    return Module(file, text, package, imports, tuple(rules))


def tokens_of(text: str) -> list[Token]:
    """All but spaces and comments."""
    found = (Token(str(one.lastgroup), one[0], one.start(), one.end()) for one in _TOKEN.finditer(text))
    return [one for one in found if one.type != "comment"]


def _statements(tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """What begins at the start of a line, outside of all brackets, and continues no line before it."""
    depth, found = 0, list[Token]()
    last = Token("newline", "\n", 0, 0)
    for token in tokens:
        begins = last.type == "newline" and depth == 0 and token.type == "name" and token.text != "else"
        before = next((one for one in reversed(found) if one.type != "newline"), None)
        if begins and before and (before.type != "sign" or before.text in _CLOSING) and before.text not in _OPEN_ENDED:
            yield tuple(found)
            found = []
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.type == "sign" else 0
        if found or token.type != "newline":
            found.append(token)
        last = token
    if found:
        yield tuple(found)


_OPEN_ENDED = frozenset({"if", "contains", "not", "in", "else", "default"})


def _chains(tokens: Sequence[Token]) -> Iterator[Chain]:
    position = 0
    while position < len(tokens):
        first = tokens[position]
        after_dot = position > 0 and tokens[position - 1].text == "."
        end = position + 1
        if first.type == "name" and not after_dot:
            while end + 1 < len(tokens) and tokens[end].text == "." and tokens[end + 1].type == "name":
                end += 2
            following = tokens[end].text if end < len(tokens) else ""
            called = following == "("
            if first.text not in KEYWORDS or (called and first.text in _CALLABLE_KEYWORDS and position > 1):
                name = "".join(one.text for one in tokens[position:end])
                adjacent = end < len(tokens) and tokens[end].start == tokens[end - 1].end
                continued = end > position + 1 or (following in {".", "["} and adjacent)
                yield Chain(name, first.start, tokens[end - 1].end, position, called, continued)
        position = end


def _bound(rule: Rule) -> Iterator[str]:
    tokens = rule.tokens
    # Behind the name, which may have dots: f(x), a.b.f(x).
    head = rule.is_default + 1
    while head + 1 < len(tokens) and tokens[head].text == ".":
        head += 2
    for index, token in enumerate(tokens):
        match token.text:
            case "some" | "every":
                end = index + 1
                while end < len(tokens) and tokens[end].text not in {"in", "\n", ";", "}"}:
                    end += 1
                yield from _names(tokens[index + 1 : end])
            case ":=":
                yield from _names(tokens[_start_of(tokens, index) : index])
            case "=":
                yield from _names(tokens[_start_of(tokens, index) : index])
                yield from _names(tokens[index + 1 : _end_of(tokens, index + 1)])
            case "[" if index and _is_indexed(tokens[index - 1], token):
                # An index that has no value yet takes each in turn.
                inside = tokens[index + 1 : _end_of(tokens, index) - 1]
                if len(inside) == 1 or (inside and inside[0].text in _OPENING):
                    yield from _names(inside)
            case "walk" if index + 1 < len(tokens) and tokens[index + 1].text == "(":
                yield from _names(tokens[index + 2 : _end_of(tokens, index + 1)])
            case "(" if index == head:
                yield from _names(tokens[index + 1 : _end_of(tokens, index)])


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    for chain in _chains(tokens):
        if not chain.called and not chain.continued:
            yield chain.name


def _is_indexed(before: Token, bracket: Token) -> bool:
    return before.end == bracket.start and (before.type in {"name", "text"} or before.text in _CLOSING)


def _end_of(tokens: Sequence[Token], index: int) -> int:
    """Behind the token at ``index``, or behind the bracket that closes it."""
    depth = 0
    for end in range(index, len(tokens)):
        depth += (tokens[end].text in _OPENING) - (tokens[end].text in _CLOSING)
        if depth <= 0:
            return end + 1
    return len(tokens)


def _start_of(tokens: Sequence[Token], index: int) -> int:
    """Of the token before ``index``, or of the bracket that it closes."""
    depth = 0
    for start in range(index - 1, -1, -1):
        depth += (tokens[start].text in _CLOSING) - (tokens[start].text in _OPENING)
        if depth <= 0:
            return start
    return 0
