import { join, isAbsolute } from "node:path";
import { type GoMap, isMap, messageOf, withGoType } from "../base/index.ts";
import { func, type FuncMap } from "../gotemplate/index.ts";
import { parse, stringifyV3 } from "../goyaml/index.ts";
import { type Host } from "./host.ts";

/** Where helmfile's functions find files and run commands. */
export interface FunctionScope {
  readonly dir: string;
  readonly host: Host;
}

/**
 * helmfile's own template functions, over sprig's (`sprig` also gives `sprigGet`, as helmfile's `get` hides sprig's).
 * `tpl` and `include` need the template set and are made beside it.
 */
export function helmfileFunctions({ dir, host }: FunctionScope, sprig: FuncMap): FuncMap {
  const within = (path: string) => (isAbsolute(path) ? path : join(dir, path));
  const insecure = (): void => {
    for (const name of ["HELMFILE_DISABLE_INSECURE_FEATURES", "HELMFILE_DISABLE_INSECURE_TEMPLATE_FUNCTIONS"]) {
      if (host.env[name] === "true" || host.env[name] === "1") {
        throw new Error(
          "HELMFILE_DISABLE_INSECURE_FEATURES or HELMFILE_DISABLE_INSECURE_TEMPLATE_FUNCTIONS is active, insecure function calls are disabled",
        );
      }
    }
  };
  const exec = (env: GoMap | null, command: string, args: unknown[], input?: string) => {
    insecure();
    const texts = (args ?? []).map((arg, i) => {
      if (typeof arg !== "string") throw new Error(`unexpected type of arg in args at index ${i}`);
      return arg;
    });
    return host.runSync(command, texts, {
      cwd: dir,
      ...(env && { env: env as Record<string, string> }),
      ...(input !== undefined && { input }),
    });
  };
  const text = { result: "string" };
  const functions: Record<string, unknown> = {
    env: func(["string"], (name: string) => host.env[name] ?? "", text),
    expandenv: func(["string"], (value: string) => expandEnv(value, host.env), text),
    requiredEnv: func(
      ["string"],
      (name: string) => {
        const value = host.env[name];
        if (!value) throw new Error(`required env var \`${name}\` is not set`);
        return value;
      },
      text,
    ),
    exec: func(["string", "[]interface {}"], (command, args, input) => exec(null, command, args, input), {
      variadic: "string",
      result: "string",
    }),
    envExec: func(
      ["map[string]interface {}", "string", "[]interface {}"],
      (env, command, args, input) => exec(env, command, args, input),
      { variadic: "string", result: "string" },
    ),
    isFile: func(["string"], (path: string) => host.isFile(within(path)), { result: "bool" }),
    isDir: func(["string"], (path: string) => host.isDir(within(path)), { result: "bool" }),
    readFile: func(
      ["string"],
      (path: string) => {
        insecure();
        return host.readText(within(path));
      },
      text,
    ),
    readDir: func(["string"], (path: string) => {
      insecure();
      const files = host.list(within(path)).filter((name) => !name.endsWith("/"));
      return withGoType(
        files.map((name) => join(path, name)),
        "[]string",
      );
    }),
    toYaml: func(["interface {}"], (value) => stringifyV3(value, { indent: 2 }), text),
    fromYaml: func(["string"], (value: string) => {
      try {
        return parse(value, { dialect: "v3" });
      } catch (error) {
        throw new Error(`${messageOf(error)}, offending yaml: ${value}`, { cause: error });
      }
    }),
    setValueAtPath: func(["string", "interface {}", "map[string]interface {}"], setValueAtPath),
    get: func(["string"], (path: string, ...rest: unknown[]) => get(path, rest, false), { variadic: "interface {}" }),
    getOrNil: func(["string", "interface {}"], (path: string, value) => get(path, [null, value], true)),
    required: func(["string", "interface {}"], (warning: string, value) => {
      if (value === null || value === undefined || value === "") throw new Error(warning);
      return value;
    }),
    fetchSecretValue: func(["string"], refuseSecrets),
    expandSecretRefs: func(["interface {}"], refuseSecrets),
  };
  if (sprig.get) functions.sprigGet = sprig.get;
  return functions as FuncMap;
}

function refuseSecrets(): never {
  throw new Error("secret references (ref+…://) cannot be read by slipway fleet yet");
}

/** os.ExpandEnv: `$NAME` and `${NAME}`; an unset name is empty. */
function expandEnv(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (_, braced, bare) => env[braced ?? bare] ?? "");
}

function setValueAtPath(path: string, value: unknown, values: GoMap): GoMap {
  const steps = path.split(".");
  const last = steps.pop() as string;
  let at: unknown = values;
  for (const step of steps) {
    const where = `failed to set value at path "${path}": value for key "${step}"`;
    if (!isMap(at)) throw new Error(`${where} was not a map`);
    if (!(step in at)) throw new Error(`${where} does not exist`);
    at = at[step];
    if (!isMap(at)) throw new Error(`${where} was not a map`);
  }
  (at as GoMap)[last] = value;
  return values;
}

/** helmfile's `get "a.b" [default] values`. */
function get(path: string, rest: unknown[], orNil: boolean): unknown {
  const value = rest.at(-1);
  const fallback = rest.length > 1 ? rest[0] : undefined;
  let at = value;
  for (const step of path.split(".")) {
    const next = isMap(at) ? at[step] : undefined;
    if (next === undefined) {
      if (rest.length > 1 || orNil) return fallback ?? null;
      throw new Error(`no value exist for key "${step}" in ${isMap(at) ? "the values" : "a value that is not a map"}`);
    }
    at = next;
  }
  return at;
}
