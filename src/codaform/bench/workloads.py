"""All workloads by name."""

from __future__ import annotations

from codaform.bench.studio import AGGREGATES, AGGREGATES_FILTER, RANGE_JOIN
from codaform.bench.wholesale import WHOLESALE
from codaform.bench.workload import Workload

WORKLOADS: dict[str, Workload] = {
    workload.name: workload for workload in (RANGE_JOIN, AGGREGATES, AGGREGATES_FILTER, WHOLESALE)
}
