import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.ts';
import { BubblewrapSandbox } from '../../src/sandbox/bubblewrapSandbox.ts';
import { NoSandbox } from '../../src/sandbox/noSandbox.ts';
import { selectSandbox } from '../../src/sandbox/selectSandbox.ts';
import { RecordingLogger } from '../support/recordingLogger.ts';
import { sandboxContract } from './sandboxContract.ts';

const options = { runtimePaths: [], logger: new RecordingLogger(), clock: systemClock };

sandboxContract('NoSandbox', () => new NoSandbox('nothing here can hold a command'));
sandboxContract('BubblewrapSandbox without bubblewrap', () => new BubblewrapSandbox({ ...options, bwrapPath: '/nonexistent/bwrap' }));
sandboxContract('BubblewrapSandbox with a bubblewrap that fails', () => new BubblewrapSandbox({ ...options, bwrapPath: '/bin/false' }));
if (process.platform === 'linux') {
  sandboxContract('BubblewrapSandbox', () => new BubblewrapSandbox(options));

  describe('BubblewrapSandbox on Linux', () => {
    it('is there; tests cannot prove anything without it', async () => {
      assert.deepEqual(await selectSandbox('linux', options).health(), { available: true, isolation: 'bubblewrap, no network' });
    });
  });
}

describe('selectSandbox', () => {
  it('runs nothing where there is no sandbox yet', async () => {
    const health = await selectSandbox('win32', options).health();
    assert.equal(health.available, false);
    assert.match(health.reason, /Linux.*`win32`.*run them yourself/);
  });
});
