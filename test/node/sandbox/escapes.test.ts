import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ProvingGround, processesWith, until } from './proving.ts';

const probe = 'GONOGO_ESCAPE_PROBE';

interface Escape {
  readonly name: string;
  /** Ends with success only when it got out. Run by `sh -c`. */
  readonly script: (ground: ProvingGround) => string;
  /** Only root could do it outside. */
  readonly asRoot?: boolean;
}

const escapes: readonly Escape[] = [
  { name: 'read a secret in the home folder', script: ({ secret }) => `cat ${secret}` },
  { name: 'list the home folder', script: ({ home }) => `ls ${home}` },
  { name: 'read another workspace', script: ({ other }) => `cat ${other}/notes.txt` },
  { name: 'write beside the worktree', script: ({ root }) => `echo x > ${root}/planted` },
  { name: 'change another workspace', script: ({ other }) => `echo x >> ${other}/notes.txt` },
  { name: 'change the toolchain', script: ({ toolchain }) => `echo x >> ${toolchain}/tool` },
  { name: 'follow a link out of the worktree', script: ({ worktree }) => `cat ${worktree}/way-out/id_ed25519` },
  { name: 'make a link out of the worktree', script: ({ secret }) => `ln -sf ${secret} mine && cat mine` },
  { name: 'climb out of the worktree', script: () => 'cat ../home/id_ed25519' },
  { name: 'inherit the environment', script: () => `test -n "$${probe}"` },
  { name: 'read the environment of another process', script: () => `cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep ^${probe}=` },
  { name: 'see processes outside', script: () => `test -d /proc/${process.pid}` },
  { name: 'signal a process outside', script: () => `kill -0 ${process.pid}` },
  { name: 'change the link to the repository', script: () => 'echo "gitdir: /elsewhere" > .git' },
  { name: 'move the link to the repository away', script: () => 'mv .git moved && mv moved .git' },
  { name: 'change the editor settings', script: () => 'echo "{}" > .vscode/settings.json' },
  { name: 'add an editor task', script: () => 'echo "{}" > .vscode/tasks.json && rm .vscode/tasks.json' },
  { name: 'add a preset', script: () => 'echo "{}" > .gonogo/templates.json && rm .gonogo/templates.json' },
  // Opens for writing without writing: with it, a crash starts any program outside, as root.
  { name: 'open a switch of the kernel', script: () => 'true >> /proc/sys/kernel/core_pattern', asRoot: true },
  { name: 'see the disk', script: () => 'test -e /sys/block || test -b /dev/vda || test -b /dev/sda' },
  { name: 'see sockets and services', script: () => 'ls -d /run/*' },
];

describe('escaping from the sandbox', function () {
  this.timeout(30_000);

  function prepare(): ProvingGround {
    const ground = new ProvingGround();
    ground.put('other-workspace/notes.txt', 'theirs\n');
    ground.put('toolchain/tool', 'tool\n');
    ground.put('worktree/.git', 'gitdir: /repository/.git/worktrees/one\n');
    ground.put('worktree/.vscode/settings.json', '{"before":true}\n');
    ground.put('worktree/.gonogo/policy.json', '{}\n');
    symlinkSync(ground.home, join(ground.worktree, 'way-out'));
    return ground;
  }

  for (const { name, script, asRoot } of escapes) {
    if (asRoot === true && process.getuid?.() !== 0) continue;
    it(`cannot ${name}`, async () => {
      const argv = (ground: ProvingGround): string[] => ['sh', '-c', `if { ${script(ground)}; }; then echo ESCAPED; else echo HELD; fi`];
      using open = prepare();
      assert.match(
        await open.outside(argv(open), { [probe]: 'leaked' }),
        /ESCAPED/,
        'it must be possible outside, or the test proves nothing',
      );
      using held = prepare();
      process.env[probe] = 'leaked';
      try {
        const { output } = await held.inside(argv(held));
        assert.match(output, /HELD/);
        assert.doesNotMatch(output, /ESCAPED|the secret|leaked/);
      } finally {
        Reflect.deleteProperty(process.env, probe);
      }
      assert.equal(readFileSync(join(held.worktree, '.git'), 'utf8'), 'gitdir: /repository/.git/worktrees/one\n');
      assert.equal(readFileSync(join(held.other, 'notes.txt'), 'utf8'), 'theirs\n');
      assert.equal(readFileSync(join(held.toolchain, 'tool'), 'utf8'), 'tool\n');
    });
  }

  const addresses: readonly { readonly name: string; readonly listen: (ground: ProvingGround) => string | number }[] = [
    { name: 'a port on loopback', listen: () => 0 },
    { name: 'a socket in another folder', listen: ({ home }) => join(home, 'agent.sock') },
    { name: 'an abstract socket', listen: ({ root }) => `\0${root}` },
  ];
  for (const { name, listen } of addresses) {
    it(`cannot connect to ${name}`, async () => {
      using ground = prepare();
      let connections = 0;
      const server = createServer((socket) => {
        connections++;
        socket.end();
      });
      const address = listen(ground);
      server.listen(address === 0 ? { port: 0, host: '127.0.0.1' } : { path: String(address) });
      await once(server, 'listening');
      try {
        const target = address === 0 ? (server.address() as AddressInfo).port : address;
        const script = `require('net').connect(${JSON.stringify(target)}).on('connect', () => console.log('ESCAPED')).on('error', () => console.log('HELD'))`;
        assert.match(await ground.outside(['node', '-e', script], {}), /ESCAPED/);
        await until('the connection from outside', () => connections === 1);
        assert.equal((await ground.inside(['node', '-e', script])).output.trim(), 'HELD');
        assert.equal(connections, 1);
      } finally {
        server.close();
      }
    });
  }

  it('cannot leave a process behind', async () => {
    using ground = prepare();
    const marker = `left-behind-${process.pid}`;
    const argv = ['sh', '-c', `setsid sh -c 'while :; do sleep 1; done # ${marker}' </dev/null >/dev/null 2>&1 & echo started`];
    assert.match(await ground.outside(argv, {}), /started/);
    const left = processesWith(marker);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    assert.equal(left.length > 0, true, 'it must be possible outside');
    await until('the one outside is gone', () => processesWith(marker).length === 0);

    const { output, exitCode } = await ground.inside(argv);
    assert.deepEqual([output, exitCode], ['started\n', 0]);
    assert.deepEqual(processesWith(marker), []);
  });

  it('cannot gain a user namespace of its own', async () => {
    using ground = prepare();
    const { exitCode, output } = await ground.inside(['unshare', '--user', 'true']);
    assert.notEqual(exitCode, 0);
    assert.match(output, /unshare failed/);
  });

  it('has a network of its own in which it can serve and connect', async () => {
    using ground = prepare();
    const script = `const s = require('net').createServer((c) => c.end('hello')).listen(0, 'localhost', () =>
      require('net').connect(s.address().port, 'localhost').on('data', (d) => { console.log(String(d)); s.close(); }))`;
    assert.equal((await ground.inside(['node', '-e', script])).output, 'hello\n');
  });

  it('writes in the worktree, in /tmp and in a home that starts empty', async () => {
    using ground = prepare();
    const script = 'echo a > made && echo b > /tmp/made && ls -A "$HOME" && echo c > "$HOME/made" && id -un && pwd';
    const { output, exitCode } = await ground.inside(['sh', '-c', script]);
    assert.deepEqual([output, exitCode], [`user\n${ground.worktree}\n`, 0]);
    assert.equal(readFileSync(join(ground.worktree, 'made'), 'utf8'), 'a\n');
  });
});
