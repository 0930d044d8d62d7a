import { SlipwayError, isSlipwayError } from "../base/index.ts";
import type { KubeConfig, Transport } from "../kube/index.ts";

/**
 * The same way to a server, whose errors say what to do when nobody answers there. `given`: the address was given by
 * itself, not by the kubeconfig.
 */
export function withAdvice(transport: Transport, config: KubeConfig, given: boolean): Transport {
  return async (request) => {
    try {
      return await transport(request);
    } catch (error) {
      if (!isSlipwayError(error, "kube.unreachable") || error.facts.fix !== undefined) throw error;
      throw new SlipwayError(error.message, { ...error.facts, fix: adviceFor(config, given) });
    }
  };
}

function adviceFor({ context, cluster }: KubeConfig, given: boolean): string {
  if (given) return `Nobody answers at ${cluster.server}, which --kube-apiserver or HELM_KUBEAPISERVER names.`;
  if (context === undefined && cluster.server === "http://localhost:8080")
    return "No kubeconfig names a cluster: `slipway cluster start` starts one on this machine, --kubeconfig names another's file.";
  const embedded = /^slipway-(.+)$/.exec(context ?? "")?.[1];
  if (embedded !== undefined)
    return `The embedded cluster ${embedded} does not run: \`slipway cluster start ${embedded}\` starts it, --kube-context chooses another.`;
  const from = context === undefined ? "" : ` (context ${context})`;
  return `Nobody answers at ${cluster.server}${from}: --kube-context chooses another cluster, \`slipway cluster start\` starts one on this machine.`;
}
