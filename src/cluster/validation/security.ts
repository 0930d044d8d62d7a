import type { Loose } from "../strategy.ts";
import { duplicate, invalidValue, oneOf, required } from "./common.ts";
import type { Out } from "./common.ts";

/** Security contexts. */

const idRange = "must be between 0 and 2147483647, inclusive";

export function userId(value: number | undefined, path: string, out: Out): void {
  if (value !== undefined && (value < 0 || value > 2147483647)) out.push(invalidValue(path, value, idRange));
}

export function seccompProfile(profile: Loose, path: string, out: Out): void {
  if (profile === undefined) return;
  if (!profile.type) out.push(required(`${path}.type`, "type is required when seccompProfile is set"));
  else if (profile.type === "Localhost") {
    if (!profile.localhostProfile)
      out.push(required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost"));
  } else {
    oneOf(profile.type, ["Localhost", "RuntimeDefault", "Unconfined"], `${path}.type`, out);
    if (profile.localhostProfile !== undefined) {
      out.push(
        invalidValue(
          `${path}.localhostProfile`,
          profile.localhostProfile,
          "can only be set when seccomp type is Localhost",
        ),
      );
    }
  }
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

export function podSecurityContext(spec: Loose, path: string, out: Out): void {
  const context = spec.securityContext;
  if (context === undefined) return;
  userId(context.fsGroup, `${path}.fsGroup`, out);
  userId(context.runAsUser, `${path}.runAsUser`, out);
  userId(context.runAsGroup, `${path}.runAsGroup`, out);
  for (const [i, group] of (context.supplementalGroups ?? []).entries())
    userId(group, `${path}.supplementalGroups[${i}]`, out);
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    out.push(
      invalidValue(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled"),
    );
  }
  const names = new Set<string>();
  for (const [i, sysctl] of (context.sysctls ?? []).entries()) {
    const at = `${path}.sysctls[${i}].name`;
    if (!sysctl.name) out.push(required(at));
    else if (sysctl.name.length > 253 || !sysctlName.test(sysctl.name)) {
      out.push(
        invalidValue(
          at,
          sysctl.name,
          "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
        ),
      );
    } else if (names.has(sysctl.name)) out.push(duplicate(at, sysctl.name));
    names.add(sysctl.name);
  }
  if (context.fsGroupChangePolicy !== undefined)
    oneOf(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], `${path}.fsGroupChangePolicy`, out);
  seccompProfile(context.seccompProfile, `${path}.seccompProfile`, out);
}
