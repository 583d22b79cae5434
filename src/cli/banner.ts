import { demoSmppPassword } from '../accounts.ts';
import type { Config } from '../config.ts';
import { version } from '../version.ts';
import { urlOf } from './url.ts';

/** What a person sees first of a rehearsal: where things are, and a line to try it with. */
export function bannerOf(
  config: Config,
  ports: { readonly httpPort: number; readonly smppPort: number },
  token: string,
): string {
  const url = urlOf(config.http.host, ports.httpPort);
  return `
Chappe ${version}: the rehearsal stage

  Messages   POST ${url}/v1.0/message
  SMPP       ${config.smpp.host}:${ports.smppPort}, system_id demo, password ${demoSmppPassword(token)}
  Handsets   ${url}/api/handsets
  Reports    ${config.demoWebhook ?? `${url}/api/callbacks`}
  Metrics    ${url}/metrics
  Token      ${token}

Send a message:

  curl -s ${url}/v1.0/message \\
    -H 'X-CM-PRODUCTTOKEN: ${token}' \\
    -d '{"messages":{"msg":[{"from":"Bakery","to":[{"number":"0031612345678"}],
         "body":{"type":"auto","content":"Your bread is ready"},"reference":"order4711"}]}}'

Look at the phone it arrived on:

  curl -s ${url}/api/handsets/0031612345678

What happens is shown here. Ctrl-C stops.
`;
}
