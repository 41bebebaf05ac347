// The dead letters by reason, each with the command to paste: the page itself changes nothing.

import { byId, clock, count, keep, make, number, put } from "/_sandbox/view.js";
import { address } from "/_sandbox/place.js";
import { command } from "./paste.js";

export function letters(groups) {
  byId("dead-letters").hidden = groups.length === 0;
  keep(byId("groups"), groups, (group) => group.reason, create, fill);
}

function create(group) {
  const head = make("tr", "", ...["Sent", "Receives", "Receipt", "Message", "Queue"].map((name) => {
    const cell = make("th", "", name);
    cell.scope = "col";
    return cell;
  }));
  const table = make("table", "", make("caption", "unseen", group.reason), make("thead", "", head), make("tbody"));
  const details = make("details", "", make("summary"), make("div", "scroll", table));
  return make("article", "", make("h3", "failed", group.reason), command(group.command), details);
}

function fill(article, { count: all, command: text, letters: some }) {
  put(article.querySelector("code"), text);
  put(article.querySelector("summary"), some.length < all ? `${count(all, "message")}, of which ${number(some.length)} are listed` : count(all, "message"));
  keep(article.querySelector("tbody"), some, (letter) => letter.message_id, row, () => {});
}

function row({ queue, message_id: message, receipt, sent, receives }) {
  const link = make("a", "", message);
  link.href = address({ search: message });
  return make("tr", "", make("td", "", clock(sent)), make("td", "", receives), make("td", "id", receipt ?? "none"), make("td", "id", link), make("td", "", queue));
}
