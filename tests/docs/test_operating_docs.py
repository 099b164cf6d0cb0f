"""docs/operating.md and docs/troubleshooting.md against the code: settings, variables, exit codes, messages."""

import re
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.config import settings

ROOT = Path(__file__).parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SOURCES = [file.read_text(encoding="utf-8") for file in (ROOT / "reconciler").rglob("*.py")]
# What is said by libraries and clouds, and passed on.
THEIRS = {
    "is not a valid region name",
    "endpoint for … not found",
    "No valid host was found",
    "Quota exceeded …",
}


def test_every_setting_is_listed_with_its_default_and_meaning_and_no_other() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|\s*(\S*)\s*\| (.*) \|$", OPERATING, flags=re.MULTILINE)
    listed = {name: (default.strip("`"), text) for name, default, text in rows if not name.startswith("MAGI_")}
    assert listed == {path: (default, text) for path, default, text in settings()}


def test_every_variable_for_git_is_listed_and_no_other() -> None:
    source = ROOT / "reconciler" / "source"
    read = "".join((source / name).read_text(encoding="utf-8") for name in ("credentials.py", "ssh.py"))
    listed = set(re.findall(r"^\| `(MAGI_GIT_\w+)` \|", OPERATING, flags=re.MULTILINE))
    assert listed == set(re.findall(r'environ\.get\("(MAGI_GIT_\w+)"', read))


def test_every_exit_code_is_listed_and_no_other() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \| ", OPERATING, flags=re.MULTILINE)}
    assert listed == {value for value in vars(exits).values() if isinstance(value, int)}


def messages() -> list[str]:
    return [
        message
        for message in re.findall(r"^\| `([^`]+)` \|", TROUBLESHOOTING, flags=re.MULTILINE)
        if message not in THEIRS
    ]


@pytest.mark.parametrize("message", messages())
def test_a_message_is_one_that_magi_has(message: str) -> None:
    # The names in a message are in braces in the code, perhaps with quotes; and a line may be broken there.
    parts = [re.escape(part.strip()) for part in re.split(r"'?…'?|\d…", message) if part.strip()]
    pattern = re.compile(r"[^\n]{0,80}?".join(parts))
    joined = (re.sub(r'"\n\s+f?"', "", source) for source in SOURCES)
    assert any(pattern.search(source) for source in joined)
