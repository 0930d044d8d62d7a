import type { RecoveryReport } from "../release/index.ts";

/** How a release stands that may be stuck, and who works on it or did, as lines. */
export function recoveryText(report: RecoveryReport): string[] {
  const lines = [`revision ${report.revision} of ${report.name} is ${report.status}`];
  const { holder } = report;
  if (holder !== undefined) {
    const heard =
      holder.lastHeard === undefined ? "" : `, last heard of ${Math.max(0, Math.round(holder.lastHeard / 1000))} s ago`;
    lines.push(
      `${holder.operation === "" ? "held" : holder.operation} by ${holder.who}${heard}: ${holder.alive ? "at work" : "gone"}`,
    );
  } else if (report.advice === "mend") lines.push("written by a tool that leaves no sign of life (Helm)");
  if (report.advice === "nothing") lines.push("nothing to mend");
  return lines;
}

/** What can be done about it, as lines: for who only looks. */
export function recoveryAdvice(report: RecoveryReport, namespace: string): string[] {
  const { name, revision, status, holder, becomes, advice } = report;
  const command = (verb: string) => `\`slipway ${verb} ${name} -n ${namespace}`;
  if (advice === "nothing") return [];
  if (advice === "wait")
    return [`wait for it to end; only when you know that it is dead: ${command("recover")} --force\``];
  const outcome = {
    deployed: `marks revision ${revision} deployed: only its record was missing`,
    failed: `marks revision ${revision} failed`,
    none: "takes away the sign of life that is left",
  }[becomes ?? "none"];
  const foreign = holder === undefined;
  const lines = [`mend it${foreign ? ", once that has ended," : ""} with ${command("recover")}\`, which ${outcome}`];
  if (status === "uninstalling") lines.push(`or finish it with ${command("uninstall")}\``);
  else if (foreign) lines.push("until then an upgrade is refused; a rollback or uninstallation goes on");
  else lines.push("the next upgrade, rollback or uninstallation does that by itself");
  return lines;
}
