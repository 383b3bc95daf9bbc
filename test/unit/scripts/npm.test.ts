import assert from 'node:assert/strict';
import { explainNpmFailure } from '../../../scripts/lib/npm.mjs';

describe('explainNpmFailure', () => {
  const rows: [string, RegExp][] = [
    [
      'npm error code ENOTFOUND\nnpm error network request to https://registry.invalid/zod failed',
      /registry cannot be reached \(ENOTFOUND\)/,
    ],
    ['npm ERR! code SELF_SIGNED_CERT_IN_CHAIN', /registry cannot be reached \(SELF_SIGNED_CERT_IN_CHAIN\)/],
    ['npm error code E404\nnpm error 404 Not Found', /failed with E404: check that the registry holds it/],
    ['npm error code EUSAGE\nnpm error `npm ci` can only install', /failed with EUSAGE: bring package-lock\.json in line/],
    ['npm error Cannot read properties of null', /failed: Cannot read properties of null\./],
    ['', /failed: npm gave no reason\./],
  ];
  for (const [output, expected] of rows) {
    it(`says one sentence about ${JSON.stringify(output.split('\n')[0])}`, () => {
      const said = explainNpmFailure('Installing dependencies', output);
      assert.match(said, expected);
      assert.ok(!said.includes('\n'));
    });
  }
});
