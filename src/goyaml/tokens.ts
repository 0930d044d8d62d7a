/** Kinds of tokens. */
export const T = {
  streamEnd: 1,
  versionDirective: 2,
  tagDirective: 3,
  documentStart: 4,
  documentEnd: 5,
  blockSequenceStart: 6,
  blockMappingStart: 7,
  blockEnd: 8,
  flowSequenceStart: 9,
  flowSequenceEnd: 10,
  flowMappingStart: 11,
  flowMappingEnd: 12,
  blockEntry: 13,
  flowEntry: 14,
  key: 15,
  value: 16,
  alias: 17,
  anchor: 18,
  tag: 19,
  scalar: 20,
} as const;

/** Ways a scalar was written. */
export const S = { plain: 0, single: 1, double: 2, literal: 3, folded: 4 } as const;

export interface Token {
  readonly type: number;
  /** Where it starts and ends, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** 0-based line of its start. */
  readonly line: number;
  /** The scalar's text, the anchor's name, the tag's handle. */
  readonly value: string;
  /** The tag's suffix or the directive's prefix; `major.minor` of a version directive. */
  readonly suffix: string;
  readonly style: number;
  /** Set while this token may turn out to be the first of a `key:`. */
  key: SimpleKey | undefined;
}

/** A place where a key without `?` may have begun. */
export interface SimpleKey {
  possible: boolean;
  /** The bracket that opened this level of flow, as long as nothing in it began a key. */
  opener: Token | undefined;
  /** In block context at the indentation of the mapping: there must be a `:`. */
  required: boolean;
  /** Number of the token, counted from the start of the stream. */
  token: number;
  position: number;
  line: number;
  column: number;
}

/** No key may have begun here. */
export function noKey(line = 0): SimpleKey {
  return { possible: false, opener: undefined, required: false, token: 0, position: 0, line, column: 0 };
}

/** A token without text. */
export function simpleToken(type: number, start: number, end: number, line: number): Token {
  return { type, start, end, line, value: "", suffix: "", style: 0, key: undefined };
}

/** A token; all of one shape, so that reading its fields stays fast. */
export function makeToken(
  type: number,
  start: number,
  end: number,
  line: number,
  value: string,
  suffix: string,
  style: number,
  key: SimpleKey | undefined,
): Token {
  return { type, start, end, line, value, suffix, style, key };
}
