/** Pods and nodes as the scheduler reads them: plain JSON that the API has validated. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

export interface ScheduleObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[];
  };
  readonly spec?: Json;
  readonly status?: Json;
}

/** Amounts by resource name: cpu in thousandths, everything else in its own unit (bytes, pieces). */
export type Amounts = Readonly<Record<string, number>>;

/** A node with what runs on it. */
export interface NodeState {
  readonly node: ScheduleObject;
  readonly allocatable: Amounts;
  /** What the pods on it ask for; a running sum kept by whoever owns the state. */
  readonly requested: Record<string, number>;
  readonly pods: ReadonlyMap<string, ScheduleObject>;
  /** Those of the pods that have required anti-affinity of their own. */
  readonly repelling: ReadonlySet<ScheduleObject>;
  /** How many of the pods each controller has here, by its uid. */
  readonly owners: ReadonlyMap<string, number>;
}
