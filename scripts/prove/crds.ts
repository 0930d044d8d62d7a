/**
 * Compares custom resources on the embedded API with those on a real kube-apiserver: the definitions of six operators
 * (scripts/vendor-crds.ts) and objects of all their kinds, valid ones and ones with something wrong, made from their
 * schemas by a seed; and definitions with something wrong. Status, causes, warnings, and what is stored must be the same.
 *
 *     npm run prove:crds -- [--n 40] [--seed 7] [--show 20] [--only TEXT]
 *
 * CEL rules (x-kubernetes-validations) are left out of the objects' definitions: they are not evaluated here yet.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "../../src/goyaml/index.ts";
import { startCluster } from "../../src/cluster/index.ts";
import { vendorCrds } from "../vendor-crds.ts";
import { Chance } from "./chance.ts";
import { mask } from "./cluster-api/mask.ts";
import { binaries, send, startReference } from "./cluster-api/reference.ts";
import type { Answer, Call } from "./cluster-api/reference.ts";
import { definitions } from "./crds/definitions.ts";
import { spoil, valueOf } from "./crds/objects.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "40" },
    seed: { type: "string", default: "7" },
    show: { type: "string", default: "20" },
    only: { type: "string", default: "" },
  },
});
const perKind = Number(flags.n);

const bin = binaries();
if (bin === undefined) {
  console.log("skipped: there is no reference API server (kubelab)");
  console.log("0 passed, 0 failed, 1 skipped");
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}
const sets = vendorCrds();
const reference = await startReference(bin);
const cluster = await startCluster({ controllers: false, name: "crds" });
const embedded = {
  call: (call: Call) =>
    send(
      { host: "127.0.0.1", port: Number(new URL(cluster.url as string).port), ca: cluster.ca, token: cluster.token },
      call,
    ),
};

let [asked, different, valid, refused] = [0, 0, 0, 0];
const byPart = new Map<string, [number, number]>();

/** What of an answer must be the same. */
function essence(answer: Answer): string[] {
  let body: Json;
  try {
    body = JSON.parse(answer.body);
  } catch {
    return [`status ${answer.status}`, answer.body];
  }
  const warnings = (answer.headers["warning"] ?? "")
    .split(/, (?=299 )/)
    .filter((line) => line !== "" && !/does not evaluate CEL rules|conversion webhook was passed over/.test(line))
    .sort();
  const out = [`status ${answer.status}`, ...warnings];
  if (answer.status >= 400) {
    const causes: Json[] = body.details?.causes ?? [];
    if (causes.length === 0) return [...out, String(body.message)];
    return [...out, ...causes.map((cause) => `${cause.reason} ${cause.field}: ${cause.message}`).sort()];
  }
  delete body.status?.conditions;
  if (body.kind === "CustomResourceDefinition") delete body.status;
  return [...out, JSON.stringify(mask(body))];
}

/** Definitions that are known to be refused in other words: docs/embedded-cluster.md says why. */
const known = new Set(["things89", "things106", "things124"].map((name) => `${name}.proof.example.com`));

async function both(part: string, name: string, call: Call): Promise<[Answer, Answer]> {
  const [wanted, got] = await Promise.all([reference.call(call), embedded.call(call)]);
  asked++;
  const counts = byPart.get(part) ?? [0, 0];
  byPart.set(part, counts);
  counts[0]++;
  if (part === "objects") {
    if (wanted.status < 400) valid++;
    else refused++;
  }
  const [a, b] = [essence(wanted), essence(got)];
  if (a.join("\n") !== b.join("\n") && known.has(name)) counts[1]++;
  else if (a.join("\n") !== b.join("\n")) {
    different++;
    counts[1]++;
    if (different <= Number(flags.show)) {
      const onlyA = a.filter((line) => !b.includes(line));
      const onlyB = b.filter((line) => !a.includes(line));
      const cut = (lines: string[]) => lines.map((line) => `        ${shorten(line, onlyA, onlyB)}`).join("\n");
      console.log(
        `[${part}] ${name}\n    ${(call.body ?? "").slice(0, 600)}\n    reference\n${cut(onlyA)}\n    embedded\n${cut(onlyB)}`,
      );
    }
  }
  return [wanted, got];
}

/** Long bodies are shown from shortly before they differ. */
function shorten(line: string, a: readonly string[], b: readonly string[]): string {
  if (line.length < 700) return line;
  const other = (a.includes(line) ? b : a).find((one) => one.length >= 700) ?? "";
  let i = 0;
  while (i < line.length && line[i] === other[i]) i++;
  return `…${line.slice(Math.max(0, i - 200), i + 400)}…`;
}

const json = { "content-type": "application/json", accept: "application/json" };
const post = (path: string, body: Json): Call => ({ method: "POST", path, headers: json, body: JSON.stringify(body) });
const crdPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

function withoutRules(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutRules);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "x-kubernetes-validations")
      .map(([key, child]) => [key, withoutRules(child)]),
  );
}

async function established(name: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const answer = await reference.call({ method: "GET", path: `${crdPath}/${name}`, headers: json });
    const conditions: Json[] = JSON.parse(answer.body).status?.conditions ?? [];
    if (conditions.some((one) => one.type === "Established" && one.status === "True")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} was not established`);
}

/** Waits until the reference serves a path: some seconds pass after a definition is established. */
async function served(path: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if ((await reference.call({ method: "GET", path, headers: json })).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} was not served`);
}

