/**
 * A real Kubernetes to compare with, where the kit that builds it lies beside the clone (`../shared/kubelab`). Its
 * binaries are found in its own cache folder, never on PATH.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { hasGo, missing, type Tool } from "./tools.ts";

const script = join(import.meta.dirname, "..", "..", "..", "shared", "kubelab", "kubelab");

function bin(name: string): string {
  const { KUBELAB_HOME: own, XDG_CACHE_HOME: xdg } = process.env;
  return join(own || join(xdg || join(homedir(), ".cache"), "kubelab"), "bin", name);
}

/** What the control plane consists of; `kubelab build control` makes them all. */
export type KubelabProgram =
  | "kubectl"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "etcd"
  | "kwok";

/** One of kubelab's programs; with CI=true and the kit present it is built where it is missing. */
export function kubelabTool(name: KubelabProgram): Tool {
  const path = bin(name);
  if (existsSync(path)) return { name, skip: false, path };
  if (!existsSync(script)) return missing(name, `${name} is not there: kubelab is not beside this clone`);
  if (process.env["CI"] !== "true" || !hasGo()) return missing(name, `${name} is not built: kubelab build control`);
  const built = spawnSync(script, ["build", "control"], { encoding: "utf8" });
  if (built.status !== 0 || !existsSync(path))
    throw new Error(`kubelab build control failed:\n${built.stdout}${built.stderr}`);
  return { name, skip: false, path };
}

/** The kit's own script (`up --name X`, `down --name X --purge`), for tests that need a whole cluster. */
export function kubelab(): Tool {
  const control = kubelabTool("kube-apiserver");
  return control.skip === false ? { name: "kubelab", skip: false, path: script } : missing("kubelab", control.skip);
}
