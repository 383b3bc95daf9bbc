import assert from 'node:assert/strict';
import { entropy, findSecrets, mergeMatches } from '../../../src/secrets/findSecrets.ts';
import { githubToken as github, keyFile as pem, password as mixed, webToken as jwt } from './secretText.ts';

const hex = '0f5a93c7be1d4826';

describe('findSecrets', () => {
  const secrets: readonly (readonly [text: string, secret: string, kind: string])[] = [
    [`const t = "${github}";`, github, 'github-token'],
    [`key = sk-ant-api03-${mixed}${mixed}AA`, `sk-ant-api03-${mixed}${mixed}AA`, 'anthropic-key'],
    [`OPENAI=sk-proj-${mixed}${mixed}`, `sk-proj-${mixed}${mixed}`, 'openai-key'],
    [`glpat-${mixed.slice(0, 20)}`, `glpat-${mixed.slice(0, 20)}`, 'gitlab-token'],
    [`sk_live_${mixed.slice(0, 24)}`, `sk_live_${mixed.slice(0, 24)}`, 'stripe-key'],
    [`AIza${mixed}abc1`.slice(0, 39), `AIza${mixed}abc1`.slice(0, 39), 'google-api-key'],
    [`Cookie ${jwt} end`, jwt, 'jwt'],
    [`before\n${pem}\nafter`, pem, 'private-key'],
    [`postgres://app:${mixed.slice(0, 12)}@db.example/x`, mixed.slice(0, 12), 'url-password'],
    [`Authorization: Bearer ${mixed}`, mixed, 'authorization-header'],
    [`api_key = "${mixed}"`, mixed, 'assigned-secret'],
    [`{"clientSecret":"${hex}${hex}"}`, `${hex}${hex}`, 'assigned-secret'],
    [`{\\"password\\":\\"${mixed}\\"}`, mixed, 'assigned-secret'],
    [`export DB_PASSWORD='${mixed.slice(0, 12)}'`, mixed.slice(0, 12), 'assigned-secret'],
    [`deploy --token ${mixed}`, mixed, 'assigned-secret'],
    [`  password: ${mixed}  # comment`, mixed, 'assigned-secret'],
  ];
  for (const [text, secret, kind] of secrets) {
    it(`finds the ${kind} in ${JSON.stringify(text.replaceAll(secret, '…'))}`, () => {
      const start = text.indexOf(secret);
      assert.deepEqual(findSecrets(text), [{ kind, start, end: start + secret.length }]);
    });
  }

  const harmless: readonly string[] = [
    'const token = readToken(request);',
    'password = config.database.password',
    'const apiKey = process.env.API_KEY;',
    'api_key = "your-api-key-goes-here-12"',
    'password: "${DB_PASSWORD_1}"',
    'secret: {{ .Values.secret1 }}',
    'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'if (text.includes("-----BEGIN PRIVATE KEY-----")) throw new Error("no keys");',
    'https://example.com:8443/a@b',
    'tokenCount: 123456789',
    'token_type: "Bearer"',
    'passwordField = "login_form_2_password"',
    'function tokenize(source: string): Token[] {',
    'the author of this token system wrote it in 2019',
    `sha256: ${hex}${hex}${hex}${hex}`,
    'const total = items.reduce((sum, item) => sum + item.price, 0);',
  ];
  for (const text of harmless) it(`finds nothing in ${JSON.stringify(text)}`, () => assert.deepEqual(findSecrets(text), []));

  it('joins matches that overlap and keeps others apart', () => {
    const a = { kind: 'a', start: 0, end: 10 };
    const b = { kind: 'b', start: 5, end: 30 };
    const c = { kind: 'c', start: 30, end: 31 };
    assert.deepEqual(mergeMatches([c, b, a]), [{ kind: 'b', start: 0, end: 30 }, c]);
  });

  it('takes time in proportion to the text, whatever the text', () => {
    const seeds = [
      'password=',
      'eyJaaaaaaaaaaaa.',
      '-----BEGIN PRIVATE KEY-----',
      'sk-',
      'https://',
      'token: "',
      'curl -u ',
      'PuTTY-User-Key-File-2: ',
    ];
    for (const seed of seeds) {
      const text = seed.repeat(400_000 / seed.length);
      const start = performance.now();
      findSecrets(text);
      // A quadratic pattern takes minutes here, a linear one a few tenths of a second on a busy machine.
      assert.equal(performance.now() - start < 5_000, true, seed);
    }
  });

  it('measures entropy', () => {
    assert.equal(entropy('aaaa'), 0);
    assert.equal(entropy('abcd'), 2);
  });
});
