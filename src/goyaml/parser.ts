import type { Source } from "./reader.ts";
import { Scanner } from "./scanner.ts";
import { parserError } from "./syntax-error.ts";
import { S, T, type Token } from "./tokens.ts";

/** Kinds of events. */
export const E = {
  streamEnd: 0,
  documentStart: 1,
  documentEnd: 2,
  alias: 3,
  scalar: 4,
  sequenceStart: 5,
  sequenceEnd: 6,
  mappingStart: 7,
  mappingEnd: 8,
} as const;

/** What the grammar expects next. */
const P = {
  implicitDocumentStart: 0,
  documentStart: 1,
  documentContent: 2,
  documentEnd: 3,
  blockNode: 4,
  blockSequenceFirst: 5,
  blockSequence: 6,
  indentlessSequence: 7,
  blockMappingFirst: 8,
  blockMappingKey: 9,
  blockMappingValue: 10,
  flowSequenceFirst: 11,
  flowSequence: 12,
  flowPairKey: 13,
  flowPairValue: 14,
  flowPairEnd: 15,
  flowMappingFirst: 16,
  flowMappingKey: 17,
  flowMappingValue: 18,
  flowMappingEmptyValue: 19,
  end: 20,
} as const;

const standardTags = "tag:yaml.org,2002:";

/**
 * Turns tokens into events by libyaml's grammar. One event is current at a time: {@link next} answers its kind and
 * leaves its details in the fields, so that reading a document allocates nothing for events.
 */
export class Parser {
  private readonly scanner: Scanner;
  private state: number = P.implicitDocumentStart;
  private readonly states: number[] = [];
  /** Lines on which the open collections began, for errors. */
  private readonly marks: number[] = [];
  private tagHandles: Map<string, string> | undefined;

  /** The scalar's text or the alias' name. */
  value = "";
  /** The full tag, "" for none. */
  tag = "";
  /** The anchor's name, "" for none. */
  anchor = "";
  /** A scalar without quotes and tag (or with the tag `!`), whose type is guessed from its text. */
  implicit = false;
  /** How the scalar was written. */
  style = 0;
  /** Where the event starts and ends, and its 0-based line. */
  start = 0;
  end = 0;
  line = 0;

  constructor(source: Source) {
    this.scanner = new Scanner(source);
  }

  /** The kind of the next event. */
  next(): number {
    switch (this.state) {
      case P.implicitDocumentStart:
        return this.documentStart(true);
      case P.documentStart:
        return this.documentStart(false);
      case P.documentContent:
        return this.documentContent();
      case P.documentEnd:
        return this.documentEnd();
      case P.blockNode:
        return this.node(true, false);
      case P.blockSequenceFirst:
        this.enter();
        return this.blockSequence();
      case P.blockSequence:
        return this.blockSequence();
      case P.indentlessSequence:
        return this.indentlessSequence();
      case P.blockMappingFirst:
        this.enter();
        return this.blockMappingKey();
      case P.blockMappingKey:
        return this.blockMappingKey();
      case P.blockMappingValue:
        return this.blockMappingValue();
      case P.flowSequenceFirst:
        this.enter();
        return this.flowSequence(true);
      case P.flowSequence:
        return this.flowSequence(false);
      case P.flowPairKey:
        return this.flowPairKey();
      case P.flowPairValue:
        return this.flowPairValue();
      case P.flowPairEnd: {
        const token = this.scanner.peek();
        this.state = P.flowSequence;
        return this.at(E.mappingEnd, token.start, token.start, token.line);
      }
      case P.flowMappingFirst:
        this.enter();
        return this.flowMappingKey(true);
      case P.flowMappingKey:
        return this.flowMappingKey(false);
      case P.flowMappingValue:
        return this.flowMappingValue(false);
      case P.flowMappingEmptyValue:
        return this.flowMappingValue(true);
      default:
        return E.streamEnd;
    }
  }

