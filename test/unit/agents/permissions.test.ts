import assert from 'node:assert/strict';
import type { ToolCallUpdate } from '@agentclientprotocol/sdk';
import fc from 'fast-check';
import { asksOf, choose } from '../../../src/agents/acp/permissions.ts';

describe('permissions', () => {
  const diff = (path: string, newText: string): { type: 'diff'; path: string; newText: string } => ({ type: 'diff', path, newText });
  const write = (path: string, content: string): unknown => ({ kind: 'file.write', resource: path, input: { content } });
  const rows: readonly [string, Partial<ToolCallUpdate>, unknown][] = [
    ['an edit with its diff', { kind: 'edit', content: [diff('a', 'x')] }, [write('a', 'x')]],
    ['every diff of an edit', { kind: 'edit', content: [diff('a', 'x'), diff('b', 'y')] }, [write('a', 'x'), write('b', 'y')]],
    ['an edit as raw input', { kind: 'edit', rawInput: { path: 'a', content: 'x' } }, [write('a', 'x')]],
    ['an edit that shows nothing', { kind: 'edit', rawInput: { path: 'a' } }, undefined],
    ['a diff under another name', { kind: 'other', content: [diff('a', 'x')] }, undefined],
    [
      'a read of two files',
      { kind: 'read', locations: [{ path: 'a' }, { path: 'b' }] },
      ['a', 'b'].map((resource) => ({ kind: 'file.read', resource, input: {} })),
    ],
    ['a read of nothing', { kind: 'read', locations: [] }, undefined],
    ['a search', { kind: 'search', locations: [{ path: 'src' }] }, [{ kind: 'file.list', resource: 'src', input: {} }]],
    ['a search of anything', { kind: 'search', rawInput: { pattern: 'x' } }, [{ kind: 'file.list', resource: '.', input: {} }]],
    [
      'a search of a folder',
      { kind: 'search', rawInput: { pattern: 'x', path: '/etc' } },
      [{ kind: 'file.list', resource: '/etc', input: {} }],
    ],
    ['a search of who knows what', { kind: 'search', rawInput: { query: 'x' } }, undefined],
    [
      'an argv',
      { kind: 'execute', rawInput: { command: ['npm', 'test'] } },
      [{ kind: 'shell.exec', resource: 'npm test', input: { argv: ['npm', 'test'] } }],
    ],
    [
      'a program and its arguments',
      { kind: 'execute', rawInput: { command: 'npm', args: ['test'] } },
      [{ kind: 'shell.exec', resource: 'npm test', input: { argv: ['npm', 'test'] } }],
    ],
    [
      'a line for a shell',
      { kind: 'execute', rawInput: { command: 'npm test' } },
      [{ kind: 'shell.exec', resource: 'sh -c npm test', input: { argv: ['sh', '-c', 'npm test'] } }],
    ],
    ['a command nobody sees', { kind: 'execute', title: 'npm test' }, undefined],
    [
      'a fetch',
      { kind: 'fetch', rawInput: { url: 'http://a', format: 'text' } },
      [{ kind: 'web.fetch', resource: 'http://a', input: { url: 'http://a' } }],
    ],
    ['a fetch of nothing', { kind: 'fetch', locations: [{ path: 'a' }] }, undefined],
    ['a move', { kind: 'move', locations: [{ path: 'a' }] }, undefined],
    ['no kind', { title: 'Please' }, undefined],
  ];
  for (const [what, call, expected] of rows) it(`reads ${what}`, () => assert.deepEqual(asksOf({ toolCallId: 't', ...call }), expected));

  it('never chooses for good, and never yes when the answer is no', () => {
    const kind = fc.constantFrom('allow_once', 'allow_always', 'reject_once', 'reject_always');
    const option = fc.record({ kind, optionId: fc.constantFrom('1', '2', '3', '4', '5'), name: fc.string() });
    fc.assert(
      fc.property(fc.array(option, { maxLength: 5 }), fc.boolean(), (options, allowed) => {
        const outcome = choose(options, allowed);
        if (outcome.outcome === 'cancelled') return;
        const chosen = options.filter(({ optionId }) => optionId === outcome.optionId);
        assert.equal(chosen.length, 1);
        assert.match(String(chosen[0]?.kind), allowed ? /_once$/ : /^reject_once$/);
      }),
    );
  });
});
