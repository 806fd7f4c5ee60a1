// Opens reports in Chromium and asks what a reader would: see README.md.
import { mkdtempSync, readFileSync, rmSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { isRelease, reports } from "./audits.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const most = 2_000_000;
// Milliseconds. The clock of a busy machine is no judge: with TIMED=1 more than this is a failure.
const longest = 500;

const folder = process.env.KEEP || mkdtempSync(join(tmpdir(), "equipoise-browser-"));
mkdirSync(folder, { recursive: true });
const given = process.argv.slice(2);
const { made, skipped } = given.length ? { made: given.map((path) => [basename(dirname(path)), path, 0]), skipped: [] } : reports(folder);
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

// Texts of one figure whose boxes lie over each other by more than a pixel.
const overlaps = (page) => page.evaluate(() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    const boxes = [...svg.querySelectorAll("text")].map((text) => [text.getBoundingClientRect(), text.textContent]);
    boxes.sort(([a], [b]) => a.top - b.top);
    boxes.forEach(([a, words], i) => {
      for (const [b, others] of boxes.slice(i + 1)) {
        if (b.top > a.bottom) break;
        const [wide, high] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - b.top];
        // Boxes hold the room for accents and descenders: lines that follow each other share some of it.
        if (wide > 1 && high > 0.4 * Math.min(a.height, b.height)) found.push(`labels overlap in ${svg.querySelector("title").textContent}: "${words}" and "${others}"`);
      }
    });
  }
  return found.slice(0, 5);
});

// Words of the page that lie over others: every line of every text as far as it can be seen.
const covered = (page) => page.evaluate(() => {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest("script, style, title, desc, noscript, .hidden, .skip")) continue;
    if (!holder.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    let clip = { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9 };
    for (let up = holder; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX === "visible" || up instanceof SVGElement) continue;
      const box = up.getBoundingClientRect();
      clip = { left: Math.max(clip.left, box.left), right: Math.min(clip.right, box.right), top: Math.max(clip.top, box.top), bottom: Math.min(clip.bottom, box.bottom) };
    }
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const [left, right, top, bottom] = [Math.max(box.left, clip.left), Math.min(box.right, clip.right), Math.max(box.top, clip.top), Math.min(box.bottom, clip.bottom)];
      if (right - left > 2 && bottom - top > 2) lines.push({ left, right, top, bottom, node });
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const found = [];
  lines.forEach((a, i) => {
    for (let j = i + 1; j < lines.length && lines[j].top < a.bottom; j += 1) {
      const b = lines[j];
      if (a.node === b.node) continue;
      const [wide, high] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - b.top];
      // Boxes hold the room for accents and descenders: lines that follow each other share some of it.
      if (wide > 1 && high > 0.4 * Math.min(a.bottom - a.top, b.bottom - b.top)) {
        const shown = (one) => `"${one.node.data.trim().slice(0, 40)}" (${one.node.parentElement.closest("[class]")?.getAttribute("class") ?? one.node.parentElement.tagName})`;
        found.push(`${shown(a)} and ${shown(b)} lie over each other`);
      }
    }
  });
  return { lines: lines.length, found: [...new Set(found)].slice(0, 5) };
});

// Marks against the paper: 3:1 for what is not text (WCAG 1.4.11), 4.5:1 for words.
const contrasts = (page) => page.evaluate(() => {
  const value = (name) => {
    const probe = document.createElement("span");
    document.body.append(probe);
    probe.style.setProperty("color", `var(--${name})`);
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
    probe.remove();
    const [r, g, b] = parts.map((c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const found = [];
  const ask = (name, on, least) => {
    const is = ratio(value(name), value(on));
    if (is < least) found.push(`contrast of ${name} on ${on} is ${is.toFixed(2)}, at least ${least} is asked for`);
  };
  for (const mark of ["mark-pass", "mark-fail", "mark-inconclusive", "mark-group", "mark-overall", "mark-positive", "mark-negative", "requirement", "rule-strong"]) ask(mark, "paper", 3);
  for (const word of ["ink", "muted", "link", "pass", "fail", "inconclusive"]) for (const on of ["paper", "sheet", "wash"]) ask(word, on, 4.5);
  for (const step of [1, 2, 3, 4, 5]) ask("ink", `heat${step}`, 4.5);
  return found;
});

const look = async (name, path, rendered) => {
  const url = pathToFileURL(path).href;
  const wrong = [];
  const bytes = statSync(path).size;
  if (bytes > most) wrong.push(`${bytes} bytes, at most ${most} are allowed`);
  if (process.env.TIMED && isRelease && rendered > longest) wrong.push(`made again in ${rendered.toFixed(0)} ms, at most ${longest} are allowed`);
  let sections = 0;
  let opened = 0;
  for (const colorScheme of ["light", "dark"]) {
    const start = performance.now();
    const { context, page, said } = await open(url, { colorScheme, viewport: { width: 1280, height: 900 } });
    opened = Math.max(opened, performance.now() - start);
    // Everything is open, so that what is folded is looked at too.
    await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
    sections = await page.locator("main section").count();
    wrong.push(...(await violations(page, context)).map((v) => `${colorScheme}: ${v}`), ...(await contrasts(page)).map((c) => `${colorScheme}: ${c}`), ...(await overlaps(page)), ...said);
    await context.close();
  }
  for (const width of [360, 768, 1200]) {
    const { context, page, said } = await open(url, { viewport: { width, height: 740 } });
    await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) wrong.push(`${width} px: the page is ${wide} px wide`);
    const { lines, found } = await covered(page);
    if (lines < 100) wrong.push(`${width} px: only ${lines} lines of text were looked at`);
    wrong.push(...found.map((one) => `${width} px: ${one}`), ...said);
    if (process.env.KEEP) await page.screenshot({ path: join(folder, `${name}-${width}.png`) });
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
  console.log(`${unique.length ? "FAIL" : "ok  "} ${name}: ${(bytes / 1000).toFixed(0)} kB, ${sections} sections, made in ${rendered.toFixed(0)} ms, opens in ${opened.toFixed(0)} ms, ${pages} printed pages`);
  for (const one of unique) console.log(`     ${one}`);
  return unique.length;
};

let failed = 0;
for (const [name, path, rendered] of made) failed += await look(name, path, rendered) ? 1 : 0;
for (const one of skipped) console.log(`skipped ${one}`);
await browser.close();
if (!process.env.KEEP) rmSync(folder, { recursive: true });
console.log(failed ? `${failed} of ${made.length} reports have something wrong` : `all ${made.length} reports are as they should be`);
process.exit(failed ? 1 : 0);
