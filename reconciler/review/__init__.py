"""A plan for people and for machines. Pure: text, Markdown and JSON out of Plans. Called by the CLI and the web part.

items     the resources of plans, grouped, counted, with what each step costs
preflight what would make a plan fail
values    fields and their values in words
summary   a table with a row for each network service on each VIM
text      lines with a style, for a terminal
approvals what approvals of a branch unblock, and whose they are
markdown  a comment for a pull request, within a size
done      a comment on what was done
json      for machines
compare   how two plans differ
topology  the parts of a network service and what joins them, with what is to change
graph     a topology as Mermaid and as DOT
"""

from reconciler.judging.digests import facts_of, plain, plan_digest
from reconciler.review.approvals import approval_lines
from reconciler.review.compare import plan_differences
from reconciler.review.done import Doing, done_markdown
from reconciler.review.graph import dot, mermaid
from reconciler.review.items import Counts, counts_of, items_of
from reconciler.review.json import plan_json
from reconciler.review.markdown import FORGES, LEAST_SIZE, MAX_SIZE, plans_markdown, refusal_markdown
from reconciler.review.preflight import duration_line
from reconciler.review.summary import LONG, SUMMARY_COLUMNS, summary_json, summary_rows
from reconciler.review.text import Line, blocked_text, effects_line, plans_text
from reconciler.review.topology import topology_of
from reconciler.review.values import difference, shown

__all__ = [
    "FORGES",
    "LEAST_SIZE",
    "LONG",
    "MAX_SIZE",
    "SUMMARY_COLUMNS",
    "Counts",
    "Doing",
    "Line",
    "approval_lines",
    "blocked_text",
    "counts_of",
    "difference",
    "done_markdown",
    "dot",
    "duration_line",
    "effects_line",
    "facts_of",
    "items_of",
    "mermaid",
    "plain",
    "plan_differences",
    "plan_digest",
    "plan_json",
    "plans_markdown",
    "plans_text",
    "refusal_markdown",
    "shown",
    "summary_json",
    "summary_rows",
    "topology_of",
]
