import { K, type Shape } from "./action.ts";
import { mayCall, outlineOf, type Body, type Outline, type OutlineOptions } from "./outline.ts";

/** So many characters of texts are kept, with their outlines; then all are forgotten. */
const most = 8_000_000;

interface Known {
  readonly name: string;
  readonly outline: Outline;
  /** The shapes of its actions, once the text was met again. */
  shapes: ReadonlySet<Shape> | undefined;
}

/** The outlines that were made, by their texts: charts bring copies of the same libraries and boilerplate. */
const known = new Map<string, Known>();
let kept = 0;

/** What {@link outlineOf} gives, from an earlier file of the same text where there was one. */
export function knownOutlineOf(name: string, text: string, options: OutlineOptions): Outline | undefined {
  const found = known.get(text);
  if (found === undefined) {
    const outline = outlineOf(name, text, options);
    if (outline !== undefined && !defines(outline, name)) keep(name, outline);
    return outline;
  }
  const { outline } = found;
  found.shapes ??= new Set(outline.actions.map(({ shape }) => shape));
  for (const shape of found.shapes) if (!mayCall(shape, options)) return outlineOf(name, text, options);
  if (found.name === name) return outline;
  if (defines(outline, name)) return outlineOf(name, text, options);
  const bodies = Array.from(outline.bodies, ([of, body]): [string, Body] => [of === found.name ? name : of, body]);
  return { ...outline, bodies: new Map(bodies) };
}

/** Whether a definition in the file has the file's own name. */
function defines({ actions }: Outline, name: string): boolean {
  return actions.some((action) => action.kind === K.define && action.name === name);
}

function keep(name: string, outline: Outline): void {
  const { text } = outline;
  kept += text.length;
  if (kept > most) {
    known.clear();
    kept = text.length;
  }
  known.set(text, { name, outline, shapes: undefined });
}
