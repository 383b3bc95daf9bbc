export interface ApprovalPage {
  /** Where the webview may load files from, in Content-Security-Policy words. */
  readonly cspSource: string;
  readonly nonce: string;
  /** For the one empty style sheet the components make to try `:focus-visible`. Apart from `nonce`, because the page can read it. */
  readonly styleNonce: string;
  readonly script: string;
  readonly style: string;
}

/** The page of the approval panel: nothing runs or loads but our one script, our one style sheet and the icon font. Pictures come as data. */
export function approvalHtml({ cspSource, nonce, styleNonce, script, style }: ApprovalPage): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${styleNonce}'; font-src ${cspSource}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Review</title>
<link rel="stylesheet" href="${style}">
<script nonce="${nonce}" src="${script}" defer></script>
</head>
<body></body>
</html>`;
}
