import { compareSamples, holm, median, summarize, type Comparison, type Summary } from "@zerostart/stats";
import { z } from "zod";
import { measurementCounts, phaseColumns } from "../../../server/db/dialect.ts";
import { sampleValues } from "../../../server/db/newest.ts";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { isOnline } from "../../hosts/server/present-host.ts";
import { primeOf } from "../../builds/helpers/prime.ts";
import { storedVariants } from "../helpers/variants.ts";

const metrics = [
  { metric: "total", label: "Total time", column: "totalNs", unit: "ns" },
  { metric: "rss", label: "RSS", column: "rssBytes", unit: "bytes" },
  { metric: "pss", label: "PSS", column: "pssBytes", unit: "bytes" },
  { metric: "binary", label: "Binary size", column: "binaryBytes", unit: "bytes" },
] as const;

/** A variant's figures on one host; `comparison` is with the first variant, its verdict after Holm's adjustment over all variants of the metric. */
export type VariantResult = {
  metric: (typeof metrics)[number]["metric"];
  summary: Summary | null;
  comparison: (Comparison & { pAdjusted: number }) | null;
};

/** An experiment with its progress and, as far as it is measured, its results: host by host, variant by variant. */
export const get = projectQuery("viewer")
  .input(z.object({ experimentId: z.string() }))
  .query(async ({ ctx, input }) => {
    const { app, projectId, db } = ctx;
    const row = await db.experiment.findUnique({ where: { id: input.experimentId }, include: { handler: true } });
    if (!row) throw notFound("Experiment", input.experimentId);
    const now = Date.now();
    const variants = storedVariants.parse(row.variants);
    const hostIds = row.hostIds as string[];
    const measurementIds = row.measurementIds as string[];
    const [hosts, builds, orders, counts] = await Promise.all([
      db.host.findMany({ where: { id: { in: hostIds } } }),
      db.build.findMany({ where: { id: { in: variants.map((v) => v.buildId) } }, include: { version: true } }),
      db.measurement.findMany({ where: { id: { in: measurementIds } }, select: { hostId: true, state: true } }),
      Promise.all(measurementIds.map((id) => measurementCounts(app.db, projectId, id))),
    ]);
    const columns = [...metrics.map((m) => m.column), ...phaseColumns.map((p) => p.column)];
    const results = await Promise.all(
      measurementIds.map(async (measurementId, at) => {
        const samples = await Promise.all(variants.map((_, variant) => sampleValues(app.db, projectId, { measurementId, variant }, columns, row.runs)));
        const valuesOf = (variant: number, column: string) => (samples[variant] ?? []).map((s) => s[column]).filter((v) => typeof v === "number");
        const byMetric = metrics.map(({ metric, column }) => {
          const base = valuesOf(0, column);
          const raw = variants.map((_, i) => {
            const values = valuesOf(i, column);
            return i === 0 || base.length === 0 || values.length === 0 ? null : compareSamples(base, values);
          });
          const adjusted = holm(raw.map((c) => c?.rank.p ?? 1).slice(1));
          return variants.map((_, i): VariantResult => {
            const values = valuesOf(i, column);
            const c = raw[i];
            const pAdjusted = adjusted[i - 1] ?? 1;
            const isClaimed = c?.verdict === "lower" || c?.verdict === "higher";
            return {
              metric,
              summary: values.length === 0 ? null : summarize(values),
              comparison: c ? { ...c, pAdjusted, verdict: isClaimed && pAdjusted >= 1 - c.median.confidence ? "not-significant" : c.verdict } : null,
            };
          });
        });
        return {
          hostId: hostIds[at] as string,
          measurementId,
          variants: variants.map((_, i) => ({
            count: samples[i]?.length ?? 0,
            metrics: byMetric.map((list) => list[i] as VariantResult),
            phases: phaseColumns.flatMap(({ phase, column }) => {
              const values = valuesOf(i, column);
              const ns = values.length === 0 ? 0 : median(values);
              return ns > 0 ? [{ phase, ns }] : [];
            }),
          })),
        };
      }),
    );
    return {
      id: row.id,
      name: row.name,
      handlerId: row.handlerId,
      handlerName: row.handler.name,
      state: row.state,
      error: row.error,
      runs: row.runs,
      warmup: row.warmup,
      path: row.path,
      createdAt: row.createdAt,
      createdBy: row.createdBy,
      finishedAt: row.finishedAt,
      hosts: hostIds.map((id) => {
        const host = hosts.find((h) => h.id === id);
        return {
          id,
          name: host?.name ?? "a removed host",
          lastSeenAt: host?.lastSeenAt ?? null,
          online: host ? isOnline(host, now) : false,
          orderState: orders.find((o) => o.hostId === id)?.state ?? null,
        };
      }),
      variants: variants.map((v) => {
        const build = builds.find((b) => b.id === v.buildId);
        const { versionId = "", mode = "", target = "", symbols = false, prime = "", state = "gone" } = build ?? {};
        return { ...v, versionId, versionNumber: build?.version.number ?? 0, mode, target, symbols, prime: primeOf(prime), buildState: state };
      }),
      metrics: metrics.map(({ metric, label, unit }) => ({ metric, label, unit })),
      results,
      samplesDone: counts.flat().reduce((n, c) => n + c.count, 0),
      samplesWanted: variants.length * row.runs * hostIds.length,
    };
  });
