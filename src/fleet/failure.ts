import { messageOf, SlipwayError } from "../base/index.ts";

/** An error of one release, whose name stands first in the message; everything else the error knows is kept. */
export function failureOf(release: { readonly name: string }, error: unknown): SlipwayError {
  const lead = `release ${JSON.stringify(release.name)}: `;
  const message = messageOf(error);
  return new SlipwayError(message.startsWith(lead) ? message : lead + message, {
    ...(error instanceof SlipwayError ? error.facts : { code: "fleet.failed" }),
    cause: error,
  });
}
