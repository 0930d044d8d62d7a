import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePosixZone } from "./zone-rule.ts";
import { loadLocation, localZone, utc } from "./zones.ts";
import { nodeZones } from "./node.ts";

const names = [
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "Africa/Lagos",
];
const files = nodeZones({});

test(
  "zones by Intl have the offsets of the zone files",
  { skip: files("Europe/Berlin") === undefined && "this machine has no zone files" },
  () => {
    for (const name of names) {
      const file = loadLocation(name, utc, files);
      const intl = loadLocation(name, utc, undefined);
      for (let year = 1975; year < 2037; year += 3) {
        for (const month of [0, 2, 3, 6, 9, 10]) {
          const at = Date.UTC(year, month, 28, 5) / 1000;
          assert.equal(intl?.lookup(at).offset, file?.lookup(at).offset, `${name} in month ${month + 1} of ${year}`);
        }
      }
    }
  },
);

test("rules of the POSIX kind, on both halves of the earth", () => {
  const berlin = parsePosixZone("CET-1CEST,M3.5.0,M10.5.0/3");
  assert.deepEqual(berlin?.(Date.UTC(2040, 2, 25, 0, 59, 59) / 1000), { name: "CET", offset: 3600, isDst: false });
  assert.deepEqual(berlin?.(Date.UTC(2040, 2, 25, 1) / 1000), { name: "CEST", offset: 7200, isDst: true });
  assert.equal(berlin?.(Date.UTC(2040, 9, 28, 1) / 1000).name, "CET");
  const sydney = parsePosixZone("AEST-10AEDT,M10.1.0,M4.1.0/3");
  assert.equal(sydney?.(Date.UTC(2040, 0, 1) / 1000).name, "AEDT");
  assert.equal(sydney?.(Date.UTC(2040, 6, 1) / 1000).name, "AEST");
  assert.equal(parsePosixZone("<+0330>-3:30")?.(0).offset, 12600);
  assert.equal(parsePosixZone("nonsense"), undefined);
  assert.equal(parsePosixZone(""), undefined);
});

test("unknown zones are unknown, and Local is what TZ names", () => {
  assert.equal(loadLocation("Nowhere/City", utc, files), undefined);
  assert.equal(loadLocation("../../etc/passwd", utc, files), undefined);
  assert.equal(loadLocation("Nowhere/City", utc, undefined), undefined);
  assert.equal(loadLocation("", utc, files), utc);
  assert.equal(localZone("Europe/Berlin", undefined).lookup(0).offset, 3600);
  assert.equal(localZone(undefined, undefined), utc);
  assert.equal(localZone("", files), utc);
});
