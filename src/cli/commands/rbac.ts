import type { NeededRights, PolicyRule } from "../../release/index.ts";
import { readChartAndValues } from "../chart-input.ts";
import type { GoMap } from "../../base/index.ts";
import type { Chart } from "../../chart/index.ts";
import type { Answer, Question, RenderOptions, Rendered } from "../../render/index.ts";
import type { Command } from "../command.ts";
import { namespaceOf } from "../namespace.ts";
import { formatFlag } from "../output.ts";
import { platformPorts } from "../platform-ports.ts";
import { chartFlags } from "../repository-flags.ts";
import { helmVersionFlag, helmVersionOf, valueFlags } from "../values-flags.ts";

/** `slipway rbac`: the rights that deploying a chart takes. */
export const command: Command = {
  name: "rbac",
  short: "the smallest Role that can deploy a chart",
  examples: `# What an account needs to deploy a chart
slipway rbac ./chart -f prod.yaml

# Give it to a service account
slipway rbac ./chart -n web --account ci:deployer | kubectl apply -f -`,
  long:
    "Renders the chart and prints a Role (and a ClusterRole, where the chart has cluster-wide objects) with which " +
    "Slipway can install, upgrade, roll back and uninstall it: its objects, the records, the lease, and what waiting reads.",
  args: "CHART",
  arity: [1, 1],
  flags: [
    ...valueFlags,
    ...chartFlags,
    { name: "name", type: "string", default: "release-name", usage: "the release's name" },
    { name: "account", type: "string", kind: "namespace:name", usage: "bind the rights to this service account" },
    helmVersionFlag,
    formatFlag(["yaml", "json"], "print as yaml documents, or as json: a List, for kubectl too"),
  ],
  async run(context, args, flags) {
    const helmVersion = helmVersionOf(flags);
    const { chart, values } = await readChartAndValues(context, flags, args[0] as string, helmVersion);
    const namespace = await namespaceOf(context, flags);
    const name = flags.string("name");
    const { rendered, lookups } = await renderAndAsk(chart, values, {
      helmVersion,
      release: { name, namespace, revision: 1, isInstall: true, isUpgrade: false },
      loadPorts: () => platformPorts(context),
    });
    const { neededRights } = await import("../../release/index.ts");
    const { resourceOfKind } = await import("../../schema/index.ts");
    const rights = neededRights(
      rendered,
      (apiVersion, kind) => {
        const found = resourceOfKind(apiVersion, kind);
        return found === undefined ? undefined : { plural: found.plural, namespaced: found.namespaced };
      },
      { namespace, driver: /^configmaps?$/.test(context.env["HELM_DRIVER"] ?? "") ? "configmap" : "secret", lookups },
    );
    for (const kind of rights.guessed)
      context.err(`${kind} is no kind of Kubernetes itself: the plural in its rule is a guess\n`);
    const objects = objectsOf(rights, name, namespace, flags.string("account"));
    if (flags.string("output") === "json")
      context.out(`${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, undefined, 2)}\n`);
    else {
      const { stringify } = await import("../../goyaml/index.ts");
      context.out(objects.map((object) => `---\n${stringify(object)}`).join(""));
    }
    return 0;
  },
};

/**
 * The chart as it is rendered while the cluster has nothing of what it looks up, and what that is. (What it would look
 * up only after an answer is not known without the cluster.)
 */
async function renderAndAsk(
  chart: Chart,
  values: GoMap,
  options: RenderOptions,
): Promise<{ rendered: Rendered; lookups: Question[] }> {
  const { questionKey, render } = await import("../../render/index.ts");
  const answers = new Map<string, Answer>();
  const lookups: Question[] = [];
  for (;;) {
    const rendered = await render(chart, values, { ...options, lookup: "ask", answers });
    if (rendered.questions.length === 0) return { rendered, lookups };
    for (const question of rendered.questions) {
      answers.set(questionKey(question), { value: {} });
      lookups.push(question);
    }
  }
}

/** The roles, each followed by its binding where there is an account. */
function objectsOf(rights: NeededRights, name: string, namespace: string, account: string): unknown[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const title = `slipway-deploy-${name}`;
  const objects: unknown[] = [];
  const [accountSpace, accountName] = account.includes(":") ? account.split(":") : [namespace, account];
  const bind = (kind: "Role" | "ClusterRole", space: string | undefined) => {
    if (account === "") return;
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind, name: title };
    const subjects = [{ kind: "ServiceAccount", name: accountName, namespace: accountSpace }];
    const metadata = { name: title, ...(space === undefined ? {} : { namespace: space }) };
    objects.push({ apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects });
  };
  const role = (kind: "Role" | "ClusterRole", space: string | undefined, rules: readonly PolicyRule[]) => {
    objects.push({
      apiVersion,
      kind,
      metadata: { name: title, ...(space === undefined ? {} : { namespace: space }) },
      rules,
    });
    bind(kind, space);
  };
  for (const [space, rules] of rights.namespaced) role("Role", space || namespace, rules);
  if (rights.clusterWide.length > 0) role("ClusterRole", undefined, rights.clusterWide);
  return objects;
}