async function proveKind(set: string, crd: Json, seed: number): Promise<void> {
  const { group, names, scope, versions } = crd.spec;
  await both("vendor definitions", `${set} ${crd.metadata.name}`, post(`${crdPath}?dryRun=All`, crd));
  const plain = { ...crd, spec: withoutRules(crd.spec) };
  const [made] = await both("vendor definitions", `${set} ${crd.metadata.name} without rules`, post(crdPath, plain));
  if (made.status !== 201) return;
  await established(crd.metadata.name);
  for (const version of versions) {
    if (version.served !== true) continue;
    const schema = withoutRules(version.schema.openAPIV3Schema);
    const base = `/apis/${group}/${version.name}${scope === "Namespaced" ? "/namespaces/default" : ""}/${names.plural}`;
    await served(base);
    const chance = new Chance(seed);
    const head = { apiVersion: `${group}/${version.name}`, kind: names.kind };
    const seeds: Json[] = [];
    for (let i = 0; i < perKind; i++) {
      const fill = chance.pick([0, 0.1, 0.3, 0.6]);
      const { apiVersion: _, kind: __, metadata: ___, status: ____, ...rest } = valueOf(schema, chance, fill);
      let object: Json = { ...head, metadata: { name: "proof" }, ...rest };
      if (seeds.length > 0 && chance.chance(0.75)) object = chance.pick(seeds);
      else seeds.push(object);
      for (let times = i < 3 ? 0 : chance.below(3); times > 0; times--) object = spoil(object, schema, chance);
      const strict = chance.chance(0.2) ? "&fieldValidation=Strict" : "";
      const [wanted] = await both(
        "objects",
        `${set} ${names.kind} ${version.name} #${i}`,
        post(`${base}?dryRun=All${strict}`, object),
      );
      // one that is accepted is kept, and looked at in all ways
      if (wanted.status === 201 && !seeds.includes(crd)) {
        seeds.push(crd);
        await proveLife(`${set} ${names.kind} ${version.name}`, base, crd, object, chance, schema);
        seeds.pop();
      }
    }
  }
}

const lived = new Set<string>();

/** An object's life: creation, other versions, tables, patches, status, scale, deletion. */
async function proveLife(
  name: string,
  base: string,
  crd: Json,
  object: Json,
  chance: Chance,
  schema: Json,
): Promise<void> {
  if (lived.has(name)) return;
  lived.add(name);
  const part = "lives";
  const { group, names, scope, versions } = crd.spec;
  const path = `${base}/proof`;
  await both(part, `${name} create`, post(base, object));
  for (const version of versions) {
    if (version.served !== true) continue;
    const other = `/apis/${group}/${version.name}${scope === "Namespaced" ? "/namespaces/default" : ""}/${names.plural}`;
    await served(other);
    await both(part, `${name} as ${version.name}`, { method: "GET", path: `${other}/proof`, headers: json });
    await both(part, `${name} table of ${version.name}`, {
      method: "GET",
      path: other,
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
    });
  }
  const patch = (type: string, body: Json, query = "", sub = ""): Call => ({
    method: "PATCH",
    path: `${path}${sub}${query}`,
    headers: { ...json, "content-type": `application/${type}` },
    body: JSON.stringify(body),
  });
  const applied = { ...object, metadata: { name: "proof", labels: { a: "x" } } };
  await both(part, `${name} apply`, patch("apply-patch+yaml", applied, "?fieldManager=one"));
  await both(part, `${name} apply with force`, patch("apply-patch+yaml", applied, "?fieldManager=one&force=true"));
  for (let i = 0; i < 4; i++) {
    const spoiled = spoil(object, schema, chance);
    await both(part, `${name} merge patch`, patch("merge-patch+json", { spec: spoiled.spec }));
  }
  if (versions[0].subresources?.status !== undefined) {
    const status = valueOf(schema.properties?.status ?? {}, chance, 0.5);
    await both(part, `${name} status`, patch("merge-patch+json", { status }, "", "/status"));
    await both(
      part,
      `${name} wrong status`,
      patch("merge-patch+json", { status: spoil({ status }, schema, chance).status }, "", "/status"),
    );
  }
  if (versions[0].subresources?.scale !== undefined) {
    await both(part, `${name} scale`, { method: "GET", path: `${path}/scale`, headers: json });
    await both(part, `${name} scale up`, patch("merge-patch+json", { spec: { replicas: 3 } }, "", "/scale"));
  }
  await both(
    part,
    `${name} labels`,
    patch("merge-patch+json", { metadata: { labels: { a: "b" }, finalizers: ["a/b"] } }),
  );
  await both(part, `${name} free`, patch("merge-patch+json", { metadata: { finalizers: null } }));
  await both(part, `${name} delete`, { method: "DELETE", path, headers: json });
}

try {
  const began = performance.now();
  let files = 0;
  for (const set of sets) {
    for (const file of set.files) {
      const crd = parse(readFileSync(file, "utf8")) as Json;
      if (!`${set.name} ${crd.metadata.name}`.includes(flags.only)) continue;
      files++;
      await proveKind(set.name, crd, Number(flags.seed) * 1000 + files);
    }
  }
  if ("definitions".includes(flags.only) || flags.only === "") {
    for (const one of definitions()) {
      await both("definitions", one.metadata.name ?? "(no name)", post(`${crdPath}?dryRun=All`, one));
    }
  }
  console.log(
    `${files} definitions of ${sets.length} operators, seed ${flags.seed}; objects: ${valid} accepted, ${refused} refused`,
  );
  for (const [part, [all, bad]] of byPart) console.log(`  ${part}: ${all - bad} of ${all} the same`);
  console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
} finally {
  await Promise.all([reference.stop(), cluster.stop()]);
}
console.log(`${asked - different} passed, ${different} failed, 0 skipped`);
process.exitCode = different === 0 ? 0 : 1;
