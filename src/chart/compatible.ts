import { parseConstraint, parseVersion } from "../semver/index.ts";

/** Does the version lie in the range? False for anything that cannot be read, as Helm answers. */
export function isCompatible(constraint: string, version: string): boolean {
  try {
    const parsed = parseVersion(version);
    return parseConstraint(constraint).check(parsed);
  } catch {
    return false;
  }
}
