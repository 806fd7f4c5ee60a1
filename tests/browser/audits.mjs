// Makes the reports that are looked at: audits of small tables, and of images where they are there.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const binary = [process.env.EQUIPOISE, join(root, "target/release/equipoise"), join(root, "target/debug/equipoise")].find((path) => path && existsSync(path));

// The same numbers on every machine.
const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const quote = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

const audit = (id, strata, gate, more = "") => `audit: ${id}
title: "${id}: made for the browser check"
cohort:
  manifest: cohort.csv
  columns: {sample: id, patient: patient}
  sampling: consecutive
output: {head: binary, score_kind: probability}
endpoints:
  finding: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}
strata:
${strata}
statistics: {confidence: 0.95, replicates: 200, seed: 3}
gate:
  alpha: 0.025
  families:
    safety:
${gate.map((rule) => `      - ${rule}`).join("\n")}
${more}`;

// Rows with a true share found and an attribute by a rule of the place.
const table = ({ n, sites, positives = 0.4, good = 0.9, seed = 5 }) => {
  const next = random(seed);
  const rows = ["id,patient,site,sex,truth,score"];
  for (let i = 0; i < n; i += 1) {
    const truth = next() < positives ? 1 : 0;
    const right = next() < good;
    const high = (truth === 1) === right;
    const score = (high ? 0.5 + 0.49 * next() : 0.49 * next()).toFixed(4);
    const site = sites[Math.floor(next() * sites.length)];
    rows.push([`s${i}`, `p${Math.floor(i / 1.3)}`, quote(site), next() < 0.5 ? "F" : "M", truth, score].join(","));
  }
  return rows.join("\n") + "\n";
};

const names = [
  "Universitätsklinikum St. Katharina, Abteilung für Kinderradiologie und Neuroradiologie",
  "東京大学医学部附属病院 放射線科 第二読影室",
  "مستشفى الملك فيصل التخصصي ومركز الأبحاث",
  "Больница имени Н. И. Пирогова, отделение лучевой диагностики",
  "בית החולים הדסה עין כרם",
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
];
const sixty = Array.from({ length: 60 }, (_, i) => (i < names.length ? names[i] : `Site ${i + 1}`));

const floor = (bound, strata) => `{id: floor, metric: sensitivity, strata: [${strata}], require: '>= ${bound}'}`;
const specific = (bound, strata) => `{id: specific, metric: specificity, strata: [${strata}], require: '>= ${bound}'}`;
const gap = (bound, strata) => `{id: gap, metric: sensitivity, compare: complement, strata: [${strata}], require: 'difference >= ${bound}'}`;
const both = "  sex: {column: sex}\n  site: {column: site}\n  intersections: [[sex, site]]";

const small = {
  "one-stratum": { audit: audit("one-stratum", "  site: {column: site}", [floor(0.8, "overall, site")]), table: table({ n: 300, sites: ["A"] }) },
  "sixty-strata": {
    audit: audit("sixty-strata", "  site: {column: site}\n  sex: {column: sex}", [floor(0.7, "overall, site, sex"), specific(0.7, "overall, site"), gap(-0.2, "site")]),
    table: table({ n: 9000, sites: sixty }),
  },
  "all-inconclusive": { audit: audit("all-inconclusive", both, [floor(0.9, "overall, sex, site"), gap(-0.01, "sex, site")]), table: table({ n: 160, sites: ["A", "B", "C", "D"] }) },
  "all-failed": { audit: audit("all-failed", both, [floor(0.9, "overall, sex, site"), specific(0.95, "overall, sex, site")]), table: table({ n: 2400, sites: ["A", "B", "C"], good: 0.6 }) },
  // Longer words than English, and names that stay as they are; decided, undecided and failed.
  german: { audit: audit("german", both, [floor(0.85, "overall, sex, site"), gap(-0.05, "sex, site")], "report: {language: de}\n"), table: table({ n: 1500, sites: names.slice(0, 4) }) },
  // From right to left: what is not translated stays English, and names are of both directions.
  "right-to-left": {
    audit: audit("right-to-left", both, [floor(0.85, "overall, sex, site"), gap(-0.05, "sex, site")], "report: {language: he.yaml}\n"),
    table: table({ n: 1500, sites: [names[0], names[2], names[4], "B"] }),
    language: `language: he
direction: rtl
phrases:
  "Verdict": "פסק דין"
  "Fail": "נכשל"
  "Pass": "עבר"
  "Inconclusive": "לא הוכרע"
  "Group": "קבוצה"
  "Estimate": "אומדן"
  "Criterion": "קריטריון"
  "Sensitivity": "רגישות"
  "Specificity": "סגוליות"
  "whole cohort": "כל הקבוצה"
  "Samples": "דגימות"
  "Patients": "מטופלים"
  "Acceptance": "קבלה"
  "Performance by group": "ביצועים לפי קבוצה"
  "ROC curves": "עקומות ROC"
`,
  },
  "not-evaluable": { audit: audit("not-evaluable", both, [floor(0.9, "overall, sex, site")]), table: table({ n: 90, sites: ["A", "B"], positives: 0 }) },
};

