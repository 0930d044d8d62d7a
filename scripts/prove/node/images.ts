/** The images of the proof: one stand-in under every reference that the charts name, each with its service's contract. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { NodeLab } from "./lab.ts";

export type Contract = Readonly<Record<string, unknown>>;

/** The image in which helpers run: Python, curl and the stand-in's own programs. */
export const helperImage = "proof.local/helper:1";

/**
 * Makes the stand-in's image under each reference; `undefined` as the contract is for helpers that only need sh, curl and
 * Python. `scratch` is an empty folder.
 */
export async function makeImages(
  lab: NodeLab,
  references: ReadonlyMap<string, Contract | undefined>,
  scratch: string,
): Promise<void> {
  const layers = [`${programs(join(scratch, "app"))}:/app`, `${tools(join(scratch, "bin"))}:/usr/local/bin`];
  layers.push(`${curl(join(scratch, "curl"))}:/opt/curl`);
  for (const [reference, contract] of [...references, [helperImage, undefined] as const]) {
    const env = { PYTHONPATH: "/app", ...(contract && { CONTRACT: JSON.stringify(contract) }) };
    await lab.image(reference, { layers, env, entrypoint: "python3 /app/stand-in.py" });
  }
}

function programs(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const file of ["stand-in.py", "tell.py", "load.py", "uvicorn.py", "transformers.py"]) {
    copyFileSync(join(import.meta.dirname, file), join(folder, file));
  }
  return folder;
}

/** Programs by the names that the charts' commands use. */
function tools(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const scripts = {
    nginx: "exec python3 /app/stand-in.py",
    python: 'exec python3 "$@"',
    curl: 'LD_LIBRARY_PATH=/opt/curl exec /opt/curl/curl "$@"',
    // busybox's `wget -S -T SECONDS -O FILE URL`; busybox itself, linked statically, cannot look names up.
    wget: [
      "while [ $# -gt 1 ]; do case $1 in -T) seconds=$2; shift ;; -O) file=$2; shift ;; esac; shift; done",
      'exec curl --silent --show-error --fail --max-time "$seconds" --dump-header /dev/stderr --output "$file" "$1"',
    ].join("\n"),
  };
  for (const [name, line] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** The machine's curl with its libraries, but those of the C library. */
function curl(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const [program = ""] = execFileSync("which", ["curl"], { encoding: "utf8" }).split("\n");
  copyFileSync(program, join(folder, "curl"));
  chmodSync(join(folder, "curl"), 0o755);
  for (const [, library = ""] of execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/=> (\/\S+)/g)) {
    if (!/^(libc|libm|libdl|libpthread|librt|libresolv|ld-linux.*)\.so/.test(basename(library)))
      copyFileSync(library, join(folder, basename(library)));
  }
  return folder;
}
