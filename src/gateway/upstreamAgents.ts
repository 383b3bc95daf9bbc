import http from 'node:http';
import https from 'node:https';

/**
 * Connections to the upstreams, kept open between calls. Agents of our own, because Node's global ones may follow the proxy settings of
 * the environment.
 */
export class UpstreamAgents implements Disposable {
  readonly http = new http.Agent({ keepAlive: true });
  readonly https = new https.Agent({ keepAlive: true });

  [Symbol.dispose](): void {
    this.http.destroy();
    this.https.destroy();
  }
}
