/** A published shape of a token. Every repetition is bounded and starts at a literal, so that matching takes linear time. */
interface SecretPattern {
  readonly kind: string;
  /** Global. The group `secret`, else the whole match, is what is secret. */
  readonly regex: RegExp;
}

const start = '(?<![A-Za-z0-9_])';
const end = '(?![A-Za-z0-9])';

/** A token that has a prefix of its own. */
function token(kind: string, shape: string): SecretPattern {
  return { kind, regex: new RegExp(`${start}(?:${shape})${end}`, 'g') };
}

export const secretPatterns: readonly SecretPattern[] = [
  // Stops at the next line of dashes, so a missing end costs nothing; a run of base64 tells a key from its mention.
  {
    kind: 'private-key',
    regex:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?=(?:[^-]|-(?!-)){0,400}?[A-Za-z0-9+/]{20})(?:[^-]|-(?!-)){20,16384}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  { kind: 'putty-private-key', regex: /PuTTY-User-Key-File-\d: (?:(?!PuTTY-User|Private-MAC)[^]){20,8192}Private-MAC: [0-9a-f]{40,64}/g },
  token('jwt', 'eyJ[A-Za-z0-9_-]{10,4000}\\.eyJ[A-Za-z0-9_-]{10,8000}(?:\\.[A-Za-z0-9_-]{10,2000})?'),
  {
    kind: 'url-password',
    regex: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"<>{}$%]{0,100}:(?<secret>[^\s@/'"<>{}$*]{3,200})@(?=[A-Za-z0-9[])/gi,
  },
  {
    kind: 'authorization-header',
    regex: /\bauthorization["']?\s{0,5}[:=]\s{0,5}["']?(?:bearer|basic|token)\s{1,5}(?<secret>[A-Za-z0-9+/_.~=-]{16,4000})/gi,
  },
  {
    kind: 'command-line-password',
    regex: /\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[ =]{1,2}["']?[^\s:"'$<>{]{1,100}:(?<secret>[^\s"'$<>{]{3,200})/g,
  },

  token('aws-access-key-id', '(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}'),
  token('aws-bedrock-key', 'ABSK[A-Za-z0-9+/]{109,269}={0,2}'),
  token('github-token', 'gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{36,255}'),
  token('gitlab-token', 'gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|oas|ffct|agent|wt)-[A-Za-z0-9_-]{20,300}|GR1348941[A-Za-z0-9_-]{20,50}'),
  token(
    'openai-key',
    'sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}|sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}|sk-[A-Za-z0-9]{40,64}',
  ),
  token('anthropic-key', 'sk-ant-[a-z]{2,10}\\d{2}-[A-Za-z0-9_-]{60,200}'),
  token('stripe-key', '(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,200}|whsec_[A-Za-z0-9+/]{24,80}'),
  token('slack-token', 'xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,300}|xapp-\\d-[A-Z0-9]{5,30}-\\d{5,30}-[A-Za-z0-9]{20,100}'),
  { kind: 'slack-webhook', regex: /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[A-Za-z0-9+/]{20,120})/g },
  { kind: 'discord-webhook', regex: /\bdiscord(?:app)?\.com\/api\/webhooks\/\d{15,25}\/(?<secret>[\w-]{40,100})/g },
  { kind: 'teams-webhook', regex: /\b[\w-]{1,60}\.webhook\.office\.com\/webhookb2\/(?<secret>[\w@/-]{80,260})/g },
  token('google-api-key', 'AIza[A-Za-z0-9_-]{35}'),
  token('google-oauth-secret', 'GOCSPX-[A-Za-z0-9_-]{28}|ya29\\.[A-Za-z0-9_-]{30,400}'),
  token('npm-token', 'npm_[A-Za-z0-9]{36}'),
  token('pypi-token', 'pypi-AgE[A-Za-z0-9_-]{40,1000}'),
  token('rubygems-token', 'rubygems_[a-f0-9]{48}'),
  token('crates-token', 'cio[A-Za-z0-9]{32}'),
  token('sendgrid-key', 'SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'),
  token('sendinblue-key', 'xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}'),
  token('mailgun-key', 'key-[a-f0-9]{32}'),
  token('mailchimp-key', '[a-f0-9]{32}-us\\d{1,2}'),
  token('twilio-key', 'SK[a-f0-9]{32}'),
  token('huggingface-token', '(?:hf_|api_org_)[A-Za-z]{34}'),
  token('groq-key', 'gsk_[A-Za-z0-9]{52}'),
  token('xai-key', 'xai-[A-Za-z0-9]{80}'),
  token('perplexity-key', 'pplx-[A-Za-z0-9]{48}'),
  token('replicate-token', 'r8_[A-Za-z0-9]{37}'),
  token('digitalocean-token', 'do[opr]_v1_[a-f0-9]{64}'),
  token('cloudflare-token', 'v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}'),
  token('databricks-token', 'dapi[a-f0-9]{32}(?:-\\d)?'),
  token('vault-token', 'hv[sb]\\.[A-Za-z0-9_-]{24,300}'),
  token('terraform-token', '[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70}'),
  token('atlassian-token', 'ATATT3[A-Za-z0-9_=-]{100,300}'),
  token('bitbucket-token', 'ATBB[A-Za-z0-9]{32}'),
  token('linear-key', 'lin_api_[A-Za-z0-9]{40}'),
  token('notion-token', 'ntn_\\d{11}[A-Za-z0-9]{35}'),
  token('figma-token', 'figd_[A-Za-z0-9_-]{40}'),
  token('airtable-token', 'pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}'),
  token('postman-key', 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}'),
  token('shopify-token', 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}'),
  token('square-token', '(?:EAAA|sq0atp-|sq0csp-)[A-Za-z0-9_-]{22,60}'),
  token('facebook-token', 'EAA[MC][A-Za-z0-9]{60,300}'),
  token('dropbox-token', 'sl\\.[A-Za-z0-9_=-]{130,152}'),
  token('telegram-token', '\\d{8,10}:A[A-Za-z0-9_-]{34}'),
  token('discord-token', '[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}'),
  token('doppler-token', 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,60}'),
  token('grafana-token', 'glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2}'),
  token('new-relic-key', 'NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32}|NRJS-[a-f0-9]{19}'),
  token('dynatrace-token', 'dt0c01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}'),
  token('sentry-token', 'sntrys_eyJ[A-Za-z0-9+/=_]{40,600}|sntryu_[a-f0-9]{64}'),
  token('planetscale-token', 'pscale_(?:pw|tkn|oauth)_[A-Za-z0-9=._-]{32,64}'),
  token('pulumi-token', 'pul-[a-f0-9]{40}'),
  token('prefect-key', 'pnu_[A-Za-z0-9]{36}'),
  token('artifactory-key', 'AKCp[A-Za-z0-9]{69}|cmVmdGtu[A-Za-z0-9]{56}'),
  token('age-secret-key', 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
  token(
    '1password-token',
    'ops_eyJ[A-Za-z0-9+/]{250,2000}={0,3}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}',
  ),
  token('alibaba-key', 'LTAI[A-Za-z0-9]{20}'),
  token('easypost-key', 'EZ[AT]K[A-Za-z0-9]{54}'),
  token('flutterwave-key', 'FLWSECK_TEST-[a-hA-H0-9]{32}-X|FLWSECK-[a-z0-9]{32}-X'),
  token('gocardless-token', 'live_[A-Za-z0-9_=-]{40}'),
  token('duffel-token', 'duffel_(?:test|live)_[A-Za-z0-9_=-]{43}'),
  token('frameio-token', 'fio-u-[A-Za-z0-9_=-]{64}'),
  token('shippo-token', 'shippo_(?:live|test)_[a-fA-F0-9]{40}'),
  token('typeform-token', 'tfp_[A-Za-z0-9._=-]{59}'),
  token('readme-key', 'rdme_[a-z0-9]{70}'),
  token('infracost-token', 'ico-[A-Za-z0-9]{32}'),
  token('scalingo-token', 'tk-us-[A-Za-z0-9_-]{48}'),
  token('sourcegraph-token', 'sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}'),
  token('adobe-secret', 'p8e-[A-Za-z0-9]{32}'),
  token('clojars-token', 'CLOJARS_[a-z0-9]{60}'),
  token('azure-storage-key', '(?<=AccountKey=)[A-Za-z0-9+/]{86}=='),
  token('azure-ad-secret', '[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}'),
  token('openshift-token', 'sha256~[A-Za-z0-9_-]{43}'),
];