  /** Takes the token and answers the one behind it. */
  private after(): Token {
    this.scanner.skip();
    return this.scanner.peek();
  }

  /** Takes the token that opens a collection. */
  private enter(): void {
    this.marks.push(this.scanner.peek().line);
    this.scanner.skip();
  }

  private at(kind: number, start: number, end: number, line: number): number {
    this.start = start;
    this.end = end;
    this.line = line;
    return kind;
  }

  /** Ends the current collection with the given token, which is taken. */
  private leave(kind: number, token: Token): number {
    this.state = this.states.pop() as number;
    this.marks.pop();
    this.scanner.skip();
    return this.at(kind, token.start, token.end, token.line);
  }

  /** A scalar that is not there. */
  private empty(place: number, line: number): number {
    this.value = this.tag = this.anchor = "";
    this.implicit = true;
    this.style = S.plain;
    return this.at(E.scalar, place, place, line);
  }

  private documentStart(implicit: boolean): number {
    const { scanner } = this;
    let token = scanner.peek();
    if (!implicit) while (token.type === T.documentEnd) token = this.after();
    if (token.type === T.streamEnd) {
      this.state = P.end;
      scanner.skip();
      return this.at(E.streamEnd, token.start, token.end, token.line);
    }
    const { start, line } = token;
    const explicit =
      !implicit || token.type === T.versionDirective || token.type === T.tagDirective || token.type === T.documentStart;
    this.states.push(P.documentEnd);
    if (!explicit) {
      this.state = P.blockNode;
      return this.at(E.documentStart, start, token.end, line);
    }
    token = this.directives(token);
    if (token.type !== T.documentStart) {
      throw parserError("did not find expected <document start>", token.line, 0, token.start);
    }
    this.state = P.documentContent;
    scanner.skip();
    return this.at(E.documentStart, start, token.end, line);
  }

  /** Reads `%YAML` and `%TAG` lines; answers the token behind them. */
  private directives(first: Token): Token {
    let token = first;
    let version = false;
    for (;;) {
      if (token.type === T.versionDirective) {
        if (version) throw parserError("found duplicate %YAML directive", token.line, 0, token.start);
        if (token.suffix !== "1.1") throw parserError("found incompatible YAML document", token.line, 0, token.start);
        version = true;
      } else if (token.type === T.tagDirective) {
        const handles = (this.tagHandles ??= new Map());
        if (handles.has(token.value)) throw parserError("found duplicate %TAG directive", token.line, 0, token.start);
        handles.set(token.value, token.suffix);
      } else return token;
      token = this.after();
    }
  }

  private documentContent(): number {
    const token = this.scanner.peek();
    switch (token.type) {
      case T.versionDirective:
      case T.tagDirective:
      case T.documentStart:
      case T.documentEnd:
      case T.streamEnd:
        this.state = this.states.pop() as number;
        return this.empty(token.start, token.line);
      default:
        return this.node(true, false);
    }
  }

  private documentEnd(): number {
    const token = this.scanner.peek();
    if (token.type === T.documentEnd) this.scanner.skip();
    this.tagHandles = undefined;
    this.state = P.documentStart;
    return this.at(E.documentEnd, token.start, token.start, token.line);
  }

