/** `kubectl exec` and `attach` of a simulated container over the channels of v4 and v5.channel.k8s.io. */
import type { Obj } from "../controllers/object.ts";
import type { WebSocket } from "./websocket.ts";

export const execProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const stdin = 0;
const stdout = 1;
const stderr = 2;
const status = 3;
/** v5: the client says that a channel (the byte after it) has ended. */
const closed = 255;

export interface ExecRequest {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** What a shell says of a program that is not there: nothing was done, and nobody should think that it was. */
const notFound = 127;
const shells: ReadonlySet<string> = new Set(["sh", "ash", "bash", "dash", "zsh"]);

interface Result {
  readonly out: string;
  readonly code: number;
}

/** What a command prints and how it ends; undefined for one that is not known. */
function answer(pod: Obj, command: readonly string[]): Result | undefined {
  const [program = "", ...args] = command;
  switch (program.replace(/^.*\//, "")) {
    case "true":
      return { out: "", code: 0 };
    case "false":
      return { out: "", code: 1 };
    case "echo":
      return { out: `${args.join(" ")}\n`, code: 0 };
    case "hostname":
      return { out: `${pod.spec.hostname ?? pod.metadata.name}\n`, code: 0 };
    default:
      return undefined;
  }
}

/**
 * Serves one session: prints what the command would, or that it was not run. Few commands are known; any other fails as one
 * that is not there would (`kubectl cp` must not think that it has copied something), unless the pod's annotation
 * `sim.slipway.dev/exec-exit-code` says how it ends.
 */
export function serveExec(socket: WebSocket, pod: Obj, request: ExecRequest): void {
  const line = request.tty ? "\r\n" : "\n";
  const write = (channel: number, text: string) => {
    const body = channel === status ? text : text.replaceAll("\n", line);
    socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(body)]));
  };
  const end = (code: number) => {
    write(status, JSON.stringify(code === 0 ? { metadata: {}, status: "Success" } : failure(code)));
    socket.close();
  };
  const notice = request.tty ? stdout : stderr;
  const known = answer(pod, request.command);
  if (known !== undefined) {
    if (known.out !== "") write(stdout, known.out);
    return end(known.code);
  }
  const command = request.command.join(" ");
  const about = `container ${request.container} of pod ${pod.metadata.namespace}/${pod.metadata.name} is simulated`;
  const given = pod.metadata.annotations?.["sim.slipway.dev/exec-exit-code"];
  const unknown = given !== undefined && /^\d+$/.test(given) ? Number(given) : notFound;
  const [program = "", ...rest] = request.command;
  const shell =
    program !== "" && rest.every((word) => /^-[il]+$/.test(word)) && shells.has(program.replace(/^.*\//, ""));
  if (command !== "" && !(shell && request.stdin)) {
    write(notice, `${about}: "${command}" was not run\n`);
    return end(unknown);
  }
  // attached to what does not run, or a shell
  if (!request.stdin) {
    write(notice, `${about}: nothing runs in it\n`);
    return end(0);
  }
  write(notice, `${about}: nothing runs in it. What is typed is not run; "exit" ends.\n`);
  let typed = "";
  let last = 0;
  if (request.tty) write(stdout, "$ ");
  socket.onMessage = (data) => {
    const channel = data[0];
    if (channel === closed && data[1] === stdin) return end(last);
    if (channel !== stdin) return;
    if (data.length === 1) return end(last);
    typed += data.subarray(1).toString("utf8");
    if (request.tty) write(stdout, data.subarray(1).toString("utf8").replaceAll("\r", "\n"));
    const lines = typed.split(/[\r\n]+/);
    typed = lines.pop() ?? "";
    for (const text of lines.map((one) => one.trim())) {
      if (text === "exit") return end(last);
      const result = answer(pod, text.split(/\s+/));
      if (result !== undefined) {
        write(stdout, result.out);
        last = result.code;
      } else if (shell && text !== "") {
        write(notice, `simulated: "${text}" was not run\n`);
        last = unknown;
      }
      if (request.tty) write(stdout, "$ ");
    }
    // Ctrl-D on an empty line.
    if (request.tty && typed.includes("\u0004")) end(last);
  };
}

function failure(code: number): object {
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}
