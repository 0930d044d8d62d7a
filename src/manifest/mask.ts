import { isMap } from "../base/index.ts";
import { at, gvkOf, type KubeObject } from "./object.ts";

/** Takes secrets out of objects before they are shown. */
export interface Mask {
  pair(
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ): { before: KubeObject | undefined; after: KubeObject | undefined };
  /** The same of a message. */
  text(text: string): string;
}

/** Shows everything. */
export const noMask: Mask = { pair: (before, after) => ({ before, after }), text: (text) => text };

/** Shorter texts stand for themselves too often ("app", "8080") to be hidden wherever they turn up. */
const shortestPart = 6;
/** What is hidden where a whole text equals it: anything but these. */
const harmless = /^(.{0,2}|true|false|yes|no|on|off|none|null)$/i;
/** Under these a text that equals a short secret is that secret: data of ConfigMaps, arguments, values of the environment. */
const holders: ReadonlySet<string> = new Set(["data", "binaryData", "stringData", "args", "command", "value"]);

/**
 * Hides the values of Secrets, and every text elsewhere that holds one of them: as it is, in base64, escaped for JSON or an
 * address, and of several lines also indented or written in one line. Short ones are hidden where a ConfigMap's text, an
 * argument (`--flag=` before it or not) or a variable equals them. What identifies an object is shown. A value that changes
 * is shown as changed: the masks differ.
 */
export function secretMask(objects: readonly (KubeObject | undefined)[]): Mask {
  const secrets = new Set<string>();
  for (const object of objects) {
    if (object === undefined || gvkOf(object).kind !== "Secret") continue;
    const values = (field: "data" | "stringData") => Object.values(isMap(object[field]) ? object[field] : {});
    for (const value of values("data")) if (typeof value === "string") secrets.add(value).add(textOf(value).trim());
    for (const value of values("stringData")) if (typeof value === "string") secrets.add(value.trim());
  }
  const short = new Set([...secrets].filter((secret) => secret.length < shortestPart && !harmless.test(secret)));
  const parts = [...secrets].filter((secret) => secret.length >= shortestPart).flatMap(writingsOf);
  parts.sort((a, b) => b.least - a.least);

  const hide = (text: string): string => {
    let out = text;
    for (const { least, hidden } of parts) if (out.length >= least) out = hidden(out);
    return out;
  };
  const hideShort = (text: string): string => {
    if (short.has(text)) return "(secret)";
    const value = text.indexOf("=") + 1;
    return value > 0 && short.has(text.slice(value)) ? `${text.slice(0, value)}(secret)` : hide(text);
  };

  const walk = (value: unknown, other: unknown, side: Side, hidden = hide): unknown => {
    if (typeof value === "string") {
      const shown = hidden(value);
      if (typeof other !== "string" || other === value || hidden(other) !== shown) return shown;
      return shown.replaceAll("(secret)", `(secret, ${side} value)`);
    }
    if (Array.isArray(value))
      return value.map((inner, index) => walk(inner, Array.isArray(other) ? other[index] : undefined, side, hidden));
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(
      ([key, inner]) => [key, walk(inner, at(other, key), side, holders.has(key) ? hideShort : hidden)] as const,
    );
    return Object.fromEntries(entries);
  };
  const one = (object: KubeObject | undefined, other: KubeObject | undefined, side: Side): KubeObject | undefined => {
    if (object === undefined) return undefined;
    const out = identified(walk(object, other, side) as KubeObject, object);
    return gvkOf(object).kind === "Secret" ? withSizes(out, object, other, side) : out;
  };
  return {
    pair: (before, after) => ({ before: one(before, after, "old"), after: one(after, before, "new") }),
    text: hide,
  };
}

type Side = "old" | "new";

/** A masked object with its own kind and name. */
function identified(masked: KubeObject, { apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace } = metadata;
  const own = { ...masked.metadata, ...(name === undefined ? {} : { name }), ...(namespace && { namespace }) };
  return { ...masked, apiVersion, kind, metadata: own };
}

/** A Secret with the sizes of its values instead of them. */
function withSizes(masked: KubeObject, object: KubeObject, other: KubeObject | undefined, side: Side): KubeObject {
  const out = { ...masked };
  for (const field of ["data", "stringData"]) {
    const map = object[field];
    if (!isMap(map)) continue;
    out[field] = Object.fromEntries(
      Object.entries(map).map(([key, value]) => {
        const same = other === undefined || at(other, field, key) === value;
        const text = typeof value !== "string" ? "" : field === "data" ? bytesOf(value) : utf8(value);
        return [key, `(secret, ${text.length} bytes${same ? "" : `, ${side} value`})`];
      }),
    );
  }
  return out;
}

/** One way to write a secret. */
interface Writing {
  /** How long a text is at least that holds it. */
  readonly least: number;
  hidden(text: string): string;
}

/** The ways in which a secret turns up in other texts. */
function writingsOf(secret: string): Writing[] {
  const bytes = utf8(secret.slice(0, longestEncoded));
  const encoded =
    secret.length > longestEncoded ? [] : [btoa(bytes), btoa(`${bytes}\n`), encodeURIComponent(secret.toWellFormed())];
  const writings = new Set([secret, JSON.stringify(secret).slice(1, -1), ...encoded]);
  const plain = [...writings].map((writing) => ({
    least: writing.length,
    hidden: (text: string) => (text.includes(writing) ? text.replaceAll(writing, "(secret)") : text),
  }));
  const lines = secret.split(/\r?\n/);
  if (lines.length === 1 || secret.length > longestEncoded) return plain;
  const [first = ""] = lines;
  let pattern: RegExp | undefined;
  return [
    ...plain,
    {
      least: secret.length,
      hidden(text) {
        if (!text.includes(first)) return text;
        pattern ??= new RegExp(
          lines.map((line) => line.replace(/[^\w\s]/g, String.raw`\$&`)).join(String.raw`[ \t]*\r?\n[ \t]*`),
          "g",
        );
        return text.replace(pattern, "(secret)");
      },
    },
  ];
}

/** Longer ones (keystores, archives) stand nowhere in another writing. */
const longestEncoded = 16_384;

/** The bytes of a text, a character each. */
function utf8(text: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) out += String.fromCharCode(byte);
  return out;
}

function textOf(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytesOf(base64), (char) => char.charCodeAt(0)));
}

/** The bytes of base64, a character each; what is none as it is. */
function bytesOf(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return base64;
  }
}
