import * as lateManifest from "../manifest/index.ts";

/**
 * Whether a live object holds everything that was sent to make it: maps by key, lists by place, everything else by value.
 * What the server writes otherwise than it was sent counts as the same: fields without a value (nulls, and what Go leaves
 * out as empty), a Secret's stringData, which comes back as data, and amounts (`0.5` as `500m`). Status is the server's own.
 */
export function holdsSent(live: unknown, sent: unknown): boolean {
  if (!isObject(sent)) return false;
  const { status: _, ...rest } = sent;
  return holds(live, rest["kind"] === "Secret" ? stored(rest) : rest);
}

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A Secret as the server keeps it: data alone, in base64 without line breaks. */
function stored({ data, stringData, ...rest }: Loose): Loose {
  const kept = Object.entries(isObject(data) ? data : {}).map(
    ([key, value]) => [key, typeof value === "string" ? value.replace(/[\r\n]/g, "") : value] as const,
  );
  const encoded = Object.entries(isObject(stringData) ? stringData : {}).map(
    ([key, value]) => [key, typeof value === "string" ? Buffer.from(value).toString("base64") : value] as const,
  );
  return { ...rest, data: Object.fromEntries([...kept, ...encoded]) };
}

/** Under these stand amounts, which the server keeps in their canonical form. */
const amounts: ReadonlySet<string> = new Set(["requests", "limits", "hard"]);

function holds(live: unknown, sent: unknown, parent = ""): boolean {
  if (live === undefined && isEmpty(sent)) return true;
  if (Array.isArray(sent))
    return Array.isArray(live) && live.length >= sent.length && sent.every((item, index) => holds(live[index], item));
  if (isObject(sent))
    return (
      isObject(live) &&
      Object.entries(sent).every(
        ([key, value]) =>
          value === null || holds(live[key], value, key) || (amounts.has(parent) && sameAmount(live[key], value)),
      )
    );
  return live === (typeof sent === "bigint" ? Number(sent) : sent);
}

/** Whether Go leaves it out where it is `omitempty`. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) ? Object.values(value).every(isEmpty) : !value;
}

function sameAmount(live: unknown, sent: unknown): boolean {
  try {
    return lateManifest.compareQuantities(String(live), String(sent)) === 0;
  } catch {
    return false;
  }
}
