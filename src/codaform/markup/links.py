"""Which addresses a link may lead to."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_link(text: str) -> str:
    """The address that a link in a doc may lead to: of the web or of mail. Empty for any other."""
    squeezed = "".join(text.split())
    try:
        parts = urlsplit(squeezed)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https"):
        return squeezed if parts.netloc else ""
    return squeezed if parts.scheme == "mailto" and parts.path else ""
