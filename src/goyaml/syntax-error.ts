/** What a YAML text did wrong, before it is put into Go's words: the problem, and where. */
export class YamlSyntaxError extends Error {
  /** 0-based line of the problem; scanner problems are reported one line later than the parser's. */
  readonly line: number;
  /** 0-based line of what was being read, used when the problem's line is 0. */
  readonly contextLine: number;
  /** Offset into the text, in UTF-16 units. */
  readonly offset: number;

  constructor(problem: string, line: number, contextLine: number, offset: number) {
    super(problem);
    this.line = line;
    this.contextLine = contextLine;
    this.offset = offset;
  }
}

/**
 * yaml.v2 names a line only when its number is not 0: scanner errors count lines from 1, but leave out line 1;
 * parser errors count from 0. Both are kept as they are, because scripts and users compare them with Helm's.
 */
export function scannerError(problem: string, line: number, contextLine: number, offset: number): YamlSyntaxError {
  const shown = line !== 0 ? line + 1 : contextLine;
  return new YamlSyntaxError(prefix(shown) + problem, line, contextLine, offset);
}

/** An error of the grammar above the tokens; see {@link scannerError} for the numbering. */
export function parserError(problem: string, line: number, contextLine: number, offset: number): YamlSyntaxError {
  return new YamlSyntaxError(prefix(line !== 0 ? line : contextLine) + problem, line, contextLine, offset);
}

/** An error without a place in yaml.v2's words: reader and decoder problems. */
export function plainError(problem: string, line = 0, offset = 0): YamlSyntaxError {
  return new YamlSyntaxError(problem, line, 0, offset);
}

function prefix(line: number): string {
  return line === 0 ? "" : `line ${line}: `;
}
