"""What the dashboard shows: its variables, and its panels row by row. Read by scripts/dashboard.py.

OF chooses the repositories and VIMs that are picked above the panels, SERVICES the network services too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

OF = 'repository=~"$repository", vim=~"$vim"'
SERVICES = f'{OF}, service=~"$service"'
VIM = 'vim=~"$vim"'
REPOSITORY = 'repository=~"$repository"'
RATE = "[$__rate_interval]"
MEAN_PASS = (
    f"sum by (vim) (rate(magi_vim_pass_seconds_total{{{OF}}}{RATE}))"
    f" / sum by (vim) (rate(magi_vim_passes_total{{{OF}}}{RATE}))"
)
MEAN_REQUEST = (
    f"sum by (vim) (rate(magi_vim_api_request_seconds_total{{{VIM}}}{RATE}))"
    f" / sum by (vim) (rate(magi_vim_api_requests_total{{{VIM}}}{RATE}))"
)
API_SECONDS = "magi_api_request_duration_seconds_bucket"


@dataclass(frozen=True)
class Variable:
    name: str
    label: str
    query: str


@dataclass(frozen=True)
class Panel:
    """``queries``: expression and legend of each.

    ``limits``: from where on it is orange, then red; ``falling``: below which.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    text: str = ""
    type: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 8
    limits: tuple[float, ...] = ()
    falling: bool = False
    stacked: bool = False
    below_zero: bool = False
    nothing: str = ""


def _number(
    title: str, expression: str, text: str = "", *limits: float, unit: str = "short", falling: bool = False
) -> Panel:
    return Panel(title, ((expression, ""),), text, "stat", unit, 4, 4, limits, falling)


def _graph(title: str, *queries: tuple[str, str], unit: str = "short", text: str = "", stacked: bool = False) -> Panel:
    return Panel(title, queries, text, unit=unit, stacked=stacked)


def _table(title: str, expression: str, text: str = "", nothing: str = "none") -> Panel:
    return Panel(title, ((expression, ""),), text, "table", width=12, nothing=nothing)


VARIABLES = (
    Variable("repository", "Repository", "label_values(magi_commit_info, repository)"),
    Variable("vim", "VIM", f"label_values(magi_vim_up{{{REPOSITORY}}}, vim)"),
    Variable("service", "Network service", f"label_values(magi_service_synced{{{OF}}}, service)"),
)

FLEET = (
    _number(
        "Synced",
        f"sum(magi_vim_services_synced{{{OF}}}) / sum(magi_vim_services{{{OF}}})",
        "Network services that are what Git says.",
        0.9,
        1,
        unit="percentunit",
        falling=True,
    ),
    _number(
        "Not synced",
        f"sum(magi_vim_services{{{OF}}}) - sum(magi_vim_services_synced{{{OF}}}) or vector(0)",
        "On a VIM each.",
        1,
    ),
    _number(
        "Degraded or missing",
        f"sum(magi_vim_services_degraded{{{OF}}}) or vector(0)",
        "Something is in error, stopped, fails its probe, or is missing.",
        1,
        1,
    ),
    _number("VIMs unreachable", f"count(magi_vim_up{{{OF}}} == 0) or vector(0)", "The last observation failed.", 1, 1),
    _number(
        "Steps that are blocked",
        f"sum(magi_vim_steps_blocked{{{OF}}}) or vector(0)",
        "Those that wait for nothing but their turn are left out.",
        1,
    ),
    _number(
        "Instances with exhausted recovery",
        f"sum(magi_instances_recovery_exhausted{{{OF}}}) or vector(0)",
        "Healing has tried all that it may.",
        1,
        1,
    ),
    _table(
        "Network services that are not as they should be",
        f'magi_service_info{{{SERVICES}, sync!="synced"}} or magi_service_info{{{SERVICES}, health!="healthy"}}',
    ),
    _table("Alerts", 'ALERTS{alertname=~"Magi.*", alertstate="firing"}', "Each has a page in docs/runbooks/."),
    replace(
        _graph(
            "Network services by health",
            (f"count by (health) (magi_service_info{{{SERVICES}}})", "{{health}}"),
            stacked=True,
        ),
        width=12,
    ),
    _table(
        "Network services that are not whole",
        f"magi_service_desired{{{SERVICES}}} > magi_service_ready{{{SERVICES}}}",
        "How many instances, links, routers, access points and volumes Git asks for.",
    ),
    replace(
        _graph(
            "Network services that are not synced",
            (f"magi_service_synced{{{SERVICES}}} == 0", "{{service}} on {{vim}}"),
            text="As many as have detail.",
        ),
        width=12,
    ),
    replace(
        _graph("Resources by state", (f"sum by (state) (magi_resources{{{OF}}})", "{{state}}"), stacked=True), width=12
    ),
)

