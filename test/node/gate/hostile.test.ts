import assert from 'node:assert/strict';
import { z } from 'zod';
import { resolveInside } from '../../../src/base/resolveInside.ts';
import { actionInputs, type ActionDraft } from '../../../src/contracts/action.ts';
import type { Performed } from '../../../src/contracts/gate.ts';
import { protectedBy } from '../../../src/gate/protectedPaths.ts';
import { corpus } from '../../support/corpora.ts';
import { GateWorld } from '../../support/gateWorld.ts';

const texts = z.object({ text: z.string() });
const payloads = z.object({ payload: z.string() });

describe('the gate and hostile text', () => {
  let world: GateWorld;
  beforeEach(() => (world = new GateWorld()));
  afterEach(() => world[Symbol.dispose]());

  const fields = [
    'capability',
    'resource',
    'cwd',
    'workspaceId',
    'tenantId',
    'sessionId',
    'correlationId',
    'missionId',
    'idempotencyKey',
  ] as const;
  type Field = (typeof fields)[number];
  /** What these say is checked against a token or a path, so that a foreign text is a NO-GO; the rest is only carried along. */
  const guarded: ReadonlySet<Field> = new Set(['capability', 'cwd', 'workspaceId', 'missionId']);

  async function write(over: Partial<Record<Field, string>> = {}, content = 'x'): Promise<ActionDraft> {
    return { ...(await world.draft('file.write', { content })), ...over } as ActionDraft;
  }
  /** Submits all of them at once, and then holds every answer against the record. */
  async function perform(drafts: readonly ActionDraft[]): Promise<Performed<string>[]> {
    const gate = world.gate();
    const performed = await Promise.all(drafts.map((draft) => world.perform(gate, draft)));
    const went = performed.filter(({ status }) => status === 'done').length;
    assert.equal(performed.filter(({ status }) => status === 'failed').length, 0);
    assert.equal(world.ran.length, went, 'an effect ran for each GO and for nothing else');
    assert.equal(world.counts()['entries'], performed.length + went, 'each decision is on record, and each effect');
    assert.equal(world.counts()['intents'], 0);
    world.entries();
    return performed;
  }

  it('lets their harmless twins through', async () => {
    const drafts = [
      await write(),
      await write({ resource: 'src/new folder/ünïcode 漢字.ts' }),
      await write({ cwd: `${world.worktree}/src` }),
    ];
    drafts.push(await world.draft('shell.exec', { argv: ['node', '--test'] }));
    for (const { status } of await perform(drafts)) assert.equal(status, 'done');
  });

  for (const field of fields) {
    corpus('06-input/naughty-strings', texts, `neither breaks on it nor is led astray by it as \`${field}\``, async (rows) => {
      const drafts = await Promise.all(rows.map(({ text }) => write({ [field]: text })));
      const performed = await perform(drafts);
      for (const [index, { status }] of performed.entries()) {
        const draft = drafts[index]!;
        if (guarded.has(field)) assert.equal(status, 'refused', JSON.stringify(draft[field]));
        if (status !== 'done') continue;
        const where = await resolveInside(world.worktree, draft.cwd, draft.resource);
        assert.ok(where.ok && protectedBy(where.value.relative) === undefined, JSON.stringify(draft[field]));
      }
    });
  }

  corpus('06-input/naughty-strings', texts, 'knows nobody by it', async (rows) => {
    const drafts = await Promise.all(
      rows.map(({ text }) => world.draft('file.write', { content: 'x' }, { principal: { kind: 'agent', id: text } })),
    );
    for (const { status } of await perform(drafts)) assert.equal(status, 'refused');
  });

  corpus('06-input/naughty-strings', texts, 'keeps it as it is when it is what a file should hold', async (rows) => {
    const drafts = await Promise.all(rows.map(({ text }) => write({}, text)));
    for (const { status } of await perform(drafts)) assert.equal(status, 'done');
    const decisions = world.entries().filter(({ phase }) => phase === 'decision');
    const kept = decisions.map(({ payload }) => z.object({ input: actionInputs['file.write'] }).parse(payload).input.content);
    assert.deepEqual(kept.sort(), rows.map(({ text }) => text).sort());
  });

  corpus('06-input/path-traversal', payloads, 'lets no path out of the worktree', async (rows) => {
    const drafts = await Promise.all(rows.map(({ payload }) => write({ resource: payload })));
    const performed = await perform(drafts);
    let inside = 0;
    for (const [index, { status }] of performed.entries()) {
      if (status !== 'done') continue;
      inside += 1;
      const { resource } = drafts[index]!;
      const where = await resolveInside(world.worktree, world.worktree, resource);
      assert.ok(where.ok && where.value.absolute.startsWith(`${world.worktree}/`), resource);
    }
    assert.ok(inside < performed.length / 2);
  });

  corpus('06-input/command-injection', payloads, 'runs no command with it, in it or beside it', async (rows) => {
    const argvs = rows.flatMap(({ payload }) => [
      [payload],
      ['node', '--test', payload],
      ['node', `--test${payload}`],
      [payload, 'node', '--test'],
    ]);
    const drafts = await Promise.all(
      argvs.map((argv) => world.draft('shell.exec', { argv }, { resource: argv.join(' ').slice(0, 4_000) })),
    );
    for (const { status } of await perform(drafts)) assert.equal(status, 'refused');
  });

  corpus('06-input/prompt-injection', texts, 'gives nobody a right because a text asks for it', async (rows) => {
    const some = rows.filter((_, index) => index % 4 === 0).map(({ text }) => text.slice(0, 4_000));
    const outside = await Promise.all(some.map((text) => write({ resource: `../outside/${text.slice(0, 100)}` }, text)));
    const commands = await Promise.all(some.map((text) => world.draft('shell.exec', { argv: ['sh', '-c', text] }, { resource: text })));
    for (const { status } of await perform([...outside, ...commands])) assert.equal(status, 'refused');
  });

  corpus(
    '06-input/prototype-pollution',
    z.object({ json: z.string(), probe_key: z.string().nullable() }),
    'is not changed by what it parses',
    async (rows) => {
      const drafts = await Promise.all(
        rows.flatMap(({ json }) => {
          const parsed = JSON.parse(json) as object;
          return [world.draft('file.write', parsed as never), world.draft('file.write', { content: json }), polluted(parsed)];
        }),
      );
      await Promise.all(drafts.map((draft) => world.perform(world.gate(), draft)));
      for (const { probe_key } of rows) if (probe_key !== null) assert.equal(Reflect.get({}, probe_key), undefined, probe_key);
      assert.equal(world.ran.length, rows.length * 2, 'only what has the right input ran');

      async function polluted(parsed: object): Promise<ActionDraft> {
        return Object.assign(JSON.parse(JSON.stringify(await write())) as ActionDraft, parsed);
      }
    },
  );
});
