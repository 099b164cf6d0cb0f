"""Traces of the real process: asked for, left out, and asked for where the extra is not installed."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.collector import Noted, collecting
from tests.end_to_end.conftest import Workplace
from tests.processes import Served, daemon
from tests.waiting import PATIENCE, eventually

SETTINGS = """repository: {{url: "{url}", branch: main, interval: 1}}
drift: {{interval: 1, longest: 1}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""
DEBUG = ("--log-level", "debug")
LISTENS_AS_JSON = r'"listen": "([^"]+)"'


def settings(workplace: Workplace, **tracing: Any) -> str:
    text = SETTINGS.format(url=workplace.url, clouds=workplace.clouds_file, folder=workplace.folder)
    return text + (f"tracing: {json.dumps(tracing)}\n" if tracing else "")


def blocked(folder: Path) -> Mapping[str, str]:
    """An environment in which OpenTelemetry can't be imported."""
    package = folder / "blocked" / "opentelemetry"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('not installed')\n")
    return {"PYTHONPATH": str(package.parent)}


def test_a_daemon_sends_what_it_did_to_the_last_span_and_its_log_leads_there(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    # Nothing is sent by itself within the test: what arrives was sent at the end.
    extra = {
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
        "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100000",
        "OTEL_SERVICE_NAME": "magi-paris",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=edge",
    }
    with collecting() as collector:
        printed = settings(workplace, endpoint=f"{collector.url}/")
        with daemon(workplace, printed, *DEBUG, "--log-format", "json", extra=extra, listens=LISTENS_AS_JSON) as magi:
            eventually(lambda: magi.output.count('"pass done"') >= 3)
            assert collector.spans == []
    lines = [json.loads(line) for line in magi.said if line.startswith("{")]
    passes = {one.pairs["magi.pass"]: one for one in collector.named("pass")}
    done = [line for line in lines if line["message"] == "pass done"]
    assert {line["trace_id"] for line in done} <= {one.trace for one in passes.values()}
    assert {one.resource["service.name"] for one in collector.spans} == {"magi-paris"}
    assert {headers["x-tenant"] for headers in collector.headers} == {"edge"}
    by_id = {(one.trace, one.id): one for one in collector.spans}

    def way(span: Noted) -> list[str]:
        return [span.name, *(way(by_id[span.trace, span.parent]) if span.parent else [])]

    ways = {tuple(way(one)) for one in collector.spans}
    assert {
        ("POST compute", "step", "pass"),
        ("POST network", "step", "pass"),
        ("GET image", "observe", "pass"),
    } <= ways
    assert {"pass", "fetch"} <= {found[-1] for found in ways} <= {"pass", "fetch", "glance"}


def complaints(magi: Served) -> list[str]:
    return [line for line in magi.said if "export" in line]


def test_a_collector_that_is_down_keeps_nothing_from_being_done_and_is_reported_once(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    # An export each tenth of a second, each of which fails, and is tried again.
    extra = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with daemon(workplace, settings(workplace, endpoint="http://127.0.0.1:9"), *DEBUG, extra=extra) as magi:
        eventually(lambda: magi.output.count("pass done") >= 5)
        # In whatever words: refused, or out of time, as the machine has it.
        eventually(lambda: complaints(magi))
        magi.process.send_signal(signal.SIGTERM)
        magi.process.wait(PATIENCE)
    assert len(complaints(magi)) == 1


def test_the_collector_may_be_named_by_opentelemetry_s_own_variable(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with collecting() as collector:
        extra = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        with daemon(workplace, settings(workplace), extra=extra) as magi:
            eventually(lambda: "pass done" in magi.output)
        assert collector.named("pass")


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_where_no_traces_are_asked_for_nothing_of_opentelemetry_is_imported(
    workplace: Workplace, extra: Mapping[str, str]
) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace), extra={**extra, "PYTHONPROFILEIMPORTTIME": "1"}) as magi:
        eventually(lambda: "pass done" in magi.output)
    assert "reconciler.tracing" in magi.output
    assert "opentelemetry" not in magi.output
    assert "reconciler.tracing.telemetry" not in magi.output


@pytest.mark.parametrize("command", [["run", "--config"], ["config", "check"]])
def test_without_the_extra_it_is_informed_how_to_get_it(workplace: Workplace, command: list[str]) -> None:
    extra = blocked(workplace.folder)
    file = workplace.folder / "magi.yaml"
    file.write_text(settings(workplace, endpoint="http://127.0.0.1:4318"))
    printed = workplace.magi(*command, str(file), extra=extra)
    assert printed.code == 4
    assert "traces are configured, but OpenTelemetry is not installed" in printed.err + printed.out
    assert "pip install 'magi[tracing]'" in printed.err + printed.out


def test_a_variable_of_opentelemetry_that_is_wrong_is_reported(workplace: Workplace) -> None:
    file = workplace.folder / "magi.yaml"
    file.write_text(settings(workplace, endpoint="http://127.0.0.1:4318"))
    printed = workplace.magi("run", "--config", str(file), extra={"OTEL_BSP_MAX_QUEUE_SIZE": "0"})
    assert printed.code == 4
    assert "OpenTelemetry can't be set up" in printed.err
    assert "max_queue_size" in printed.err


def test_other_settings_of_tracing_wait_for_a_restart_and_that_is_reported(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        (workplace.folder / "magi.yaml").write_text(settings(workplace, endpoint="http://127.0.0.1:9"))
        magi.process.send_signal(signal.SIGHUP)
        eventually(lambda: "settings taken" in magi.output)
        assert "settings of tracing are taken by a restart alone" in magi.output
        assert "repository left" not in magi.output
