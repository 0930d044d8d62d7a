import { type GoMap, fromBytes, isSlipwayError, messageOf } from "../../base/index.ts";
import { coalesceTables, deepCopy, validateOneSchema } from "../../chart/index.ts";
import { type Located, parseMap, parseWithSpans } from "../../goyaml/index.ts";
import type { LintInput, LintOptions, Messages } from "./types.ts";

const file = "values.yaml";

/** Lints values.yaml: whether it is there, parses, and fits values.schema.json together with the user's values. */
export async function lintValues(
  input: LintInput,
  user: GoMap,
  messages: Messages,
  options: LintOptions,
): Promise<void> {
  const found = input.files.find(({ name }) => name === file);
  if (found === undefined && !input.folders.has(file)) {
    messages.check("INFO", file, "file does not exist");
    return;
  }
  const text = fromBytes(found?.data ?? new Uint8Array());
  let values: GoMap;
  try {
    values = parseMap(text, { file });
  } catch (error) {
    const span = isSlipwayError(error) ? error.facts.span : undefined;
    const type = options.helmVersion === 3 ? "chartutil.Values" : "common.Values";
    const message = messageOf(error).replace("map[string]interface {}", type);
    messages.check("ERROR", file, `unable to parse YAML: ${message}`, span === undefined ? {} : { span });
    return;
  }
  const schema = input.files.find(({ name }) => name === "values.schema.json");
  // Helm 3 checks here even when it was told not to.
  const skip = options.skipSchemaValidation === true && options.helmVersion !== 3;
  if (schema === undefined || schema.data.length === 0 || skip) return;
  const coalesced = coalesceTables(coalesceTables({ __proto__: null }, deepCopy(user)), values);
  const { loadSchema } = options;
  const report = await validateOneSchema(schema.data, coalesced, loadSchema === undefined ? {} : { loadSchema });
  if (report === undefined) return;
  const located = parseWithSpans(text, { file });
  messages.check("ERROR", file, report.text, {
    span: firstSpan(located, report.errors),
    details: report.errors.map((error) => ({
      message: error.message,
      path: error.at.join("."),
      span: nearest(located, error.at),
    })),
  });
}

function firstSpan(located: Located, errors: readonly { readonly at: readonly string[] }[]) {
  return nearest(located, errors[0]?.at ?? []);
}

/** The place of a value, or of the map that lacks it. */
function nearest(located: Located, path: readonly string[]) {
  for (let length = path.length; length >= 0; length--) {
    const span = located.keySpan(path.slice(0, length));
    if (span !== undefined && length > 0) return span;
  }
  return { file, line: 1, column: 1 };
}
