import type { Clock, Random } from "../base/index.ts";
import type { Cause } from "./status.ts";

/** Anything below an object, read without ceremony. */
// eslint-disable-next-line typescript/no-explicit-any
export type Loose = any;

/** What a strategy may look at beside the object. */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly user: string;
  readonly groups: readonly string[];
  /** Warnings for the client. */
  readonly warnings: string[];
}

/**
 * What is particular to a kind. Objects come decoded, and may be changed by defaults and prepare*. `path`-less
 * functions work on the whole object. Everything is optional.
 */
export interface Strategy {
  /** Fills what upstream's defaulting functions fill. */
  defaults?(object: Loose): void;
  /** After admission, before validation, of a new object: clears status, and so on. */
  prepareCreate?(object: Loose, env: Env): void;
  prepareUpdate?(object: Loose, old: Loose, env: Env): void;
  validate?(object: Loose, causes: Cause[]): void;
  validateUpdate?(object: Loose, old: Loose, causes: Cause[]): void;
  warnings?(object: Loose, old: Loose | undefined): string[];
  /** Subresources through which a part of the object is changed. */
  readonly parts?: Readonly<
    Record<
      string,
      { prepare(object: Loose, old: Loose): void; validate(object: Loose, old: Loose, causes: Cause[]): void }
    >
  >;
  /** The status subresource; by default everything but status and metadata stays. */
  prepareStatus?(object: Loose, old: Loose): void;
  /** What a writer of the status never owns (FieldsV1); by default the spec. */
  readonly statusResets?: Readonly<Record<string, unknown>>;
  validateStatus?(object: Loose, old: Loose, causes: Cause[], subresource: string): void;
  /** What a writer of the object itself never owns (FieldsV1); by default the status where there is one. */
  readonly resets?: Readonly<Record<string, unknown>>;
  /**
   * metadata.generation is kept: starts at 1, goes up with every change of the spec. "fixed" stays at 1, "changes" is not
   * there before the first change.
   */
  readonly generation?: boolean | "fixed" | "changes";
  /** Changes of these parts of metadata count as changes of the spec. */
  readonly generationCounts?: readonly ("labels" | "annotations")[];
  /** Status is cleared on create and kept on update (kinds with a status subresource; default true for those). */
  readonly keepsStatus?: boolean;
  /** A new object keeps the status it was sent with (nodes). */
  readonly keepsStatusOnCreate?: boolean;
  readonly createOnUpdate?: boolean;
  /** PUT without a resourceVersion is refused. */
  readonly conditionalUpdate?: boolean;
  /** DELETE answers the object, not a Status. */
  readonly returnsDeleted?: boolean;
  /** What DELETE does with dependents when nothing is said. */
  readonly defaultPropagation?: "Orphan";
  /** A warning with every answer. */
  readonly deprecation?: string;
  /** Warnings of a DELETE that says nothing of dependents. */
  readonly deleteWarnings?: readonly string[];
  /** Field selectors beside metadata.name and metadata.namespace: their values. */
  readonly fields?: Readonly<Record<string, (object: Loose) => string>>;
  /** The kind's own rules for updates leave metadata to those for all kinds. */
  readonly plainUpdate?: boolean;
  /** Annotations that the kind's version adds to what is stored: not there in tables and partial metadata. */
  readonly hiddenAnnotations?: readonly string[];
  /** Checks the name; messages of what is wrong. */
  nameProblems?(name: string, prefix: boolean): string[];
}
