"""How a report looks, and the few lines that let its tables be sorted; both stand inside the page."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --quiet: #5a6675; --line: #d9dee5; --paper: #ffffff;
  --tint: #f4f6f9; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebef; --quiet: #a2adba; --line: #343b45; --paper: #171717; --tint: #202225; --link: #7db8f0; }
  img.chart { filter: invert(.91) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
.subtitle { color: var(--quiet); margin: .4rem 0 0; font-size: 1.05rem; }
header { padding-bottom: 1.2rem; border-bottom: 2px solid var(--ink); }
nav { margin: 1rem 0 0; font-size: .92rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.3rem; list-style: none; margin: 0; padding: 0; }
a { color: var(--link); }
h2 { font-size: 1.28rem; line-height: 1.3; margin: 2.4rem 0 .7rem; overflow-wrap: anywhere; }
p { margin: .7rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.block { margin: 1.1rem 0 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: 0 0 .45rem; max-width: 46rem; }
th, td { padding: .38rem .9rem .38rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { border-bottom: 1.5px solid var(--quiet); vertical-align: bottom; white-space: nowrap; }
th.number, td.number { text-align: right; padding: .38rem .25rem .38rem 1.1rem; }
th.number + th:not(.number), td.number + td:not(.number) { padding-left: 1.1rem; }
td.number { white-space: nowrap; }
tbody tr:hover { background: var(--tint); }
th button { all: unset; cursor: pointer; font: inherit; }
th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
th button::after { content: "\\00a0\\2195"; color: var(--quiet); font-weight: 400; opacity: .55; }
th[aria-sort=ascending] button::after { content: "\\00a0\\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\00a0\\2193"; opacity: 1; }
table.facts th { color: var(--quiet); font-weight: 400; white-space: nowrap; padding-right: 1.6rem; }
table.facts td { overflow-wrap: anywhere; }
code { font: .86em/1.5 ui-monospace, "SF Mono", Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0 1.6rem; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: .92rem; margin-top: .5rem; max-width: 46rem; }
.gallery { display: flex; flex-wrap: wrap; gap: 1rem 1.4rem; margin: 1.1rem 0 1.5rem; }
.gallery figure { margin: 0; max-width: 15.5rem; }
.gallery figcaption { font-size: .85rem; }
footer { margin-top: 3rem; padding-top: .9rem; border-top: 1px solid var(--line); color: var(--quiet);
  font-size: .92rem; }
footer strong { color: var(--ink); }
@media print {
  :root { color-scheme: light; --ink: #000; --quiet: #444; --line: #bbb; --paper: #fff; --tint: #fff; --link: #000; }
  @page { margin: 16mm 15mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  .wide { overflow: visible; }
  table { font-size: 8.5pt; line-height: 1.35; max-width: 100%; }
  th, td { padding: .25rem .55rem .25rem 0; }
  th.number, td.number { padding: .25rem .1rem .25rem .55rem; }
  thead th, td.number { white-space: normal; }
  h2 { break-after: avoid; }
  figure, tr, .gallery figure { break-inside: avoid; }
  thead { display: table-header-group; }
  figure img { max-height: 17cm; }
  img.chart { filter: none; }
  th button::after { content: ""; }
}
"""

# The buttons are made here, so that a page whose script does not run shows plain headers.
SCRIPT = """
document.querySelectorAll("table.sorted").forEach(function (table) {
  var heads = table.tHead.rows[0].cells, body = table.tBodies[0];
  Array.prototype.forEach.call(heads, function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      var rows = Array.prototype.slice.call(body.rows).map(function (row) {
        var cell = row.cells[column], value = cell.getAttribute("data-value");
        return { row: row, number: value === null ? NaN : Number(value), text: cell.textContent };
      });
      rows.sort(function (a, b) {
        if (isNaN(a.number) !== isNaN(b.number)) return isNaN(a.number) ? 1 : -1;
        if (!isNaN(a.number)) return way * (a.number - b.number);
        return way * a.text.localeCompare(b.text, undefined, { numeric: true });
      });
      rows.forEach(function (item) { body.appendChild(item.row); });
    });
  });
});
"""


def content_policy() -> str:
    """A Content-Security-Policy under which the page's own style and script run, and nothing else loads."""
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_digest(STYLE)}'; "
        f"script-src 'sha256-{_digest(SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
