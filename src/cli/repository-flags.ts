import { SlipwayError } from "../base/index.ts";
import type { Access, RepositoryPaths } from "../chart/index.ts";
import type { Context, FlagSpec, Flags } from "./command.ts";

/** How a repository is spoken to: the flags that `repo add`, `pull`, `install` and others share. */
export const accessFlags: readonly FlagSpec[] = [
  { name: "username", type: "string", usage: "user name for the chart repository" },
  { name: "password", type: "string", usage: "password for the chart repository" },
  { name: "cert-file", type: "string", usage: "client certificate for HTTPS" },
  { name: "key-file", type: "string", usage: "key of the client certificate" },
  { name: "ca-file", type: "string", usage: "certificates that sign the repository's" },
  { name: "insecure-skip-tls-verify", type: "bool", usage: "accept any certificate of the repository" },
  { name: "pass-credentials", type: "bool", usage: "send the credentials to every host, not only the repository's" },
];

/** How a chart is chosen: `--repo --version --devel` and the access flags. */
export const chartFlags: readonly FlagSpec[] = [
  { name: "repo", type: "string", usage: "address of a chart repository to take the chart from" },
  {
    name: "version",
    type: "string",
    usage: "version of the chart, exact or a range such as ^1.0; the newest if not given",
  },
  { name: "devel", type: "bool", usage: "pre-releases count too; the same as --version '>0.0.0-0'" },
  ...accessFlags,
];

/** What the access flags say. */
export function accessOf(flags: Flags): Access {
  return {
    username: flags.string("username"),
    password: flags.string("password"),
    certFile: flags.string("cert-file"),
    keyFile: flags.string("key-file"),
    caFile: flags.string("ca-file"),
    insecure_skip_tls_verify: flags.bool("insecure-skip-tls-verify"),
    pass_credentials_all: flags.bool("pass-credentials"),
  };
}

/** Where repositories.yaml and the cached indexes are. */
export function repositoryPaths(flags: Flags): RepositoryPaths {
  return { config: flags.string("repository-config"), cache: flags.string("repository-cache") };
}

/** The local path of the chart that a command line names; see `locateChart`. */
export async function locate(context: Context, ref: string, flags: Flags): Promise<string> {
  refuseVerify(flags);
  const { resolve } = await import("node:path");
  const { existsSync } = await import("node:fs");
  const local = resolve(context.cwd, ref);
  if (!flags.string("repo") && existsSync(local)) return local;
  const { locateChart } = await import("../chart/index.ts");
  return locateChart(ref, {
    paths: repositoryPaths(flags),
    version: flags.string("version"),
    repo: flags.string("repo"),
    devel: flags.bool("devel"),
    access: accessOf(flags),
    signal: context.signal,
  });
}

/** Provenance files cannot be checked yet, and a check that was asked for must not be passed over. Throws chart.verify. */
function refuseVerify(flags: Flags): void {
  if (!flags.given.has("verify") || !flags.bool("verify")) return;
  throw new SlipwayError("--verify: charts cannot be verified against signatures yet", {
    code: "chart.verify",
    fix: "helm verify PATH checks an archive; leave --verify out here",
  });
}
