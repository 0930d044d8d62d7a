import { SlipwayError, systemClock, systemRandom } from "../base/index.ts";
import type { HelmVersion } from "../chart/index.ts";
import { TemplateSet } from "../gotemplate/index.ts";
import { familiesOf, loadFamilies, sprigFuncs } from "../sprig/index.ts";

const validName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Throws `release.name` in Helm's words for a name that no release may have. */
export function checkReleaseName(name: string, helmVersion: HelmVersion = 4): void {
  let problem: string | undefined;
  if (name === "") problem = "no name provided";
  else if (name.length > 53 || !validName.test(name)) {
    problem = `invalid release name, must match regex ${validName.source.replaceAll("\\/", "/")} and the length must not be longer than 53`;
  }
  if (problem === undefined) return;
  const told = `release name ${JSON.stringify(name)}: ${problem}`;
  throw new SlipwayError(helmVersion === 3 ? told : `release name check failed: ${told}`, {
    code: "release.name",
    fix: "A release name is lower-case letters, digits, - and ., at most 53 characters.",
  });
}

/** What `--name-template` makes: sprig's functions, no data. Throws template.parse and template.exec in Go's words. */
export async function nameFromTemplate(text: string): Promise<string> {
  const funcs = sprigFuncs({ clock: systemClock, random: systemRandom });
  const set = new TemplateSet({ name: "name-template", funcs });
  const template = set.parse("name-template", text);
  await loadFamilies(familiesOf(Object.keys(funcs).filter((name) => text.includes(name))));
  return set.execute(template, null);
}
