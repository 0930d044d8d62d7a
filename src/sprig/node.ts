/** What the rim passes to the functions on Node. Import this only outside the pure core; it needs `node:` modules. */
export { nodeKeys } from "./node-keys.ts";
