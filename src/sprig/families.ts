import { SlipwayError, type Clock, type Random } from "../base/index.ts";
import { func, type Func } from "../gotemplate/index.ts";
import type { FunctionLimits } from "./limits.ts";
import type { ZonePort } from "../gotime/index.ts";
import type { KeyPort } from "./ports.ts";

/** What a family needs of the world. */
export interface FamilyPorts {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  readonly seeded: boolean;
  readonly timeZone: string | undefined;
  readonly zones: ZonePort | undefined;
  readonly keys: KeyPort | undefined;
  readonly limits: FunctionLimits;
}

/** The functions of a family by name, each with the arguments its signature below declares. */
export type Implementations = Record<string, Func["call"]>;

/** A family whose code is loaded when a template first needs it. */
export type FamilyName = "regex" | "toml" | "dates" | "durations" | "keys" | "passwords" | "versions";

interface FamilyModule {
  create(ports: FamilyPorts): Implementations;
}

const loaders: Record<FamilyName, () => Promise<FamilyModule>> = {
  regex: () => import("./regex.ts"),
  toml: () => import("./toml.ts"),
  dates: () => import("./dates.ts"),
  durations: () => import("./durations.ts"),
  keys: () => import("./certificates.ts"),
  passwords: () => import("./passwords.ts"),
  versions: () => import("./versions.ts"),
};

/** All families, for callers that want to load everything. */
export const allFamilies: readonly FamilyName[] = Object.keys(loaders) as FamilyName[];

/** Modules once loaded stay: they hold code only, nothing of any rendering. */
const loaded: Partial<Record<FamilyName, FamilyModule>> = {};

/** Loads the code of these families; those there already cost nothing. */
export async function loadFamilies(names: Iterable<FamilyName>): Promise<void> {
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      loaded[name] ??= await loaders[name]();
    }),
  );
}

/** params, then `...type` for a variadic, then `: result`; split once, when the functions are made. */
const signatures: Record<FamilyName, Record<string, string>> = {
  regex: withTwins({
    regexMatch: "string,string:bool",
    regexFind: "string,string:string",
    regexFindAll: "string,string,int:[]string",
    regexReplaceAll: "string,string,string:string",
    regexReplaceAllLiteral: "string,string,string:string",
    regexSplit: "string,string,int:[]string",
  }),
  toml: { toToml: "any:string", mustToToml: "any:string", fromToml: "string:map[string]interface {}" },
  dates: {
    ago: "any:string",
    date: "string,any:string",
    date_in_zone: "string,any,string:string",
    dateInZone: "string,any,string:string",
    date_modify: "string,time.Time:time.Time",
    dateModify: "string,time.Time:time.Time",
    must_date_modify: "string,time.Time:time.Time",
    mustDateModify: "string,time.Time:time.Time",
    duration: "any:string",
    durationRound: "any:string",
    htmlDate: "any:string",
    htmlDateInZone: "any,string:string",
    now: ":time.Time",
    toDate: "string,string:time.Time",
    mustToDate: "string,string:time.Time",
    unixEpoch: "time.Time:string",
  },
  durations: {
    mustToDuration: "any:time.Duration",
    durationSeconds: "any:float64",
    durationMilliseconds: "any:int64",
    durationMicroseconds: "any:int64",
    durationNanoseconds: "any:int64",
    durationMinutes: "any:float64",
    durationHours: "any:float64",
    durationDays: "any:float64",
    durationWeeks: "any:float64",
    durationRoundTo: "any,any:time.Duration",
    durationTruncateTo: "any,any:time.Duration",
  },
  keys: {
    genPrivateKey: "string:string",
    buildCustomCert: "string,string:sprig.certificate",
    genCA: "string,int:sprig.certificate",
    genCAWithKey: "string,int,string:sprig.certificate",
    genSelfSignedCert: "string,[]interface {},[]interface {},int:sprig.certificate",
    genSelfSignedCertWithKey: "string,[]interface {},[]interface {},int,string:sprig.certificate",
    genSignedCert: "string,[]interface {},[]interface {},int,sprig.certificate:sprig.certificate",
    genSignedCertWithKey: "string,[]interface {},[]interface {},int,sprig.certificate,string:sprig.certificate",
  },
  passwords: {
    bcrypt: "string:string",
    htpasswd: "string,string:string",
    derivePassword: "uint32,string,string,string,string:string",
    encryptAES: "string,string:string",
    decryptAES: "string,string:string",
  },
  versions: { semver: "string:*semver.Version", semverCompare: "string,string:bool" },
};

function withTwins(all: Record<string, string>): Record<string, string> {
  const twin = (name: string) => `must${name[0]?.toUpperCase()}${name.slice(1)}`;
  return { ...all, ...Object.fromEntries(Object.entries(all).map(([name, signature]) => [twin(name), signature])) };
}

/** Functions of Helm 4 only. */
export const onlyHelm4: ReadonlySet<string> = new Set([
  "mustToYaml",
  "mustToToml",
  ...Object.keys(signatures.durations),
]);

/** The families of which any of these functions is one. */
export function familiesOf(functions: Iterable<string>): FamilyName[] {
  const wanted = new Set(functions);
  return (Object.keys(signatures) as FamilyName[]).filter((family) =>
    Object.keys(signatures[family]).some((name) => wanted.has(name)),
  );
}

/**
 * The functions of all families, as stand-ins with their true signatures: templates that mention them parse, and calls
 * are checked, before any of the code is there. A call whose family is not loaded ends with a SlipwayError of code
 * `sprig.load` (its `path` is the family): load it and run again.
 */
export function familyFuncs(ports: FamilyPorts): Record<string, Func> {
  const out: Record<string, Func> = {};
  for (const family of Object.keys(signatures) as FamilyName[]) {
    let made: Implementations | undefined;
    for (const [name, signature] of Object.entries(signatures[family])) {
      out[name] = standIn(signature, (...args) => {
        made ??= moduleOf(family, name).create(ports);
        return (made[name] as (...args: unknown[]) => unknown)(...args);
      });
    }
  }
  return out;
}

function moduleOf(family: FamilyName, name: string): FamilyModule {
  const module = loaded[family];
  if (module !== undefined) return module;
  throw new SlipwayError(`the function ${name} is not loaded`, {
    code: "sprig.load",
    path: family,
    fix: `Call loadFamilies(["${family}"]) and render again.`,
  });
}

function standIn(signature: string, call: Func["call"]): Func {
  const colon = signature.indexOf(":");
  const params = signature.slice(0, colon);
  const types = params === "" ? [] : params.split(",").map((type) => (type === "any" ? "interface {}" : type));
  return func(types, call, { result: signature.slice(colon + 1) });
}
