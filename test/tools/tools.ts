/**
 * The stock tools that tests compare with, built from their Go modules into a cache folder outside the clone and found
 * by version and sources, never by name on PATH.
 *
 *     const helm4 = tool("helm4");
 *     test("the same bytes as Helm 4", { skip: helm4.skip }, () => execFileSync(helm4.path, ["template", chart]));
 *
 * A tool is a folder beside this file with a go.mod: either one that names a stock program (`tool` line in go.mod, see
 * the table below) or one with a main.go of ours, an oracle. `npm run tools` builds them all, `npm run tools -- NAME`
 * one. Tests build nothing themselves, so that `npm test` needs no Go; with CI=true they do, and a failure is one.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const here = import.meta.dirname;

interface Stock {
  /** The main package, from the module that go.mod names. */
  readonly package: string;
  readonly ldflags: readonly string[];
}

/** Stock programs: how upstream's own build stamps them. Helm 4 learns its Kubernetes version from client-go by itself. */
const stock: Readonly<Record<string, Stock>> = {
  helm4: {
    package: "helm.sh/helm/v4/cmd/helm",
    ldflags: ["helm.sh/helm/v4/internal/version.version=v4.3.1"],
  },
  helm3: {
    package: "helm.sh/helm/v3/cmd/helm",
    ldflags: [
      "helm.sh/helm/v3/internal/version.version=v3.22.0",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=37",
    ],
  },
  // Without a version it calls itself 0.0.0-dev, which a helmfile's requiredVersion would refuse.
  helmfile: { package: "github.com/helmfile/helmfile", ldflags: ["go.szostok.io/version.version=1.8.0"] },
  "helm-unittest": { package: "github.com/helm-unittest/helm-unittest/cmd/helm-unittest", ldflags: [] },
  kubeconform: { package: "github.com/yannh/kubeconform/cmd/kubeconform", ldflags: [] },
  // As its releases are stamped: without it, it calls itself (devel) and says so in managed-by labels.
  kustomize: {
    package: "sigs.k8s.io/kustomize/kustomize/v5",
    ldflags: ["sigs.k8s.io/kustomize/api/provenance.version=v5.8.1"],
  },
  "kube-score": { package: "github.com/zegl/kube-score/cmd/kube-score", ldflags: [] },
};

/** A tool to compare with. */
export interface Tool {
  readonly name: string;
  /** For node:test's `skip`: false when the tool is there, else the reason. */
  readonly skip: false | string;
  /** The program's absolute path. Throws when there is none: give `skip` to the test. */
  readonly path: string;
}

/** The tool of a name; with CI=true and Go present it is built here where it is missing, and a failure is thrown. */
export function tool(name: string): Tool {
  const path = cachedPath(name);
  if (existsSync(path)) return found(name, path);
  if (process.env["CI"] === "true" && hasGo()) return found(name, build(name));
  return missing(name, hasGo() ? `${name} is not built: npm run tools -- ${name}` : `${name} needs Go to be built`);
}

function found(name: string, path: string): Tool {
  return { name, skip: false, path };
}

/** A tool that is not to be had, and why. */
export function missing(name: string, reason: string): Tool {
  return {
    name,
    skip: reason,
    get path(): string {
      throw new Error(reason);
    },
  };
}

/** The names of all tools: folders beside this file, at any depth, that hold a go.mod; `shared` is what oracles have in common. */
export function toolNames(): string[] {
  return globSync("**/go.mod", { cwd: here })
    .map((file) => dirname(file).replaceAll("\\", "/"))
    .filter((name) => name !== "shared")
    .toSorted();
}

/** Where built tools lie: SLIPWAY_TOOLS_CACHE, else slipway/tools in the user's cache folder. */
export function toolsCache(): string {
  const { SLIPWAY_TOOLS_CACHE: own, XDG_CACHE_HOME: xdg } = process.env;
  return own || join(xdg || join(homedir(), ".cache"), "slipway", "tools");
}

function cachedPath(name: string): string {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return join(toolsCache(), `${name.replaceAll("/", "-")}-${sourcesHash(name)}${suffix}`);
}

/** Changes with anything that decides the program: module versions, our sources, the stamps, the machine's kind. */
function sourcesHash(name: string): string {
  const folder = join(here, name);
  if (!existsSync(join(folder, "go.mod"))) throw new Error(`there is no tool ${name} in test/tools`);
  const hash = createHash("sha256");
  hash.update(JSON.stringify([process.platform, process.arch, stock[name] ?? null]));
  const ours = readFileSync(join(folder, "go.mod"), "utf8").includes("slipway.test/shared")
    ? [join(here, "shared")]
    : [];
  for (const place of [folder, ...ours]) {
    for (const file of globSync("**/*.{go,mod,sum,s}", { cwd: place }).toSorted()) {
      hash.update(`${file}\n`);
      hash.update(readFileSync(join(place, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

let goThere: boolean | undefined;

/** True when a Go compiler can be called. */
export function hasGo(): boolean {
  goThere ??= spawnSync("go", ["version"], { stdio: "ignore" }).status === 0;
  return goThere;
}

/**
 * Builds a tool unless it is there, once at a time on the machine, and answers its path. Throws with Go's messages.
 * @param say told what is being built
 */
export function build(name: string, say: (line: string) => void = () => {}): string {
  const path = cachedPath(name);
  mkdirSync(toolsCache(), { recursive: true });
  return withLock(join(toolsCache(), "build.lock"), () => {
    if (existsSync(path)) return path;
    say(`building ${name} …`);
    const ldflags = ["-s", "-w", ...(stock[name]?.ldflags ?? []).map((stamp) => `-X ${stamp}`)].join(" ");
    const out = `${path}.${process.pid}`;
    const go = ["go", "build", "-trimpath", `-ldflags=${ldflags}`, "-o", out, stock[name]?.package ?? "."];
    const [command, ...args] = process.platform === "win32" ? go : ["nice", "-n", "10", ...go];
    const run = spawnSync(command as string, args, {
      cwd: join(here, name),
      encoding: "utf8",
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
    });
    if (run.status !== 0) {
      rmSync(out, { force: true });
      throw new Error(`building ${name} failed: ${run.error?.message ?? `${run.stdout}${run.stderr}`}`);
    }
    renameSync(out, path);
    return path;
  });
}

/** Runs `work` while no other process on this machine runs under the same lock; a dead holder's lock is taken over. */
function withLock<T>(lock: string, work: () => T): T {
  while (!take(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    // A lock that is still empty is being written just now; one of a dead process is stale.
    if (holder > 0 ? !isAlive(holder) : Date.now() - statSync(lock).mtimeMs > 10_000) rmSync(lock, { force: true });
  } catch {
    // It went away meanwhile.
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
