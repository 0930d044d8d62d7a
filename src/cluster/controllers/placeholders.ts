import { resources } from "../api.ts";
import { references } from "../nodes/pod-needs.ts";
import { simulatedAnnotation } from "../nodes/behaviour.ts";
import { finishedCondition } from "./job-finished.ts";
import { isApiError, podInformer, type Machinery } from "./machinery.ts";
import { keyOf, quote, type Json, type Obj } from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { kinds, type Resource } from "./port.ts";

/** What a Secret or ConfigMap carries that stands in for what a simulated container would have made. */
const placeholderAnnotation = "sim.slipway.dev/placeholder";

/**
 * A simulated Job makes nothing, and a simulated operator neither: the Secrets and ConfigMaps that they would have made are put
 * there as placeholders. A completed Job counts as the maker of what its arguments, its environment or its Role name; a pod that is ready
 * of what it names under a flag that speaks of secrets or config maps (an operator's `--cert-secret-name`), if another pod
 * waits for it; a custom resource of what it names itself or in its spec. What nobody names is not made, and its pods wait
 * with the kubelet's reason.
 */
export function startPlaceholders(machinery: Machinery): void {
  const { api } = machinery;
  const jobs = machinery.informer(kinds.jobs);
  const pods = podInformer(machinery);
  const secrets = machinery.informer(kinds.secrets);
  const configMaps = machinery.informer(kinds.configMaps);
  /** Namespace → name → the Job that names it; Jobs of hooks are often gone when their output is asked for. */
  const named = new Map<string, Map<string, string>>();

  const exists = (kind: "secret" | "configmap", key: string) =>
    (kind === "secret" ? secrets : configMaps).get(key) !== undefined;

  const make = (
    kind: "secret" | "configmap",
    namespace: string,
    name: string,
    keys: readonly string[],
    maker: string,
  ) => {
    if (exists(kind, `${namespace}/${name}`)) return;
    const metadata = {
      name,
      namespace,
      annotations: {
        [placeholderAnnotation]: `stands in for what ${maker} would have made`,
        [simulatedAnnotation]: "true",
      },
    };
    const text = kind === "secret" ? btoa("placeholder") : "placeholder";
    const data = Object.fromEntries(keys.map((key) => [key, text]));
    try {
      if (kind === "secret") {
        api.create(kinds.secrets, { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data });
      } else api.create(kinds.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
    } catch (error) {
      if (!isApiError(error, "already-exists") && !isNamespaceTerminating(error)) throw error;
    }
  };

  const outputs = machinery.queue("placeholders-of-jobs", (key) => {
    const job = jobs.get(key);
    if (job === undefined || finishedCondition(job)?.type !== "Complete") return;
    const namespace = job.metadata.namespace ?? "";
    let names = named.get(namespace);
    if (names === undefined) named.set(namespace, (names = new Map()));
    const maker = `Job ${quote(job.metadata.name)}`;
    for (const { flag, value } of mentions(job.spec.template?.spec)) {
      names.set(value, maker);
      // A flag that says what it is (`--secret-name=x`) is enough; anything else must also be asked for by a pod.
      if (/secret(-?name)?$/i.test(flag)) make("secret", namespace, value, [], maker);
      else if (/config-?map(-?name)?$/i.test(flag)) make("configmap", namespace, value, [], maker);
    }
    for (const name of granted(machinery, namespace, job.spec.template?.spec)) names.set(name, maker);
    for (const pod of pods.list(namespace)) needs.add(keyOf(pod));
  });
  jobs.on(({ type, object }) => {
    if (type !== "DELETED" && finishedCondition(object)?.type === "Complete") outputs.add(keyOf(object));
  });

  const byOperator = (pod: Obj) => {
    // a Job's pod speaks for the Job, when that is complete
    if ((pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === "Job")) return;
    const namespace = pod.metadata.namespace ?? "";
    const own = new Set(references(pod.spec).flatMap(({ name, optional }) => (optional ? [] : [name])));
    const made = mentions(pod.spec).filter(
      ({ flag, value }) => /(secret|config-?map)(-?name)?$/i.test(flag) && !own.has(value),
    );
    if (made.length === 0) return;
    let names = named.get(namespace);
    if (names === undefined) named.set(namespace, (names = new Map()));
    for (const { value } of made) if (!names.has(value)) names.set(value, `Pod ${quote(pod.metadata.name)}`);
    for (const other of pods.list(namespace)) if (other.status?.phase === "Pending") needs.add(keyOf(other));
  };

  const needs = machinery.queue("placeholders-for-pods", (key) => {
    const pod = pods.get(key);
    if (pod === undefined) return;
    const namespace = pod.metadata.namespace ?? "";
    for (const reference of references(pod.spec)) {
      const there = exists(reference.kind, `${namespace}/${reference.name}`);
      if (reference.optional || there) continue;
      const maker = named.get(namespace)?.get(reference.name) ?? customMaker(machinery, namespace, reference.name);
      if (maker !== undefined) make(reference.kind, namespace, reference.name, reference.keys, maker);
    }
  });
  pods.on(({ type, object, previous }) => {
    if (type !== "DELETED" && isReady(object) && (previous === undefined || !isReady(previous))) byOperator(object);
    if (type !== "DELETED" && previous === undefined && references(object.spec).length > 0) needs.add(keyOf(object));
  });
  // A custom resource may come after the pods that wait for what it makes.
  const watched = new Map<string, () => void>();
  const watchAll = () => {
    for (const resource of customResources(machinery)) {
      const id = `${resource.group}/${resource.plural}`;
      if (watched.has(id)) continue;
      const again = ({ type, object }: { type: string; object: Obj }) => {
        if (type !== "ADDED") return;
        for (const pod of pods.list(object.metadata.namespace))
          if (pod.status?.phase === "Pending") needs.add(keyOf(pod));
      };
      watched.set(id, api.watch(resource, again));
    }
  };
  watchAll();
  machinery.onStop(api.onResourcesChanged(watchAll));
  machinery.onStop(() => {
    for (const stop of watched.values()) stop();
  });
}

const isReady = (pod: Obj): boolean =>
  (pod.status?.conditions ?? []).some((it: Json) => it.type === "Ready" && it.status === "True");

const isName = (text: string) => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text) && /[a-z]/.test(text);

