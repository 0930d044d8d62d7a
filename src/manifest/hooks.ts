import { SlipwayError, compareStrings, isMap } from "../base/index.ts";
import { formatFloat32, parse } from "../goyaml/index.ts";
import { goTrim } from "./split.ts";

/** The parts of an object that Helm looks at before it knows the kind. */
export interface ManifestHead {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** When a hook runs; `test-success` of Helm 2 is `test`. */
export type HookEvent =
  | "pre-install"
  | "post-install"
  | "pre-delete"
  | "post-delete"
  | "pre-upgrade"
  | "post-upgrade"
  | "pre-rollback"
  | "post-rollback"
  | "test";

/** A manifest that runs at an event of a release, as Helm stores it. */
export interface Hook {
  readonly name: string;
  readonly kind: string;
  /** The template it came from: `chart/templates/x.yaml`. */
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly HookEvent[];
  readonly weight: number;
  /** `hook-succeeded`, `hook-failed`, `before-hook-creation`; other words are kept as they are. */
  readonly deletePolicies: readonly string[];
  readonly outputLogPolicies: readonly string[];
}

const events: Readonly<Record<string, HookEvent>> = {
  "pre-install": "pre-install",
  "post-install": "post-install",
  "pre-delete": "pre-delete",
  "post-delete": "post-delete",
  "pre-upgrade": "pre-upgrade",
  "post-upgrade": "post-upgrade",
  "pre-rollback": "pre-rollback",
  "post-rollback": "post-rollback",
  test: "test",
  "test-success": "test",
};

/**
 * Reads apiVersion, kind, name and annotations of one document. Throws `yaml.parse` with the words of
 * sigs.k8s.io/yaml for what does not parse or has another shape, the span counting from the document's first line.
 */
export function readHead(text: string, helmVersion: 3 | 4 = 4): ManifestHead {
  const value = parse(text, { only: isHead });
  if (value === null || value === undefined) return { apiVersion: "", kind: "", name: "", annotations: {} };
  const type = helmVersion === 3 ? "releaseutil.SimpleHead" : "util.SimpleHead";
  if (!isMap(value)) throw wrong(`${jsonKind(value)} into Go value of type ${type}`);
  const fields = new Fields();
  const apiVersion = fields.text(pick(value, "apiVersion"), "SimpleHead.apiVersion");
  const kind = fields.text(pick(value, "kind"), "SimpleHead.kind");
  const metadata = pick(value, "metadata");
  let name = "";
  const annotations: Record<string, string> = Object.create(null) as Record<string, string>;
  if (isMap(metadata)) {
    const given = pick(metadata, "annotations");
    if (isMap(given)) {
      for (const key of Object.keys(given).sort(compareStrings)) {
        annotations[key] = fields.text(given[key], ".metadata.annotations");
      }
    } else fields.expect(given, ".metadata.annotations", "map[string]string");
    name = fields.name(text, pick(metadata, "name"));
  } else {
    const shape = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }';
    fields.expect(metadata, "SimpleHead.metadata", shape);
  }
  if (fields.error !== undefined) throw wrong(fields.error);
  return { apiVersion, kind, name, annotations };
}

/** Whether a key may be one of those that {@link readHead} looks at. */
function isHead(key: string): boolean {
  const lower = key.toLowerCase();
  return lower === "apiversion" || lower === "kind" || lower === "metadata";
}

/** A field by its name, without regard to case, as encoding/json finds it. */
function pick(map: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(map, name)) return map[name];
  const lower = name.toLowerCase();
  const found = Object.keys(map).find((key) => key.length === name.length && key.toLowerCase() === lower);
  return found === undefined ? undefined : map[found];
}

/** Reads values for Go strings; keeps the first error, as encoding/json does. */
class Fields {
  error: string | undefined;

  text(value: unknown, field: string): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "string") return value;
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : formatFloat32(value);
    this.expect(value, field, "string");
    return "";
  }

  /** A name that is a number needs its YAML kind: 1000000 and 1e6 make different text. */
  name(document: string, value: unknown): string {
    if (typeof value !== "number") return this.text(value, ".metadata.name");
    const exact = parse(document, { numbers: "exact" });
    const metadata = isMap(exact) ? pick(exact, "metadata") : undefined;
    const name = isMap(metadata) ? pick(metadata, "name") : value;
    return typeof name === "number" ? formatFloat32(name) : String(name);
  }

  expect(value: unknown, field: string, type: string): void {
    if (value === null || value === undefined) return;
    this.error ??= `${jsonKind(value)} into Go struct field ${field} of type ${type}`;
  }
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" ? "number" : "object";
}

function wrong(what: string): SlipwayError {
  return new SlipwayError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what}`, {
    code: "yaml.parse",
    span: { file: "", line: 1, column: 1, offset: 0 },
  });
}

/**
 * The hook that a document declares by `helm.sh/hook`; undefined for what is no hook, `"unknown"` where one of its
 * events is none of Helm's: Helm leaves such a document out altogether.
 */
export function parseHook(path: string, manifest: string, head: ManifestHead): Hook | "unknown" | undefined {
  const words = head.annotations["helm.sh/hook"];
  if (words === undefined) return undefined;
  const found: HookEvent[] = [];
  for (const word of listOf(words)) {
    const event = Object.hasOwn(events, word) ? events[word] : undefined;
    if (event === undefined) return "unknown";
    found.push(event);
  }
  const list = (name: string) => {
    const value = head.annotations[name];
    return value === undefined ? [] : listOf(value);
  };
  return {
    name: head.name,
    kind: head.kind,
    path,
    manifest,
    events: found,
    weight: weightOf(head.annotations["helm.sh/hook-weight"]),
    deletePolicies: list("helm.sh/hook-delete-policy"),
    outputLogPolicies: list("helm.sh/hook-output-log-policy"),
  };
}

const listOf = (text: string) => text.split(",").map((word) => goTrim(word).toLowerCase());

/** strconv.Atoi, or 0. */
function weightOf(text: string | undefined): number {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return 0;
  const value = Number(text);
  return Math.abs(value) <= 9_223_372_036_854_775_000 ? value : 0;
}
