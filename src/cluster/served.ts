import type { ResourceInfo, Subresource, TypeInfo } from "../schema/index.ts";
import { builtinResources, typeOfKind } from "../schema/index.ts";
import type { Shape } from "../manifest/index.ts";
import { shapeOf } from "../manifest/index.ts";
import { strategies } from "./kinds/index.ts";
import type { Stored } from "./store.ts";
import type { Strategy } from "./strategy.ts";

/** What a custom resource's version adds. */
export interface CustomVersion {
  /** Decodes, prunes, defaults; answers the object and notes what strict decoding refuses. */
  decode(object: Record<string, unknown>, problems: string[] | undefined): Record<string, unknown>;
  /** Cells after the name, as its printer columns say. */
  cells(object: Record<string, unknown>, now: number): unknown[];
  readonly openapi: unknown;
  readonly scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  readonly served: boolean;
  /** Where the definition has several versions: an object as this one, and as the one that is stored. */
  toVersion?(object: Stored): Stored;
  toStorage?(object: Stored): Stored;
}

/** A type that can be asked for: what is known of it, and what is particular to it. */
export interface ServedType extends ResourceInfo {
  readonly apiVersion: string;
  readonly listKind: string;
  /** The packed type; custom resources have none. */
  readonly type?: TypeInfo;
  readonly shape: Shape;
  readonly strategy: Strategy;
  readonly custom?: CustomVersion;
  /** Made when it is asked for; nothing of it is stored. */
  readonly computed?: boolean;
  /** The table in the store; the versions of a type share one. */
  readonly table: string;
}

export interface ServedGroup {
  readonly name: string;
  /** Versions, the preferred one first. */
  readonly versions: { readonly version: string; readonly types: readonly ServedType[] }[];
}

function served(info: ResourceInfo): ServedType {
  const apiVersion = info.group === "" ? info.version : `${info.group}/${info.version}`;
  const type = typeOfKind(apiVersion, info.kind);
  let shape: Shape | undefined;
  const group = info.group === "events.k8s.io" ? "" : info.group;
  return {
    ...info,
    apiVersion,
    listKind: `${info.kind}List`,
    ...(type === undefined ? {} : { type }),
    get shape() {
      return (shape ??= shapeOf(type as TypeInfo));
    },
    strategy: strategies[`${group}/${info.plural}`] ?? {},
    table: `${group}/${info.plural}`,
  };
}

const sentTypes = new Map<string, ServedType>();

/** A built-in kind that is only sent to subresources (Scale, Binding, Eviction, TokenRequest), for decoding and patching. */
export function sentType(apiVersion: string, kind: string): ServedType {
  const known = sentTypes.get(`${apiVersion}/${kind}`);
  if (known !== undefined) return known;
  const slash = apiVersion.indexOf("/");
  const type = served({
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    namespaced: true,
    verbs: [],
    shortNames: [],
    categories: [],
    storageHash: "",
    subresources: [],
    columns: [],
  });
  sentTypes.set(`${apiVersion}/${kind}`, type);
  return type;
}

/** Every type the cluster serves: built-in ones, and custom ones while their definitions are there. */
export class TypeTable {
  private readonly byVersion = new Map<string, Map<string, ServedType>>();
  private readonly custom = new Map<string, readonly ServedType[]>();
  private readonly listeners = new Set<() => void>();
  private readonly builtin: readonly ServedType[];
  /** Goes up with every change of the custom types. */
  generation = 0;

  constructor() {
    this.builtin = builtinResources().map(served);
    for (const type of this.builtin) this.add(type);
  }

  private add(type: ServedType): void {
    let plurals = this.byVersion.get(type.apiVersion);
    if (plurals === undefined) this.byVersion.set(type.apiVersion, (plurals = new Map()));
    plurals.set(type.plural, type);
  }

  /** The type at `apps/v1` and `deployments`. */
  at(apiVersion: string, plural: string): ServedType | undefined {
    return this.byVersion.get(apiVersion)?.get(plural);
  }

  hasVersion(apiVersion: string): boolean {
    return this.byVersion.has(apiVersion);
  }

  /** Whether the group has built-in kinds. */
  isBuiltin(group: string): boolean {
    return this.builtin.some((type) => type.group === group);
  }

  /** The type with this apiVersion and kind. */
  ofKind(apiVersion: string, kind: string): ServedType | undefined {
    for (const type of this.byVersion.get(apiVersion)?.values() ?? []) if (type.kind === kind) return type;
    return undefined;
  }

  /** Replaces the types of one CustomResourceDefinition; none takes them away. */
  setCustom(definition: string, types: readonly ServedType[]): void {
    for (const old of this.custom.get(definition) ?? []) {
      const plurals = this.byVersion.get(old.apiVersion);
      plurals?.delete(old.plural);
      if (plurals?.size === 0) this.byVersion.delete(old.apiVersion);
    }
    if (types.length === 0) this.custom.delete(definition);
    else this.custom.set(definition, types);
    for (const type of types) this.add(type);
    this.generation++;
    for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** All types, in the order of discovery. */
  all(): readonly ServedType[] {
    return [...this.builtin, ...[...this.custom.values()].flat()];
  }

  /** Groups and their versions in the order of discovery; custom groups by name, versions by priority. */
  groups(): ServedGroup[] {
    const out = new Map<string, Map<string, ServedType[]>>();
    const put = (type: ServedType) => {
      let versions = out.get(type.group);
      if (versions === undefined) out.set(type.group, (versions = new Map()));
      const list = versions.get(type.version);
      if (list === undefined) versions.set(type.version, [type]);
      else list.push(type);
    };
    for (const type of this.builtin) put(type);
    const customs = [...this.custom.values()].flat();
    customs.sort((a, b) =>
      a.group < b.group
        ? -1
        : a.group > b.group
          ? 1
          : compareVersions(a.version, b.version) || (a.plural < b.plural ? -1 : 1),
    );
    for (const type of customs) put(type);
    return [...out].map(([name, versions]) => ({
      name,
      versions: [...versions].map(([version, types]) => ({ version, types })),
    }));
  }
}

/** Kubernetes' order of versions: stable before beta before alpha, higher numbers first, others last by name. */
export function compareVersions(a: string, b: string): number {
  const parse = (version: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  const x = parse(a);
  const y = parse(b);
  if (x === null || y === null) return x === null && y === null ? (a < b ? -1 : a > b ? 1 : 0) : x === null ? 1 : -1;
  const rank = (m: RegExpExecArray) => (m[2] === undefined ? 2 : m[2] === "beta" ? 1 : 0);
  return rank(y) - rank(x) || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0);
}

export function subresourceOf(type: ServedType, name: string): Subresource | undefined {
  return type.subresources.find((sub) => sub.name === name);
}
