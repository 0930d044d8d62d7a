import { type GoMap, type Span, fromBytes, isMap, isSlipwayError, messageOf, typeName } from "../../base/index.ts";
import { type HelmVersion, type Metadata, metadataKeys, readMetadata } from "../../chart/index.ts";
import { type Located, parse, parseWithSpans } from "../../goyaml/index.ts";
import { parseConstraint, parseStrict, parseVersion } from "../../semver/index.ts";
import { isEmail, isRequestUrl, isUrl } from "./addresses.ts";
import type { LintInput, Messages, Severity } from "./types.ts";

const file = "Chart.yaml";

/** Lints Chart.yaml: its form, its fields, its versions and addresses. */
export function lintChartFile(input: LintInput, messages: Messages, helmVersion: HelmVersion): void {
  messages.check("ERROR", file, input.folders.has(file) ? "should be a file, not a directory" : undefined);
  const found = input.files.find(({ name }) => name === file);
  const text = found === undefined ? undefined : fromBytes(found.data);
  let md: Metadata;
  try {
    if (text === undefined) throw new Error(`read ${input.folder}/${file}: is a directory`);
    md = readMetadata(text, helmVersion);
  } catch (error) {
    const span = isSlipwayError(error) ? error.facts.span : undefined;
    messages.check(
      "ERROR",
      file,
      `unable to parse YAML\n\t${messageOf(error)}`,
      span ? { span: { ...span, file } } : {},
    );
    return;
  }
  const located = parseWithSpans(text, { file });
  const check = (severity: Severity, problem: Problem | undefined) => {
    const span = problem === undefined ? undefined : spanOf(located, problem.at);
    messages.check(severity, file, problem?.message, span === undefined ? {} : { span });
  };
  if (helmVersion === 4) check("WARNING", strictProblem(text));
  const plain = located.value;
  check("ERROR", nameProblem(md));
  check("ERROR", apiVersionProblem(md));
  check("ERROR", typeProblem(plain, "version"));
  check("ERROR", versionProblem(md));
  check("ERROR", typeProblem(plain, "appVersion"));
  check("ERROR", maintainerProblem(md));
  check("ERROR", sourceProblem(md));
  check("INFO", md.icon === "" ? at("icon is recommended") : undefined);
  check("ERROR", md.icon !== "" && !isRequestUrl(md.icon) ? at(`invalid icon URL '${md.icon}'`, "icon") : undefined);
  check("ERROR", chartTypeProblem(md));
  check("ERROR", dependenciesProblem(md));
  if (helmVersion === 4) check("WARNING", strictVersionProblem(md));
}

interface Problem {
  readonly message: string;
  readonly at: readonly (string | number)[];
}

const at = (message: string, ...path: (string | number)[]): Problem => ({ message, at: path });

function spanOf(located: Located, path: readonly (string | number)[]): Span {
  return located.span(path) ?? located.keySpan(path) ?? { file, line: 1, column: 1 };
}

/** What a strict reading of Chart.yaml into Go's struct refuses: keys given twice, then fields that there are not. */
function strictProblem(text: string): Problem | undefined {
  const lead = "failed to strictly parse chart metadata file\n\t";
  try {
    parse(text, { file, strict: true });
  } catch (error) {
    return at(lead + messageOf(error));
  }
  const value = parse(text, { file });
  if (!isMap(value)) return undefined;
  const unknown = firstUnknown(value);
  return unknown === undefined
    ? undefined
    : at(
        `${lead}error unmarshaling JSON: while decoding JSON: json: unknown field ${JSON.stringify(unknown.key)}`,
        ...unknown.path,
      );
}

const nested: Readonly<Record<string, readonly string[]>> = {
  maintainers: ["name", "email", "url"],
  dependencies: ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"],
};

/** The first key, in JSON's order, that Go's struct has no field for. */
function firstUnknown(value: GoMap): { key: string; path: (string | number)[] } | undefined {
  const known = new Set(metadataKeys().map((key) => key.toLowerCase()));
  for (const key of Object.keys(value).sort()) {
    if (!known.has(key.toLowerCase())) return { key, path: [key] };
    const inner = nested[key.toLowerCase()];
    const list = value[key];
    if (inner === undefined || !Array.isArray(list)) continue;
    for (const [i, item] of list.entries()) {
      if (!isMap(item)) continue;
      const odd = Object.keys(item)
        .sort()
        .find((name) => !inner.includes(name.toLowerCase()));
      if (odd !== undefined) return { key: odd, path: [key, i, odd] };
    }
  }
  return undefined;
}

function nameProblem(md: Metadata): Problem | undefined {
  if (md.name === "") return at("name is required");
  return md.name.includes("/") ? at(`chart name ${JSON.stringify(md.name)} is invalid`, "name") : undefined;
}

function apiVersionProblem(md: Metadata): Problem | undefined {
  const allowed = 'The value must be either "v1" or "v2"';
  if (md.apiVersion === "") return at(`apiVersion is required. ${allowed}`);
  if (md.apiVersion === "v1" || md.apiVersion === "v2") return undefined;
  return at(`apiVersion '${md.apiVersion}' is not valid. ${allowed}`, "apiVersion");
}

function typeProblem(value: unknown, key: string): Problem | undefined {
  if (!isMap(value) || !Object.hasOwn(value, key) || typeof value[key] === "string") return undefined;
  return at(`${key} should be of type string but it's of type ${typeName(value[key])}`, key);
}

function versionProblem(md: Metadata): Problem | undefined {
  if (md.version === "") return at("version is required");
  try {
    const version = parseVersion(md.version);
    const [message] = parseConstraint(">0.0.0-0").validate(version);
    return message === undefined ? undefined : at(`version ${message}`, "version");
  } catch {
    return at(`version '${md.version}' is not a valid SemVer`, "version");
  }
}

function strictVersionProblem(md: Metadata): Problem | undefined {
  try {
    parseStrict(md.version);
    return undefined;
  } catch {
    return at(`version '${md.version}' is not a valid SemVerV2`, "version");
  }
}

function maintainerProblem(md: Metadata): Problem | undefined {
  for (const [i, maintainer] of (md.maintainers ?? []).entries()) {
    if (maintainer === null) return at("a maintainer entry is empty", "maintainers", i);
    const { name, email, url } = maintainer;
    if (name === "") return at("each maintainer requires a name", "maintainers", i);
    if (email !== "" && !isEmail(email)) {
      return at(`invalid email '${email}' for maintainer '${name}'`, "maintainers", i, "email");
    }
    if (url !== "" && !isUrl(url)) return at(`invalid url '${url}' for maintainer '${name}'`, "maintainers", i, "url");
  }
  return undefined;
}

function sourceProblem(md: Metadata): Problem | undefined {
  const i = (md.sources ?? []).findIndex((source) => source === "" || !isRequestUrl(source));
  return i < 0 ? undefined : at(`invalid source URL '${md.sources?.[i]}'`, "sources", i);
}

function chartTypeProblem(md: Metadata): Problem | undefined {
  if (md.type === "" || md.apiVersion === "v2") return undefined;
  return at(`chart type is not valid in apiVersion '${md.apiVersion}'. It is valid in apiVersion 'v2'`, "type");
}

function dependenciesProblem(md: Metadata): Problem | undefined {
  if ((md.dependencies ?? []).length === 0 || md.apiVersion === "v2") return undefined;
  return at(
    `dependencies are not valid in the Chart file with apiVersion '${md.apiVersion}'. They are valid in apiVersion 'v2'`,
    "dependencies",
  );
}
