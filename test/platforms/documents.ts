/**
 * The command lines of the requirement documents, taken from their code blocks. The documents lie beside the clone
 * (`../shared/requirements`); what was taken from them is kept in documents/ for clones that stand alone, and compared
 * with the documents where they are there. UPDATE_DOCUMENTS=1 writes it anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./charts.ts";

/** What to do about a command that cannot run as it stands. The first rule that matches counts. */
export interface Rule {
  readonly match: RegExp;
  /** Why the command is left out. */
  readonly skip?: string;
  /** Replaces what matched. */
  readonly as?: string;
  /** Command lines to run before it: what a reader would have done meanwhile. */
  readonly before?: readonly string[];
}

export interface RequirementDocument {
  /** The file's name in shared/requirements. */
  readonly file: string;
  /** The folder, from the clone's root, in which the commands run (in a copy of it). */
  readonly platform: string;
  /** Command lines to run before the first. */
  readonly before?: readonly string[];
  readonly rules: readonly Rule[];
}

/** Commands that make a namespace and go there. */
const namespace = (name: string) => [
  `kubectl create namespace ${name}`,
  `kubectl config set-context --current --namespace=${name}`,
];

/** The documents; placeholders (`<like-this>`, `${{ github.sha }}`) are filled in everywhere. */
export const documents: readonly RequirementDocument[] = [
  {
    file: "kubesentiment-helm-adr.md",
    platform: "platforms/kubesentiment",
    // Hooks make these Secrets and the claim where pods really run.
    before: ["dev", "staging", "prod"].flatMap((environment) => [
      `kubectl create namespace mlops-${environment}`,
      `kubectl apply -n mlops-${environment} -f ${join(import.meta.dirname, "before", "mlops-sentiment.yaml")}`,
    ]),
    rules: [
      // There is something to go back to only after some upgrades.
      {
        match: /^helm rollback mlops-sentiment -n/,
        before: ["WARNING", "ERROR", "INFO"].map(
          (level) =>
            `helm upgrade mlops-sentiment ./helm/mlops-sentiment -n mlops-prod -f helm/mlops-sentiment/values-prod.yaml --set logLevel=${level}`,
        ),
      },
      // The charts' repositories cannot be reached here: one on loopback has their charts.
      {
        match: /^(helm dependency update .*)$/,
        as: `node ${join(import.meta.dirname, "with-dependencies.ts")} helm/mlops-sentiment $1`,
      },
    ],
  },
  {
    file: "flts-completion-report.md",
    platform: "platforms/flts",
    rules: [],
  },
  {
    file: "flts-implementation-summary.md",
    platform: "platforms/flts",
    rules: [
      { match: /^minikube start/, skip: "the cluster is there" },
      // Production is another cluster, or another namespace; so is what the quick reference tries out.
      { match: /^kubectl create secret generic minio-credentials/, before: namespace("production") },
      { match: /^helm install flts-pipeline/, before: namespace("trial") },
      // The chart's own autoscaler does this already, under this name.
      { match: /^kubectl autoscale deployment inference/, before: ["kubectl delete hpa inference"] },
      // The reference goes on after it has uninstalled the release.
      {
        match: /^kubectl logs -f deployment\/inference/,
        before: ["helm install flts-pipeline .helm/ -f .helm/values-dev.yaml"],
      },
    ],
  },
  {
    file: "ml-services-helmfile-readme.md",
    platform: "platforms/ml-services",
    rules: [
      // Who asks a service has released its environment.
      {
        match: /^(kubectl port-forward svc\/(dev|staging|prod)-ml-api .*)$/,
        as: "$1",
        before: ["for e in dev staging prod; do helmfile --file deployments/$e/helmfile.yaml apply; done"],
      },
      // The operator's repository cannot be reached here: one on loopback stands in for it.
      {
        match: /^(helmfile apply --file deployments\/published.*|helm (?:repo|install external-secrets) .*)$/,
        as: `node ${join(import.meta.dirname, "with-repository.ts")} external-secrets https://charts.external-secrets.io $1`,
        before: ["helm uninstall external-secrets -n external-secrets --ignore-not-found"],
      },
    ],
  },
];

/** The commands of a document in their order, one line each. */
export function commandsOf(file: string): string[] {
  const document = join(root, "..", "shared", "requirements", file);
  const kept = join(import.meta.dirname, "documents", file.replace(/\.md$/, ".txt"));
  if (!existsSync(document))
    return readFileSync(kept, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const commands = commandsIn(readFileSync(document, "utf8"));
  const text = `${commands.join("\n")}\n`;
  if (process.env["UPDATE_DOCUMENTS"] === "1") {
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, text);
  }
  if (!existsSync(kept) || readFileSync(kept, "utf8") !== text)
    throw new Error(`${kept} is not what ${file} says: run this test with UPDATE_DOCUMENTS=1`);
  return commands;
}

const shells = new Set(["bash", "sh", "shell"]);

/** The commands of Markdown's code blocks: shell blocks, `run:` steps in YAML, and what a bare block shows as typed. */
export function commandsIn(markdown: string): string[] {
  const out: string[] = [];
  for (const [, language = "", body = ""] of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)) {
    if (shells.has(language)) out.push(...linesOf(body));
    else if (language === "yaml") {
      for (const [, , step = ""] of body.matchAll(/^( *)run: \|\n((?:\1 .*\n)+)/gm)) out.push(...linesOf(step));
    } else if (language === "" && /^(helm|kubectl|helmfile) /.test(body)) out.push(...linesOf(body).slice(0, 1));
  }
  return out;
}

function linesOf(body: string): string[] {
  return body
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** Fills placeholders in. */
export function filled(command: string): string {
  return command
    .replace(/\$\{\{[^}]*\}\}/g, "a1b2c3d")
    .replace(/<([a-zA-Z_-]+)>/g, (_, name: string) => `a-${name.toLowerCase()}`);
}
