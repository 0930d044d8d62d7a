import { SlipwayError } from "../../base/index.ts";
import { marshalJSON, stringify } from "../../goyaml/index.ts";
import { dependencyJson, lockJson } from "../metadata.ts";
import type { Chart, Dependency, Lock } from "../types.ts";

/** A dependency as Chart.lock holds it: name, repository and the exact version. */
export function lockedDependency(name: string, repository: string, version: string): Dependency {
  return { name, version, repository, condition: "", tags: null, enabled: false, importValues: null, alias: "" };
}

/** Chart.lock's digest: of what Chart.yaml asks for and what was chosen, as Helm 3 and 4 hash them. */
export async function lockDigest(
  wanted: readonly (Dependency | null)[],
  locked: readonly (Dependency | null)[],
): Promise<string> {
  return sha256(`[${goJson(wanted)},${goJson(locked)}]`);
}

/** The digest that Helm 2 wrote to requirements.lock: of what was asked for alone. */
export async function legacyLockDigest(wanted: readonly (Dependency | null)[]): Promise<string> {
  return sha256(`{"dependencies":${goJson(wanted)}}`);
}

/** Go writes a struct's fields in the order of their declaration, as `dependencyJson` has them; maps inside are sorted. */
function goJson(dependencies: readonly (Dependency | null)[]): string {
  const texts = dependencies.map((dependency) => {
    if (dependency === null) return "null";
    const fields = Object.entries(dependencyJson(dependency));
    return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${marshalJSON(value)}`).join(",")}}`;
  });
  return `[${texts.join(",")}]`;
}

async function sha256(text: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** Writes Chart.lock, or requirements.lock for a chart of apiVersion v1. Throws chart.lock where that is a symbolic link. */
export async function writeLock(folder: string, chart: Chart, lock: Lock): Promise<void> {
  const { lstat, readlink, writeFile } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const name = chart.metadata.apiVersion === "v1" ? "requirements.lock" : "Chart.lock";
  const path = join(folder, name);
  const isLink = await lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
  if (isLink) {
    throw new SlipwayError(`the ${name} file is a symlink to ${JSON.stringify(await readlink(path))}`, {
      code: "chart.lock",
      doing: `writing ${path}`,
      fix: "Put a file in its place",
    });
  }
  await writeFile(path, stringify(lockJson(lock)));
}
