"""The packages that a command needs, checked before it begins."""

from __future__ import annotations

from codaform.deploy.environments import LOCAL
from codaform.extras import Extra, require


def extras_for(environment: str | None) -> tuple[Extra, ...]:
    """The extras that opening the doc of an environment needs: the local Coda is a server in this process."""
    return ("deploy", "serve") if environment == LOCAL else ("deploy",)


def require_for(*environments: str | None) -> None:
    """Check that the docs of these environments can be opened. Raises MissingExtra."""
    require(*dict.fromkeys(extra for environment in environments for extra in extras_for(environment)))