OBJECTIVE = (
    Panel(
        "Of the last 30 days",
        ((f"1 - repository_vim:magi_service_failing:avg30d{{{OF}}}", "{{vim}}"),),
        "The objective: 99 % of the time no service of a VIM fails to be what Git says.",
        "stat",
        "percentunit",
        8,
        8,
        (0.99, 0.995),
        falling=True,
    ),
    replace(
        _graph(
            "What is left of the error budget",
            (f"1 - repository_vim:magi_service_failing:avg30d{{{OF}}} / 0.01", "{{repository}} {{vim}}"),
            unit="percentunit",
            text="1 % over 30 days is allowed.",
        ),
        below_zero=True,
    ),
    _graph(
        "Burn rate",
        (f"repository_vim:magi_service_failing:avg1h{{{OF}}} / 0.01", "{{repository}} {{vim}}, 1 h"),
        (f"repository_vim:magi_service_failing:avg6h{{{OF}}} / 0.01", "{{repository}} {{vim}}, 6 h"),
        text="At 1 the budget lasts for 30 days. Alerts, for each service: 14.4 over one hour, 6 over six.",
    ),
    _graph(
        "Since the last pass that left nothing",
        (f"time() - magi_last_successful_sync_timestamp_seconds{{{OF}}}", "{{repository}} {{vim}}"),
        unit="s",
    ),
    _graph(
        "Failing, five minutes",
        (f"repository_vim:magi_service_failing:avg5m{{{OF}}}", "{{repository}} {{vim}}"),
        unit="percentunit",
    ),
    _graph(
        "Network services that fail most, one hour",
        (f"topk(10, avg_over_time(magi_service_failing{{{SERVICES}}}[1h]))", "{{service}} on {{vim}}"),
        unit="percentunit",
    ),
)

VIMS = (
    Panel(
        "VIMs that answer",
        ((f"magi_vim_up{{{OF}}}", "{{repository}} {{vim}}"),),
        "1: the last observation succeeded.",
        "state-timeline",
        limits=(1, 1),
        falling=True,
    ),
    _graph(
        "Passes by VIM",
        (f"sum by (vim) (rate(magi_vim_passes_total{{{OF}}}{RATE}))", "{{vim}}"),
        unit="ops",
    ),
    _graph(
        "Mean duration of passes",
        (MEAN_PASS, "{{vim}}"),
        unit="s",
    ),
    _graph(
        "API requests by VIM",
        (f"sum by (vim, result) (rate(magi_vim_api_requests_total{{{VIM}}}{RATE}))", "{{vim}} {{result}}"),
        unit="reqps",
    ),
    _graph(
        "Mean API latency",
        (MEAN_REQUEST, "{{vim}}"),
        unit="s",
    ),
    _graph(
        "Passes by result",
        (f"sum by (result) (rate(magi_passes_total{{{OF}}}{RATE}))", "{{result}}"),
        unit="ops",
        text="nothing (to do), changed, incomplete (something was left), unknown (no observation).",
    ),
    _graph(
        "Duration of passes",
        (f"histogram_quantile(0.5, sum by (le) (rate(magi_pass_duration_seconds_bucket{{{OF}}}{RATE})))", "median"),
        (f"histogram_quantile(0.95, sum by (le) (rate(magi_pass_duration_seconds_bucket{{{OF}}}{RATE})))", "95 %"),
        unit="s",
    ),
    _graph(
        "API requests",
        (f"sum by (vim, status) (rate(magi_api_requests_total{{{VIM}}}{RATE}))", "{{vim}} {{status}}"),
        unit="reqps",
        text="Of all repositories together. none: no answer came.",
    ),
    _graph(
        "API latency, 99 %",
        (
            f"histogram_quantile(0.99, sum by (vim, service, le) (rate({API_SECONDS}{{{VIM}}}{RATE})))",
            "{{vim}} {{service}}",
        ),
        unit="s",
    ),
    _graph(
        "Requests that wait for the API budget",
        (f"vim:magi_api_budget_wait_seconds:rate10m{{{VIM}}}", "{{vim}}"),
        text="On average, at any moment.",
    ),
    _graph(
        "API requests that failed",
        (
            f'sum by (vim, service, method) (rate(magi_api_requests_total{{{VIM}, status=~"5xx|none"}}{RATE}))',
            "{{vim}} {{method}} {{service}}",
        ),
        unit="reqps",
    ),
    _graph(
        "Seconds waited for the API budget",
        (f"sum by (vim) (increase(magi_api_budget_wait_seconds_total{{{VIM}}}{RATE}))", "{{vim}}"),
        unit="s",
    ),
)

