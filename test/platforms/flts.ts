/** The FLTS chart, rendered by Slipway and read as objects, and the contract of its services. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocuments } from "../../src/goyaml/index.ts";
import { root } from "./charts.ts";
import { slipwayTemplate } from "./render.ts";

// eslint-disable-next-line typescript/no-explicit-any
export type Json = any;

export const platform = join(root, "platforms", "flts");
export const chart = join(platform, ".helm");

/** What files/contract.yaml says of a service. */
interface Service {
  readonly object: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: Readonly<Record<string, number>>;
  readonly health?: { readonly live?: string; readonly ready?: string; readonly heartbeat?: string };
  readonly metrics: { readonly port: number; readonly path: string } | null;
  readonly series?: readonly string[];
  readonly env: Readonly<Record<string, "chart" | "value" | "secret">>;
  readonly consumes?: readonly string[];
  readonly produces?: readonly string[];
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
}

export interface Contract {
  readonly topics: Readonly<
    Record<string, { partitions: number; producer: readonly string[]; consumers: readonly string[] }>
  >;
  readonly buckets: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, Service>>;
}

export const contract: Contract = plain(parse(readFileSync(join(chart, "files", "contract.yaml"), "utf8")));

/** YAML's data with ordinary prototypes, as assertions compare them. */
export function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

/** The chart's objects for values files of its folder and `--set` words. */
export async function objects(files: readonly string[] = [], ...set: readonly string[]): Promise<Json[]> {
  const words = ["flts", chart, "--namespace", "forecasts"];
  for (const file of files) words.push("-f", join(chart, file));
  for (const word of set) words.push("--set", word);
  const ran = await slipwayTemplate(4, words);
  if (ran.code !== 0) throw new Error(ran.err);
  return (plain(parseDocuments(ran.out)) as Json[]).filter((object) => object !== null);
}

/** The pod templates of workloads, by the workload's name (a Job's without its hash), test pods and hooks too. */
export function podsOf(all: readonly Json[]): Map<string, Json> {
  const pods = new Map<string, Json>();
  for (const object of all) {
    const { kind, metadata, spec } = object;
    if (kind === "Pod") pods.set(metadata.name, object);
    else if (["Deployment", "StatefulSet"].includes(kind)) pods.set(metadata.name, spec.template);
    else if (kind === "Job") {
      const name = metadata.name.replace(/-[0-9a-f]{8}$/, "");
      pods.set(pods.has(name) ? metadata.name : name, spec.template);
    }
  }
  return pods;
}

/** All strings below a value, with the keys that lead there. */
export function strings(value: Json, path = ""): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => strings(inner, `${path}.${key}`));
}

/** Whether a label selector takes the labels. */
export function selects(selector: Json, labels: Readonly<Record<string, string>>): boolean {
  const same = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    same &&
    (selector?.matchExpressions ?? []).every((rule: Json) => {
      const has = rule.values.includes(labels[rule.key]);
      if (rule.operator === "In") return has;
      if (rule.operator === "NotIn") return !has;
      throw new Error(`operator ${rule.operator}`);
    })
  );
}

/** Whether the NetworkPolicies let one pod of the release open a connection to another's port: both halves must. */
export function connects(all: readonly Json[], from: Json, to: Json, port: number): boolean {
  const half = (pod: Json, other: Json, direction: "ingress" | "egress"): boolean => {
    const policies = all.filter(
      ({ kind, spec }) => kind === "NetworkPolicy" && selects(spec.podSelector, pod.metadata.labels),
    );
    if (policies.length === 0) return true;
    return policies.some(({ spec }) =>
      (spec[direction] ?? []).some((rule: Json) => {
        const ports = rule.ports === undefined || rule.ports.some((item: Json) => item.port === port);
        const peers = rule[direction === "ingress" ? "from" : "to"];
        return (
          ports &&
          (peers === undefined ||
            peers.some((peer: Json) => peer.podSelector && selects(peer.podSelector, other.metadata.labels)))
        );
      }),
    );
  };
  return half(from, to, "egress") && half(to, from, "ingress");
}
