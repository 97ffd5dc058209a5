"""Diagnostics as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.places import located
from codaform.diagnostics.render.text import as_text
from codaform.text import harmless


def as_junit(diagnostics: Iterable[Diagnostic], checked: Sequence[str]) -> str:
    """The findings as JUnit XML: a test case for each checked file, failed if the file has errors.

    All errors of a file are one failure, because many readers show only the first; warnings and infos are its output.
    A file that has findings is a test case even if it is not among the checked.
    """
    from xml.etree import ElementTree

    by_file: dict[str, list[Diagnostic]] = {name: [] for name in checked}
    for finding in located(diagnostics):
        by_file.setdefault(finding.diagnostic.source.name, []).append(finding.diagnostic)
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", name="codaform")
    failures = 0
    for name, found in sorted(by_file.items()):
        case = ElementTree.SubElement(suite, "testcase", classname="codaform", name=harmless(name))
        errors = [diagnostic for diagnostic in found if diagnostic.rule.severity == "error"]
        others = [diagnostic for diagnostic in found if diagnostic.rule.severity != "error"]
        if errors:
            failures += 1
            more = sum(error.count for error in errors) - 1
            message = harmless(errors[0].message) + (f" (and {more:,} more)" if more else "")
            failure = ElementTree.SubElement(case, "failure", type=errors[0].rule.name, message=message)
            failure.text = as_text(errors)
        if others:
            ElementTree.SubElement(case, "system-out").text = as_text(others)
    for element in (suites, suite):
        for key, count in {"tests": len(by_file), "failures": failures, "errors": 0, "skipped": 0}.items():
            element.set(key, str(count))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode")
