import * as vscode from 'vscode';
import type { RequestId } from '../base/ids.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import { notificationText, oneLine } from './plainText.ts';

/** Tells once of each review that waits and of each mission that ended in this window. */
export class Notifications {
  readonly #review: (id: RequestId) => void;
  readonly #asked = new Set<string>();
  readonly #status = new Map<string, string>();
  #first = true;

  constructor(review: (id: RequestId) => void) {
    this.#review = review;
  }

  update(snapshot: KernelSnapshot): void {
    const fresh = snapshot.approvals.filter((request) => !this.#asked.has(request.id));
    for (const request of fresh) this.#asked.add(request.id);
    for (const mission of snapshot.missions) this.#follow(mission);
    this.#first = false;
    const [request] = fresh;
    if (!request) return;
    const goal = snapshot.missions.find((mission) => mission.id === request.missionId)?.goal;
    const what = notificationText(oneLine(goal ?? request.title, 60));
    const text = fresh.length === 1 ? `“${what}” waits for your review.` : `${fresh.length} requests wait for your review.`;
    void vscode.window.showInformationMessage(text, 'Review').then((choice) => {
      if (choice === 'Review') this.#review(request.id);
    });
  }

  #follow(mission: MissionView): void {
    const before = this.#status.get(mission.id);
    this.#status.set(mission.id, mission.status);
    // What had ended before this window opened is no news.
    if (this.#first || before === undefined || before === mission.status) return;
    const goal = `“${notificationText(oneLine(mission.goal, 60))}”`;
    if (mission.status === 'failed')
      void vscode.window.showWarningMessage(`${goal} failed. ${notificationText(mission.detail, { limit: 400 })}`);
    else if (mission.status === 'parked')
      void vscode.window.showWarningMessage(`${goal} is parked. ${notificationText(mission.detail, { limit: 400 })}`);
    else if (mission.status === 'done')
      void vscode.window.showInformationMessage(`${goal} is in your workspace. Its way back: GoNoGo: Roll Back Mission…`);
  }
}
