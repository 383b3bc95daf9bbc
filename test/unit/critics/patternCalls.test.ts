import assert from 'node:assert/strict';
import { patternCalls } from '../../../src/critics/patternCalls.ts';

const js = "import { exec } from 'node:child_process';\n";

describe('patternCalls', () => {
  const rows: readonly (readonly [path: string, code: string, flagged: boolean])[] = [
    ['a.vue', 'eval(input);', true],
    ['a.vue', '(0, eval)(input);', true],
    ['a.svelte', 'const f = new Function("a", body);', true],
    ['a.vue', 'vm.runInNewContext(code);', true],
    ['a.vue', 'setTimeout("go()", 10);', true],
    ['a.vue', `${js}exec('ls ' + folder);`, true],
    ['a.vue', `${js}exec('ls');`, false],
    ['a.vue', `${js}const m = pattern.exec(text);`, false],
    ['a.vue', 'redis.eval(script);', false],
    ['a.vue', '// eval(x) would be bad', false],
    ['a.vue', 'const s = "eval(x)";', false],
    ['a.vue', 'const t = `${eval(x)}`;', true],
    ['a.vue', 'setTimeout(() => go(), 10);', false],
    ['a.py', 'eval(text)', true],
    ['a.py', 'pickle.loads(data)', true],
    ['a.py', 'subprocess.run(cmd, shell=True)', true],
    ['a.py', 'yaml.load(text, Loader=yaml.SafeLoader)', false],
    ['a.py', 'def eval(self): pass', false],
    ['a.py', '"""eval(x)"""', false],
    ['notes.md', 'eval(x)', false],
  ];
  for (const [path, code, flagged] of rows)
    it(`${flagged ? 'finds' : 'passes'} ${path}: ${JSON.stringify(code)}`, () => {
      const last = code.split('\n').length;
      assert.deepEqual(
        patternCalls(path, code, new Set([last])).map(({ location }) => location),
        flagged ? [{ path, line: last }] : [],
      );
    });

  it('looks at the lines it is given only', () => {
    const lines = patternCalls('a.vue', 'eval(a);\neval(b);\neval(c);\n', new Set([2])).map(({ location }) => location?.line);
    assert.deepEqual(lines, [2]);
  });
});
