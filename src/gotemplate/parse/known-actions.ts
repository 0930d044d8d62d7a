import { Action, K, parseAction, type Shape } from "./action.ts";

/** So many texts of actions are kept; then all are forgotten. */
const most = 20_000;
/** Longer ones are hardly ever met again. */
const longest = 1000;

/**
 * The actions that were met, by their texts, in all charts of this process: what an action means depends on nothing
 * else. `null` marks a text that is not a whole action: its `}}` stands inside a string.
 */
const known = new Map<string, Action | null>();

/** The same for shapes. */
const shapes = new Map<string, Shape | null>();

/** The action of a text; undefined when there is none that could be taken without its file. */
export function actionOf(text: string): Action | undefined {
  const found = known.get(text);
  if (found !== undefined) return found ?? undefined;
  if (text.length > longest) return newAction(text);
  // A slice of a file would keep the whole file in memory.
  const own = text.length < 13 ? text : ` ${text}`.slice(1);
  const action = newAction(own);
  if (known.size >= most) known.clear();
  known.set(own, action ?? null);
  return action;
}

function newAction(text: string): Action | undefined {
  const shaped = shapeText(text);
  let shape = shapes.get(shaped);
  if (shape === undefined) {
    if (shapes.size >= most) shapes.clear();
    const parsed = parseAction(shaped);
    shape = parsed?.shape ?? null;
    if (shaped.length <= longest) shapes.set(shaped, shape);
    if (parsed !== undefined && shaped === text) return new Action(text, parsed.shape, parsed.name, parsed);
  }
  if (shape === null) {
    const parsed = shaped === text ? undefined : parseAction(text);
    return parsed === undefined ? undefined : new Action(text, parsed.shape, parsed.name, parsed);
  }
  if (shape.kind !== K.define && shape.kind !== K.template) return new Action(text, shape, "");
  // What is its own shape may name a template in other quotes: its text was met before and forgotten since.
  return new Action(text, shape, shaped === text ? (parseAction(text)?.name ?? "") : firstString(text));
}

/** The first string of an action whose text was not its own shape: there are no escapes in it. */
function firstString(text: string): string {
  const from = text.indexOf('"') + 1;
  const name = text.slice(from, text.indexOf('"', from));
  return name.isWellFormed() ? name : (parseAction(text)?.name ?? name);
}

const strings = /"[^"\n]*"/g;
const fields = /\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/g;

/**
 * An action without what makes it differ from so many others: chains of fields become one, strings empty. If this is an
 * action, so is the text, and with the same variables and functions: neither a string without escapes nor a field
 * changes how the rest is read. Texts with other quotes, in which that would not hold, stay as they are.
 */
function shapeText(text: string): string {
  if (text.startsWith("{{`")) {
    const last = text.length - 3;
    if (text.startsWith("`}}", last) && text.indexOf("`", 3) === last) return "{{``}}";
  }
  if (/[`'\\]/.test(text)) return text;
  return text.replace(strings, '""').replace(fields, ".x");
}