  private node(block: boolean, indentless: boolean): number {
    const { scanner } = this;
    let token = scanner.peek();
    const { start, line } = token;
    this.anchor = this.tag = "";
    if (token.type === T.alias) {
      this.state = this.states.pop() as number;
      this.value = token.value;
      scanner.skip();
      return this.at(E.alias, start, token.end, line);
    }
    let end = start;
    if (token.type === T.anchor || token.type === T.tag) {
      // An anchor and a tag, in either order.
      let tag: Token | undefined;
      const first = token.type;
      for (let i = 0; i < 2; i++) {
        if (token.type === T.tag && (i === 0 || first !== T.tag)) tag = token;
        else if (token.type === T.anchor && (i === 0 || first !== T.anchor)) this.anchor = token.value;
        else break;
        end = token.end;
        token = this.after();
      }
      if (tag !== undefined) this.tag = this.resolveTag(tag, line);
    }
    switch (token.type) {
      case T.blockEntry:
        if (!indentless) break;
        this.state = P.indentlessSequence;
        return this.at(E.sequenceStart, start, token.end, line);
      case T.scalar:
        this.implicit = this.tag === "" ? token.style === S.plain : this.tag === "!";
        this.style = token.style;
        this.value = token.value;
        this.state = this.states.pop() as number;
        scanner.skip();
        return this.at(E.scalar, start, token.end, line);
      case T.flowSequenceStart:
        this.state = P.flowSequenceFirst;
        return this.at(E.sequenceStart, start, token.end, line);
      case T.flowMappingStart:
        this.state = P.flowMappingFirst;
        return this.at(E.mappingStart, start, token.end, line);
      case T.blockSequenceStart:
        if (!block) break;
        this.state = P.blockSequenceFirst;
        return this.at(E.sequenceStart, start, token.end, line);
      case T.blockMappingStart:
        if (!block) break;
        this.state = P.blockMappingFirst;
        return this.at(E.mappingStart, start, token.end, line);
      default:
    }
    if (this.anchor !== "" || this.tag !== "") {
      this.state = this.states.pop() as number;
      this.value = "";
      this.implicit = this.tag === "";
      this.style = S.plain;
      return this.at(E.scalar, start, end, line);
    }
    throw parserError("did not find expected node content", token.line, line, token.start);
  }

  /** A scalar without anchor and tag, which is what most nodes are; the token is taken. */
  private bareScalar(token: Token, next: number): number {
    this.anchor = this.tag = "";
    this.implicit = token.style === S.plain;
    this.style = token.style;
    this.value = token.value;
    this.state = next;
    this.scanner.skip();
    this.start = token.start;
    this.end = token.end;
    this.line = token.line;
    return E.scalar;
  }

  private resolveTag(tag: Token, line: number): string {
    if (tag.value === "") return tag.suffix;
    const prefix =
      this.tagHandles?.get(tag.value) ?? (tag.value === "!" ? "!" : tag.value === "!!" ? standardTags : undefined);
    const full = prefix === undefined ? "" : prefix + tag.suffix;
    if (full === "") throw parserError("found undefined tag handle", tag.line, line, tag.start);
    return full;
  }

  private blockSequence(): number {
    let token = this.scanner.peek();
    if (token.type === T.blockEntry) {
      const { end, line } = token;
      token = this.after();
      if (token.type !== T.blockEntry && token.type !== T.blockEnd) {
        this.states.push(P.blockSequence);
        return this.node(true, false);
      }
      this.state = P.blockSequence;
      return this.empty(end, line);
    }
    if (token.type === T.blockEnd) return this.leave(E.sequenceEnd, token);
    throw parserError("did not find expected '-' indicator", token.line, this.marks.pop() as number, token.start);
  }

  /** A sequence at the indentation of the key it belongs to. */
  private indentlessSequence(): number {
    let token = this.scanner.peek();
    if (token.type === T.blockEntry) {
      const { end, line } = token;
      token = this.after();
      if (token.type !== T.blockEntry && token.type !== T.key && token.type !== T.value && token.type !== T.blockEnd) {
        this.states.push(P.indentlessSequence);
        return this.node(true, false);
      }
      this.state = P.indentlessSequence;
      return this.empty(end, line);
    }
    this.state = this.states.pop() as number;
    return this.at(E.sequenceEnd, token.start, token.start, token.line);
  }

