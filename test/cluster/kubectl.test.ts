/** Stock kubectl against the embedded cluster: a table of commands, each with what it must print. They build on each other. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";
import { kubelabTool } from "../tools/kubelab.ts";

const tool = kubelabTool("kubectl");
const folder = mkdtempSync(join(tmpdir(), "slipway-kubectl-"));
const env = {
  PATH: process.env["PATH"] ?? "",
  KUBECONFIG: join(folder, "config"),
  HOME: folder,
  KUBECACHEDIR: join(folder, "cache"),
};
let cluster: Cluster | undefined;

before(async () => {
  if (tool.skip !== false) return;
  cluster = await startCluster({ name: "kubectl" });
  writeFileSync(env.KUBECONFIG, cluster.kubeconfig(), { mode: 0o600 });
  writeFileSync(join(folder, "deployment.yaml"), deployment(2));
  writeFileSync(join(folder, "changed.yaml"), deployment(3));
  writeFileSync(join(folder, "crd.yaml"), crd);
  writeFileSync(
    join(folder, "kustomization.yaml"),
    "namePrefix: made-\nconfigMapGenerator:\n- name: generated\n  literals: [a=b]\n",
  );
  writeFileSync(join(folder, "plain.txt"), "hello\n");
});

after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const deployment = (replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: "web:1", ports: [{containerPort: 8080}], resources: {requests: {cpu: 100m, memory: 64Mi}}}
`;

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    subresources: {scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, minimum: 0, default: 1}}}
          status: {type: object, properties: {size: {type: integer}}}
`;

/** A command line, what its output (standard output and error) must match, and its exit code where that is not 0. */
type Row = readonly [command: string, expected: RegExp | string, code?: number, input?: string];

const widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: one}\nspec: {}\n";

