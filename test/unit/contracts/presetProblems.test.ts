import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idTaken, freeId, lineOf, readPreset, type PresetProblem } from '../../../src/contracts/presetProblems.ts';
import { buildPreset } from '../missions/samples.ts';

const text = (change: object = {}): string => JSON.stringify({ ...buildPreset, ...change }, null, 2);

function problems(broken: string): readonly PresetProblem[] {
  const read = readPreset(broken);
  assert.equal(read.ok, false, 'it was taken');
  return read.problems;
}

/** What is underlined. */
const marked = (of: string, { offset, length }: PresetProblem): string => of.slice(offset, offset + length);

describe('the text of a preset', () => {
  it('that is good is the preset', () => {
    const read = readPreset(text());
    assert.deepEqual(read, { ok: true, preset: buildPreset });
  });

  const rows: readonly (readonly [name: string, broken: string, message: RegExp, mark: string, fix?: string])[] = [
    ['an unknown field', text({ surprise: 1 }), /^`surprise` is no field of a preset; remove it$/, '"surprise"', 'Remove `surprise`'],
    ['a missing field', text({ test: undefined }), /^`test` is missing; add it$/, '{', 'Add `test`'],
    ['a missing field inside', text({ costUsd: { from: 1 } }), /^`costUsd\.to` is missing; add it$/, '{', 'Add `to`'],
    [
      'an unknown tool',
      text({ tools: ['git', 'hammer'] }),
      /"hammer" is no tool GoNoGo knows; it knows `lsp`, `git`/,
      '"hammer"',
      'Remove "hammer"',
    ],
    ['an unknown critic', text({ critics: ['code', 'mum'] }), /"mum" is no critic GoNoGo knows; it knows `code`/, '"mum"', 'Remove "mum"'],
    ['an unknown guardrail', text({ guardrails: ['hope'] }), /"hope" is no guardrail GoNoGo knows/, '"hope"'],
    [
      'an unknown scope',
      text({ agents: [{ ...buildPreset.agents[0], scopes: ['file.read', 'file.wirte'] }] }),
      /^"file\.wirte" is no scope: it begins with a kind of action/,
      '"file.wirte"',
      'Remove "file.wirte"',
    ],
    ['a bad id', text({ id: 'My Preset' }), /`id`: must be lower-case letters/, '"My Preset"'],
    ['no test command', text({ test: [] }), /`test`: /, '[]'],
    ['a field that is there twice', '{ "id": "a",\n "id": "b" }', /the field `id` is there twice/, '"id"'],
    ['a list', '[]', /expected object/i, '[]'],
  ];
  for (const [name, broken, message, mark, fix] of rows) {
    it(`with ${name} says so, there`, () => {
      const [first, ...more] = problems(broken);
      assert.ok(first);
      assert.deepEqual(more, []);
      assert.match(first.message, message);
      assert.equal(marked(broken, first), mark);
      assert.deepEqual(
        first.fixes.map(({ title }) => title),
        fix === undefined ? [] : [fix],
      );
      for (const each of first.fixes) assert.equal(readPreset(each.text).ok, true, `the fix leaves: ${each.text}`);
    });
  }

  it('that is no JSON names the line', () => {
    const broken = '{\n  "id": "a",\n  oops\n}';
    const [first] = problems(broken);
    assert.match(first?.message ?? '', /^this is not JSON: /);
    assert.equal(lineOf(broken, first?.offset ?? 0), 3);
    for (const each of ['', '{ "id": 1, }', '// c\n{}', '{} {}']) assert.equal(problems(each)[0]?.code, 'not-json', each);
  });

  it('whatever it is, is answered and never thrown at', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"id"', ':', ',', '1', 'null', '"__proto__"', '//', '\ud800', ' ');
    fc.assert(
      fc.property(
        fc.array(pieces).map((each) => each.join('')),
        (broken) => !readPreset(broken).ok,
      ),
    );
    fc.assert(fc.property(fc.json(), (json) => !readPreset(json).ok));
  });

  it('whose id is taken is offered a free one', () => {
    const taken = new Set(['build', 'build-copy']);
    const { message, fixes, ...place } = idTaken(text(), 'build', 'a preset that ships with GoNoGo', taken);
    assert.match(message, /`build` is taken by a preset that ships/);
    assert.equal(text().slice(place.offset, place.offset + place.length), '"build"');
    const fixed = readPreset(fixes[0]?.text ?? '');
    assert.equal(fixed.ok && fixed.preset.id, 'build-copy-2');
  });

  it('gets an id that is free and may be one, however long the first was', () => {
    const taken = new Set<string>();
    for (let count = 0; count < 30; count += 1) {
      const id = freeId('a-name-of-the-greatest-length-it', taken);
      assert.ok(!taken.has(id));
      assert.equal(readPreset(text({ id })).ok, true, id);
      taken.add(id);
    }
  });
});
