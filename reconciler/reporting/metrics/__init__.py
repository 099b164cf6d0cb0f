"""What Magi shows Prometheus. docs/metrics.md lists every metric; a test holds it to this room.

No resource or step names in labels: the number of series depends on repositories, VIMs, kinds and services, not on
their resources.
"""

from reconciler.reporting.metrics.collector import Metrics
from reconciler.reporting.metrics.passes import PASS_RESULTS, result_of

__all__ = ["PASS_RESULTS", "Metrics", "result_of"]
