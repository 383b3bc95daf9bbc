import type { VerifyReport } from '../ledger/verify/report.ts';

/** The report as a person reads it: the verdict, what was found, what cannot be known. */
export function verifyWords({ intact, entries, signedUpTo, witnessedUpTo, pruned, damages, more, limits }: VerifyReport): string {
  const lines = [
    intact
      ? `Intact: ${count(entries)}, and nothing was done to any of them.`
      : `Damaged: something was done to this ledger of ${count(entries)}.`,
    ...damages.map(({ message }) => `  ✕ ${message}`),
    ...(more > 0 ? [`  … and ${more} more.`] : []),
    `Signed up to entry ${signedUpTo}; vouched for from outside up to entry ${witnessedUpTo}.`,
    ...(pruned > 0 ? [`${pruned} payloads were pruned by the rules; their entries are still here.`] : []),
    ...limits.map((limit) => `  · ${limit}`),
    ...(intact ? [] : ['Keep this file as it is, and restore the newest backup that verifies.']),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function count(entries: number): string {
  return entries === 1 ? '1 entry' : `${entries} entries`;
}
