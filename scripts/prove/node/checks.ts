/** What must be true of a chart on a real node, one function a claim. Each throws {@link Trouble} or what a program said. */
import { setTimeout as sleep } from "node:timers/promises";
import { ask, inPod, kubectl, kubectlPath, monitoring, type Pod, readyAddresses, tell, until } from "./cluster.ts";
import { policies } from "./policies.ts";
import { type Check, livePods, refuse, type Scene } from "./scene.ts";
import { slowPath } from "./services.ts";

const restricted: Check = async (scene) => {
  const [pod] = await livePods(scene);
  const { lab, namespace, service } = scene;
  const script = "id -u; touch /probe 2>/dev/null && echo writable; touch /tmp/probe && echo scratch";
  const { out } = await inPod(lab, namespace, pod?.name ?? "", service.container, "sh", "-c", script);
  const [user, ...rest] = out.trim().split("\n");
  refuse(user === "0", "the process is root");
  refuse(rest.join() !== "scratch", `the root should be read-only and /tmp writable: ${rest.join()}`);
};

const hookPasses: Check = async ({ helm, service, namespace }) => {
  const ran = await helm("test", service.name, "-n", namespace, "--timeout", "90s");
  refuse(ran.code !== 0, `helm test fails: ${ran.err}`);
};

const hookFails: Check = async (scene) => {
  const { lab, service, namespace, helm } = scene;
  for (const [what, orders] of Object.entries(service.wrong)) {
    await tell(lab, namespace, service, await livePods(scene), orders);
    const ran = await helm("test", service.name, "-n", namespace, "--timeout", "60s");
    await tell(lab, namespace, service, await livePods(scene), {});
    refuse(ran.code === 0, `helm test passes although the service gives ${what}`);
    await allReady(scene);
  }
  await hookPasses(scene);
};

function allReady(scene: Scene): Promise<Pod[]> {
  return until("all pods are ready again", 60, async () => {
    const pods = await livePods(scene);
    return pods.length >= 2 && pods.every(({ ready }) => ready) ? pods : undefined;
  });
}

const readinessFails: Check = async (scene) => {
  const { lab, service, namespace } = scene;
  const [pod] = await allReady(scene);
  if (pod === undefined) return;
  const name = service.address.split(":")[0] ?? "";
  // A liveness probe of the same path restarts the container soon after: it is readiness that must fail first.
  await tell(lab, namespace, service, [pod], { [service.readiness]: { status: 500 } });
  await until("the pod leaves the Service", 30, async () =>
    (await readyAddresses(lab, namespace, name)).includes(pod.ip) ? undefined : true,
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => ask(lab, namespace, `http://${service.address}${service.path}`)),
  );
  refuse(
    answers.some(({ status }) => status !== "200"),
    "the Service still asks the pod that is not ready",
  );
  await tell(lab, namespace, service, [pod], {});
  // Where liveness asks the same path, its restart is over, too.
  await sleep(8000);
  await allReady(scene);
};

const livenessFails: Check = async (scene) => {
  const { lab, service, namespace } = scene;
  const [pod] = await allReady(scene);
  if (pod === undefined) return;
  await tell(lab, namespace, service, [pod], { [service.liveness]: { status: 500 } });
  await until("the container is restarted", 90, async () => {
    const now = (await livePods(scene)).find(({ name }) => name === pod.name);
    return now !== undefined && now.restarts > pod.restarts ? true : undefined;
  });
  await allReady(scene);
};

