// What the curator said, by rank: kept in the browser, or by the program that serves the gallery.
"use strict";

Gallery.marks = (function () {
  var LETTERS = { accept: "a", reject: "r", unmark: "u" }, WORDS = { a: "accept", r: "reject", u: "unmark" };
  var said = new Map();  // rank -> {mark, when}; "unmark" only where it takes back what the report came with
  var counts = { accept: 0, reject: 0 }, listeners = [];

  function key() { return "gananomaly-marks-" + Gallery.store.id; }

  function put(rank, mark, when) {
    var before = said.get(rank);
    if (before && before.mark in counts) counts[before.mark] -= 1;
    said.set(rank, { mark: mark, when: when });
    if (mark in counts) counts[mark] += 1;
  }

  function now() { return new Date().toISOString().slice(0, 19) + "+00:00"; }

  function changed() { listeners.forEach(function (listener) { listener(); }); }

  // One text for all: an ID, a letter and the seconds of each.
  function keepHere(names) {
    var lines = [];
    said.forEach(function (one, rank) {
      lines.push(names.id(rank) + LETTERS[one.mark] + Math.floor(Date.parse(one.when) / 1000).toString(36));
    });
    try {
      localStorage.setItem(key(), lines.join(" "));
    } catch (error) {
      Gallery.tell(Gallery.texts.notKept);
    }
  }

  function readHere(names) {
    var text = null, wide = Gallery.store.idCharacters, ranks = new Map();
    try {
      text = localStorage.getItem(key());
    } catch (error) {
      Gallery.tell(Gallery.texts.notKept);
    }
    if (!text) return;
    for (var rank = 0; rank < Gallery.store.count; rank++) ranks.set(names.id(rank), rank);
    text.split(" ").forEach(function (line) {
      var found = ranks.get(line.slice(0, wide)), mark = WORDS[line.charAt(wide)];
      if (found === undefined || !mark) return;
      var when = new Date(1000 * parseInt(line.slice(wide + 1), 36)).toISOString().slice(0, 19) + "+00:00";
      var known = said.get(found);
      if (!known || known.when <= when) put(found, mark, when);
    });
  }

  function send(marks, names) {
    var ids = { accept: [], reject: [], unmark: [] };
    marks.forEach(function (one) { ids[one[1]].push(names.id(one[0])); });
    return fetch("marks", {
      method: "POST", body: JSON.stringify(ids),
      headers: { "Content-Type": "application/json", "X-Gallery-Token": Gallery.token }
    }).then(function (answer) {
      if (!answer.ok) return answer.text().then(function (why) { throw new Error(why); });
    }, function () { throw new Error(Gallery.texts.gone); });
  }

  // Take [rank, mark, when] (when: now, if left out); what a serving program could not keep is taken back and told.
  function set(marks) {
    var asked = marks.length;
    marks = marks.filter(function (one) { return Gallery.store.kinds[Gallery.kinds[one[0]]] !== "unreadable"; });
    if (marks.length < asked && !marks.length) Gallery.tell(Gallery.texts.noMark);
    if (!marks.length) return Promise.resolve();
    var before = marks.map(function (one) { return [one[0], said.get(one[0])]; }), at = now();
    marks.forEach(function (one) { put(one[0], one[1], one[2] || at); });
    changed();
    return Gallery.names().then(function (names) {
      if (!Gallery.store.live) return keepHere(names);
      return send(marks, names).catch(function (error) {
        before.forEach(function (one) {
          if (one[1]) put(one[0], one[1].mark, one[1].when);
          else put(one[0], "unmark", at);
        });
        changed();
        Gallery.tell(Gallery.say("notSent", { why: error.message }));
      });
    });
  }

  return {
    set: set,
    of: function (rank) {
      var one = said.get(rank);
      return one ? one.mark : "unmark";
    },
    when: function (rank) { return said.has(rank) ? said.get(rank).when : ""; },
    counts: counts,
    changed: function (listener) { listeners.push(listener); },
    // Marks that came with the page; then, unless it is served, those that this browser keeps.
    begin: function (given) {
      given.forEach(function (one) { put(one[0], one[1], one[2]); });
      if (Gallery.store.live) return Promise.resolve();
      return Gallery.names().then(function (names) {
        readHere(names);
        changed();
      });
    },
    // [rank, mark, when] in the order of rank, those without a mark left out.
    all: function () {
      return Array.from(said.keys()).sort(function (a, b) { return a - b; }).filter(function (rank) {
        return said.get(rank).mark in counts;
      }).map(function (rank) { return [rank, said.get(rank).mark, said.get(rank).when]; });
    }
  };
})();
