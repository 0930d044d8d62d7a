/**
 * Runs a command beside a chart repository on loopback that stands in for one that cannot be reached:
 *
 *     node with-repository.ts external-secrets https://charts.external-secrets.io helm repo add …
 *
 * The address is replaced in the command's words, and while it runs in the files that they name. Port and archive are
 * the same for all commands of one HOME: `helm repo add` has written them down.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "../../src/goyaml/index.ts";

const [name = "", address = "", program = "", ...words] = process.argv.slice(2);
const folder = join(import.meta.dirname, "stand-ins", name);
const { version } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as { version: string };
const archive = pack();
const file = `${name}-${version}.tgz`;
const digest = createHash("sha256").update(archive).digest("hex");
const index = `apiVersion: v1
entries:
  ${name}:
  - {apiVersion: v2, name: ${name}, version: ${version}, digest: ${digest}, urls: [${file}]}
`;

const server = createServer((request, response) => {
  const body = { "/index.yaml": index, [`/${file}`]: archive }[request.url ?? ""];
  response.writeHead(body === undefined ? 404 : 200).end(body);
});
const known = join(homedir(), "repository-port");
const port = existsSync(known) ? Number(readFileSync(known, "utf8")) : 0;
await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
const bound = (server.address() as AddressInfo).port;
writeFileSync(known, String(bound));
const url = `http://127.0.0.1:${bound}`;
const files = words
  .filter((word) => word.endsWith(".yaml"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));
for (const { path, text } of files) writeFileSync(path, text.replaceAll(address, url));
const child = spawn(
  program,
  words.map((word) => word.replaceAll(address, url)),
  { stdio: "inherit" },
);
child.on("close", (code) => {
  process.exitCode = code ?? 1;
  for (const { path, text } of files) writeFileSync(path, text);
  server.closeAllConnections();
  server.close();
});

function pack(): Buffer {
  const packed = join(homedir(), `${name}-${version}.tgz`);
  if (!existsSync(packed)) {
    const slipway = join(import.meta.dirname, "..", "..", "bin", "slipway");
    const ran = spawnSync(slipway, ["package", folder, "--destination", homedir()], { encoding: "utf8" });
    if (ran.status !== 0) throw new Error(ran.stderr);
  }
  return readFileSync(packed);
}
