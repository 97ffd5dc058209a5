"""The certificate of a migration's phase as a page."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.project.migrations.certifying import Certificate, NamedReason
from codaform.site.markdown import code, escaped, join_blocks, table


def certificate_text(certificate: Certificate) -> str:
    """The certificate in Markdown."""
    one = certificate
    return join_blocks(
        f"# {escaped(f'Certificate: {one.name}')}",
        f"Migration {code(one.migration)}, phase {one.phase}, in {escaped(one.environment)}, read at {one.at}. SHA-256 "
        f"of its inputs: {code(one.inputs)}",
        certificate_body(one, "##"),
    )


def certificate_body(one: Certificate, level: str) -> str:
    """What a certificate says, in Markdown. level: The signs before its headings."""
    clean = "Clean: nothing is lost, and a second run writes nothing."
    return join_blocks(
        clean if one.clean else "**Not clean:** something below is lost or open.",
        *_sources(one),
        *_updates(one),
        f"- {_count(one.texts, 'text')} compared byte for byte; {len(one.differing)} differ\n"
        f"- {_count(one.links, 'link')} to rows that are there; {len(one.unresolved)} lead nowhere\n"
        f"- {len(one.doubled)} copies have two sources\n"
        f"- a second run would write {_count(one.rewritten, 'row')} or cells",
        *_reasons(f"{level} Left by decision", one.left),
        *_reasons(f"{level} Refused", one.refused),
        *_behind(level, one),
        *_items(f"{level} Texts that differ", one.differing),
        *_items(f"{level} Links that lead nowhere", one.unresolved),
        *_items(f"{level} Copies of two rows", one.doubled),
        *_items(f"{level} Copies that people changed since", one.kept),
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _sources(one: Certificate) -> list[str]:
    if not one.sources:
        return []
    rows = [
        [
            code(source.table),
            f"{source.rows:,}",
            ", ".join(f"{count:,} to {code(to)}" for to, count in source.copied.items()),
            f"{source.left:,}",
            f"{source.refused:,}",
            code(source.checksum[:16]),
        ]
        for source in one.sources
    ]
    found = [table(["Old table", "Rows", "Copied", "Left", "Refused", "Checksum"], rows)]
    found.append(table(["New table", "Checksum"], [[code(name), code(of[:16])] for name, of in one.targets.items()]))
    return found


def _updates(one: Certificate) -> list[str]:
    if not one.updates:
        return []
    rows = [
        [
            code(f"{update.table}.{', '.join(update.columns)}"),
            f"{update.set:,}",
            f"{update.kept:,}",
            f"{update.to_set:,}",
            escaped(", ".join(update.unmatched)),
        ]
        for update in one.updates
    ]
    return [table(["Set", "As wanted", "Changed by people since", "To do", "Nothing found for"], rows)]


def _reasons(title: str, rows: Sequence[NamedReason]) -> list[str]:
    if not rows:
        return []
    told = [[code(row.table), escaped(row.row), escaped(row.reason)] for row in rows]
    return [title, table(["Table", "Row", "Why"], told)]


def _behind(level: str, one: Certificate) -> list[str]:
    rows = [
        [code(f"{source.table}.{column}"), code(to), escaped(why)]
        for source in one.sources
        for to, columns in source.behind.items()
        for column, why in columns.items()
    ]
    return [f"{level} Values without a place", table(["Column", "In copies to", "Why"], rows)] if rows else []


def _items(title: str, items: Sequence[str]) -> list[str]:
    return [title, "\n".join(f"- {escaped(item)}" for item in items)] if items else []
