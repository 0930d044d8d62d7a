/** What KubeSentiment's scripts do, beside a small server of ours that answers as the service would, or wrongly. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "../../src/goyaml/index.ts";
import { readFileSync } from "node:fs";
import { root } from "./charts.ts";
import { runProgram, type Ran } from "./render.ts";

const files = join(root, "platforms", "kubesentiment", "helm", "mlops-sentiment", "files");
const has = (program: string) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
const key = "the-key";

interface Answers {
  readonly ready?: number;
  readonly status?: number;
  readonly body?: string;
  readonly delay?: number;
  /** False: takes requests without a key. */
  readonly guarded?: boolean;
  readonly validates?: boolean;
}

/** The smoke test against a service with these answers. */
async function smoke(answers: Answers, auth: boolean): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-smoke-"));
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const say = (status: number, body: string) => response.writeHead(status).end(body);
      const { ready = 200, status = 200, delay = 0, guarded = auth, validates = true } = answers;
      if (guarded && request.headers["x-api-key"] !== key) return say(401, "{}");
      if (request.url === "/api/v1/ready") return say(ready, "{}");
      const asked = (JSON.parse(text) as { text?: string }).text;
      if (asked === undefined && validates) return say(422, "{}");
      const label = asked?.includes("love") === true ? "POSITIVE" : "NEGATIVE";
      setTimeout(() => say(status, answers.body ?? JSON.stringify({ label, score: 0.98 })), delay);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const texts = join(folder, "texts.tsv");
    await writeFile(texts, 'POSITIVE\tI love "this" product\nNEGATIVE\tThe worst of my life\n');
    await writeFile(join(folder, "key"), key);
    return await runProgram("sh", [join(files, "smoke.sh"), texts], {
      env: {
        PATH: process.env["PATH"] ?? "",
        URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        MILLISECONDS: "1500",
        PATIENCE: "1",
        AUTH: String(auth),
        KEY_FILES: join(folder, auth ? "key" : "none"),
      },
    });
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const skip = !has("curl") && "curl is not here";

test("the smoke test passes a service that answers as it should", { skip }, async () => {
  for (const auth of [true, false]) {
    const ran = await smoke({}, auth);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /"I love "this" product": POSITIVE in \d+ ms\n"The worst of my life": NEGATIVE in/);
  }
});

const wrong: readonly [string, Answers, RegExp][] = [
  ["no model", { ready: 503 }, /ready answers 503 after 1 seconds, not 200/],
  ["another status", { status: 500 }, /status 500, not 200/],
  ["another label", { body: '{"label": "NEGATIVE", "score": 0.9}' }, /label NEGATIVE, not POSITIVE/],
  ["no label", { body: "hello" }, /label missing, not POSITIVE/],
  ["no score", { body: '{"label": "POSITIVE"}' }, /no score between 0 and 1/],
  ["a score that is none", { body: '{"label": "POSITIVE", "score": 7}' }, /no score between 0 and 1/],
  ["a late answer", { delay: 2000 }, /ms, more than 1500/],
  ["a service that takes anything", { validates: false }, /a request without text: status 200, not 422/],
  ["a service that asks nobody for a key", { guarded: false }, /without the API key: status 200, not 401/],
];
for (const [what, answers, said] of wrong) {
  test(`the smoke test fails on ${what}`, { skip }, async () => {
    const ran = await smoke(answers, true);
    assert.notEqual(ran.code, 0, ran.out);
    assert.match(ran.err, said);
  });
}

test(
  "the process starts with credentials from files in its environment",
  { skip: process.platform === "win32" && "a POSIX shell is needed" },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-start-"));
    try {
      await writeFile(join(folder, "api-key"), "k 1\n");
      await writeFile(join(folder, "redis-password"), "p");
      await writeFile(join(folder, "other"), "no");
      const script = readFileSync(join(files, "start.sh"), "utf8").replace("/run/mlops/*", `${folder}/*`);
      await writeFile(join(folder, "start.sh"), script);
      const print = 'echo "$MLOPS_API_KEY|$MLOPS_REDIS_PASSWORD|$1"';
      const ran = await runProgram("sh", [join(folder, "start.sh"), "sh", "-c", print, "sh", "a b"]);
      assert.equal(ran.out, "k 1|p|a b\n", ran.err);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("alerts and dashboard ask for metrics that the service exports", () => {
  const exported = new Set(
    "requests_total request_duration_seconds active_requests model_loaded inference_duration_seconds prediction_score text_length_characters"
      .split(" ")
      .map((name) => `sentiment_${name}`),
  );
  const chart = join(files, "..");
  const alerts = parse(readFileSync(join(files, "alerts.yaml"), "utf8").replaceAll(/@\w+@/g, "x")) as any;
  const dashboard = JSON.parse(readFileSync(join(chart, "dashboards", "mlops-sentiment.json"), "utf8"));
  const asked: string[] = [
    ...alerts.groups.flatMap((group: any) => group.rules.map((rule: any) => rule.expr)),
    ...dashboard.panels.flatMap((panel: any) => panel.targets.map((target: any) => target.expr)),
  ];
  assert.equal(asked.length > 10, true);
  for (const expression of asked) {
    for (const [name] of expression.matchAll(/\b(?:sentiment|http|mlops)_\w+/g))
      assert.ok(exported.has(name.replace(/_(bucket|sum|count)$/, "")), `${name} in ${expression}`);
  }
});
