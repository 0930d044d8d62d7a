import { GoInt, newMap, type GoMap } from "../base/index.ts";
import { E, type Parser } from "./parser.ts";
import { resolveJson, resolvePlain } from "./resolve.ts";

/** Answered when a document needs the exact decoder: anchors, tags, merges, odd keys, numbers JSON lacks. */
export const needsDecoder = Symbol("needsDecoder");

/** encoding/json reads no deeper. */
export const maxJsonDepth = 10000;

/**
 * The fast way from events to JSON data, for documents that use nothing special, which is nearly all of them.
 * The parser must be in front of a document; answers undefined at the end of the stream. A document that needs more
 * is given up at once, and read again from the start by the exact decoder (decode.ts).
 */
export function composeJson(parser: Parser): unknown {
  if (parser.next() === E.streamEnd) return undefined;
  const stack: (unknown[] | GoMap)[] = [];
  let list: unknown[] | undefined;
  let map: GoMap | undefined;
  let key: string | undefined;
  let root: unknown = null;
  for (;;) {
    const event = parser.next();
    let value: unknown;
    switch (event) {
      case E.scalar: {
        if (parser.anchor !== "" || parser.tag !== "") return needsDecoder;
        const { value: text, implicit } = parser;
        if (map !== undefined && key === undefined) {
          key = implicit ? plainKey(text) : text;
          if (key === undefined) return needsDecoder;
          continue;
        }
        value = implicit ? resolveJson(text) : text;
        if (typeof value === "number" && !Number.isFinite(value)) return needsDecoder;
        break;
      }
      case E.mappingStart:
      case E.sequenceStart: {
        if (parser.anchor !== "" || parser.tag !== "") return needsDecoder;
        let opened: unknown[] | GoMap;
        if (list !== undefined) {
          opened = event === E.mappingStart ? newMap() : [];
          list.push(opened);
          stack.push(list);
        } else if (map !== undefined) {
          if (key === undefined) return needsDecoder;
          opened = event === E.mappingStart ? newMap() : [];
          map[key] = opened;
          stack.push(map);
          key = undefined;
        } else {
          opened = event === E.mappingStart ? newMap() : [];
          root = opened;
        }
        if (stack.length >= maxJsonDepth) return needsDecoder;
        if (event === E.mappingStart) {
          map = opened as GoMap;
          list = undefined;
        } else {
          list = opened as unknown[];
          map = undefined;
        }
        continue;
      }
      case E.sequenceEnd:
      case E.mappingEnd: {
        const outer = stack.pop();
        if (Array.isArray(outer)) {
          list = outer;
          map = undefined;
        } else {
          map = outer;
          list = undefined;
        }
        continue;
      }
      case E.documentEnd:
        return root;
      default:
        return needsDecoder; // an alias
    }
    if (list !== undefined) list.push(value);
    else if (map !== undefined) {
      map[key as string] = value;
      key = undefined;
    } else root = value;
  }
}

/** A key without quotes as sigs writes it for JSON; undefined for those the exact decoder must look at. */
export function plainKey(text: string): string | undefined {
  if (text === "<<") return undefined;
  const value = resolvePlain(text);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return value instanceof GoInt && value.kind === "int" ? value.toString() : undefined;
}
