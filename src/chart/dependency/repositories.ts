import { SlipwayError, isSlipwayError, messageOf } from "../../base/index.ts";
import { type RepositoryEntry, type RepositoryPaths, readRepositories } from "../repository/config.ts";
import { updateIndex } from "../repository/index-cache.ts";
import type { Dependency } from "../types.ts";
import { isLocal, localFolder } from "./local.ts";

/** Names in the index cache of repositories that only a Chart.yaml knows: this and the SHA-256 of the address, as Helm's. */
const unmanaged = "helm-manager-";

/** Which cached index serves which dependency, and the repositories that no `repo add` made known. */
export interface RepositoryNames {
  readonly byDependency: ReadonlyMap<string, string>;
  readonly unknown: readonly RepositoryEntry[];
}

/** Are these the same address, but for a slash at the end? */
export function sameRepository(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

function normal(address: string): string {
  try {
    const url = new URL(address);
    url.pathname = url.pathname.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
    return url.href;
  } catch {
    return address.replace(/\/+$/, "");
  }
}

/**
 * The repositories of these dependencies. `@name` and `alias:name` are replaced by addresses in the dependencies
 * themselves, as Helm does: the lock's digest is of those. Throws chart.repository for names that nobody added.
 */
export async function nameRepositories(
  wanted: readonly Dependency[],
  folder: string,
  paths: RepositoryPaths,
): Promise<RepositoryNames> {
  const known = await readRepositories(paths);
  const byDependency = new Map<string, string>();
  const unknown: RepositoryEntry[] = [];
  const missing: string[] = [];
  for (const dependency of wanted) {
    const { name, repository } = dependency;
    if (repository === "") continue;
    if (isLocal(repository)) await localFolder(repository, folder);
    if (isLocal(repository) || repository.startsWith("oci://")) {
      byDependency.set(name, repository);
      continue;
    }
    const alias = /^(?:@|alias:)(.*)$/.exec(repository)?.[1];
    const entry = known.find((one) => (alias === undefined ? sameRepository(one.url, repository) : one.name === alias));
    if (entry !== undefined) {
      if (alias !== undefined) dependency.repository = entry.url;
      byDependency.set(name, entry.name);
    } else if (isAddress(repository)) {
      const made = { name: unmanaged + (await digestOf(repository)), url: repository };
      byDependency.set(name, made.name);
      unknown.push(made);
    } else missing.push(repository);
  }
  if (missing.length > 0) throw undefinedRepositories(missing);
  return { byDependency, unknown };
}

function isAddress(repository: string): boolean {
  return repository.startsWith("/") || /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(repository);
}

async function digestOf(text: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}

function undefinedRepositories(missing: readonly string[]): SlipwayError {
  const plain = missing.some((name) => !name.includes("//") && !name.startsWith("@") && !name.startsWith("alias:"));
  const note = `
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add').`;
  return new SlipwayError(
    `no repository definition for ${missing.join(", ")}. Please add them via 'helm repo add'${plain ? note : ""}`,
    { code: "chart.repository", path: "dependencies", fix: "slipway repo add NAME URL" },
  );
}

/** Throws chart.repository where a locked dependency's repository was never added: `build` takes no other, as Helm's. */
export async function requireKnown(locked: readonly Dependency[], paths: RepositoryPaths): Promise<void> {
  const known = await readRepositories(paths);
  const missing = locked
    .map(({ repository }) => repository)
    .filter((repository) => repository !== "" && !isLocal(repository) && !repository.startsWith("oci://"))
    .filter((repository) => !known.some((entry) => sameRepository(entry.url, repository)));
  if (missing.length === 0) return;
  throw new SlipwayError(
    `no repository definition for ${missing.join(", ")}. Please add the missing repos via 'helm repo add'`,
    { code: "chart.repository", fix: "slipway repo add NAME URL" },
  );
}

/**
 * Fetches the indexes, each address once; one that cannot be had is reported and no error yet, as in Helm. Gives the
 * reasons by the names of the repositories, for the error of a dependency that has no cached index either.
 */
export async function refreshIndexes(
  entries: readonly RepositoryEntry[],
  paths: RepositoryPaths,
  say: (text: string) => void,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const once = new Map(entries.map((entry) => [entry.url.replace(/\/$/, ""), entry]));
  await Promise.all(
    [...once.values()].map(async (entry) => {
      const shown = entry.name.startsWith(unmanaged) ? entry.url : entry.name;
      const address = shown === entry.url ? "" : ` (${entry.url})`;
      try {
        await updateIndex(entry, paths, signal);
        say(`...Successfully got an update from the ${JSON.stringify(shown)} chart repository\n`);
      } catch (error) {
        // Why it could not be had; what Helm's `repo add` says around it tells nothing more.
        const reason = messageOf(isSlipwayError(error) ? (error.facts.cause ?? error) : error);
        reasons.set(entry.name, reason);
        say(`...Unable to get an update from the ${JSON.stringify(shown)} chart repository${address}:\n\t${reason}\n`);
      }
    }),
  );
  return reasons;
}
