/** What the proof's checks do on the node, in words of its own: pods, Services, orders to stand-ins, requests. */
import { setTimeout as sleep } from "node:timers/promises";
import { kubelabTool } from "../../../test/tools/kubelab.ts";
import { helperImage } from "./images.ts";
import type { NodeLab, Ran } from "./lab.ts";
import type { Service } from "./services.ts";

export interface Pod {
  readonly name: string;
  readonly ip: string;
  readonly ready: boolean;
  readonly restarts: number;
}

/** Namespaces that are there for all charts: one that nobody knows, and Prometheus'. */
export const strangers = "strangers";
export const monitoring = "monitoring";

export class Trouble extends Error {}

export async function kubectl(lab: NodeLab, ...words: string[]): Promise<string> {
  return lab.ok([kubectlPath(), ...words]);
}

/** Where kubectl is. */
export function kubectlPath(): string {
  return kubelabTool("kubectl").path;
}

export async function apply(lab: NodeLab, namespace: string | undefined, objects: readonly object[]): Promise<void> {
  if (objects.length === 0) return;
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const where = namespace === undefined ? [] : ["-n", namespace];
  await lab.ok([kubectlPath(), "apply", "--server-side", ...where, "-f", "-"], list);
}

/** A namespace that enforces the restricted standard, with a pod called `friend` in it that can ask others. */
export async function makeNamespace(lab: NodeLab, name: string): Promise<void> {
  await apply(lab, undefined, [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    },
  ]);
  await standHelper(lab, name, "friend");
}

/** Brings up a restricted pod that listens on 8000, and on other ports where they are named, and has Python and curl. */
export async function standHelper(
  lab: NodeLab,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  ports: readonly number[] = [],
): Promise<void> {
  await apply(lab, namespace, [helper(name, { helper: name, ...labels }, [8000, ...ports])]);
  await kubectl(lab, "wait", "-n", namespace, "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
}

const listen = [
  "import http.server, sys, threading",
  "for port in sys.argv[1:]:",
  "    server = http.server.ThreadingHTTPServer(('', int(port)), http.server.SimpleHTTPRequestHandler)",
  "    threading.Thread(target=server.serve_forever).start()",
].join("\n");

function helper(name: string, labels: Readonly<Record<string, string>>, ports: readonly number[]): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "helper",
          image: helperImage,
          command: ["python3", "-c", listen, ...ports.map(String)],
          workingDir: "/app",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { requests: { cpu: "10m", memory: "32Mi" } },
        },
      ],
    },
  };
}

/** Runs a program in a pod, whatever its exit code. */
export function inPod(
  lab: NodeLab,
  namespace: string,
  pod: string,
  container: string,
  ...words: string[]
): Promise<Ran> {
  return lab.run([kubectlPath(), "exec", "-n", namespace, pod, "-c", container, "--", ...words]);
}

/** Asks from a helper pod; gives status and body, or status "000" where nothing answers within `seconds`. */
export async function ask(
  lab: NodeLab,
  namespace: string,
  url: string,
  seconds = 3,
  pod = "friend",
): Promise<{ readonly status: string; readonly body: string }> {
  const words = ["curl", "--silent", "--max-time", String(seconds), "--write-out", "\n%{http_code}", url];
  const { out } = await inPod(lab, namespace, pod, "helper", ...words);
  const lines = out.trimEnd().split("\n");
  return { status: lines.at(-1) ?? "000", body: lines.slice(0, -1).join("\n") };
}

export async function podsOf(lab: NodeLab, namespace: string, selector: string): Promise<Pod[]> {
  const { items } = JSON.parse(await kubectl(lab, "get", "pods", "-n", namespace, "-l", selector, "-o", "json"));
  return items
    .filter((item: any) => item.metadata.deletionTimestamp === undefined && item.status.phase === "Running")
    .map((item: any) => ({
      name: item.metadata.name,
      ip: item.status.podIP,
      ready: item.status.conditions.some((condition: any) => condition.type === "Ready" && condition.status === "True"),
      restarts: item.status.containerStatuses.reduce((sum: number, { restartCount }: any) => sum + restartCount, 0),
    }));
}

/** Tells stand-ins what to answer from now on; a container that is being restarted is told when it is back. */
export async function tell(
  lab: NodeLab,
  namespace: string,
  service: Service,
  pods: readonly Pod[],
  orders: object,
): Promise<void> {
  const words = ["python3", "/app/tell.py", JSON.stringify(orders)];
  for (const { name } of pods) {
    await until(`${name} is told what to answer`, 30, async () =>
      (await inPod(lab, namespace, name, service.container, ...words)).code === 0 ? true : undefined,
    );
  }
}

/** Waits until `what` gives a value; throws with the words of `wanted` after `seconds`. */
export async function until<T>(wanted: string, seconds: number, what: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await what();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Trouble(`not within ${seconds} s: ${wanted}`);
    await sleep(300);
  }
}

/** The addresses behind a Service that are ready. */
export async function readyAddresses(lab: NodeLab, namespace: string, service: string): Promise<string[]> {
  const words = ["get", "endpointslices", "-n", namespace, "-l", `kubernetes.io/service-name=${service}`, "-o", "json"];
  const { items } = JSON.parse(await kubectl(lab, ...words));
  return items.flatMap((slice: any) =>
    (slice.endpoints ?? [])
      .filter(({ conditions }: any) => conditions.ready)
      .flatMap(({ addresses }: any) => addresses as string[]),
  );
}
