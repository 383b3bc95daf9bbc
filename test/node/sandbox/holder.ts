import { systemClock } from '../../../src/base/clock.ts';
import { BubblewrapSandbox } from '../../../src/sandbox/bubblewrapSandbox.ts';
import { limits, permitFor, toolPath } from './proving.ts';

/** A program of its own that runs one command in the sandbox: `node holder.ts FOLDER COMMAND…`. */
const [folder = '', ...argv] = process.argv.slice(2);
const sandbox = new BubblewrapSandbox({ runtimePaths: [], logger: { log: () => undefined }, clock: systemClock });
const command = { argv, cwd: folder, writable: folder, env: { PATH: toolPath }, limits };
const result = await sandbox.run(permitFor(argv, folder), command, new AbortController().signal);
process.stdout.write(result.output);
