import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { grammarFolder } from '../../../src/critics/treeSitter/grammars.ts';
import { TreeSitterCritic } from '../../../src/critics/treeSitter/treeSitterCritic.ts';
import { WorkExhausted, WorkMeter } from '../../../src/critics/treeSitter/workMeter.ts';
import { openCritic, queries, review, summary } from './critic.ts';

const { signal } = new AbortController();
const cp = "const cp = require('child_process');";

/** A line of code, and the code of the finding about it, if any. Rows with the same rule stand beside their harmless twins. */
type Row = readonly [path: string, code: string, expected?: string];

const evalLike: readonly Row[] = [
  ['a.js', 'eval(input);', 'eval-like-call'],
  ['a.ts', '(window as any).eval!(input);', 'eval-like-call'],
  ['a.js', '(0, eval)(input);', 'eval-like-call'],
  ['a.js', 'globalThis["ev\\x61l"](input);', 'eval-like-call'],
  ['a.js', "window['ev' + 'al'](input);", 'eval-like-call'],
  ['a.js', 'const run = eval; run(input);', 'eval-like-call'],
  ['a.js', 'eval?.(input);', 'eval-like-call'],
  ['a.js', 'eval.call(null, input);', 'eval-like-call'],
  ['a.js', 'texts.map(eval);', 'eval-like-call'],
  ['a.js', 'const t = `${eval(x)}`;', 'eval-like-call'],
  ['a.js', 'redis.eval(script);'],
  ['a.js', 'medieval(x);'],
  ['a.js', '// eval(x) would be bad'],
  ['a.js', 'const s = "eval(x)";'],
  ['a.js', 'const r = /eval(x)/;'],
  ['a.js', "import eval from './evaluate.js'; eval(x);"],
  ['a.js', 'const f = new Function("a", body);', 'eval-like-call'],
  ['a.ts', 'const f = Function(body);', 'eval-like-call'],
  ['a.js', 'const f = new Function();'],
  ['a.ts', 'let f: Function;'],
  ['a.js', 'vm.runInNewContext(code);', 'eval-like-call'],
  ['a.ts', "import { Script as S } from 'node:vm'; new S(code);", 'eval-like-call'],
  ['a.js', 'vm.start();'],
  ['a.js', 'setTimeout("go()", 10);', 'eval-like-call'],
  ['a.js', "const later = 'go(' + x + ')'; setInterval(later, 10);", 'eval-like-call'],
  ['a.js', 'setTimeout(() => go(), 10);'],
  ['a.js', 'setTimeout(go, 10);'],
  ['a.vue', 'eval(input);', 'eval-like-call'],
  ['a.py', 'eval(text)', 'eval-like-call'],
  ['a.py', 'exec(code, scope)', 'eval-like-call'],
  ['a.py', 'exec "x = 1" in scope', 'eval-like-call'],
  ['a.py', 'getattr(__builtins__, "eval")(text)', 'eval-like-call'],
  ['a.py', 'f"{eval(x)}"', 'eval-like-call'],
  ['a.py', 'values = map(eval, texts)', 'eval-like-call'],
  ['a.py', 'ast.literal_eval(text)'],
  ['a.py', 'model.eval()'],
  ['a.py', 'def eval(self): pass'],
  ['a.py', '# eval(x)'],
  ['a.py', '"""eval(x)"""'],
  ['notes.md', 'eval(x)'],
];

