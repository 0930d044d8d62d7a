import { goQuote } from "../causes.ts";
import { labelValueProblems, qualifiedNameProblems } from "../names.ts";
import type { Requirement } from "../selectors.ts";
import type { ServedType } from "../served.ts";
import { badRequest } from "../status.ts";
import type { Stored } from "../store.ts";

/** `app=web,tier in (a, b),!old` → requirements (labels.Parse). Throws a StatusError with upstream's words. */
export function parseLabelSelector(text: string): Requirement[] {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at] ?? { kind: "end", text: "" };
  const next = () => tokens[at++] ?? { kind: "end", text: "" };
  const out: Requirement[] = [];
  const refuse = (message: string): never => {
    throw badRequest(message);
  };
  const fail = (message: string): never => refuse(`unable to parse requirement: ${message}`);
  const key = (word: string): string => {
    const problems = qualifiedNameProblems(word);
    if (problems.length > 0) fail(`<nil>: Invalid value: ${goQuote(word)}: ${problems.join("; ")}`);
    return word;
  };
  const value = (name: string, word: string, i: number): string => {
    const problems = labelValueProblems(word);
    if (problems.length > 0) fail(`values[${i}][${name}]: Invalid value: ${goQuote(word)}: ${problems.join("; ")}`);
    return word;
  };
  if (text.trim() === "") return out;
  for (;;) {
    const first = peek();
    if (first.kind === "word" || first.text === "!") {
      const negated = first.text === "!" && first.kind !== "word";
      if (negated) next();
      const word = next();
      if (word.kind !== "word") fail(`found '${word.text}', expected: identifier`);
      const name = key(word.text);
      const operator = peek();
      if (negated || operator.kind === "end" || operator.text === ",") {
        out.push({ key: name, operator: negated ? "DoesNotExist" : "Exists", values: [] });
      } else {
        next();
        switch (operator.text) {
          case "=":
          case "==":
          case "!=":
          case ">":
          case "<": {
            let word2 = "";
            if (peek().kind === "word") word2 = next().text;
            else if (peek().kind !== "end" && peek().text !== ",") fail(`found '${peek().text}', expected: identifier`);
            const checked = value(name, word2, 0);
            if ((operator.text === ">" || operator.text === "<") && !/^[+-]?\d+$/.test(checked)) {
              fail(
                `values[0]: Invalid value: ${goQuote(checked)}: for 'Gt', 'Lt' operators, the value must be an integer`,
              );
            }
            const kinds = { "=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt" } as const;
            out.push({ key: name, operator: kinds[operator.text], values: [checked] });
            break;
          }
          case "in":
          case "notin": {
            if (next().text !== "(") fail(`found '${tokens[at - 1]?.text ?? ""}' expected: '('`);
            const values: string[] = [];
            if (peek().text === ")") values.push("");
            else {
              for (;;) {
                if (peek().kind === "word") values.push(next().text);
                else values.push("");
                const separator = next();
                if (separator.text === ")") {
                  at--;
                  break;
                }
                if (separator.text !== ",") fail(`found '${separator.text}', expected: ',' or ')'`);
                if (peek().text === ")") {
                  values.push("");
                  break;
                }
              }
            }
            if (next().text !== ")") fail("found '', expected: ')'");
            out.push({
              key: name,
              operator: operator.text === "in" ? "In" : "NotIn",
              values: values.map((word2, i) => value(name, word2, i)),
            });
            break;
          }
          default:
            fail(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
        }
      }
    } else refuse(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    const separator = next();
    if (separator.kind === "end") break;
    if (separator.text !== ",") refuse(`found '${separator.text}', expected: ',' or 'end of string'`);
    if (peek().kind !== "word" && peek().text !== "!") refuse(`found '${peek().text}', expected: identifier after ','`);
  }
  return out;
}

interface Token {
  readonly kind: "word" | "sign" | "end";
  readonly text: string;
}

function tokenize(text: string): Token[] {
  const out: Token[] = [];
  const pattern = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const word = match[1] as string;
    out.push({ kind: /^([=!<>(),]|==|!=)$/.test(word) ? "sign" : "word", text: word });
  }
  // in and notin are operators only after a key
  return out.map((token, i) =>
    (token.text === "in" || token.text === "notin") && i > 0 && out[i - 1]?.kind === "word"
      ? { kind: "sign", text: token.text }
      : token,
  );
}

/** `spec.nodeName=a,status.phase!=Running` → a test (fields.ParseSelector and the kind's known fields). */
export function parseFieldSelector(
  text: string,
  type: ServedType,
): { test: (object: Stored) => boolean; name?: string } {
  const tests: ((object: Stored) => boolean)[] = [];
  let name: string | undefined;
  for (const part of text.split(/(?<!\\),/)) {
    if (part === "") continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = "", operator = "", raw = ""] = match;
    const value = raw.replace(/\\([\\,=])/g, "$1");
    const read = fieldReader(type, field);
    if (read === undefined) {
      throw badRequest(
        type.custom === undefined && type.strategy.fields === undefined
          ? `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
          : `field label not supported: ${field}`,
      );
    }
    if (operator === "!=") tests.push((object) => read(object) !== value);
    else {
      tests.push((object) => read(object) === value);
      if (field === "metadata.name") name = value;
    }
  }
  const test = (object: Stored) => tests.every((one) => one(object));
  return name === undefined ? { test } : { test, name };
}

function fieldReader(type: ServedType, field: string): ((object: Stored) => string) | undefined {
  if (field === "metadata.name") return (object) => object.metadata.name;
  if (field === "metadata.namespace") {
    if (!type.namespaced && type.strategy.fields !== undefined) return undefined;
    return (object) => object.metadata.namespace ?? "";
  }
  return type.strategy.fields?.[field];
}
