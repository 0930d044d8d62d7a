export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./go-float.ts";
export * from "./go.ts";
export * from "./nearest.ts";
export * from "./random.ts";
export * from "./x509.ts";
