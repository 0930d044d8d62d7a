import type { Command } from "../command.ts";
import { outputFlag } from "../output.ts";
import { helmVersion, kubeVersion, version } from "../version.ts";

/** `slipway version`: our version, and what it is compatible with. */
export const command: Command = {
  name: "version",
  short: "the version of Slipway",
  examples: `# Everything
slipway version

# Just the number, for scripts
slipway version --short

# A line of your own
slipway version --template 'Slipway {{.Version}}, as Helm {{.HelmVersion}}'`,
  long: `Prints the version of Slipway, of the Helm it behaves like, of the Kubernetes API it speaks, and of Node.

--template may use .Version, .HelmVersion, .KubeClientVersion and .NodeVersion.`,
  arity: [0, 0],
  flags: [
    { name: "short", type: "bool", usage: "print the version number only" },
    { name: "template", type: "string", kind: "text", usage: "a Go template to print" },
    outputFlag,
  ],
  async run(context, _args, flags) {
    const info = {
      Version: `v${version}`,
      HelmVersion: helmVersion,
      KubeClientVersion: kubeVersion,
      NodeVersion: process.version,
    };
    if (flags.string("template") !== "") {
      const { TemplateSet } = await import("../../gotemplate/index.ts");
      const templates = new TemplateSet({ name: "_", funcs: {} });
      templates.parse("_", flags.string("template"));
      context.out(templates.execute("_", info));
    } else if (flags.bool("short")) {
      context.out(`v${version}\n`);
    } else if (flags.string("output") === "json") {
      context.out(`${JSON.stringify(keys(info))}\n`);
    } else if (flags.string("output") === "yaml") {
      context.out(
        Object.entries(keys(info))
          .map(([key, value]) => `${key}: ${value}\n`)
          .join(""),
      );
    } else {
      context.out(
        `slipway v${version} (as Helm ${helmVersion}, Kubernetes API ${kubeVersion}, Node ${process.version}, ${process.platform}/${process.arch})\n`,
      );
    }
    return 0;
  },
};

function keys(info: { Version: string; HelmVersion: string; KubeClientVersion: string; NodeVersion: string }) {
  return {
    version: info.Version,
    helm_version: info.HelmVersion,
    kube_client_version: info.KubeClientVersion,
    node_version: info.NodeVersion,
  };
}