  private blockMappingKey(): number {
    let token = this.scanner.peek();
    if (token.type === T.key) {
      const { end, line } = token;
      token = this.after();
      if (token.type === T.scalar) return this.bareScalar(token, P.blockMappingValue);
      if (token.type !== T.key && token.type !== T.value && token.type !== T.blockEnd) {
        this.states.push(P.blockMappingValue);
        return this.node(true, true);
      }
      this.state = P.blockMappingValue;
      return this.empty(end, line);
    }
    if (token.type === T.blockEnd) return this.leave(E.mappingEnd, token);
    throw parserError("did not find expected key", token.line, this.marks.pop() as number, token.start);
  }

  private blockMappingValue(): number {
    let token = this.scanner.peek();
    this.state = P.blockMappingKey;
    if (token.type !== T.value) return this.empty(token.start, token.line);
    const { end, line } = token;
    token = this.after();
    if (token.type === T.scalar) return this.bareScalar(token, P.blockMappingKey);
    if (token.type !== T.key && token.type !== T.value && token.type !== T.blockEnd) {
      this.states.push(P.blockMappingKey);
      return this.node(true, true);
    }
    return this.empty(end, line);
  }

  private flowSequence(first: boolean): number {
    let token = this.scanner.peek();
    if (token.type !== T.flowSequenceEnd) {
      if (!first) {
        if (token.type !== T.flowEntry) {
          throw parserError("did not find expected ',' or ']'", token.line, this.marks.pop() as number, token.start);
        }
        token = this.after();
      }
      if (token.type === T.key) {
        // `[a: b]` is a sequence of a mapping of one pair.
        this.state = P.flowPairKey;
        this.anchor = this.tag = "";
        this.scanner.skip();
        return this.at(E.mappingStart, token.start, token.end, token.line);
      }
      if (token.type !== T.flowSequenceEnd) {
        this.states.push(P.flowSequence);
        return this.node(false, false);
      }
    }
    return this.leave(E.sequenceEnd, token);
  }

  private flowPairKey(): number {
    const token = this.scanner.peek();
    if (token.type !== T.value && token.type !== T.flowEntry && token.type !== T.flowSequenceEnd) {
      this.states.push(P.flowPairValue);
      return this.node(false, false);
    }
    // The token is taken, as libyaml does, although it is the `:` itself: what follows reads as the value.
    this.scanner.skip();
    this.state = P.flowPairValue;
    return this.empty(token.end, token.line);
  }

  private flowPairValue(): number {
    let token = this.scanner.peek();
    if (token.type === T.value) {
      token = this.after();
      if (token.type !== T.flowEntry && token.type !== T.flowSequenceEnd) {
        this.states.push(P.flowPairEnd);
        return this.node(false, false);
      }
    }
    this.state = P.flowPairEnd;
    return this.empty(token.start, token.line);
  }

  private flowMappingKey(first: boolean): number {
    let token = this.scanner.peek();
    if (token.type !== T.flowMappingEnd) {
      if (!first) {
        if (token.type !== T.flowEntry) {
          throw parserError("did not find expected ',' or '}'", token.line, this.marks.pop() as number, token.start);
        }
        token = this.after();
      }
      if (token.type === T.key) {
        token = this.after();
        if (token.type !== T.value && token.type !== T.flowEntry && token.type !== T.flowMappingEnd) {
          this.states.push(P.flowMappingValue);
          return this.node(false, false);
        }
        this.state = P.flowMappingValue;
        return this.empty(token.start, token.line);
      }
      if (token.type !== T.flowMappingEnd) {
        this.states.push(P.flowMappingEmptyValue);
        return this.node(false, false);
      }
    }
    return this.leave(E.mappingEnd, token);
  }

  private flowMappingValue(empty: boolean): number {
    let token = this.scanner.peek();
    if (!empty && token.type === T.value) {
      token = this.after();
      if (token.type !== T.flowEntry && token.type !== T.flowMappingEnd) {
        this.states.push(P.flowMappingKey);
        return this.node(false, false);
      }
    }
    this.state = P.flowMappingKey;
    return this.empty(token.start, token.line);
  }
}
