import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import type { CapabilityClaims } from '../../../src/contracts/capability.ts';
import { JoseTokens } from '../../../src/gate/joseTokens.ts';
import { missionId } from '../../support/drafts.ts';

const key = new Uint8Array(32).fill(7);
const now = 1_000_000_000_000;
const claims = {
  principalId: 'builtin/coder',
  missionId,
  workspaceId: 'workspace-1',
  scopes: ['file.read', 'file.write:src/**'],
  expiresAt: now + 60_000,
} satisfies Omit<CapabilityClaims, 'tokenId'>;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = {
  mission: missionId,
  workspace: 'workspace-1',
  scopes: ['file.read'],
  iss: 'gonogo',
  aud: 'gonogo-gate',
  sub: 'builtin/coder',
  jti: 'token-1',
  exp: now / 1_000 + 60,
};

/** A token as anybody could write one, signed by hand. */
function signed(body: unknown, header: unknown = { alg: 'HS256', typ: 'JWT' }, with_: Uint8Array = key, hash = 'sha256'): string {
  const text = `${part(header)}.${part(body)}`;
  return `${text}.${createHmac(hash, with_).update(text).digest('base64url')}`;
}

describe('capability tokens', () => {
  const tokens = new JoseTokens(key, () => 'token-1');
  const codeOf = async (token: string | undefined, at = now): Promise<string> => {
    const verified = await tokens.verify(token, at);
    return verified.ok ? 'ok' : verified.error.code;
  };

  it('read back as they were issued', async () => {
    assert.deepEqual(await tokens.verify(await tokens.issue(claims), now), { ok: true, value: { ...claims, tokenId: 'token-1' } });
    assert.equal(await codeOf(signed(payload)), 'ok', 'the forgeries below differ from this one in one thing each');
  });

  it('count until exactly their time', async () => {
    const token = await tokens.issue(claims);
    assert.deepEqual([await codeOf(token, now + 59_999), await codeOf(token, now + 60_000)], ['ok', 'capability-expired']);
    const odd = await tokens.issue({ ...claims, expiresAt: now + 1_500 });
    assert.equal(await codeOf(odd, now + 1_400), 'capability-expired', 'never longer than they say');
  });

  it('are compared with the time at every use, also when they were good before', async () => {
    const token = signed({ ...payload, nbf: now / 1_000 });
    assert.equal(await codeOf(token), 'ok');
    assert.equal(await codeOf(token, now - 1_000), 'capability-invalid', 'the clock went back to before it begins');
    const good = signed(payload);
    assert.deepEqual([await codeOf(good), await codeOf(good, now + 60_000), await codeOf(good)], ['ok', 'capability-expired', 'ok']);
  });

  it('vouch for no other token, and for no other key', async () => {
    const good = signed(payload);
    assert.equal(await codeOf(good), 'ok');
    const wider = good.replace(/\.[^.]+\./, `.${part({ ...payload, scopes: ['file.*'] })}.`);
    assert.deepEqual([await codeOf(wider), await codeOf(` ${good}`), await codeOf(`${good}.`)], Array(3).fill('capability-invalid'));
    const others = new JoseTokens(new Uint8Array(32), () => 'token-1');
    assert.equal((await others.verify(good, now)).ok, false);
  });

  it('stay right when more are shown than are remembered', async () => {
    const many = Array.from({ length: 600 }, (_, index) => ({ ...payload, jti: `token-${index}` }));
    for (const each of [...many, ...many]) {
      const verified = await tokens.verify(signed(each), now);
      assert.equal(verified.ok ? verified.value.tokenId : verified.error.code, each.jti);
    }
  });

  const { exp: _exp, ...endless } = payload;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const bad: readonly [string, () => string | undefined | Promise<string>, string][] = [
    ['no token', () => undefined, 'capability-missing'],
    ['an empty one', () => '', 'capability-missing'],
    ['text', () => 'let me in', 'capability-invalid'],
    ['dots', () => '..', 'capability-invalid'],
    ['one without a signature', () => signed(payload).replace(/[^.]+$/, ''), 'capability-invalid'],
    ['alg none', () => `${part({ alg: 'none' })}.${part(payload)}.`, 'capability-invalid'],
    ['alg none with a signature', () => signed(payload, { alg: 'none' }), 'capability-invalid'],
    ['HS512 under the same key', () => signed(payload, { alg: 'HS512' }, key, 'sha512'), 'capability-invalid'],
    ['HS384 under the same key', () => signed(payload, { alg: 'HS384' }, key, 'sha384'), 'capability-invalid'],
    ['ES256', () => new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(privateKey), 'capability-invalid'],
    ['another key', () => signed(payload, undefined, new Uint8Array(32)), 'capability-invalid'],
    [
      'a key that it brings along',
      () => signed(payload, { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, new Uint8Array(3)),
      'capability-invalid',
    ],
    [
      'a changed payload',
      () => signed(payload).replace(/\.[^.]+\./, `.${part({ ...payload, scopes: ['file.*'] })}.`),
      'capability-invalid',
    ],
    ['a critical header nobody knows', () => signed(payload, { alg: 'HS256', crit: ['x'], x: 1 }), 'capability-invalid'],
    ['another issuer', () => signed({ ...payload, iss: 'other' }), 'capability-invalid'],
    ['another audience', () => signed({ ...payload, aud: 'other' }), 'capability-invalid'],
    ['no end', () => signed(endless), 'capability-invalid'],
    ['an end that is text', () => signed({ ...payload, exp: 'never' }), 'capability-invalid'],
    ['not yet', () => signed({ ...payload, nbf: payload.exp }), 'capability-invalid'],
    ['no name', () => signed({ ...payload, jti: undefined }), 'capability-invalid'],
    ['an empty subject', () => signed({ ...payload, sub: '' }), 'capability-invalid'],
    ['no mission', () => signed({ ...payload, mission: undefined }), 'capability-invalid'],
    ['scopes that are text', () => signed({ ...payload, scopes: 'file.*' }), 'capability-invalid'],
    ['no payload', () => signed(null), 'capability-invalid'],
  ];
  for (const [what, make, code] of bad) {
    it(`refuse ${what}`, async () => {
      const token = await make();
      assert.equal(await codeOf(token), code);
      const verified = await tokens.verify(token, now);
      assert.match(
        verified.ok ? '' : verified.error.message,
        /^The capability token is not valid \([^{}[\]\n]+\)\. Use |^No capability token/,
      );
    });
  }

  it('refuse every flipped character of a good one', async () => {
    const token = await tokens.issue(claims);
    for (let at = 0; at < token.length; at += 1) {
      // The last character of base64url holds bits that nothing reads; `jose` may take it for the same bytes.
      const last = at === token.length - 1 || token[at + 1] === '.';
      if (token[at] === '.' || last) continue;
      const flipped = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      assert.equal(await codeOf(flipped), 'capability-invalid', `at ${at}`);
    }
  });
});
