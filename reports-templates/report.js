(() => {
  "use strict";
  const root = document.documentElement;

  // Theme: the system's until someone asks for the other one.
  const tools = document.getElementById("tools");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const toggle = document.createElement("button");
  toggle.type = "button";
  const label = () => { toggle.textContent = dark() ? "Light colours" : "Dark colours"; };
  toggle.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  label();
  tools.append(toggle);

  // Sort: numbers by their first number, words by the alphabet; a third click restores the order.
  const key = (row, i) => (row.cells[i].firstChild ? row.cells[i].firstChild.textContent : "").trim();
  const value = (text) => { const m = text.replace(/,/g, "").replace(/\u2212/g, "-").match(/[+-]?\d+(\.\d+)?(e[+-]?\d+)?/); return m ? Number(m[0]) : null; };
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

  // Filter: one field for all rows of "All metrics by group".
  const metrics = document.getElementById("metrics");
  const rows = metrics ? [...metrics.querySelectorAll("tbody tr")] : [];
  if (rows.length > 12) {
    const box = document.createElement("div");
    box.className = "filter";
    const name = document.createElement("label");
    name.htmlFor = "filter-groups";
    name.textContent = "Show groups whose name holds";
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
      told.textContent = wanted ? `${shown} of ${rows.length} rows` : "";
    });
    box.append(name, input, told);
    metrics.querySelector(".table-block").before(box);
  }

  // A link to a row opens the table that holds it; paper shows every table.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const holder = target && target.closest("details");
    if (holder && !holder.open) { holder.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  let closed = [];
  addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; closed.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => closed.forEach((d) => { d.open = false; }));
})();