const table: readonly Row[] = [
  ["version", /Server Version: v1\.36\.3/],
  ["cluster-info", /Kubernetes control plane.* is running at/],
  ["api-versions", /^apps\/v1$[^]*^v1$/m],
  ["api-resources --namespaced=false -o name", /^nodes$[^]*^customresourcedefinitions\.apiextensions\.k8s\.io$/m],
  ["api-resources --api-group=apps --no-headers", /^deployments +deploy +apps\/v1 +true +Deployment$/m],
  ["explain deployment.spec.replicas", /FIELD: replicas <integer>/],
  ["explain pods --recursive", /containers\t<\[\]Container> -required-/],
  ["get --raw /readyz", /^ok$/],
  ["auth whoami", /Username +kubernetes-admin/],
  ["auth can-i create pods", /^yes$/m],
  ["auth can-i --list", /\*\.\* /],
  ["create namespace second", /^namespace\/second created$/m],
  ["create serviceaccount builder", /^serviceaccount\/builder created$/m],
  ["create role reader --verb=get,list --resource=pods", /role\.rbac\.authorization\.k8s\.io\/reader created/],
  ["create rolebinding reader --role=reader --serviceaccount=default:builder", /rolebinding.*created/],
  ["auth can-i list pods --as=system:serviceaccount:default:builder", /^yes$/m],
  ["auth can-i delete pods --as=system:serviceaccount:default:builder", /^no$/m, 1],
  ["create token builder --duration=10m", /^eyJ[\w.-]+$/m],
  ["create configmap settings --from-literal=a=b --from-file=plain.txt", /^configmap\/settings created$/m],
  ["get configmap settings -o jsonpath={.data.a}", "b"],
  ["create secret generic keys --from-literal=k=v", /^secret\/keys created$/m],
  ["get secret keys -o go-template={{.data.k|base64decode}}", "v"],
  ["create secret docker-registry pull --docker-server=r.example --docker-username=u --docker-password=p", /created/],
  ["create quota small --hard=pods=50", /resourcequota\/small created/],
  ["create priorityclass high --value=1000", /priorityclass.*high created/],
  ["apply -f deployment.yaml", /^deployment\.apps\/web created$/m],
  ["diff -f deployment.yaml", /^$/],
  ["diff -f changed.yaml", /^-  replicas: 2\n\+  replicas: 3$/m, 1],
  ["apply -f changed.yaml --server-side --field-manager=kubectl --force-conflicts", /serverside-applied/],
  ["apply -f changed.yaml --dry-run=server", /\(server dry run\)/],
  ["rollout status deployment/web --timeout=20s", /successfully rolled out/],
  ["get deployment web", /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 /],
  ["get deploy,rs,pods -l app=web -o name", /^deployment\.apps\/web\nreplicaset\.apps\/web-\w+\npod\/web-/],
  ["get pods -o wide -l app=web", /NODE +NOMINATED NODE/],
  [
    "get pods --field-selector=status.phase=Running --sort-by=.metadata.name -o custom-columns=N:.metadata.name",
    /^N\nweb-/,
  ],
  ["describe deployment web", /Replicas: +3 desired \| 3 updated \| 3 total \| 3 available[^]*ScalingReplicaSet/],
  ['patch deployment web -p {"spec":{"minReadySeconds":1}}', /patched/],
  ['patch deployment web --type=json -p [{"op":"replace","path":"/spec/minReadySeconds","value":0}]', /patched/],
  ['patch deployment web --type=merge -p {"metadata":{"labels":{"tier":"front"}}}', /patched/],
  ["label deployment web tier=back", /already has a value \(front\), and --overwrite is false/, 1],
  ["label deployment web tier=back --overwrite", /labeled/],
  ["annotate deployment web note=x", /annotated/],
  ["annotate deployment web note-", /annotated/],
  ["scale deployment web --replicas=2 --current-replicas=3", /scaled/],
  ["expose deployment web --port=80 --target-port=8080", /^service\/web exposed$/m],
  ["get endpointslices -l kubernetes.io/service-name=web", /web-\w+ +IPv4 +8080/],
  ["autoscale deployment web --min=2 --max=4 --cpu=50%", /autoscaled/],
  ["get hpa web", /Deployment\/web/],
  ["set resources deployment web --limits=cpu=200m", /resource requirements updated/],
  ["set env deployment/web COLOR=blue", /env updated/],
  ["set env deployment/web --list", /^COLOR=blue$/m],
  ["set serviceaccount deployment web builder", /serviceaccount updated/],
  ["rollout pause deployment/web", /paused/],
  ["rollout resume deployment/web", /resumed/],
  ["rollout restart deployment/web", /restarted/],
  ["rollout status deployment/web --timeout=20s", /successfully rolled out/],
  ["rollout history deployment/web", /REVISION/],
  ["run bare --image=bare:1 --restart=Never --labels=app=bare", /^pod\/bare created$/m],
  ["wait --for=condition=Ready pod/bare --timeout=20s", /condition met/],
  ["logs bare --tail=1", /simulated/],
  ["exec bare -- ls", /is simulated: "ls" was not run/, 127],
  ["exec bare -- echo here", /^here$/m],
  ["cp plain.txt bare:/tmp/plain.txt", /simulated: "tar .*" was not run/, 127],
  ["attach bare", /simulated|^$/],
  ["top pods bare", /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\nbare +5m +32Mi/],
  ["top nodes", /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) *\nnode-1/],
  ["events --for pod/bare", /Scheduled +Pod\/bare/],
  ["get events --field-selector=involvedObject.name=bare", /Successfully assigned default\/bare/],
  ["debug bare --image=tool:1 --target=bare -c dbg", /^$|targeting|Targeting/i],
  ["get pod bare -o jsonpath={.status.ephemeralContainerStatuses[0].name}", "dbg"],
  ["logs bare -c dbg", /simulated container .* dbg of pod/],
  ["get componentstatuses", /^NAME +STATUS +MESSAGE +ERROR *\ncontroller-manager +Healthy +ok/m],
  ["cordon node-1", /node\/node-1 cordoned/],
  ["uncordon node-1", /node\/node-1 uncordoned/],
  ["taint node node-1 only=mine:NoSchedule", /tainted/],
  ["taint node node-1 only-", /untainted/],
  ["describe node node-1", /Allocated resources:/],
  ["create job once --image=j:1", /^job\.batch\/once created$/m],
  ["wait --for=condition=complete job/once --timeout=20s", /condition met/],
  ["create cronjob tick --image=t:1 --schedule=0 0 1 1 *", /created/],
  ["create job tock --from=cronjob/tick", /created/],
  ["create ingress site --rule=a.example/*=web:80", /created/],
  ["get ingress site", /a\.example +198\.19\.0\.1/],
  ["create poddisruptionbudget web --selector=app=web --min-available=1", /created/],
  ["apply -f crd.yaml", /widgets\.example\.com created/],
  ["wait --for=condition=Established crd/widgets.example.com --timeout=10s", /condition met/],
  ["create -f -", /widget\.example\.com\/one created/, 0, widget],
  ["get wd", /^NAME +SIZE\none +1\n/],
  ["explain widget.spec.size", /FIELD: size <integer>/],
  ["scale widget one --replicas=3", /scaled/],
  [
    'patch widget one --type=merge -p {"spec":{"size":-1}}',
    /spec\.size: Invalid value: -1: spec\.size in body should be greater than or equal to 0/,
    1,
  ],
  ["replace -f -", /widget\.example\.com\/one replaced/, 0, widget],
  ["delete crd widgets.example.com", /deleted/],
  ["apply -k .", /configmap\/made-generated-\w+ created/],
  ["kustomize .", /name: made-generated-/],
  ["apply -f -", /unknown field "spec\.replica"/, 1, deployment(1).replace("replicas", "replica")],
  [
    "create -f -",
    /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
    1,
    deployment(-1).replaceAll("web", "bad"),
  ],
  ["certificate approve nothing", /certificatesigningrequests\.certificates\.k8s\.io "nothing" not found/, 1],
  ["get pods -n second", /No resources found in second namespace\./],
  ["config set-context --current --namespace=second", /modified/],
  ["get pods -o name", /^$/],
  ["config set-context --current --namespace=default", /modified/],
  ["get --chunk-size=2 configmaps -A -o name", /kube-root-ca\.crt[^]*settings/],
  ["delete pod bare --grace-period=0 --force", /force deleted/],
  ["delete deployment,service,hpa web", /deployment\.apps "web" deleted[^]*service "web" deleted/],
  ["delete all --all -n second", /^$|No resources found/],
  ["delete namespace second --timeout=20s", /namespace "second" deleted/],
  ["get nothing", /the server doesn't have a resource type "nothing"/, 1],
];

