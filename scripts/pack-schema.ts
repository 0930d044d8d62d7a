/**
 * Packs what a Kubernetes API server knows of its types into src/schema/packed.ts, without prose.
 *
 *   node scripts/pack-schema.ts --kubeconfig FILE [--types types.json]
 *
 * Sources: OpenAPI v3 and discovery of the running reference server (list types, map keys, required, defaults, enums;
 * resources with their verbs and columns), and the Go types themselves (scripts/pack-schema/main.go: order of fields,
 * Go's type names, what is left out when empty, patch strategies). The kubeconfig must use client certificates.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "../src/goyaml/index.ts";

const { values: flags } = parseArgs({
  options: { kubeconfig: { type: "string" }, types: { type: "string" }, out: { type: "string" } },
});
const root = join(import.meta.dirname, "..");
const config = parse(readFileSync(flags.kubeconfig ?? process.env["KUBECONFIG"] ?? "", "utf8")) as any;
const { server } = config.clusters[0].cluster;
const tls = {
  ca: Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64"),
  cert: Buffer.from(config.users[0].user["client-certificate-data"], "base64"),
  key: Buffer.from(config.users[0].user["client-key-data"], "base64"),
};

function get(path: string, accept = "application/json"): Promise<any> {
  return new Promise((resolve, reject) => {
    request(new URL(path, server), { ...tls, headers: { accept } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString())));
    })
      .on("error", reject)
      .end();
  });
}

interface GoField {
  name: string;
  type: string;
  omitEmpty?: boolean;
  omitZero?: boolean;
  strategy?: string;
  mergeKey?: string;
  proto?: string;
}
const go: {
  kinds: Record<string, string>;
  types: Record<string, { goType: string; fields: GoField[] | null; custom?: boolean }>;
} = JSON.parse(
  flags.types !== undefined
    ? readFileSync(flags.types, "utf8")
    : execFileSync("go", ["run", "."], { cwd: join(root, "scripts/pack-schema"), maxBuffer: 1 << 26 }).toString(),
);

/** k8s.io/api/core/v1.Pod → io.k8s.api.core.v1.Pod */
function friendly(id: string): string {
  const dot = id.lastIndexOf(".");
  const [domain, ...rest] = id.slice(0, dot).split("/") as [string, ...string[]];
  return [domain.split(".").reverse().join("."), ...rest, id.slice(dot + 1)].join(".");
}

// ---- OpenAPI ----
const schemas: Record<string, any> = {};
const index = (await get("/openapi/v3")).paths as Record<string, { serverRelativeURL: string }>;
for (const [path, { serverRelativeURL }] of Object.entries(index)) {
  if (!/^api(s\/[^/]+)?\/v[^/]+$/.test(path)) continue;
  const document = await get(serverRelativeURL);
  Object.assign(schemas, document.components?.schemas ?? {});
}

// ---- types, reached from the kinds of the document ----
const special: Record<string, string> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "Q",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "T",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "U",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "F",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "X",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "O",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "J",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "JA",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "JB",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "JS",
};
const scalars: Record<string, string> = {
  string: "s",
  bool: "b",
  int32: "i",
  int64: "l",
  int: "l",
  uint8: "y",
  uint32: "i",
  float64: "f",
  interface: "J",
};
const typeIds: string[] = [];
const typeIndex = new Map<string, number>();
const named: string[] = [];
const namedIndex = new Map<string, number>();

function typeRef(id: string): number {
  let at = typeIndex.get(id);
  if (at === undefined) {
    at = typeIds.push(id) - 1;
    typeIndex.set(id, at);
  }
  return at;
}

/** A Go type expression → a code: scalars by letter, `#n` types, `$n` named scalars, `*` pointer, `@` list, `%` map. */
function code(type: string): string {
  if (type.startsWith("named:")) {
    const at = type.indexOf("=");
    const name = type.slice(6, at);
    const short = name.slice(name.lastIndexOf("/") + 1);
    let base = code(type.slice(at + 1));
    if (base === "@y") base = "B";
    const entry = `${short}=${base}`;
    let n = namedIndex.get(entry);
    if (n === undefined) {
      n = named.push(entry) - 1;
      namedIndex.set(entry, n);
    }
    return `$${n}`;
  }
  if (type.startsWith("*")) return `*${code(type.slice(1))}`;
  if (type === "[]uint8") return "B";
  if (type.startsWith("[]")) return `@${code(type.slice(2))}`;
  if (type.startsWith("map[")) {
    let depth = 0;
    let end = 3;
    for (; end < type.length; end++) {
      if (type[end] === "[") depth++;
      else if (type[end] === "]" && --depth === 0) break;
    }
    const key = type.slice(4, end);
    const prefix = key === "string" ? "%" : `%${code(key)}:`;
    return prefix + code(type.slice(end + 1));
  }
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  const name = friendly(type);
  if (special[name] !== undefined) return special[name];
  return `#${typeRef(type)}`;
}

