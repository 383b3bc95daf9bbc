import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ensureBuilt } from '../../../scripts/lib/build.ts';
import { dist, root } from '../../../scripts/lib/paths.ts';
import type * as Grammars from '../../../src/critics/treeSitter/grammars.ts';
import type * as Critics from '../../../src/critics/treeSitter/treeSitterCritic.ts';

const queries = path.join(root, 'media', 'queries');

interface Table {
  readonly languages: Readonly<Record<string, { readonly extensions: readonly string[] }>>;
}

/** A lazy chunk of the build, by the source it was made of. */
async function chunk(name: string): Promise<unknown> {
  const file = readdirSync(dist).find((each) => each.startsWith(`${name}-`) && each.endsWith('.mjs'));
  assert.ok(file, `dist/ has no chunk ${name}`);
  return import(pathToFileURL(path.join(dist, file)).href);
}

describe('the built critic', function () {
  this.timeout(120_000);
  const { languages } = JSON.parse(readFileSync(path.join(queries, 'rules.json'), 'utf8')) as Table;

  before(() => ensureBuilt());

  it('reads every language with the grammars beside it', async () => {
    const { TreeSitterCritic } = (await chunk('treeSitterCritic')) as typeof Critics;
    const { grammarFolder } = (await chunk('grammars')) as typeof Grammars;
    assert.equal(path.resolve(grammarFolder()), path.join(dist, 'grammars'));
    const critic = await TreeSitterCritic.open({ grammars: grammarFolder(), queries });
    for (const [language, { extensions }] of Object.entries(languages)) {
      const file = { path: `a.${extensions[0] ?? ''}`, before: '', after: 'eval(x)\n' };
      const codes = (await critic.review([file], new AbortController().signal)).map(({ code }) => code);
      assert.deepEqual(codes, ['eval-like-call'], language);
    }
  });

  it('is in the package, and no grammar that nobody uses', async () => {
    const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
    const { stdout } = await promisify(execFile)(process.execPath, [vsce, 'ls', '--no-dependencies'], { cwd: root });
    const packed = stdout.split('\n');
    const wasm = packed.filter((file) => file.endsWith('.wasm')).sort();
    const needed = Object.keys(languages).map((name) => `dist/grammars/tree-sitter-${name}.wasm`);
    assert.deepEqual(wasm, [...needed, 'dist/grammars/tree-sitter.wasm'].sort());
    const files = readdirSync(queries, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const wanted = files.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    assert.equal(wanted.length > 5, true);
    assert.deepEqual(
      wanted.filter((file) => !packed.includes(file)),
      [],
    );
  });
});
