// Reads the table of rooms, src/rooms.json, and turns each row into a rule.
const rooms = require('./src/rooms.json');

const isFile = (room) => room.endsWith('.ts');
const pathOf = (room) => (isFile(room) ? `^src/${room.replace('.', '\\.')}$` : `^src/${room}/`);

const roomRules = Object.entries(rooms)
  .filter(([, may]) => may !== 'everything')
  .map(([room, may]) => ({
    name: `room-${room}`,
    severity: 'error',
    comment:
      `\`${room}\` may import ${may.length > 0 ? may.join(', ') : 'no other room'}. Say what you need as a port in src/contracts and let ` +
      'src/kernel or src/extension.ts hand it in; if the flow really does not fit, change src/rooms.json with an ADR.',
    from: { path: pathOf(room) },
    to: { path: '^src/', pathNot: [pathOf(room), ...may.map(pathOf)] },
  }));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'known-room',
      severity: 'error',
      comment: 'Every file of src/ belongs to a room of src/rooms.json. Move it into one, or add the room to the table with an ADR.',
      from: { path: '^src/', pathNot: Object.keys(rooms).map(pathOf) },
      to: {},
    },
    {
      name: 'vscode-only-in-editor',
      severity: 'error',
      comment:
        'Only src/editor and src/extension.ts know VS Code. Put what you need behind a port in src/contracts and adapt it in src/editor.',
      from: { path: '^src/', pathNot: ['^src/editor/', '^src/extension\\.ts$'] },
      to: { path: '^vscode$|node_modules/@types/vscode' },
    },
    {
      name: 'webview-speaks-protocol',
      severity: 'error',
      comment:
        'A webview imports src/protocol, what of src/base runs in a browser, and nothing else of src/. Map the value to the protocol in src/editor.',
      from: { path: '^webview-ui/' },
      to: { path: '^src/', pathNot: '^src/(protocol|base)/' },
    },
    {
      name: 'editor-is-not-imported',
      severity: 'error',
      comment: 'Nothing but src/extension.ts imports the editor: the kernel must run without it.',
      from: { path: '^src/', pathNot: ['^src/editor/', '^src/extension\\.ts$'] },
      to: { path: '^src/editor/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files need each other. Move what both need into a third, or hand one to the other as an argument.',
      from: { path: '^(src|webview-ui)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'This import leads nowhere. Mend its path or add the package.',
      from: { path: '^(src|webview-ui)/' },
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
