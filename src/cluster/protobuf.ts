import type { Field, TypeExpr, TypeInfo } from "../schema/index.ts";
import { typeByName, typeOfKind } from "../schema/index.ts";

/**
 * Kubernetes' protobuf, read only: kubectl and client-go send built-in kinds in it. The answer is always JSON, which
 * every client takes.
 */

const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

export class ProtobufError extends Error {}

const text = new TextDecoder();

/** A cursor over one message. */
class Reader {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.end) throw new ProtobufError("unexpected EOF");
      const byte = this.bytes[this.at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError("proto: integer overflow");
  }

  /** The next field's number and wire type. */
  tag(): [number, number] {
    const tag = Number(this.varint());
    return [Math.floor(tag / 8), tag % 8];
  }

  chunk(): Uint8Array {
    const length = Number(this.varint());
    if (length > this.end - this.at) throw new ProtobufError("unexpected EOF");
    const out = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return out;
  }

  fixed(size: 4 | 8): Uint8Array {
    if (this.at + size > this.end) throw new ProtobufError("unexpected EOF");
    const out = this.bytes.subarray(this.at, this.at + size);
    this.at += size;
    return out;
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.fixed(8);
    else if (wire === 2) this.chunk();
    else if (wire === 5) this.fixed(4);
    else throw new ProtobufError(`proto: illegal wireType ${wire}`);
  }
}

const depthLimit = 200;

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

/** A message's fields by number, and the one that holds fields of its own which JSON shows among the others. */
interface Numbers {
  readonly own: ReadonlyMap<number, Field>;
  readonly inlineNumber?: number;
  readonly inline?: ReadonlyMap<number, Field>;
}

/**
 * Structs within structs that JSON does not show (`json:",inline"`): the number of the inner message, and which fields are
 * in it. A name (of a LocalObjectReference) where nothing else is said.
 */
const inlines: Readonly<Record<string, readonly [number, (name: string) => boolean]>> = (() => {
  const core = "io.k8s.api.core.v1.";
  const admission = "io.k8s.api.admissionregistration.v1.";
  const resource = "io.k8s.api.resource.v1.";
  const only =
    (...names: string[]) =>
    (name: string) =>
      names.includes(name);
  const but =
    (...names: string[]) =>
    (name: string) =>
      !names.includes(name);
  const claimed = ["capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName"];
  const mounted = ["mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName"];
  const named = [1, only("name")] as const;
  return {
    [`${core}Volume`]: [2, but("name")],
    [`${core}PersistentVolumeSpec`]: [2, but(...claimed, ...mounted)],
    [`${core}EphemeralContainer`]: [1, but("targetContainerName")],
    [`${core}Probe`]: [1, only("exec", "httpGet", "tcpSocket", "grpc")],
    [`${core}ConfigMapKeySelector`]: named,
    [`${core}SecretKeySelector`]: named,
    [`${core}ConfigMapEnvSource`]: named,
    [`${core}SecretEnvSource`]: named,
    [`${core}ConfigMapVolumeSource`]: named,
    [`${core}ConfigMapProjection`]: named,
    [`${core}SecretProjection`]: named,
    "io.k8s.api.networking.v1.IngressRule": [2, only("http")],
    [`${admission}RuleWithOperations`]: [2, but("operations")],
    [`${admission}NamedRuleWithOperations`]: [2, but("resourceNames")],
    [`${resource}DeviceClaimConfiguration`]: [2, but("requests")],
    [`${resource}DeviceAllocationConfiguration`]: [3, but("source", "requests")],
    [`${resource}DeviceClassConfiguration`]: [1, () => true],
  };
})();

const ruleWithOperations = "io.k8s.api.admissionregistration.v1.RuleWithOperations";

const numbers = new WeakMap<TypeInfo, Numbers>();

/** TypeMeta is no part of the message. */
function numbersOf(type: TypeInfo): Numbers {
  let found = numbers.get(type);
  if (found === undefined) {
    const inline = type.fields[0]?.name === "kind" && type.fields[1]?.name === "apiVersion";
    const collides = inline && type.fields.some((field, i) => i > 1 && field.number === 1);
    const fields = collides ? type.fields.slice(2) : type.fields;
    const byNumber = (list: readonly Field[]) => new Map(list.map((field) => [field.number, field]));
    const inner = inlines[type.name];
    found =
      inner === undefined
        ? { own: byNumber(fields) }
        : {
            own: byNumber(fields.filter(({ name }) => !inner[1](name))),
            inlineNumber: inner[0],
            inline: byNumber(fields.filter(({ name }) => inner[1](name))),
          };
    numbers.set(type, found);
  }
  return found;
}

function readMessage(bytes: Uint8Array, type: TypeInfo, depth: number): Record<string, unknown> {
  if (depth > depthLimit) throw new ProtobufError("proto: nested too deep");
  const out: Record<string, unknown> = {};
  readFields(bytes, numbersOf(type), depth, out, type);
  return out;
}