const kinds: string[] = [];
for (const [name, schema] of Object.entries(schemas)) {
  for (const gvk of schema["x-kubernetes-group-version-kind"] ?? []) {
    const id = go.kinds[`${gvk.group}/${gvk.version}/${gvk.kind}`];
    if (id === undefined || friendly(id) !== name) continue;
    kinds.push(`${gvk.group}/${gvk.version}/${gvk.kind}=${typeRef(id)}`);
  }
}
for (const extra of ["PartialObjectMetadata", "Table"]) {
  kinds.push(`meta.k8s.io/v1/${extra}=${typeRef(`k8s.io/apimachinery/pkg/apis/meta/v1.${extra}`)}`);
}

function clean(text: string): string {
  if (/[|;\n`]/.test(text)) throw new Error(`a fact that does not fit the format: ${text}`);
  return text;
}

const lines: string[] = [];
for (let i = 0; i < typeIds.length; i++) {
  const id = typeIds[i] as string;
  const type = go.types[id];
  if (type === undefined) throw new Error(`no Go type ${id}`);
  const name = friendly(id);
  const schema = schemas[name] ?? {};
  const fields: string[] = [];
  const required = new Set<string>(schema.required ?? []);
  for (const field of type.fields ?? []) {
    const facts = schema.properties?.[field.name] ?? {};
    let text =
      field.name + (required.has(field.name) ? "!" : "") + (field.omitEmpty ? "" : "+") + (field.omitZero ? "~" : "");
    text += `:${code(field.type)}`;
    if (field.proto !== undefined && Number(field.proto) !== (type.fields ?? []).indexOf(field) + 1)
      text += `;#${field.proto}`;
    const listType = facts["x-kubernetes-list-type"];
    if (listType === "set") text += ";S";
    else if (listType === "map") text += `;M${facts["x-kubernetes-list-map-keys"].join(",")}`;
    else if (listType === "atomic") text += ";A";
    if (facts["x-kubernetes-map-type"] === "atomic") text += ";a";
    if (facts["x-kubernetes-map-type"] === "granular") text += ";g";
    if (field.strategy) text += `;P${field.strategy}`;
    if (field.mergeKey) text += `;K${field.mergeKey}`;
    if (facts.default !== undefined && JSON.stringify(facts.default) !== "{}")
      text += `;D${clean(JSON.stringify(facts.default))}`;
    if (facts.enum) text += `;E${clean(facts.enum.join(","))}`;
    if (facts.items?.default !== undefined && JSON.stringify(facts.items.default) !== "{}")
      text += `;I${clean(JSON.stringify(facts.items.default))}`;
    if (facts.items?.enum) text += `;e${clean(facts.items.enum.join(","))}`;
    fields.push(text);
  }
  const head =
    name + (schema["x-kubernetes-map-type"] === "atomic" ? "^" : "") + (type.fields === null && type.custom ? "*" : "");
  lines.push([head, ...fields].join("|"));
}

// ---- resources ----
const resources: string[] = [];
const v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
for (const path of ["/api", "/apis"]) {
  for (const group of (await get(path, v2)).items) {
    const groupName = group.metadata.name ?? "";
    if (groupName === "metrics.k8s.io") continue;
    for (const version of group.versions) {
      const base = groupName === "" ? `/api/${version.version}` : `/apis/${groupName}/${version.version}`;
      resources.push(`G|${groupName}|${version.version}`);
      const legacy = (await get(base)).resources as any[];
      for (const resource of version.resources) {
        const old = legacy.find((r) => r.name === resource.resource);
        resources.push(
          [
            "R",
            resource.resource,
            resource.responseKind.kind,
            resource.singularResource,
            resource.scope === "Namespaced" ? "n" : "c",
            resource.verbs.join(","),
            (resource.shortNames ?? []).join(","),
            (resource.categories ?? []).join(","),
            old.storageVersionHash ?? "",
          ].join("|"),
        );
        for (const sub of resource.subresources ?? []) {
          const kind = sub.responseKind ?? {};
          resources.push(
            ["S", sub.subresource, kind.group ?? "", kind.version ?? "", kind.kind ?? "", sub.verbs.join(",")].join(
              "|",
            ),
          );
        }
        if (resource.verbs.includes("list")) {
          const answer = await get(`${base}/${resource.resource}?limit=1`, table);
          for (const column of answer.columnDefinitions ?? []) {
            resources.push(["C", column.name, column.type, column.format, column.priority].join("|"));
          }
        }
      }
    }
  }
}

const text = [
  `kinds ${kinds.join(" ")}`,
  `named ${named.join(" ")}`,
  `types ${lines.length}`,
  ...lines,
  `resources ${resources.length}`,
  ...resources,
].join("\n");
const version = await get("/version");
const out = flags.out ?? join(root, "src/schema/packed.ts");
writeFileSync(
  out,
  `// Made by scripts/pack-schema.ts from Kubernetes ${version.gitVersion}; see there. Not edited by hand.\nexport const packed = ${JSON.stringify(text)};\n`,
);
console.log(
  `${out}: ${typeIds.length} types, ${named.length} named, ${resources.length} lines of resources, ${text.length} bytes`,
);
