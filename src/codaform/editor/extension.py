"""The extension of VS Code, as the `.vsix` file that VS Code installs: a zip with two manifests."""

from __future__ import annotations

import io
import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from codaform import __version__
from codaform.editor.textmate import SCOPE, textmate_grammar

_NAME, _PUBLISHER = "codaform", "codaform"

_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension=".json" ContentType="application/json"/>
<Default Extension=".js" ContentType="application/javascript"/>
<Default Extension=".txt" ContentType="text/plain"/>
<Default Extension=".vsixmanifest" ContentType="text/xml"/>
</Types>
"""

_LICENSE = "extension/LICENSE.txt"


def _manifest(repository: str) -> str:
    source = f'<Property Id="Microsoft.VisualStudio.Services.Links.Source" Value={quoteattr(repository)}/>\n'
    return f"""<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id="{_NAME}" Version="{__version__}" Publisher="{_PUBLISHER}"/>
<DisplayName>codaform</DisplayName>
<Description xml:space="preserve">Coda formulas as code: findings, values, completion, renaming</Description>
<Categories>Programming Languages</Categories>
<License>{_LICENSE}</License>
<Properties>
<Property Id="Microsoft.VisualStudio.Code.Engine" Value="^1.75.0"/>
{source if repository else ""}</Properties>
</Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
<Dependencies/>
<Assets>
<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
<Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="{_LICENSE}" Addressable="true"/>
</Assets>
</PackageManifest>
"""


def _repository() -> str:
    """The address of the repository, as `[project.urls]` of pyproject.toml names it; empty if it names none."""
    named = (url.partition(", ") for url in distribution("codaform").metadata.get_all("Project-URL") or ())
    return next((address for label, _, address in named if label.casefold() == "repository"), "")


_CONFIGURATION: dict[str, Any] = {
    "comments": {"lineComment": "//", "blockComment": ["/*", "*/"]},
    "brackets": [["(", ")"], ["[", "]"]],
    "autoClosingPairs": [["(", ")"], ["[", "]"], ['"', '"']],
}


def extension_package() -> dict[str, Any]:
    """The manifest of the extension, `package.json`."""
    command = {
        "type": "array",
        "items": {"type": "string"},
        "default": ["codaform", "lsp"],
        "scope": "machine",
        "description": "The command that starts the language server.",
    }
    repository = _repository()
    return {
        "name": _NAME,
        "publisher": _PUBLISHER,
        "displayName": "codaform",
        "description": "Coda formulas as code: findings, values, completion, renaming",
        "version": __version__,
        "license": "MIT",
        **({"repository": {"type": "git", "url": repository}} if repository else {}),
        "engines": {"vscode": "^1.75.0"},
        "categories": ["Programming Languages"],
        "main": "./extension.js",
        "activationEvents": ["onLanguage:coda", "workspaceContains:**/doc.yml"],
        "capabilities": {"untrustedWorkspaces": {"supported": False, "description": "It runs codaform on the files."}},
        "contributes": {
            "languages": [
                {
                    "id": "coda",
                    "aliases": ["Coda formula"],
                    "extensions": [".coda"],
                    "configuration": "./language-configuration.json",
                }
            ],
            "grammars": [{"language": "coda", "scopeName": SCOPE, "path": "./coda.tmLanguage.json"}],
            "configuration": {"title": "codaform", "properties": {"codaform.command": command}},
        },
    }


def extension_file() -> bytes:
    """The extension as a `.vsix` file; the same bytes whenever it is made."""
    client = Path(__file__).parent / "vscode" / "extension.js"
    files = {
        "[Content_Types].xml": _TYPES,
        "extension.vsixmanifest": _manifest(_repository()),
        "extension/package.json": _json(extension_package()),
        "extension/extension.js": client.read_text("utf-8"),
        "extension/language-configuration.json": _json(_CONFIGURATION),
        "extension/coda.tmLanguage.json": _json(textmate_grammar()),
        _LICENSE: distribution("codaform").read_text("licenses/LICENSE") or "MIT\n",
    }
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)  # with the date that a zip begins with
    return packed.getvalue()


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
