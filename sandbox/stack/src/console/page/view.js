// Parts of pages of this origin. Data is only ever set as text, never read as HTML.

const EVERY_MS = 1000;
// Characters with which text from outside could change the order or the place of the text beside it.
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export const byId = (id) => document.getElementById(id);
export const visible = (text) => String(text ?? "").replace(UNSEEN, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
export const number = (count) => count.toLocaleString();
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
export const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

/** Sets a text that has changed. The others stay as they are, with what the reader selected in them. */
export function put(node, text) {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}

export const say = (id, text) => put(byId(id), text);

/** An element with the classes `looks` and `parts`: elements, or text. */
export function make(name, looks = "", ...parts) {
  const made = document.createElement(name);
  if (looks) made.className = looks;
  made.append(...parts.map((part) => (part instanceof Node ? part : visible(part))));
  return made;
}

export function clock(ms) {
  const at = new Date(ms);
  const time = at.toLocaleTimeString();
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120000 ? `${(ms / 1000).toFixed(2)} s` : age(ms);
}

/** A duration in whole units. */
export function age(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export function statusClass(status) {
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "good";
}

/**
 * Makes the children of `parent` those of `items`, in their order. An element stays as long as its key is there, and
 * with it the focus, the selection and the reading position.
 */
export function keep(parent, items, keyOf, create, fill) {
  const keys = new Set(items.map((item) => String(keyOf(item))));
  const known = new Map();
  for (const child of [...parent.children]) {
    if (keys.has(child.dataset.key)) known.set(child.dataset.key, child);
    else child.remove();
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const child = known.get(key) ?? create(item);
    child.dataset.key = key;
    fill(child, item);
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

/** Fills the table `id` with a row of `[text, class]` cells for each item. The first column heads the row. */
export function table(id, items, cells, none, keyOf = (item) => items.indexOf(item)) {
  const body = byId(id).querySelector("tbody");
  if (items.length === 0) {
    const cell = make("td", "none", none);
    cell.colSpan = body.parentElement.tHead.rows[0].cells.length;
    keep(body, [none], () => "none", () => make("tr", "", cell), () => {});
    return;
  }
  keep(body, items, keyOf, () => make("tr"), (row, item) => fillRow(row, cells(item)));
}

export function fillRow(row, cells) {
  cells.forEach(([text, looks], index) => {
    const cell = row.cells[index] ?? row.appendChild(headOrCell(index));
    put(cell, text);
    if (looks !== undefined && cell.className !== looks) cell.className = looks;
  });
}

function headOrCell(index) {
  if (index > 0) return make("td");
  const head = make("th");
  head.scope = "row";
  return head;
}

/** Tells those who listen to the page, once. */
export function announce(text) {
  say("news", text);
}

async function json(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/**
 * Fetches what `urls` names once a second, and when the address changes, and gives `show` the contents. The answer to a
 * question that has changed meanwhile is not shown.
 */
export function poll(urls, show) {
  let turn = 0, timer, isLost = false, isPaused = false;
  async function ask() {
    clearTimeout(timer);
    const mine = ++turn;
    try {
      const contents = await Promise.all(urls().map(json));
      if (mine !== turn) return;
      if (isLost) announce("The connection is back.");
      isLost = false;
      await show(...contents);
    } catch (error) {
      if (mine !== turn) return;
      if (!isLost) announce("The connection is lost.");
      isLost = true;
      say("since", `no answer (${error.message}): does it still run?`);
    }
    byId("since").classList.toggle("lost", isLost);
    if (!isPaused) timer = setTimeout(ask, EVERY_MS);
  }
  byId("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    say("pause", isPaused ? "Resume" : "Pause");
    if (isPaused) clearTimeout(timer); else ask();
  });
  addEventListener("hashchange", ask);
  ask();
}
