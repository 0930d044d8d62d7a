/** What a pod needs of its namespace before its containers can start, and the kubelet's words when it is not there. Pure. */
import { quote, type Json, type Obj } from "../controllers/object.ts";

/** Looks up a ConfigMap or Secret of the pod's namespace. */
export type Lookup = (kind: "configmap" | "secret", name: string) => Obj | undefined;

function keys(object: Obj): Set<string> {
  return new Set([...Object.keys(object.data ?? {}), ...Object.keys(object["binaryData"] ?? {})]);
}

/** Why the first bad volume cannot be mounted; undefined when all can. */
export function volumeProblem(pod: Obj, lookup: Lookup): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const sources: Json[] = volume.projected ? (volume.projected.sources ?? []) : [volume];
    for (const source of sources) {
      const problem = sourceProblem(source, lookup);
      if (problem !== undefined) return `MountVolume.SetUp failed for volume ${quote(volume.name)} : ${problem}`;
    }
  }
  return undefined;
}

function sourceProblem(source: Json, lookup: Lookup): string | undefined {
  for (const kind of ["configMap", "secret"] as const) {
    const reference = source[kind];
    if (reference === undefined || reference === null) continue;
    const name: string = reference.secretName ?? reference.name ?? "";
    const lower = kind === "configMap" ? "configmap" : "secret";
    const object = lookup(lower, name);
    if (object === undefined) {
      if (reference.optional === true) continue;
      return `${lower} ${quote(name)} not found`;
    }
    if (reference.optional === true) continue;
    const there = keys(object);
    const word = kind === "configMap" ? "config" : "secret";
    for (const item of reference.items ?? []) {
      if (!there.has(item.key)) return `references non-existent ${word} key: ${item.key}`;
    }
  }
  return undefined;
}

/** Why a container's environment cannot be made; undefined when it can. */
export function environmentProblem(pod: Obj, container: Json, lookup: Lookup): string | undefined {
  for (const from of container.envFrom ?? []) {
    for (const [reference, kind] of [
      [from.configMapRef, "configmap"],
      [from.secretRef, "secret"],
    ] as const) {
      if (!reference || reference.optional === true) continue;
      if (lookup(kind, reference.name) === undefined) return `${kind} ${quote(reference.name)} not found`;
    }
  }
  for (const variable of container.env ?? []) {
    for (const [reference, kind, word] of [
      [variable.valueFrom?.configMapKeyRef, "configmap", "ConfigMap"],
      [variable.valueFrom?.secretKeyRef, "secret", "Secret"],
    ] as const) {
      if (!reference || reference.optional === true) continue;
      const object = lookup(kind, reference.name);
      if (object === undefined) return `${kind} ${quote(reference.name)} not found`;
      if (!keys(object).has(reference.key)) {
        return `couldn't find key ${reference.key} in ${word} ${pod.metadata.namespace}/${reference.name}`;
      }
    }
  }
  return undefined;
}

/** The names of the ConfigMaps and Secrets a pod refers to, optional ones too. */
export function references(
  podSpec: Json,
): { kind: "configmap" | "secret"; name: string; keys: string[]; optional: boolean }[] {
  const found = new Map<string, { kind: "configmap" | "secret"; name: string; keys: string[]; optional: boolean }>();
  const note = (
    kind: "configmap" | "secret",
    name: string | undefined,
    optional: boolean,
    wanted: readonly string[],
  ) => {
    if (name === undefined || name === "") return;
    const entry = found.get(`${kind}/${name}`) ?? { kind, name, keys: [], optional: true };
    entry.optional = entry.optional && optional;
    for (const key of wanted) if (!entry.keys.includes(key)) entry.keys.push(key);
    found.set(`${kind}/${name}`, entry);
  };
  for (const volume of podSpec?.volumes ?? []) {
    for (const source of volume.projected ? (volume.projected.sources ?? []) : [volume]) {
      const items = (reference: Json) => (reference.items ?? []).map((item: Json) => item.key);
      if (source.configMap) {
        note("configmap", source.configMap.name, source.configMap.optional === true, items(source.configMap));
      }
      if (source.secret) {
        note(
          "secret",
          source.secret.secretName ?? source.secret.name,
          source.secret.optional === true,
          items(source.secret),
        );
      }
    }
  }
  for (const container of [...(podSpec?.initContainers ?? []), ...(podSpec?.containers ?? [])]) {
    for (const from of container.envFrom ?? []) {
      if (from.configMapRef) note("configmap", from.configMapRef.name, from.configMapRef.optional === true, []);
      if (from.secretRef) note("secret", from.secretRef.name, from.secretRef.optional === true, []);
    }
    for (const variable of container.env ?? []) {
      const map = variable.valueFrom?.configMapKeyRef;
      if (map) note("configmap", map.name, map.optional === true, [map.key]);
      const secret = variable.valueFrom?.secretKeyRef;
      if (secret) note("secret", secret.name, secret.optional === true, [secret.key]);
    }
  }
  return [...found.values()];
}
