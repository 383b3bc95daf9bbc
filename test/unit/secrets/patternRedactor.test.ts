import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findSecrets } from '../../../src/secrets/findSecrets.ts';
import { PatternRedactor } from '../../../src/secrets/patternRedactor.ts';
import { password, secretText } from './secretText.ts';

const redactor = new PatternRedactor();

describe('PatternRedactor', () => {
  it('names the kind where the secret was', () => {
    const token = ['gho', `${password}2aB3d`].join('_');
    assert.equal(redactor.redact(`push with ${token}, then stop`), 'push with [redacted: github-token], then stop');
    assert.equal(redactor.redact('nothing to hide'), 'nothing to hide');
  });

  it('leaves no secret it finds, for any text', () => {
    fc.assert(
      fc.property(secretText, (text) => {
        const clean = redactor.redact(text);
        assert.deepEqual(findSecrets(clean), []);
        const secrets = findSecrets(text).map(({ start, end }) => text.slice(start, end));
        // A shorter one may be an ordinary word elsewhere.
        for (const secret of secrets.filter(({ length }) => length >= 8)) assert.equal(clean.includes(secret), false);
      }),
      { numRuns: 500 },
    );
  });

  it('takes out a secret where it stands without its name, too', () => {
    const clean = redactor.redact(`password = "${password}" and later x${password}y`);
    assert.equal(clean, 'password = "[redacted: assigned-secret]" and later x[redacted: assigned-secret]y');
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(secretText, (text) => {
        const clean = redactor.redact(text);
        assert.equal(redactor.redact(clean), clean);
      }),
      { numRuns: 500 },
    );
  });

  it('hides a secret that shows only once its neighbour is gone, and nothing around', () => {
    const text = `see hooks.slack.com/services/${password.repeat(4).slice(0, 120)}AKIAQ7ZK2LW9XC4VB8NM now`;
    assert.equal(findSecrets(text).length, 1);
    assert.equal(redactor.redact(text), 'see hooks.slack.com/services/[redacted: slack-webhook][redacted: aws-access-key-id] now');
  });
});
