"""A compiler and workbench for Coda docs as code.

    >>> import codaform
    >>> codaform.evaluate('List("ab", "cd").Left(1)')
    ['a', 'c']

These names are the stable face of the package. Each is loaded from its module when it is first used.
"""

import warnings
from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "Session": "codaform.project.session",
    "FormulaError": "codaform.face",
    "arrow_schema": "codaform.face",
    "bind": "codaform.face",
    "evaluate": "codaform.face",
    "literal": "codaform.face",
    "parse": "codaform.face",
    "show": "codaform.face",
    "Bound": "codaform.semantics.bind",
    "Diagnostic": "codaform.diagnostics.diagnostic",
    "Error": "codaform.model.values",
    "Person": "codaform.model.values",
    "Row": "codaform.model.values",
}

_RENAMED = {"Project": "Session"}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        warnings.warn(f"codaform.{name} is now called codaform.{_RENAMED[name]}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(__name__), _RENAMED[name])
    if name not in _HOMES:
        raise AttributeError(f"module codaform has no attribute {name}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
