"""The examples of rules as a reader can be shown them: very long lines are cut, what cannot be printed is drawn."""

from __future__ import annotations

EXAMPLES_MARK = '<div class="coda-examples" hidden></div>'
"""What a page holds whose formulas are about the doc of the examples: there the playground tries them."""


def shortened(example: str) -> str:
    """The example for a page."""
    lines = example.replace("\0", "␀").split("\n")
    return "\n".join(line if len(line) <= 200 else f"{line[:60]} … {line[-60:]}" for line in lines)
