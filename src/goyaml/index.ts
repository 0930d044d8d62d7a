export { formatFloat32 } from "./decode.ts";
export { JsonSyntaxError, unmarshalJSON } from "./json-read.ts";
export { type JsonOptions, marshalJSON } from "./json-write.ts";
export { compareNatural } from "./natural-order.ts";
export { parse, parseDocuments, parseList, parseMap, type ParseOptions } from "./parse.ts";
export { type Located, parseWithSpans } from "./spans.ts";
export { stringify } from "./stringify.ts";
export { stringifyV3, type StringifyV3Options } from "./stringify-v3.ts";
