/** What every check is given, and what most of them ask first. */
import { type Pod, podsOf, Trouble } from "./cluster.ts";
import type { NodeLab } from "./lab.ts";
import type { Service } from "./services.ts";

export interface Scene {
  readonly lab: NodeLab;
  readonly service: Service;
  readonly namespace: string;
  /** Runs stock Helm. */
  readonly helm: (...words: string[]) => ReturnType<NodeLab["run"]>;
  /** Values that are given with each command of Helm. */
  readonly values: readonly string[];
  readonly chart: string;
}

export type Check = (scene: Scene) => Promise<void>;

/** The pods of the service that run; throws where there are none. */
export async function livePods({ lab, service, namespace }: Scene): Promise<Pod[]> {
  const pods = await podsOf(lab, namespace, service.selector);
  if (pods.length === 0) throw new Trouble("there are no pods");
  return pods;
}

/** Throws what a check found. */
export function refuse(condition: boolean, message: string): void {
  if (condition) throw new Trouble(message);
}
