"use strict";

// A click on a column's name sorts by it; another click turns the order round.

const text = (row, column) => row.cells[column].textContent.trim();

const number = (text) => parseFloat(text.replace(/,/g, ""));

// Rows without a number come last, whichever way the others go.
function compare(a, b, sign) {
  const x = number(a), y = number(b);
  if (Number.isNaN(x) && Number.isNaN(y)) return sign * a.localeCompare(b);
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
  return sign * (x - y);
}

function sort(head) {
  const column = head.cellIndex, body = head.closest("table").tBodies[0];
  const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  const order = (a, b) => compare(text(a, column), text(b, column), sign);
  body.append(...[...body.rows].sort(order));
}

for (const button of document.querySelectorAll("th > button")) {
  button.addEventListener("click", () => sort(button.parentNode));
}

// Paper cannot be unfolded.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("figure details")) details.open = true;
});
