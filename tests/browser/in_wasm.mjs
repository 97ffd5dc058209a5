// Runs a Python program in the bundle of a playground, without a browser: node in_wasm.mjs BUNDLE SCRIPTS PROGRAM ASKED.
// BUNDLE holds pyodide/ and wheels/, SCRIPTS expressions.mjs and re2js.mjs; told(asked) of the program is printed as JSON.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [bundle, scripts, program, asked] = process.argv.slice(2).map((name) => path.resolve(name));
const load = (...parts) => import(pathToFileURL(path.join(...parts)).href);
const { compiler } = await load(scripts, "expressions.mjs");
const { RE2JS } = await load(scripts, "re2js.mjs");
const { loadPyodide } = await load(bundle, "pyodide", "pyodide.mjs");

const python = await loadPyodide({ indexURL: path.join(bundle, "pyodide") + path.sep });
for (const wheel of fs.readdirSync(path.join(bundle, "wheels"))) {
  python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(bundle, "wheels", wheel))), "wheel");
}
const { module, Patterns } = python.pyimport("codaform.site.playground.expressions");
python.pyimport("sys").modules.set("re2", module(Patterns(compiler(RE2JS))));
// What the program imports from beside it.
const doc = "example_doc.py";
python.FS.writeFile(doc, fs.readFileSync(path.join(path.dirname(program), doc)));
python.runPython(fs.readFileSync(program, "utf8"));
process.stdout.write(python.globals.get("told")(fs.readFileSync(asked, "utf8")));
