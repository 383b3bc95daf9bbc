import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../../src/base/errors.ts';
import { NoSandbox } from '../../../src/sandbox/noSandbox.ts';
import { approval, approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickWrites } from '../../support/kernelRig.ts';

// Runs on a small disk, which it fills at a moment of a mission and gives room again; prints what was said.
const [, , disk = '', moment = ''] = process.argv;
process.env['TMPDIR'] = disk;
const filler = join(disk, 'filler');
const MiB = 1024 * 1024;

function fill(): void {
  for (const size of [MiB, 4_096, 1]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if (systemCode(error) !== 'ENOSPC') throw error;
    }
  }
}

/** More than git hands over at once, so that the disk fills in the middle of a file. */
const long = Array.from({ length: 60_000 }, (_, line) => `export const n${line} = ${line};\n`).join('');
const writes =
  moment === 'applying'
    ? (['ask-each', JSON.stringify([['fs/write_text_file', { path: 'src/note.js', content: long }]])] as const)
    : quickWrites;

await using rig = new KernelRig({ agent: writes });
const kernel = await rig.start({ parts: { sandbox: new NoSandbox('Not here.') } });
const before = JSON.stringify(rig.picture());
const id = await launch(kernel, rig);
let said: string;
if (moment === 'running' || moment === 'verifying') {
  await kernel.watch.mission(id, moment);
  fill();
  const told = await kernel.watch.until('the mission to say so', ({ missions }) =>
    missions[0]?.detail.startsWith('Waiting:') === true ? missions[0] : undefined,
  );
  const { items } = (await kernel.api.snapshot()).health;
  said = `${told.status}: ${told.detail}; ${items.find(({ name }) => name === 'Store')?.message ?? ''}`;
} else if (moment === 'applying') {
  const review = await untilReview(kernel, id);
  fill();
  // Room for the decision, not for the change.
  truncateSync(filler, statSync(filler).size - 700 * 1024);
  const parked = await approve(kernel, review);
  said = `${parked.status}: ${parked.detail}`;
} else {
  const review = await untilReview(kernel, id);
  fill();
  said = await kernel.api.decide(approval(review.detail), []).then(
    () => 'decided',
    (error: unknown) => String(error),
  );
}
const untouched = JSON.stringify(rig.picture()) === before;
rmSync(filler);
if (moment === 'applying') await kernel.api.reopen(id);
const end = await approve(kernel, await untilReview(kernel, id));
const applies = rig.rows(`SELECT seq FROM entries WHERE action = 'code.apply' AND phase = 'effect' AND result = 'success'`).length;
process.stdout.write(JSON.stringify({ said, untouched, end: end.status, applies }));
