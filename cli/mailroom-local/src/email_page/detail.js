// One email, in a dialog. Each part is drawn again only when it has changed: what the reader selected in it stays.

import { byId, duration, make, put, say } from "/_sandbox/view.js";
import { go, place } from "/_sandbox/place.js";
import { response, stageClass, title } from "./list.js";

const dialog = byId("email");
const drawn = new Map();

const exact = (ms) => new Date(ms).toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));

dialog.addEventListener("close", () => {
  const number = place("email");
  go({ email: "" });
  document.querySelector(`#rows [data-key="${CSS.escape(number)}"] a`)?.focus();
});

/** Shows the email that the address names, if it names one. */
export async function detail() {
  const number = place("email");
  if (number === "") {
    if (dialog.open) dialog.close();
    return;
  }
  const answer = await fetch(`email.json?number=${encodeURIComponent(number)}`);
  const found = answer.ok ? await answer.json() : null;
  if (place("email") !== number) return;
  show(found);
  if (!dialog.open) dialog.showModal();
}

function show(found) {
  const email = found?.email;
  say("email-name", email ? title(email) : "This email is no longer kept");
  part("facts", email ? facts(email) : [], (list, all) => list.replaceChildren(...pairs(all)));
  part("steps", found?.steps ?? [], (section, all) => section.querySelector("ol").replaceChildren(...steps(all)));
  part("content", found ? [found.content, found.content_missing] : [], content);
  part("metadata", Object.entries(found?.metadata ?? {}), (section, all) => section.querySelector("dl").replaceChildren(...pairs(all)));
  part("log", found?.log ?? [], (section, all) => section.querySelector("ol").replaceChildren(...all.map(logged)));
}

function part(id, data, draw) {
  const text = JSON.stringify(data);
  byId(id).hidden = data.length === 0;
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  if (data.length > 0) draw(byId(id), data);
}

function content(section, [email, missing]) {
  const [why, text] = [section.querySelector("p"), section.querySelector("pre")];
  why.hidden = email !== null;
  text.hidden = email === null;
  put(why, missing);
  put(text, typeof email === "string" ? email : JSON.stringify(email, null, 2));
}

function facts(email) {
  return [
    ["Sender", email.sender],
    ["State", email.receives > 1 ? `${email.stage}, ${email.receives} receives` : email.stage, stageClass(email.stage)],
    ["Reason", email.reason, stageClass(email.stage)],
    ["Received", new Date(email.began).toLocaleString()],
    ["Response", response(email)],
    ["Took", duration(email.took_ms)],
    ["Request", email.path ? `${email.method} ${email.path}` : ""],
    ["Receipt", email.receipt, "id"],
    ["Message id", email.message_id, "id"],
    ["Object", email.key ? `s3://${email.bucket}/${email.key}` : ""],
  ].filter(([, text]) => text);
}

const pairs = (all) => all.flatMap(([name, text, looks]) => [make("dt", "", name), make("dd", looks, make("bdi", "", written(text)))]);

function steps(all) {
  const total = Math.max(1, all.at(-1)?.after_ms ?? 0);
  return all.map(({ at, after_ms: after, step, detail }, index) => {
    const before = all[index - 1]?.after_ms ?? 0;
    const bar = make("span", "bar");
    bar.style.marginInlineStart = `${(before / total) * 100}%`;
    bar.style.width = `${((after - before) / total) * 100}%`;
    const what = make("span", "what", make("b", "", step), " ", make("bdi", "quiet", detail ?? ""));
    return make("li", "", make("span", "at quiet", exact(at)), make("span", "after number", `+${duration(after)}`), what, make("span", "track", bar));
  });
}

function logged({ at, function: name, line }) {
  const head = [make("span", "at quiet", exact(at)), " ", make("span", "quiet", name), " "];
  if (line === null || typeof line !== "object") return make("li", "", ...head, make("code", "", written(line)));
  const { level, message = "metrics", timestamp: _, _aws, ...rest } = line;
  const looks = { ERROR: "failed", WARN: "refused" }[level] ?? "good";
  const fields = Object.entries(rest).map(([name, value]) => `${name}: ${written(value)}`).join(" · ");
  return make("li", "", ...head, make("b", looks, level), " ", make("b", "", message), make("code", "quiet", fields));
}
