import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { sha256 } from '../../src/base/digest.ts';
import type { RequestId } from '../../src/base/ids.ts';
import type { ApprovalRequest } from '../../src/contracts/approval.ts';
import type { KernelApi, MissionView, ReviewDetail } from '../../src/contracts/kernelApi.ts';
import { ReviewDiagnostics } from '../../src/editor/diagnostics.ts';
import { DiffContent, reviewUri } from '../../src/editor/diffContent.ts';
import { RecordingLogger } from '../unit/editor/approvals/fakes.ts';
import { detail, file, mission, missionId, request } from '../unit/editor/approvals/samples.ts';

/** The extension itself has the real scheme. */
const scheme = 'gonogo-review-diagnostics-test';
const text = 'const a = 1;\neval(a);\n';
const total = file({ path: 'src/total.ts', beforeSha256: sha256(Buffer.from('')), afterSha256: sha256(Buffer.from(text)) });
const uri = reviewUri(missionId, 'after', total).with({ scheme });

class InMemoryReviews implements Pick<KernelApi, 'review' | 'blob'> {
  reviews = 0;
  broken: Error | undefined;
  /** Called before each answer. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  review = async (id: RequestId): Promise<ReviewDetail> => {
    this.reviews++;
    await this.meanwhile();
    if (this.broken) throw this.broken;
    const reason = 'src/total.ts:2 runs text as code (eval); check where the text comes from.';
    const location = { path: 'src/total.ts', line: 2 };
    const findings = [{ check: 'calls', effect: 'hold', code: 'eval-like-call', reason, location } as const];
    return { ...detail, files: [total], findings, request: { ...request, id } };
  };

  blob: KernelApi['blob'] = (_id, side) => Promise.resolve(Buffer.from(side === 'after' ? text : ''));
}

describe('findings in Problems', () => {
  const kernel = new InMemoryReviews();
  const logger = new RecordingLogger();
  let content: DiffContent;
  let diagnostics: ReviewDiagnostics;

  beforeEach(() => {
    kernel.reviews = 0;
    kernel.broken = undefined;
    kernel.meanwhile = () => Promise.resolve();
    content = new DiffContent(kernel, scheme);
    diagnostics = new ReviewDiagnostics(kernel, logger, scheme);
  });
  afterEach(() => {
    diagnostics[Symbol.dispose]();
    content[Symbol.dispose]();
  });

  const shown = (): vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri);
  const missions = [mission];
  const waiting: { approvals: readonly ApprovalRequest[]; missions: readonly MissionView[] } = { approvals: [request], missions };

  it('stand on the reviewed line while the review waits, and go with it', async () => {
    await diagnostics.update(waiting);
    assert.deepEqual(
      shown().map(({ message, code, source, severity, range }) => ({ message, code, source, severity, line: range.start.line })),
      [
        {
          message: 'Runs text as code (eval); check where the text comes from.',
          code: 'eval-like-call',
          source: 'GoNoGo',
          severity: vscode.DiagnosticSeverity.Warning,
          line: 1,
        },
      ],
    );
    await diagnostics.update({ approvals: [], missions });
    assert.deepEqual(shown(), []);
  });

  it('go when the review is decided though still listed, and when GoNoGo ends', async () => {
    await diagnostics.update(waiting);
    assert.equal(shown().length, 1);
    await diagnostics.update({ approvals: [{ ...request, state: { status: 'expired', at: 1 } }], missions });
    assert.deepEqual(shown(), []);
    await diagnostics.update(waiting);
    assert.equal(shown().length, 1);
    diagnostics[Symbol.dispose]();
    assert.deepEqual(shown(), []);
  });

  it('are asked for once, and follow the newer request of a mission', async () => {
    await diagnostics.update(waiting);
    await diagnostics.update(waiting);
    assert.equal(kernel.reviews, 1);
    await diagnostics.update({ approvals: [{ ...request, id: '019a1f00-0000-7000-8000-0000000000ff' as RequestId }], missions });
    assert.equal(kernel.reviews, 2);
    assert.equal(shown().length, 1);
  });

  it('do not come back when the review ended while they were asked for', async () => {
    kernel.meanwhile = () => diagnostics.update({ approvals: [], missions });
    await diagnostics.update(waiting);
    assert.equal(kernel.reviews, 1);
    assert.deepEqual(shown(), []);
  });

  it('are left to the window that runs the mission', async () => {
    await diagnostics.update({ ...waiting, missions: [{ ...mission, elsewhere: true }] });
    assert.equal(kernel.reviews, 0);
    assert.deepEqual(shown(), []);
  });

  it('are tried again after a failure, which is logged', async () => {
    kernel.broken = new Error('the kernel is gone');
    await diagnostics.update(waiting);
    assert.deepEqual(shown(), []);
    assert.equal(JSON.stringify(logger.lines).includes('the kernel is gone'), true);
    kernel.broken = undefined;
    await diagnostics.update(waiting);
    assert.equal(shown().length, 1);
  });

  it('lead to the review and to the change, and nowhere else', async () => {
    await diagnostics.update(waiting);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.getText(), text);
    const at = new vscode.Range(1, 0, 1, 4);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, at);
    // VS Code adds one of its own.
    const fixes = (from: vscode.CodeAction[]): vscode.CodeAction[] =>
      from.filter(({ kind, title }) => kind?.value === vscode.CodeActionKind.QuickFix.value && title !== 'More...');
    const ours = fixes(actions);
    assert.deepEqual(
      ours.map(({ title, command }) => [title, command?.command.replace(/^\w+\./, '')]),
      [
        ['Open the Review', 'showApprovals'],
        // VS Code puts a command of its own in the place of `vscode.diff`.
        ['Show the Change', 'diff'],
      ],
    );
    assert.deepEqual(ours[0]?.command?.arguments, [request.id]);
    const elsewhere = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri,
      new vscode.Range(0, 0, 0, 4),
    );
    assert.deepEqual(fixes(elsewhere), []);
  });
});
