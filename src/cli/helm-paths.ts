import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;
type Home = "cache" | "config" | "data";

const fallbacks: Readonly<Record<Home, { linux: string; darwin: string; win32: string }>> = {
  cache: { linux: ".cache", darwin: "Library/Caches", win32: "TEMP" },
  config: { linux: ".config", darwin: "Library/Preferences", win32: "APPDATA" },
  data: { linux: ".local/share", darwin: "Library", win32: "APPDATA" },
};

/** Where Helm keeps its files: HELM_<HOME>_HOME, else XDG_<HOME>_HOME/helm, else the operating system's place. */
export function helmPath(env: Env, home: Home, ...parts: readonly string[]): string {
  const name = home.toUpperCase();
  const own = env[`HELM_${name}_HOME`];
  if (own) return join(own, ...parts);
  return join(env[`XDG_${name}_HOME`] || osHome(env, home), "helm", ...parts);
}

function osHome(env: Env, home: Home): string {
  const places = fallbacks[home];
  if (process.platform === "win32") return env[places.win32] ?? "";
  return join(env["HOME"] ?? "", process.platform === "darwin" ? places.darwin : places.linux);
}
