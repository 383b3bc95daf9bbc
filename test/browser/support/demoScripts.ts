import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sample } from '../../../scripts/lib/paths.ts';

const source = (file: string): string => readFileSync(path.join(sample, file), 'utf8');

/** What the demo agents change of the sample: one function and its test. */
const changed = {
  'src/total.js': `${source('src/total.js')}
/** The larger of two amounts. */
export function larger(one, other) {
  return one > other ? one : other;
}
`,
  'test/total.test.js': `${source('test/total.test.js')}
test('the larger of two', async () => {
  const { larger } = await import('../src/total.js');
  assert.equal(larger(1, 2), 2);
});
`,
};

/**
 * A script for the demo model whose Coder waits `thinkMs` before its first word, then makes the change in one turn. A `remark` goes before
 * the first line of `src/total.js`, as a hunk of its own.
 */
export function writeScript(file: string, thinkMs: number, remark = ''): void {
  const contents = Object.entries({ ...changed, 'src/total.js': remark + changed['src/total.js'] });
  const call = contents.map(([name, content]) => ({ tool: 'write_file', input: { path: name, content } }));
  const script = {
    name: 'demo-larger',
    agents: {
      coder: [{ say: 'I add it, with its test.', delayMs: thinkMs, call }, { say: 'The larger of two amounts is there.' }],
      'app-tester': [{ say: 'Its test covers it.' }],
    },
  };
  writeFileSync(file, JSON.stringify(script));
}

/** Puts the changed files of the sample back, so that the next mission has something to change. */
export function restoreSample(workspace: string): void {
  for (const file of Object.keys(changed)) writeFileSync(path.join(workspace, file), source(file));
}
