import { readFileSync } from 'node:fs';
import { KernelRig } from './kernelRig.ts';

const total = readFileSync(new URL('../../examples/invoices/src/total.js', import.meta.url), 'utf8');

/** Rounds half to even: the first hunk of two. */
const rounded = total.replace(
  '  return Math.round(amount * 100) / 100;\n',
  '  const cents = amount * 100;\n  return (cents % 1 === 0.5 && Math.floor(cents) % 2 === 0 ? Math.floor(cents) : Math.round(cents)) / 100;\n',
);
const remark = (text: string): string =>
  text.replace('  return { net: toCents(net)', '  // Gross is never rounded twice.\n  return { net: toCents(net)');

/** The sample's `src/total.js` with both hunks, and with one of them. */
export const halfEven = { both: remark(rounded), first: rounded, second: remark(total) };

/** Passes only with the first hunk of `src/total.js`, and with what the set-up made. */
export const halfEvenTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCents } from '../src/total.js';
import '../node_modules/tool/index.js';
test('half to even', () => assert.equal(toCents(0.125), 0.12));
`;

const setUp = [
  'node',
  '-e',
  'const fs = require("fs"); fs.mkdirSync("node_modules/tool", { recursive: true }); fs.writeFileSync("node_modules/tool/index.js", "")',
];

/** A mission that fixes, tests and notes, so that each can be left out; flown with `launch(kernel, rig, 'fix')`. */
export function halfEvenRig(): KernelRig {
  const write = (path: string, content: string) => ['fs/write_text_file', { path, content }];
  const writes = [
    write('src/total.js', halfEven.both),
    write('test/half.test.js', halfEvenTest),
    write('src/note.js', "export const note = 'new';\n"),
  ];
  const rig = new KernelRig({ agent: ['ask-each', JSON.stringify(writes)], presets: [{ ...KernelRig.quick(), id: 'fix', setUp }] });
  rig.write('.gitignore', 'node_modules\n');
  return rig;
}
