import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isWord } from "./chars.ts";
import type { Source } from "./reader.ts";
import { scanBlockScalar, scanPlain, scanQuoted } from "./scan-scalar.ts";
import { scanDirective, scanTag } from "./scan-tag.ts";
import { plainError, scannerError, type YamlSyntaxError } from "./syntax-error.ts";
import { makeToken, noKey, S, type SimpleKey, simpleToken, T, type Token } from "./tokens.ts";

const maxDepth = 10000;

/**
 * Splits a text into tokens by libyaml's rules (the Go port's, YAML 1.1), errors included. Block structure is told by
 * tokens of its own, as in libyaml: a mapping's start is put before its first key once the `:` is seen.
 */
export class Scanner {
  readonly text: string;
  readonly limit: number;
  /** See {@link Source}: the fast ways may be taken. */
  readonly simple: boolean;
  private readonly end: number;
  private readonly failure: YamlSyntaxError | undefined;
  /** The current place; scalar scanning moves it too. */
  position = 0;
  line = 0;
  lineStart = 0;
  /** The column of the block collection we are in; -1 outside of any. */
  indent = -1;
  flowLevel = 0;
  simpleKeyAllowed = true;
  private readonly indents: number[] = [];
  private keys: SimpleKey[] = [noKey()];
  /** Tokens from `head` to `tail`; the array never shrinks, so that it need not grow again. */
  private readonly queue: Token[] = [];
  private tail = 0;
  private head = 0;
  private taken = 0;

  constructor(source: Source) {
    this.text = source.text;
    this.limit = source.limit;
    this.simple = source.simple;
    this.end = source.end;
    this.failure = source.failure;
    this.need(1);
  }

  /** The token at the front, without taking it. */
  peek(): Token {
    for (;;) {
      if (this.head < this.tail) {
        const token = this.queue[this.head] as Token;
        // The front token may still become a key, in which case tokens must be put before it.
        if (token.key === undefined || !token.key.possible || !this.isValid(token.key)) return token;
      }
      this.fetch();
    }
  }

  /** Takes the token at the front; only after {@link peek}. */
  skip(): void {
    this.taken++;
    this.head++;
    if (this.head === this.tail) this.head = this.tail = 0;
  }

  private push(token: Token): void {
    this.queue[this.tail++] = token;
  }

  /** Fails when the next `count` characters reach into what the reader could not decode. */
  need(count: number): void {
    if (this.position + count > this.limit) throw this.failure ?? plainError("unknown problem parsing YAML content");
  }

  /** An error at the current place, about something that began at `contextLine`. */
  error(problem: string, contextLine = this.line): YamlSyntaxError {
    return scannerError(problem, this.line, contextLine, this.position);
  }

  private fetch(): void {
    this.toNextToken();
    const { text } = this;
    const at = this.position;
    const column = at - this.lineStart;
    if (this.flowLevel === 0 && this.indent > column) this.unroll(column);
    if (at + 4 > this.limit) this.need(4);
    const code = text.charCodeAt(at);
    if (column === 0) {
      if (code === 0) return this.fetchEnd();
      if (code === 37 /* % */) return this.fetchDirective();
      if ((code === 45 || code === 46) && this.atDocumentMarker()) {
        return this.fetchMarker(code === 45 ? T.documentStart : T.documentEnd);
      }
    }
    switch (code) {
      case 0:
        return this.fetchEnd();
      case 91 /* [ */:
        return this.fetchFlowStart(T.flowSequenceStart);
      case 123 /* { */:
        return this.fetchFlowStart(T.flowMappingStart);
      case 93 /* ] */:
        return this.fetchFlowEnd(T.flowSequenceEnd);
      case 125 /* } */:
        return this.fetchFlowEnd(T.flowMappingEnd);
      case 44 /* , */:
        this.dropKey();
        this.simpleKeyAllowed = true;
        return this.pushIndicator(T.flowEntry);
      case 45 /* - */:
        if (isBlankOrEnd(text.charCodeAt(at + 1))) return this.fetchBlockEntry();
        return this.fetchPlain();
      case 63 /* ? */:
        if (this.flowLevel > 0 || isBlankOrEnd(text.charCodeAt(at + 1))) return this.fetchKey();
        return this.fetchPlain();
      case 58 /* : */:
        if (this.flowLevel > 0 || isBlankOrEnd(text.charCodeAt(at + 1))) return this.fetchValue();
        return this.fetchPlain();
      case 42 /* * */:
        return this.fetchAnchor(T.alias);
      case 38 /* & */:
        return this.fetchAnchor(T.anchor);
      case 33 /* ! */:
        return this.fetchTag();
      case 124 /* | */:
      case 62 /* > */:
        if (this.flowLevel > 0) break;
        this.dropKey();
        this.simpleKeyAllowed = true;
        this.push(scanBlockScalar(this, code === 124));
        return;
      case 39 /* ' */:
      case 34 /* " */: {
        const key = this.saveKey();
        this.simpleKeyAllowed = false;
        const token = scanQuoted(this, code === 39);
        token.key = key;
        this.push(token);
        return;
      }
      case 35 /* # */:
      case 37 /* % */:
      case 64 /* @ */:
      case 96 /* ` */:
      case 9:
        break;
      default:
        // NEL, LS and PS were skipped as line breaks, spaces and tabs as blanks.
        return this.fetchPlain();
    }
    throw this.error("found character that cannot start any token");
  }

