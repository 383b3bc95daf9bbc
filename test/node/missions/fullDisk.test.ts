import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noSmallDisk, onSmallDisk } from '../store/smallDisk.ts';

const child = fileURLToPath(new URL('fullDiskChild.ts', import.meta.url));

describe('a disk that fills up', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'gonogo-full-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const moments: Record<string, RegExp> = {
    running: /^running: Waiting: nothing can be recorded now\..*; .*disk/s,
    verifying: /^verifying: Waiting: nothing can be recorded now\..*; .*disk/s,
    applying: /^parked: the changes could not be written \(ENOSPC.*\) and were taken back; make room/,
    approved: /the change could not be written \(.*full\); free space or mend the disk and try again$/,
  };
  for (const [moment, words] of Object.entries(moments)) {
    it(`while a mission is ${moment} is said, changes nothing, and the mission goes on once there is room`, function () {
      if (noSmallDisk() !== undefined) return this.skip();
      const disk = join(folder, 'disk');
      const answer = onSmallDisk(disk, { size: '48M', to: join(folder, 'to') }, [process.execPath, child, disk, moment]);
      const { said, ...rest } = JSON.parse(answer) as { said: string };
      assert.match(said, words);
      assert.deepEqual(rest, { untouched: true, end: 'done', applies: 1 });
    });
  }
});
