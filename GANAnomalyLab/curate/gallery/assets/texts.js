// All that the page says, in one place. {name} stands for a value.
"use strict";
var Gallery = window.Gallery || {};

Gallery.texts = {
  summary: "Summary",
  list: "Images, the most striking first",
  shown: "{shown} of {all} images",
  marked: "{accept} accepted, {reject} rejected",
  nothing: "No image is as the filters want it.",
  keys: "Arrows move, A accepts, R rejects, U takes the mark away, Enter opens, Esc closes, H shows or hides the heat.",
  loading: "Loading …",
  missing: "A part of the gallery could not be loaded: {name}. Copy its whole folder, or write the report again.",
  grown: "The store has changed meanwhile: load the page again.",
  notKept: "This browser keeps no marks: export them before you close the page.",
  notSent: "The marks could not be kept: {why}",
  gone: "the program that serves the gallery does not answer.",
  export: "Export marks",
  import: "Import marks …",
  imported: "{taken} marks taken; {others} lines are about files that are not here, or have other contents now.",
  notMarks: "That is no list of marks: a CSV with the columns path, sha256, mark and when.",
  markShown: "Mark all shown",
  markShownAs: "Mark all {count} images that are shown as: {mark}?",
  sortBy: "Sort by",
  upward: "lowest first",
  downward: "highest first",
  rank: "rank",
  path: "path",
  check: "Check",
  anyRow: "all",
  anyCheck: "anything",
  noCheck: "nothing",
  kind: "Kind",
  mark: "Mark",
  text: "Text in the path",
  clear: "Clear filters",
  without: "(not said)",
  option: "{name} ({count})",
  tile: "Rank {rank}, {name}, {score}{flags}{mark}",
  tileScore: "score {score}",
  flagged: ", flagged: {flags}",
  isMarked: ", {mark}",
  noThumbnail: "no picture",
  title: "Rank {rank}: {name}",
  previous: "Previous",
  next: "Next",
  close: "Close",
  accept: "Accept",
  reject: "Reject",
  unmark: "No mark",
  heat: "Heat and box",
  heatOf: "The image {name}, with the heat over it",
  small: "The source is not there any more, or was not read for this report: this is the thumbnail.",
  whatIsSaid: "What is said of it",
  nothingSaid: "No check flags it.",
  slices: "{count} slices; the one with the highest score is shown",
  slicesPlain: "{count} slices; the middle one is shown",
  pixels: "{width} × {height}, {bits} bits",
  box: "{left} to {right} % from the left, {top} to {bottom} % from the top",
  beyond: "{value} times its limit beyond it",
  within: "within all limits",
  unknown: "–",
  noMark: "What could not be read has no mark.",
  marks: { accept: "accepted", reject: "rejected", unmark: "not marked" },
  kinds: { image: "image", slice: "slice", volume: "volume", unreadable: "could not be read" },
  columns: {
    rank: "Rank", path: "Path", kind: "Kind", mark: "Mark", sha256: "SHA-256", reason: "Why it could not be read",
    warnings: "Warnings", pixels: "Pixels", slices: "Slices", box: "Highest patch", score: "Score", wd: "WD", mse: "MSE",
    ssim: "SSIM", oddness: "Worst check", brightness: "Brightness", contrast: "Contrast", dark: "Share of black",
    white: "Share of white", information: "Information (bits)", sharpness: "Sharpness", border: "Border brighter by",
    frame: "Share of empty frame", turned: "Symmetry", text: "Letters burnt in", aspect: "Longer side to shorter",
    kv: "Tube voltage (kV)", exposure: "Exposure (mAs)", spacing_mm: "Pixel spacing (mm)", modality: "Modality",
    body_part: "Body part", view: "View", site: "Site", maker: "Maker", device: "Device"
  }
};

// A sentence of the above with its values.
Gallery.say = function (name, values) {
  return Gallery.texts[name].replace(/\{(\w+)\}/g, function (whole, key) {
    return values && key in values ? String(values[key]) : whole;
  });
};

Gallery.column = function (name) { return Gallery.texts.columns[name] || name; };

Gallery.count = function (number) { return number.toLocaleString("en"); };

Gallery.number = function (value) {
  if (value === null || value !== value) return Gallery.texts.unknown;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
};
