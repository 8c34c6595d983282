// The buttons are made here, so that a page whose script does not run shows plain headers.
document.querySelectorAll("table.sorted").forEach(function (table) {
  var heads = table.tHead.rows[0].cells, body = table.tBodies[0];
  Array.prototype.forEach.call(heads, function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      var rows = Array.prototype.slice.call(body.rows).map(function (row) {
        var cell = row.cells[column], value = cell.getAttribute("data-value");
        return { row: row, number: value === null ? NaN : Number(value), text: cell.textContent };
      });
      rows.sort(function (a, b) {
        if (isNaN(a.number) !== isNaN(b.number)) return isNaN(a.number) ? 1 : -1;
        if (!isNaN(a.number)) return way * (a.number - b.number);
        return way * a.text.localeCompare(b.text, undefined, { numeric: true });
      });
      rows.forEach(function (item) { body.appendChild(item.row); });
    });
  });
});
