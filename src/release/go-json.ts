import { isMap } from "../base/index.ts";
import { marshalJSON } from "../goyaml/index.ts";

/** JSON that stands for itself, as Go's json.RawMessage does. */
class RawMessage {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A Go map made ready for {@link goJson}: its keys in byte order, deeply ("10" before "2", which no JavaScript object keeps),
 * its numbers as Go prints them (every digit of an integer, -0). Structs are built in their own order and not passed
 * through here.
 */
export function sorted(value: unknown): unknown {
  return new RawMessage(marshalJSON(value));
}

/** JSON as Go's encoding/json writes it. Plain objects are structs: their fields keep their order, undefined ones are left out. */
export function goJson(value: unknown): string {
  if (value instanceof RawMessage) return value.text;
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (!isMap(value)) return marshalJSON(value);
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields.map(([name, inner]) => `${marshalJSON(name)}:${goJson(inner)}`).join(",")}}`;
}
