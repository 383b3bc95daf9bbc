import type { Critic, CriticFile } from '../contracts/critic.ts';
import type { SecretScanner } from '../contracts/secrets.ts';
import type { Finding } from '../contracts/verdict.ts';
import { LineIndex, addedLines } from './changedLines.ts';
import { testFindings } from './testFindings.ts';

/** Enough to see what is going on; a file full of them needs no list. */
const perFile = 20;

/** Looks at changed lines only: secrets, and whether tests came along or got weaker. */
export class CodeCritic implements Critic {
  readonly name = 'code';
  readonly #scanner: SecretScanner;

  constructor({ scanner }: { readonly scanner: SecretScanner }) {
    this.#scanner = scanner;
  }

  async review(files: readonly CriticFile[], signal: AbortSignal): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for (const file of files) {
      signal.throwIfAborted();
      findings.push(...(await this.#reviewFile(file)));
    }
    if (!findings.some(({ code }) => code === 'secret-in-code')) findings.push(noSecrets(files));
    return [...findings, ...testFindings(files)];
  }

  async #reviewFile({ path, before, after }: CriticFile): Promise<readonly Finding[]> {
    if (before === undefined && after === undefined) return [unread(path)];
    if (after === undefined || after === before) return [];
    const added = addedLines(before, after);
    const lines = new LineIndex(after);
    return (await this.#secrets(path, after, added, lines)).slice(0, perFile);
  }

  async #secrets(path: string, text: string, added: ReadonlySet<number>, lines: LineIndex): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for (const { kind, start, end } of await this.#scanner.scan(text, path)) {
      const last = lines.lineAt(Math.max(start, end - 1));
      let line = lines.lineAt(start);
      while (line <= last && !added.has(line)) line++;
      if (line > last) continue;
      const reason = `${path}:${line} holds what looks like a secret (${kind.replaceAll('-', ' ')}); read it from the environment instead.`;
      findings.push({ check: 'secrets', effect: 'no-go', code: 'secret-in-code', reason, location: { path, line }, evidence: { kind } });
    }
    return findings;
  }
}

function unread(path: string): Finding {
  const reason = `${path} is binary, so it was not read; open it before you approve.`;
  return { check: 'code', effect: 'hold', code: 'binary-not-read', reason, location: { path, line: 1 } };
}

function noSecrets(files: readonly CriticFile[]): Finding {
  const read = files.filter(({ before, after }) => before !== undefined || after !== undefined).length;
  const reason = `None found in ${read} changed ${read === 1 ? 'file' : 'files'}.`;
  return { check: 'secrets', effect: 'go', code: 'no-secrets', reason, evidence: { files: read } };
}
