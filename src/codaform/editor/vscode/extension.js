// The extension of VS Code: starts `codaform lsp` and hands on what it answers. It needs no package but `vscode`.
"use strict";
const { spawn } = require("child_process");
const vscode = require("vscode");

const SELECTOR = [
  { language: "coda" },
  { scheme: "file", pattern: "**/{doc,table}.yml" },
  { scheme: "file", pattern: "**/*.cases.yml" },
  { scheme: "file", pattern: "**/{scenarios,migrations}/*.yml" },
  { scheme: "file", pattern: "**/rows.csv" },
];

class Client {
  constructor(command, folders, log) {
    this.log = log;
    this.waiting = new Map();
    this.number = 0;
    this.data = Buffer.alloc(0);
    this.ended = false;
    this.onNotification = () => {};
    const [program, ...options] = command;
    this.process = spawn(program, options, { cwd: folders[0], stdio: ["pipe", "pipe", "pipe"] });
    this.process.on("error", (error) => this.end(`cannot start ${program}: ${error.message}`));
    this.process.on("exit", (code) => this.end(`codaform lsp ended with ${code}`));
    this.process.stdin.on("error", () => {});
    this.process.stderr.on("data", (text) => log(String(text).trimEnd()));
    this.process.stdout.on("data", (part) => this.receive(part));
  }

  end(why) {
    if (!this.ended) this.log(why);
    this.ended = true;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }

  receive(part) {
    this.data = Buffer.concat([this.data, part]);
    for (;;) {
      const head = this.data.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length:\s*(\d+)/i.exec(this.data.toString("ascii", 0, head))[1]);
      if (this.data.length < head + 4 + length) return;
      const message = JSON.parse(this.data.toString("utf8", head + 4, head + 4 + length));
      this.data = this.data.subarray(head + 4 + length);
      const asked = this.waiting.get(message.id);
      if (message.method) this.onNotification(message.method, message.params);
      else if (asked) {
        this.waiting.delete(message.id);
        if (message.error) asked.reject(new Error(message.error.message));
        else asked.resolve(message.result);
      }
    }
  }

  send(message) {
    if (this.ended) return;
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  tell(method, params) {
    this.send({ method, params });
  }

  ask(method, params, token) {
    if (this.ended) return Promise.resolve(null);
    const id = ++this.number;
    if (token) token.onCancellationRequested(() => this.tell("$/cancelRequest", { id }));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }
}

// ---------------------------------------------------------------- from the protocol to VS Code

const position = (one) => new vscode.Position(one.line, one.character);
const range = (one) => new vscode.Range(position(one.start), position(one.end));
const location = (one) => new vscode.Location(vscode.Uri.parse(one.uri), range(one.range));
const edit = (one) => new vscode.TextEdit(range(one.range), one.newText);

function diagnostic(one) {
  const found = new vscode.Diagnostic(range(one.range), one.message, one.severity - 1);
  found.code = one.code;
  found.source = one.source;
  return found;
}

function workspaceEdit(told) {
  const made = new vscode.WorkspaceEdit();
  for (const [uri, edits] of Object.entries(told.changes || {})) made.set(vscode.Uri.parse(uri), edits.map(edit));
  for (const one of told.documentChanges || []) {
    if (one.kind === "rename") made.renameFile(vscode.Uri.parse(one.oldUri), vscode.Uri.parse(one.newUri));
    else made.set(vscode.Uri.parse(one.textDocument.uri), one.edits.map(edit));
  }
  return made;
}

function completionItem(one) {
  const item = new vscode.CompletionItem(one.label, one.kind - 1);
  Object.assign(item, { detail: one.detail, documentation: one.documentation, sortText: one.sortText });
  Object.assign(item, { filterText: one.filterText, insertText: one.textEdit.newText, range: range(one.textEdit.range) });
  return item;
}

// ---------------------------------------------------------------- from VS Code to the protocol

const about = (document) => ({ textDocument: { uri: document.uri.toString() } });
const plain = (one) => ({ line: one.line, character: one.character });
const at = (document, where) => ({ ...about(document), position: plain(where) });
const within = (document, where) => ({ ...about(document), range: { start: plain(where.start), end: plain(where.end) } });
const isOurs = (document) => vscode.languages.match(SELECTOR, document) > 0;