/** Splits at spaces, but not inside braces or brackets, nor the five words of a schedule. */
function words(command: string): string[] {
  return command.match(/--schedule=\S+ \S+ \S+ \S+ \S+|[^\s{[]*[{[].*[}\]]|\S+/g) ?? [];
}

function kubectl([command, , , input]: Row): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool.path, words(command), { env, cwd: folder, timeout: 60_000 });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, text }));
    child.stdin.end(input ?? "");
  });
}

test(`${table.length} commands of kubectl`, { skip: tool.skip, timeout: 170_000 }, async () => {
  const wrong: string[] = [];
  for (const row of table) {
    const [command, expected, code = 0] = row;
    const ran = await kubectl(row);
    const fits = typeof expected === "string" ? ran.text === expected : expected.test(ran.text);
    if (!fits || ran.code !== code) wrong.push(`kubectl ${command}: exit code ${ran.code}\n${ran.text.slice(0, 800)}`);
  }
  assert.equal(wrong.join("\n"), "");
});

test("kubectl proxy passes requests on", { skip: tool.skip }, async () => {
  const child = spawn(tool.path, ["proxy", "--port=0"], { env });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
        const found = /127\.0\.0\.1:(\d+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("exit", () => reject(new Error(text)));
    });
    const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/nodes`)).json()) as { items: unknown[] };
    assert.equal(answer.items.length, 2);
  } finally {
    child.kill();
  }
});
