/** Every id that package.json knows too; a test holds the two together. */
export const commands = {
  launch: 'gonogo.launchMission',
  showApprovals: 'gonogo.showApprovals',
  showLedger: 'gonogo.showLedger',
  stopEverything: 'gonogo.stopEverything',
  rollBack: 'gonogo.rollBackMission',
  showHealth: 'gonogo.showHealth',
  setUpModel: 'gonogo.setUpModel',
  testModel: 'gonogo.testModel',
  forgetModelKey: 'gonogo.forgetModelKey',
  cancelMission: 'gonogo.cancelMission',
  reopenMission: 'gonogo.reopenMission',
  reviewMission: 'gonogo.reviewMission',
  moveUp: 'gonogo.moveMissionUp',
  moveDown: 'gonogo.moveMissionDown',
  setPriority: 'gonogo.setMissionPriority',
  pauseMission: 'gonogo.pauseMission',
  continueMission: 'gonogo.continueMission',
  pauseQueue: 'gonogo.pauseQueue',
  continueQueue: 'gonogo.continueQueue',
  whyWaiting: 'gonogo.whyWaiting',
  resetNotifications: 'gonogo.resetNotifications',
  duplicatePreset: 'gonogo.duplicatePreset',
  applyAgain: 'gonogo.applyMissionAgain',
  compareMission: 'gonogo.compareMission',
  putMerge: 'gonogo.putMerge',
} as const;

export const views = {
  missions: 'gonogo.missions',
  approvals: 'gonogo.approvals',
  health: 'gonogo.health',
} as const;

/** Values of `viewItem` that menus ask for. */
export const missionContexts = {
  waiting: 'mission.waiting',
  held: 'mission.held',
  working: 'mission.working',
  reviewable: 'mission.reviewable',
  parked: 'mission.parked',
  applied: 'mission.applied',
  rolledBack: 'mission.rolled-back',
  ended: 'mission.ended',
} as const;

/** Context keys that this extension sets and menus ask for. */
export const contexts = {
  /** Untitled documents that hold a merge. */
  merges: 'gonogo.merges',
  /** Set while a person has paused the whole queue. */
  queuePaused: 'gonogo.queuePaused',
} as const;

/** The type of the approval panel: `onWebviewPanel:` brings it back after a reload. */
export const approvalViewType = 'gonogo.approval';

/** The scheme of reviewed content: `onFileSystem:` brings an open diff back after a reload. */
export const reviewScheme = 'gonogo-review';
