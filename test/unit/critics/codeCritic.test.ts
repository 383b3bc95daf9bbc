import assert from 'node:assert/strict';
import { z } from 'zod';
import type { CriticFile } from '../../../src/contracts/critic.ts';
import type { Finding } from '../../../src/contracts/verdict.ts';
import { CodeCritic } from '../../../src/critics/codeCritic.ts';
import { SecretlintScanner } from '../../../src/secrets/secretlintScanner.ts';
import { corpus } from '../../support/corpora.ts';
import { githubToken, keyFile } from '../secrets/secretText.ts';

const critic = new CodeCritic({ scanner: new SecretlintScanner() });
const { signal } = new AbortController();

function file(path: string, before: string | undefined, after: string | undefined): CriticFile {
  return { path, before, after };
}

/** `effect code path:line` of each finding. */
async function review(...files: readonly CriticFile[]): Promise<readonly string[]> {
  return (await critic.review(files, signal)).map(summary);
}

function summary({ effect, code, location }: Finding): string {
  return location === undefined ? `${effect} ${code}` : `${effect} ${code} ${location.path}:${location.line}`;
}

describe('CodeCritic', () => {
  describe('secrets', () => {
    it('refuses a secret in an added line, and says where, but not what', async () => {
      const findings = await critic.review([file('README.md', 'one\ntwo\n', `one\nkey ${githubToken}\ntwo\n`)], signal);
      assert.deepEqual(findings.map(summary), ['no-go secret-in-code README.md:2']);
      assert.equal(JSON.stringify(findings).includes(githubToken.slice(4, 20)), false);
    });

    it('leaves alone what was there before', async () => {
      const before = `key ${githubToken}\n`;
      assert.deepEqual(await review(file('README.md', before, `${before}more\n`)), ['go no-secrets']);
    });

    it('finds a key file of which only a line in the middle was added', async () => {
      const lines = keyFile.split('\n');
      const before = [lines[0], lines[1], lines[3]].join('\n');
      assert.deepEqual(await review(file('key.pem', before, keyFile)), ['no-go secret-in-code key.pem:3']);
    });

    it('says that there is none', async () => {
      const [finding] = await critic.review([file('a.md', 'a', 'b'), file('b.md', undefined, 'c')], signal);
      assert.equal(finding?.reason, 'None found in 2 changed files.');
    });

    it('rejects when the text cannot be searched', async () => {
      const failing = new CodeCritic({ scanner: { scan: () => Promise.reject(new Error('no rules')) } });
      await assert.rejects(failing.review([file('a.md', undefined, 'a')], signal), /no rules/);
      await assert.rejects(critic.review([file('a.md', undefined, 'a')], AbortSignal.abort()));
    });
  });

  describe('tests', () => {
    const two = "it('a', () => {});\nit('b', () => {});\n";
    const rows: readonly (readonly [name: string, files: readonly CriticFile[], expected: readonly string[]])[] = [
      ['source without a test', [file('src/a.ts', 'a\n', 'a\nb\n')], ['hold tests-not-touched src/a.ts:2']],
      ['source with a test', [file('src/a.ts', 'a', 'b'), file('test/a.test.ts', '', two)], ['go tests-touched']],
      ['documents only', [file('README.md', 'a', 'b'), file('package.json', '{}', '{ }')], []],
      ['types and configuration only', [file('src/a.d.ts', 'a', 'b'), file('esbuild.config.js', 'a', 'b')], []],
      [
        'a test file that is not code',
        [file('src/a.ts', 'a', 'b'), file('test/data.json', '1', '2')],
        ['hold tests-not-touched src/a.ts:1'],
      ],
      ['a deleted source', [file('src/a.ts', 'a', undefined)], []],
      ['a deleted test', [file('test/a.test.ts', two, undefined)], ['hold tests-weakened test/a.test.ts:1']],
      [
        'a source changed and its test deleted',
        [file('src/a.ts', 'a', 'b'), file('test/a.test.ts', two, undefined)],
        ['hold tests-weakened test/a.test.ts:1', 'hold tests-not-touched src/a.ts:1'],
      ],
      ['a removed test case', [file('a.test.js', two, "it('a', () => {});\n")], ['hold tests-weakened a.test.js:1', 'go tests-touched']],
      [
        'a test case turned into a comment',
        [file('a.test.js', two, two.replace("it('b'", "// it('b'"))],
        ['hold tests-weakened a.test.js:2', 'go tests-touched'],
      ],
      [
        'a skipped test',
        [file('a.test.js', two, two.replace("it('b'", "it.skip('b'"))],
        ['hold tests-weakened a.test.js:2', 'go tests-touched'],
      ],
      [
        'a test that stands alone',
        [file('a.test.js', two, two.replace("it('a'", "it.only('a'"))],
        ['hold tests-weakened a.test.js:1', 'go tests-touched'],
      ],
      [
        'a skip as an option',
        [file('a.test.js', two, two.replace("'b', ", "'b', { skip: true }, "))],
        ['hold tests-weakened a.test.js:2', 'go tests-touched'],
      ],
      ['a renamed test case', [file('a.test.js', two, two.replace("'b'", "'c'"))], ['go tests-touched']],
      ['a skip in a comment', [file('a.test.js', two, `${two}// it.skip('c')\n`)], ['go tests-touched']],
      [
        'a removed test function',
        [file('tests/test_a.py', 'def test_a(): pass\ndef test_b(): pass\n', 'def test_a(): pass\n')],
        ['hold tests-weakened tests/test_a.py:1', 'go tests-touched'],
      ],
      [
        'a skipped test function',
        [file('test_a.py', 'def test_a(): pass\n', '@pytest.mark.skip\ndef test_a(): pass\n')],
        ['hold tests-weakened test_a.py:1', 'go tests-touched'],
      ],
      ['a change of mode', [file('src/a.ts', 'a', 'a')], []],
    ];
    for (const [name, files, expected] of rows) {
      it(`judges ${name}`, async () => {
        assert.deepEqual(
          (await review(...files)).filter((text) => text.includes('tests-')),
          expected,
        );
      });
    }
  });

  it('holds a binary it cannot read', async () => {
    assert.deepEqual(await review(file('logo.png', undefined, undefined)), ['hold binary-not-read logo.png:1', 'go no-secrets']);
  });

  corpus('07-code/fp-humaneval', z.object({ id: z.string(), code: z.string() }), 'stays silent on ordinary code', async (rows) => {
    for (const { id, code } of rows)
      assert.deepEqual(await review(file('test_a.py', undefined, code)), ['go no-secrets', 'go tests-touched'], id);
  });
});
