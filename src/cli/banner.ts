import type { Config } from '../config.ts';
import type { Gateway } from '../gateway.ts';
import { version } from '../version.ts';

/** What a person sees first: where the gateway listens, and a line to try it with. */
export function bannerOf(config: Config, gateway: Gateway): string {
  const host = config.http.host.includes(':') ? `[${config.http.host}]` : config.http.host;
  const url = `http://${host}:${gateway.httpPort}`;
  if (gateway.demoToken === null) return `Chappe ${version} listens on ${url}`;
  return `
Chappe ${version}: the rehearsal stage

  Messages   POST ${url}/v1.0/message
  Handsets   ${url}/api/handsets
  Reports    ${config.demoWebhook ?? `${url}/api/callbacks`}
  Metrics    ${url}/metrics
  Token      ${gateway.demoToken}

Send a message:

  curl -s ${url}/v1.0/message \\
    -H 'X-CM-PRODUCTTOKEN: ${gateway.demoToken}' \\
    -d '{"messages":{"msg":[{"from":"Bakery","to":[{"number":"0031612345678"}],
         "body":{"type":"auto","content":"Your bread is ready"},"reference":"order4711"}]}}'

Look at the phone it arrived on:

  curl -s ${url}/api/handsets/0031612345678

What happens is shown here. Ctrl-C stops.
`;
}
