import fc from 'fast-check';

// Put together here, so that no scanner takes this file for a leak.
const mixed = 'q7Zk2Lw9Xc4Vb8Nm1Rt6Yp3Hs5Dg0Jf';
export const githubToken = `ghp_${mixed}aB3d5`.slice(0, 40);
export const webToken = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'].join('.');
export const keyFile = ['-----BEGIN RSA PRIVATE KEY-----', mixed, mixed, '-----END RSA PRIVATE KEY-----'].join('\n');
export const password = mixed;

/** Text with secrets in it, next to each other and to whatever else. */
export const secretText = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(githubToken, webToken, keyFile, password, 'AKIAQ7ZK2LW9XC4VB8NM'),
      fc.constantFrom('token=', 'password: "', '"', ' ', '\n', '[redacted: jwt]', 'https://a:', '@b.c'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
