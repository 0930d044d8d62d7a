import { dns1123SubdomainProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  each,
  forbiddenCause,
  invalidValue,
  labelSelector,
  notSupported,
  oneOf,
  quantityNano,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";

const modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** A PersistentVolumeClaim's spec, or a template's. */
export function claimSpec(spec: Loose, path: string, out: Out): void {
  const given: string[] = spec?.accessModes ?? [];
  if (given.length === 0) out.push(required(`${path}.accessModes`, "at least 1 access mode is required"));
  labelSelector(spec?.selector, `${path}.selector`, out);
  for (const one of given) if (!modes.includes(one)) out.push(notSupported(`${path}.accessModes`, one, modes));
  if (given.includes("ReadWriteOncePod") && given.length > 1) {
    out.push(forbiddenCause(`${path}.accessModes`, "may not use ReadWriteOncePod with other access modes"));
  }
  const storage = spec?.resources?.requests?.storage;
  if (storage === undefined) out.push(required(`${path}.resources[storage]`));
  else if (quantityNano(storage) <= 0n)
    out.push(invalidValue(`${path}.resources[storage]`, storage, "must be greater than zero"));
  if (spec?.storageClassName)
    each(dns1123SubdomainProblems(spec.storageClassName), `${path}.storageClassName`, spec.storageClassName, out);
  if (spec?.volumeMode !== undefined) oneOf(spec.volumeMode, ["Block", "Filesystem"], `${path}.volumeMode`, out);
  for (const field of ["dataSource", "dataSourceRef"])
    if (spec?.[field] !== undefined) dataSource(spec[field], `${path}.${field}`, out);
  if (spec?.volumeAttributesClassName) {
    const problems = dns1123SubdomainProblems(spec.volumeAttributesClassName);
    each(problems, `${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, out);
  }
}

function dataSource({ name, kind = "", apiGroup }: Loose, at: string, out: Out): void {
  if (!name) out.push(required(`${at}.name`));
  if (kind === "") out.push(required(`${at}.kind`));
  if (!apiGroup && kind !== "PersistentVolumeClaim")
    out.push(invalidValue(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  if (apiGroup) each(dns1123SubdomainProblems(apiGroup), `${at}.apiGroup`, apiGroup, out);
}
