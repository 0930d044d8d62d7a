import { SlipwayError } from "../base/index.ts";

/** A parsed `-l k=v,k2!=v2`: all of it has to hold. */
export interface Selector {
  readonly equal: readonly (readonly [string, string])[];
  readonly unequal: readonly (readonly [string, string])[];
}

const word = "[a-zA-Z0-9_./+-]+";
const equals = new RegExp(`^(${word})=(${word})$`);
const differs = new RegExp(`^(${word})!=(${word})$`);

/** Reads one `--selector`. Throws fleet.selector in helmfile's words. */
export function parseSelector(text: string): Selector {
  const equal: [string, string][] = [];
  const unequal: [string, string][] = [];
  for (const label of text.split(",")) {
    const no = differs.exec(label);
    const yes = no ? null : equals.exec(label);
    if (no) unequal.push([no[1] as string, no[2] as string]);
    else if (yes) equal.push([yes[1] as string, yes[2] as string]);
    else {
      throw new SlipwayError(`malformed label: ${label}. Expected label in form k=v or k!=v`, {
        code: "fleet.selector",
        fix: "A selector names a label and its value: --selector service=ml-api",
      });
    }
  }
  return { equal, unequal };
}

/** True when any selector matches, or when there is none. */
export function matchesAny(selectors: readonly Selector[], labels: Readonly<Record<string, string>>): boolean {
  if (selectors.length === 0) return true;
  return selectors.some(
    ({ equal, unequal }) =>
      equal.every(([key, value]) => labels[key] === value) && unequal.every(([key, value]) => labels[key] !== value),
  );
}
