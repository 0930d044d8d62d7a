/** The table of settings in a chart's README, between two markers. */
import { type Definitions, typeInWords } from "./schema.ts";
import type { Setting } from "./settings.ts";

const begin = "<!-- values:begin -->";
const end = "<!-- values:end -->";

/** The README with its table replaced by that of `settings`. Throws when the markers are missing. */
export function withTable(readme: string, settings: readonly Setting[], definitions: Definitions): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for the table: ${begin} and ${end}`);
  return `${readme.slice(0, from + begin.length)}\n${tableOf(settings, definitions)}${readme.slice(to)}`;
}

function tableOf(settings: readonly Setting[], definitions: Definitions): string {
  const rows = leaves(settings).map((setting) => {
    const value = JSON.stringify(setting.value);
    return `| \`${setting.path}\` | ${typeInWords(setting, definitions)} | \`${cell(value)}\` | ${cell(setting.description)} |\n`;
  });
  return `| setting | type | default | what it is |\n|---|---|---|---|\n${rows.join("")}`;
}

function leaves(settings: readonly Setting[]): Setting[] {
  return settings.flatMap((setting) => (setting.children.length > 0 ? leaves(setting.children) : [setting]));
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
