import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { effectModules, type EffectModule } from './architectureEffects.ts';
import { doorsOf, exportedFunctions, mints, scan, usersOf, type Scan } from './architectureScan.ts';

const repository = join(import.meta.dirname, '../..');
const PERMIT = 'src/contracts/permit.ts';
const GATE = 'src/gate/gatePipeline.ts';

/** Everything that could reach an effect past the gate, as sentences. */
function wayAround(scans: readonly Scan[], list: Readonly<Record<string, EffectModule>>): string[] {
  const doors = scans.flatMap(doorsOf);
  const redeeming = namesThatRedeem(scans);
  const problems: string[] = [];

  for (const [file, entry] of Object.entries(list)) {
    const found = scans.find((each) => each.file === file);
    if (!found) problems.push(`${file} is listed and is not there; take it off the list`);
    else if (found.effects.join() !== [...entry.uses].sort().join())
      problems.push(`${file} is listed with [${entry.uses.join(', ')}] and uses [${found.effects.join(', ')}]; judge it again`);
    if (!/^[A-Z][^\n]+\.$/.test(entry.why)) problems.push(`${file} has no sentence that says why`);
  }

  for (const each of scans) {
    const entry = list[each.file];
    if (each.effects.length > 0 && !entry)
      problems.push(`${each.file} uses ${each.effects.join(', ')}; hand the effect to one that takes a permit, or list it with a reason`);
    if (mints(each) && each.file !== PERMIT && each.file !== GATE) problems.push(`${each.file} mints a permit; only the gate does`);
    if (entry?.role === 'effector') problems.push(...effectorProblems(each, entry));
    if (entry?.role === 'part') {
      for (const importer of scans.filter((other) => importsFile(other, each.file)))
        if (!entry.of.includes(importer.file))
          problems.push(`${importer.file} imports ${each.file}, which is a part of ${entry.of.join(', ')}`);
      for (const whole of entry.of)
        if (list[whole]?.role !== 'effector' && list[whole]?.role !== 'part')
          problems.push(`${each.file} is a part of ${whole}, which has no door`);
    }
  }

  for (const { file, name, handedTo } of doors)
    if (!handedTo.some((to) => to === 'redeem' || redeeming.has(to)))
      problems.push(`${file}: ${name} takes a permit and does not redeem it`);
  return problems;
}

function effectorProblems(module: Scan, { doors, behind = [], pure = [] }: Extract<EffectModule, { role: 'effector' }>): string[] {
  const { file } = module;
  const names = doorsOf(module).map(({ name }) => name);
  const missing = doors.filter((door) => !names.includes(door)).map((door) => `${file}: ${door} does not take a permit first`);
  // What the methods of a class do that are no doors is told in the list; a function stands for itself.
  const functions = exportedFunctions(module).filter((name) => !name.includes('.'));
  const open = functions
    .filter((name) => !doors.includes(name) && !pure.includes(name))
    .map((name) => `${file}: ${name} is exported and takes no permit`);
  const gone = pure.filter((name) => !functions.includes(name)).map((name) => `${file}: ${name} is not there; take it off the list`);
  const beside = behind.flatMap((name) =>
    usersOf(module, name)
      .filter((user) => !doors.includes(user))
      .map((user) => `${file}: ${user} uses ${name} without a permit`),
  );
  return [...missing, ...open, ...gone, ...beside];
}

/** Functions and methods, by name, that redeem the permit they take or hand it to one that does. */
function namesThatRedeem(scans: readonly Scan[]): ReadonlySet<string> {
  const doors = scans.flatMap(doorsOf);
  const shortName = (name: string): string => name.split('.').at(-1) ?? name;
  const names = new Set<string>();
  for (let before = -1; before !== names.size;) {
    before = names.size;
    const redeems = (handedTo: readonly string[]): boolean => handedTo.some((to) => to === 'redeem' || names.has(to));
    for (const { name } of doors) {
      // All of a name have to: a call by name may reach any of them.
      if (doors.filter((other) => shortName(other.name) === shortName(name)).every(({ handedTo }) => redeems(handedTo)))
        names.add(shortName(name));
    }
  }
  return names;
}

function importsFile(module: Scan, file: string): boolean {
  return module.imports.some((specifier) => specifier.startsWith('.') && join(dirname(module.file), specifier) === file);
}

