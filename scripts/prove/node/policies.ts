/** The chart's network policies, by packets: who gets through, and who does not. */
import { ask, inPod, kubectl, type Pod, podsOf, standHelper, strangers, until } from "./cluster.ts";
import { type Check, livePods, refuse, type Scene } from "./scene.ts";

/** A pod of another namespace that stands for what a service needs: databases, queues. */
const databases = "databases";

/** All policies of a chart: the service's own, that of its pods among themselves, and those of its helpers' pods. */
export const policies: Check = async (scene) => {
  const { lab, service } = scene;
  const needs = service.needs ?? [];
  await standHelper(lab, strangers, `${databases}-${service.name}`, {}, needs);
  const [outside] = await podsOf(lab, strangers, `helper=${databases}-${service.name}`);
  const address = outside?.ip ?? "";
  const pods = await livePods(scene);
  await servicePolicy(scene, pods[0] as Pod, address);
  if (service.gossip !== undefined) await gossip(scene, pods, service.gossip);
  await helperPolicies(scene, address);
  await kubectl(lab, "delete", "pod", "-n", strangers, `${databases}-${service.name}`, "--wait=false");
};

async function servicePolicy({ lab, service, namespace }: Scene, pod: Pod, outside: string): Promise<void> {
  const inside = `http://${pod.ip}:${service.port}${service.path}`;
  const friend = await ask(lab, namespace, `http://${service.address}${service.path}`);
  refuse(friend.status !== "200", `a pod that may call the service gets ${friend.status}`);
  const stranger = await ask(lab, strangers, inside);
  refuse(stranger.status !== "000", `a pod of another namespace gets through: ${stranger.status}`);
  const open = await ask(lab, namespace, `http://${outside}:8000/`);
  refuse(open.status !== "200", "the stranger does not even answer a pod without a policy");
  const out = async (port: number) => {
    const words = ["curl", "--silent", "--fail", "--max-time", "3", `http://${outside}:${port}/`];
    return (await inPod(lab, namespace, pod.name, service.container, ...words)).code === 0;
  };
  refuse(await out(8000), "the service reaches whom it need not");
  for (const port of service.needs ?? []) refuse(!(await out(port)), `the service does not reach port ${port}`);
  const lookup = "import socket; socket.getaddrinfo('kubernetes.default.svc', 443)";
  const dns = await inPod(lab, namespace, pod.name, service.container, "python3", "-c", lookup);
  refuse(dns.code !== 0, `the service cannot look names up: ${dns.err}`);
}

/** The pods hear each other's datagrams, and nobody else's. */
async function gossip({ lab, service, namespace }: Scene, pods: readonly Pod[], port: number): Promise<void> {
  const [one, other] = pods;
  const udp = "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)";
  const hear = `${udp}; s.bind(("", ${port})); s.settimeout(8); print(s.recv(9).decode())`;
  const say = `${udp}; [(s.sendto(b"hello", ("${one?.ip}", ${port})), time.sleep(0.5)) for _ in range(12)]`;
  const heard = async (from: Promise<unknown>): Promise<boolean> => {
    const words = ["python3", "-c", hear];
    const { out } = await inPod(lab, namespace, one?.name ?? "", service.container, ...words);
    await from;
    return out.includes("hello");
  };
  const sibling = inPod(lab, namespace, other?.name ?? "", service.container, "python3", "-c", say);
  refuse(!(await heard(sibling)), `a pod does not hear its sibling on ${port}/UDP`);
  const stranger = inPod(lab, strangers, "friend", "helper", "python3", "-c", say);
  refuse(await heard(stranger), `a pod hears a stranger on ${port}/UDP`);
}

/**
 * The policies of pods that come and go (tests, Jobs): a pod with their labels resolves names, reaches nobody it has not
 * been given, and is reached by nobody. That what they need gets through, the tests and Jobs themselves have shown.
 */
async function helperPolicies({ lab, service, namespace }: Scene, outside: string): Promise<void> {
  const { items } = JSON.parse(await kubectl(lab, "get", "networkpolicies", "-n", namespace, "-o", "json"));
  const selectors = items.map(({ spec }: any) => spec.podSelector);
  for (const [index, { matchLabels, matchExpressions = [] }] of selectors.entries()) {
    if (service.selector.split(",").every((label) => label === asLabel(matchLabels, label))) continue;
    const labels = { ...matchLabels };
    for (const { key, values } of matchExpressions) labels[key] = values[0];
    const name = `helper-${index}`;
    await standHelper(lab, namespace, name, labels);
    const [pod] = await podsOf(lab, namespace, `helper=${name}`);
    const asked = () => ask(lab, namespace, `http://${outside}:8000/`, 2, name);
    // A policy takes hold of a new pod within a moment.
    await until(`a pod like ${JSON.stringify(labels)} reaches nobody`, 10, async () =>
      (await asked()).status === "000" ? true : undefined,
    );
    const answer = await ask(lab, namespace, `http://${pod?.ip}:8000/`, 2);
    refuse(answer.status !== "000", `a pod like ${JSON.stringify(labels)} is reached: ${answer.status}`);
    const lookup = "import socket; socket.getaddrinfo('kubernetes.default.svc', 443)";
    const dns = await inPod(lab, namespace, name, "helper", "python3", "-c", lookup);
    refuse(dns.code !== 0, `a pod like ${JSON.stringify(labels)} cannot look names up: ${dns.err}`);
    await kubectl(lab, "delete", "pod", "-n", namespace, name, "--wait=false");
  }
}

function asLabel(labels: Readonly<Record<string, string>> | undefined, label: string): string {
  const [key = ""] = label.split("=");
  return `${key}=${labels?.[key]}`;
}
