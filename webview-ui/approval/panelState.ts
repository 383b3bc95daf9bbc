import { approvalStateSchema } from '../../src/protocol/approval.ts';
import type { ApprovalState } from '../../src/protocol/approval.ts';
import type { VsCodeApi } from '../shared/host.ts';

/** What survives a reload of the window: which request and file, how far scrolled, and the reason being typed. */
export class PanelState {
  readonly #host: VsCodeApi;
  #value: ApprovalState;

  constructor(host: VsCodeApi) {
    this.#host = host;
    const kept = approvalStateSchema.safeParse(host.getState());
    this.#value = kept.success ? kept.data : approvalStateSchema.parse({});
  }

  get value(): ApprovalState {
    return this.#value;
  }

  set(change: Partial<ApprovalState>): void {
    this.#value = { ...this.#value, ...change };
    this.#host.setState(this.#value);
  }

  /** Another request: nothing of the last one may colour it. */
  begin(requestId: string): void {
    if (requestId !== this.#value.requestId) this.set({ ...approvalStateSchema.parse({}), requestId });
  }
}
