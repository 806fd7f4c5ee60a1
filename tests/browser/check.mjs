// Opens reports in Chromium and asks what a reader would: see README.md.
import { mkdtempSync, readFileSync, rmSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { reports } from "./audits.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const most = 2_000_000;

const folder = process.env.KEEP || mkdtempSync(join(tmpdir(), "equipoise-browser-"));
mkdirSync(folder, { recursive: true });
const { made, skipped } = reports(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const open = async (url, options) => {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const said = [];
  page.on("console", (message) => said.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) said.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { context, page, said };
};

// axe needs a script of its own, which the page's policy rightly bars: it runs in a world apart.
const violations = async (page, context) => {
  const session = await context.newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  await session.send("Runtime.evaluate", { contextId, expression: axe });
  const options = JSON.stringify({ runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    contextId, awaitPromise: true, returnByValue: true,
    expression: `axe.run(document, ${options}).then((found) => ({ rules: found.passes.length, all: found.violations.map((v) => v.id + " x" + v.nodes.length + ": " + v.nodes[0].html.slice(0, 160) + " " + (v.nodes[0].any[0] ? v.nodes[0].any[0].message : "")) }))`,
  });
  if (exceptionDetails) throw new Error(`axe did not run: ${JSON.stringify(exceptionDetails)}`);
  if (result.value.rules < 10) throw new Error(`axe looked at ${result.value.rules} rules only`);
  return result.value.all;
};

const look = async (name, path) => {
  const url = pathToFileURL(path).href;
  const wrong = [];
  const bytes = statSync(path).size;
  if (bytes > most) wrong.push(`${bytes} bytes, at most ${most} are allowed`);
  let sections = 0;
  let opened = 0;
  for (const colorScheme of ["light", "dark"]) {
    const start = performance.now();
    const { context, page, said } = await open(url, { colorScheme, viewport: { width: 1280, height: 900 } });
    opened = Math.max(opened, performance.now() - start);
    // Everything is open, so that what is folded is looked at too.
    await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
    sections = await page.locator("main section").count();
    wrong.push(...(await violations(page, context)).map((v) => `${colorScheme}: ${v}`), ...said);
    await context.close();
  }
  {
    const { context, page, said } = await open(url, { viewport: { width: 360, height: 740 } });
    await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > 360) wrong.push(`360 px: the page is ${wide} px wide`);
    wrong.push(...said);
    await context.close();
  }
  {
    const { context, page, said } = await open(url, { javaScriptEnabled: false });
    const without = await page.locator("main section").count();
    if (without !== sections) wrong.push(`without script ${without} of ${sections} sections`);
    wrong.push(...said);
    await context.close();
  }
  const { context, page } = await open(url, {});
  const pdf = await page.pdf({ path: process.env.KEEP ? join(folder, `${name}.pdf`) : undefined, format: "A4", printBackground: true, preferCSSPageSize: true });
  const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) || []).length;
  if (pages < 2) wrong.push(`the PDF has ${pages} page(s)`);
  await context.close();
  const unique = [...new Set(wrong)];
  console.log(`${unique.length ? "FAIL" : "ok  "} ${name}: ${(bytes / 1000).toFixed(0)} kB, ${sections} sections, opens in ${opened.toFixed(0)} ms, ${pages} printed pages`);
  for (const one of unique) console.log(`     ${one}`);
  return unique.length;
};

let failed = 0;
for (const [name, path] of made) failed += await look(name, path) ? 1 : 0;
for (const one of skipped) console.log(`skipped ${one}`);
await browser.close();
if (!process.env.KEEP) rmSync(folder, { recursive: true });
console.log(failed ? `${failed} of ${made.length} reports have something wrong` : `all ${made.length} reports are as they should be`);
process.exit(failed ? 1 : 0);
