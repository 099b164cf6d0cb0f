"""Policy as code: Rego rules of the operator's judge a plan, in a process of their own that is bounded.

text       the files in what checks need
checks     names in them that mean nothing
rules      the rules of a folder
engine     runs the engine in a process of its own
child      that process
decisions  what rules decide of a plan
trials     tests of rules
net.rego   builtin functions that the engine lacks

Needs the extra `rego` of the package.
"""

from reconciler.judging.rego.decisions import MOST, Decision, Decisions, decide
from reconciler.judging.rego.engine import BOUNDS, Bounds, RegoFailedError, bounds_of
from reconciler.judging.rego.rules import load_rules
from reconciler.judging.rego.trials import Trial, run_tests

__all__ = [
    "BOUNDS",
    "MOST",
    "Bounds",
    "Decision",
    "Decisions",
    "RegoFailedError",
    "Trial",
    "bounds_of",
    "decide",
    "load_rules",
    "run_tests",
]
