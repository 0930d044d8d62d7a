import { isMap, messageOf, newMap, nilOf, type GoMap } from "../base/index.ts";
import { func, type FuncMap } from "../gotemplate/index.ts";
import { marshalJSON, parseList, parseMap, stringify, stringifyV3, unmarshalJSON } from "../goyaml/index.ts";
import { checkSize, type FunctionLimits } from "./limits.ts";

const withoutLineEnd = (text: string) => (text.endsWith("\n") ? text.slice(0, -1) : text);

/** Helm's way with errors when it writes: an empty text. */
function quietly(write: (value: unknown) => string): (value: unknown) => string {
  return (value) => {
    try {
      return write(value);
    } catch {
      return "";
    }
  };
}

/** Helm's way with errors when it reads a map: the words under the key Error. */
function intoMap(read: (text: string) => GoMap): (text: string) => GoMap {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      return Object.assign(newMap(), { Error: messageOf(error) });
    }
  };
}

/** And when it reads a list: the words as its only element. */
function intoList(read: (text: string) => unknown[]): (text: string) => unknown[] {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      return [messageOf(error)];
    }
  };
}

const kindInJson = (value: unknown) =>
  Array.isArray(value) ? "array" : isMap(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;

const wrongType = (value: unknown, type: string) =>
  new Error(`json: cannot unmarshal ${kindInJson(value)} into Go value of type ${type}`);

/** A number by itself is refused for its kind, before anybody asks whether it fits into a float64. */
function unmarshalInto(text: string, type: string): unknown {
  try {
    return unmarshalJSON(text);
  } catch (error) {
    if (/^\s*-?[0-9][0-9.eE+-]*\s*$/.test(text) && messageOf(error).includes("Go value of type"))
      throw wrongType(0, type);
    throw error;
  }
}

/** json.Unmarshal into a map[string]interface{}: null makes it a nil one. */
function jsonMap(text: string): GoMap {
  const value = unmarshalInto(text, "map[string]interface {}");
  if (value === null) return nilOf("map[string]interface {}") as GoMap;
  if (!isMap(value)) throw wrongType(value, "map[string]interface {}");
  return value;
}

function jsonList(text: string): unknown[] {
  const value = unmarshalInto(text, "[]interface {}");
  if (value === null) return nilOf("[]interface {}") as unknown[];
  if (!Array.isArray(value)) throw wrongType(value, "[]interface {}");
  return value;
}

/** What Helm (and under it sprig) reads and writes: YAML and JSON. TOML is in toml.ts. */
export function dataFuncs(limits: FunctionLimits): FuncMap {
  const any = "interface {}";
  const write = (call: (value: unknown) => string, cyclesPass = true) =>
    func(
      [any],
      (value) => {
        checkSize(value, limits, cyclesPass);
        return call(value);
      },
      { result: "string" },
    );
  const yaml = (value: unknown) => withoutLineEnd(stringify(value));
  const pretty = (value: unknown) => marshalJSON(value, { indent: "  " });
  const raw = (value: unknown) => marshalJSON(value, { escapeHTML: false });
  const json = (value: unknown) => marshalJSON(value);
  const map = { result: "map[string]interface {}" };
  const list = { result: "[]interface {}" };
  return {
    toYaml: write(quietly(yaml)),
    mustToYaml: write(yaml),
    toYamlPretty: write(
      quietly((value) => withoutLineEnd(stringifyV3(value, { indent: 2 }))),
      false,
    ),
    fromYaml: func(["string"], intoMap(parseMap), map),
    fromYamlArray: func(["string"], intoList(parseList), list),
    toJson: write(quietly(json)),
    mustToJson: write(json),
    toPrettyJson: write(quietly(pretty)),
    mustToPrettyJson: write(pretty),
    toRawJson: write(raw),
    mustToRawJson: write(raw),
    fromJson: func(["string"], intoMap(jsonMap), map),
    fromJsonArray: func(["string"], intoList(jsonList), list),
    mustFromJson: func(["string"], unmarshalJSON),
  };
}
