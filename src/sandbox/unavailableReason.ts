const hints: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /`bwrap` is not installed|ENOENT/,
    'Bubblewrap is not installed, so tests cannot run safely; install it (Debian, Ubuntu: `apt install bubblewrap`) and reload the window.',
  ],
  [/`prlimit` is not installed/, '`prlimit` is not installed, so a test run cannot be limited; install util-linux and reload the window.'],
  [
    /permissions? to create new namespace|creating new namespace failed|uid map|setting up uid|unprivileged/i,
    'This system does not let bubblewrap make user namespaces; allow them (`sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 an AppArmor profile for bwrap) and reload the window.',
  ],
  [/unknown option/i, 'This bubblewrap is too old; install version 0.8 or newer and reload the window.'],
];

/** What a person reads: why there is no sandbox, and the next step. */
export function unavailableReason(failure: string): string {
  const known = hints.find(([pattern]) => pattern.test(failure));
  return (
    known?.[1] ??
    `Bubblewrap does not work here (${failure.split('\n')[0] ?? ''}); run \`bwrap --version\` in a terminal to see why, then reload the window.`
  );
}
