import { base64, unbase64 } from "./encoding.ts";

/** pem.EncodeToMemory: lines of 64 characters. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const lines = base64(bytes).replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}

/** pem.Decode: the first whole block of a text, or undefined. */
export function decodePem(text: string): { label: string; bytes: Uint8Array } | undefined {
  const pattern =
    /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n]*: [^\n]*\n)*)([A-Za-z0-9+/=\s]*?)-----END \1-----/g;
  for (const [, label = "", , body = ""] of text.matchAll(pattern)) {
    try {
      return { label, bytes: unbase64(body.replace(/[ \t]/g, "")) };
    } catch {
      continue;
    }
  }
  return undefined;
}
