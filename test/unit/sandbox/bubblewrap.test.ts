import assert from 'node:assert/strict';
import { bubblewrapArgs, confinedCommand } from '../../../src/sandbox/bubblewrapArgs.ts';
import type { Confinement } from '../../../src/sandbox/bubblewrapArgs.ts';
import { countsTasksPerNamespace } from '../../../src/sandbox/bubblewrapSandbox.ts';
import { parseStatus } from '../../../src/sandbox/bubblewrapStatus.ts';
import { isInheritable } from '../../../src/sandbox/inheritedFds.ts';
import { isInside, isTooBroad } from '../../../src/sandbox/mounts.ts';
import { OutputCollector } from '../../../src/sandbox/outputCollector.ts';
import { unavailableReason } from '../../../src/sandbox/unavailableReason.ts';

const plan: Confinement = {
  argv: ['npm', 'test', '--', '$(id)'],
  cwd: '/w/tree/sub',
  env: { PATH: '/usr/bin', HOME: '/home/ann' },
  runtime: [
    { kind: 'bind', path: '/t/bin' },
    { kind: 'link', path: '/t/npm', target: '../lib/npm' },
  ],
  writable: '/w/tree',
  readOnly: ['/w/tree/.git'],
  limits: { wallMs: 1_000, outputBytes: 1_000, memoryBytes: 1024 ** 3, processes: 10, fileBytes: 5_000 },
  prlimitPath: '/usr/bin/prlimit',
  countTasks: true,
};
const stubs = { passwd: 5, group: 6, hosts: 7 };

describe('bubblewrapArgs', () => {
  const args = bubblewrapArgs(plan, stubs);
  const text = args.join(' ');

  it('shows nothing of the disk but what is named', () => {
    const sources = args.flatMap((arg, at) => (/^--(ro-)?bind(-try)?$/.test(arg) ? [args[at + 1]] : []));
    for (const broad of ['/', '/etc', '/home', '/root', '/var', '/run', '/tmp', '/dev', '/sys'])
      assert.equal(sources.includes(broad), false, broad);
    assert.deepEqual(
      args.flatMap((arg, at) => (arg === '--bind' ? [args[at + 1]] : [])),
      ['/w/tree'],
      'one folder is writable',
    );
  });

  it('puts what is read-only on top of the writable folder, and closes the root last', () => {
    const order = [
      '--tmpfs /tmp',
      '--ro-bind /t/bin /t/bin',
      '--bind /w/tree /w/tree',
      '--ro-bind /w/tree/.git /w/tree/.git',
      '--remount-ro / ',
    ];
    const places = order.map((part) => text.indexOf(part));
    assert.deepEqual(
      places,
      places.filter((place) => place >= 0).sort((a, b) => a - b),
    );
  });

  it('keeps a link a link, and the home folder its own', () => {
    assert.match(text, /--symlink \.\.\/lib\/npm \/t\/npm/);
    assert.match(text, /--clearenv .*--setenv HOME \/tmp\/home/);
    assert.doesNotMatch(text, /ann/);
  });

  it('refuses a NUL anywhere', () => {
    const code = 'not-permitted';
    assert.throws(() => bubblewrapArgs({ ...plan, env: { A: 'x\0--share-net' } }, stubs), { code });
    assert.throws(() => bubblewrapArgs({ ...plan, cwd: '/w/tree\0' }, stubs), { code });
    assert.throws(() => bubblewrapArgs({ ...plan, argv: ['a\0b'] }, stubs), { code });
  });

  it('passes the command on word by word, behind its limits', () => {
    const command = confinedCommand(plan);
    assert.deepEqual(command.slice(command.indexOf('--') + 1), plan.argv);
    assert.equal(command.includes('--nproc=160'), true);
    assert.equal(
      confinedCommand({ ...plan, countTasks: false }).some((arg) => arg.startsWith('--nproc')),
      false,
    );
  });
});

describe('bubblewrap status', () => {
  const rows: readonly (readonly [text: string, childPid: number | undefined, exitCode: number | undefined])[] = [
    ['', undefined, undefined],
    ['{ "child-pid": 12, "net-namespace": 4 }\n', 12, undefined],
    ['{ "child-pid": 12 }\n{ "exit-code": 0 }\n', 12, 0],
    ['{ "child-pid": 12 }\n{ "exit-code": 1', 12, undefined],
    ['garbage\n{ "child-pid": "12" }\n{ "exit-code": 3 }\n', undefined, 3],
  ];
  for (const [text, childPid, exitCode] of rows)
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseStatus(text), { childPid, exitCode }));
});

describe('sandbox decisions', () => {
  it('knows which descriptors a child would get', () => {
    assert.equal(isInheritable('pos:\t0\nflags:\t0100002\nmnt_id:\t9\n'), true);
    assert.equal(isInheritable('pos:\t0\nflags:\t02100002\nmnt_id:\t9\n'), false);
    assert.equal(isInheritable('no flags'), true, 'when in doubt, yes');
  });

  it('knows what is inside what', () => {
    assert.deepEqual(
      [isInside('/a/b', '/a/b'), isInside('/a/b', '/a/b/c'), isInside('/a/b', '/a/bc'), isInside('/', '/a'), isInside('/a/b', '/a')],
      [true, true, false, true, false],
    );
  });

  it('knows which folders are too broad to show or to write', () => {
    for (const path of ['/', '/home', '/home/ann', '/usr', '/etc', '/tmp', '/var', '/root', '/opt'])
      assert.equal(isTooBroad(path, '/home/ann'), true, path);
    for (const path of ['/home/ann/project', '/tmp/x', '/opt/node/bin', '/var/home/x'])
      assert.equal(isTooBroad(path, '/home/ann'), false, path);
  });

  it('counts threads only where the kernel counts them for the sandbox alone', () => {
    const rows = { '4.19.0': false, '5.10.0-28-amd64': false, '5.14.0': true, '6.1.0': true, '10.0': true, nonsense: false };
    for (const [kernel, expected] of Object.entries(rows)) assert.equal(countsTasksPerNamespace(kernel), expected, kernel);
  });

  it('says why there is no sandbox and what to do', () => {
    const rows: readonly (readonly [failure: string, expected: RegExp])[] = [
      ['`bwrap` is not installed', /apt install bubblewrap/],
      ['spawn /usr/bin/bwrap ENOENT', /apt install bubblewrap/],
      ['`prlimit` is not installed', /install util-linux/],
      ['bwrap: No permissions to create new namespace, likely because the kernel does not allow …', /user namespaces/],
      ['bwrap: setting up uid map: Permission denied', /AppArmor/],
      ['bwrap: Unknown option --disable-userns', /0\.8 or newer/],
      ['something new\nsecond line', /\(something new\)/],
    ];
    for (const [failure, expected] of rows) assert.match(unavailableReason(failure), expected);
  });

  it('keeps the first bytes of output and counts all', () => {
    const output = new OutputCollector(5);
    for (const part of ['abc', 'def', 'ghi']) output.add(Buffer.from(part));
    output.note('!');
    assert.deepEqual([output.text(), output.bytes], ['abcde!', 9]);
  });
});
