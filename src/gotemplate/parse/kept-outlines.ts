import { fromBytes } from "../../base/index.ts";
import { Action, comment, type ActionStore, type ParsedAction, type Shape } from "./action.ts";
import { readNode } from "./kept-nodes.ts";
import { recordSize, type Body, type Outline } from "./outline.ts";

/** What the bytes of kept outlines begin with: another form, another number. */
export const magic = 0x534c4f31;
/** The numbers of the header: the magic one, the lengths of the five parts in bytes. */
export const headerSize = 6 * 4;
/** The numbers of an action: its shape, the file it stands in, from where to where, and where its nodes begin. */
export const actionSize = 5;

/** What is kept of a shape: kind, `trimAfter`, `silent`, `needs`, `declares`, `functions`. */
export type KeptShape = readonly [number, 0 | 1, 0 | 1, readonly string[], readonly string[], readonly string[]];

/** What is kept of a file: name, length in bytes, number of records, functions, bodies as name, from, to. */
export type KeptFile = readonly [string, number, number, readonly number[], readonly (string | number)[]];

/** The part of the kept outlines that is JSON. */
export interface KeptTables {
  readonly functions: readonly string[];
  readonly shapes: readonly KeptShape[];
  /** Names of templates that are called or defined, by the numbers of the actions. */
  readonly names: Readonly<Record<number, string>>;
  readonly files: readonly KeptFile[];
}

/** A file to be kept: its name, its bytes, its outline. */
export type KeptEntry = readonly [string, Uint8Array, Outline];

/** Writes outlines as {@link KeptOutlines} reads them. */
export async function keepOutlines(files: readonly KeptEntry[]): Promise<Uint8Array> {
  const { writeOutlines } = await import("./keep-outlines.ts");
  return writeOutlines(files);
}

/** Compares bytes; a port, because engines of JavaScript are slow at it and their hosts are not. */
export type SameBytes = (a: Uint8Array, b: Uint8Array) => boolean;

interface OwnFile {
  readonly file: KeptFile;
  /** Where its numbers begin. */
  readonly at: number;
  readonly data: Uint8Array;
  text: string | undefined;
}

/**
 * Outlines that an earlier run found in the files of a chart, and the nodes of the actions that ran: finding them again
 * takes longer than all the rest of many a rendering. A file's outline is only taken for the very same bytes.
 *
 * The form: a header; numbers (for each file its records, then the numbers of its actions); actions; nodes; tables as
 * JSON; the same once more as far as it goes; the files. What was written twice is compared: that is quicker than any
 * checksum, and damage shows. A damaged file is not like the chart's.
 */
export class KeptOutlines implements ActionStore {
  /** How many actions ran that had not run before. */
  unknown = 0;
  private readonly tables: KeptTables;
  private readonly numbers: Int32Array;
  private readonly places: Int32Array;
  private readonly nodes: Uint16Array;
  private readonly same: SameBytes;
  private readonly files: OwnFile[] = [];
  private readonly byName = new Map<string, OwnFile>();
  private readonly shapes: Shape[];
  private readonly actions: (Action | undefined)[] = [];

  private constructor(own: Uint8Array, lengths: readonly number[], tables: KeptTables, same: SameBytes) {
    const [numbers = 0, actions = 0, nodes = 0] = lengths;
    const start = own.byteOffset + headerSize;
    this.tables = tables;
    this.numbers = new Int32Array(own.buffer, start, numbers / 4);
    this.places = new Int32Array(own.buffer, start + numbers, actions / 4);
    this.nodes = new Uint16Array(own.buffer, start + numbers + actions, nodes / 2);
    this.same = same;
    this.shapes = tables.shapes.map(([kind, trimAfter, silent, needs, declares, functions]) => ({
      kind,
      trimAfter: trimAfter === 1,
      silent: silent === 1,
      needs,
      declares,
      functions,
      checkedBy: undefined,
    }));
    let at = 0;
    let dataAt = own.length;
    for (const [, length] of tables.files) dataAt -= length;
    for (const file of tables.files) {
      const [name, length, count] = file;
      const known = { file, at, data: own.subarray(dataAt, dataAt + length), text: undefined };
      this.files.push(known);
      this.byName.set(name, known);
      at += count * (recordSize + 1);
      dataAt += length;
    }
  }

