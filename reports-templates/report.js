(() => {
  "use strict";
  const root = document.documentElement;

  // Words in the page's language; without any the English ones stand.
  const told = document.getElementById("words");
  const words = told ? JSON.parse(told.textContent) : {};
  const say = (english, held = {}) => (words[english] || english).replace(/\{(\w+)\}/g, (hole, name) => held[name] ?? hole);

  // Numbers: the mark between thousands is the page's, the decimal sign a point in every language.
  const thousands = words.thousands ?? ",";
  const count = (n) => n.toLocaleString("en").replace(/,/g, thousands);
  const grouped = new RegExp(`(\\d)[${thousands || ","}](?=\\d{3}(?!\\d))`, "g");
  const machine = (text, mark) => text.replace(grouped, `$1${mark}`).replace(/\u2212/g, "-");

  // Theme: the system's until someone asks for the other one.
  const tools = document.getElementById("tools");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const toggle = document.createElement("button");
  toggle.type = "button";
  const label = () => { toggle.textContent = dark() ? say("Light colours") : say("Dark colours"); };
  toggle.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  label();
  tools.append(toggle);

  // Sort: numbers by their first number, words by the alphabet; a third click restores the order.
  const key = (row, i) => (row.cells[i].firstChild ? row.cells[i].firstChild.textContent : "").trim();
  const value = (text) => { const m = machine(text, "").match(/[+-]?\d+(\.\d+)?(e[+-]?\d+)?/); return m ? Number(m[0]) : null; };
  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 3 || table.querySelector(".band")) continue;
    [...table.tHead.rows[0].cells].forEach((head, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") || "none"];
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        if (next === "none") { body.append(...rows); return; }
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        const numeric = head.classList.contains("num");
        body.append(...[...rows].sort((a, b) => {
          const [x, y] = [key(a, i), key(b, i)];
          if (!numeric) return sign * x.localeCompare(y);
          const [p, q] = [value(x), value(y)];
          if (p === null || q === null) return (p === null) - (q === null);
          return sign * (p - q);
        }));
      });
    });
  }

  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => act(made));
    return made;
  };
  // Where the clipboard is barred, a selected field does.
  const copy = async (text, from) => {
    const before = from.textContent;
    try { await navigator.clipboard.writeText(text); } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      from.focus();
    }
    from.textContent = say("Copied");
    setTimeout(() => { from.textContent = before; }, 1500);
  };

  // The citation, and every table as CSV.
  const citation = document.getElementById("citation");
  if (citation) tools.prepend(button(say("Copy citation"), (b) => copy(citation.textContent, b)));
  const cell = (node) => {
    const text = machine([...node.childNodes].map((child) => child.textContent.trim()).filter((part) => part && part !== "#").join("; "), ",");
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  for (const table of document.querySelectorAll("table")) {
    const line = document.createElement("p");
    line.className = "table-tools";
    const made = button(say("Copy as CSV"), (b) => copy([...table.rows].map((row) => [...row.cells].map(cell).join(",")).join("\n") + "\n", b));
    made.setAttribute("aria-label", say("Copy as CSV: {x}", { x: table.caption ? table.caption.textContent.trim() : say("table") }));
    line.append(made);
    table.parentElement.after(line);
  }

  // Values of marks that a large page holds as numbers get their titles when a pointer first comes to the figure.
  for (const figure of document.querySelectorAll("svg[data-axes]")) {
    figure.addEventListener("pointerenter", () => {
      const make = (parent, name, attributes, words) => {
        const made = document.createElementNS(figure.namespaceURI, name);
        for (const [key, set] of Object.entries(attributes)) made.setAttribute(key, set);
        if (words) make(made, "title", {}).textContent = words;
        parent.append(made);
        return made;
      };
      const [left, top, right, bottom, x0, x1, y0, y1] = figure.dataset.axes.split(" ").map(Number);
      const inside = (share) => Math.min(Math.max(share, 0), 1);
      const across = (x) => left + inside((x - x0) / (x1 - x0)) * (right - left);
      const down = (y) => bottom - inside((y - y0) / (y1 - y0)) * (bottom - top);
      const text = (v, digits) => v.toFixed(digits).replace("-", "\u2212");
      const { points, names, bars } = figure.dataset;
      if (points) {
        // Below the marks that have titles of their own.
        const own = figure.querySelector(":scope > g");
        const spots = make(figure, "g", { class: "spots" });
        figure.insertBefore(spots, own);
        const [first, second] = names.split("|");
        const numbers = points.split(" ").map((n) => n / 1000);
        for (let i = 0; i < numbers.length; i += 2) {
          const [x, y] = [numbers[i], numbers[i + 1]];
          make(spots, "path", { d: `M${across(x)} ${down(y)}h0` }, `${first} ${text(x, 3)}, ${second} ${text(y, 3)}`);
        }
      }
      (bars ? bars.split("|") : []).forEach((side, place) => {
        const counts = side.split(" ").map(Number);
        const step = (x1 - x0) / counts.length;
        const [from, to] = place ? [down(0), down(-1)] : [down(1), down(0)];
        counts.forEach((n, i) => {
          const x = x0 + i * step;
          const held = { n: text(x, 2), n1: text(x + step, 2), n2: count(n) };
          const words = place ? say("Negatives, score {n} to {n1}: {n2}", held) : say("Positives, score {n} to {n1}: {n2}", held);
          if (n) make(figure, "rect", { class: "f-hover", x: across(x), width: across(x + step) - across(x), y: from, height: to - from }, words);
        });
      });
    }, { once: true });
  }

  // A link to each row that has an address of its own.
  for (const row of document.querySelectorAll("tr[id]")) {
    const link = document.createElement("a");
    link.className = "permalink";
    link.href = `#${row.id}`;
    link.textContent = "#";
    link.setAttribute("aria-label", say("Link to {x}", { x: row.id }));
    row.cells[0].append(link);
  }

  // Acceptance: only what is not met.
  const acceptance = document.querySelector("table.acceptance");
  const met = acceptance ? [...acceptance.tBodies[0].rows].filter((row) => row.classList.contains("pass")) : [];
  if (met.length && met.length < acceptance.tBodies[0].rows.length) {
    const box = document.createElement("p");
    box.className = "filter";
    const label = document.createElement("label");
    const check = document.createElement("input");
    check.type = "checkbox";
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    label.append(check, ` ${say("Show only requirements that are not met")}`);
    check.addEventListener("change", () => {
      for (const row of met) row.hidden = check.checked;
      told.textContent = check.checked ? say("{n} that are met are hidden", { n: met.length }) : "";
    });
    box.append(label, told);
    acceptance.closest(".table-block").before(box);
  }

  // Filter: one field for all rows of "All metrics by group".
  const metrics = document.getElementById("metrics");
  const rows = metrics ? [...metrics.querySelectorAll("tbody tr")] : [];
  if (rows.length > 12) {
    const box = document.createElement("div");
    box.className = "filter";
    const name = document.createElement("label");
    name.htmlFor = "filter-groups";
    name.textContent = say("Show groups whose name holds");
    const input = document.createElement("input");
    input.id = "filter-groups";
    input.type = "search";
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
        shown += !row.hidden;
      }
      told.textContent = wanted ? say("{n} of {n1} rows", { n: shown, n1: rows.length }) : "";
    });
    box.append(name, input, told);
    metrics.querySelector(".table-block").before(box);
  }

  // A link to a row opens the table that holds it; paper shows every table.
  const safe = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1)) || document.getElementById(safe(location.hash.slice(1)));
    const holder = target && target.closest("details");
    if (target) target.hidden = false;
    if (holder && !holder.open) { holder.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  let closed = [];
  addEventListener("beforeprint", () => { for (const row of met) row.hidden = false; closed = [...document.querySelectorAll("details:not([open])")]; closed.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => closed.forEach((d) => { d.open = false; }));
})();
