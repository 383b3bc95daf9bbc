import * as vscode from 'vscode';
import { formatUsd } from '../base/money.ts';
import { worst, type HealthItem, type HealthLevel } from '../contracts/health.ts';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';
import { commands } from './ids.ts';
import { meterWords } from './words.ts';

const icons: Readonly<Record<HealthLevel, string>> = { healthy: '$(pass)', degraded: '$(warning)', unhealthy: '$(error)' };
const backgrounds: Readonly<Record<HealthLevel, string | undefined>> = {
  healthy: undefined,
  degraded: 'statusBarItem.warningBackground',
  unhealthy: 'statusBarItem.errorBackground',
};

/** Health, what waits for the person, and what was spent today, in one place. A click opens the report. */
export class StatusBar implements Disposable {
  readonly #item = vscode.window.createStatusBarItem('gonogo.health', vscode.StatusBarAlignment.Left, 50);

  constructor() {
    this.#item.name = 'GoNoGo';
    this.#item.command = commands.showHealth;
    this.#item.text = '$(sync~spin) GoNoGo';
    this.#item.tooltip = 'GoNoGo is starting';
    this.#item.show();
  }

  update(snapshot: KernelSnapshot, more: readonly HealthItem[], alertAt: number): void {
    const level = worst([snapshot.health.level, ...more.map((item) => item.level)]);
    const day = snapshot.meters.find((meter) => meter.scope === 'day');
    const waiting = snapshot.approvals.length;
    const budget = day ? ` $(credit-card) ${formatUsd(day.spent)} of ${formatUsd(day.limit)}` : '';
    this.#item.text = `${icons[level]} GoNoGo${waiting > 0 ? ` $(bell-dot) ${waiting}` : ''}${budget}`;
    const near = day !== undefined && day.spent + day.reserved >= day.limit * alertAt;
    const background = backgrounds[level] ?? (near ? 'statusBarItem.warningBackground' : undefined);
    this.#item.backgroundColor = background ? new vscode.ThemeColor(background) : undefined;
    const troubles = [...snapshot.health.items, ...more]
      .filter((item) => item.level !== 'healthy')
      .map((item) => `${item.name}: ${item.message}`);
    const lines = [
      `GoNoGo is ${level}`,
      ...troubles,
      waiting === 0 ? 'Nothing waits for you' : `${waiting} ${waiting === 1 ? 'review waits' : 'reviews wait'} for you`,
      ...snapshot.meters.map(meterWords),
    ];
    this.#item.tooltip = lines.join('\n');
    this.#item.accessibilityInformation = { label: lines.join('. '), role: 'button' };
  }

  [Symbol.dispose](): void {
    this.#item.dispose();
  }
}
