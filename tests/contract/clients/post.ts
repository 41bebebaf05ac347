// Posts with a client of the types that openapi-typescript made, and reads every answer: `post.js URL TOKEN`.
// The compiler checks that the types know each status and its members.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./contract.js";

type Email = components["schemas"]["Email"];

const [url = "", token = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
const good: Email = {
  email_subject: "Hello",
  email_sender: "a client in TypeScript",
  email_timestream: "1693561101",
  email_content: "How are you?",
};
const faulty: Email = { ...good, email_sender: " ", email_timestream: "+1" };

const health = await client.GET("/health");
assert.equal(health.data?.status, "ok");

for (const path of ["/api/email", "/"] as const) {
  const accepted = await client.POST(path, { body: { data: good, token } });
  assert.ok(accepted.data, JSON.stringify(accepted.error));
  assert.match(accepted.data.receipt, /^[0-9a-f-]{36}$/);

  const refused = problem(await client.POST(path, { body: { data: faulty, token } }));
  assert.equal(refused.status, 400);
  if (refused.status === 400) { // from here on, the types know `errors`
    const pointers = refused.errors?.map((fault) => fault.pointer);
    assert.deepEqual(pointers, ["/data/email_sender", "/data/email_timestream"]);
  }

  const stranger = problem(await client.POST(path, { body: { data: good, token: "wrong" } }));
  assert.deepEqual([stranger.status, stranger.title], [403, "Forbidden"]);

  const headers = { "Content-Encoding": "gzip" };
  const compressed = problem(await client.POST(path, { body: { data: good, token }, headers }));
  assert.deepEqual([compressed.status, compressed.title], [415, "Unsupported Media Type"]);
}

const batch = await client.POST("/api/emails", { body: { data: [good, faulty, good], token } });
assert.ok(batch.data, JSON.stringify(batch.error));
assert.deepEqual([batch.data.accepted, batch.data.refused], [2, 1]);
assert.deepEqual(batch.data.emails.map((outcome) => outcome.status), [200, 400, 200]);
assert.match(batch.data.emails[0]?.receipt ?? "", /^[0-9a-f-]{36}$/);
const faults = batch.data.emails[1]?.errors?.map((fault) => fault.pointer);
assert.deepEqual(faults, ["/data/1/email_sender", "/data/1/email_timestream"]);
console.log("read 200, 400 with its faults, 403, 415 and outcomes");

/** The problem of an answer that is neither a load balancer's page nor an HTTP API's message. */
function problem<E>(answer: { error?: E }): Extract<E, { detail: string }> {
  const { error } = answer;
  const isProblem = typeof error === "object" && error !== null && "detail" in error;
  assert.ok(isProblem, `not a problem: ${JSON.stringify(error)}`);
  return error as Extract<E, { detail: string }>;
}
