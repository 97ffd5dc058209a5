"""The parts of a mkdocs.yml that run code or read files beside the pages: they are built with an option only.

MkDocs runs the code that its settings name. Settings come with the project, as in a pull request, so a build asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from codaform.project.locate import CannotRead

_OPTION = "--trust-settings"

_PLUGINS = {"search", "tags", "meta", "offline"} | {
    f"material/{name}" for name in ("search", "tags", "meta", "offline")
}
_EXTENSIONS = re.compile(
    r"(markdown\.extensions\.)?(abbr|admonition|attr_list|codehilite|def_list|extra|fenced_code|footnotes|legacy_attrs"
    r"|legacy_em|md_in_html|meta|nl2br|sane_lists|smarty|tables|toc|wikilinks)"
    r"|pymdownx\.(arithmatex|betterem|blocks(\.\w+)?|caret|critic|details|emoji|escapeall|extra|fancylists|highlight"
    r"|inlinehilite|keys|magiclink|mark|progressbar|quotes|saneheaders|smartsymbols|striphtml|superfences|tabbed"
    r"|tasklist|tilde)"
)
"""Extensions that make HTML of the text before them and read no other file."""

_NAMES = re.compile(
    r"tag:yaml\.org,2002:python/name:"
    r"(pymdownx\.(superfences\.fence_(code|div)_format|slugs\.\w+|emoji\.\w+|arithmatex\.\w+)"
    r"|material(x)?\.(extensions\.)?emoji\.\w+)"
    r"|tag:yaml\.org,2002:python/object/apply:pymdownx\.slugs\.slugify"
)
"""The allowed names in a `!!python/…` tag: functions of the theme and its extensions that only write text."""

_THEMES = {"material", "mkdocs", "readthedocs"}

_STANDARD = re.compile(r"tag:yaml\.org,2002:(map|seq|str|int|float|bool|null|timestamp|merge)|!relative")


def ask_first(text: str, name: str) -> None:
    """Raise CannotRead where the settings of a site, a YAML text called `name`, run code or read other files."""
    found = [f"line {line}: {what}" for line, what in sorted(dict.fromkeys(_code_in_settings(text, name)))]
    if found:
        rest = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise CannotRead(
            f"{name} can run code or read files beside the pages: {'; '.join(found[:3])}{rest}. "
            f"{_OPTION} builds it all the same; read it first if it is not your own"
        )


def _code_in_settings(text: str, name: str) -> Iterator[tuple[int, str]]:
    try:
        top = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise CannotRead(f"{name} is no YAML: {' '.join(str(error).split())}") from None
    if top is None:
        return
    yield from _tags(top)
    if not isinstance(top, yaml.MappingNode):
        return
    for key, value in top.value:
        line = key.start_mark.line + 1
        match key.value:
            case "hooks" | "INHERIT" | "extra_templates":
                yield line, f"{key.value}:"
            case "<<":
                yield line, "settings that are merged in"
            case "plugins":
                yield from _unknown(value, _PLUGINS.__contains__, "the plugin")
            case "markdown_extensions":
                yield from _unknown(value, lambda word: bool(_EXTENSIONS.fullmatch(word)), "the extension")
            case "theme":
                yield from _theme(value)


def _tags(top: yaml.Node) -> Iterator[tuple[int, str]]:
    """The tags that make objects of Python or read the environment."""
    waiting, seen = [top], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if not (_STANDARD.fullmatch(node.tag) or _NAMES.fullmatch(node.tag)):
            yield node.start_mark.line + 1, node.tag.replace("tag:yaml.org,2002:", "!!")
        if isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _unknown(node: yaml.Node, known: object, what: str) -> Iterator[tuple[int, str]]:
    """The names in a list or mapping of names, with or without settings, that are not known."""
    assert callable(known)
    for name in _names(node):
        if not isinstance(name, yaml.ScalarNode) or not known(name.value):
            shown = name.value if isinstance(name, yaml.ScalarNode) else "of another form"
            yield name.start_mark.line + 1, f"{what} {shown}"


def _names(node: yaml.Node) -> Iterator[yaml.Node]:
    match node:
        case yaml.MappingNode(value=pairs):
            yield from (key for key, _ in pairs)
        case yaml.SequenceNode(value=items):
            for item in items:
                yield from _names(item) if isinstance(item, yaml.MappingNode) else (item,)
        case yaml.ScalarNode(value="" | "null" | "~"):
            return
        case _:
            yield node


def _theme(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.ScalarNode):
        if node.value not in _THEMES:
            yield node.start_mark.line + 1, f"the theme {node.value}"
        return
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        line = key.start_mark.line + 1
        if key.value in ("custom_dir", "<<"):
            yield line, f"{key.value}: of the theme"
        elif key.value == "name" and getattr(value, "value", None) not in (*_THEMES, "null"):
            yield line, f"the theme {getattr(value, 'value', '')}"
