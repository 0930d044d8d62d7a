/** Takes out of answers what differs between any two clusters: identities, versions, times, addresses by chance. */

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

function maskText(text: string): string {
  return text
    .replace(uuid, "UID")
    .replace(time, "TIME")
    .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-XXXXX")
    .replace(/(gen-|\.\.\/up)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "$1XXXXX")
    .replace(/\b10\.9[689]\.\d+\.\d+\b/g, "IP")
    .replace(/pkg\/runtime\/scheme\.go:\d+/g, "scheme")
    .replace(/(\\*"?)resourceVersion\1:(\\*"?)\d+\2/g, "resourceVersion:RV")
    .replace(/^\d+s$/, "AGE")
    .replace(/:3[0-2]\d{3}\//g, ":PORT/")
    .replace(/(resourceVersion: )"\d+"/g, "$1RV")
    .replace(/(resource version: )\d+( \(\d+\))?/g, "$1RV")
    .replace(/(current: )\d+/g, "$1RV")
    .replace(/(ResourceVersion in (?:the precondition|record) \()\d+/g, "$1RV");
}

/** What the reference notes of its own first writes: ours has no owners for what it starts with. */
function ownTrace(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return false;
  const { manager, subresource, fieldsType } = item as Record<string, unknown>;
  return (
    fieldsType !== undefined &&
    ((manager === "kube-apiserver" && subresource === undefined) ||
      manager === "kubernetes-service-cidr-controller" ||
      manager === "api-priority-and-fairness-config-producer-v1")
  );
}

/** The masked form of a JSON value. */
export function mask(value: unknown, key = ""): unknown {
  if (typeof value === "string") {
    if (key === "resourceVersion" && value !== "") return "RV";
    if (key === "serverRelativeURL") return value.replace(/hash=\w+/, "hash=HASH");
    if (key === "continue") return "CONTINUE";
    if (key === "token") return "TOKEN";
    if (key === "serverAddress") return value.replace(/:\d+$/, ":PORT");
    if (["description", "gitCommit", "goVersion", "compiler"].includes(key)) return undefined;
    return maskText(value);
  }
  if (typeof value === "number" && key === "targetPort" && value > 6000) return "PORT";
  if (typeof value === "number" && (key === "nodePort" || key === "healthCheckNodePort") && value >= 30000)
    return "PORT";
  if (Array.isArray(value)) {
    const items = value.filter((item) => !ownTrace(item)).map((item) => mask(item));
    // entries of one second stand in any order, and rules come from a map
    return ["managedFields", "resourceRules", "nonResourceRules"].includes(key)
      ? items
          .map((item) => JSON.stringify(item))
          .sort()
          .map((text) => JSON.parse(text) as unknown)
      : items;
  }
  if (typeof value === "object" && value !== null) {
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(value).sort()) {
      const inner = (value as Record<string, unknown>)[name];
      if (name === "managedFields" && Array.isArray(inner) && inner.every(ownTrace)) continue;
      const masked = mask(inner, name);
      if (masked !== undefined) out[maskText(name)] = masked;
    }
    return out;
  }
  return value;
}

/** A body as masked text: JSON sorted by keys, watch streams event by event, anything else as it is. */
export function maskBody(body: string): string {
  if (body === "") return "";
  try {
    return JSON.stringify(mask(JSON.parse(body)));
  } catch {}
  const lines = body.split("\n").filter((line) => line !== "");
  try {
    return lines.map((line) => JSON.stringify(mask(JSON.parse(line)))).join("\n");
  } catch {
    return maskText(body);
  }
}
