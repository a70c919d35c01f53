/** Below this a measured difference between two clocks is as likely the network's delay, which it includes. */
const noticeableMs = 1_000;

/**
 * A time by an agent's clock as ours would have shown it. What has been reported has happened, so it is never later than now.
 * @param skewMs the agent's clock minus ours, as the last sync measured it; null before there was one
 */
export function correctedMs(agentMs: number, skewMs: number | null, nowMs: number): number {
  const skew = skewMs !== null && Math.abs(skewMs) >= noticeableMs ? skewMs : 0;
  return Math.min(Math.round(agentMs - skew), nowMs);
}