/** Names whose assigned value is secret when it looks like one. Matched without case, as the tail of an identifier. */
export const secretNames: readonly string[] = [
  'api[_-]?key',
  'apikey',
  'access[_-]?key(?:[_-]?id)?',
  'account[_-]?key',
  'secret[_-]?key',
  'private[_-]?key',
  'encryption[_-]?key',
  'signing[_-]?key',
  'license[_-]?key',
  'auth[_-]?key',
  'secret',
  'token',
  'password',
  'passwd',
  'passphrase',
  'passwort',
  'pwd',
  'pass',
  'pw',
  'credentials?',
  'auth',
];

/** A token's shape with its secret crossed out. */
export const mask = /x{5,}|\*{3,}|\.{3,}/i;

/** Assigned values that only stand for a secret. */
export const placeholder = new RegExp(
  [
    '^(?:true|false|null|none|undefined|nil|string|required|optional|enabled|disabled)$',
    'example|sample|placeholder|change.?me|replace.?me|redacted|dummy|insert|your[-_ ]|my[-_]?(?:secret|password|token|key)|^(?:test|fake)[-_]',
    '<[^>]*>|\\$\\{|\\{\\{|%[sd(]|\\$\\(|^\\$|process\\.env|os\\.environ|getenv',
    '(.)\\1{9,}|abcdefghij|0123456789|x{5,}|\\*{3,}|\\.{3,}',
  ].join('|'),
  'i',
);
