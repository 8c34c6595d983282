// Data come as scripts, for a page from the disk may load nothing in another way. Each hands over a value by its name.
"use strict";

Gallery.received = {};
Gallery.waiting = {};

Gallery.receive = function (name, value) {
  var waits = Gallery.waiting[name];
  if (waits) {
    delete Gallery.waiting[name];
    waits.take(value);
  } else {
    Gallery.received[name] = value;
  }
};

// A promise of what the script `name` hands over; nothing is kept here but what was handed over unasked.
Gallery.load = function (name) {
  if (name in Gallery.received) return Promise.resolve(Gallery.received[name]);
  if (Gallery.waiting[name]) return Gallery.waiting[name].promise;
  var waits = {};
  waits.promise = new Promise(function (take, fail) {
    waits.take = take;
    waits.fail = fail;
  });
  Gallery.waiting[name] = waits;
  var script = document.createElement("script");
  script.src = Gallery.folder + "/" + name + ".js";
  script.onload = script.onerror = function () {
    script.remove();
    if (Gallery.waiting[name] === waits) {  // It came, and handed over nothing.
      delete Gallery.waiting[name];
      waits.fail(new Error(name));
      Gallery.tell(Gallery.store.live ? Gallery.texts.grown : Gallery.say("missing", { name: name }));
    }
  };
  document.head.appendChild(script);
  return waits.promise;
};

// As load, kept for good: columns.
Gallery.column_ = {};
Gallery.once = function (name, unpack) {
  if (!Gallery.column_[name]) Gallery.column_[name] = Gallery.load(name).then(unpack || Gallery.unpack);
  return Gallery.column_[name];
};

// {kind, data} as a typed array.
Gallery.unpack = function (column) {
  var text = atob(column.data), bytes = new Uint8Array(text.length);
  for (var at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  var kinds = { f4: Float32Array, u4: Uint32Array, u2: Uint16Array, u1: Uint8Array, i4: Int32Array };
  return new kinds[column.kind](bytes.buffer);
};

// Of a row's full path, once `names` is there.
Gallery.names = function () {
  return Gallery.once("names", function (value) {
    var folder = Gallery.unpack(value.folder);
    return {
      ids: value.ids,
      place: Gallery.unpack(value.place),
      name: function (rank) { return value.names[rank]; },
      path: function (rank) { return value.folders[folder[rank]] + value.names[rank]; },
      id: function (rank) {
        var wide = Gallery.store.idCharacters;
        return value.ids.substr(rank * wide, wide);
      }
    };
  });
};

Gallery.hashes = function () {
  return Gallery.once("hashes", function (value) {
    return function (rank) {  // 64 hexadecimal places, "" where there is none
      var wide = Gallery.store.shaCharacters, text = value.substr(rank * wide, wide);
      if (text.charAt(0) === " ") return "";
      return Array.prototype.map.call(atob(text + "="), function (character) {
        return character.charCodeAt(0).toString(16).padStart(2, "0");
      }).join("");
    };
  });
};

Gallery.traits = function () {
  return Gallery.once("traits", function (value) {
    Object.keys(value).forEach(function (name) { value[name].of = Gallery.unpack(value[name]); });
    return value;
  });
};

Gallery.flagsOf = function (rank) {
  return Gallery.store.checks.filter(function (check, bit) { return Gallery.flags[rank] >>> bit & 1; });
};

Gallery.six = function (number) { return String(number).padStart(6, "0"); };