  private fetchPlain(): void {
    const { position: start, line } = this;
    const column = start - this.lineStart;
    const allowed = this.simpleKeyAllowed;
    if (allowed) this.dropKey();
    this.simpleKeyAllowed = false;
    const token = scanPlain(this);
    const { position: at } = this;
    if (
      allowed &&
      this.flowLevel === 0 &&
      this.limit === Infinity &&
      this.text.charCodeAt(at) === 58 &&
      this.line === line &&
      at - start <= 1024
    ) {
      // The `:` is in sight: what fetchValue would do, at once.
      this.roll(column, -1, T.blockMappingStart, start, line);
      this.push(simpleToken(T.key, start, start, line));
      this.push(token);
      this.push(simpleToken(T.value, at, at + 1, line));
      this.position = at + 1;
      return;
    }
    if (allowed) token.key = this.addKey(start, line, column);
    this.push(token);
  }

  // Where the next LF, `:` and `#` are, found by indexOf: native search beats any loop, above all before the loop is
  // compiled. The first two numbers of each say from where was searched, and what was found.
  private lineFrom = 0;
  private lineFound = -1;
  private colonFrom = 0;
  private colonFound = -1;
  private hashFrom = 0;
  private hashFound = -1;

  /** The end of the line; only for simple texts. */
  lineEnd(at: number): number {
    if (at < this.lineFrom || at > this.lineFound) {
      this.lineFrom = at;
      this.lineFound = this.find("\n", at);
    }
    return this.lineFound;
  }

  /** The next colon, or the end of the text. */
  nextColon(at: number): number {
    if (at < this.colonFrom || at > this.colonFound) {
      this.colonFrom = at;
      this.colonFound = this.find(":", at);
    }
    return this.colonFound;
  }

  /** The next hash sign, or the end of the text. */
  nextHash(at: number): number {
    if (at < this.hashFrom || at > this.hashFound) {
      this.hashFrom = at;
      this.hashFound = this.find("#", at);
    }
    return this.hashFound;
  }

  private indentation = "";

  /** Behind the spaces at the start of a line: most lines have as many as the line before. */
  skipIndentation(at: number): number {
    const { text } = this;
    let end = at;
    if (text.startsWith(this.indentation, at)) {
      end += this.indentation.length;
      if (text.charCodeAt(end) !== 32) return end;
    }
    while (text.charCodeAt(end) === 32) end++;
    this.indentation = text.slice(at, end);
    return end;
  }

  private find(char: string, at: number): number {
    const found = this.text.indexOf(char, at);
    return found < 0 ? this.end : found;
  }

