import { SlipwayError } from "../base/index.ts";
import { withNeeds } from "./graph.ts";
import type { Host } from "./host.ts";
import { findFiles, type LoadedFile, loadFile, type LoadOptions } from "./load.ts";
import { type FleetRelease, resolveReleases, selectorLabels } from "./releases.ts";
import { matchesAny, parseSelector } from "./selector.ts";

export interface FleetOptions extends Omit<LoadOptions, "host"> {
  readonly host: Host;
  readonly cwd: string;
  /** `--file`. */
  readonly file?: string;
  /** `--selector`, any of which may match. */
  readonly selectors?: readonly string[];
  /** `--include-needs`, `--include-transitive-needs`: what the selected releases need is selected too. */
  readonly includeNeeds?: boolean;
  /** Select releases too whose `condition` does not hold: `list` shows them. */
  readonly disabled?: boolean;
  /** `--allow-no-matching-release`. */
  readonly allowNone?: boolean;
}

/** A fleet: everything its files say, and what was selected of it. */
export interface Fleet {
  readonly files: readonly LoadedFile[];
  /** Every release of every file, in order. */
  readonly all: readonly FleetRelease[];
  readonly selected: readonly FleetRelease[];
}

/** Loads the helmfiles that `file` stands for, resolves their releases and applies the selectors. Throws fleet.*. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const selectors = (options.selectors ?? []).map(parseSelector);
  const files: LoadedFile[] = [];
  const all: FleetRelease[] = [];
  for (const path of findFiles(options.host, options.cwd, options.file)) {
    const file = await loadFile(path, options);
    files.push(file);
    all.push(...(await resolveReleases(file, options)));
  }
  const matching = all.filter(
    (release) => (release.enabled || options.disabled) && matchesAny(selectors, selectorLabels(release)),
  );
  const selected = options.includeNeeds ? withNeeds(matching, all) : matching;
  if (selected.length === 0 && !options.allowNone) {
    throw new SlipwayError(
      `no releases found that matches specified selector(${(options.selectors ?? []).join(", ")}) and environment(${options.environment}), in any helmfile`,
      {
        code: "fleet.none",
        fix:
          all.length > 0
            ? `The releases are: ${all.map(({ name }) => name).join(", ")}`
            : "The file defines no releases",
      },
    );
  }
  return { files, all, selected };
}
