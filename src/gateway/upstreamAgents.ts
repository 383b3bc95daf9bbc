import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

/**
 * Connections to the upstreams, kept open between calls. Agents of our own, because Node's global ones may follow the proxy settings of
 * the environment. Beside the authorities Node brings, those this machine trusts count: a company's model server is often signed by one.
 */
export class UpstreamAgents implements Disposable {
  readonly http = new http.Agent({ keepAlive: true });
  readonly #authorities: () => readonly string[] | undefined;
  #https: https.Agent | undefined;

  /** @param authorities certificates in PEM, `undefined` for Node's own; asked when the first `https` address is called */
  constructor(authorities: () => readonly string[] | undefined = machineAuthorities) {
    this.#authorities = authorities;
  }

  get https(): https.Agent {
    // One context for all connections: reading some hundred certificates takes its time.
    this.#https ??= new https.Agent({ keepAlive: true, secureContext: tls.createSecureContext({ ca: this.#authorities()?.slice() }) });
    return this.#https;
  }

  [Symbol.dispose](): void {
    this.http.destroy();
    this.#https?.destroy();
  }
}

function machineAuthorities(): readonly string[] | undefined {
  try {
    return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
  } catch {
    // A machine whose own list cannot be read still has Node's, which trusts fewer.
    return undefined;
  }
}
