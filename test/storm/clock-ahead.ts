/**
 * Preloaded into the gateway under test: its wall clock is ahead by STORM_CLOCK_AHEAD_MS. Each incarnation is
 * told more than the one before, so that what waits a minute for its next try is due after a restart.
 */
const aheadMs = Number(process.env['STORM_CLOCK_AHEAD_MS'] ?? 0);
const trueNow = Date.now.bind(Date);
Date.now = () => trueNow() + aheadMs;
