import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecoveryReport } from "../release/index.ts";
import { recoveryAdvice, recoveryText } from "./recovery-text.ts";

const base = { name: "web", revision: 3 };
const holder = { who: "me@here (pid 7)", operation: "upgrade", lastHeard: 3000, alive: false };
const mend = "mend it with `slipway recover web -n shop`, which ";
const itself = "the next upgrade, rollback or uninstallation does that by itself";

const cases: [report: RecoveryReport, lines: string[]][] = [
  [
    { ...base, status: "pending-upgrade", holder, advice: "mend", becomes: "failed" },
    [
      "revision 3 of web is pending-upgrade",
      "upgrade by me@here (pid 7), last heard of 3 s ago: gone",
      `${mend}marks revision 3 failed`,
      itself,
    ],
  ],
  [
    { ...base, status: "pending-upgrade", holder, advice: "mend", becomes: "deployed" },
    [
      "revision 3 of web is pending-upgrade",
      "upgrade by me@here (pid 7), last heard of 3 s ago: gone",
      `${mend}marks revision 3 deployed: only its record was missing`,
      itself,
    ],
  ],
  [
    { ...base, status: "deployed", holder, advice: "mend" },
    [
      "revision 3 of web is deployed",
      "upgrade by me@here (pid 7), last heard of 3 s ago: gone",
      `${mend}takes away the sign of life that is left`,
      itself,
    ],
  ],
  [
    { ...base, status: "pending-upgrade", advice: "mend", becomes: "failed" },
    [
      "revision 3 of web is pending-upgrade",
      "written by a tool that leaves no sign of life (Helm)",
      "mend it, once that has ended, with `slipway recover web -n shop`, which marks revision 3 failed",
      "until then an upgrade is refused; a rollback or uninstallation goes on",
    ],
  ],
  [
    { ...base, status: "uninstalling", advice: "mend", becomes: "failed" },
    [
      "revision 3 of web is uninstalling",
      "written by a tool that leaves no sign of life (Helm)",
      "mend it, once that has ended, with `slipway recover web -n shop`, which marks revision 3 failed",
      "or finish it with `slipway uninstall web -n shop`",
    ],
  ],
  [
    { ...base, status: "pending-upgrade", holder: { ...holder, alive: true }, advice: "wait" },
    [
      "revision 3 of web is pending-upgrade",
      "upgrade by me@here (pid 7), last heard of 3 s ago: at work",
      "wait for it to end; only when you know that it is dead: `slipway recover web -n shop --force`",
    ],
  ],
  [{ ...base, status: "deployed", advice: "nothing" }, ["revision 3 of web is deployed", "nothing to mend"]],
];

test("who looks at a release that is stuck learns how it stands and what can be done", () => {
  for (const [report, lines] of cases)
    assert.deepEqual([...recoveryText(report), ...recoveryAdvice(report, "shop")], lines);
});
