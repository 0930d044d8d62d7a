import type { Core, WriteContext } from "../core.ts";
import type { ServedType } from "../served.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { forbidden } from "../status.ts";
import type { Stored } from "../store.ts";
import { podSecurityProblems } from "./pod-security-checks.ts";

/** Pod Security Admission: a namespace's labels say what its pods may, what is warned of, what is only noted. */

const templates: Record<string, (object: Loose) => Loose> = {
  "/pods": (object) => ({ metadata: object.metadata, spec: object.spec }),
  "/podtemplates": (object) => object.template,
  "/replicationcontrollers": (object) => object.spec?.template,
  "apps/deployments": (object) => object.spec?.template,
  "apps/replicasets": (object) => object.spec?.template,
  "apps/statefulsets": (object) => object.spec?.template,
  "apps/daemonsets": (object) => object.spec?.template,
  "batch/jobs": (object) => object.spec?.template,
  "batch/cronjobs": (object) => object.spec?.jobTemplate?.spec?.template,
};

export function checkPodSecurity(
  core: Core,
  type: ServedType,
  object: Stored,
  old: Stored | undefined,
  context: WriteContext,
): void {
  const read = templates[type.table];
  if (read === undefined) return;
  const labels = core.store.get("/namespaces", object.metadata.namespace ?? "")?.metadata.labels;
  if (labels === undefined) return;
  const level = (mode: string) => {
    const value = labels[`pod-security.kubernetes.io/${mode}`];
    return value === "baseline" || value === "restricted" ? value : undefined;
  };
  const version = (mode: string) => labels[`pod-security.kubernetes.io/${mode}-version`] ?? "latest";
  const enforce = level("enforce");
  const warn = level("warn");
  if (enforce === undefined && warn === undefined) return;
  const template = read(object);
  if (template?.spec === undefined) return;
  if (type.table === "/pods") {
    // an update that changes nothing of account is let through
    if (old !== undefined && sameJson((old as Loose).spec, (object as Loose).spec)) return;
    if (enforce !== undefined) {
      const problems = podSecurityProblems(template, enforce);
      if (problems.length > 0) {
        throw forbidden(
          type,
          object.metadata.name ?? "",
          `violates PodSecurity "${enforce}:${version("enforce")}": ${problems.join(", ")}`,
        );
      }
    }
  }
  // what would be refused is not warned of again; of controllers, templates are only warned of
  if (warn !== undefined) {
    const problems = podSecurityProblems(template, warn);
    if (problems.length > 0) {
      context.warnings.push(`would violate PodSecurity "${warn}:${version("warn")}": ${problems.join(", ")}`);
    }
  }
}
