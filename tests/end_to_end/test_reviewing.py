"""A change as it is reviewed, with the real process: the plan as Markdown and as JSON, saved, and drawn."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from reconciler.documents.reading.schema_files import PLAN_SCHEMA, schema_folder
from tests.end_to_end.conftest import Workplace


def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_folder().joinpath(PLAN_SCHEMA).read_text(encoding="utf-8")))


def test_the_plan_of_a_pull_request_as_markdown_and_as_json_of_the_published_schema(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    markdown = workplace.magi("plan", workplace.url, *clouds, "-o", "markdown")
    assert markdown.code == 0, markdown.err
    assert markdown.out.startswith("### Magi plan: 31 to create, 0 to update, 0 to delete\n")
    assert markdown.out.count("<details>") == 2
    found = workplace.magi("plan", workplace.url, *clouds, "-o", "json")
    assert [error.message for error in schema().iter_errors(found.json)] == []
    assert f"`{found.json['digest']}`" in markdown.out
    text = workplace.magi("plan", workplace.url, *clouds)
    assert f"Digest: {found.json['digest']}" in text.out


def test_a_saved_plan_is_applied_as_it_was_and_once(workplace: Workplace) -> None:
    first = workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    planned = workplace.magi("plan", workplace.url, *clouds, "--out", "plan.json", "-o", "json")
    assert planned.code == 0, planned.err
    assert "magi: saved: 'magi apply plan.json' does this" in planned.err
    kept = json.loads((workplace.folder / "plan.json").read_text())
    assert [error.message for error in schema().iter_errors(kept)] == []
    assert (kept["digest"], kept["scope"]["revision"]) == (planned.json["digest"], first)
    workplace.edit("hello.yaml", "kind: NetworkService", "kind: Nothing")
    done = workplace.magi("apply", "plan.json", *clouds)
    assert done.code == 0, done.out + done.err
    workplace.simulator.reset_requests()
    again = workplace.magi("apply", "plan.json", *clouds)
    assert again.code == 7
    assert "plan.json is not what would be done now, so nothing was done:" in again.err
    assert "is in the saved plan, and would not be done now" in again.err
    assert workplace.writes() == []


def test_a_directory_that_changed_is_not_what_was_saved(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    folder = str(workplace.work.path)
    assert workplace.magi("plan", folder, *clouds, "--out", "plan.json").code == 0
    (file,) = (one for one in workplace.work.path.glob("*.yaml") if "kind: NetworkService" in one.read_text())
    file.write_text(file.read_text().replace("name: hello", "name: other"))
    workplace.simulator.reset_requests()
    done = workplace.magi("apply", "plan.json", *clouds)
    assert (done.code, workplace.writes()) == (7, [])
    assert "would be done now, and is not in the saved plan" in done.err


def test_what_is_no_saved_plan_or_given_twice_is_an_error_of_the_command_line(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    (workplace.folder / "odd.json").write_text("{}")
    odd = workplace.magi("apply", "odd.json", *clouds)
    assert (odd.code, "no plan that 'magi plan --out' wrote" in odd.err) == (64, True)
    assert workplace.magi("plan", workplace.url, *clouds, "--out", "plan.json").code == 0
    both = workplace.magi("apply", "plan.json", *clouds, "--vim", "paris", "--owner", "other")
    assert (both.code, "--vim and --owner can't be given with a saved plan" in both.err) == (64, True)
    nowhere = workplace.magi("plan", workplace.url, *clouds, "--out", "nowhere/plan.json")
    assert (nowhere.code, "can't be written" in nowhere.err) == (4, True)


def test_a_plan_without_one_of_its_vims_is_not_saved(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    (workplace.folder / "empty.yaml").write_text("clouds: {}\n")
    done = workplace.magi("plan", workplace.url, "--clouds-file", "empty.yaml", "--out", "plan.json")
    assert done.code == 4
    assert not (workplace.folder / "plan.json").exists()


def test_a_graph_of_a_change_marks_what_is_going_to_be_made(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    alone = workplace.magi("graph", "hello", workplace.url)
    assert alone.code == 0, alone.err
    assert "create" not in alone.out
    new = workplace.magi("graph", "hello", workplace.url, "--changes", *clouds)
    assert new.code == 0, new.err
    assert '["web × 1<br/>create"]' in new.out
    assert workplace.writes() == []
    assert workplace.magi("apply", workplace.url, "--yes", *clouds).code == 0
    assert workplace.magi("graph", "hello", workplace.url, "--changes", *clouds).out == alone.out