const commands: readonly Row[] = [
  ['a.js', `${cp} cp.exec(\`ls \${folder}\`);`, 'command-injection'],
  ['a.js', `${cp} cp.exec('ls ' + folder);`, 'command-injection'],
  ['a.js', `${cp} cp['execSync'](command);`, 'command-injection'],
  ['a.ts', "import { exec as run } from 'node:child_process'; run(command);", 'command-injection'],
  ['a.ts', "import cp = require('child_process'); cp.exec(command);", 'command-injection'],
  ['a.js', "const { exec: run } = await import('child_process'); run(command);", 'command-injection'],
  ['a.js', `${cp} const run = util.promisify(cp.exec); run(command);`, 'command-injection'],
  ['a.js', `${cp} let line = 'ls'; line += folder; cp.exec(line);`, 'command-injection'],
  ['a.js', `${cp} cp.spawn('ls', [folder], { shell: true });`, 'command-injection'],
  ['a.js', 'child_process.execSync(command);', 'command-injection'],
  ['a.js', `${cp} cp.exec('ls');`],
  ['a.js', `${cp} cp.exec(\`ls\`);`],
  ['a.js', `${cp} const LIST = 'ls'; cp.exec(LIST + ' -l');`],
  ['a.js', `${cp} cp.spawn('ls', [folder], { shell: false });`],
  ['a.js', `${cp} cp.execFile('ls', [folder]);`],
  ['a.js', `${cp} const m = /a(b)/.exec(text);`],
  ['a.js', `${cp} const m = pattern.exec(text);`],
  ['a.js', "const { exec } = require('./tasks'); exec(command);"],
  ['a.py', 'os.system("ls " + name)', 'command-injection'],
  ['a.py', 'from os import popen as p; p(command)', 'command-injection'],
  ['a.py', '__import__("os").system(command)', 'command-injection'],
  ['a.py', 'subprocess.run(command, shell=True)', 'command-injection'],
  ['a.py', 'subprocess.run(command, shell=1)', 'command-injection'],
  ['a.py', 'subprocess.run(command, shell=use_shell)', 'command-injection'],
  ['a.py', 'subprocess.run(command, shell=False)'],
  ['a.py', 'subprocess.run(["ls", name])'],
  ['a.py', 'system("ls")'],
];

const sql: readonly Row[] = [
  ['a.js', "db.query('SELECT * FROM t WHERE id = ' + id);", 'sql-injection'],
  ['a.ts', 'await client.query<Row>(`DELETE FROM t WHERE id = ${id}`);', 'sql-injection'],
  ['a.js', 'const q = `SELECT ${id}`; db.all(q);', 'sql-injection'],
  ['a.js', "let q = 'SELECT 1 WHERE a'; q += ' = ' + a; db.get(q);", 'sql-injection'],
  ['a.js', "db.query('UPDATE t SET a = 1 WHERE id = '.concat(id));", 'sql-injection'],
  ['a.js', "db.query('SELECT * FROM t WHERE id = ?', [id]);"],
  ['a.js', "const T = 'users'; db.query(`SELECT * FROM ${T}`);"],
  ['a.js', "db.query(`SELECT * FROM t WHERE id IN (${ids.map(() => '?').join(', ')})`, ids);"],
  ['a.js', "db.query(`SELECT * FROM t WHERE id IN (${Array(ids.length).fill('?').join(', ')})`, ids);"],
  ['a.js', 'db.query(sql`SELECT * FROM t WHERE id = ${id}`);'],
  ['a.js', 'cache.get(`select-${id}`);'],
  ['a.js', "log.all('update ' + name);"],
  ['a.py', 'cur.execute("SELECT * FROM t WHERE id = %s" % id)', 'sql-injection'],
  ['a.py', 'cur.execute(f"INSERT INTO {table} VALUES (1)")', 'sql-injection'],
  ['a.py', 'cur.execute("SELECT {}".format(name))', 'sql-injection'],
  ['a.py', 'session.execute(text("SELECT " + name))', 'sql-injection'],
  ['a.py', 'self.sql = "SELECT " + name; cur.execute(self.sql)', 'sql-injection'],
  ['a.py', 'cur.execute("SELECT * FROM t WHERE id = %s", (id,))'],
  ['a.py', 'T = "t"; cur.execute(f"SELECT * FROM {T}")'],
  ['a.py', 'cur.execute("SELECT 1 WHERE id IN (%s)" % ",".join(["?"] * len(ids)), ids)'],
  ['a.py', 'cur.execute("SELECT 1 WHERE id IN (%s)" % ",".join("?" for _ in ids), ids)'],
  ['a.py', 'pool.execute("%s started" % name)'],
];

const pages: readonly Row[] = [
  ['a.js', 'el.innerHTML = name;', 'html-injection'],
  ['a.js', 'el.innerHTML += `<b>${name}</b>`;', 'html-injection'],
  ['a.js', "document.write('<b>' + name);", 'html-injection'],
  ['a.js', "el.insertAdjacentHTML('beforeend', name);", 'html-injection'],
  ['a.jsx', 'const a = <p dangerouslySetInnerHTML={{ __html: text }} />;', 'html-injection'],
  ['a.tsx', 'const a = <p dangerouslySetInnerHTML={{ __html: text }} />;', 'html-injection'],
  ['a.js', "el.innerHTML = '';"],
  ['a.js', 'el.innerHTML = DOMPurify.sanitize(name);'],
  ['a.js', 'el.innerHTML = `<b>${escapeHtml(name)}</b>`;'],
  ['a.js', 'el.textContent = name;'],
  ['a.tsx', "const a = <p dangerouslySetInnerHTML={{ __html: '<b></b>' }} />;"],
  ['a.py', 'mark_safe("<b>%s</b>" % name)', 'html-injection'],
  ['a.py', 'render_template_string(page)', 'html-injection'],
  ['a.py', 'mark_safe("<b>ok</b>")'],
];

