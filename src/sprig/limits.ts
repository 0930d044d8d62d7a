import { GoInt, GoObject } from "../base/index.ts";
import { beyondLimit } from "../gotemplate/index.ts";

/**
 * Bounds of what one call may take and make. Go's functions have none (`until 1000000000` simply eats the memory);
 * ours end in an error that says so.
 */
export interface FunctionLimits {
  /** Characters of one string (UTF-16 units). Default 16 Mi. */
  readonly text: number;
  /** Elements of one list, and members of one value, all the way down. Default one million. */
  readonly items: number;
}

export const defaultLimits: FunctionLimits = { text: 16_777_216, items: 1_000_000 };

const isContainer = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof GoInt) &&
  !(value instanceof GoObject) &&
  !(value instanceof Uint8Array);

/** From this many members on it is worth asking whether a value holds itself. */
const suspicious = 10_000;

const membersOf = (value: object): readonly unknown[] => (Array.isArray(value) ? value : Object.values(value));

/**
 * Throws where a value, written out, has too many members or too much text. A list may hold the same list many times
 * (`list $a $a`, thirty times over), so that what takes little memory would print as gigabytes. Throws for a value that
 * holds itself, too, where Go's process would die of it; `cyclesPass` is for JSON, where Go has words of its own.
 */
export function checkSize(value: unknown, limits: FunctionLimits, cyclesPass = false): void {
  if (!isContainer(value)) return;
  let members = 0;
  let characters = 0;
  let asked = false;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const all = membersOf(next);
    members += all.length;
    if (members > suspicious && !asked) {
      asked = true;
      if (holdsItself(value)) {
        if (cyclesPass) return;
        throw beyondLimit("the value holds itself");
      }
    }
    if (members > limits.items || characters > limits.text) {
      throw beyondLimit(
        `the value has more than ${limits.items} members or ${limits.text} characters, too many for one function call`,
      );
    }
    for (const member of all) {
      if (typeof member === "string") characters += member.length;
      else if (isContainer(member)) open.push(member);
    }
  }
}

/** Whether a value is among its own members, at any depth. */
function holdsItself(root: object): boolean {
  const done = new Set<object>();
  const path = new Set<object>();
  const open: { value: object; leave: boolean }[] = [{ value: root, leave: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, leave } = next;
    if (leave) {
      path.delete(value);
      done.add(value);
      continue;
    }
    if (path.has(value)) return true;
    if (done.has(value)) continue;
    path.add(value);
    open.push({ value, leave: true });
    for (const member of membersOf(value)) if (isContainer(member)) open.push({ value: member, leave: false });
  }
  return false;
}
