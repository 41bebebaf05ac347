// Parts of the console's page, also for other pages of this origin. Data is only ever set as text, never read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600, HEIGHT = 150, TOP = 18, BOTTOM = 18;
const HISTORY_SECONDS = 300;
const EVERY_MS = 1000;

export const byId = (id) => document.getElementById(id);
export const say = (id, text) => { byId(id).textContent = text; };
export const clock = (ms) => new Date(ms).toLocaleTimeString();
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.round(ms / 60000)} min`;
}

export function statusClass(status) {
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "good";
}

/** A row of `[text, class]` cells. */
export function row(cells) {
  const made = document.createElement("tr");
  for (const [text, looks] of cells) {
    const cell = made.appendChild(document.createElement("td"));
    cell.textContent = text ?? "";
    cell.className = looks ?? "";
  }
  return made;
}

export function table(id, rows, none) {
  const body = byId(id).querySelector("tbody");
  if (rows.length === 0) {
    const empty = row([[none, "none"]]);
    empty.firstChild.colSpan = 9;
    rows = [empty];
  }
  body.replaceChildren(...rows);
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// The next of 1, 2, 5, 10, 20, ... that is not smaller: an axis that doesn't jump with every value.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((limit) => limit >= value);
}

/** Draws `samples`, the latest on the right, with a line for each member. */
function plot(svg, samples, members) {
  const most = ceiling(Math.max(1, ...samples.flatMap((sample) => members.map((member) => sample[member]))));
  const x = (index) => WIDTH - (samples.length - 1 - index) * (WIDTH / (HISTORY_SECONDS - 1));
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const drawn = [];
  for (const value of [0, most / 2, most]) {
    drawn.push(element("line", { x1: 0, x2: WIDTH, y1: y(value), y2: y(value) }));
    drawn.push(element("text", { x: 2, y: y(value) - 3 }, value));
  }
  for (const minutes of [4, 3, 2, 1]) {
    drawn.push(element("text", { x: WIDTH - minutes * (WIDTH * 60 / HISTORY_SECONDS), y: HEIGHT - 4, "text-anchor": "middle" }, `-${minutes} min`));
  }
  for (const member of members) {
    const points = samples.map((sample, index) => `${x(index).toFixed(1)},${y(sample[member]).toFixed(1)}`);
    drawn.push(element("polyline", { class: member, points: points.join(" ") }));
  }
  svg.replaceChildren(...drawn);
}

/** The tiles and the plots, from `console.json`. */
export function overview(report) {
  const queues = report.queues.filter((queue) => !queue.dead_letter_queue);
  const oldest = Math.max(0, ...queues.map((queue) => queue.oldest_seconds ?? 0));
  const inFlight = sum(queues.map((queue) => queue.in_flight));
  const answers = Object.entries(report.answers);
  const lately = report.history.slice(-10);
  byId("since").className = report.missed > 0 ? "lost" : "";
  say("since", report.missed > 0
    ? `${report.missed} events came too fast to be counted`
    : `up for ${duration(report.now - report.since)} · as of ${clock(report.now)}`);
  say("requests", sum(answers.map(([, count]) => count)));
  say("answers", answers.map(([status, count]) => `${status}: ${count}`).join(" · ") || "none yet");
  say("stored", report.stored);
  say("rate", `${(sum(lately.map((sample) => sample.stored)) / Math.max(lately.length, 1)).toFixed(1)} a second in the last 10 s`);
  say("waiting", sum(queues.map((queue) => queue.visible + queue.delayed)));
  say("queue", `${inFlight} in flight` + (oldest > 0 ? ` · oldest ${duration(oldest * 1000)}` : ""));
  const dead = sum(report.queues.filter((queue) => queue.dead_letter_queue).map((queue) => queue.visible + queue.in_flight));
  say("dead", dead);
  byId("dead").classList.toggle("failed", dead > 0);
  say("instances", sum(report.functions.map((each) => each.instances.length)));
  say("functions", report.functions.map((each) => `${each.name}: ${each.instances.length}`).join(" · ") || "none started yet");
  plot(byId("requests-plot"), report.history, ["good", "refused", "failed", "stored"]);
  plot(byId("queue-plot"), report.history, ["waiting", "in_flight"]);
}

async function json(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/** Fetches `urls` once a second and gives `show` their contents. */
export async function every(urls, show) {
  try {
    show(...await Promise.all(urls.map(json)));
  } catch (error) {
    byId("since").className = "lost";
    say("since", `no answer (${error.message}): does it still run?`);
  }
  setTimeout(every, EVERY_MS, urls, show);
}
