import type { ChartFile } from "./types.ts";

/**
 * A file that is read when somebody asks for its bytes: megabytes of CustomResourceDefinitions lie in charts, and most
 * commands never look at them.
 */
export class LateFile implements ChartFile {
  readonly name: string;
  declare readonly data: Uint8Array;
  readonly modTime?: number;
  private readonly read: () => Uint8Array;

  constructor(name: string, read: () => Uint8Array, modTime: number | undefined) {
    this.name = name;
    this.read = read;
    // A property of its own, so that copies made with `...` have the bytes.
    Object.defineProperty(this, "data", { get: read, enumerable: true });
    if (modTime !== undefined) this.modTime = modTime;
  }

  renamed(name: string): LateFile {
    return new LateFile(name, this.read, this.modTime);
  }
}

/** The same file under another name; one that was not read yet stays so. */
export function renamed(file: ChartFile, name: string): ChartFile {
  return file instanceof LateFile ? file.renamed(name) : { ...file, name };
}

const readByHelm = new Set([
  "Chart.yaml",
  "Chart.lock",
  "values.yaml",
  "values.schema.json",
  "requirements.yaml",
  "requirements.lock",
]);

/** Whether loading a chart can do without the bytes of a file, by its name from the chart's root. */
export function canBeLate(name: string): boolean {
  if (/(?:^|\/)templates\//.test(name) || name.endsWith(".tgz")) return false;
  return !readByHelm.has(name.slice(name.lastIndexOf("/") + 1));
}
