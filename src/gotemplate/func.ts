/**
 * A function that templates may call, with Go's static types, because Go's engine checks and converts arguments by
 * them before the call and its error texts name them.
 *
 * | type | what `call` gets |
 * |---|---|
 * | `string` | a string |
 * | `int` `int8` `int16` `int32` `uint` `uint8` `uint16` `uint32` `float64` `float32` | a number |
 * | `int64` `uint64` `uintptr` | a bigint |
 * | `bool` | a boolean |
 * | `interface {}` | the value as it is (base/go.ts); Go's nil is `null` |
 * | `map[…]…` `[]…` | the plain object, array or Uint8Array |
 * | `time.Time` and other named types | the GoObject |
 * | `reflect.Value` | the value as it is; `undefined` where nothing is there at all |
 */
export interface Func {
  /** The fixed parameters, by reflect's names of their types. */
  readonly params: readonly string[];
  /** The type of each further argument, where the function takes any number of them. */
  readonly variadic?: string;
  /**
   * The type of the result, `interface {}` unless given. A number or bigint becomes an integer of the named kind;
   * null becomes the empty value of a named map, slice or string type.
   */
  readonly result?: string;
  /** Texts with more UTF-16 units than this are refused as arguments, because what is done with them takes its time. */
  readonly longest?: number;
  /** Before its arguments it gets what the execution has as its `host`: what belongs to a run stands there, not here. */
  readonly hosted?: boolean;
  /** The function itself. A thrown Error("x") becomes Go's `error calling NAME: x`. */
  // oxlint-disable-next-line no-explicit-any -- arguments are checked by the declared types when they are passed
  call(...args: any[]): unknown;
}

/** The functions of a template set, by name. */
export type FuncMap = Readonly<Record<string, Func>>;

/** Declares a function: its parameter types, what it does, and, where it matters, what else {@link Func} can say. */
export function func(
  params: readonly string[],
  // oxlint-disable-next-line no-explicit-any -- arguments are checked by the declared types when they are passed
  call: (...args: any[]) => unknown,
  options: Omit<Func, "params" | "call"> = {},
): Func {
  return { params, call, ...options };
}
