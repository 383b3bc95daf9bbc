import '../shared/withoutEval.ts';
import '@vscode/codicons/dist/codicon.css';
import './approval.css';
import { approvalChannel } from '../../src/protocol/approval.ts';
import { ChannelClient } from '../../src/protocol/channelClient.ts';
import { h } from '../shared/h.ts';
import '../shared/host.ts';
import { ApprovalApp } from './approvalApp.ts';
import { PanelState } from './panelState.ts';

const host = acquireVsCodeApi();
const root = h('main', { class: 'review' });
document.body.append(root);

const channel = new ChannelClient(approvalChannel, {
  post: (message) => host.postMessage(message),
  events: { review: (event) => app.show(event) },
  problem: ({ code, message }) => (code === 'invalid-message' ? app.fail(message) : app.problem(message)),
});
const app = new ApprovalApp({ root, channel, state: new PanelState(host), now: () => Date.now() });

window.addEventListener('message', (event) => channel.receive(event.data));
window.addEventListener('pagehide', () => channel.dispose());
window.setInterval(() => app.tick(), 1_000);
channel.request('ready', {}).catch((error: unknown) => app.fail(error instanceof Error ? error.message : String(error)));
