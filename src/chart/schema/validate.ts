import { type GoMap, compareStrings } from "../../base/index.ts";
import type { Schema } from "./compile.ts";
import { equalJson, isMultiple, isObject, numberOf, typeOf } from "./json.ts";
import { type SchemaError, count, display, localNumber, quoteAll, quoteSingle } from "./messages.ts";
import { type Scope, cycleIn, dynamicTarget, recursiveTarget } from "./scope.ts";
import { Left } from "./unevaluated.ts";

/**
 * Holds values against a schema, as santhosh-tekuri/jsonschema does: the same failures, with the same words, nested the
 * same way. Where Go's order is that of a map, ours is by name.
 */
export function validate(schema: Schema, value: unknown): SchemaError[] {
  const run = new Validator(
    schema,
    value,
    [],
    { schema, value: 0, parent: undefined },
    Left.of(value, schema, false),
    false,
  );
  const error = run.validate();
  if (error === undefined) return [];
  return error.group === true ? [...error.causes] : [error];
}

class Validator {
  readonly #schema: Schema;
  readonly #value: unknown;
  readonly #at: readonly string[];
  readonly #scope: Scope;
  readonly left: Left;
  /** Only whether, not what. */
  readonly #quick: boolean;
  readonly #errors: SchemaError[] = [];

  constructor(schema: Schema, value: unknown, at: readonly string[], scope: Scope, left: Left, quick: boolean) {
    this.#schema = schema;
    this.#value = value;
    this.#at = at;
    this.#scope = scope;
    this.left = left;
    this.#quick = quick;
  }

  validate(): SchemaError | undefined {
    const schema = this.#schema;
    const value = this.#value;
    if (schema.bool !== undefined) return schema.bool ? undefined : this.#error("false schema");
    const cycle = cycleIn(this.#scope);
    if (cycle !== undefined) return this.#error(cycle);
    const type = typeOf(value);
    const basic = this.#basic(type);
    if (basic !== undefined) return basic;
    if (schema.ref !== undefined) {
      const error = this.#reference(schema.ref, "$ref");
      if (schema.draft < 2019) return error;
      this.#add(error);
    }
    if (isObject(value)) this.#object(value);
    else if (Array.isArray(value)) this.#array(value);
    else if (typeof value === "string") this.#string(value);
    else if (type === "number") this.#number(numberOf(value) as number);
    if (this.#errors.length === 0 || !this.#quick) {
      if (schema.draft >= 2019) this.#dynamicReferences();
      this.#conditions();
      if (schema.draft >= 2019) this.#unevaluated();
    }
    if (this.#errors.length <= 1) return this.#errors[0];
    return { ...this.#error("validation failed", this.#errors), group: true };
  }

  /** type, const, enum and format: a failure here is the only one told. */
  #basic(type: string): SchemaError | undefined {
    const schema = this.#schema;
    const value = this.#value;
    if (schema.types !== undefined && !schema.types.includes(type)) {
      const whole = type === "number" && schema.types.includes("integer") && Number.isInteger(numberOf(value));
      if (!whole) return this.#error(`got ${type}, want ${schema.types.join(" or ")}`);
    }
    if (schema.const !== undefined && !equalJson(value, schema.const.value)) {
      const want = schema.const.value;
      return this.#error(isPrimitive(want) ? `value must be ${display(want)}` : "'const' failed");
    }
    if (schema.enum !== undefined) {
      const { types, values } = schema.enum;
      if (!types.has(type) || !values.some((item) => equalJson(value, item))) return this.#error(enumMessage(values));
    }
    if (schema.format !== undefined && typeof value === "string") {
      const problem = schema.format.check(value);
      if (problem !== undefined) {
        return this.#error(`${display(value)} is not valid ${schema.format.name}: ${problem}`);
      }
    }
    return undefined;
  }

  #object(object: GoMap): void {
    const schema = this.#schema;
    const keys = Object.keys(object).sort(compareStrings);
    const size = keys.length;
    this.#atLeast("minProperties", size, schema.minProperties);
    this.#atMost("maxProperties", size, schema.maxProperties);
    const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(object, name));
    if (missing.length > 0) {
      this.#fail(`missing ${missing.length === 1 ? "property" : "properties"} ${quoteAll(missing)}`);
    }
    if (this.#quick && this.#errors.length > 0) return;
    for (const [name, dependency] of schema.dependencies ?? []) {
      if (!Object.hasOwn(object, name)) continue;
      if (Array.isArray(dependency)) this.#needs(object, name, dependency as string[]);
      else this.#add(this.#self(dependency as Schema));
    }
    this.#properties(object, keys);
    if (schema.draft === 4) return;
    if (schema.propertyNames !== undefined) this.#names(schema.propertyNames, keys);
    if (schema.draft === 6) return;
    for (const [name, dependent] of schema.dependentSchemas ?? []) {
      if (Object.hasOwn(object, name)) this.#add(this.#self(dependent));
    }
    for (const [name, needed] of schema.dependentRequired ?? []) {
      if (Object.hasOwn(object, name)) this.#needs(object, name, needed);
    }
  }

  #needs(object: GoMap, name: string, needed: readonly string[]): void {
    const missing = needed.filter((other) => !Object.hasOwn(object, other));
    if (missing.length > 0) this.#fail(`properties ${quoteAll(missing)} required, if ${quoteSingle(name)} exists`);
  }

