import { type Action, comment, type ParsedAction, type Shape } from "./action.ts";
import type { Node, Operand, PipeNode } from "./ast.ts";
import { N, readNode } from "./kept-nodes.ts";
import { actionSize, magic, type KeptEntry, type KeptFile, type KeptShape, type KeptTables } from "./kept-outlines.ts";
import { R, recordSize } from "./outline.ts";

/** Writes outlines so that KeptOutlines can read them. */
export function writeOutlines(files: readonly KeptEntry[]): Uint8Array {
  const keeper = new Keeper();
  for (const entry of files) keeper.add(entry);
  return keeper.bytes();
}

/** Numbers things in the order in which they come. */
class Numbering<Item> {
  private readonly numbers = new Map<Item, number>();
  readonly items: Item[] = [];

  of(item: Item): number {
    let number = this.numbers.get(item);
    if (number === undefined) {
      number = this.items.length;
      this.numbers.set(item, number);
      this.items.push(item);
    }
    return number;
  }
}

class Keeper {
  private readonly shapes = new Numbering<Shape>();
  private readonly functions = new Numbering<string>();
  private readonly texts = new Numbering<string>();
  private readonly actions: Action[] = [];
  /** Of each action its file, and where it starts and ends there. */
  private readonly places: [number, number, number][] = [];
  private readonly files: KeptFile[] = [];
  private readonly data: Uint8Array[] = [];
  private readonly numbers: number[] = [];

  add([name, data, { records, actions, bodies }]: KeptEntry): void {
    for (const number of records) this.numbers.push(number);
    const functions = new Set<number>();
    actions.forEach((action, i) => {
      this.numbers.push(this.idOf(action, records[i * recordSize + R.start] as number));
      for (const used of action.shape.functions) functions.add(this.functions.of(used));
    });
    const kept = Array.from(bodies, ([body, { from, to }]) => [body, from, to]).flat();
    this.files.push([name, data.length, actions.length, [...functions], kept]);
    this.data.push(data);
  }

  /** The same text is the same action, and of two of them the one that ran is kept. */
  private idOf(action: Action, start: number): number {
    if (action === comment) return -1;
    const { text } = action;
    const id = this.texts.of(text);
    if (this.places[id] === undefined) this.places[id] = [this.files.length, start, start + text.length];
    if (this.actions[id]?.isParsed !== true) this.actions[id] = action;
    return id;
  }

  bytes(): Uint8Array {
    const names: Record<number, string> = {};
    const places = new Int32Array(this.actions.length * actionSize);
    const nodes: number[] = [];
    this.actions.forEach((action, id) => {
      if (action.name !== "") names[id] = action.name;
      const written = writeNodes(action);
      const at = written === undefined ? -1 : nodes.length;
      if (written !== undefined) nodes.push(...written);
      places.set([this.shapes.of(action.shape), ...(this.places[id] as [number, number, number]), at], id * actionSize);
    });
    // What follows has to begin at an even place.
    const tables: KeptTables = {
      functions: this.functions.items,
      shapes: this.shapes.items.map(keptShape),
      names,
      files: this.files,
    };
    const json = new TextEncoder().encode(JSON.stringify(tables));
    const parts = [Int32Array.from(this.numbers), places, Uint16Array.from(nodes)]
      .map(({ buffer }) => new Uint8Array(buffer))
      .concat(json);
    const texts = this.data.reduce((sum, { length }) => sum + length, 0);
    const header = new Uint8Array(Int32Array.of(magic, ...parts.map(({ length }) => length), texts).buffer);
    return joined([header, ...parts, header, ...parts, ...this.data]);
  }
}

function keptShape({ kind, trimAfter, silent, needs, declares, functions }: Shape): KeptShape {
  return [kind, trimAfter ? 1 : 0, silent ? 1 : 0, needs, declares, functions];
}

/**
 * The nodes of an action that ran, as `readNode` reads them. Undefined for the others, which are parsed should they run
 * one day, and for what would not be the same afterwards: rare constants, names between which there is space.
 */
function writeNodes(action: Action): number[] | undefined {
  if (!action.isParsed) return undefined;
  const { text, shape, name, node, pipe } = action;
  const out: number[] = [pipe === undefined ? N.none : N.pipe, node?.pos ?? 0, 0, node?.end ?? 0];
  if (pipe !== undefined) writePipe(out, pipe);
  if (out.some((number) => number > 0xffff)) return undefined;
  const again = readNode(Uint16Array.from(out), 0, text, shape, name);
  return shown({ shape, name, pipe, node }) === shown(again) ? out : undefined;
}

function shown({ pipe, node }: ParsedAction): string {
  return JSON.stringify([pipe, node], (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

function writePipe(out: number[], pipe: PipeNode): void {
  const { decl, cmds } = pipe;
  place(out, N.pipe, pipe);
  out.push(pipe.isAssign ? 1 : 0, decl.length);
  for (const variable of decl) place(out, N.variable, variable);
  out.push(cmds.length);
  for (const command of cmds) {
    place(out, N.none, command);
    out.push(command.args.length);
    for (const operand of command.args) writeOperand(out, operand);
  }
}

function writeOperand(out: number[], operand: Operand): void {
  if (operand.type === "pipe") return writePipe(out, operand);
  place(out, N[operand.type], operand);
  if (operand.type === "chain") writeOperand(out, operand.node);
}

function place(out: number[], type: number, { pos, start, end }: Pick<Node, "pos" | "start" | "end">): void {
  out.push(type, pos, start, end);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
