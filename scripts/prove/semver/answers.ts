import { messageOf } from "../../../src/base/index.ts";
import {
  compareVersions,
  formatVersion,
  incMajor,
  incMinor,
  incPatch,
  parseConstraint,
  parseStrict,
  parseVersion,
  setMetadata,
  setPrerelease,
  type Version,
} from "../../../src/semver/index.ts";

/** A question as the oracle in test/tools/semver-oracle takes it. */
export type Question =
  | { readonly op: "version" | "strict"; readonly text: string }
  | { readonly op: "constraint"; readonly text: string; readonly versions: readonly string[]; readonly all?: boolean }
  | { readonly op: "compare"; readonly text: string; readonly other: string }
  | { readonly op: "set"; readonly text: string; readonly pre?: string; readonly meta?: string };

/** Our answer, of the oracle's shape. */
export function ourAnswer(question: Question): object {
  try {
    return answer(question);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function answer(question: Question): object {
  switch (question.op) {
    case "version":
    case "strict": {
      const version = (question.op === "strict" ? parseStrict : parseVersion)(question.text);
      return { ...describe(version), next: [incMajor, incMinor, incPatch].map((next) => increment(next, version)) };
    }
    case "constraint": {
      const constraint = parseConstraint(question.text, { includePrerelease: question.all === true });
      const results = question.versions.map((text) => {
        const version = parseVersion(text);
        return { check: constraint.check(version), reasons: constraint.validate(version) };
      });
      const text = constraint.toString();
      return { ...(text === "" ? {} : { text }), ...(results.length === 0 ? {} : { results }) };
    }
    case "compare": {
      const order = compareVersions(parseVersion(question.text), parseVersion(question.other));
      return order === 0 ? {} : { order };
    }
    default: {
      let version = parseVersion(question.text);
      if (question.pre !== undefined) version = setPrerelease(version, question.pre);
      if (question.meta !== undefined) version = setMetadata(version, question.meta);
      return describe(version);
    }
  }
}

function describe(version: Version): object {
  const { major, minor, patch, prerelease, metadata, original } = version;
  const parts = [...[major, minor, patch].map(String), prerelease, metadata];
  return { version: formatVersion(version), parts, ...(original === "" ? {} : { original }) };
}

function increment(next: (version: Version) => Version, version: Version): string {
  try {
    return next(version).original;
  } catch (error) {
    return `panic: ${messageOf(error)}`;
  }
}
