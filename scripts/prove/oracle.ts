import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Oracle<Answer> {
  /** Asks many questions at once; the answers come in their order. */
  ask(questions: readonly object[]): Promise<Answer[]>;
  stop(): void;
}

/** Starts an oracle program of ours (test/tools): JSON lines in, JSON lines out, each read by `decode`. */
export function startOracle<Answer>(path: string, decode: (line: string) => Answer): Oracle<Answer> {
  const child = spawn(path, [], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { left: number; answers: Answer[]; resolve: (answers: Answer[]) => void }[] = [];
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on("line", (line) => {
    const first = waiting[0];
    if (first === undefined) return;
    first.answers.push(decode(line));
    if (--first.left > 0) return;
    waiting.shift();
    first.resolve(first.answers);
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