  #properties(object: GoMap, keys: readonly string[]): void {
    const schema = this.#schema;
    const additional: string[] = [];
    for (const key of keys) {
      if (this.#quick && this.#errors.length > 0) return;
      let evaluated = false;
      const property = schema.properties?.get(key);
      if (property !== undefined) {
        evaluated = true;
        this.#add(this.#item(property, object[key], key));
      }
      for (const [pattern, matched] of schema.patternProperties ?? []) {
        if (!pattern.test(key)) continue;
        evaluated = true;
        this.#add(this.#item(matched, object[key], key));
      }
      if (!evaluated && schema.additionalProperties !== undefined) {
        evaluated = true;
        if (schema.additionalProperties === false) additional.push(key);
        else if (schema.additionalProperties !== true) {
          this.#add(this.#item(schema.additionalProperties, object[key], key));
        }
      }
      if (evaluated) this.left.properties.delete(key);
    }
    if (additional.length > 0) this.#fail(`additional properties ${quoteAll(additional)} not allowed`);
  }

  #names(schema: Schema, keys: readonly string[]): void {
    for (const key of keys) {
      const errors = validate(schema, key);
      if (errors.length > 0) this.#add(this.#error(`invalid propertyName ${quoteSingle(key)}`, errors));
    }
  }

  #array(array: readonly unknown[]): void {
    const schema = this.#schema;
    this.#atLeast("minItems", array.length, schema.minItems);
    this.#atMost("maxItems", array.length, schema.maxItems);
    if (schema.uniqueItems === true) {
      const pair = duplicates(array);
      if (pair !== undefined) this.#fail(`items at ${count(pair[0])} and ${count(pair[1])} are equal`);
    }
    if (schema.draft < 2020) this.#itemsBefore2020(array);
    else {
      const first = schema.prefixItems ?? [];
      array.forEach((item, i) => {
        const each = first[i] ?? schema.restItems;
        if (each !== undefined) this.#add(this.#item(each, item, String(i)));
      });
    }
    if (schema.contains !== undefined) this.#contains(schema.contains, array);
  }

  #itemsBefore2020(array: readonly unknown[]): void {
    const { items, additionalItems } = this.#schema;
    let evaluated = 0;
    if (Array.isArray(items)) {
      evaluated = Math.min(array.length, items.length);
      for (let i = 0; i < evaluated; i++) this.#add(this.#item(items[i] as Schema, array[i], String(i)));
    } else if (items !== undefined) {
      array.forEach((item, i) => this.#add(this.#item(items as Schema, item, String(i))));
      evaluated = array.length;
    }
    if (additionalItems === false) {
      if (evaluated !== array.length) {
        this.#fail(`last ${count(array.length - evaluated)} additionalItem(s) not allowed`);
      }
    } else if (additionalItems !== undefined && additionalItems !== true) {
      for (let i = evaluated; i < array.length; i++) this.#add(this.#item(additionalItems, array[i], String(i)));
    }
  }

  #contains(schema: Schema, array: readonly unknown[]): void {
    const { minContains, maxContains, draft } = this.#schema;
    const errors: SchemaError[] = [];
    const matched: number[] = [];
    array.forEach((item, i) => {
      const error = this.#item(schema, item, String(i));
      if (error !== undefined) errors.push(error);
      else {
        matched.push(i);
        if (draft >= 2020) this.left.items.delete(i);
      }
    });
    const places = matched.join(" ");
    if (minContains !== undefined) {
      if (matched.length < minContains) {
        const found = matched.length === 0 ? "none matched" : `matched ${count(matched.length)} items at ${places}`;
        this.#fail(`min ${count(minContains)} items required to match contains schema, but ${found}`, errors);
      }
    } else if (matched.length === 0) this.#fail("no items match contains schema", errors);
    if (maxContains !== undefined && matched.length > maxContains) {
      this.#fail(
        `max ${count(maxContains)} items required to match contains schema, but matched ${count(matched.length)} items at ${places}`,
      );
    }
  }

  #string(text: string): void {
    const { minLength, maxLength, pattern } = this.#schema;
    if (minLength !== undefined || maxLength !== undefined) {
      const length = Array.from(text).length;
      this.#atLeast("minLength", length, minLength);
      this.#atMost("maxLength", length, maxLength);
    }
    if (pattern !== undefined && !pattern.test(text)) {
      this.#fail(`${quoteSingle(text)} does not match pattern ${quoteSingle(pattern.source)}`);
    }
  }

  #number(value: number): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = this.#schema;
    const fail = (name: string, want: number) =>
      this.#fail(`${name}: got ${localNumber(value)}, want ${localNumber(want)}`);
    if (minimum !== undefined && value < minimum.value) fail("minimum", minimum.value);
    if (maximum !== undefined && value > maximum.value) fail("maximum", maximum.value);
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum.value) {
      fail("exclusiveMinimum", exclusiveMinimum.value);
    }
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum.value) {
      fail("exclusiveMaximum", exclusiveMaximum.value);
    }
    if (multipleOf !== undefined && !isMultiple(this.#value, multipleOf)) fail("multipleOf", multipleOf.value);
  }

  #conditions(): void {
    const schema = this.#schema;
    if (schema.not !== undefined && this.#self(schema.not, true) === undefined) this.#fail("'not' failed");
    if (schema.allOf !== undefined) {
      const errors: SchemaError[] = [];
      for (const each of schema.allOf) {
        const error = this.#self(each);
        if (error === undefined) continue;
        errors.push(error);
        if (this.#quick) break;
      }
      if (errors.length > 0) this.#fail("'allOf' failed", errors);
    }
    if (schema.anyOf !== undefined) this.#anyOf(schema.anyOf);
    if (schema.oneOf !== undefined) this.#oneOf(schema.oneOf);
    if (schema.if !== undefined) {
      const branch = this.#self(schema.if, true) === undefined ? schema.then : schema.else;
      if (branch !== undefined) this.#add(this.#self(branch));
    }
  }

  #anyOf(schemas: readonly Schema[]): void {
    const errors: SchemaError[] = [];
    let matched = false;
    for (const each of schemas) {
      const error = this.#self(each);
      if (error !== undefined) errors.push(error);
      else {
        matched = true;
        if (this.left.empty) break;
      }
    }
    if (!matched) this.#fail("'anyOf' failed", errors);
  }

  #oneOf(schemas: readonly Schema[]): void {
    const errors: SchemaError[] = [];
    let matched = -1;
    for (const [i, each] of schemas.entries()) {
      const error = this.#self(each, matched >= 0);
      if (error !== undefined) {
        if (matched < 0) errors.push(error);
      } else if (matched < 0) matched = i;
      else {
        this.#fail(`'oneOf' failed, subschemas ${count(matched)}, ${count(i)} matched`);
        break;
      }
    }
    if (matched < 0) this.#fail("'oneOf' failed, none matched", errors);
  }

  #unevaluated(): void {
    const { unevaluatedItems, unevaluatedProperties } = this.#schema;
    const value = this.#value;
    if (isObject(value) && unevaluatedProperties !== undefined) {
      for (const key of [...this.left.properties].sort(compareStrings)) {
        this.#add(this.#item(unevaluatedProperties, value[key], key));
      }
      this.left.properties.clear();
    }
    if (Array.isArray(value) && unevaluatedItems !== undefined) {
      for (const i of this.left.items) this.#add(this.#item(unevaluatedItems, value[i], String(i)));
      this.left.items.clear();
    }
  }

  #dynamicReferences(): void {
    const { recursiveRef, dynamicRef } = this.#schema;
    if (recursiveRef !== undefined) {
      this.#add(this.#reference(recursiveTarget(this.#scope, recursiveRef), "$recursiveRef"));
    }
    if (dynamicRef !== undefined) {
      this.#add(this.#reference(dynamicTarget(this.#scope, dynamicRef.to, dynamicRef.anchor), "$dynamicRef"));
    }
  }

  #reference(schema: Schema, keyword: string): SchemaError | undefined {
    const error = this.#self(schema, false, keyword);
    if (error === undefined) return undefined;
    return { ...this.#error("validation failed", error.group === true ? error.causes : [error]), reference: true };
  }

  /** The same value against another schema. */
  #self(schema: Schema, quick = false, keyword = ""): SchemaError | undefined {
    const left = Left.of(this.#value, schema, !this.left.empty);
    const scope = { schema, keyword, value: this.#scope.value, parent: this.#scope };
    const run = new Validator(schema, this.#value, this.#at, scope, left, this.#quick || quick);
    const error = run.validate();
    if (error === undefined) this.left.merge(run.left);
    return error;
  }

  /** A part of the value against a schema. */
  #item(schema: Schema, value: unknown, step: string): SchemaError | undefined {
    const scope = { schema, value: this.#scope.value + 1, parent: this.#scope };
    const left = Left.of(value, schema, false);
    return new Validator(schema, value, [...this.#at, step], scope, left, this.#quick).validate();
  }

  #atLeast(name: string, got: number, want: number | undefined): void {
    if (want !== undefined && got < want) this.#fail(`${name}: got ${count(got)}, want ${count(want)}`);
  }

  #atMost(name: string, got: number, want: number | undefined): void {
    if (want !== undefined && got > want) this.#fail(`${name}: got ${count(got)}, want ${count(want)}`);
  }

  #error(message: string, causes: readonly SchemaError[] = []): SchemaError {
    return { at: this.#at, message, causes };
  }

  #fail(message: string, causes: readonly SchemaError[] = []): void {
    this.#errors.push(this.#error(message, causes));
  }

  #add(error: SchemaError | undefined): void {
    if (error !== undefined) this.#errors.push(error);
  }
}

const isPrimitive = (value: unknown) => !Array.isArray(value) && !isObject(value);

function enumMessage(values: readonly unknown[]): string {
  if (!values.every(isPrimitive)) return "'enum' failed";
  const shown = values.map(display).join(", ");
  return values.length === 1 ? `value must be ${shown}` : `value must be one of ${shown}`;
}

function duplicates(array: readonly unknown[]): [number, number] | undefined {
  for (let i = 1; i < array.length; i++) {
    for (let j = 0; j < i; j++) if (equalJson(array[i], array[j])) return [j, i];
  }
  return undefined;
}