  /** Reads what was kept; undefined where it is damaged or of another form. */
  static read(bytes: Uint8Array, same: SameBytes): KeptOutlines | undefined {
    if (bytes.length < headerSize) return undefined;
    const own = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
    const [form, ...lengths] = new Int32Array(own.buffer, own.byteOffset, headerSize / 4);
    const [numbers = 0, actions = 0, nodes = 0, json = 0, texts = 0] = lengths;
    const end = headerSize + numbers + actions + nodes + json;
    if (form !== magic || own.length !== 2 * end + texts) return undefined;
    if (!same(own.subarray(0, end), own.subarray(end, 2 * end))) return undefined;
    const tables = JSON.parse(fromBytes(own.subarray(end - json, end))) as KeptTables;
    return new KeptOutlines(own, lengths, tables, same);
  }

  /** The outline of a file with these bytes, where it is known and all of its functions are there. */
  find(name: string, data: Uint8Array, hasFunction: (name: string) => boolean): Outline | undefined {
    const known = this.byName.get(name);
    if (known === undefined || !this.same(known.data, data)) return undefined;
    const [, , count, functions, bodies] = known.file;
    if (!functions.every((id) => hasFunction(this.tables.functions[id] as string))) return undefined;
    const actionsAt = known.at + count * recordSize;
    return new KeptOutline(
      this.fileText(known),
      this.numbers.subarray(known.at, actionsAt),
      bodiesOf(bodies),
      this.numbers.subarray(actionsAt, actionsAt + count),
      this,
    );
  }

  /** The files that are kept, with their outlines: to be kept again. */
  *entries(hasFunction: (name: string) => boolean): Iterable<KeptEntry> {
    for (const [name, { data }] of this.byName) {
      const outline = this.find(name, data, hasFunction);
      if (outline !== undefined) yield [name, data, outline];
    }
  }

  /** An action by its number. */
  action(id: number): Action {
    const known = this.actions[id];
    if (known !== undefined) return known;
    const shape = this.shapes[this.places[id * actionSize] as number] as Shape;
    const action = new Action(undefined, shape, this.tables.names[id] ?? "", undefined, this, id);
    this.actions[id] = action;
    return action;
  }

  textOf(id: number): string {
    const at = id * actionSize;
    const file = this.files[this.places[at + 1] as number] as OwnFile;
    return this.fileText(file).slice(this.places[at + 2], this.places[at + 3]);
  }

  holds(id: number): boolean {
    return this.nodesOf(id) >= 0;
  }

  parsedOf(id: number, { shape, name }: Action): ParsedAction | undefined {
    const at = this.nodesOf(id);
    if (at >= 0) return readNode(this.nodes, at, this.textOf(id), shape, name);
    this.unknown++;
    return undefined;
  }

  private nodesOf(id: number): number {
    return this.places[id * actionSize + 4] as number;
  }

  private fileText(file: OwnFile): string {
    return (file.text ??= fromBytes(file.data));
  }
}

function bodiesOf(list: readonly (string | number)[]): Map<string, Body> {
  const bodies = new Map<string, Body>();
  for (let i = 0; i < list.length; i += 3) {
    bodies.set(list[i] as string, { from: list[i + 1] as number, to: list[i + 2] as number });
  }
  return bodies;
}

/** An outline whose actions are made when a template of the file first runs. */
class KeptOutline implements Outline {
  readonly text: string;
  readonly records: Int32Array;
  readonly bodies: ReadonlyMap<string, Body>;
  private readonly ids: Int32Array;
  private readonly store: KeptOutlines;
  private made: Action[] | undefined;

  constructor(
    text: string,
    records: Int32Array,
    bodies: ReadonlyMap<string, Body>,
    ids: Int32Array,
    store: KeptOutlines,
  ) {
    this.text = text;
    this.records = records;
    this.bodies = bodies;
    this.ids = ids;
    this.store = store;
  }

  get actions(): readonly Action[] {
    return (this.made ??= this.make());
  }

  private make(): Action[] {
    const { ids, store } = this;
    const actions: Action[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      actions.push(id < 0 ? comment : store.action(id));
    }
    return actions;
  }
}
