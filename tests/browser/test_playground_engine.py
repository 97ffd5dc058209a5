"""The playground's engine without a browser: Python in WebAssembly computes what is computed here."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

import told_alike
from codaform.library.catalogue import SUBJECTS, declared
from codaform.project.session import Session
from codaform.site.playground import page as playground
from codaform.site.playground.bundle import write_bundle
from places import NotToBeHad, node_place
from projects import FORMULAS

HERE = Path(__file__).parent
ATOMS = [
    "a", "b", "x", "é", "ß", "K", "ſ", "😀", "中", ".", "\\d", "\\w", "\\s", "\\S", "\\W", "[a-c]", "[^a]",
    "[é-ÿ]", "^", "$", "\\b", "\\B", "(a|b)", "(?:ab)", "(?<n>a)", "(.)", "|", "\\p{L}", "\\p{Lu}", "\\u00e9",
    "[\\s\\d]", "(a*)", "(a|)", "[^]", "[]", "-", "\\n", "İ", "ı", "Σ", "σ", "ς", "(b)?", "(?=a)", "\\1", "a{1001}",
]  # fmt: skip
QUANTIFIERS = ["", "", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "??", "{0,}"]
LETTERS = "aabbxxéßKk ſS😀中\n\r\t -12_Σσςıİi\u2028\u00a0"


def _expressions(count: int) -> list[list[str]]:
    """Patterns with flags and texts, the same ones in every run."""
    chosen = random.Random(6)
    made = []
    for _ in range(count):
        pattern = "".join(chosen.choice(ATOMS) + chosen.choice(QUANTIFIERS) for _ in range(chosen.randint(1, 5)))
        flags = "".join(flag for flag in "imsu" if chosen.random() < 0.35)
        made.append([pattern, flags, "".join(chosen.choice(LETTERS) for _ in range(chosen.randint(0, 14)))])
    return made


@pytest.mark.timeout(300)
def test_values_and_matches_are_the_same(tmp_path: Path) -> None:
    """Every example of every function, and thousands of regular expressions."""
    try:
        node, packages = node_place(Path(playground.__file__).parent / "npm")
    except NotToBeHad as reason:
        pytest.skip(f"Pyodide: {reason}")
    site = tmp_path / "site" / "playground"
    write_bundle(Session.open(FORMULAS), site, packages / "node_modules")
    # Outside of a package, node takes only such names for modules.
    shutil.copy(site / "re2js" / "index.js", tmp_path / "re2js.mjs")
    assets = Path(playground.__file__).parents[1] / "assets" / "playground"
    shutil.copy(assets / "expressions.js", tmp_path / "expressions.mjs")

    examples = [
        example for module in SUBJECTS.values() for function in declared(module) for example in function.examples
    ]
    asked = json.dumps({"formulas": [example.formula for example in examples], "expressions": _expressions(4000)})
    (tmp_path / "asked.json").write_text(asked, "utf-8")
    command: list[str | Path] = [
        node,
        HERE / "in_wasm.mjs",
        site,
        tmp_path,
        Path(told_alike.__file__),
        tmp_path / "asked.json",
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert run.returncode == 0, run.stderr[-2000:]

    values, matches = json.loads(run.stdout)
    assert values == [example.result for example in examples]
    here = json.loads(told_alike.told(asked))[1]
    assert sum(match == "no expression" for match in here) < len(here) / 2
    assert matches == here
