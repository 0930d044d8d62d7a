import type { Schema } from "./compile.ts";
import { isObject } from "./json.ts";

/** What no keyword has looked at yet, for `unevaluated…`. */
export class Left {
  readonly properties: Set<string>;
  readonly items: Set<number>;
  private constructor(properties: Set<string>, items: Set<number>) {
    this.properties = properties;
    this.items = items;
  }

  /**
   * All properties or items of a value that this schema's own keywords leave for `unevaluated…`; none where neither it
   * nor its caller has such a keyword.
   */
  static of(value: unknown, schema: Schema, callerNeeds: boolean): Left {
    const properties = new Set<string>();
    const items = new Set<number>();
    if (isObject(value)) {
      const needed = callerNeeds || schema.unevaluatedProperties !== undefined;
      if (schema.additionalProperties === undefined && needed)
        for (const key of Object.keys(value)) properties.add(key);
    } else if (Array.isArray(value)) {
      const single = schema.draft < 2020 && schema.items !== undefined && !Array.isArray(schema.items);
      const all = schema.draft < 2020 ? schema.additionalItems !== undefined || single : schema.restItems !== undefined;
      const first =
        schema.draft < 2020
          ? Array.isArray(schema.items)
            ? schema.items.length
            : 0
          : (schema.prefixItems?.length ?? 0);
      if (!all && (callerNeeds || schema.unevaluatedItems !== undefined)) {
        for (let i = first; i < value.length; i++) items.add(i);
      }
    }
    return new Left(properties, items);
  }

  get empty(): boolean {
    return this.properties.size === 0 && this.items.size === 0;
  }

  /** Takes over what another schema for the same value has looked at. */
  merge(other: Left): void {
    for (const key of this.properties) if (!other.properties.has(key)) this.properties.delete(key);
    for (const item of this.items) if (!other.items.has(item)) this.items.delete(item);
  }
}
