import type { Core } from "../core.ts";
import type { Loose } from "../strategy.ts";
import { follow, setCondition } from "./conditions.ts";

const group = "flowcontrol.apiserver.k8s.io";
const schemas = `${group}/flowschemas`;
const levels = `${group}/prioritylevelconfigurations`;
const owner = { manager: "api-priority-and-fairness-config-consumer-v1", operation: "Apply" } as const;

/** Says of every FlowSchema whether its priority level is there. */
export function watchFlowSchemas(core: Core): void {
  const sync = (name: string) => {
    const object: Loose = core.store.get(schemas, name);
    if (object === undefined) return;
    const level: string = object.spec.priorityLevelConfiguration?.name ?? "";
    const found = core.store.get(levels, level) !== undefined;
    const what = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    setCondition(
      core,
      schemas,
      object,
      found
        ? { type: "Dangling", status: "False", reason: "Found", message: `${what} and it exists` }
        : { type: "Dangling", status: "True", reason: "NotFound", message: `${what} but there is no such object` },
      owner,
    );
  };
  follow(core, schemas, sync);
  follow(core, levels, (level) => {
    for (const [name, object] of core.store.table(schemas).objects as Map<string, Loose>) {
      if (object.spec.priorityLevelConfiguration?.name === level) sync(name);
    }
  });
}
