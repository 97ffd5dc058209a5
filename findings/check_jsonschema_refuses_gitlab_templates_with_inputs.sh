#!/usr/bin/env bash
# check-jsonschema 0.39.0 carries GitLab's own schema for pipelines, and cannot read a pipeline template that has inputs.
#
# GitLab wants the inputs of a template (`spec:`) in a YAML document of their own before the jobs, with `---` between the two. The
# checker reads one document a file, so such a template fails before its schema is asked; each document alone is accepted, also with
# the placeholders $[[ inputs.x ]]. A project that lints its template has to split the file first.
# Seen on 2026-12-01: exit code 1, "expected a single document in the stream ... but found another document".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q check-jsonschema==0.39.0
cd "$place"
printf 'spec:\n  inputs:\n    stage:\n      default: test\n' > spec.yml
printf 'greet:\n  stage: $[[ inputs.stage ]]\n  script:\n    - echo hello\n' > jobs.yml
{ cat spec.yml; echo ---; cat jobs.yml; } > template.yml
check() { "$place/venv/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$@" 2>&1; }
check spec.yml
check jobs.yml
if said=$(check template.yml); then
  echo 'the whole template is accepted now'
  exit 1
fi
grep -q 'expected a single document in the stream' <<<"$said" || { printf '%s\n' "$said"; exit 1; }
echo 'as described'
