import { hexValue, isBlank, isBlankOrEnd, isDigit, isWord } from "./chars.ts";
import { utf8Width } from "./reader.ts";
import type { Scanner } from "./scanner.ts";
import { makeToken, S, T, type Token } from "./tokens.ts";

/** A tag: `!suffix`, `!handle!suffix` or `!<uri>`. */
export function scanTag(scanner: Scanner): Token {
  const { text, position: start } = scanner;
  let handle = "";
  let suffix: string;
  if (text.charCodeAt(start + 1) === 60 /* < */) {
    scanner.position += 2;
    suffix = scanTagUri(scanner, "");
    if (text.charCodeAt(scanner.position) !== 62) throw scanner.error("did not find the expected '>'");
    scanner.position++;
  } else {
    handle = scanTagHandle(scanner, false);
    if (handle.length > 1 && handle.endsWith("!")) suffix = scanTagUri(scanner, "");
    else {
      suffix = scanTagUri(scanner, handle);
      // A lone `!` is a suffix without a handle.
      if (suffix === "") [handle, suffix] = ["", "!"];
      else handle = "!";
    }
  }
  scanner.need(1);
  if (!isBlankOrEnd(text.charCodeAt(scanner.position))) {
    throw scanner.error("did not find expected whitespace or line break");
  }
  return makeToken(T.tag, start, scanner.position, scanner.line, handle, suffix, S.plain, undefined);
}

function scanTagHandle(scanner: Scanner, directive: boolean): string {
  const { text, position: start } = scanner;
  scanner.need(1);
  if (text.charCodeAt(start) !== 33) throw scanner.error("did not find expected '!'");
  let at = start + 1;
  while (isWord(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) === 33) at++;
  else if (directive && at !== start + 1) {
    scanner.position = at;
    throw scanner.error("did not find expected '!'");
  }
  scanner.position = at;
  scanner.need(1);
  return text.slice(start, at);
}

function scanTagUri(scanner: Scanner, head: string): string {
  const { text } = scanner;
  let uri = head.slice(1);
  let any = head !== "";
  scanner.need(1);
  for (;;) {
    const code = text.charCodeAt(scanner.position);
    if (code === 37 /* % */) uri += scanUriEscape(scanner);
    else if (isWord(code) || (code !== 0 && ";/?:@&=+$,.!~*'()[]".includes(text.charAt(scanner.position)))) {
      uri += text.charAt(scanner.position++);
    } else break;
    any = true;
  }
  scanner.need(1);
  if (!any) throw scanner.error("did not find expected tag URI");
  return uri;
}

/** One character written as `%XX` octets. */
function scanUriEscape(scanner: Scanner): string {
  const { text } = scanner;
  const octets: number[] = [];
  let left = 1;
  for (let first = true; left > 0; left--, first = false) {
    scanner.need(3);
    const high = hexValue(text.charCodeAt(scanner.position + 1));
    const low = hexValue(text.charCodeAt(scanner.position + 2));
    if (text.charCodeAt(scanner.position) !== 37 || high < 0 || low < 0)
      throw scanner.error("did not find URI escaped octet");
    const octet = high * 16 + low;
    if (first) {
      left = utf8Width(octet);
      if (left === 0) throw scanner.error("found an incorrect leading UTF-8 octet");
    } else if ((octet & 0xc0) !== 0x80) throw scanner.error("found an incorrect trailing UTF-8 octet");
    octets.push(octet);
    scanner.position += 3;
  }
  return new TextDecoder().decode(Uint8Array.from(octets));
}

/** A line with `%YAML` or `%TAG`, with its line break. */
export function scanDirective(scanner: Scanner): Token {
  const { text, position: start, line } = scanner;
  let at = start + 1;
  while (isWord(text.charCodeAt(at))) at++;
  scanner.position = at;
  scanner.need(1);
  if (at === start + 1) throw scanner.error("could not find expected directive name");
  if (!isBlankOrEnd(text.charCodeAt(at))) throw scanner.error("found unexpected non-alphabetical character");
  const name = text.slice(start + 1, at);
  let token: Token;
  if (name === "YAML") {
    scanner.skipBlanks();
    const major = scanVersionNumber(scanner);
    if (text.charCodeAt(scanner.position) !== 46) throw scanner.error("did not find expected digit or '.' character");
    scanner.position++;
    const minor = scanVersionNumber(scanner);
    token = makeToken(T.versionDirective, start, scanner.position, line, "", `${major}.${minor}`, S.plain, undefined);
  } else if (name === "TAG") {
    scanner.skipBlanks();
    const handle = scanTagHandle(scanner, true);
    if (!isBlank(text.charCodeAt(scanner.position))) throw scanner.error("did not find expected whitespace");
    scanner.skipBlanks();
    const prefix = scanTagUri(scanner, "");
    if (!isBlankOrEnd(text.charCodeAt(scanner.position)))
      throw scanner.error("did not find expected whitespace or line break");
    token = makeToken(T.tagDirective, start, scanner.position, line, handle, prefix, S.plain, undefined);
  } else throw scanner.error("found unknown directive name");
  scanner.skipToLineEnd("did not find expected comment or line break", line);
  return token;
}

function scanVersionNumber(scanner: Scanner): number {
  const { text, position: start } = scanner;
  let at = start;
  for (; isDigit(text.charCodeAt(at)); at++) {
    if (at - start === 2) {
      scanner.position = at;
      throw scanner.error("found extremely long version number");
    }
  }
  scanner.position = at;
  scanner.need(1);
  if (at === start) throw scanner.error("did not find expected version number");
  return Number(text.slice(start, at));
}