DRIFT = (
    _graph(
        "Drift that is left",
        (f"sum by (kind, state) (magi_drift{{{OF}}}) > 0", "{{kind}} {{state}}"),
        stacked=True,
        text="What differs from Git after the last pass.",
    ),
    _graph(
        "Resources that differ, and steps that failed",
        (f"magi_vim_resources_drifted{{{OF}}} > 0", "{{vim}}: differ"),
        (f"increase(magi_vim_steps_failed_total{{{OF}}}{RATE}) > 0", "{{vim}}: failed"),
    ),
    _graph("Resources by VIM", (f"magi_vim_resources{{{OF}}}", "{{vim}}")),
    _graph("Services by VIM that fail", (f"magi_vim_services_failing{{{OF}}}", "{{vim}}")),
    _graph(
        "Steps",
        (f"sum by (action, result) (rate(magi_steps_total{{{OF}}}{RATE})) > 0", "{{action}} {{result}}"),
        unit="ops",
    ),
    _graph("Blocked steps by reason", (f"sum by (reason) (magi_steps_blocked{{{OF}}})", "{{reason}}"), stacked=True),
    _graph(
        "Healing",
        (f"sum by (action, result) (increase(magi_healing_actions_total{{{OF}}}{RATE})) > 0", "{{action}} {{result}}"),
    ),
    _graph(
        "Unhealthy instances",
        (f"sum by (vim) (magi_instances_unready{{{OF}}})", "{{vim}}: fail their probe"),
        (f"sum by (vim) (magi_instances_recovery_exhausted{{{OF}}})", "{{vim}}: recovery exhausted"),
    ),
    _graph(
        "Owner marks on what other projects have, and twins",
        (f"sum by (vim, kind) (magi_foreign_resources{{{OF}}})", "{{vim}} {{kind}}"),
        (f"sum by (vim, kind) (magi_twin_resources{{{OF}}})", "{{vim}} twin {{kind}}"),
        (f"max by (vim) (magi_contested{{{OF}}}) > 0", "{{vim}}: two writers under one owner"),
    ),
    _graph("Warnings of policy as code", (f"sum by (vim) (magi_plan_warnings{{{OF}}})", "{{vim}}")),
    _graph("Resources by kind", (f"sum by (kind) (magi_resources{{{OF}}})", "{{kind}}"), stacked=True),
)

GIT = (
    _table("Commit in force", f"magi_commit_info{{{REPOSITORY}}}"),
    _graph(
        "Age of the commit in force",
        (f"time() - (magi_commit_timestamp_seconds{{{REPOSITORY}}} > 0)", "{{repository}}"),
        unit="s",
    ),
    _number(
        "Refused commits", f"sum(magi_commit_refused{{{REPOSITORY}}})", "The newest commit has wrong documents.", 1
    ),
    _number("Problems in them", f"sum(magi_document_problems{{{REPOSITORY}}})", "", 1),
    _number(
        "VIMs served by no daemon",
        f'sum(magi_shard_vims{{{REPOSITORY},share=~"unserved|contended"}})',
        "See docs/scaling.md.",
        1,
    ),
    _number("Daemons without etcd", "count(magi_coordination_up == 0)", "They write nothing. See docs/scaling.md.", 1),
    _number("Commits not verified", f"sum(magi_commit_unverified{{{REPOSITORY}}})", "See docs/trust.md.", 1),
    _graph(
        "Since Git answered last",
        (f"time() - (magi_git_last_fetch_timestamp_seconds{{{REPOSITORY}}} > 0)", "{{repository}}"),
        unit="s",
    ),
    _graph(
        "Fetches",
        (
            f"sum by (repository, result) (rate(magi_git_fetches_total{{{REPOSITORY}}}{RATE}))",
            "{{repository}} {{result}}",
        ),
        unit="ops",
    ),
    _graph("Lines lost of the journal", (f"sum by (reason) (increase(magi_journal_errors_total{RATE}))", "{{reason}}")),
    _graph(
        "Notifications",
        (f"sum by (name, result) (increase(magi_notifications_total{RATE}))", "{{name}} {{result}}"),
        ("sum by (name) (magi_notifications_waiting)", "{{name}} waiting"),
    ),
    _graph("Webhooks", (f"sum by (result) (increase(magi_webhooks_total{RATE}))", "{{result}}")),
    _graph(
        "Messages to the forge",
        (f"sum by (what, result) (increase(magi_forge_messages_total{{{REPOSITORY}}}{RATE}))", "{{what}} {{result}}"),
    ),
)

PROCESS = (
    _number("Daemons", "count(magi_build_info) or vector(0)", "One for each owner.", 1, falling=True),
    _number("Up for", "min(time() - process_start_time_seconds and on (instance) magi_build_info)", unit="s"),
    _number(
        "In trouble without detail",
        "sum(magi_detail_omitted) or vector(0)",
        "VIMs and network services that panels by service, kind or reason do not show. See docs/metrics.md.",
        1,
    ),
    _table("Version", "magi_build_info"),
    _graph(
        "CPU",
        ("rate(process_cpu_seconds_total" + RATE + ") and on (instance) magi_build_info", "{{instance}}"),
        unit="percentunit",
    ),
    _graph("Memory", ("process_resident_memory_bytes and on (instance) magi_build_info", "{{instance}}"), unit="bytes"),
    _graph("Open files", ("process_open_fds and on (instance) magi_build_info", "{{instance}}")),
)

ROWS = (
    ("Fleet", FLEET),
    ("Convergence objective", OBJECTIVE),
    ("VIMs and their APIs", VIMS),
    ("Drift and steps", DRIFT),
    ("Git", GIT),
    ("Magi itself", PROCESS),
)
