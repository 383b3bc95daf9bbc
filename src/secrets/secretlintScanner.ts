import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { extname } from 'node:path';
import { CodedError } from '../base/errors.ts';
import type { SecretMatch, SecretScanner } from '../contracts/secrets.ts';
import { findSecrets, mergeMatches, isMasked } from './findSecrets.ts';

const maxCharacters = 32 * 1024 * 1024;
const windowCharacters = 1024 * 1024;
/** More than the longest secret, so that each lies whole in one window. */
const overlapCharacters = 64 * 1024;

const awsRule = '@secretlint/secretlint-rule-aws';
/** Reads comments such as `secretlint-disable`: the scanned text would grade itself. */
const filterRule = '@secretlint/secretlint-rule-filter-comments';

const config = {
  rules: rules
    .filter((rule) => rule.meta.id !== filterRule)
    .map((rule) => ({ id: rule.meta.id, rule, options: rule.meta.id === awsRule ? { enableIDScanRule: true } : {} })),
};

/** The rules of secretlint and our own patterns together. Heavy to load: import it when it is first needed. */
export class SecretlintScanner implements SecretScanner {
  constructor() {
    // It would keep an entry with the path for every rule and file, for as long as the process lives.
    secretLintProfiler.setEnabled(false);
  }

  async scan(text: string, path: string): Promise<readonly SecretMatch[]> {
    if (text.length > maxCharacters)
      throw new CodedError('text-too-large', `\`${path}\` is too large to be searched for secrets; split it or leave it out`);
    const matches: SecretMatch[] = [];
    const step = windowCharacters - overlapCharacters;
    for (let from = 0; from === 0 || from + overlapCharacters < text.length; from += step) {
      const found = await scanWindow(text.slice(from, from + windowCharacters), path);
      for (const { kind, start, end } of found) matches.push({ kind, start: from + start, end: from + end });
    }
    return mergeMatches(matches);
  }
}

async function scanWindow(content: string, filePath: string): Promise<readonly SecretMatch[]> {
  const source = { content, filePath, ext: extname(filePath), contentType: 'text' } as const;
  const { messages } = await lintSource({ source, options: { config } });
  const found = messages.map(({ messageId, range: [start, end] }) => ({ kind: kebab(messageId), start, end }));
  const real = found.filter(({ start, end }) => !isMasked(content.slice(start, end)));
  return [...real, ...findSecrets(content)];
}

/** `AWSSecretAccessKey` → `aws-secret-access-key`. */
function kebab(messageId: string): string {
  return messageId
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/_/g, '-')
    .toLowerCase();
}
