import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What the Go side answers: text or an error, as bytes. */
export interface Answer {
  readonly out?: Uint8Array;
  readonly error?: Uint8Array;
  readonly nanos: number;
}

export interface Oracle {
  /** Asks many questions at once; the answers come in their order. */
  ask(questions: readonly object[]): Promise<Answer[]>;
  stop(): void;
}

/** Starts an oracle program of ours (test/tools): JSON lines in, JSON lines out. */
export function startOracle(path: string): Oracle {
  const child = spawn(path, [], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { left: number; answers: Answer[]; resolve: (answers: Answer[]) => void }[] = [];
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on("line", (line) => {
    const parsed = JSON.parse(line) as { out?: string; error?: string; nanos?: number };
    const first = waiting[0];
    if (first === undefined) return;
    first.answers.push({
      ...(parsed.out === undefined ? {} : { out: Buffer.from(parsed.out, "base64") }),
      ...(parsed.error === undefined ? {} : { error: Buffer.from(parsed.error, "base64") }),
      nanos: parsed.nanos ?? 0,
    });
    if (--first.left === 0) {
      waiting.shift();
      first.resolve(first.answers);
    }
  });
  child.on("exit", (code) => {
    if (waiting.length > 0) throw new Error(`the oracle ended with code ${code}`);
  });
  return {
    ask(questions) {
      if (questions.length === 0) return Promise.resolve([]);
      return new Promise((resolve) => {
        waiting.push({ left: questions.length, answers: [], resolve });
        child.stdin.write(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
      });
    },
    stop() {
      child.stdin.end();
    },
  };
}
