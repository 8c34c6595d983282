// One image, large: its heat and box, and all that is known of it in words.
"use strict";

Gallery.viewer = (function () {
  var dialog, parts = {}, place = 0, heat = true, asked = 0;

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function button(name, act, key) {
    var made = element("button", name, Gallery.texts[name]);
    made.type = "button";
    made.addEventListener("click", act);
    if (key) made.setAttribute("aria-keyshortcuts", key);
    return made;
  }

  function build() {
    dialog = document.getElementById("viewer");
    parts.title = element("h2");
    parts.title.id = "viewer-title";
    var head = element("div", "head");
    head.append(parts.title, button("close", function () { dialog.close(); }, "Escape"));
    parts.stage = element("div", "stage");
    parts.img = element("img");
    // Heat and box lie over the picture's own shape.
    parts.img.addEventListener("load", function () {
      parts.over.style.setProperty("--ratio", parts.img.naturalWidth / parts.img.naturalHeight);
    });
    parts.canvas = element("canvas");
    parts.canvas.width = parts.canvas.height = 16;
    parts.box = element("div", "patch");
    parts.over = element("div", "over");
    parts.over.append(parts.img, parts.canvas, parts.box);
    parts.stage.append(parts.over, element("p", "small"));
    parts.small = parts.stage.lastChild;
    var tools = element("div", "tools");
    parts.marks = ["accept", "reject", "unmark"].map(function (mark) {
      return button(mark, function () { Gallery.mark(mark); }, mark.charAt(0));
    });
    parts.heat = button("heat", function () { heat = !heat; overlay(); }, "h");
    tools.append(button("previous", function () { step(-1); }, "ArrowLeft"),
      button("next", function () { step(1); }, "ArrowRight"));
    parts.marks.forEach(function (one) { tools.append(one); });
    tools.append(parts.heat);
    parts.says = element("ul", "says");
    parts.facts = element("table", "facts");
    var side = element("div", "side");
    side.append(tools, element("h3", "", Gallery.texts.whatIsSaid), parts.says, parts.facts);
    var body = element("div", "body");
    body.append(parts.stage, side);
    dialog.append(head, body);
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", function () { document.getElementById("list").focus(); });
  }

  function step(by) {
    Gallery.grid.go(Gallery.grid.current() + by);
    show(Gallery.grid.current());
  }

  function facts(rows) {
    parts.facts.textContent = "";
    rows.forEach(function (row) {
      if (row[1] === "" || row[1] === null || row[1] === undefined) return;
      var line = parts.facts.insertRow(), name = element("th", "", row[0]);
      name.scope = "row";
      line.append(name, element("td", "", row[1]));
    });
  }

  function overlay() {
    var there = parts.heatOf && parts.heatOf.heat;
    parts.heat.hidden = !there;
    parts.heat.setAttribute("aria-pressed", heat);
    parts.canvas.hidden = parts.box.hidden = !(there && heat);
    if (!there || !heat) return;
    var one = parts.heatOf, values = atob(one.heat), context = parts.canvas.getContext("2d");
    var pixels = context.createImageData(16, 16);
    var scale = one.heat_top / 255 / (Gallery.store.heatScale || 1);
    for (var at = 0; at < 256; at++) {
      var value = Math.min(1, values.charCodeAt(at) * scale);
      // Orange that thickens; half of the image is always seen below.
      pixels.data.set([255, Math.round(150 * (1 - value)) + 40, 20, Math.round(200 * value * value)], 4 * at);
    }
    context.putImageData(pixels, 0, 0);
    parts.box.hidden = !(one.bottom > one.top);
    parts.box.style.top = 100 * one.top + "%";
    parts.box.style.left = 100 * one.left + "%";
    parts.box.style.height = 100 * (one.bottom - one.top) + "%";
    parts.box.style.width = 100 * (one.right - one.left) + "%";
  }

  function picture(rank, thumbnail) {
    var ranks = Gallery.store.pictures, larger = !ranks || Gallery.pictures.has(rank);
    var readable = Gallery.store.kinds[Gallery.kinds[rank]] !== "unreadable";
    parts.over.hidden = !thumbnail && !(larger && readable);
    if (thumbnail) parts.img.src = thumbnail;
    else parts.img.removeAttribute("src");
    parts.small.textContent = larger || !readable ? "" : Gallery.texts.small;
    if (!larger || !readable) return;
    var full = new Image(), mine = asked;
    full.onload = function () { if (mine === asked) parts.img.src = full.src; };
    full.onerror = function () { if (mine === asked) parts.small.textContent = Gallery.texts.small; };
    full.src = Gallery.folder + "/pictures/" + Gallery.six(rank) + ".jpg";
  }

  function percent(value) { return Math.round(100 * value); }

  function inWords(rank, names, sha, traits, one, numbers) {
    var texts = Gallery.texts, unreadable = Gallery.store.kinds[Gallery.kinds[rank]] === "unreadable";
    var rows = [["rank", Gallery.count(rank + 1)], ["kind", texts.kinds[Gallery.store.kinds[Gallery.kinds[rank]]]]];
    var mark = Gallery.marks.of(rank), when = Gallery.marks.when(rank);
    rows.push(["mark", texts.marks[mark] + (mark !== "unmark" && when ? ", " + when.replace("T", " ") : "")]);
    rows.push(["reason", traits.reason.names[traits.reason.of[rank] - 1]]);
    Gallery.store.numbers.slice(0, 4).forEach(number);
    function number(name) {
      var value = numbers[name][rank];
      if (value !== value) return;
      if (name === "oddness") {
        value = value > 0 ? Gallery.say("beyond", { value: Gallery.number(value) }) : texts.within;
      }
      rows.push([name, typeof value === "number" ? Gallery.number(value) : value]);
    }
    if (one.bottom > one.top) {
      rows.push(["box", Gallery.say("box", { top: percent(one.top), bottom: percent(one.bottom), left: percent(one.left), right: percent(one.right) })]);
    }
    if (one.slices > 1) rows.push(["slices", Gallery.say(one.heat ? "slices" : "slicesPlain", { count: one.slices })]);
    if (!unreadable) rows.push(["pixels", Gallery.say("pixels", one)]);
    Gallery.store.traits.forEach(function (name) { rows.push([name, traits[name].names[traits[name].of[rank] - 1]]); });
    Gallery.store.numbers.slice(4).forEach(number);
    rows.push(["warnings", one.warnings], ["path", names.path(rank)], ["sha256", sha(rank)]);
    facts(rows.map(function (row) { return [Gallery.column(row[0]), row[1]]; }));
  }

  function show(at) {
    var rank = Gallery.grid.rank(at), mine = ++asked, name = Gallery.namesNow ? Gallery.namesNow.name(rank) : "";
    place = at;
    parts.title.textContent = Gallery.say("title", { rank: Gallery.count(rank + 1), name: name });
    parts.img.alt = Gallery.say("heatOf", { name: name });
    parts.heatOf = null;
    parts.says.textContent = "";
    var says = Gallery.flagsOf(rank).map(function (check) { return check.name.replace(/_/g, " ") + ": " + check.says; });
    if (!says.length && Gallery.store.kinds[Gallery.kinds[rank]] !== "unreadable") says = [Gallery.texts.nothingSaid];
    says.forEach(function (text) { parts.says.append(element("li", "", text)); });
    picture(rank, Gallery.thumbnails.source(rank));
    marked();
    overlay();
    facts([["", Gallery.texts.loading]]);
    var columns = Gallery.store.numbers;
    Promise.all([
      Gallery.names(), Gallery.hashes(), Gallery.traits(), Gallery.factsOf(rank),
      Promise.all(columns.map(function (name) { return Gallery.once("number_" + name); }))
    ]).then(function (there) {
      if (mine !== asked) return;
      var numbers = {};
      columns.forEach(function (name, number) { numbers[name] = there[4][number]; });
      parts.known = [rank, there[0], there[1], there[2], there[3], numbers];
      parts.heatOf = there[3];
      inWords.apply(null, parts.known);
      overlay();
    }, function () { /* said by load */ });
  }

  function marked() {
    var mark = Gallery.marks.of(Gallery.grid.rank(place));
    parts.marks.forEach(function (one) { one.setAttribute("aria-pressed", one.classList.contains(mark)); });
    dialog.dataset.mark = mark;
  }

  return {
    begin: function () {
      build();
      Gallery.marks.changed(function () {
        if (!dialog.open) return;
        marked();
        if (parts.known && parts.known[0] === Gallery.grid.rank(place)) inWords.apply(null, parts.known);
      });
    },
    open: function (at) {
      show(at);
      if (!dialog.open) dialog.showModal();
    },
    isOpen: function () { return dialog.open; },
    step: step,
    close: function () { dialog.close(); },
    toggleHeat: function () { parts.heat.click(); }
  };
})();