function provide(client, offered) {
  const { languages } = vscode;
  const ask = (method, params, token) => client.ask(`textDocument/${method}`, params, token);
  const { tokenTypes, tokenModifiers } = offered.semanticTokensProvider.legend;
  return [
    languages.registerHoverProvider(SELECTOR, {
      async provideHover(document, where, token) {
        const found = await ask("hover", at(document, where), token);
        return found && new vscode.Hover(new vscode.MarkdownString(found.contents.value), range(found.range));
      },
    }),
    languages.registerCompletionItemProvider(SELECTOR, {
      async provideCompletionItems(document, where, token) {
        const found = await ask("completion", at(document, where), token);
        return found && found.items.map(completionItem);
      },
    }, ...offered.completionProvider.triggerCharacters),
    languages.registerSignatureHelpProvider(SELECTOR, {
      async provideSignatureHelp(document, where, token) {
        const found = await ask("signatureHelp", at(document, where), token);
        return found && Object.assign(new vscode.SignatureHelp(), {
          activeParameter: found.activeParameter, activeSignature: found.activeSignature, signatures: found.signatures,
        });
      },
    }, ...offered.signatureHelpProvider.triggerCharacters),
    languages.registerDefinitionProvider(SELECTOR, {
      async provideDefinition(document, where, token) {
        return ((await ask("definition", at(document, where), token)) || []).map(location);
      },
    }),
    languages.registerReferenceProvider(SELECTOR, {
      async provideReferences(document, where, context, token) {
        return ((await ask("references", { ...at(document, where), context }, token)) || []).map(location);
      },
    }),
    languages.registerRenameProvider(SELECTOR, {
      async prepareRename(document, where, token) {
        const found = await ask("prepareRename", at(document, where), token);
        return found && { range: range(found.range), placeholder: found.placeholder };
      },
      async provideRenameEdits(document, where, newName, token) {
        const found = await ask("rename", { ...at(document, where), newName }, token);
        return found && workspaceEdit(found);
      },
    }),
    languages.registerDocumentFormattingEditProvider(SELECTOR, {
      async provideDocumentFormattingEdits(document, options, token) {
        return ((await ask("formatting", { ...about(document), options }, token)) || []).map(edit);
      },
    }),
    languages.registerCodeActionsProvider(SELECTOR, {
      async provideCodeActions(document, where, context, token) {
        const only = context.only && [context.only.value];
        const asked = { ...within(document, where), context: { diagnostics: [], only } };
        return ((await ask("codeAction", asked, token)) || []).map((one) => {
          const action = new vscode.CodeAction(one.title, vscode.CodeActionKind.Empty.append(one.kind));
          action.edit = workspaceEdit(one.edit);
          action.isPreferred = one.isPreferred;
          action.diagnostics = (one.diagnostics || []).map(diagnostic);
          return action;
        });
      },
    }),
    languages.registerDocumentSemanticTokensProvider(SELECTOR, {
      async provideDocumentSemanticTokens(document, token) {
        const found = await ask("semanticTokens/full", about(document), token);
        return found && new vscode.SemanticTokens(new Uint32Array(found.data));
      },
    }, new vscode.SemanticTokensLegend(tokenTypes, tokenModifiers)),
    languages.registerInlayHintsProvider(SELECTOR, {
      async provideInlayHints(document, where, token) {
        return ((await ask("inlayHint", within(document, where), token)) || []).map((one) => {
          const hint = new vscode.InlayHint(position(one.position), one.label);
          hint.paddingLeft = one.paddingLeft;
          hint.tooltip = one.tooltip;
          return hint;
        });
      },
    }),
  ];
}

let client;

async function activate(context) {
  const output = vscode.window.createOutputChannel("codaform");
  const command = vscode.workspace.getConfiguration("codaform").get("command");
  const folders = vscode.workspace.workspaceFolders || [];
  client = new Client(command, folders.map((one) => one.uri.fsPath), (text) => output.appendLine(text));
  const found = vscode.languages.createDiagnosticCollection("codaform");
  context.subscriptions.push(output, found);
  client.onNotification = (method, params) => {
    if (method === "textDocument/publishDiagnostics") {
      found.set(vscode.Uri.parse(params.uri), params.diagnostics.map(diagnostic));
    } else if (method === "window/logMessage") output.appendLine(params.message);
  };
  let offered;
  try {
    offered = await client.ask("initialize", {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folders.map((one) => ({ uri: one.uri.toString(), name: one.name })),
      capabilities: { general: { positionEncodings: ["utf-16"] } },
    });
  } catch (error) {
    vscode.window.showErrorMessage(`codaform: ${error.message}`);
    return;
  }
  client.tell("initialized", {});
  const open = (document) => {
    const { languageId, version } = document;
    const textDocument = { uri: document.uri.toString(), languageId, version, text: document.getText() };
    if (isOurs(document)) client.tell("textDocument/didOpen", { textDocument });
  };
  const watcher = vscode.workspace.createFileSystemWatcher("**/*.{coda,yml,csv,md,parquet}");
  const changed = (type) => (uri) => client.tell("workspace/didChangeWatchedFiles", { changes: [{ uri: uri.toString(), type }] });
  watcher.onDidCreate(changed(1));
  watcher.onDidChange(changed(2));
  watcher.onDidDelete(changed(3));
  context.subscriptions.push(
    watcher,
    vscode.workspace.onDidOpenTextDocument(open),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isOurs(document)) client.tell("textDocument/didClose", about(document));
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (!isOurs(document) || contentChanges.length === 0) return;
      const changes = contentChanges.map((one) => ({ range: { start: plain(one.range.start), end: plain(one.range.end) }, text: one.text }));
      const textDocument = { uri: document.uri.toString(), version: document.version };
      client.tell("textDocument/didChange", { textDocument, contentChanges: changes });
    }),
    ...provide(client, offered.capabilities),
  );
  vscode.workspace.textDocuments.forEach(open);
}

async function deactivate() {
  if (!client || client.ended) return;
  await client.ask("shutdown", null);
  client.tell("exit", null);
}

module.exports = { activate, deactivate };
