import type { Clock } from "../base/index.ts";
import { releaseFromJson, releaseJson, summaryOf, type RawRelease } from "./codec.ts";
import { goJson } from "./go-json.ts";
import type { Release, ReleaseSummary } from "./record.ts";
import { alreadyExists, notFound, type ReleaseStore } from "./store.ts";

interface Held {
  release: Release;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Every release of HELM_DRIVER=memory in this process, by clock, so that tests with clocks of their own do not meet. */
const shelves = new WeakMap<Clock, Map<string, Held>>();

/** HELM_DRIVER=memory: releases last as long as the process (and its clock). */
export function memoryStore(clock: Clock, namespace: string | undefined): ReleaseStore {
  const shelf = shelves.get(clock) ?? new Map<string, Held>();
  shelves.set(clock, shelf);
  const keyOf = (name: string, version: number) => `${namespace ?? ""}/${name}/${version}`;
  const labelsOf = (release: Release) => ({
    ...release.labels,
    name: release.name,
    owner: "helm",
    status: release.status,
    version: String(release.version),
  });
  const here = () =>
    [...shelf.values()].filter((held) => namespace === undefined || held.release.namespace === namespace);
  const held = (name: string, version: number) => {
    const found = shelf.get(keyOf(name, version));
    if (found === undefined) throw notFound({ name, namespace: namespace ?? "", version });
    return found;
  };
  const matching = (selector: string) => {
    const wanted = selector
      .split(",")
      .filter((term) => term !== "")
      .map((term) => /^([^!=]+)(!?=)=?(.*)$/.exec(term) as unknown as [string, string, string, string]);
    return here().filter((entry) =>
      wanted.every(([, key, operator, value]) => (entry.labels[key] === value) === (operator === "=")),
    );
  };
  return {
    driver: "Memory",
    async index(name, options = {}) {
      return matching(options.selector ?? "")
        .filter((entry) => name === undefined || entry.release.name === name)
        .map(({ release, labels, annotations }) => ({
          name: release.name,
          namespace: release.namespace,
          version: release.version,
          status: release.status,
          labels,
          annotations,
        }));
    },
    async get(name, version) {
      return copy(held(name, version).release);
    },
    async query(selector) {
      return matching(selector).map((entry) => ({ ...copy(entry.release), labels: entry.labels }));
    },
    async summaries(selector) {
      return matching(selector).map((entry) => summaryOf({ ...copy(entry.release), labels: entry.labels }));
    },
    async newest() {
      const found = new Map<string, ReleaseSummary>();
      for (const { release, labels } of here().toSorted((a, b) => a.release.version - b.release.version))
        found.set(`${release.namespace}/${release.name}`, summaryOf({ ...copy(release), labels }));
      return [...found.values()];
    },
    async create(release, options = {}) {
      const key = keyOf(release.name, release.version);
      if (shelf.has(key)) throw alreadyExists();
      shelf.set(key, { release: copy(release), labels: labelsOf(release), annotations: options.annotations ?? {} });
    },
    async update(release, options = {}) {
      held(release.name, release.version);
      shelf.set(keyOf(release.name, release.version), {
        release: copy(release),
        labels: labelsOf(release),
        annotations: options.annotations ?? {},
      });
    },
    async annotate(name, version, annotations, fit) {
      const entry = held(name, version);
      if (!fit(entry.annotations)) return false;
      Object.assign(entry.annotations, annotations);
      return true;
    },
    async delete(name, version) {
      held(name, version);
      shelf.delete(keyOf(name, version));
    },
  };
}

/** A copy through Helm's JSON: what a real store would give back. */
function copy(release: Release): Release {
  return releaseFromJson(JSON.parse(goJson(releaseJson(release))) as RawRelease, { ...release.labels });
}
