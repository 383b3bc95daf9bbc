// Prints failures only, and writes every result as JSON to the file named by the reporter option `output`.
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const Mocha = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL } = Mocha.Runner.constants;

module.exports = class JsonReporter extends Mocha.reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const tests = new Map();
    const record = (test, error) => {
      // Between processes a test travels as a copy, and keeps its id.
      const key = test.__mocha_id__ ?? test;
      const known = tests.get(key) ?? {};
      tests.set(key, {
        ...known,
        title: test.fullTitle(),
        file: test.file ? path.relative(process.cwd(), test.file) : undefined,
        state: test.pending ? 'skipped' : (test.state ?? 'failed'),
        ms: test.duration ?? 0,
        ...(error ? { error: error.stack ?? String(error) } : {}),
      });
    };
    // A hook that fails is no test, but its failure counts.
    runner.on(EVENT_TEST_FAIL, (test, error) => record(test, error));
    runner.on(EVENT_TEST_END, (test) => record(test));
    runner.once(EVENT_RUN_END, () => {
      if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
      const output = options.reporterOptions?.output ?? options.reporterOption?.output;
      if (!output) return;
      const all = [...tests.values()];
      const count = (state) => all.filter((test) => test.state === state).length;
      const summary = {
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        ms: this.stats.duration ?? 0,
        tests: all,
      };
      mkdirSync(path.dirname(output), { recursive: true });
      writeFileSync(output, `${JSON.stringify(summary, undefined, 2)}\n`);
    });
  }
};
