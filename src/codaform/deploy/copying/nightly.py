"""Pipelines that pull a doc into git each night, so that git has the doc's history."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote
from typing import Literal, NamedTuple

from codaform.project.files import CannotRead

Forge = Literal["github", "gitlab"]

_COMMIT = """\
codaform pull --to {environment} --project {folder}
git add --all -- {folder}
git diff --cached --quiet && exit 0
{{ printf 'The doc changed in Coda\\n\\n'; codaform diff HEAD {folder} || true; }} > ../message
git -c user.name=codaform -c user.email=codaform@localhost commit --cleanup=whitespace --file ../message
"""

_GITHUB = """\
# Pulls the doc in Coda into git each night; each commit says what changed. `codaform history init` wrote this file.
name: coda history

on:
  schedule:
    - cron: "17 3 * * *"
  workflow_dispatch:

permissions:
  contents: write

concurrency: coda-history

env:
  CODAFORM: git+https://git.example.com/you/codaform@<commit>

jobs:
  pull:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.14"
      - run: pip install "codaform[deploy] @ $CODAFORM"
      - name: Pull the doc, and commit what changed
        env:
          CODA_API_TOKEN: ${{{{ secrets.CODA_API_TOKEN }}}}
        run: |
{commands}          git push
"""

_GITLAB = """\
# Pulls the doc in Coda into git each night; each commit says what changed. `codaform history init` wrote this file.
# Include it in .gitlab-ci.yml, and run it by a schedule of the project. HISTORY_TOKEN is a token that may push.
coda history:
  image: python:3.14
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  variables:
    CODAFORM: git+https://git.example.com/you/codaform@<commit>
  script:
    - pip install "codaform[deploy] @ $CODAFORM"
    - |
{commands}      git push "https://history:$HISTORY_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git" "HEAD:$CI_COMMIT_BRANCH"
"""


class Pipeline(NamedTuple):
    """A file of a pipeline. path: Below the top of the repository. secret: The secrets to set beside it."""

    path: Path
    text: str
    secret: str


def nightly_pull(forge: Forge, environment: str, folder: str) -> Pipeline:
    """The pipeline of a forge. environment: Of doc.yml. folder: The project's, below the top of the repository.

    Raises CannotRead for a folder whose name would say something else in a pipeline.
    """
    if not re.fullmatch(r"[\w./ -]+", folder):
        raise CannotRead(f"a pipeline cannot name the folder {folder}: use letters, digits, spaces, _ . / and -")
    commands = _COMMIT.format(environment=quote(environment), folder=quote(folder))
    if forge == "github":
        text = _GITHUB.format(commands=_indented(commands, 10))
        return Pipeline(Path(".github", "workflows", "coda-history.yml"), text, "CODA_API_TOKEN")
    text = _GITLAB.format(commands=_indented(commands, 6))
    return Pipeline(Path("coda-history.gitlab-ci.yml"), text, "CODA_API_TOKEN and HISTORY_TOKEN")


def _indented(text: str, columns: int) -> str:
    return "".join(f"{' ' * columns}{line}\n" for line in text.splitlines())
