/** Cases that differ from Go by intent, with the reason; docs/compatibility.md says the same in prose. */
export const knownDifferences: ReadonlyMap<string, string> = new Map<string, string>([
  ["range iter.Seq[int] over two var", "prints an address"],
]);
