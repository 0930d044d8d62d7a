import { SlipwayError } from "../base/index.ts";

/** What the graph needs to know of a release. */
export interface Node {
  readonly id: string;
  readonly needs: readonly string[];
}

/**
 * `[kubecontext/][namespace/]name` as helmfile writes a release's identity. A context without a namespace keeps
 * both slashes, so that it cannot be taken for a namespace.
 */
export function releaseId(kubeContext: string | undefined, namespace: string | undefined, name: string): string {
  if (kubeContext) return `${kubeContext}/${namespace ?? ""}/${name}`;
  return namespace ? `${namespace}/${name}` : name;
}

/** A `needs:` entry in the form of {@link releaseId}: what it leaves out is the needing release's own. */
export function needId(need: string, kubeContext: string | undefined, namespace: string | undefined): string {
  const steps = need.split("/");
  const name = steps.at(-1) as string;
  const inNamespace = steps.length > 1 ? (steps.at(-2) as string) : namespace;
  const inContext = steps.length > 2 ? steps.slice(0, -2).join("/") : kubeContext;
  return releaseId(inContext, inNamespace, name);
}

/**
 * The order of work: groups of releases whose needs all stand in earlier groups; inside a group the file's order.
 * Throws fleet.needs when a need names no release of the file, or when releases need each other in a circle.
 */
export function plan<T extends Node>(nodes: readonly T[], options: { known?: readonly T[] } = {}): T[][] {
  const known = new Map((options.known ?? nodes).map((node) => [node.id, node]));
  for (const node of nodes) {
    for (const need of node.needs) {
      if (!known.has(need)) {
        const names = [...known.keys()].map((id) => `"${id}"`).join(", ");
        throw new SlipwayError(`release(s) "${node.id}" depend(s) on an undefined release "${need}"`, {
          code: "fleet.needs",
          fix: `Perhaps you made a typo in "needs" or forgot defining a release named "${need}" with appropriate "namespace" and "kubeContext". The file defines ${names}.`,
        });
      }
    }
  }
  const left = new Set(nodes);
  const here = new Set(nodes.map((node) => node.id));
  const done = new Set<string>();
  const groups: T[][] = [];
  while (left.size > 0) {
    const group = [...left].filter((node) => node.needs.every((need) => done.has(need) || !here.has(need)));
    if (group.length === 0) {
      const circle = [...left].map((node) => node.id).join(", ");
      throw new SlipwayError(`these releases need each other in a circle: ${circle}`, { code: "fleet.needs" });
    }
    for (const node of group) {
      left.delete(node);
      done.add(node.id);
    }
    groups.push(group);
  }
  return groups;
}

/** The releases and all that they need, directly or not, in the file's order. */
export function withNeeds<T extends Node>(selected: readonly T[], all: readonly T[]): T[] {
  const byId = new Map(all.map((node) => [node.id, node]));
  const wanted = new Set<string>();
  const add = (node: T) => {
    if (wanted.has(node.id)) return;
    wanted.add(node.id);
    for (const need of node.needs) {
      const needed = byId.get(need);
      if (needed) add(needed);
    }
  };
  selected.forEach(add);
  return all.filter((node) => wanted.has(node.id));
}