const paths: readonly Row[] = [
  ['a.js', 'fs.readFile(req.query.name, done);', 'path-injection'],
  ['a.js', 'const { name } = req.params; res.sendFile(path.join(root, name));', 'path-injection'],
  ['a.ts', "import { readFile } from 'node:fs/promises'; await readFile(`data/${req.body.name}`);", 'path-injection'],
  ['a.js', 'fs.readFile(path.join(root, path.basename(req.query.name)), done);'],
  ['a.js', 'fs.writeFile(file, req.body, done);'],
  ['a.js', 'fs.readFile(name, done);'],
  ['a.py', 'from flask import request; open(request.args["name"])', 'path-injection'],
  ['a.py', 'send_file(os.path.join(root, request.args.get("name")))', 'path-injection'],
  ['a.py', 'open(secure_filename(request.args["name"]))'],
  ['a.py', 'send_from_directory(root, request.args["name"])'],
];

const data: readonly Row[] = [
  ['a.py', 'pickle.loads(data)', 'unsafe-deserialization'],
  ['a.py', 'from pickle import loads as l; l(data)', 'unsafe-deserialization'],
  ['a.py', 'import dill as d; d.Unpickler(f).load()', 'unsafe-deserialization'],
  ['a.py', 'yaml.load(text)', 'unsafe-deserialization'],
  ['a.py', 'yaml.load(text, Loader=yaml.Loader)', 'unsafe-deserialization'],
  ['a.py', 'yaml.unsafe_load(text)', 'unsafe-deserialization'],
  ['a.py', 'json.loads(data)'],
  ['a.py', 'pickle.dumps(data)'],
  ['a.py', 'yaml.safe_load(text)'],
  ['a.py', 'yaml.load(text, Loader=yaml.SafeLoader)'],
  ['a.py', 'from yaml import CSafeLoader as L; yaml.load(text, L)'],
];

const families = { 'eval-like calls': evalLike, commands, SQL: sql, pages, 'file paths': paths, 'unsafe data': data };

