/**
 * Edits a kubeconfig by its lines, so that what is not ours stays as it was to the byte: comments, order, quoting. The result
 * is checked against the meaning that was intended; a file whose layout the line editor cannot follow is written anew. Pure.
 */
import { SlipwayError, messageOf } from "../base/index.ts";
import { parse, stringify } from "../goyaml/index.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** One cluster, user and context of the same name. */
export interface KubeconfigEntry {
  readonly name: string;
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

const sections = ["clusters", "contexts", "users"] as const;
type Section = (typeof sections)[number];

/** The current context that a kubeconfig names; "" when it names none. */
export function currentContext(text: string): string {
  return read(text)["current-context"] ?? "";
}

/** True when the kubeconfig has a context of that name. */
export function hasContext(text: string, name: string): boolean {
  return (read(text).contexts ?? []).some((item: Json) => item?.name === name);
}

/** Adds (or replaces) the entry and makes its context current. Throws `kube.kubeconfig` for a text that is no kubeconfig. */
export function addEntry(text: string, entry: KubeconfigEntry): string {
  const wanted = withoutEntry(read(text), entry.name);
  const ours = entryOf(entry);
  for (const section of sections) wanted[section] = [...(wanted[section] ?? []), ours[section]];
  wanted["current-context"] = entry.name;
  wanted.apiVersion ??= "v1";
  wanted.kind ??= "Config";
  let lines = split(text);
  for (const section of sections) {
    lines = dropItem(lines, section, entry.name);
    lines = appendItem(lines, section, ours[section]);
  }
  lines = setScalar(lines, "current-context", entry.name);
  if (wanted.apiVersion !== undefined) lines = ensureScalar(lines, "apiVersion", wanted.apiVersion);
  lines = ensureScalar(lines, "kind", wanted.kind);
  return checked(lines, wanted);
}

/**
 * Takes the entry out. Where its context is current, `former` becomes current, if it is there, else none. A kubeconfig that
 * is empty afterwards is answered as "".
 */
export function removeEntry(text: string, name: string, former = ""): string {
  const old = read(text);
  const wanted = withoutEntry(old, name);
  let lines = split(text);
  for (const section of sections) lines = dropItem(lines, section, name);
  if (old["current-context"] === name) {
    const there = (wanted.contexts ?? []).some((item: Json) => item?.name === former);
    wanted["current-context"] = there ? former : "";
    lines = setScalar(lines, "current-context", there ? former : "");
  }
  const empty = sections.every((section) => (wanted[section] ?? []).length === 0);
  if (empty && Object.keys(wanted).every((key) => known.has(key))) return "";
  return checked(lines, wanted);
}

const known = new Set<string>([...sections, "apiVersion", "kind", "current-context", "preferences"]);

function read(text: string): Json {
  let value: Json;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new SlipwayError(`the kubeconfig cannot be read: ${messageOf(error)}`, {
      code: "kube.kubeconfig",
      cause: error,
    });
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new SlipwayError("the kubeconfig is not a map", { code: "kube.kubeconfig" });
  }
  return value;
}

function withoutEntry(config: Json, name: string): Json {
  const next = { ...config };
  for (const section of sections) {
    if (Array.isArray(next[section])) next[section] = next[section].filter((item: Json) => item?.name !== name);
  }
  return next;
}

function entryOf(entry: KubeconfigEntry): Record<Section, Json> {
  const { name, server, ca, token } = entry;
  return {
    clusters: { name, cluster: { "certificate-authority-data": btoa(ca), server } },
    contexts: { name, context: { cluster: name, user: name } },
    users: { name, user: { token } },
  };
}

