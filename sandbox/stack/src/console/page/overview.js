// The tiles and the plots of `console.json`, on each page of this origin.

import { age, announce, byId, clock, make, number, say, sum } from "./view.js";
import { go, place } from "./place.js";
import { plot } from "./plot.js";

const TILES = [
  ["requests", "Requests", "answers"], ["stored", "Objects stored", "rate"], ["waiting", "In queues", "queue"],
  ["dead", "Dead letters", "dead-note"], ["instances", "Instances", "functions"],
];
const PLOTS = [
  ["Responses and objects", { good: "2xx", refused: "4xx", failed: "5xx", stored: "objects stored" }],
  ["Messages in queues", { waiting: "waiting", in_flight: "in flight" }],
];
/** The values of `history` in the address, and how many seconds they show. */
const HISTORIES = [["", "5 minutes", 300], ["hour", "hour", 3600]];

/** The address of the overview's figures, with at most `limit` of the latest requests and objects. */
export const figures = (limit) => `/_sandbox/console.json?${new URLSearchParams({ history: place("history"), limit })}`;

/** Adds the tiles and the plots to the page. */
function build() {
  byId("tiles").append(...TILES.map(([id, name, note]) => {
    const [big, small] = [make("p", "big", "–"), make("p")];
    [big.id, small.id] = [id, note];
    return make("article", "", make("h2", "", name), big, small);
  }));
  const choice = make("select", "", ...HISTORIES.map(([value, name]) => Object.assign(make("option", "", name), { value })));
  choice.id = "history";
  choice.addEventListener("change", () => go({ history: choice.value }));
  byId("plots").append(make("label", "quiet", "The last ", choice), ...PLOTS.map(([name, members]) => {
    const legend = make("figcaption", "", `${name} `, make("span", "unit"));
    for (const [member, word] of Object.entries(members)) legend.append(" ", make("b", member, word));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("role", "img");
    return make("figure", "", legend, svg);
  }));
}

function draw(samples, each) {
  const [value, name, seconds] = HISTORIES.find(([value]) => value === place("history")) ?? HISTORIES[0];
  byId("history").value = value;
  byId("plots").querySelectorAll("svg").forEach((svg, index) => {
    const [what, members] = PLOTS[index];
    plot(svg, samples, each, seconds, Object.keys(members));
    const most = Object.entries(members).map(([member, word]) => `${word} ${Math.max(0, ...samples.map((sample) => sample[member]))}`);
    svg.setAttribute("aria-label", `${what} in the last ${name}, at most: ${most.join(", ")}`);
  });
  for (const unit of document.querySelectorAll("#plots .unit")) unit.textContent = each === 1 ? "each second" : `each ${each} seconds`;
}

/** How many dead letters the page has shown. */
let letters;
build();

/** Shows `console.json`. */
export function overview(report) {
  const queues = report.queues.filter((queue) => !queue.dead_letter_queue);
  const oldest = Math.max(0, ...queues.map((queue) => queue.oldest_seconds ?? 0));
  const answers = Object.entries(report.answers);
  const lately = report.history.slice(report.sample_seconds === 1 ? -10 : -6);
  const seconds = Math.max(lately.length, 1) * report.sample_seconds;
  say("since", `up for ${age(report.now - report.since)} · as of ${clock(report.now)}`);
  byId("missed").hidden = report.missed === 0;
  say("missed", `${number(report.missed)} events came too fast to be counted`);
  say("requests", number(sum(answers.map(([, count]) => count))));
  say("answers", answers.map(([status, count]) => `${status}: ${number(count)}`).join(" · ") || "none yet");
  say("stored", number(report.stored));
  say("rate", `${(sum(lately.map((sample) => sample.stored)) / seconds).toFixed(1)} a second in the last ${seconds} s`);
  say("waiting", number(sum(queues.map((queue) => queue.visible + queue.delayed))));
  say("queue", `${number(sum(queues.map((queue) => queue.in_flight)))} in flight` + (oldest > 0 ? ` · oldest ${age(oldest * 1000)}` : ""));
  say("instances", sum(report.functions.map((each) => each.instances.length)));
  say("functions", report.functions.map((each) => `${each.name}: ${each.instances.length}`).join(" · ") || "none started yet");
  tellDead(report.queues.filter((queue) => queue.dead_letter_queue));
  draw(report.history, report.sample_seconds);
}

function tellDead(queues) {
  const counts = queues.map(({ name, visible, in_flight, delayed }) => [name, visible + in_flight + delayed]);
  const all = sum(counts.map(([, count]) => count));
  say("dead", number(all));
  byId("dead").classList.toggle("failed", all > 0);
  say("dead-note", counts.filter(([, count]) => count > 0).map(([name, count]) => `${name}: ${number(count)}`).join(" · ") || "none");
  if (letters !== undefined && all > letters) announce(`Dead letters: ${number(all)}`);
  letters = all;
}
