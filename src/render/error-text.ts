/**
 * How Helm words what Go's templates throw. Both Helms take `fail` and `required` out of the chain of calls; Helm 4
 * sets the rest out over several lines, a frame each. All of it works on the text of the errors, as Helm does, because
 * what comes out depends on how that text happens to be cut.
 */
const warnStart = "HELM_ERR_START";
const warnEnd = "HELM_ERR_END";

/** Marks the message of `fail` and `required`, so that it can be found in the text of an error again. */
export function markWarning(message: string): string {
  return warnStart + message + warnEnd;
}

/** The message that was marked, if there is one: from the first start to the last end. */
export function markedWarning(text: string): string | undefined {
  const start = text.indexOf(warnStart);
  const end = text.lastIndexOf(warnEnd);
  return start < 0 || end < start + warnStart.length ? undefined : text.slice(start + warnStart.length, end);
}

/** Helm's words for a template that does not parse: `parse error at (chart/templates/x.yaml:3): …`. */
export function parseErrorText(file: string, text: string): string {
  const tokens = text.split(": ");
  if (tokens.length === 1) return `parse error in (${file}): ${text}`;
  return `parse error at (${tokens[1]}): ${tokens.at(-1)}`;
}

/**
 * Helm's words for a template that failed. `links` are the texts of the chain of errors, outermost first: a failed
 * `include` holds the error of the template that it ran.
 */
export function execErrorText(file: string, links: readonly string[], helmVersion: 3 | 4): string {
  const text = links[0] ?? "";
  const tokens = splitN(text, ": ", 3);
  if (tokens.length !== 3) return `execution error in (${file}): ${text}`;
  const warning = markedWarning(tokens[2] as string);
  if (warning !== undefined) return `execution error at (${tokens[1]}): ${warning}`;
  return helmVersion === 3 ? text : frames(links);
}

function splitN(text: string, separator: string, limit: number): string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < limit - 1) {
    const at = text.indexOf(separator, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}

interface Frame {
  readonly location: string;
  readonly executing: string;
  readonly message: string;
}

/** Helm 4's lines, a frame for every link; where one link is no template error, the plain text. */
function frames(links: readonly string[]): string {
  const list: Frame[] = [];
  for (const link of links) {
    const frame = readFrame(link);
    if (frame === undefined) return links[0] as string;
    const last = list.at(-1);
    const repeated =
      last?.location === frame.location && last.executing === frame.executing && last.message === frame.message;
    if (!repeated) list.push(frame);
  }
  return list.map(showFrame).join("").trim();
}

function showFrame(frame: Frame): string {
  return (
    (frame.location === "" ? "" : `${frame.location}\n  `) +
    (frame.executing === "" ? "" : `${frame.executing}\n    `) +
    (frame.message === "" ? "" : `${frame.message}\n`)
  );
}

function readFrame(text: string): Frame | undefined {
  if (!text.startsWith("template: ")) return undefined;
  const rest = text.slice("template: ".length);
  if (rest.startsWith("no template ")) return { location: "", executing: "", message: text };
  return executingFrame(rest) ?? simpleFrame(rest);
}

/** `file:1:2: executing "file" at <.x>: message` */
function executingFrame(rest: string): Frame | undefined {
  const at = rest.indexOf(": executing ");
  if (at < 0) return undefined;
  const after = rest.slice(at + ": executing ".length);
  if (after[0] !== '"') return undefined;
  const quoteEnd = after.indexOf('"', 1);
  if (quoteEnd < 0) return undefined;
  const name = after.slice(1, quoteEnd);
  const tail = after.slice(quoteEnd + 1);
  if (!tail.startsWith(" at <")) return undefined;
  const close = tail.indexOf(">: ");
  if (close < 0) return undefined;
  const place = tail.slice(" at <".length, close);
  const message = tail.slice(close + 3);
  return {
    location: rest.slice(0, at),
    executing: `executing "${name}" at <${place}>:`,
    message: withoutNext(message),
  };
}

/** `file:1: message` */
function simpleFrame(rest: string): Frame | undefined {
  const at = rest.lastIndexOf(": ");
  if (at < 0) return undefined;
  return { location: rest.slice(0, at), executing: "", message: withoutNext(rest.slice(at + 2)) };
}

/** A frame's message ends where the text of the next one begins. */
function withoutNext(message: string): string {
  const next = message.indexOf(" template:");
  return next < 0 ? message : message.slice(0, next);
}
