"""All kinds of schema changes by name."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isabstract

from codaform.deploy.kinds import column_settings, columns, controls, formulas, tables, views
from codaform.deploy.kinds.change import SchemaChange

KINDS: Mapping[str, type[SchemaChange]] = {
    name: kind
    for subject in (tables, columns, column_settings, views, formulas, controls)
    for name, kind in vars(subject).items()
    if isinstance(kind, type) and issubclass(kind, SchemaChange) and not name.startswith("_") and not isabstract(kind)
}
"""The kinds of changes by name: a kind is here as soon as the module of its subject has it."""
