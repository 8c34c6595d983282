// The grid: as many tiles as the window shows and a few more, put where the scroll bar says.
"use strict";

Gallery.grid = (function () {
  var TILE = { wide: 132, tall: 158 }, SPARE = 3, HIGHEST = 15e6;  // Browsers hold no box of more than some 17e6 pixels.
  var list, sheet, ranks = new Uint32Array(0), current = 0, columns = 1, stretch = 1, tiles = [], waiting = false;

  function rows() { return Math.ceil(ranks.length / columns); }

  function lay() {
    columns = Math.max(1, Math.floor((list.clientWidth - 16) / TILE.wide));
    var tall = rows() * TILE.tall;
    stretch = Math.max(1, tall / HIGHEST);
    sheet.style.height = Math.min(tall, HIGHEST) + 16 + "px";
    sheet.style.width = columns * TILE.wide + "px";
  }

  // The first row of tiles that is seen, in parts of a row.
  function firstSeen() {
    if (stretch === 1) return list.scrollTop / TILE.tall;
    var most = Math.max(1, sheet.offsetHeight - list.clientHeight);
    return list.scrollTop / most * Math.max(0, rows() - list.clientHeight / TILE.tall);
  }

  function make() {
    var tile = document.createElement("div");
    tile.className = "tile";
    tile.setAttribute("role", "option");
    tile.innerHTML = '<span class="frame"><img alt="" decoding="async" draggable="false"><span class="none"></span></span>' +
      '<span class="sign"></span><span class="words"><span class="name"></span><span class="about"></span></span>';
    tile.parts = {
      img: tile.querySelector("img"), none: tile.querySelector(".none"), sign: tile.querySelector(".sign"),
      name: tile.querySelector(".name"), about: tile.querySelector(".about")
    };
    sheet.appendChild(tile);
    return tile;
  }

  function picture(tile) {
    var source = Gallery.thumbnails.source(tile.rank);
    if (source) {
      if (tile.shown !== tile.rank) tile.parts.img.src = source;
    } else {
      tile.parts.img.removeAttribute("src");
    }
    tile.parts.none.textContent = source === "" ? Gallery.texts.noThumbnail : "";
    tile.shown = source === null ? -1 : tile.rank;
  }

  function words(tile) {
    var rank = tile.rank, names = Gallery.namesNow, score = Gallery.score[rank];
    var flags = Gallery.flagsOf(rank).map(function (check) { return check.name.replace(/_/g, " "); }).join(", ");
    var mark = Gallery.marks.of(rank), name = names ? names.name(rank) : "";
    var kind = Gallery.store.kinds[Gallery.kinds[rank]];
    var scored = score === score ? Gallery.say("tileScore", { score: Gallery.number(score) }) : "";
    tile.parts.name.textContent = name;
    tile.parts.about.textContent = [kind === "unreadable" ? Gallery.texts.kinds[kind] : "", scored, flags]
      .filter(Boolean).join(" · ");
    tile.parts.sign.textContent = { accept: "✓", reject: "✕" }[mark] || "";
    tile.dataset.mark = mark;
    tile.setAttribute("aria-label", Gallery.say("tile", {
      rank: Gallery.count(rank + 1), name: name, score: scored,
      flags: flags && Gallery.say("flagged", { flags: flags }),
      mark: mark !== "unmark" ? Gallery.say("isMarked", { mark: Gallery.texts.marks[mark] }) : ""
    }));
  }

  function fill(tile, place) {
    tile.place = place;
    tile.rank = ranks[place];
    tile.id = "tile-" + place;
    tile.setAttribute("aria-posinset", place + 1);
    tile.setAttribute("aria-setsize", ranks.length);
    words(tile);
    picture(tile);
  }

  function draw(anew) {
    waiting = false;
    var seen = firstSeen(), shownRows = Math.ceil(list.clientHeight / TILE.tall) + 1;
    var from = Math.max(0, Math.floor(seen) - SPARE) * columns;
    var until = Math.min(ranks.length, (Math.floor(seen) + shownRows + SPARE) * columns);
    var need = (shownRows + 2 * SPARE) * columns, here = new Map(), free = [];
    while (tiles.length < need) tiles.push(make());
    tiles.forEach(function (tile) {
      if (!anew && tile.place >= from && tile.place < until) here.set(tile.place, tile);
      else free.push(tile);
    });
    // Where the scroll bar stands for more than its own pixels, rows are drawn around what is seen.
    var shift = stretch === 1 ? 0 : list.scrollTop - seen * TILE.tall;
    for (var place = from; place < until; place++) {
      var tile = here.get(place);
      if (!tile) {
        tile = free.pop();
        tile.hidden = false;
        fill(tile, place);
        here.set(place, tile);
      } else if (tile.shown !== tile.rank) {
        picture(tile);
      }
      var at = "translate(" + place % columns * TILE.wide + "px," + (Math.floor(place / columns) * TILE.tall + shift) + "px)";
      if (tile.at !== at) tile.style.transform = tile.at = at;
      tile.setAttribute("aria-selected", place === current);
    }
    free.forEach(function (tile) {
      if (tile.place === -1) return;
      tile.hidden = true;
      tile.place = tile.shown = -1;
      tile.removeAttribute("id");
    });
    list.setAttribute("aria-activedescendant", ranks.length ? "tile-" + current : "");
    Gallery.thumbnails.want(ranks.subarray(from, until), arrived);
  }

  function arrived(pack) {
    tiles.forEach(function (tile) {
      if (tile.place >= 0 && tile.shown !== tile.rank && Math.floor(tile.rank / Gallery.store.pack) === pack) picture(tile);
    });
  }

  function soon() {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(function () { draw(false); });
    }
  }

  function reveal() {
    var row = Math.floor(current / columns), most = sheet.offsetHeight - list.clientHeight;
    var seen = firstSeen(), fits = list.clientHeight / TILE.tall;
    if (row >= seen && row + 1 <= seen + fits) return;
    var first = row < seen ? row : row + 1 - fits + 16 / TILE.tall;
    list.scrollTop = stretch === 1 ? first * TILE.tall : first / Math.max(1e-9, rows() - fits) * most;
  }

  return {
    begin: function () {
      list = document.getElementById("list");
      sheet = document.getElementById("sheet");
      list.addEventListener("scroll", soon, { passive: true });
      new ResizeObserver(function () {
        var row = Math.floor(firstSeen()) * columns;
        lay();
        if (stretch === 1 && list.scrollTop) list.scrollTop = Math.floor(row / columns) * TILE.tall;
        draw(true);
      }).observe(list);
      sheet.addEventListener("click", function (event) {
        var tile = event.target.closest(".tile");
        if (!tile) return;
        Gallery.grid.go(tile.place);
        Gallery.viewer.open(tile.place);
      });
    },
    // Show these ranks from the top, or where the current image is among them.
    show: function (given) {
      ranks = given;
      current = 0;
      lay();
      list.scrollTop = 0;
      draw(true);
    },
    words: function () { tiles.forEach(function (tile) { if (tile.place >= 0) words(tile); }); },
    // Make the image at `place` of what is shown the current one.
    go: function (place) {
      if (!ranks.length) return;
      current = Math.min(Math.max(place, 0), ranks.length - 1);
      reveal();
      draw(false);
    },
    rank: function (place) { return ranks[place === undefined ? current : place]; },
    ranks: function () { return ranks; },
    current: function () { return current; },
    columns: function () { return columns; },
    page: function () { return columns * Math.max(1, Math.floor(list.clientHeight / TILE.tall)); }
  };
})();
