/**
 * Compares the embedded API with the reference one: both are asked the same, answers are masked and compared.
 *
 *   npm run prove:cluster-api                     against a real kube-apiserver, where its binaries are
 *   npm run prove:cluster-api -- --recorded       against the recording of one (test/recordings)
 *   npm run prove:cluster-api -- --record         and keep what the reference answered
 *   … --only TEXT  --show N  --out FILE  --recording FILE  --bodies LENGTH
 *   … --seed S --n N                              requests by chance: another seed, N creates of each kind
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { startCluster } from "../../src/cluster/index.ts";
import { maskBody } from "./cluster-api/mask.ts";
import { binaries, send, startReference } from "./cluster-api/reference.ts";
import type { Answer, Call, Server } from "./cluster-api/reference.ts";
import { scenarios } from "./cluster-api/scenarios.ts";
import type { Scenario } from "./cluster-api/calls.ts";

export interface Exchange {
  readonly scenario: string;
  readonly call: string;
  readonly status: number;
  readonly warning: string;
  readonly body: string;
}

export const recordingPath = join(import.meta.dirname, "../../test/recordings/cluster-api.json.br");

/** How much of a request's body is shown. */
let shownBody = 300;

const describe = ({ method, path, body = "" }: Call): string =>
  `${method} ${path}${body === "" ? "" : ` ${body.length > shownBody ? `${body.slice(0, shownBody)}…` : body}`}`;

function exchange(scenario: string, call: Call, answer: Answer): Exchange {
  return {
    scenario,
    call: describe(call)
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UID")
      .replace(/"resourceVersion":"\d+"/g, '"resourceVersion":"RV"')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replace(/continue=[\w-]+/, "continue=…")
      .replace(/resourceVersion=[1-9]\d*/, "resourceVersion=RV"),
    status: answer.status,
    warning: answer.headers["warning"] ?? "",
    body: maskBody(answer.body),
  };
}

/** Runs every scenario against one server. */
export async function runAll(server: Pick<Server, "call">, list: readonly Scenario[]): Promise<Exchange[]> {
  const out: Exchange[] = [];
  for (const scenario of list) {
    const generator = scenario.run();
    let step = generator.next();
    while (step.done !== true) {
      let answer = await server.call(step.value);
      for (let i = 0; step.value.until?.test(answer.body) === false && i < 50; i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        answer = await server.call(step.value);
      }
      out.push(exchange(scenario.name, step.value, answer));
      try {
        step = generator.next(answer);
      } catch (error) {
        out.push({
          scenario: scenario.name,
          call: "(the scenario stopped)",
          status: 0,
          warning: "",
          body: String(error),
        });
        break;
      }
    }
  }
  return out;
}

/** The embedded server, over TLS as clients meet it. */
export async function startEmbedded(): Promise<Server> {
  const cluster = await startCluster({ controllers: false, name: "differential" });
  const url = new URL(cluster.url as string);
  return {
    call: (call) => send({ host: "127.0.0.1", port: Number(url.port), ca: cluster.ca, token: cluster.token }, call),
    stop: () => cluster.stop(),
  };
}

export interface Difference {
  readonly expected: Exchange;
  readonly actual: Exchange | undefined;
}

export function compare(expected: readonly Exchange[], actual: readonly Exchange[]): Difference[] {
  const byScenario = new Map<string, Exchange[]>();
  for (const one of actual) byScenario.set(one.scenario, [...(byScenario.get(one.scenario) ?? []), one]);
  const at = new Map<string, number>();
  const out: Difference[] = [];
  for (const one of expected) {
    const index = at.get(one.scenario) ?? 0;
    at.set(one.scenario, index + 1);
    const other = byScenario.get(one.scenario)?.[index];
    if (
      other === undefined ||
      other.status !== one.status ||
      other.body !== one.body ||
      other.warning !== one.warning
    ) {
      out.push({ expected: one, actual: other });
    }
  }
  return out;
}