  /** Skips blanks, comments and line breaks. */
  private toNextToken(): void {
    const { text } = this;
    let at = this.position;
    if (at === 0 && text.charCodeAt(0) === 0xfeff) at++; // a second byte order mark counts as a column
    const tabs = this.flowLevel > 0 || !this.simpleKeyAllowed;
    let mayTab = tabs;
    for (;;) {
      let code = text.charCodeAt(at);
      // Tabs are allowed but where they would be indentation: at the start of a line or behind `-`, `?`, `:`.
      if (code === 32 && at === this.lineStart) code = text.charCodeAt((at = this.skipIndentation(at)));
      while (code === 32 || (code === 9 && mayTab)) code = text.charCodeAt(++at);
      if (code === 35) {
        if (this.simple) code = text.charCodeAt((at = this.lineEnd(at)));
        else while (!isBreakOrEnd(code)) code = text.charCodeAt(++at);
      }
      if (code === 10) at++;
      else if (code === 13) at += text.charCodeAt(at + 1) === 10 ? 2 : 1;
      else if (isBreak(code)) at++;
      else break;
      this.line++;
      this.lineStart = at;
      if (this.flowLevel === 0) {
        this.simpleKeyAllowed = true;
        mayTab = false;
      }
    }
    this.position = at;
    if (at >= this.limit) this.need(1);
  }

  /** At `---` or `...` followed by a blank; the caller has seen that the column is 0. */
  atDocumentMarker(): boolean {
    const { text, position } = this;
    const code = text.charCodeAt(position);
    return (
      (code === 45 || code === 46) &&
      text.charCodeAt(position + 1) === code &&
      text.charCodeAt(position + 2) === code &&
      isBlankOrEnd(text.charCodeAt(position + 3))
    );
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    // A key without `?` must be on one line and no longer than 1024 characters.
    if (key.line < this.line || (key.position + 1024 < this.position && this.charactersSince(key.position) > 1024)) {
      if (key.required) throw this.error("could not find expected ':'", key.line);
      key.possible = false;
      return false;
    }
    return true;
  }

