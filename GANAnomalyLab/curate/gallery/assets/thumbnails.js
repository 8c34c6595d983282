// Thumbnails by rank: packs of them are loaded as they are needed, the latest wanted first, and the oldest let go.
"use strict";

Gallery.thumbnails = (function () {
  var MOST = 600, AT_ONCE = 6;
  var packs = new Map(), wanted = new Map(), loading = 0;

  function next() {
    while (loading < AT_ONCE && wanted.size) {
      var number = Array.from(wanted.keys()).pop(), tell = wanted.get(number);
      wanted.delete(number);
      loading += 1;
      fetchPack(number, tell);
    }
  }

  function fetchPack(number, tell) {
    Gallery.load("thumbnails_" + Gallery.six(number)).then(function (pack) {
      packs.set(number, pack);
      if (packs.size > MOST) packs.delete(packs.keys().next().value);
      tell(number);
    }, function () { /* said by load */ }).then(function () {
      loading -= 1;
      next();
    });
  }

  return {
    // A thumbnail's address; "" where a row has none; null while it is loaded.
    source: function (rank) {
      var number = Math.floor(rank / Gallery.store.pack), pack = packs.get(number);
      if (!pack) return null;
      packs.delete(number);  // Put last: the oldest go first.
      packs.set(number, pack);
      var text = pack[rank % Gallery.store.pack];
      return text ? "data:image/jpeg;base64," + text : "";
    },
    // Load what these ranks need and is not there, and nothing else that still waits; tell(pack) of each that came.
    want: function (ranks, tell) {
      wanted.clear();
      for (var at = ranks.length - 1; at >= 0; at--) {
        var number = Math.floor(ranks[at] / Gallery.store.pack);
        if (!packs.has(number) && !Gallery.waiting["thumbnails_" + Gallery.six(number)]) wanted.set(number, tell);
      }
      next();
    }
  };
})();
