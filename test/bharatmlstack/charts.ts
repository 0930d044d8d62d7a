/** BharatMLStack's charts as they are rendered, and their scripts as the rendered pods would run them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, parseDocuments } from "../../src/goyaml/index.ts";
import { root } from "../platforms/charts.ts";
import { runProgram, slipwayTemplate, type Ran } from "../platforms/render.ts";

export const platform: string = join(root, "platforms", "bharatmlstack");
export const charts = ["online-feature-store", "horizon", "trufflebox-ui", "sdk-common"] as const;

export interface Port {
  readonly number: number;
  readonly protocol: string;
  readonly exposed?: boolean;
}

export interface Service {
  readonly chart: string;
  readonly image: string;
  readonly version: string;
  readonly user: number;
  readonly command: readonly string[];
  readonly ports: Readonly<Record<string, Port>>;
  readonly health: {
    readonly port: string;
    readonly path: string;
    readonly status: number;
    readonly body: string;
  };
  readonly metrics?: { readonly statsd: string; readonly samples: readonly string[] };
  readonly http?: readonly {
    readonly method: string;
    readonly path: string;
    readonly without?: number;
    readonly wrong?: number;
  }[];
  readonly headers?: readonly string[];
  readonly environment: Readonly<Record<string, readonly string[]>>;
}

/** The services' contract, from the file that the charts read. */
export const services = (
  parse(readFileSync(join(platform, "helm", "services.yaml"), "utf8")) as {
    services: Record<string, Service>;
  }
).services;

// Manifests are read as they come; their shapes are what the tests are about.
// oxlint-disable-next-line typescript/no-explicit-any
export type Manifest = any;

/** The objects of a chart under its own name; `set` is a list of --set words (--set-json, where the value is JSON), `files` are relative to the chart. */
export async function render(
  chart: string,
  options: { readonly files?: readonly string[]; readonly set?: readonly string[]; readonly namespace?: string } = {},
): Promise<Manifest[]> {
  const folder = join(platform, "helm", chart);
  const files = (options.files ?? []).flatMap((file) => ["-f", join(folder, file)]);
  const sets = (options.set ?? []).flatMap((word) => [/=[{["]/.test(word) ? "--set-json" : "--set", word]);
  const ran = await slipwayTemplate(4, [chart, folder, "--namespace", options.namespace ?? "test", ...files, ...sets]);
  assert.equal(ran.code, 0, ran.err);
  // As JSON reads them: objects of this program, not of the YAML room.
  return JSON.parse(JSON.stringify(parseDocuments(ran.out).filter((object) => object !== null)));
}

/** The one object of a kind, or the one of this name, with or without a hash behind it. */
export function find(objects: readonly Manifest[], kind: string, name = ""): Manifest {
  const named = (own: string) => name === "" || own === name || own.replace(/-[0-9a-f]{8}$/, "") === name;
  const found = objects.filter((object) => object.kind === kind && named(object.metadata.name));
  assert.equal(
    found.length,
    1,
    `${kind}/${name}: ${objects.map((object) => `${object.kind}/${object.metadata.name}`).join(" ")}`,
  );
  return found[0];
}

/** A container's plain variables. */
export function variables(container: Manifest): Record<string, string> {
  const plain = (container.env ?? []).filter((item: Manifest) => item.value !== undefined);
  return Object.fromEntries(plain.map((item: Manifest) => [item.name, item.value]));
}

/** A folder that stands for a container's file system. */
export interface Sandbox extends Disposable {
  readonly folder: string;
  /** Writes a file, given by its absolute path in the container. */
  write(path: string, text: string | Uint8Array, mode?: number): void;
  read(path: string): string;
  /**
   * Runs what a container's `command` says, with its variables and those given over them. Absolute paths below the
   * container's mounts mean this folder.
   */
  run(container: Manifest, env?: Readonly<Record<string, string>>): Promise<Ran>;
}

/** Makes one; `mounts` are the folders of the container that its script or its variables name. */
export function sandbox(mounts: readonly string[] = ["/tmp"]): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bharat-"));
  for (const mount of [...mounts, "/bin"]) mkdirSync(join(folder, mount), { recursive: true });
  const moved = (text: string) =>
    mounts.reduce(
      (out, mount) => out.replaceAll(new RegExp(`(?<![\\w.])${mount}(?=/|$|\\s|")`, "g"), join(folder, mount)),
      text,
    );
  const write = (path: string, text: string | Uint8Array, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode });
  };
  return {
    folder,
    write,
    read: (path) => readFileSync(join(folder, path), "utf8"),
    async run(container, env = {}) {
      const [program, ...args] = container.command as string[];
      const words = args.map((word) => {
        // A script in a file is moved, too.
        if (!word.startsWith("/")) return moved(word);
        const path = moved(word);
        writeFileSync(`${path}.moved`, moved(readFileSync(path, "utf8")));
        return `${path}.moved`;
      });
      const given = Object.fromEntries(Object.entries(variables(container)).map(([key, value]) => [key, moved(value)]));
      return runProgram(program as string, words, {
        env: { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`, ...given, ...env },
        seconds: 60,
      });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
