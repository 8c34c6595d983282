// Marks as a CSV: path, sha256, mark, when.
"use strict";

Gallery.markTable = (function () {
  var COLUMNS = ["path", "sha256", "mark", "when"];
  var WORDS = { accept: "accepted", reject: "rejected" }, ACTS = { accepted: "accept", rejected: "reject", "": "unmark" };

  function cell(text) {
    // No spreadsheet may take a name for a formula.
    if (/^[=+@-]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function bare(text) { return /^'[=+@-]/.test(text) ? text.slice(1) : text; }

  function parse(text) {
    var rows = [], row = [], held = "", quoted = false;
    text = text.replace(/^\ufeff/, "");
    for (var at = 0; at < text.length; at++) {
      var one = text.charAt(at);
      if (quoted) {
        if (one !== '"') held += one;
        else if (text.charAt(at + 1) === '"') { held += '"'; at += 1; }
        else quoted = false;
      } else if (one === '"') {
        quoted = true;
      } else if (one === "," || one === "\n") {
        row.push(held.replace(/\r$/, ""));
        held = "";
        if (one === "\n") { rows.push(row); row = []; }
      } else {
        held += one;
      }
    }
    if (held || row.length) rows.push(row.concat([held]));
    return rows;
  }

  // A promise of the table's text.
  function text() {
    return Promise.all([Gallery.names(), Gallery.hashes()]).then(function (there) {
      var lines = Gallery.marks.all().map(function (one) {
        return [there[0].path(one[0]), there[1](one[0]), WORDS[one[1]], one[2]].map(cell).join(",");
      });
      return "\ufeff" + [COLUMNS.join(",")].concat(lines).join("\r\n") + "\r\n";
    });
  }

  // Take the marks of a table; a promise of {taken, others}, or an error where it is no such table.
  function take(content) {
    var rows = parse(content), places = COLUMNS.map(function (name) { return (rows[0] || []).indexOf(name); });
    if (places.some(function (place) { return place < 0; })) return Promise.reject(new Error(Gallery.texts.notMarks));
    return Promise.all([Gallery.names(), Gallery.hashes()]).then(function (there) {
      var ranks = new Map(), found = [], others = 0;
      for (var rank = 0; rank < Gallery.store.count; rank++) ranks.set(there[0].path(rank), rank);
      rows.slice(1).forEach(function (row) {
        var values = places.map(function (place) { return bare(row[place] || ""); });
        var here = ranks.get(values[0]), mark = ACTS[values[2]];
        if (here === undefined || there[1](here) !== values[1] || !mark) {
          others += row.length > 1 ? 1 : 0;
          return;
        }
        found.push([here, mark, isNaN(Date.parse(values[3])) ? undefined : values[3]]);
      });
      return Gallery.marks.set(found).then(function () { return { taken: found.length, others: others }; });
    });
  }

  return { text: text, take: take, parse: parse };
})();
