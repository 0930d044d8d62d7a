import { notFoundCause } from "../causes.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, invalidValue, notSupported, oneOf, required } from "./common.ts";
import type { Out } from "./common.ts";

/** What containers say of their own restarts and resizes, and of the devices they get. */

/** A container's own restart policy and its rules. */
export function restartPolicy(container: Loose, path: string, out: Out): void {
  const rules: Loose[] = container.restartPolicyRules ?? [];
  const policy: string | undefined = container.restartPolicy;
  const at = `${path}.restartPolicy`;
  if (policy === undefined) {
    if (rules.length === 0) return;
    out.push(required(at, "must specify restartPolicy when restart rules are used"));
  } else oneOf(policy, ["Always", "Never", "OnFailure"], at, out);
  for (const [i, rule] of rules.entries()) {
    const below = `${path}.restartPolicyRules[${i}]`;
    oneOf(rule.action ?? "", ["Restart", "RestartAllContainers"], `${below}.action`, out);
    if (rule.exitCodes === undefined) out.push(required(`${below}.exitCodes`, "must be specified"));
    else oneOf(rule.exitCodes.operator ?? "", ["In", "NotIn"], `${below}.exitCodes.operator`, out);
  }
}

/** What a resize means for a container. Upstream shows no positions but for duplicates. */
export function resizePolicy(list: Loose[] | undefined, path: string, podPolicy: string, out: Out): void {
  const seen = new Set<string>();
  for (const [i, { resourceName = "", restartPolicy: restart = "" }] of (list ?? []).entries()) {
    if (seen.has(resourceName)) out.push(duplicate(`${path}[${i}]`, resourceName));
    seen.add(resourceName);
    choice(resourceName, ["cpu", "memory"], path, out);
    choice(restart, ["NotRequired", "RestartContainer"], path, out);
    if (podPolicy === "Never" && restart !== "NotRequired")
      out.push(invalidValue(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  }
}

function choice(value: string, supported: readonly string[], path: string, out: Out): void {
  if (value === "") out.push(required(path));
  else if (!supported.includes(value)) out.push(notSupported(path, value, supported));
}

/** Block devices of a container. */
export function volumeDevices(container: Loose, path: string, volumes: ReadonlyMap<string, Loose>, out: Out): void {
  const mounts: Loose[] = container.volumeMounts ?? [];
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, { name = "", devicePath = "" }] of (container.volumeDevices ?? []).entries()) {
    const at = `${path}[${i}]`;
    const wrong = (field: string, value: string, words: string) =>
      out.push(invalidValue(`${at}.${field}`, value, words));
    const volume = volumes.get(name);
    if (name === "") out.push(required(`${at}.name`));
    if (names.has(name)) wrong("name", name, "must be unique");
    if (volume === undefined) out.push(notFoundCause(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined)
      wrong("name", name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    if (devicePath === "") out.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) wrong("devicePath", devicePath, "must be unique");
    if (devicePath.split("/").includes("..")) wrong("devicePath", devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((one) => one.name === name)) wrong("name", name, "must not already exist in volumeMounts");
    if (mounts.some((one) => one.mountPath === devicePath))
      wrong("devicePath", devicePath, "must not already exist as a path in volumeMounts");
    if (name !== "") names.add(name);
  }
}
