/** Limits of the HTTP listener. Each can be set in the configuration under `http.limits`. */
export interface HttpLimits {
  /** A larger body is refused with 413, before it is read when it says how large it is. */
  readonly bodyBytesMax: number;
  /** What the bodies that are being received hold together; beyond it they are refused with 503. */
  readonly bodyBytesTotalMax: number;
  readonly headerBytesMax: number;
  /** The headers must be complete within this time. */
  readonly headersTimeoutMs: number;
  /** The whole request must be complete within this time. */
  readonly requestTimeoutMs: number;
  /** An idle connection is closed after this time. */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves is cut after this time, even while an answer waits to be read. */
  readonly stalledTimeoutMs: number;
  /** With so many requests on one connection whose answers are not sent yet, it is closed behind them. */
  readonly pipelinedMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

export const defaultHttpLimits: HttpLimits = {
  bodyBytesMax: 4 * 1024 * 1024,
  bodyBytesTotalMax: 256 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  stalledTimeoutMs: 60_000,
  pipelinedMax: 32,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 5_000,
};