function readFields(
  bytes: Uint8Array,
  { own, inline, inlineNumber }: Numbers,
  depth: number,
  out: Record<string, unknown>,
  type: TypeInfo,
): void {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const [number, wire] = reader.tag();
    if (number === inlineNumber && inline !== undefined) {
      // operations within a rule within a named rule
      const deeper = type.name.endsWith(".NamedRuleWithOperations") ? typeByName(ruleWithOperations) : undefined;
      const inner = deeper === undefined ? { own: inline } : numbersOf(deeper);
      readFields(reader.chunk(), inner, depth, out, type);
      continue;
    }
    const field = own.get(number);
    if (field === undefined) {
      reader.skip(wire);
      continue;
    }
    const { type: expr } = field;
    if (expr.kind === "list") {
      const list = (out[field.name] ??= []) as unknown[];
      if (wire === 2 && expr.items.kind === "scalar" && isVarint(expr.items)) {
        const packed = new Reader(reader.chunk());
        while (!packed.done) list.push(readScalar(packed, 0, expr.items, depth));
      } else list.push(readValue(reader, wire, expr.items, depth));
    } else if (expr.kind === "map") {
      const map = (out[field.name] ??= {}) as Record<string, unknown>;
      const [key, value] = readEntry(reader.chunk(), expr.values, depth);
      if (key !== "__proto__") map[key] = value;
    } else out[field.name] = readValue(reader, wire, expr, depth);
  }
}

function isVarint(type: TypeExpr): boolean {
  return type.kind === "scalar" && ["int32", "int64", "bool"].includes(type.scalar);
}

function readEntry(bytes: Uint8Array, values: TypeExpr, depth: number): [string, unknown] {
  const reader = new Reader(bytes);
  let key = "";
  let value: unknown = values.kind === "struct" ? {} : values.kind === "list" ? [] : "";
  while (!reader.done) {
    const [number, wire] = reader.tag();
    if (number === 1) key = text.decode(reader.chunk());
    else if (number === 2) value = readValue(reader, wire, values, depth);
    else reader.skip(wire);
  }
  return [key, value];
}

function readValue(reader: Reader, wire: number, type: TypeExpr, depth: number): unknown {
  if (type.kind === "struct") return readMessage(reader.chunk(), type.type, depth + 1);
  if (type.kind === "list") {
    // a named list is a message with the items in field 1
    const inner = new Reader(reader.chunk());
    const out: unknown[] = [];
    while (!inner.done) {
      const [number, innerWire] = inner.tag();
      if (number === 1) out.push(readValue(inner, innerWire, type.items, depth + 1));
      else inner.skip(innerWire);
    }
    return out;
  }
  if (type.kind === "map") throw new ProtobufError("proto: map of maps");
  return readScalar(reader, wire, type, depth);
}

/** Number → bytes or varint, of messages that stand for scalars. */
function parts(bytes: Uint8Array): Map<number, bigint | Uint8Array> {
  const out = new Map<number, bigint | Uint8Array>();
  const reader = new Reader(bytes);
  while (!reader.done) {
    const [number, wire] = reader.tag();
    if (wire === 0) out.set(number, reader.varint());
    else if (wire === 2) out.set(number, reader.chunk());
    else reader.skip(wire);
  }
  return out;
}

const schemaProps = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

function readScalar(reader: Reader, wire: number, type: Extract<TypeExpr, { kind: "scalar" }>, depth: number): unknown {
  switch (type.scalar) {
    case "string":
      return text.decode(reader.chunk());
    case "bool":
      return reader.varint() !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, reader.varint()));
    case "int64":
      return signed(reader.varint());
    case "float64": {
      const bytes = reader.fixed(wire === 5 ? 4 : 8);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return wire === 5 ? view.getFloat32(0, true) : view.getFloat64(0, true);
    }
    case "bytes":
      return Buffer.from(reader.chunk()).toString("base64");
    default:
  }
  const message = parts(reader.chunk());
  const string = (n: number) => {
    const value = message.get(n);
    return value instanceof Uint8Array ? text.decode(value) : "";
  };
  const number = (n: number) => {
    const value = message.get(n);
    return typeof value === "bigint" ? signed(value) : 0;
  };
  const props = (n: number) => {
    const value = message.get(n);
    return value instanceof Uint8Array ? readMessage(value, typeByName(schemaProps) as TypeInfo, depth + 1) : undefined;
  };
  switch (type.scalar) {
    case "quantity":
      return string(1) || "0";
    case "time":
    case "microTime": {
      if (message.size === 0) return null;
      const date = new Date(number(1) * 1000).toISOString().slice(0, 19);
      return type.scalar === "time" ? `${date}Z` : `${date}.${String(Math.floor(number(2) / 1000)).padStart(6, "0")}Z`;
    }
    case "intOrString":
      return number(1) === 1 ? string(3) : number(2);
    case "schemaOrArray":
      return props(1) ?? {};
    case "schemaOrBool":
      return props(2) ?? number(1) !== 0;
    case "schemaOrStrings":
      return props(1) ?? {};
    default: {
      const raw = string(1);
      return raw === "" ? null : JSON.parse(raw);
    }
  }
}

/** A body in Kubernetes' envelope → the data that JSON would have given. Throws ProtobufError. */
export function readProtobuf(bytes: Uint8Array): Record<string, unknown> {
  for (let i = 0; i < magic.length; i++) {
    if (bytes[i] !== magic[i]) throw new ProtobufError("provided data does not appear to be a protobuf message");
  }
  const unknown = parts(bytes.subarray(magic.length));
  const typeMeta = unknown.get(1);
  const raw = unknown.get(2);
  const names = typeMeta instanceof Uint8Array ? parts(typeMeta) : new Map<number, Uint8Array>();
  const name = (n: number) => {
    const value = names.get(n);
    return value instanceof Uint8Array ? text.decode(value) : "";
  };
  const apiVersion = name(1);
  const kind = name(2);
  const type = typeOfKind(apiVersion, kind);
  if (type === undefined)
    throw new ProtobufError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const object = readMessage(raw instanceof Uint8Array ? raw : new Uint8Array(), type, 0);
  return { ...object, apiVersion, kind };
}
