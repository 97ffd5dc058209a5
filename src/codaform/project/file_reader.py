"""Reading the files of a project: YAML as trees, formulas as texts; whatever is wrong with a file is reported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import attrgetter
from pathlib import Path

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.project import shape_checks, shapes, yaml_text, yaml_tree
from codaform.project.causes import repaired
from codaform.project.file_names import formula_stem
from codaform.project.files import is_inside, read_own_text, read_text
from codaform.project.inline import inline_formula, is_file_name
from codaform.project.locate import reason
from codaform.project.quoting import cut_formulas, without_quotes
from codaform.semantics.program import FormulaSite
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest


@dataclass
class FileReader:
    """The files of a project's folder, and what was found while reading them.

    label: The prefix of the files' names. names: The files that were read. lost: By the folder, each table.yml
    or doc.yml that cannot be used.
    """

    root: Path
    label: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    used: dict[str, FormulaSite] = field(default_factory=dict)
    """The places of the formula files, by the name of the file."""
    inline: list[tuple[Path, yaml_tree.Scalar, Source, FormulaSite]] = field(default_factory=list)
    """The formulas in YAML: the folder, the scalar, the file and the place of each."""
    prefixes: dict[Path, str] = field(default_factory=dict)
    listings: dict[Path, list[Path]] = field(default_factory=dict)
    folders: dict[Path, set[str]] = field(default_factory=dict)
    """The names of the folders in a folder that was listed."""
    chosen: dict[tuple[Path, str], list[Path]] = field(default_factory=dict)
    """The names in a folder, and those that fit a pattern."""
    formula_files: dict[Path, list[str]] = field(default_factory=dict)
    homes: dict[Path, bool] = field(default_factory=dict)
    """Whether a folder is in that of the project, with its links followed."""
    lost: dict[Path, Source] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    """The formula files that are named and not there, under names that no file has where they have none."""
    doubtful: set[str] = field(default_factory=set)
    """The names of things that exist but could not be read."""
    there: set[str] = field(default_factory=set)
    """The formula files that keys name exactly."""
    meant: set[Path] = field(default_factory=set)
    """The files that are there under another name."""

    def say(self, rule: Rule, message: str, source: Source, span: Span, help: str = "", fix: Fix | None = None) -> None:
        """Report a finding."""
        self.diagnostics.append(Diagnostic(rule, message, source, span, help, fix))

    def name(self, path: Path) -> str:
        """The name of a file in findings."""
        return self.name_in(path.parent, path.name) if path != self.root else f"{self.prefix(path)}."

    def name_in(self, folder: Path, file: str) -> str:
        """The name in findings of a file in a folder."""
        return f"{self.prefix(folder)}{file}"

    def prefix(self, folder: Path) -> str:
        """What the names of the files in a folder begin with."""
        known = self.prefixes.get(folder)
        if known is None:
            inside = folder.relative_to(self.root).as_posix()
            known = "".join(f"{part}/" for part in (self.label, inside) if part not in ("", "."))
            self.prefixes[folder] = known
        return known

    def listed(self, folder: Path, pattern: str = "*") -> list[Path]:
        """The entries of a folder whose names fit the pattern; an unreadable folder is reported once."""
        if folder not in self.listings:
            self.listings[folder] = []
            try:
                with os.scandir(folder) as found:
                    entries = sorted((one for one in found if not one.name.startswith(".")), key=attrgetter("name"))
                self.listings[folder] = [folder / one.name for one in entries]
                self.folders[folder] = {one.name for one in entries if _is_folder(one)}
            except OSError as error:
                source = Source(self.name(folder), "")
                self.say(rules.MISSING_FILE, f"{source.name} cannot be read: {reason(error)}", source, Span(0, 0))
        if pattern == "*":
            return self.listings[folder]
        key = folder, pattern
        if key not in self.chosen:
            self.chosen[key] = [path for path in self.listings[folder] if fnmatchcase(path.name, pattern)]
        return self.chosen[key]

    def text(self, path: Path) -> Source:
        """The text of a file; what is wrong with it as a text is reported."""
        source, problems = self.text_of(path.parent, path.name)
        self.names.append(source.name)
        self.diagnostics.extend(problems)
        return source

    def text_of(self, folder: Path, file: str) -> tuple[Source, list[Diagnostic]]:
        """The text of a file in a folder, and what is wrong with it as a text."""
        if folder not in self.homes:
            self.homes[folder] = is_inside(folder, self.root)
        name = self.name_in(folder, file)
        own = read_own_text(folder, file, name) if self.homes[folder] else None
        return own or read_text(folder / file, name, self.root)

    def yaml(self, path: Path, shape: shapes.Shape) -> tuple[Source, yaml_tree.Node]:
        """The tree of a YAML file; where it has faults they are reported and what is sound of it is used."""
        said = len(self.diagnostics)
        source = self.text(path)
        tree = yaml_tree.compose(source) if len(self.diagnostics) == said else None
        if isinstance(tree, Diagnostic):
            self.diagnostics.append(without_quotes(source, tree) or tree)
        elif tree is not None and (cut := cut_formulas(tree, shape, source)):
            self.diagnostics.extend(cut)
        elif tree is not None:
            problems = shape_checks.check(tree, shape, source)
            self.diagnostics.extend(problems)
            if isinstance(tree, yaml_tree.Sequence if isinstance(shape, shapes.Each) else yaml_tree.Mapping):
                return source, repaired(tree, shape) if problems else tree
        if path.name in ("table.yml", "doc.yml"):
            self.lost[path.parent] = source
            self.doubtful.add(path.parent.name.casefold())
        return source, yaml_tree.Mapping((), Span(0, 0))

    def formula(
        self, node: yaml_tree.Node, key: str, folder: Path, source: Source, place: FormulaSite
    ) -> Source | None:
        """The formula at a key: its text, or the text of the file it names."""
        found = yaml_tree.get(node, key)
        if found is None:
            return None
        usual = formula_stem(place)
        if not isinstance(found, yaml_tree.Scalar) or not found.text.strip():
            return self.no_formula(folder / f"{usual}.coda", place)
        if folder not in self.formula_files:
            self.formula_files[folder] = [candidate.name for candidate in self.listed(folder, "*.coda")]
        known = self.formula_files[folder]
        astray = _meant(found.text, usual, known)
        if not is_file_name(found.text) and not astray:
            self.inline.append((folder, found, source, place))
            return inline_formula(found, source)
        if found.text not in known:
            path = folder / found.text
            close = astray or nearest(found.text, known)
            if re.fullmatch(shapes.FORMULA.pattern, found.text):
                help = did_you_mean(close, "the file lies in the folder of its table")
                if re.search(r"[\s(*+&]", found.text):
                    help += "; a formula that ends in .coda needs a file of its own"
                fix = None
                if close is not None:
                    fix = Fix(f"write {close}", (Edit(found.span, yaml_text.scalar(close)),), safe=False)
                self.say(rules.MISSING_FILE, f"there is no file {found.text}", source, found.span, help, fix)
            if close is not None:
                self.used.setdefault(self.name(folder / close), place)
                self.missing.add(self.name(folder / close))
            return self.no_formula(path if path.parent == folder else folder / f"{usual}.coda", place)
        name = self.name_in(folder, found.text)
        text, problems = self.text_of(folder, found.text)
        if name not in self.there:
            self.names.append(name)
            self.diagnostics.extend(problems)
        self.missing.discard(name)
        if name not in self.there:
            self.used[name] = place
        self.there.add(name)
        return text

    def no_formula(self, path: Path, place: FormulaSite) -> Source:
        """A placeholder for a missing formula, without findings about its text."""
        name = self.name(path)
        self.used.setdefault(name, place)
        self.missing.add(name)
        return Source(name, "")

    def unused(self, path: Path, source: Source, namer: str) -> None:
        """That nothing names a formula file; perhaps a key has its name without the ending."""
        for folder, found, yaml, _ in self.inline:
            if folder == path.parent and found.text == path.stem:
                message = f"{found.text} is read as a formula, and nothing names the file {path.name}"
                fix = Fix(f"write {path.name}", (Edit(found.span, yaml_text.scalar(path.name)),), safe=False)
                self.say(rules.UNUSED_FILE, message, yaml, found.span, f"the file's name is {path.name}", fix)
                return
        help = f"name it in {namer}, or remove it"
        self.say(rules.UNUSED_FILE, f"nothing names {path.name}", source, Span(0, 0), help)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a circle of links
        return False


def _meant(text: str, own: str, known: Iterable[str]) -> str | None:
    """The file that a formula of one line probably is by nearly its name: `late.cod`, or `late` of the column late.

    own: The stem of the file that the formula would have.
    """
    stem, _, ending = text.strip().rpartition(".")
    if stem and not (ending.isalpha() and nearest(ending.casefold(), ("coda",))):
        return None
    wanted = f"{stem or text.strip()}.coda"
    return wanted if wanted in known and (stem or wanted == f"{own}.coda") else None