describe('the architecture', () => {
  const scans = globSync('src/**/*.ts', { cwd: repository })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => scan(file, readFileSync(join(repository, file), 'utf8')));

  it('leads to no effect but through the gate', () => {
    assert.ok(scans.length > 100, 'it was read');
    assert.deepEqual(wayAround(scans, effectModules), []);
  });

  it('leaves nothing to the editor but VS Code, and the start of the kernel', () => {
    const editor = scans.filter(({ file }) => file.startsWith('src/editor/') || file === 'src/extension.ts');
    assert.ok(editor.length > 10);
    assert.deepEqual(
      editor.filter(({ effects }) => effects.length > 0).map(({ file, effects }) => [file, effects]),
      [['src/editor/kernelLink.ts', ['node:worker_threads.Worker']]],
    );
  });

  describe('is watched by a scanner that sees', () => {
    const rows: readonly [string, readonly string[]][] = [
      [`import { readFile, stat } from 'node:fs/promises'; await readFile('a'); await stat('a');`, []],
      [`import { writeFile } from 'node:fs/promises';`, ['node:fs/promises.writeFile']],
      [`import { writeFile as readFile } from 'fs/promises';`, ['node:fs/promises.writeFile']],
      [`import fs from 'node:fs';`, ['node:fs.*']],
      [`import * as fs from 'fs';`, ['node:fs.*']],
      [`import { promises } from 'node:fs';`, ['node:fs.promises']],
      [`import type { Stats, WriteStream } from 'node:fs';`, []],
      [`import { type WriteStream, existsSync } from 'node:fs';`, []],
      [`import 'node:child_process';`, ['node:child_process.*']],
      [`export { rm } from 'node:fs/promises';`, ['node:fs/promises.rm']],
      [`export * from 'node:fs';`, ['node:fs.*']],
      [`export type { Stats } from 'node:fs';`, []],
      [`const fs = await import('node:fs');`, ['node:fs.*']],
      ['const fs = await import(`node:fs`);', ['node:fs.*']],
      [`const fs = await import('node:' + 'fs');`, ['import of a name that is computed']],
      [`const fs = require('fs');`, ['require']],
      [`import { createRequire } from 'node:module';`, ['node:module.createRequire']],
      [`import { Worker, parentPort } from 'node:worker_threads';`, ['node:worker_threads.Worker']],
      [
        `import { connect } from 'node:net'; import tls from 'node:tls'; import { createSocket } from 'node:dgram';`,
        ['node:dgram.createSocket', 'node:net.connect', 'node:tls.*'],
      ],
      [`import { DatabaseSync } from 'node:sqlite';`, ['node:sqlite.DatabaseSync']],
      [`import Database from 'better-sqlite3';`, ['package:better-sqlite3']],
      [`import type Database from 'better-sqlite3';`, []],
      [`import { request } from 'undici';`, ['package:undici']],
      [`import { z } from 'zod';`, []],
      [`await fetch('http://a');`, ['fetch']],
      [`const get = fetch;`, ['fetch']],
      [`await globalThis.fetch('http://a');`, ['fetch']],
      [`await globalThis['fe' + 'tch']('http://a');`, ['globalThis[…]']],
      [`cache.fetch('a'); const options = { fetch: 1 };`, []],
      [`function f(fetch: () => void) { fetch(); }`, []],
      [`new WebSocket('ws://a'); new EventSource('http://a');`, ['EventSource', 'WebSocket']],
      [`eval('1'); new Function('1');`, ['Function', 'eval']],
      [
        `process.kill(1); process.getBuiltinModule('fs'); process['binding']('fs');`,
        ['process.getBuiltinModule', 'process.kill', 'process[…]'],
      ],
      [`const text = "import { rm } from 'node:fs'"; // fetch('a')`, []],
    ];
    for (const [text, expected] of rows) it(text, () => assert.deepEqual(scan('src/a.ts', text).effects, [...expected].sort()));
  });

  describe('would not let through', () => {
    const permit = `import type { Permit } from '../contracts/permit.ts';`;
    const rm = `import { rm } from 'node:fs/promises';`;
    const good = `${permit} ${rm} export async function remove(permit: Permit) { await rm(permit.redeem('file.delete').resource); }`;
    const effector: EffectModule = { role: 'effector', doors: ['remove'], uses: ['node:fs/promises.rm'], why: 'Removes.' };
    const infrastructure: EffectModule = { role: 'infrastructure', uses: ['node:fs/promises.rm'], why: 'Removes its own.' };
    const part: EffectModule = { role: 'part', of: ['src/a/whole.ts'], uses: ['node:fs/promises.rm'], why: 'Removes.' };
    const whole: EffectModule = { role: 'effector', doors: ['remove'], uses: [], why: 'Removes.' };
    const wholeText = `${permit} import { part } from './a.ts'; export async function remove(permit: Permit) { permit.redeem('file.delete'); await part(); }`;
    const partText = `${rm} export const part = () => rm('a');`;

    const rows: readonly [string, Record<string, string>, Record<string, EffectModule>, RegExp | undefined][] = [
      ['(a good effector is fine)', { 'src/a/a.ts': good }, { 'src/a/a.ts': effector }, undefined],
      ['(a listed module is fine)', { 'src/a/a.ts': `${rm} await rm('a');` }, { 'src/a/a.ts': infrastructure }, undefined],
      [
        '(a part of an effector is fine)',
        { 'src/a/a.ts': partText, 'src/a/whole.ts': wholeText },
        { 'src/a/a.ts': part, 'src/a/whole.ts': whole },
        undefined,
      ],
      [
        '(handing the permit on is fine)',
        { 'src/a/a.ts': good, 'src/a/b.ts': `${permit} export function b(permit: Permit) { return remove(permit); }` },
        { 'src/a/a.ts': effector },
        undefined,
      ],
      ['an effect that nobody listed', { 'src/a/a.ts': `${rm} await rm('a');` }, {}, /uses node:fs\/promises\.rm; hand the effect/],
      ['an effect that only looks governed', { 'src/a/a.ts': good }, {}, /hand the effect/],
      ['an entry that is not needed any more', { 'src/a/a.ts': 'export const a = 1;' }, { 'src/a/a.ts': infrastructure }, /judge it again/],
      ['an entry for a file that is gone', {}, { 'src/a/a.ts': infrastructure }, /is not there/],
      ['one more effect in a listed file', { 'src/a/a.ts': `${rm} await fetch('a');` }, { 'src/a/a.ts': infrastructure }, /judge it again/],
      ['an entry without a reason', { 'src/a/a.ts': rm }, { 'src/a/a.ts': { ...infrastructure, why: '' } }, /says why/],
      [
        'an effector without a permit',
        { 'src/a/a.ts': `${rm} export async function remove(path: string) { await rm(path); }` },
        { 'src/a/a.ts': effector },
        /remove does not take a permit first/,
      ],
      [
        'a permit that is not the first',
        { 'src/a/a.ts': good.replace('(permit: Permit)', '(path: string, permit: Permit)') },
        { 'src/a/a.ts': effector },
        /does not take a permit first/,
      ],
      [
        'a permit that is not redeemed',
        { 'src/a/a.ts': good.replace(`permit.redeem('file.delete').resource`, 'permit.action.resource') },
        { 'src/a/a.ts': effector },
        /does not redeem it/,
      ],
      [
        'a permit that is handed to nobody who redeems',
        { 'src/a/a.ts': good.replace(`permit.redeem('file.delete').resource`, 'look(permit)') },
        { 'src/a/a.ts': effector },
        /does not redeem it/,
      ],
      [
        'a second way in',
        { 'src/a/a.ts': `${good} export const also = () => rm('a');` },
        { 'src/a/a.ts': effector },
        /also is exported and takes no permit/,
      ],
      [
        'a way around the door of an effector',
        { 'src/a/a.ts': partText, 'src/a/whole.ts': `${wholeText} export class B { quick() { return part(); } }` },
        { 'src/a/a.ts': part, 'src/a/whole.ts': { ...whole, behind: ['part'] } },
        /B\.quick uses part without a permit/,
      ],
      [
        'a part that somebody else uses',
        { 'src/a/a.ts': partText, 'src/a/whole.ts': wholeText, 'src/b/b.ts': `import { part } from '../a/a.ts'; part();` },
        { 'src/a/a.ts': part, 'src/a/whole.ts': whole },
        /src\/b\/b\.ts imports src\/a\/a\.ts/,
      ],
      [
        'a part of what has no door',
        { 'src/a/a.ts': partText, 'src/a/whole.ts': `import { part } from './a.ts'; part();` },
        { 'src/a/a.ts': part },
        /which has no door/,
      ],
      [
        'a permit of its own making',
        { 'src/a/a.ts': `import { Permit } from '../contracts/permit.ts'; Permit.mint(action, id);` },
        {},
        /mints a permit/,
      ],
      [
        'the same in disguise',
        { 'src/a/a.ts': `import { Permit } from '../contracts/permit.ts'; Permit['mint'](action, id);` },
        {},
        /mints a permit/,
      ],
      [
        'the same by another name',
        { 'src/a/a.ts': `import { Permit } from '../contracts/permit.ts'; const { mint: make } = Permit;` },
        {},
        /mints a permit/,
      ],
    ];
    for (const [what, files, list, expected] of rows) {
      it(what, () => {
        const problems = wayAround(
          Object.entries(files).map(([file, text]) => scan(file, text)),
          list,
        ).join('\n');
        if (expected === undefined) assert.equal(problems, '');
        else assert.match(problems, expected);
      });
    }
  });
});
