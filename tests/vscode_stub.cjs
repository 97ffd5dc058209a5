// Runs the extension of VS Code beside a stub of VS Code: node vscode_stub.cjs EXTENSION FOLDER FILE COMMAND…
// Prints what the editor was given, as JSON.
"use strict";
const fs = require("fs");
const Module = require("module");
const { pathToFileURL } = require("url");

const [extension, folder, file, ...command] = process.argv.slice(2);
class Values {
  constructor(...values) { this.values = values; }
}
const kinds = { Position: ["line", "character"], Range: ["start", "end"], Diagnostic: ["range", "message", "severity"] };
const named = Object.fromEntries(Object.entries(kinds).map(([name, fields]) => [name, class {
  constructor(...values) { fields.forEach((field, at) => { this[field] = values[at]; }); }
}]));
class WorkspaceEdit {
  constructor() { this.changes = []; }
  set(uri, edits) { this.changes.push([uri.toString(), edits.length]); }
  renameFile(before, after) { this.changes.push([before.toString(), after.toString()]); }
}
const uri = (text) => ({ toString: () => text, fsPath: folder });
const providers = {};
const listeners = {};
const disposable = { dispose() {} };
const listen = (name) => (listener) => { listeners[name] = listener; return disposable; };
const text = fs.readFileSync(file, "utf8");
const document = { uri: uri(pathToFileURL(file).href), languageId: "coda", version: 1, getText: () => text };
let published;
const reached = new Promise((resolve) => { published = resolve; });
const classes = ["Hover", "MarkdownString", "Location", "TextEdit", "CompletionItem", "SignatureHelp", "CodeAction",
  "SemanticTokens", "SemanticTokensLegend", "InlayHint"];
const vscode = {
  ...Object.fromEntries(classes.map((name) => [name, class extends Values {}])), ...named, WorkspaceEdit,
  CodeActionKind: { Empty: { append: (kind) => kind } },
  Uri: { parse: uri },
  languages: new Proxy({}, {
    get: (_, name) => {
      if (name === "match") return () => 10;
      if (name === "createDiagnosticCollection") {
        return () => ({ set: (at, found) => { if (found.length && at.toString() === document.uri.toString()) published(found); } });
      }
      return (_selector, provider) => { providers[name] = provider; return disposable; };
    },
  }),
  window: { createOutputChannel: () => ({ appendLine: (line) => console.error(line) }), showErrorMessage: console.error },
  workspace: {
    getConfiguration: () => ({ get: () => command }),
    workspaceFolders: [{ uri: uri(pathToFileURL(folder).href), name: "project" }],
    textDocuments: [document],
    createFileSystemWatcher: () => ({ ...disposable, onDidCreate: listen("c"), onDidChange: listen("e"), onDidDelete: listen("d") }),
    onDidOpenTextDocument: listen("open"), onDidCloseTextDocument: listen("close"), onDidChangeTextDocument: listen("change"),
  },
};
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));

(async () => {
  const { activate, deactivate } = require(extension);
  await activate({ subscriptions: [] });
  const where = { line: 0, character: 8 };
  const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  const told = { diagnostics: await reached };
  listeners.change({ document: { ...document, version: 2 }, contentChanges: [{ range: { start: where, end: { line: 0, character: 12 } }, text: "hours" }] });
  const call = (registered, method, ...options) => providers[registered][method](document, ...options);
  told.hover = await call("registerHoverProvider", "provideHover", where);
  told.items = (await call("registerCompletionItemProvider", "provideCompletionItems", where)).length;
  told.signature = await call("registerSignatureHelpProvider", "provideSignatureHelp", where);
  told.definition = await call("registerDefinitionProvider", "provideDefinition", where);
  told.references = (await call("registerReferenceProvider", "provideReferences", where, { includeDeclaration: true })).length;
  told.placeholder = (await call("registerRenameProvider", "prepareRename", where)).placeholder;
  told.renamed = (await call("registerRenameProvider", "provideRenameEdits", where, "effort")).changes;
  told.layout = (await call("registerDocumentFormattingEditProvider", "provideDocumentFormattingEdits", { tabSize: 2, insertSpaces: true })).length;
  told.actions = await call("registerCodeActionsProvider", "provideCodeActions", range, {});
  told.tokens = (await call("registerDocumentSemanticTokensProvider", "provideDocumentSemanticTokens")).values[0].length;
  told.hints = await call("registerInlayHintsProvider", "provideInlayHints", range);
  listeners.close(document);
  await deactivate();
  console.log(JSON.stringify(told));
})().catch((error) => { console.error(error); process.exit(1); });