const scraped: Check = async ({ lab, service, namespace }) => {
  const { items } = JSON.parse(await kubectl(lab, "get", "servicemonitors", "-n", namespace, "-o", "json"));
  refuse(items.length === 0, "there is no ServiceMonitor");
  for (const { spec } of items) {
    const labels = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
    const found = JSON.parse(await kubectl(lab, "get", "services", "-n", namespace, "-l", labels.join(), "-o", "json"));
    for (const endpoint of spec.endpoints) {
      const targets = await Promise.all(
        found.items.map(async (item: any) => {
          const port = item.spec.ports.find(({ name }: any) => name === endpoint.port);
          if (port === undefined) return [];
          const words = [
            "get",
            "endpointslices",
            "-n",
            namespace,
            "-l",
            `kubernetes.io/service-name=${item.metadata.name}`,
          ];
          const slices = JSON.parse(await kubectl(lab, ...words, "-o", "json"));
          return slices.items.flatMap((slice: any) => {
            const { port: number } = slice.ports.find(({ name }: any) => name === endpoint.port);
            return slice.endpoints.flatMap(({ addresses }: any) => addresses.map((ip: string) => `${ip}:${number}`));
          });
        }),
      );
      refuse(targets.flat().length === 0, `no Service has the port ${endpoint.port} that the ServiceMonitor names`);
      for (const target of targets.flat()) {
        const { status, body } = await ask(lab, monitoring, `http://${target}${endpoint.path}`);
        refuse(status !== "200", `${target}${endpoint.path} answers Prometheus ${status}`);
        refuse(
          !body.includes(service.series ?? ""),
          `${target}${endpoint.path} has no ${service.series}: ${body.slice(0, 300)}`,
        );
      }
    }
  }
};

const upgradeUnderLoad: Check = async (scene) => {
  const { lab, service, namespace, helm, values, chart } = scene;
  const before = new Set((await allReady(scene)).map(({ name }) => name));
  const url = `http://${service.address}${service.path}`;
  const load = inPod(lab, namespace, "friend", "helper", "python3", "/app/load.py", url, "45");
  await sleep(2000);
  const words = ["--set", `podAnnotations.round=r${Date.now()}`, "--wait", "--timeout", "3m"];
  const upgraded = await helm("upgrade", service.name, chart, "-n", namespace, ...values, ...words);
  refuse(upgraded.code !== 0, upgraded.err);
  const { out, err } = await load;
  refuse(!out.startsWith("{"), `the load did not end: ${err}`);
  const counts = JSON.parse(out) as Record<string, number>;
  refuse(Object.keys(counts).join() !== "200", `answers under load: ${out.trim()}`);
  refuse((counts["200"] ?? 0) < 100, `too few requests to tell: ${out.trim()}`);
  const after = await allReady(scene);
  refuse(
    after.some(({ name }) => before.has(name)),
    "the upgrade replaced no pod",
  );
};

const drainedGracefully: Check = async (scene) => {
  const { lab, service, namespace } = scene;
  const [pod] = await allReady(scene);
  if (pod === undefined) return;
  // The answer comes when the process has long been told to end.
  const delay = service.preStopSeconds + 4;
  await tell(lab, namespace, service, [pod], { [slowPath]: { delay } });
  const logs = lab.run([kubectlPath(), "logs", "-f", "-n", namespace, pod.name, "-c", service.container]);
  const answer = ask(lab, namespace, `http://${pod.ip}:${service.port}${slowPath}`, delay + 10);
  await sleep(1000);
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod.name, namespace } };
  const raw = `/api/v1/namespaces/${namespace}/pods/${pod.name}/eviction`;
  await lab.ok([kubectlPath(), "create", "--raw", raw, "-f", "-"], JSON.stringify(eviction));
  const { status } = await answer;
  refuse(status !== "200", `the request that was under way got ${status}`);
  refuse(!(await logs).out.includes("ended gracefully"), "the process was killed");
  await allReady(scene);
};

/** The claims, in the order in which they are shown. */
export const checks: Readonly<Record<string, Check>> = {
  "runs restricted, with a read-only root": restricted,
  "its test hook passes": hookPasses,
  "its test hook fails on a wrong body, status and delay": hookFails,
  "a failing readiness probe takes a pod out of the Service": readinessFails,
  "a failing liveness probe restarts the container": livenessFails,
  "its metrics are scrapable where the ServiceMonitor points": scraped,
  "its network policy lets through what is needed and stops the rest": policies,
  "a rolling upgrade under load loses no request": upgradeUnderLoad,
  "a drained pod ends gracefully": drainedGracefully,
};
