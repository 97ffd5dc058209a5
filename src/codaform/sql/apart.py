"""Columns with totals over other rows, in the parts that are computed apart in views that stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from codaform.semantics.dependencies import GraphNode

Reads = Mapping[GraphNode, Collection[GraphNode]]
"""What each column reads."""


def parts(members: Sequence[GraphNode], totals: Collection[GraphNode], reads: Reads) -> list[list[GraphNode]]:
    """The columns of a table with totals, each with those that read it, so that no part reads of another one.

    Who asks a view for a column has those of its part computed, and no others. members: In the order of need.
    """
    reached = set(totals)
    for node in members:
        if any(one in reached for one in reads[node]):
            reached.add(node)
    found: list[list[GraphNode]] = []
    for node in members:
        if node in reached:
            mine = [part for part in found if any(one in reads[node] for one in part)]
            found = [part for part in found if part not in mine]
            found.append([*(one for part in mine for one in part), node])
    return found
