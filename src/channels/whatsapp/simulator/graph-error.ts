/** An error as the Graph API answers it (whatsapp-cloud §2.4). */
export interface GraphError {
  readonly status: number;
  readonly code: number;
  readonly details: string;
  /** Seconds; null sends no Retry-After. */
  readonly retryAfterS: number | null;
}

export function graphError(
  status: number,
  code: number,
  details: string,
  retryAfterS: number | null = null,
): GraphError {
  return { status, code, details, retryAfterS };
}

export function renderGraphError({ code, details }: GraphError, trace: string): string {
  return JSON.stringify({
    error: {
      message: `(#${code}) ${details}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      fbtrace_id: trace,
    },
  });
}
