import assert from 'node:assert/strict';
import { DisposableStore } from '../../../src/base/disposables.ts';
import { Emitter } from '../../../src/base/emitter.ts';
import { idSource, type ActionId } from '../../../src/base/ids.ts';
import { formatOwner, parseOwner } from '../../../src/base/owner.ts';

function unexpected(error: unknown): never {
  throw new Error('no listener breaks here', { cause: error });
}

describe('DisposableStore', () => {
  it('releases in reverse order, once', () => {
    const released: number[] = [];
    const store = new DisposableStore();
    for (const each of [1, 2, 3]) store.defer(() => released.push(each));
    store[Symbol.dispose]();
    store[Symbol.dispose]();
    assert.deepEqual(released, [3, 2, 1]);
    assert.equal(store.disposed, true);
  });

  it('releases at once what comes late', () => {
    const released: string[] = [];
    const store = new DisposableStore();
    store[Symbol.dispose]();
    store.defer(() => released.push('late'));
    assert.deepEqual(released, ['late']);
  });

  it('releases everything even if one breaks, and says what broke first', () => {
    const released: string[] = [];
    const store = new DisposableStore();
    const breaking = (why: string) => () => {
      throw new Error(why);
    };
    store.defer(() => released.push('first'));
    store.defer(breaking('second'));
    store.defer(breaking('third'));
    assert.throws(() => store[Symbol.dispose](), /third/);
    assert.deepEqual(released, ['first']);
  });
});

describe('Emitter', () => {
  it('calls listeners in order, and the rest when one breaks', () => {
    const errors: unknown[] = [];
    const heard: string[] = [];
    using emitter = new Emitter<string>((error) => errors.push(error));
    const broken = new Error('broken');
    emitter.on((value) => heard.push(`a${value}`));
    emitter.on(() => {
      throw broken;
    });
    emitter.on((value) => heard.push(`b${value}`));
    emitter.fire('1');
    assert.deepEqual([heard, errors], [['a1', 'b1'], [broken]]);
  });

  it('releases each registration by itself, even of the same function', () => {
    let heard = 0;
    const emitter = new Emitter<void>(unexpected);
    const listener = (): void => void (heard += 1);
    const first = emitter.on(listener);
    const second = emitter.on(listener);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    emitter.fire();
    assert.deepEqual([heard, emitter.size], [1, 1]);
    second[Symbol.dispose]();
    emitter.fire();
    assert.deepEqual([heard, emitter.size], [1, 0]);
  });

  it('does not call a listener that another one has just released, nor one that was just added', () => {
    const heard: string[] = [];
    const emitter = new Emitter<void>(unexpected);
    const later: Disposable[] = [];
    emitter.on(() => {
      heard.push('first');
      later[0]?.[Symbol.dispose]();
      emitter.on(() => heard.push('added'));
    });
    later.push(emitter.on(() => heard.push('second')));
    emitter.fire();
    assert.deepEqual(heard, ['first']);
    emitter[Symbol.dispose]();
    emitter.fire();
    assert.deepEqual([heard, emitter.size], [['first'], 0]);
  });
});

describe('ids', () => {
  it('are a counter when a test says so', () => {
    const ids = idSource({ DETERMINISTIC_TEST_IDS: 'true' });
    assert.deepEqual(
      [ids.next<ActionId>(), ids.next<ActionId>()],
      ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'],
    );
    assert.equal(idSource({ DETERMINISTIC_TEST_IDS: 'true' }).next<ActionId>(), '00000000-0000-7000-8000-000000000001');
  });

  for (const env of [{}, { DETERMINISTIC_TEST_IDS: '1' }]) {
    it(`are UUIDv7 that sort by time, with ${JSON.stringify(env)}`, () => {
      const ids = idSource(env);
      const made = Array.from({ length: 1_000 }, () => ids.next<ActionId>() as string);
      assert.deepEqual([...new Set(made)].sort(), made);
      for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });
  }
});

describe('owner', () => {
  it('reads back what it writes', () => {
    for (const owner of [
      { pid: 12, startedAt: '345', kernel: 'k' },
      { pid: 1, startedAt: '', kernel: 'k' },
    ])
      assert.deepEqual(parseOwner(formatOwner(owner)), owner);
  });

  for (const text of ['', '1', '1|2', '1|2|', '|2|k', 'x|2|k', '-1|2|k', '1|2|k|more', '1e3|2|k'])
    it(`reads \`${text}\` as nobody`, () => assert.equal(parseOwner(text), undefined));
});
