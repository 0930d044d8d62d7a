import { SlipwayError, messageOf } from "../../base/index.ts";
import { parse, stringify } from "../../goyaml/index.ts";

/** An entry of repositories.yaml. */
export interface RepositoryEntry {
  readonly name: string;
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly caFile?: string;
  readonly insecure_skip_tls_verify?: boolean;
  readonly pass_credentials_all?: boolean;
}

/** Where Helm keeps what it knows of repositories: HELM_REPOSITORY_CONFIG and HELM_REPOSITORY_CACHE, resolved. */
export interface RepositoryPaths {
  readonly config: string;
  readonly cache: string;
}

/** The entries of repositories.yaml; none when there is no such file. Throws chart.repositories when it cannot be read. */
export async function readRepositories(paths: RepositoryPaths): Promise<RepositoryEntry[]> {
  const { readFile } = await import("node:fs/promises");
  let text: string;
  try {
    text = await readFile(paths.config, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw new SlipwayError(`couldn't load repositories file (${paths.config}): ${messageOf(error)}`, {
      code: "chart.repositories",
      cause: error,
    });
  }
  const file = parse(text, { file: paths.config }) as { repositories?: RepositoryEntry[] } | null;
  return file?.repositories ?? [];
}

/** Writes repositories.yaml whole, as Helm does: every field of every entry, through a file beside it. */
export async function writeRepositories(paths: RepositoryPaths, entries: readonly RepositoryEntry[]): Promise<void> {
  const { mkdir, rename, writeFile } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const repositories = entries.map((entry) => ({
    name: entry.name,
    url: entry.url,
    username: entry.username ?? "",
    password: entry.password ?? "",
    certFile: entry.certFile ?? "",
    keyFile: entry.keyFile ?? "",
    caFile: entry.caFile ?? "",
    insecure_skip_tls_verify: entry.insecure_skip_tls_verify ?? false,
    pass_credentials_all: entry.pass_credentials_all ?? false,
  }));
  await mkdir(dirname(paths.config), { recursive: true });
  const beside = `${paths.config}.${process.pid}`;
  await writeFile(beside, stringify({ apiVersion: "", generated: "0001-01-01T00:00:00Z", repositories }), {
    mode: 0o600,
  });
  await rename(beside, paths.config);
}
