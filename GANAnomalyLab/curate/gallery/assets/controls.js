// The bar above the grid: order, filters, marks in and out.
"use strict";

Gallery.controls = (function () {
  var form, inputs = {}, asked = 0, traitNames = [];

  function labelled(name, text, input) {
    var label = document.createElement("label"), words = document.createElement("span");
    words.textContent = text;
    label.append(words, input);
    input.name = name;
    inputs[name] = input;
    return label;
  }

  function select(name, text, options) {
    var made = document.createElement("select");
    options.forEach(function (one) { made.add(new Option(one[1], one[0])); });
    made.addEventListener("change", again);
    return labelled(name, text, made);
  }

  function button(name, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.id = name;
    made.textContent = Gallery.texts[name];
    made.addEventListener("click", act);
    return made;
  }

  function counted(name, count) { return Gallery.say("option", { name: name, count: Gallery.count(count) }); }

  function checks() {
    var texts = Gallery.texts, counts = Gallery.store.checks.map(function () { return 0; }), any = 0;
    for (var rank = 0; rank < Gallery.store.count; rank++) {
      var flags = Gallery.flags[rank];
      if (!flags) continue;
      any += 1;
      for (var bit = 0; bit < counts.length; bit++) counts[bit] += flags >>> bit & 1;
    }
    var out = [["", texts.anyRow], ["any", counted(texts.anyCheck, any)]];
    Gallery.store.checks.forEach(function (check, bit) {
      if (counts[bit]) out.push([check.name, counted(check.name.replace(/_/g, " "), counts[bit])]);
    });
    return out.concat([["none", counted(texts.noCheck, Gallery.store.count - any)]]);
  }

  function kinds() {
    var counts = new Map();
    Gallery.kinds.forEach(function (kind) { counts.set(kind, (counts.get(kind) || 0) + 1); });
    return [["", Gallery.texts.anyRow]].concat(Array.from(counts.keys()).sort().map(function (kind) {
      return [String(kind), counted(Gallery.texts.kinds[Gallery.store.kinds[kind]], counts.get(kind))];
    }));
  }

  function sorts() {
    return ["rank", "path"].concat(Gallery.store.numbers).map(function (name) { return [name, Gallery.column(name)]; });
  }

  // Those by which rows differ; most have few makers and many devices, the most frequent are offered.
  function addTraits(traits) {
    Gallery.store.traits.concat(["reason"]).forEach(function (name) {
      var column = traits[name], counts = new Uint32Array(column.names.length + 1);
      column.of.forEach(function (place) { counts[place] += 1; });
      if (!column.names.length || (column.names.length === 1 && !counts[0])) return;
      var options = [["", Gallery.texts.anyRow]];
      column.names.slice(0, 200).forEach(function (text, at) { options.push([String(at + 1), counted(text, counts[at + 1])]); });
      if (counts[0] && name !== "reason") options.push(["0", counted(Gallery.texts.without, counts[0])]);
      traitNames.push(name);
      form.insertBefore(select(name, Gallery.column(name), options), inputs.text.parentNode);
    });
  }

  function filters() {
    var traits = {};
    traitNames.forEach(function (name) { if (inputs[name].value !== "") traits[name] = Number(inputs[name].value); });
    return {
      check: inputs.check.value, kind: inputs.kind.value, mark: inputs.mark.value, text: inputs.text.value.trim(),
      traits: traits
    };
  }

  function again() {
    var mine = ++asked, downward = inputs.way.value === "down";
    return Gallery.choose.order(inputs.by.value, downward).then(function (ranks) {
      return Gallery.choose.filter(ranks, filters());
    }).then(function (ranks) {
      if (mine !== asked) return;
      Gallery.grid.show(ranks);
      document.getElementById("nothing").hidden = ranks.length > 0;
      document.getElementById("count").textContent = Gallery.say("shown", {
        shown: Gallery.count(ranks.length), all: Gallery.count(Gallery.store.count)
      });
    }, function () { /* said by load */ });
  }

  function clear() {
    ["check", "kind", "mark", "text"].concat(traitNames).forEach(function (name) { inputs[name].value = ""; });
    again();
  }

  function exportMarks() {
    Gallery.markTable.text().then(function (text) {
      var link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      link.download = "marks.csv";
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    });
  }

  function importMarks() {
    var picker = document.createElement("input");
    picker.type = "file";
    picker.accept = ".csv,text/csv";
    picker.addEventListener("change", function () {
      picker.files[0].text().then(Gallery.markTable.take).then(function (found) {
        Gallery.tell(Gallery.say("imported", found));
      }, function (error) { Gallery.tell(error.message); });
    });
    picker.click();
  }

  function markShown() {
    var mark = inputs.all.value, ranks = Gallery.grid.ranks();
    inputs.all.value = "";
    if (!mark || !ranks.length) return;
    var question = Gallery.say("markShownAs", { count: Gallery.count(ranks.length), mark: Gallery.texts.marks[mark] });
    if (window.confirm(question)) Gallery.marks.set(Array.from(ranks, function (rank) { return [rank, mark]; }));
  }

  function build() {
    var texts = Gallery.texts, words = document.createElement("input");
    form = document.getElementById("filters");
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    var marks = ["accept", "reject", "unmark"].map(function (mark) { return [mark, texts.marks[mark]]; });
    form.append(
      select("by", texts.sortBy, sorts()),
      select("way", "", [["down", texts.downward], ["up", texts.upward]]),
      select("check", texts.check, checks()),
      select("kind", texts.kind, kinds()),
      select("mark", texts.mark, [["", texts.anyRow]].concat(marks))
    );
    inputs.way.setAttribute("aria-label", texts.sortBy);
    words.type = "search";
    words.addEventListener("input", again);
    form.append(labelled("text", texts.text, words), button("clear", clear));
    var all = select("all", texts.markShown, [["", "…"]].concat(marks));
    inputs.all.removeEventListener("change", again);
    inputs.all.addEventListener("change", markShown);
    document.getElementById("actions").append(all, button("export", exportMarks), button("import", importMarks));
    document.getElementById("to-summary").textContent = texts.summary;
    document.getElementById("keys").textContent = texts.keys;
    document.getElementById("nothing").textContent = texts.nothing;
    document.getElementById("list").setAttribute("aria-label", texts.list);
  }

  function marked() {
    var counts = Gallery.marks.counts;
    document.getElementById("marked").textContent = Gallery.say("marked", {
      accept: Gallery.count(counts.accept), reject: Gallery.count(counts.reject)
    });
  }

  return {
    // The page's address may name filters: #check=blurred, #reason=..., #text=...
    begin: function () {
      build();
      marked();
      Gallery.marks.changed(marked);
      var asks = new URLSearchParams(location.hash.slice(1));
      ["by", "way", "check", "kind", "mark", "text"].forEach(function (name) {
        if (asks.has(name)) inputs[name].value = asks.get(name);
        if (inputs[name].value !== asks.get(name) && inputs[name].selectedIndex < 0) inputs[name].selectedIndex = 0;
      });
      return again();
    },
    addTraits: function (traits) {
      addTraits(traits);
      var asks = new URLSearchParams(location.hash.slice(1)), named = traitNames.filter(function (name) {
        var place = asks.has(name) ? traits[name].names.indexOf(asks.get(name)) + 1 : 0;
        if (place) inputs[name].value = String(place);
        return place;
      });
      if (named.length) again();
    },
    again: again
  };
})();