const call = (args) => {
  try {
    execFileSync(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    // The verdict is no concern here; a report that is missing is, and is told below.
    return String(error.stderr);
  }
  return "";
};

/** Whether times may be judged: debug builds are slow. */
export const isRelease = Boolean(binary && binary.includes("release"));

/** The reports as [name, path, milliseconds to make them again]; what could not be made is told and left out. */
export const reports = (folder) => {
  if (!binary) throw new Error("no equipoise binary: build it, or name it in EQUIPOISE");
  const wanted = process.env.ONLY ? process.env.ONLY.split(",") : null;
  const made = [];
  const skipped = [];
  const add = (name, args, id) => {
    if (wanted && !wanted.includes(name)) return;
    const out = join(folder, name);
    const said = call([...args, "--exit-zero", "--quiet", "--out", out]);
    const report = join(out, id, "report.html");
    if (!existsSync(report)) throw new Error(`${name}: no report was written: ${said}`);
    // Made again from results.json: reading, filling in, and writing every file but the scores.
    // The best of three, since others work on this machine too.
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      call(["report", join(out, id), "--quiet"]);
      return performance.now() - start;
    });
    made.push([name, report, Math.min(...times)]);
  };
  add("demo", ["run", join(root, "audits/demo.yaml")], "demo");
  for (const [name, { audit: text, table: rows, language }] of Object.entries(small)) {
    if (wanted && !wanted.includes(name)) continue;
    const place = join(folder, `${name}-in`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "audit.yaml"), text);
    writeFileSync(join(place, "cohort.csv"), rows);
    if (language) writeFileSync(join(place, "he.yaml"), language);
    add(name, ["evaluate", join(place, "audit.yaml"), "--predictions", join(place, "cohort.csv")], name);
  }
  noImages(folder, add);
  const ham = join(root, "audits/ham10000.yaml");
  const scores = process.env.HAM10000_SCORES;
  if (scores) add("ham10000", ["evaluate", ham, "--predictions", scores], "ham10000");
  else if (existsSync(join(root, "../shared/data/ham10000"))) add("ham10000", ["run", ham], "ham10000");
  else skipped.push("ham10000: its images are not here");
  return { made, skipped };
};

// The model of the demo on files that are no images.
const noImages = (folder, add) => {
  const place = join(folder, "no-images-in");
  mkdirSync(place, { recursive: true });
  const rows = ["image,patient,site,truth"];
  for (let i = 0; i < 24; i += 1) {
    writeFileSync(join(place, `${i}.png`), "no picture");
    rows.push(`${i}.png,p${i},${i % 2 ? "A" : "B"},${i % 3 ? 0 : 1}`);
  }
  writeFileSync(join(place, "cohort.csv"), rows.join("\n") + "\n");
  writeFileSync(join(place, "audit.yaml"), `audit: no-images
title: "no-images: made for the browser check"
model: {file: ${join(root, "fixtures/demo/model.onnx")}, engine: embedded}
cohort: {manifest: cohort.csv, columns: {image: image, patient: patient}}
input: {kind: raster, channels: gray}
preprocess: [{resize: {width: 48, height: 48, engine: pillow, filter: bilinear}}, {scale: 1/255}]
output: {head: binary, activation: sigmoid, score_kind: probability}
endpoints: {finding: {truth: {column: truth, positive: ["1"], negative: ["0"]}, threshold: {fixed: 0.5}}}
strata: {site: {column: site}}
gate: {alpha: 0.025, families: {safety: [${floor(0.8, "overall, site")}]}}
`);
  add("no-images", ["run", join(place, "audit.yaml")], "no-images");
};