describe('TreeSitterCritic', function () {
  // A busy machine takes its time to load the grammars.
  this.timeout(30_000);

  for (const [family, rows] of Object.entries(families))
    describe(family, () => {
      for (const [file, code, expected] of rows)
        it(`${expected === undefined ? 'lets pass' : 'holds'} ${file}: ${code}`, async () => {
          const found = await review({ path: file, before: '', after: `\n${code}\n` });
          assert.deepEqual(found.map(summary), expected === undefined ? [] : [`${expected}:2`]);
          for (const { effect } of found) assert.equal(effect, 'hold');
        });
    });

  describe('changed code only', () => {
    const risky = "import { exec } from 'child_process';\nexec(command);\n";
    const rows: readonly (readonly [name: string, before: string | undefined, after: string, expected: readonly string[]])[] = [
      ['a call that was there', 'eval(a);\nb();\n', 'c();\neval(a);\nb();\neval(d);\n', ['eval-like-call:4']],
      ['a new file', undefined, 'eval(a);\n', ['eval-like-call:1']],
      ['the same file', 'eval(a);\n', 'eval(a);\n', []],
      ['an argument that changed', 'db.query(\n  q,\n);\n', "db.query(\n  'SELECT ' + q,\n);\n", ['sql-injection:2']],
      ['only the body of its callback', `${risky}cp.exec(c, () => {\n});\n`, `${risky}cp.exec(c, () => {\n  done();\n});\n`, []],
      ['a value it depends on', "const q = 'SELECT 1';\n\ndb.get(q);\n", "const q = 'SELECT ' + a;\n\ndb.get(q);\n", ['sql-injection:1']],
      ['a name that means something else now', risky.replace('child_process', './tasks'), risky, ['command-injection:1']],
      ['an import written anew', risky, risky.replace('{ exec }', '{ exec, fork }'), []],
    ];
    for (const [name, before, after, expected] of rows)
      it(`judges ${name}`, async () => {
        assert.deepEqual((await review({ path: 'a.js', before, after })).map(summary), expected);
      });

    it('says nothing of deleted and binary files', async () => {
      const gone = { path: 'a.js', before: 'eval(a)', after: undefined };
      assert.deepEqual(await review(gone, { path: 'b.js', before: undefined, after: undefined }), []);
    });

    it('keeps a long list short', async () => {
      assert.equal((await review({ path: 'a.js', before: '', after: 'eval(x);\n'.repeat(500) })).length, 20);
    });
  });

  describe('complexity', () => {
    const js = (branches: number): string => `function total(a) {\n${'  if (a) b();\n'.repeat(branches)}}\n`;
    const py = (branches: number): string => `def total(a):\n${'    if a: b()\n'.repeat(branches)}`;

    it('says by how much, and where it grew', async () => {
      const [finding, ...rest] = await review({ path: 'src/total.ts', before: js(9), after: js(10) });
      assert.deepEqual(rest, []);
      assert.equal(finding?.check, 'complexity');
      assert.match(finding.reason, /^src\/total\.ts:11 11 > 10: .*`total`, 10 before\./);
      assert.deepEqual(finding.evidence, { complexity: 11, limit: 10, before: 10 });
    });

    const rows: readonly (readonly [name: string, path: string, before: string, after: string, expected: readonly string[]])[] = [
      ['ten ways', 'a.ts', '', js(9), []],
      ['eleven ways', 'a.ts', '', js(10), ['complex-function:1']],
      ['eleven ways in Python', 'a.py', '', py(10), ['complex-function:1']],
      ['what was complex before', 'a.ts', js(12), js(12).replace('b()', 'c()'), []],
      ['what got simpler', 'a.ts', js(14), js(12).replace('b()', 'c()'), []],
      ['what was only moved', 'a.ts', js(12), `const a = 1;\n${js(12)}`, []],
      ['a change elsewhere', 'a.ts', js(12), `${js(12)}const a = 1;\n`, []],
      ['ways of a function inside', 'a.ts', '', `function f(a) {\n${js(6)}${js(6).replace('total', 'other')}}\n`, []],
      [
        '&&, ||, ??, ?:, loops and cases',
        'a.js',
        '',
        'const f = (a) => { for (;;) while (a && a || a) do { switch (a ?? 1) { case 1: case 2: default: } } while (a ? 1 : 2); for (const b of a) if (b) c(); };',
        ['complex-function:1'],
      ],
      [
        'and, elif, except and comprehensions',
        'a.py',
        '',
        'def f(a):\n  if a and a or a: pass\n  elif a: pass\n  for b in a: pass\n  while a: pass\n  try: pass\n  except E: pass\n  c = [d for d in a if d]\n  return 1 if a else 2\n',
        ['complex-function:1'],
      ],
    ];
    for (const [name, file, before, after, expected] of rows)
      it(`judges ${name}`, async () => {
        assert.deepEqual((await review({ path: file, before, after })).map(summary), expected);
      });
  });

  describe('what it cannot read', () => {
    it('is searched by patterns where it is broken, and says so', async () => {
      const found = await review({ path: 'a.ts', before: '', after: "it's broken; eval(x)\n" });
      assert.deepEqual(found.map(summary), ['eval-like-call:1', 'code-not-read:1']);
    });

    it('is no concern where it was broken before', async () => {
      const broken = 'function f( {\n\n\n}\n';
      assert.deepEqual(await review({ path: 'a.js', before: broken, after: broken }), []);
    });

    it('is searched by patterns when it is too large', async () => {
      const found = await review({ path: 'a.js', before: '', after: `${' '.repeat(1024 * 1024)}eval(x)\n` });
      assert.deepEqual(found.map(summary), ['code-not-read:1', 'eval-like-call:1']);
      assert.match(found[0]?.reason ?? '', /larger than 1 MB/);
    });

    it('is searched by patterns when it takes too long, file by file and in all', async () => {
      const long = { before: '', after: `${'a(b, c(d));\n'.repeat(500)}eval(x);\n` };
      const short = { path: 'b.js', before: '', after: 'eval(y);\n' };
      const one = await openCritic({ file: 20, review: 1_000_000 });
      const ofOne = await one.review([{ path: 'a.js', ...long }, short], signal);
      assert.deepEqual(ofOne.map(summary), ['code-not-read:1', 'eval-like-call:501', 'eval-like-call:1']);
      const all = await openCritic({ file: 1_000_000, review: 20 });
      const ofAll = await all.review([{ path: 'a.js', ...long }, short], signal);
      assert.deepEqual(ofAll.map(summary), ['code-not-read:1', 'eval-like-call:501', 'code-not-read:1', 'eval-like-call:1']);
    });

    it('rejects when it is told to stop', async () => {
      await assert.rejects((await openCritic()).review([{ path: 'a.js', before: '', after: 'a' }], AbortSignal.abort()));
    });
  });

  describe('hostile text', () => {
    const seeds: readonly (readonly [extension: string, seed: string])[] = [
      ...[
        '(',
        '[',
        '{',
        'a(',
        'eval(',
        'a()',
        'exec(a+(',
        '`${',
        '<a>',
        'x=>',
        'a?b:',
        'a.',
        'a[0]',
        'db.get("SELECT "+',
        'x=x+',
        'x=eval;',
      ].map((seed) => ['js', seed] as const),
      ...['!', '/*', '\u0000\ud800', '\u202e', 'a=>{', 'if(a){', '"\\', '\u2028'].map((seed) => ['js', seed] as const),
      ...['a<', '<a>('].map((seed) => ['ts', seed] as const),
      ...['(', 'eval(', 'lambda:', 'f"{', '"""', 'not ', '\t', 'a+', '\u0000\udfff', 'if a:\n', 'x = x + "%s" % x\n'].map(
        (seed) => ['py', seed] as const,
      ),
    ];
    for (const [extension, seed] of seeds)
      it(`takes ${extension}: ${JSON.stringify(seed)} a thousand times over`, async () => {
        const critic = await openCritic({ file: 20_000, review: 20_000 });
        const found = await critic.review([{ path: `a.${extension}`, before: '', after: seed.repeat(20_000 / seed.length) }], signal);
        assert.equal(found.length <= 41, true);
      });

    it('follows names that stand for each other to an end', async () => {
      const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
      const each = names.map((name, at) => `${name} = ${names[(at + 1) % 40]} + ${names[(at + 7) % 40]} + ${name};`).join('\n');
      const found = await review({ path: 'a.js', before: '', after: `${each}\n${each}\ndb.get(n0);\n` });
      assert.deepEqual(found, []);
    });
  });

  describe('its queries', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
      cpSync(queries, folder, { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const rows: readonly (readonly [name: string, file: string, from: string, to: string, message: RegExp])[] = [
      ['a rule that is not in the table', 'javascript/calls.scm', 'rule "eval"', 'rule "evil"', /`evil`/],
      ['an unknown predicate', 'javascript/calls.scm', '#given?', '#gvien?', /no predicate `#gvien\?`/],
      ['an unknown word', 'javascript/injection.scm', '"0" sql', '"0" sqll', /names no word/],
      ['a node that is not in the grammar', 'javascript/calls.scm', 'call_expression', 'call_expresion', /call_expresion/],
      ['an effect that is none', 'rules.json', '"effect": "hold"', '"effect": "maybe"', /effect/],
    ];
    for (const [name, file, from, to, message] of rows)
      it(`refuses ${name}`, async () => {
        const target = path.join(folder, file);
        const text = readFileSync(target, 'utf8');
        assert.equal(text.includes(from), true);
        writeFileSync(target, text.replaceAll(from, to));
        const open = TreeSitterCritic.open({ grammars: grammarFolder(), queries: folder });
        await assert.rejects(async () => (await open).review([{ path: 'a.js', before: '', after: 'a' }], signal), message);
      });

    it('rejects when a grammar is missing, and tries again the next time', async () => {
      const critic = await TreeSitterCritic.open({ grammars: folder, queries });
      for (let time = 0; time < 2; time++)
        await assert.rejects(critic.review([{ path: 'a.js', before: '', after: 'a' }], signal), /ENOENT.*tree-sitter-javascript\.wasm/);
    });
  });
});

describe('WorkMeter', () => {
  it('ends at its limit', () => {
    const work = new WorkMeter(3, () => 0);
    work.spend(2);
    assert.equal(work.tick(), true);
    assert.throws(() => work.spend(), WorkExhausted);
  });

  it('charges slow steps by the time they took', () => {
    let now = 0;
    const work = new WorkMeter(1_000, () => now);
    now = 9;
    assert.equal(work.tick(), true);
    now = 11;
    assert.equal(work.tick(), false);
  });
});
