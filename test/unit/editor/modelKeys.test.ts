import assert from 'node:assert/strict';
import { ModelKeys } from '../../../src/editor/modelKeys.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { InMemorySecrets } from '../../support/scriptedModelUi.ts';

const URL_A = 'https://a.example/v1';
const URL_B = 'https://b.example/v1';
const KEY = 'sk-0123456789abcdef';

describe('ModelKeys', () => {
  let secrets: InMemorySecrets;
  let clock: ManualClock;
  let logger: RecordingLogger;
  let kernel: Map<string, string | undefined>;
  let keys: ModelKeys;
  beforeEach(() => {
    secrets = new InMemorySecrets();
    clock = new ManualClock();
    logger = new RecordingLogger();
    kernel = new Map();
    keys = new ModelKeys({
      secrets,
      kernel: { setModelKey: async (baseUrl, key) => void kernel.set(baseUrl, key) },
      clock,
      logger,
    });
  });
  afterEach(() => {
    assert.equal(clock.pending, 0, 'a timer was left behind');
    assert.doesNotMatch(JSON.stringify(logger.records), new RegExp(KEY));
  });

  it('keeps one key for each server, however its address is spelled', async () => {
    assert.equal(await keys.keep(`${URL_A}/`, KEY), undefined);
    await keys.keep(URL_B, 'other');
    assert.deepEqual(await keys.servers(), [URL_A, URL_B]);
    assert.equal(await keys.has('https://A.example:443/v1'), true);
    assert.equal(await keys.has('https://a.example/v2'), false);
    await keys.handOver(URL_A);
    assert.deepEqual([kernel.get(URL_A), kernel.get(URL_B)], [KEY, 'other']);
  });

  it('forgets a key here and in the kernel', async () => {
    await keys.keep(URL_A, KEY);
    await keys.forget(URL_A);
    assert.deepEqual([...secrets.kept.keys()], []);
    assert.ok(kernel.has(URL_A) && kernel.get(URL_A) === undefined);
    assert.deepEqual(await keys.servers(), []);
  });

  it('uses a key for this window that the storage refuses, and says why without it', async () => {
    secrets.trouble = 'refuses';
    assert.equal(await keys.keep(URL_A, KEY), 'the keyring is locked [key]');
    assert.equal(kernel.get(URL_A), KEY);
    assert.equal(await keys.has(URL_A), true);
    // What the storage does not have does not take away what the kernel has.
    await keys.handOver(URL_A);
    await keys.takeBack(URL_A);
    assert.equal(kernel.get(URL_A), KEY);
    secrets.trouble = undefined;
    await keys.handOver(URL_A);
    assert.equal(kernel.get(URL_A), KEY);
    assert.deepEqual(await keys.servers(), [URL_A]);
    await assert.doesNotReject(keys.forget(URL_A));
    assert.equal(kernel.get(URL_A), undefined);
  });

  it('does not wait for a storage that stays silent, and hands the key over when it speaks', async () => {
    await keys.keep(URL_A, KEY);
    kernel.clear();
    let speak = (): void => undefined;
    const silence = new Promise<void>((resolve) => (speak = resolve));
    const get = secrets.get.bind(secrets);
    secrets.get = async (name) => {
      await silence;
      return get(name);
    };
    const handing = keys.handOver(URL_A);
    await clock.advance(3_000);
    await handing;
    assert.equal(kernel.size, 0);
    speak();
    await clock.advance(0);
    assert.equal(kernel.get(URL_A), KEY);
    secrets.trouble = 'silent';
    const keeping = keys.keep(URL_B, KEY);
    await clock.advance(60_000);
    assert.equal(await keeping, 'the secret storage did not answer within 60 s');
    assert.equal(kernel.get(URL_B), KEY);
  });

  it('does without a storage that refuses to be read', async () => {
    await keys.keep(URL_A, KEY);
    kernel.clear();
    secrets.trouble = 'refuses';
    await keys.handOver(URL_A);
    assert.equal(await keys.has(URL_A), false);
    await keys.follow(`gonogo.model-key:${URL_A}`, URL_A);
    assert.equal(kernel.size, 0);
    await assert.rejects(keys.servers(), /the keyring is locked/);
    assert.equal(logger.warnings.length, 2);
  });

  it('takes a key from the kernel though the storage refuses to forget it, and says that it did', async () => {
    await keys.keep(URL_A, KEY);
    secrets.trouble = 'refuses';
    await assert.rejects(keys.forget(URL_A), /the keyring is locked/);
    assert.ok(kernel.has(URL_A) && kernel.get(URL_A) === undefined);
  });

  it('lends a key and takes it back to what it was', async () => {
    await keys.keep(URL_A, KEY);
    await keys.lend(URL_A, 'try');
    assert.equal(kernel.get(URL_A), 'try');
    await keys.takeBack(URL_A);
    assert.equal(kernel.get(URL_A), KEY);
    await keys.lend(URL_B, 'try');
    await keys.takeBack(URL_B);
    assert.equal(kernel.get(URL_B), undefined);
    assert.deepEqual(await keys.servers(), [URL_A]);
  });

  it('follows what another window did to the key in use', async () => {
    await secrets.store(`gonogo.model-key:${URL_A}`, KEY);
    await keys.follow(`gonogo.model-key:${URL_B}`, URL_A);
    assert.equal(kernel.size, 0);
    await keys.follow(`gonogo.model-key:${URL_A}`, URL_A);
    assert.equal(kernel.get(URL_A), KEY);
    await secrets.delete(`gonogo.model-key:${URL_A}`);
    await keys.follow(`gonogo.model-key:${URL_A}`, URL_A);
    assert.equal(kernel.get(URL_A), undefined);
  });
});