function split(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** The lines of a top-level key: from its own line to the next top-level one. */
function block(lines: readonly string[], key: string): { start: number; end: number } | undefined {
  const start = lines.findIndex((line) => new RegExp(`^${key}\\s*:(\\s|$)`).test(line));
  if (start < 0) return undefined;
  let end = start + 1;
  while (end < lines.length && !/^[A-Za-z_"'.]/.test(lines[end] as string) && !(lines[end] as string).startsWith("---"))
    end++;
  return { start, end };
}

/** The items of a block sequence: where each begins and ends, comments above an item being its own. */
function items(
  lines: readonly string[],
  at: { start: number; end: number },
): { start: number; end: number; text: string }[] {
  const indent = /^(\s*)- /.exec(lines.slice(at.start + 1, at.end).find((line) => /^\s*- /.test(line)) ?? "")?.[1];
  if (indent === undefined) return [];
  const starts: number[] = [];
  for (let i = at.start + 1; i < at.end; i++) if ((lines[i] as string).startsWith(`${indent}- `)) starts.push(i);
  return starts.map((start, i) => {
    let end = starts[i + 1] ?? at.end;
    // Comments and blank lines before the next item or key are not this item's.
    while (end > start + 1 && /^\s*(#.*)?$/.test(lines[end - 1] as string)) end--;
    return { start, end, text: lines.slice(start, end).join("\n") };
  });
}

function nameOf(text: string): unknown {
  try {
    return (parse(text) as Json)?.[0]?.name;
  } catch {
    return undefined;
  }
}

function dropItem(lines: readonly string[], section: Section, name: string): string[] {
  const at = block(lines, section);
  if (at === undefined) return [...lines];
  const all = items(lines, at);
  const found = all.find((item) => nameOf(item.text) === name);
  if (found === undefined) return [...lines];
  const rest = [...lines.slice(0, found.start), ...lines.slice(found.end)];
  if (all.length === 1) rest[at.start] = `${section}: []`;
  return rest;
}

function appendItem(lines: readonly string[], section: Section, item: Json): string[] {
  const text = stringify([item]).replace(/\n$/, "").split("\n");
  const at = block(lines, section);
  if (at === undefined) return [...lines, `${section}:`, ...text];
  const all = items(lines, at);
  const last = all.at(-1);
  if (last === undefined) {
    const empty = /^\w+\s*:\s*(\[\s*\]|null|~)?\s*(#.*)?$/.test(lines[at.start] as string);
    if (!empty) return [...lines];
    return [...lines.slice(0, at.start), `${section}:`, ...text, ...lines.slice(at.start + 1)];
  }
  const indent = /^\s*/.exec(lines[last.start] as string)?.[0] ?? "";
  const indented = text.map((line) => indent + line);
  return [...lines.slice(0, last.end), ...indented, ...lines.slice(last.end)];
}

function setScalar(lines: readonly string[], key: string, value: string): string[] {
  const at = lines.findIndex((it) => new RegExp(`^${key}\\s*:`).test(it));
  const plain = stringify({ [key]: value }).replace(/\n$/, "");
  if (at < 0) return [...lines, plain];
  const quoted = /:\s*(["'])/.exec(lines[at] as string)?.[1];
  const line = quoted !== undefined && /^[\w.@:/-]*$/.test(value) ? `${key}: ${quoted}${value}${quoted}` : plain;
  const comment = /\s+#.*$/.exec(lines[at] as string)?.[0] ?? "";
  return lines.map((it, i) => (i === at ? line + comment : it));
}

function ensureScalar(lines: readonly string[], key: string, value: string): string[] {
  return lines.some((it) => new RegExp(`^${key}\\s*:`).test(it)) ? [...lines] : [`${key}: ${value}`, ...lines];
}

/** The edited lines, if they mean what they should; else the meaning, printed anew. */
function checked(lines: readonly string[], wanted: Json): string {
  const text = `${lines.join("\n")}\n`;
  try {
    if (stringify(normal(parse(text))) === stringify(normal(wanted))) return text;
  } catch {
    // Not YAML any more: print the meaning.
  }
  return stringify(wanted);
}

/** Sections that are absent, null and empty are the same. */
function normal(config: Json): Json {
  const out = { ...config };
  for (const section of sections) out[section] = [...(config[section] ?? [])];
  return out;
}
