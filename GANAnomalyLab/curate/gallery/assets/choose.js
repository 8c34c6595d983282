// Which rows are shown, and in which order: nothing but arrays of ranks.
"use strict";

Gallery.choose = (function () {
  // All ranks by a column, NaN last both ways; equal ones stay in the order of rank.
  function sorted(values, downward) {
    var count = values.length, ranks = new Uint32Array(count), known = 0, unknown = [];
    for (var rank = 0; rank < count; rank++) {
      if (values[rank] === values[rank]) ranks[known++] = rank;
      else unknown.push(rank);
    }
    var part = ranks.subarray(0, known);
    if (downward) part.sort(function (a, b) { return values[b] - values[a] || a - b; });
    else part.sort(function (a, b) { return values[a] - values[b] || a - b; });
    ranks.set(unknown, known);
    return ranks;
  }

  function natural(count, downward) {
    var ranks = new Uint32Array(count);
    for (var at = 0; at < count; at++) ranks[at] = downward ? at : count - 1 - at;
    return ranks;
  }

  // A promise of all ranks in order; `by` is "rank", "path" or a column of numbers.
  function order(by, downward) {
    if (by === "rank") return Promise.resolve(natural(Gallery.store.count, downward));
    if (by === "path") return Gallery.names().then(function (names) { return sorted(names.place, downward); });
    return Gallery.once("number_" + by).then(function (values) { return sorted(values, downward); });
  }

  // A promise of those of `ranks` that are as `filters` want: {check, kind, mark, text, traits: {name: place}}.
  function filter(ranks, filters) {
    var named = Object.keys(filters.traits);
    var needs = [filters.text ? Gallery.names() : null, named.length ? Gallery.traits() : null];
    return Promise.all(needs).then(function (there) {
      var names = there[0], traits = there[1], tests = [];
      var text = filters.text.toLowerCase(), flags = Gallery.flags, kinds = Gallery.kinds;
      var bit = Gallery.store.checks.findIndex(function (check) { return check.name === filters.check; });
      if (filters.check === "any") tests.push(function (rank) { return flags[rank] !== 0; });
      else if (filters.check === "none") tests.push(function (rank) { return flags[rank] === 0; });
      else if (bit >= 0) tests.push(function (rank) { return (flags[rank] >>> bit & 1) === 1; });
      if (filters.kind !== "") tests.push(function (rank) { return kinds[rank] === Number(filters.kind); });
      if (filters.mark) tests.push(function (rank) { return Gallery.marks.of(rank) === filters.mark; });
      named.forEach(function (name) {
        var column = traits[name].of, place = filters.traits[name];
        tests.push(function (rank) { return column[rank] === place; });
      });
      if (text) tests.push(function (rank) { return names.path(rank).toLowerCase().indexOf(text) >= 0; });
      if (!tests.length) return ranks;
      return ranks.filter(function (rank) {
        for (var at = 0; at < tests.length; at++) if (!tests[at](rank)) return false;
        return true;
      });
    });
  }

  return { order: order, filter: filter, sorted: sorted };
})();
