// What an editor makes of an audit file with the committed schema, through the language server that most
// editors use for YAML: no complaint about the audits of this project, a complaint about a mistyped key, and
// the keys and words of the grammar offered while somebody types.
//
//     npm install --no-save yaml-language-server
//     node tests/editor.mjs [folder that holds node_modules]
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const modules = resolve(process.argv[2] ?? project, "node_modules");
const program = join(modules, "yaml-language-server/bin/yaml-language-server");
const schema = pathToFileURL(join(project, "docs/schema/audit.schema.json")).href;

const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
const told = new Map();
let buffer = Buffer.alloc(0);
let next = 1;

function send(message) {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function ask(method, params) {
  const id = next++;
  send({ id, method, params });
  return new Promise((answer) => waiting.set(id, answer));
}

function receive(message) {
  if (message.id !== undefined && message.method === undefined) {
    waiting.get(message.id)?.(message.result ?? message.error);
  } else if (message.method === "textDocument/publishDiagnostics") {
    told.get(message.params.uri)?.(message.params.diagnostics);
  } else if (message.id !== undefined) {
    const items = message.method === "workspace/configuration" ? message.params.items : [];
    const settings = { yaml: { schemas: { [schema]: "/*.yaml" }, validate: true, completion: true } };
    send({ id: message.id, result: items.map((item) => settings[item.section] ?? {}) });
  }
}

server.stdout.on("data", (data) => {
  buffer = Buffer.concat([buffer, data]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())[1]);
    if (buffer.length < end + 4 + length) return;
    const body = buffer.subarray(end + 4, end + 4 + length).toString();
    buffer = buffer.subarray(end + 4 + length);
    receive(JSON.parse(body));
  }
});

function open(name, text) {
  const uri = pathToFileURL(join(project, "audits", name)).href;
  const diagnostics = new Promise((answer) => told.set(uri, answer));
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  return { uri, diagnostics };
}

async function offered(name, text) {
  const { uri } = open(name, text);
  const lines = text.split("\n");
  const position = { line: lines.length - 1, character: lines.at(-1).length };
  const answer = await ask("textDocument/completion", { textDocument: { uri }, position });
  return (answer.items ?? answer).map((item) => item.label);
}

function must(holds, what) {
  if (!holds) {
    console.error(what);
    process.exit(1);
  }
}

setTimeout(() => must(false, "the language server does not answer"), 60_000).unref();
await ask("initialize", { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true } } });
send({ method: "initialized", params: {} });

let clean = 0;
for (const name of readdirSync(join(project, "audits")).filter((name) => name.endsWith(".yaml"))) {
  const text = readFileSync(join(project, "audits", name), "utf8");
  const found = await open(name, text).diagnostics;
  must(found.length === 0, `${name}: ${JSON.stringify(found, null, 2)}`);
  clean += 1;
}
const demo = readFileSync(join(project, "audits/demo.yaml"), "utf8");
const mistyped = await open("mistyped.yaml", demo.replace("intended_use:", "intendet_use:")).diagnostics;
must(mistyped.some((one) => one.message.includes("intendet_use")), JSON.stringify(mistyped));
const keys = await offered("keys.yaml", "audit: a\n");
for (const key of ["cohort", "preprocess", "gate"]) must(keys.includes(key), `${key} is not offered: ${keys}`);
const heads = await offered("heads.yaml", "audit: a\noutput:\n  head: ");
must(heads.includes("binary") && heads.includes("multiclass"), `heads offered: ${heads}`);
console.log(`${clean} audits without a complaint, a mistyped key found, keys and words offered`);
server.kill();
process.exit(0);
