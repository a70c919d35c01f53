/**
 * Simulated agents that speak the real protocol: each holds its sync open (the heartbeat) and reports its starts in batches, the same
 * batch again until it is acknowledged; one batch in fifty is sent twice on purpose. What counts in the end is what the database holds.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { percentile, type Plane, type Provider } from "./fleet.ts";

export type LoadOptions = { agents: number; samplesPerSecond: number; minutes: number; heartbeatSeconds: number };
export type LoadResult = {
  provider: Provider;
  agents: number;
  wantedSamplesPerSecond: number;
  storedSamplesPerSecond: number;
  seconds: number;
  acknowledged: number;
  stored: number;
  lost: number;
  twice: number;
  sentTwice: number;
  retries: number;
  heartbeats: number;
  heartbeatGapMsP99: number;
  reportMsP50: number;
  reportMsP95: number;
  reportMsP99: number;
  syncMsP95: number;
  memoryMbEarly: number;
  memoryMbLate: number;
  /** Cores, of the control plane's process. */
  cpuShare: number;
  /** CPU time for one stored sample, heartbeats and merging included. */
  controlPlaneUsPerSample: number;
  databaseUsPerSample: number;
  simulatorUsPerSample: number;
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function runLoad(plane: Plane, provider: Provider, options: LoadOptions): Promise<LoadResult> {
  const { fleet } = plane;
  const url = new URL(fleet.url);
  const connections = new Agent({ keepAlive: true, maxSockets: Infinity });
  const post = (procedure: string, token: string, body: string) =>
    new Promise<string>((resolve, reject) => {
      const outgoing = request(
        {
          agent: connections,
          host: url.hostname,
          port: url.port,
          method: "POST",
          path: `/api/trpc/${procedure}`,
          headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "content-length": Buffer.byteLength(body) },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.once("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode} ${text.slice(0, 200)}`))));
          response.once("error", reject);
        },
      );
      outgoing.once("error", reject);
      outgoing.end(body);
    });

  const began = performance.now();
  const endsAt = began + options.minutes * 60_000;
  const batch = Math.round((options.samplesPerSecond * options.heartbeatSeconds) / options.agents);
  const periodMs = options.heartbeatSeconds * 1000;
  const acknowledged: string[] = [];
  const reportMs: number[] = [];
  const syncMs: number[] = [];
  const gapsMs: number[] = [];
  let retries = 0;
  let sentTwice = 0;
  let firstError = "";

  const start = (i: number) => {
    const build = fleet.builds[i % fleet.builds.length] as (typeof fleet.builds)[number];
    const totalNs = 400_000 + Math.floor(Math.random() ** 4 * 3_000_000);
    const spawn = Math.floor(totalNs * 0.4);
    const load = Math.floor(totalNs * 0.2);
    const first = Math.floor(totalNs * 0.1);
    const rest = totalNs - spawn - load - first;
    return {
      id: randomUUID(),
      buildId: build.buildId,
      artifactId: build.artifactId,
      kind: "measured",
      mode: build.mode,
      target: build.target,
      startedAt: new Date().toISOString(),
      totalNs,
      phases: [
        { phase: "spawn", ns: spawn },
        { phase: "load", ns: load },
        { phase: "first_request", ns: first },
        { phase: "other", ns: rest },
      ],
      memory: { rssBytes: 1_300_000 + (i % 64) * 4_096, pssBytes: 900_000, privateDirtyBytes: 400_000, minorFaults: 90, majorFaults: 0 },
      binaryBytes: 1_500_000,
      executor: "native",
    };
  };

  async function reports(index: number, token: string): Promise<void> {
    await pause((index / options.agents) * periodMs);
    // An agent's starts are of few handlers.
    for (let due = performance.now(); due < endsAt; due += periodMs) {
      await pause(Math.max(0, due - performance.now()));
      const starts = Array.from({ length: batch }, (_, i) => start(index + (i % 2)));
      const body = JSON.stringify({ starts });
      const times = Math.random() < 0.02 ? 2 : 1;
      sentTwice += times - 1;
      for (let time = 0; time < times;) {
        const at = performance.now();
        try {
          const { result } = JSON.parse(await post("agent.report", token, body)) as { result: { data: { accepted: string[]; rejected: unknown[] } } };
          if (result.data.rejected.length > 0) throw new Error(`refused: ${JSON.stringify(result.data.rejected[0])}`);
          reportMs.push(performance.now() - at);
          if (time++ === 0) acknowledged.push(...result.data.accepted);
        } catch (error) {
          firstError ||= String(error);
          retries++;
          await pause(500);
        }
      }
    }
  }

  async function heartbeats(index: number, token: string): Promise<void> {
    await pause((index / options.agents) * periodMs);
    let revision = 0;
    let last = performance.now();
    while (performance.now() < endsAt) {
      const waitMs = revision === 0 ? 0 : periodMs;
      const at = performance.now();
      try {
        const body = JSON.stringify({ protocolVersion: 1, revision, waitMs, agentTimeMs: Date.now(), instances: [], acceptsUnchanged: true });
        const { result } = JSON.parse(await post("agent.sync", token, body)) as { result: { data: { revision: number } } };
        syncMs.push(performance.now() - at - waitMs);
        revision = result.data.revision;
      } catch (error) {
        firstError ||= String(error);
        await pause(500);
      }
      gapsMs.push(performance.now() - last);
      last = performance.now();
    }
  }

  const memory: number[] = [];
  const watch = setInterval(() => memory.push(plane.memoryBytes()), 1_000);
  const cpuOfAll = () => ({
    controlPlane: plane.cpuSeconds(),
    database: plane.databaseCpuSeconds(),
    simulator: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  });
  const cpuBefore = cpuOfAll();
  await Promise.all(fleet.agents.flatMap(({ token }, i) => [reports(i, token), heartbeats(i, token)]));
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1000;
  const cpuAfter = cpuOfAll();
  connections.destroy();
  if (firstError) console.error(`the first of ${retries} failures: ${firstError}`);
  const { totalCount } = await plane.query<{ totalCount: number }>("coldStarts.facets");
  const stored = await plane.storedSamples();
  if (stored !== totalCount) throw new Error(`${stored} samples are stored, but ${totalCount} counted`);
  const distinct = new Set(acknowledged).size;
  for (const list of [reportMs, syncMs, gapsMs]) list.sort((a, b) => a - b);
  const mb = (list: number[]) =>
    Math.round(
      percentile(
        list.toSorted((a, b) => a - b),
        0.5,
      ) / 1e6,
    );
  const perSample = (of: keyof typeof cpuBefore) => Math.round(((cpuAfter[of] - cpuBefore[of]) * 1e6) / stored);
  // The first quarter is warming up: what stays flat is what comes after.
  const settled = memory.slice(Math.floor(memory.length / 4));
  return {
    provider,
    agents: options.agents,
    wantedSamplesPerSecond: options.samplesPerSecond,
    storedSamplesPerSecond: Math.round(stored / seconds),
    seconds: Math.round(seconds),
    acknowledged: distinct,
    stored,
    lost: Math.max(0, distinct - stored),
    twice: Math.max(0, stored - distinct),
    sentTwice,
    retries,
    heartbeats: syncMs.length,
    heartbeatGapMsP99: Math.round(percentile(gapsMs, 0.99)),
    reportMsP50: Math.round(percentile(reportMs, 0.5)),
    reportMsP95: Math.round(percentile(reportMs, 0.95)),
    reportMsP99: Math.round(percentile(reportMs, 0.99)),
    syncMsP95: Math.round(percentile(syncMs, 0.95)),
    memoryMbEarly: mb(settled.slice(0, Math.ceil(settled.length / 3))),
    memoryMbLate: mb(settled.slice(-Math.ceil(settled.length / 3))),
    cpuShare: Math.round(((cpuAfter.controlPlane - cpuBefore.controlPlane) / seconds) * 100) / 100,
    controlPlaneUsPerSample: perSample("controlPlane"),
    databaseUsPerSample: perSample("database"),
    simulatorUsPerSample: perSample("simulator"),
  };
}
