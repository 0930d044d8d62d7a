import type { Admission, Core, WriteContext } from "../core.ts";
import { matchesLabels, requirementsOf } from "../selectors.ts";
import type { ServedType } from "../served.ts";
import { internalError } from "../status.ts";
import type { Loose } from "../strategy.ts";
import type { Stored } from "../store.ts";

/**
 * Admission webhooks. Their backends are simulated, so nobody would answer: those that a request matches are passed over,
 * with a Warning. Where webhooks are strict, what a real API server says of a backend that cannot be reached is said.
 */

const group = "admissionregistration.k8s.io";

/** What is asked of webhooks. */
interface Asked {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly type: ServedType;
  readonly object: Stored | undefined;
  readonly old: Stored | undefined;
}

/** Plug-ins with webhooks around them: mutating ones after the plug-ins that change objects, validating ones at the end. */
export function withWebhooks(core: Core, plugIns: Admission, strict: boolean): Admission {
  return {
    mutate(operation, type, object, old, context) {
      plugIns.mutate(operation, type, object, old, context);
      passWebhooks(core, "mutating", { operation, type, object, old }, context, strict);
    },
    validate(operation, type, object, old, context) {
      if (operation === "DELETE") passWebhooks(core, "mutating", { operation, type, object, old }, context, strict);
      plugIns.validate(operation, type, object, old, context);
      passWebhooks(core, "validating", { operation, type, object, old }, context, strict);
    },
    allocate: plugIns.allocate,
  };
}

/** Passes over the webhooks of a kind that a request matches, or refuses the request. */
function passWebhooks(
  core: Core,
  kind: "mutating" | "validating",
  asked: Asked,
  context: WriteContext,
  strict: boolean,
): void {
  const configurations = core.store.table(`${group}/${kind}webhookconfigurations`).objects;
  if (configurations.size === 0) return;
  // no webhook sees the configurations themselves: a broken one could not be taken away
  if (asked.type.group === group) return;
  for (const configuration of configurations.values()) {
    for (const hook of (configuration as Loose).webhooks ?? []) {
      if (!matches(core, hook, asked, context)) continue;
      if (strict) unreachable(core, hook);
      else
        context.warnings.push(
          `the webhook ${hook.name} was passed over: its backend, ${backendOf(hook)}, is simulated`,
        );
    }
  }
}

function backendOf(hook: Loose): string {
  const { service, url } = hook.clientConfig ?? {};
  return service === undefined ? String(url) : `service ${service.namespace}/${service.name}`;
}

/** The refusal of a webhook that may not fail; one that may is passed over without a word, as upstream does. */
function unreachable(core: Core, hook: Loose): void {
  if (hook.failurePolicy === "Ignore") return;
  const { service, url } = hook.clientConfig ?? {};
  const path = (service?.path ?? "").replace(/^\/*/, "/");
  const port = service?.port ?? 443;
  const address =
    service === undefined ? String(url) : `https://${service.name}.${service.namespace}.svc:${port}${path}`;
  const why =
    service !== undefined && core.store.get("/services", `${service.namespace}/${service.name}`) === undefined
      ? `service ${JSON.stringify(service.name)} not found`
      : "the backend is simulated, and nothing answers there";
  const timeout = `${address.includes("?") ? "&" : "?"}timeout=${hook.timeoutSeconds ?? 10}s`;
  throw internalError(
    `failed calling webhook ${JSON.stringify(hook.name)}: failed to call webhook: Post ${JSON.stringify(address + timeout)}: ${why}`,
  );
}

function matches(core: Core, hook: Loose, { operation, type, object, old }: Asked, context: WriteContext): boolean {
  const subresource = context.subresource ?? "";
  const covered = (hook.rules ?? []).some(
    (rule: Loose) =>
      has(rule.operations, operation) &&
      has(rule.apiGroups, type.group) &&
      (has(rule.apiVersions, type.version) || hook.matchPolicy !== "Exact") &&
      (rule.resources ?? []).some((text: string) => resourceMatches(text, type.plural, subresource)) &&
      (rule.scope === undefined || rule.scope === "*" || (rule.scope === "Namespaced") === type.namespaced),
  );
  if (!covered) return false;
  const labelled = (one: Stored | undefined) => one !== undefined && selects(hook.objectSelector, one.metadata.labels);
  if (!labelled(object) && !labelled(old)) return false;
  if (empty(hook.namespaceSelector)) return true;
  const some = object ?? old;
  if (type.table === "/namespaces") return selects(hook.namespaceSelector, some?.metadata.labels);
  const namespace = some?.metadata.namespace;
  if (namespace === undefined || namespace === "") return true;
  return selects(hook.namespaceSelector, core.store.get("/namespaces", namespace)?.metadata.labels);
}

const has = (list: readonly string[] | undefined, one: string): boolean =>
  list !== undefined && (list.includes("*") || list.includes(one));

/** `pods`, `pods/exec`, `pods/*`, `*\/scale`, `*` (no subresources), `*\/*`. */
function resourceMatches(text: string, plural: string, subresource: string): boolean {
  const [resource, sub = ""] = text.split("/");
  return (resource === "*" || resource === plural) && (sub === "*" || sub === subresource);
}

const empty = (selector: Loose): boolean =>
  (selector?.matchExpressions ?? []).length === 0 && Object.keys(selector?.matchLabels ?? {}).length === 0;

const selects = (selector: Loose, labels: Record<string, string> | undefined): boolean =>
  empty(selector) || matchesLabels(requirementsOf(selector), labels ?? {});
