import { loadOrCreateKey } from '../../../src/store/keys.ts';

// Waits for a line, so that several begin at once, and says which key it got.
process.stdin.once('data', () => {
  process.stdout.write(Buffer.from(loadOrCreateKey(process.argv[2] ?? '', 'test.key')).toString('hex'));
  process.stdin.destroy();
});
process.stdout.write('ready\n');