/** Every argument and variable of a pod that could be an object's name, with the flag or variable that it stands under. */
function mentions(spec: Json): { flag: string; value: string }[] {
  const found: { flag: string; value: string }[] = [];
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    const words: string[] = [...(container.command ?? []), ...(container.args ?? [])];
    for (const [i, word] of words.entries()) {
      const flag = /^--?([\w-]+)(?:=(.*))?$/s.exec(word);
      const value = flag === null ? word : (flag[2] ?? (words[i + 1] ?? "").replace(/^-.*/, ""));
      if (isName(value)) found.push({ flag: flag?.[1] ?? "", value });
    }
    for (const variable of container.env ?? []) {
      const value: unknown = variable.value;
      if (typeof value === "string" && isName(value)) found.push({ flag: variable.name.replaceAll("_", "-"), value });
    }
  }
  return found;
}

/**
 * Secrets and ConfigMaps that a pod's account may make by name: its Roles let it create them, and name some (argo-cd's
 * password for Redis is named nowhere else).
 */
function granted(machinery: Machinery, namespace: string, spec: Json): string[] {
  const account = spec?.serviceAccountName ?? "default";
  const kindsOf = (rule: Json): string[] =>
    (rule.resources ?? []).filter((one: string) => one === "secrets" || one === "configmaps");
  const out: string[] = [];
  for (const binding of machinery.api.list(resources.roleBindings, namespace) as Obj[]) {
    const { roleRef, subjects = [] } = binding as Json;
    const bound = subjects.some((one: Json) => one.kind === "ServiceAccount" && one.name === account);
    if (!bound || roleRef?.kind !== "Role") continue;
    const rules: Json[] = (machinery.api.get(resources.roles, namespace, roleRef.name) as Json)?.rules ?? [];
    const creates = new Set(
      rules.filter(({ verbs = [] }) => verbs.includes("create") || verbs.includes("*")).flatMap(kindsOf),
    );
    for (const rule of rules)
      if (kindsOf(rule).some((one) => creates.has(one))) out.push(...(rule.resourceNames ?? []));
  }
  return out;
}

/** Kinds of CustomResourceDefinitions: their groups have a dot and are not Kubernetes' own. */
function customResources(machinery: Machinery): Resource[] {
  const own = new Set(["policy", "apps", "batch", "autoscaling", ""]);
  return machinery.api.resources().filter((it) => it.namespaced && !own.has(it.group) && !it.group.endsWith(".k8s.io"));
}

/** The custom resource that is called `name`, or names it under a key that speaks of a secret, a target or a name. */
function customMaker(machinery: Machinery, namespace: string, name: string): string | undefined {
  for (const resource of customResources(machinery)) {
    for (const object of machinery.api.list(resource, namespace)) {
      if (object.metadata.name === name || speaksOf(object.spec, name)) {
        return `${object.kind} ${quote(object.metadata.name)}`;
      }
    }
  }
  return undefined;
}

function speaksOf(value: Json, name: string, key = ""): boolean {
  if (typeof value === "string") return value === name && /secret|configmap|name|target/i.test(key);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([inner, item]) => speaksOf(item, name, Array.isArray(value) ? key : inner));
}
