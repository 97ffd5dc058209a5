#!/usr/bin/env bash
# fast-sugiyama 0.5.3: a bend of a long edge can take the place of one of the caller's nodes.
#
# from_edges() gives positions for the nodes and, by default, for bends: points on edges that pass a layer. Bends are
# numbered from the count of nodes on. The caller's own numbers are given back as they are, so in a graph with the
# nodes 5, 10 and 20, a bend can be called 5 too. to_dict() then has one entry for both, and which one it keeps is the
# later of the two: a node of the graph gets the position of a bend, and nothing says so.
# Seen on 2026-11-29, Python 3.11, Linux x86_64: flatten_positions() names node 5 twice; to_dict() has three entries.
# With the numbers 0, 1 and 2 for the same graph there are four entries, three nodes and the bend.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q fast-sugiyama==0.5.3
"$place/venv/bin/python" - <<'PYTHON'
from collections import Counter

from fast_sugiyama import from_edges

gaps = from_edges([(10, 20), (20, 5), (10, 5)])  # the edge from 10 to 5 passes the layer of 20
names = Counter(int(name) for name, _ in gaps.flatten_positions())
print("numbers with gaps:", dict(names), "entries:", len(gaps.to_dict()))
assert names == {5: 2, 10: 1, 20: 1}, names
assert len(gaps.to_dict()) == 3

dense = from_edges([(0, 1), (1, 2), (0, 2)])  # the same graph
names = Counter(int(name) for name, _ in dense.flatten_positions())
print("numbers without gaps:", dict(names), "entries:", len(dense.to_dict()))
assert sorted(names.values()) == [1, 1, 1, 1], names
assert {0, 1, 2} < set(names)
PYTHON
echo 'as described'
