import { SlipwayError, fileErrorWords, messageOf, type Clock } from "../base/index.ts";
import { parse } from "../goyaml/index.ts";
import { dataOrFile, type Credentials, type CredentialSource } from "./credentials.ts";
import type { ClusterEntry, ExecPlugin } from "./kubeconfig-file.ts";

interface ExecCredential {
  apiVersion?: string;
  kind?: string;
  status?: { token?: string; clientCertificateData?: string; clientKeyData?: string; expirationTimestamp?: string };
}

type Env = Readonly<Record<string, string | undefined>>;

/** What a plugin says, kept until it expires or the server refuses it. */
export function execSource(
  plugin: ExecPlugin,
  cluster: ClusterEntry & { server: string },
  ports: { clock: Clock; env: Env },
): CredentialSource {
  let current: Promise<{ credentials: Credentials; expires: number }> | undefined;
  const ask = async () => {
    const { status = {} } = await runPlugin(plugin, cluster, ports.env);
    const credentials: Credentials = {
      ...(status.token ? { token: status.token } : {}),
      ...(status.clientCertificateData ? { clientCertificate: status.clientCertificateData } : {}),
      ...(status.clientKeyData ? { clientKey: status.clientKeyData } : {}),
    };
    return {
      credentials,
      expires: status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Number.POSITIVE_INFINITY,
    };
  };
  const renewed = () => {
    const asked = ask();
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    return (current = asked);
  };
  return {
    async get() {
      const asked = current;
      const held = await (asked ?? renewed());
      if (asked === undefined || held.expires > ports.clock.now()) return held.credentials;
      // Of several requests that find them expired only the first one asks again.
      return (await (current === asked || current === undefined ? renewed() : current)).credentials;
    },
    async refresh(stale) {
      const asked = current;
      if ((await asked)?.credentials === stale && current === asked) current = undefined;
      return true;
    },
  };
}

/** What the plugin is told: KUBERNETES_EXEC_INFO. */
async function execInfo(plugin: ExecPlugin, cluster: ClusterEntry & { server: string }, interactive: boolean) {
  const ca = await dataOrFile(
    cluster["certificate-authority-data"],
    cluster["certificate-authority"],
    "certificate-authority",
  );
  const config = cluster.extensions?.find((entry) => entry?.name === "client.authentication.k8s.io/exec")?.extension;
  const about = {
    server: cluster.server,
    ...(cluster["tls-server-name"] ? { "tls-server-name": cluster["tls-server-name"] } : {}),
    ...(cluster["insecure-skip-tls-verify"] ? { "insecure-skip-tls-verify": true } : {}),
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(cluster["proxy-url"] ? { "proxy-url": cluster["proxy-url"] } : {}),
    ...(cluster["disable-compression"] ? { "disable-compression": true } : {}),
    config: config ?? null,
  };
  return {
    kind: "ExecCredential",
    apiVersion: plugin.apiVersion ?? "",
    spec: { ...(plugin.provideClusterInfo ? { cluster: about } : {}), interactive },
  };
}

/** Runs an exec plugin as client-go does: KUBERNETES_EXEC_INFO in, an ExecCredential on stdout. */
async function runPlugin(
  plugin: ExecPlugin,
  cluster: ClusterEntry & { server: string },
  env: Env,
): Promise<ExecCredential> {
  const fail = (message: string, cause?: unknown) =>
    new SlipwayError(`getting credentials: ${message}`, {
      code: "kube.exec-plugin",
      ...(plugin.installHint ? { fix: plugin.installHint.trim() } : {}),
      ...(cause === undefined ? {} : { cause }),
    });
  const terminal = Boolean(process.stdin.isTTY);
  if (plugin.interactiveMode === "Always" && !terminal)
    throw fail("exec plugin cannot support interactive mode: standard input is not a terminal");
  const interactive = plugin.interactiveMode !== "Never" && terminal;
  const { spawn } = await import("node:child_process");
  const variables: Record<string, string | undefined> = { ...env };
  for (const variable of plugin.env ?? []) if (variable !== null) variables[variable.name] = variable.value;
  variables["KUBERNETES_EXEC_INFO"] = JSON.stringify(await execInfo(plugin, cluster, interactive));
  const { command } = plugin;
  const text = await new Promise<string>((resolve, reject) => {
    const child = spawn(command, plugin.args ?? [], {
      env: variables,
      stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => {
      const words = command.includes("/")
        ? fileErrorWords(error, command).replace("open", "fork/exec")
        : `executable ${command} not found`;
      reject(fail(`exec: ${words}`, error));
    });
    child.on("close", (code, signal) => {
      const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(fail(`exec: executable ${command} failed with ${why}`));
    });
  });
  try {
    return credentialOf(text, plugin.apiVersion ?? "");
  } catch (error) {
    throw fail(messageOf(error), error);
  }
}

/** A plugin's answer, JSON or YAML. Throws in client-go's words what is wrong with it. */
function credentialOf(text: string, apiVersion: string): ExecCredential {
  let answer: ExecCredential;
  try {
    answer = parse(text) ?? {};
  } catch (error) {
    throw new Error(`decoding stdout: ${messageOf(error)}`, { cause: error });
  }
  if (typeof answer !== "object" || Array.isArray(answer)) throw new Error("decoding stdout: it is no ExecCredential");
  if (answer.kind !== undefined && answer.kind !== "ExecCredential")
    throw new Error(`decoding stdout: no kind "${answer.kind}" is registered for version "${answer.apiVersion ?? ""}"`);
  if (answer.apiVersion !== apiVersion)
    throw new Error(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${answer.apiVersion ?? ""}`,
    );
  const { status } = answer;
  if (status === undefined || status === null) throw new Error("exec plugin didn't return a status field");
  if (!status.token && !status.clientCertificateData && !status.clientKeyData)
    throw new Error("exec plugin didn't return a token or cert/key pair");
  if (!status.clientCertificateData !== !status.clientKeyData)
    throw new Error("exec plugin returned only certificate or key, not both");
  if (status.expirationTimestamp && Number.isNaN(Date.parse(status.expirationTimestamp)))
    throw new Error(`decoding stdout: cannot parse "${status.expirationTimestamp}" as a time`);
  return answer;
}
