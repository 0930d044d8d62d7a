import { byteLength, compareStrings, SlipwayError } from "../base/index.ts";

/** A semantic version. The numbers are Go's uint64s. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** What follows the `-`, or "". */
  readonly prerelease: string;
  /** What follows the `+`, or "". */
  readonly metadata: string;
  /** The text it was read from. */
  readonly original: string;
}

const maxLength = 256;
const maxUint64 = (1n << 64n) - 1n;

/** An error of this room: Masterminds' words, code `semver.invalid`. */
export function invalid(message: string): SlipwayError {
  return new SlipwayError(message, { code: "semver.invalid" });
}

/**
 * Masterminds' NewVersion: a leading `v`, missing minor and patch numbers (`1.2`) and leading zeros are accepted.
 * Throws `invalid semantic version` and its relatives.
 */
export function parseVersion(text: string): Version {
  checkLength(text);
  const match =
    /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/.exec(
      text,
    );
  if (match === null) throw invalid("invalid semantic version");
  const [, major = "", minor = "0", patch = "0", prerelease = "", metadata = ""] = match;
  const version = {
    major: segment(major, "error parsing version segment: "),
    minor: segment(minor, "error parsing version segment: "),
    patch: segment(patch, "error parsing version segment: "),
    prerelease,
    metadata,
    original: text,
  };
  if (prerelease !== "") checkPrerelease(prerelease);
  return version;
}

/** StrictNewVersion: three numbers without leading zeros and no `v`; the errors say what is wrong. */
export function parseStrict(text: string): Version {
  if (text === "") throw invalid("version string empty");
  checkLength(text);
  const dot = text.indexOf(".");
  const second = dot < 0 ? -1 : text.indexOf(".", dot + 1);
  if (second < 0) throw invalid("invalid semantic version");
  let last = text.slice(second + 1);
  let prerelease = "";
  let metadata = "";
  const plus = last.indexOf("+");
  if (plus >= 0) {
    metadata = last.slice(plus + 1);
    last = last.slice(0, plus);
    checkMetadata(metadata);
  }
  const dash = last.indexOf("-");
  if (dash >= 0) {
    prerelease = last.slice(dash + 1);
    last = last.slice(0, dash);
    checkPrerelease(prerelease);
  }
  const parts = [text.slice(0, dot), text.slice(dot + 1, second), last];
  for (const part of parts) {
    if (!/^[0-9]*$/.test(part)) throw invalid("invalid characters in version");
    if (part.length > 1 && part.startsWith("0")) throw invalid("version segment starts with 0");
  }
  const [major, minor, patch] = parts.map((part) => segment(part, "")) as [bigint, bigint, bigint];
  return { major, minor, patch, prerelease, metadata, original: text };
}

function checkLength(text: string): void {
  if (text.length > maxLength || byteLength(text) > maxLength) {
    throw invalid(`version string is too long (max ${maxLength} bytes)`);
  }
}

/** strconv.ParseUint of a text of digits. */
function segment(text: string, prefix: string): bigint {
  if (text === "") throw invalid(`${prefix}strconv.ParseUint: parsing "": invalid syntax`);
  const value = BigInt(text);
  if (value > maxUint64) throw invalid(`${prefix}strconv.ParseUint: parsing "${text}": value out of range`);
  return value;
}

function checkPrerelease(text: string): void {
  for (const part of text.split(".")) {
    if (part === "") throw invalid("invalid prerelease string");
    if (/^[0-9]+$/.test(part)) {
      if (part.length > 1 && part.startsWith("0")) throw invalid("version segment starts with 0");
    } else if (!/^[0-9A-Za-z-]+$/.test(part)) throw invalid("invalid prerelease string");
  }
}

function checkMetadata(text: string): void {
  for (const part of text.split(".")) {
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw invalid("invalid metadata string");
  }
}

/** The canonical text: three numbers, pre-release and metadata, without a leading `v`. */
export function formatVersion(version: Version): string {
  const { major, minor, patch, prerelease, metadata } = version;
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/** -1, 0 or 1, by precedence; metadata does not count. */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  if (a.major !== b.major) return a.major < b.major ? -1 : 1;
  if (a.minor !== b.minor) return a.minor < b.minor ? -1 : 1;
  if (a.patch !== b.patch) return a.patch < b.patch ? -1 : 1;
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "") return 1;
  if (b.prerelease === "") return -1;
  return comparePrerelease(a.prerelease, b.prerelease);
}

/** The order of pre-release texts, part by part; a missing part comes first. */
export function comparePrerelease(a: string, b: string): -1 | 0 | 1 {
  const as = a.split(".");
  const bs = b.split(".");
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const order = comparePart(as[i] ?? "", bs[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  if (a === "") return -1;
  if (b === "") return 1;
  const x = number(a);
  const y = number(b);
  // Numbers come before words.
  if (x === undefined && y === undefined) return compareStrings(a, b) > 0 ? 1 : -1;
  if (y === undefined) return -1;
  if (x === undefined) return 1;
  return x > y ? 1 : -1;
}

function number(text: string): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > maxUint64 ? undefined : value;
}

function changed(from: Version, parts: Partial<Version>): Version {
  const version = { ...from, ...parts };
  return { ...version, original: (from.original.startsWith("v") ? "v" : "") + formatVersion(version) };
}

function plusOne(value: bigint, name: string): bigint {
  if (value === maxUint64) throw invalid(`${name} version increment would overflow uint64`);
  return value + 1n;
}

/** The next patch version; of a pre-release, the release itself. */
export function incPatch(version: Version): Version {
  const patch = version.prerelease === "" ? plusOne(version.patch, "patch") : version.patch;
  return changed(version, { patch, prerelease: "", metadata: "" });
}

/** The next minor version. */
export function incMinor(version: Version): Version {
  return changed(version, { minor: plusOne(version.minor, "minor"), patch: 0n, prerelease: "", metadata: "" });
}

/** The next major version. */
export function incMajor(version: Version): Version {
  const major = plusOne(version.major, "major");
  return changed(version, { major, minor: 0n, patch: 0n, prerelease: "", metadata: "" });
}

/** The same version with another pre-release; throws `invalid prerelease string`. */
export function setPrerelease(version: Version, prerelease: string): Version {
  if (prerelease !== "") checkPrerelease(prerelease);
  return changed(version, { prerelease });
}

/** The same version with other metadata; throws `invalid metadata string`. */
export function setMetadata(version: Version, metadata: string): Version {
  if (metadata !== "") checkMetadata(metadata);
  return changed(version, { metadata });
}
