import { openPacked } from "./types.ts";

export interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** A column of `kubectl get`; priority above 0 shows with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

/** A built-in served type. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** What legacy discovery says of the storage version. */
  readonly storageHash: string;
  readonly subresources: readonly Subresource[];
  readonly columns: readonly Column[];
}

let all: readonly ResourceInfo[] | undefined;

const words = (text: string): string[] => (text === "" ? [] : text.split(","));

/** Every built-in type the reference version serves by default, in the order of its discovery. */
export function builtinResources(): readonly ResourceInfo[] {
  if (all !== undefined) return all;
  const out: ResourceInfo[] = [];
  let group = "";
  let version = "";
  let subresources: Subresource[] = [];
  let columns: Column[] = [];
  for (const line of openPacked().resources) {
    const parts = line.split("|");
    const at = (i: number) => parts[i] ?? "";
    switch (parts[0]) {
      case "G":
        group = at(1);
        version = at(2);
        break;
      case "R":
        subresources = [];
        columns = [];
        out.push({
          group,
          version,
          plural: at(1),
          kind: at(2),
          singular: at(3),
          namespaced: at(4) === "n",
          verbs: words(at(5)),
          shortNames: words(at(6)),
          categories: words(at(7)),
          storageHash: at(8),
          subresources,
          columns,
        });
        break;
      case "S":
        subresources.push({ name: at(1), group: at(2), version: at(3), kind: at(4), verbs: words(at(5)) });
        break;
      default:
        columns.push({ name: at(1), type: at(2), format: at(3), priority: Number(at(4)) });
    }
  }
  all = out;
  return out;
}

let byKind: Map<string, ResourceInfo> | undefined;

/** The built-in type of an apiVersion and kind. */
export function resourceOfKind(apiVersion: string, kind: string): ResourceInfo | undefined {
  byKind ??= new Map(
    builtinResources()
      // events are served by two groups; reviews and others once
      .map((info) => [`${info.group === "" ? "" : `${info.group}/`}${info.version}/${info.kind}`, info]),
  );
  return byKind.get(`${apiVersion}/${kind}`);
}
