/**
 * The printable characters that Unicode assigned after version 15.0, which Go 1.26 carries: JavaScript engines know
 * later versions. Each item is the distance from the end of the range before and, after a dash, how much longer than
 * one character the range is, in base 36.
 */
const later =
  "1ov 8 qt 3k 2r7-e 3-b 2r-1 1c 7e-1 tz o6-2 1gt va-3 dh-1 a na4-4 3 2 6-2 l gk2-f ce-1 1j-6 1ki-1f nh-p rr-11 4-s 9-1 8j-5 9-8 y-2 w4-9 2 3 2-11 2-9 2 3 2-3 2-9 2-1 9-1 ku-j vx-7 2h-x f-9 c7-17 5-9 a9 45i-32y 5qe-1l 2dj-1l 87-o 3-o 7z-4 4qq-7 zk a-l 2q-36 c9a-70 4-c3 7-m g-g 4io-16 5 5d-u 2-l 9-1 34p 4f-3 8o-9 5-1 f-8 ak-3 1e-1 4-1 1b 8 2 5 f 3 a-1 5 64-10 b 10zk-5 4mb-b 5s3-h9 aj7-3bd";

let ranges: number[] | undefined;

/** Whether a character is too new for Go's tables, so that it is neither a letter nor printable there. */
export function isNewerThanGo(code: number): boolean {
  ranges ??= later.split(" ").flatMap(unpacker());
  for (let i = 0; i < ranges.length; i += 2) {
    if (code < (ranges[i] as number)) return false;
    if (code <= (ranges[i + 1] as number)) return true;
  }
  return false;
}

function unpacker(): (item: string) => number[] {
  let last = 0;
  return (item) => {
    const [distance, more] = item.split("-") as [string, string?];
    const from = last + Number.parseInt(distance, 36);
    last = from + (more === undefined ? 0 : Number.parseInt(more, 36));
    return [from, last];
  };
}
