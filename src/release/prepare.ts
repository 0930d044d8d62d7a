import { SlipwayError, type GoMap } from "../base/index.ts";
import type { Chart } from "../chart/index.ts";
import { answerQuestion } from "./answers.ts";
import {
  questionKey,
  render,
  serverVersion,
  type Answer,
  type Capabilities,
  type Rendered,
  type RenderOptions,
} from "../render/index.ts";
import type { ChartActionOptions } from "./options.ts";
import type { ReleaseHook } from "./record.ts";
import { callOf, type Session } from "./session.ts";

/** Rounds of questions and answers at most: each lookup may depend on the one before. */
const mostRounds = 32;

/** What a cluster can do, as templates see it. */
export async function clusterCapabilities(
  session: Session,
  version: { gitVersion: string; major: string; minor: string },
): Promise<Capabilities> {
  const discovery = await session.client.discovery(callOf(session));
  if (discovery.failed.length > 0) {
    session.emit({
      type: "warning",
      text: `the kubernetes server has an orphaned API service: ${discovery.failed.join(", ")}`,
    });
  }
  return {
    kubeVersion: serverVersion(version),
    apiVersions: await session.client.apiVersions(),
  };
}

/**
 * Renders a chart for a release. What templates look up in the cluster (and in DNS with enableDns) is fetched, and the
 * chart rendered again with the same seed and clock, until nothing is left to ask.
 */
export async function renderForRelease(
  session: Session,
  chart: Chart,
  values: GoMap,
  options: ChartActionOptions,
  release: { revision: number; isInstall: boolean; isUpgrade: boolean; capabilities?: Capabilities; online: boolean },
): Promise<Rendered> {
  const answers = new Map<string, Answer>();
  const seed = options.render?.seed ?? (await freshSeed(options));
  const now = session.clock.now();
  for (let round = 0; round < mostRounds; round++) {
    const renderOptions: RenderOptions = {
      ...options.render,
      release: {
        name: options.name,
        namespace: session.namespace,
        revision: release.revision,
        isInstall: release.isInstall,
        isUpgrade: release.isUpgrade,
      },
      ...(release.capabilities === undefined ? {} : { capabilities: release.capabilities }),
      helmVersion: options.helmVersion ?? 4,
      seed,
      clock: { now: () => now },
      lookup: release.online ? "ask" : "none",
      dns: options.enableDns ? "ask" : "none",
      answers,
      subchartNotes: options.subchartNotes ?? false,
      skipSchemaValidation: options.skipSchemaValidation ?? false,
      ...(options.postRender === undefined ? {} : { postRender: options.postRender }),
    };
    const rendered = await render(chart, values, renderOptions).catch(async (error: unknown) => {
      const { explainFailure } = await import("../render/index.ts");
      throw await explainFailure(error, {
        chart,
        values,
        options: renderOptions,
        ...(options.sources === undefined ? {} : { sources: options.sources }),
      });
    });
    if (rendered.questions.length === 0) {
      for (const finding of rendered.warnings) session.emit({ type: "warning", text: finding.message });
      return rendered;
    }
    await Promise.all(
      rendered.questions.map(async (question) =>
        answers.set(questionKey(question), await answerQuestion(session.client, question, session.signal)),
      ),
    );
  }
  throw new SlipwayError(`the templates still had questions after ${mostRounds} rounds of lookups`, {
    code: "render.questions",
  });
}

async function freshSeed(options: ChartActionOptions): Promise<number> {
  const { systemRandom } = await import("../base/index.ts");
  const bytes = (options.random ?? systemRandom).bytes(6);
  return bytes.reduce((total, byte) => total * 256 + byte, 0);
}

/** Rendered hooks as a new revision records them: not yet run. */
export function newHooks(rendered: Rendered): ReleaseHook[] {
  return rendered.hooks.map((hook) => ({
    ...hook,
    deletePolicies: [...hook.deletePolicies],
    outputLogPolicies: [...hook.outputLogPolicies],
    lastRun: { phase: "" },
  }));
}

/** The manifest as it is shown by a dry run with --hide-secret. */
export function manifestWithoutSecrets(rendered: Rendered): string {
  return rendered.manifests
    .map(({ source, text, kind, apiVersion }) =>
      kind === "Secret" && apiVersion === "v1"
        ? `---\n# Source: ${source}\n# HIDDEN: The Secret output has been suppressed\n`
        : `---\n# Source: ${source}\n${text}\n`,
    )
    .join("");
}
