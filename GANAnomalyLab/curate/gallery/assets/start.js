// Everything together: the first tiles at once, the rest of the data after them, and the keys.
"use strict";

Gallery.folder = document.body.dataset.folder;
Gallery.token = document.body.dataset.token;

Gallery.tell = function (text) {
  var notice = document.getElementById("notice");
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(Gallery.telling);
  Gallery.telling = setTimeout(function () { notice.hidden = true; }, 12000);
};

// What is known of a row beside the columns: {slices, width, ..., heat, warnings}.
Gallery.factsOf = (function () {
  var kept = new Map(), MOST = 40;
  return function (rank) {
    var number = Math.floor(rank / Gallery.store.facts);
    if (!kept.has(number)) {
      kept.set(number, Gallery.load("facts_" + Gallery.six(number)));
      kept.get(number).catch(function () { kept.delete(number); });
      if (kept.size > MOST) kept.delete(kept.keys().next().value);
    }
    return kept.get(number).then(function (rows) {
      var row = rows[rank % Gallery.store.facts], out = {};
      Gallery.store.factNames.forEach(function (name, at) { out[name] = row[at]; });
      return out;
    });
  };
})();

Gallery.mark = function (mark) {
  var rank = Gallery.grid.rank();
  if (rank !== undefined) Gallery.marks.set([[rank, mark]]);
};

Gallery.keys = function (event) {
  var viewing = Gallery.viewer.isOpen(), target = event.target, grid = Gallery.grid;
  var field = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  var moves = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: viewing ? -1 : -grid.columns(), ArrowDown: viewing ? 1 : grid.columns(),
    PageUp: -grid.page(), PageDown: grid.page(), Home: -Infinity, End: Infinity
  };
  var marks = { a: "accept", r: "reject", u: "unmark" }, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key in moves) {
    var by = moves[key], row = Math.abs(by) === grid.columns() && !viewing, to = grid.current() + by;
    // Up from the first row, or down from the last full one, stays.
    if (row && (to < 0 || to >= grid.ranks().length)) to = grid.current();
    if (viewing) Gallery.viewer.step(by);
    else grid.go(to);
  } else if (key in marks) {
    Gallery.mark(marks[key]);
  } else if (key === "h" && viewing) {
    Gallery.viewer.toggleHeat();
  } else if (key === "Enter" && !viewing && target.id === "list" && grid.ranks().length) {
    Gallery.viewer.open(grid.current());
  } else {
    return;
  }
  event.preventDefault();
};

Gallery.start = function () {
  var store = Gallery.store = Gallery.received.first;
  Gallery.kinds = Gallery.unpack(store.kind);
  Gallery.flags = Gallery.unpack(store.flags);
  Gallery.score = Gallery.unpack(store.score);
  Gallery.pictures = new Set(store.pictures || []);
  store.kind = store.flags = store.score = null;
  Gallery.grid.begin();
  Gallery.viewer.begin();
  document.addEventListener("keydown", Gallery.keys);
  var begun = Gallery.controls.begin();
  document.getElementById("list").focus();
  return begun.then(function () {
    performance.mark("gallery-begun");
    return Promise.all([
      Gallery.marks.begin(Gallery.received.marks || []),
      Gallery.names().then(function (names) {
        Gallery.namesNow = names;
        Gallery.grid.words();
      }),
      Gallery.traits().then(Gallery.controls.addTraits)
    ]);
  }).then(function () {
    Gallery.marks.changed(Gallery.grid.words);
    Gallery.grid.words();
    Gallery.ready = true;
    if (/mark=/.test(location.hash)) Gallery.controls.again();
  });
};

if (Gallery.received.first) Gallery.start();
else document.getElementById("count").textContent = Gallery.say("missing", { name: "first" });
