import { SlipwayError } from "../base/index.ts";

const pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/** What is wrong with a release name, in Helm's words; undefined when it is fine. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "no name provided";
  if (name.length > 53 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    return `invalid release name, must match regex ${pattern} and the length must not be longer than 53`;
  }
  return undefined;
}

/** Throws `release.name`; `prefix` is what the action says before the name. */
export function checkName(name: string, prefix: string): void {
  if (nameProblem(name) !== undefined)
    throw new SlipwayError(`${prefix}${name}`, { code: "release.name", fix: nameProblem(name) ?? "" });
}
