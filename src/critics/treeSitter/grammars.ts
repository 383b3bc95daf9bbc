import treeSitter from '@vscode/tree-sitter-wasm';
import type { Language, Tree } from '@vscode/tree-sitter-wasm';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkMeter } from './workMeter.ts';
import { WorkExhausted } from './workMeter.ts';

/** The folder that lies beside the bundle; from source, that of the package. */
export function grammarFolder(): string {
  const beside = fileURLToPath(new URL('./grammars/', import.meta.url));
  return existsSync(beside) ? beside : dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'));
}

let started: Promise<void> | undefined;

/** Loads the parser once for this process, because it keeps one memory for all. @throws when a file is missing or damaged */
export async function loadGrammar(folder: string, name: string): Promise<Language> {
  started ??= treeSitter.Parser.init({ locateFile: (file) => join(folder, file) }).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  await started;
  return treeSitter.Language.load(new Uint8Array(await readFile(join(folder, `tree-sitter-${name}.wasm`))));
}

/** The caller deletes the tree. @throws WorkExhausted */
export function parseText(language: Language, text: string, work: WorkMeter): Tree {
  const parser = new treeSitter.Parser();
  try {
    parser.setLanguage(language);
    const tree = parser.parse(text, undefined, { progressCallback: () => !work.tick() });
    if (tree === null) throw new WorkExhausted('parsing takes too long');
    return tree;
  } finally {
    parser.delete();
  }
}
