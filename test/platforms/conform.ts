/** Rendered manifests against the schemas of Kubernetes and of CRDs, by stock kubeconform. */
import { kubeSchemas } from "../../scripts/kube-schemas.ts";
import { hasGo } from "../tools/tools.ts";
import { runProgram } from "./render.ts";

/** The schemas; with CI=true they are made where they are missing. */
export function schemas(): ReturnType<typeof kubeSchemas> {
  return kubeSchemas({ offline: process.env["CI"] !== "true" || !hasGo() });
}

/**
 * Findings of `kubeconform -strict` for manifests of one Kubernetes version; empty when it is content.
 * @param manifests one or more YAML documents
 */
export async function conform(kubeconform: string, version: string, manifests: string): Promise<string[]> {
  const { locations } = schemas();
  const ran = await runProgram(
    kubeconform,
    [
      "-strict",
      "-output=json",
      `-kubernetes-version=${version}`,
      ...locations.flatMap((location) => ["-schema-location", location]),
      "-",
    ],
    { input: manifests },
  );
  if (ran.code === 0) return [];
  const { resources = [] } = JSON.parse(ran.out || "{}") as { resources?: Record<string, string>[] };
  const said = resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
  return said.length > 0 ? said : [ran.err.trim() || `kubeconform ended with ${ran.code}`];
}
