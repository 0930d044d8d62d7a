import { GoObject } from "../base/index.ts";
import { func, type Func } from "../gotemplate/index.ts";
import {
  compareVersions,
  type Constraint,
  formatVersion,
  incMajor,
  incMinor,
  incPatch,
  parseConstraint,
  parseVersion,
  setMetadata,
  setPrerelease,
  type Version,
} from "../semver/index.ts";
import type { Implementations } from "./families.ts";

/** Masterminds' Version as templates see it: `semver` answers a pointer, the Inc… and Set… methods a struct. */
class GoVersion extends GoObject {
  readonly goType: "*semver.Version" | "semver.Version";
  readonly version: Version;
  constructor(version: Version, goType: "*semver.Version" | "semver.Version" = "*semver.Version") {
    super();
    this.version = version;
    this.goType = goType;
  }
  format(): string {
    return formatVersion(this.version);
  }
  deepEquals(other: GoVersion): boolean {
    const [a, b] = [this.version, other.version];
    return compareVersions(a, b) === 0 && a.metadata === b.metadata && a.original === b.original;
  }
  /** copystructure cannot see the unexported fields: the copy is the zero version. */
  deepCopy(): GoVersion {
    const zero = { major: 0n, minor: 0n, patch: 0n, prerelease: "", metadata: "", original: "" };
    return new GoVersion(zero, this.goType);
  }
  override method(name: string): Func | undefined {
    const { version } = this;
    const text = (value: string) => func([], () => value, { result: "string" });
    const number = (value: bigint) => func([], () => value, { result: "uint64" });
    const compare = (test: (order: number) => boolean) =>
      func(["*semver.Version"], (other: GoVersion) => test(compareVersions(version, other.version)), {
        result: "bool",
      });
    const next = (change: () => Version) =>
      func([], () => new GoVersion(change(), "semver.Version"), { result: "semver.Version" });
    const changed = (change: (version: Version, text: string) => Version) =>
      func(["string"], (value) => new GoVersion(change(version, value), "semver.Version"), {
        result: "semver.Version",
      });
    switch (name) {
      case "Major":
        return number(version.major);
      case "Minor":
        return number(version.minor);
      case "Patch":
        return number(version.patch);
      case "Prerelease":
        return text(version.prerelease);
      case "Metadata":
        return text(version.metadata);
      case "Original":
        return text(version.original);
      case "String":
      case "Value":
        return text(formatVersion(version));
      case "Compare":
        return func(["*semver.Version"], (other: GoVersion) => compareVersions(version, other.version), {
          result: "int",
        });
      case "Equal":
        return compare((order) => order === 0);
      case "LessThan":
        return compare((order) => order < 0);
      case "LessThanEqual":
        return compare((order) => order <= 0);
      case "GreaterThan":
        return compare((order) => order > 0);
      case "GreaterThanEqual":
        return compare((order) => order >= 0);
      case "IncMajor":
        return next(() => incMajor(version));
      case "IncMinor":
        return next(() => incMinor(version));
      case "IncPatch":
        return next(() => incPatch(version));
      case "SetPrerelease":
        return changed(setPrerelease);
      case "SetMetadata":
        return changed(setMetadata);
      default:
        return undefined;
    }
  }
}

/** Ranges that were met: a chart asks the same few again and again. Nothing of a rendering is in them. */
const ranges = new Map<string, Constraint>();
const mostRanges = 200;

function rangeOf(text: string): Constraint {
  let range = ranges.get(text);
  if (range === undefined) {
    range = parseConstraint(text);
    if (ranges.size >= mostRanges) ranges.clear();
    ranges.set(text, range);
  }
  return range;
}

/** semver and semverCompare. */
export function create(): Implementations {
  return {
    semver: (text: string) => new GoVersion(parseVersion(text)),
    semverCompare: (constraint: string, text: string) => rangeOf(constraint).check(parseVersion(text)),
  };
}
