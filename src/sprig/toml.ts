import { messageOf, newMap } from "../base/index.ts";
import type { FamilyPorts, Implementations } from "./families.ts";
import { checkSize } from "./limits.ts";
import { readToml } from "./toml-read.ts";
import { writeToml } from "./toml-write.ts";
import { localZone } from "../gotime/index.ts";

/** toToml, mustToToml, fromToml, with Helm's ways of showing errors: as the text, by failing, under the key Error. */
export function create(ports: FamilyPorts): Implementations {
  return {
    toToml: (value: unknown) => {
      checkSize(value, ports.limits);
      try {
        return writeToml(value);
      } catch (error) {
        if (messageOf(error).startsWith("reflect: ")) throw error;
        return messageOf(error);
      }
    },
    mustToToml: (value: unknown) => {
      checkSize(value, ports.limits);
      return writeToml(value);
    },
    fromToml: (text: string) => {
      const local = localZone(ports.timeZone, ports.zones);
      try {
        return readToml(text, local, ports.clock.now() / 1000);
      } catch (error) {
        return Object.assign(newMap(), { Error: messageOf(error) });
      }
    },
  };
}
