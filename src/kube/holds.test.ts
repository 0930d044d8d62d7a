import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsSent } from "./holds.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const meta = { name: "a" };
const live = { name: "a", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };
const container = (requests: object) => ({
  kind: "Pod",
  spec: { containers: [{ name: "c", resources: { requests } }] },
});

for (const [what, sent, found, same] of [
  ["a timestamp that is null", { metadata: { ...meta, creationTimestamp: null } }, { metadata: live }, true],
  ["empty fields", { metadata: { ...meta, labels: {}, annotations: null }, on: false }, { metadata: live }, true],
  [
    "an empty field that is set",
    { metadata: { ...meta, labels: { a: "" } } },
    { metadata: { ...live, labels: { a: "b" } } },
    false,
  ],
  ["a field that is not there", { metadata: { ...meta, labels: { a: "b" } } }, { metadata: live }, false],
  ["status", { metadata: meta, status: { phase: "New" } }, { metadata: live, status: { phase: "Bound" } }, true],
  ["stringData", { kind: "Secret", stringData: { a: "ä" } }, { kind: "Secret", data: { a: base64("ä") } }, true],
  [
    "stringData over data",
    { kind: "Secret", data: { a: "eA==", b: "eQ\n==" }, stringData: { a: "z" } },
    { kind: "Secret", data: { a: base64("z"), b: "eQ==" } },
    true,
  ],
  [
    "another's stringData",
    { kind: "Secret", stringData: { a: "x" } },
    { kind: "Secret", data: { a: base64("y") } },
    false,
  ],
  ["a Secret without data", { kind: "Secret", metadata: meta }, { kind: "Secret", metadata: live }, true],
  ["amounts", container({ cpu: 0.5, memory: "1024Mi" }), container({ cpu: "500m", memory: "1Gi" }), true],
  ["other amounts", container({ cpu: "1" }), container({ cpu: "2" }), false],
  ["numbers elsewhere", { kind: "ConfigMap", data: { v: "1.10" } }, { kind: "ConfigMap", data: { v: "1.1" } }, false],
  ["lists", { a: [{ b: null }, 2n] }, { a: [{ b: 1 }, 2, 3] }, true],
  ["shorter lists", { a: [1, 2] }, { a: [1] }, false],
] as const)
  test(`what was created is found again: ${what}`, () => assert.equal(holdsSent(found, sent), same));