  private charactersSince(start: number): number {
    let count = this.position - start;
    for (let i = start; i < this.position; i++) if ((this.text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
    return count;
  }

  private saveKey(): SimpleKey | undefined {
    if (!this.simpleKeyAllowed) return undefined;
    this.dropKey();
    return this.addKey(this.position, this.line, this.position - this.lineStart);
  }

  /** Notes that the next token may begin a key. */
  private addKey(position: number, line: number, column: number): SimpleKey {
    const key: SimpleKey = {
      possible: true,
      opener: undefined,
      required: this.flowLevel === 0 && this.indent === column,
      token: this.taken + this.tail - this.head,
      position,
      line,
      column,
    };
    this.keys[this.keys.length - 1] = key;
    return key;
  }

  private dropKey(): void {
    const key = this.keys[this.keys.length - 1] as SimpleKey;
    if (!key.possible) return;
    if (key.required) throw this.error("could not find expected ':'", key.line);
    key.possible = false;
  }

  /** Enters a block collection at this column if it is deeper than where we are; `at` is the token it stands before. */
  private roll(column: number, at: number, type: number, start: number, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > maxDepth) {
      throw this.error(`exceeded max depth of ${maxDepth}`, (this.keys[this.keys.length - 1] as SimpleKey).line);
    }
    const token = simpleToken(type, start, start, line);
    if (at < 0) this.push(token);
    else this.insert(at, token);
  }

  /** Puts a token before the one with the given number. */
  private insert(number: number, token: Token): void {
    const index = this.head + number - this.taken;
    const { queue } = this;
    this.push(token);
    // A key whose first token was given away already (see fetchFlowEnd) gets its tokens at the end.
    if (index < this.head) return;
    for (let i = this.tail - 1; i > index; i--) queue[i] = queue[i - 1] as Token;
    if (index < this.tail) queue[index] = token;
  }

  /** Leaves all block collections deeper than this column. */
  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push(simpleToken(T.blockEnd, this.position, this.position, this.line));
      this.indent = this.indents.pop() as number;
    }
  }

  private pushIndicator(type: number): void {
    this.push(simpleToken(type, this.position, this.position + 1, this.line));
    this.position++;
  }

  private fetchEnd(): void {
    if (this.position !== this.lineStart) {
      this.line++;
      this.lineStart = this.position;
    }
    this.unroll(-1);
    this.dropKey();
    this.simpleKeyAllowed = false;
    this.push(simpleToken(T.streamEnd, this.position, this.position, this.line));
  }

  private fetchMarker(type: number): void {
    this.unroll(-1);
    this.dropKey();
    this.simpleKeyAllowed = false;
    this.push(simpleToken(type, this.position, this.position + 3, this.line));
    this.position += 3;
  }

  private fetchFlowStart(type: number): void {
    const key = this.saveKey();
    const level = noKey(this.line);
    this.keys.push(level);
    this.flowLevel++;
    if (this.flowLevel > maxDepth) throw this.error(`exceeded max depth of ${maxDepth}`);
    this.simpleKeyAllowed = true;
    this.pushIndicator(type);
    level.opener = this.queue[this.tail - 1] as Token;
    level.opener.key = key;
  }

  private fetchFlowEnd(type: number): void {
    this.dropKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      // The Go port forgets here that the bracket of an empty collection may begin a key, so `[]: x` fails as it does there.
      const { opener } = this.keys.pop() as SimpleKey;
      if (opener !== undefined) opener.key = undefined;
    }
    this.simpleKeyAllowed = false;
    this.pushIndicator(type);
  }

  private fetchBlockEntry(): void {
    // In flow context the parser reports it: it knows what it was in.
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.error("block sequence entries are not allowed in this context");
      this.roll(this.position - this.lineStart, -1, T.blockSequenceStart, this.position, this.line);
    }
    this.dropKey();
    this.simpleKeyAllowed = true;
    this.pushIndicator(T.blockEntry);
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.error("mapping keys are not allowed in this context");
      this.roll(this.position - this.lineStart, -1, T.blockMappingStart, this.position, this.line);
    }
    this.dropKey();
    this.simpleKeyAllowed = this.flowLevel === 0;
    this.pushIndicator(T.key);
  }

  private fetchValue(): void {
    const key = this.keys[this.keys.length - 1] as SimpleKey;
    if (this.isValid(key)) {
      this.insert(key.token, simpleToken(T.key, key.position, key.position, key.line));
      this.roll(key.column, key.token, T.blockMappingStart, key.position, key.line);
      key.possible = false;
      this.simpleKeyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed) throw this.error("mapping values are not allowed in this context");
        this.roll(this.position - this.lineStart, -1, T.blockMappingStart, this.position, this.line);
      }
      this.simpleKeyAllowed = this.flowLevel === 0;
    }
    this.pushIndicator(T.value);
  }

  private fetchAnchor(type: number): void {
    const key = this.saveKey();
    this.simpleKeyAllowed = false;
    const { text, position: start } = this;
    let at = start + 1;
    while (isWord(text.charCodeAt(at))) at++;
    this.position = at;
    const after = text.charCodeAt(at);
    if (at >= this.limit) this.need(1);
    if (at === start + 1 || !(isBlankOrEnd(after) || "?:,]}%@`".includes(text.charAt(at)))) {
      throw this.error("did not find expected alphabetic or numeric character");
    }
    this.push(makeToken(type, start, at, this.line, text.slice(start + 1, at), "", S.plain, key));
  }

  private fetchTag(): void {
    const key = this.saveKey();
    this.simpleKeyAllowed = false;
    const token = scanTag(this);
    token.key = key;
    this.push(token);
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.dropKey();
    this.simpleKeyAllowed = false;
    this.push(scanDirective(this));
  }

  /** Steps over spaces and tabs. */
  skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.position))) this.position++;
    this.need(1);
  }

  /** Skips blanks and a comment, and the line break behind them; anything else there is the given problem. */
  skipToLineEnd(problem: string, contextLine: number): void {
    this.skipBlanks();
    const { text } = this;
    if (text.charCodeAt(this.position) === 35) {
      while (!isBreakOrEnd(text.charCodeAt(this.position))) this.position++;
      this.need(1);
    }
    if (!isBreakOrEnd(text.charCodeAt(this.position))) throw this.error(problem, contextLine);
    if (text.charCodeAt(this.position) !== 0) this.skipBreak();
  }

  /** Steps over the line break at the current place. */
  skipBreak(): void {
    this.position +=
      this.text.charCodeAt(this.position) === 13 && this.text.charCodeAt(this.position + 1) === 10 ? 2 : 1;
    this.line++;
    this.lineStart = this.position;
  }
}
