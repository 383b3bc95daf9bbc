// The main module of GoNoGo as the benchmark runs it: measures how long GoNoGo takes to load and to activate, then the extension host's
// event loop until the file `GONOGO_PROBE_STOP` appears.
const { existsSync, renameSync, writeFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const started = performance.now();
const extension = require('./dist/extension.js');
const loadMs = performance.now() - started;

async function watch(activateMs) {
  // What the start itself costs is in the figure before; from here on it is the mission's.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  while (!existsSync(process.env.GONOGO_PROBE_STOP)) await new Promise((resolve) => setTimeout(resolve, 50));
  delay.disable();
  const figures = { activateMs, maxDelayMs: delay.max / 1e6, heapMb: process.memoryUsage().heapUsed / 1024 / 1024 };
  const report = process.env.GONOGO_PROBE_REPORT;
  writeFileSync(`${report}.part`, JSON.stringify(figures));
  renameSync(`${report}.part`, report);
}

exports.activate = async (context) => {
  const before = performance.now();
  const api = await extension.activate(context);
  void watch(loadMs + performance.now() - before);
  return api;
};
exports.deactivate = () => extension.deactivate();