export function readRecording(path = recordingPath): Exchange[] {
  return JSON.parse(brotliDecompressSync(readFileSync(path)).toString()) as Exchange[];
}

/** The first place where two JSON texts differ, as `path: expected ≠ actual`. */
export function firstDifferences(expected: string, actual: string, most = 4): string[] {
  let a: unknown;
  let b: unknown;
  try {
    a = JSON.parse(expected);
    b = JSON.parse(actual);
  } catch {
    return expected === actual ? [] : [`${expected.slice(0, 600)}\n      ≠ ${actual.slice(0, 600)}`];
  }
  const out: string[] = [];
  const short = (value: unknown) => (value === undefined ? "(nothing)" : JSON.stringify(value).slice(0, 700));
  const walk = (x: unknown, y: unknown, path: string) => {
    if (out.length >= most || JSON.stringify(x) === JSON.stringify(y)) return;
    if (
      typeof x === "object" &&
      typeof y === "object" &&
      x !== null &&
      y !== null &&
      Array.isArray(x) === Array.isArray(y)
    ) {
      for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) {
        walk((x as Record<string, unknown>)[key], (y as Record<string, unknown>)[key], `${path}/${key}`);
      }
    } else out.push(`${path}: ${short(x)} ≠ ${short(y)}`);
  };
  walk(a, b, "");
  return out;
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      recorded: { type: "boolean" },
      record: { type: "boolean" },
      only: { type: "string" },
      show: { type: "string", default: "40" },
      out: { type: "string" },
      recording: { type: "string", default: recordingPath },
      bodies: { type: "string" },
      seed: { type: "string", default: "1" },
      n: { type: "string", default: "20" },
    },
  });
  const list = scenarios(Number(flags.seed), Number(flags.n)).filter(
    (one) => flags.only === undefined || one.name === "setup" || one.name.includes(flags.only),
  );
  let expected: Exchange[];
  const bin = binaries();
  if (flags.recorded === true || bin === undefined) {
    if (!existsSync(flags.recording)) throw new Error("there is neither a reference server nor a recording");
    const wanted = new Set(list.map((one) => one.name));
    expected = readRecording(flags.recording).filter((one) => wanted.has(one.scenario));
  } else {
    const reference = await startReference(bin);
    try {
      expected = await runAll(reference, list);
    } finally {
      await reference.stop();
    }
    if (flags.record === true) {
      mkdirSync(dirname(flags.recording), { recursive: true });
      const packed = brotliCompressSync(JSON.stringify(expected), {
        params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 24 },
      });
      writeFileSync(flags.recording, packed);
      console.log(`recorded ${expected.length} exchanges in ${packed.length} bytes`);
    }
  }
  if (flags.bodies !== undefined) shownBody = Number(flags.bodies);
  const embedded = await startEmbedded();
  let actual: Exchange[];
  try {
    actual = await runAll(embedded, list);
  } finally {
    await embedded.stop();
  }
  const differences = compare(expected, actual);
  const lines = differences.map(({ expected: want, actual: got }) => {
    const head = `[${want.scenario}] ${got?.call ?? want.call}`;
    if (got === undefined) return `${head}\n      (not asked)`;
    const status = want.status === got.status ? "" : `\n      status ${want.status} ≠ ${got.status}`;
    const warning = want.warning === got.warning ? "" : `\n      warning ${want.warning} ≠ ${got.warning}`;
    return `${head}${status}${warning}${firstDifferences(want.body, got.body)
      .map((text) => `\n      ${text}`)
      .join("")}`;
  });
  if (flags.out !== undefined) writeFileSync(flags.out, `${lines.join("\n")}\n`);
  for (const text of lines.slice(0, Number(flags.show))) console.log(text);
  const same = expected.length - differences.length;
  console.log(
    `${same} of ${expected.length} exchanges the same (${((100 * same) / Math.max(expected.length, 1)).toFixed(2)} %)`,
  );
}

if (process.argv[1] === import.meta.filename) await main();
