import { launchModes, primeProblem, targets } from "@zerostart/protocol";
import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { primeText } from "../../builds/helpers/prime.ts";
import { runtimesOf } from "../../hosts/server/present-host.ts";
import { labelVariants, maxVariants, runtimeLabel, titleOf, variantInput, type StoredVariant } from "../helpers/variants.ts";

/**
 * Puts a question: variants of one handler (launch modes, platforms, versions, symbols, priming, knobs, other runtimes), measured in turns on each host.
 * Builds that are missing are made first; the first variant is what the others are compared with.
 */
export const create = projectMutation("deployer")
  .input(
    z.object({
      handlerId: z.string(),
      name: z.string().trim().max(120).default(""),
      variants: z.array(variantInput).min(2, "at least two variants: the first is what the others are compared with").max(maxVariants),
      hostIds: z.array(z.string()).min(1, "at least one host").max(32),
      runs: z.number().int().min(8, "at least 8 runs: fewer prove nothing").max(5_000).default(30),
      warmup: z.number().int().min(0).max(500).default(3),
      path: z.string().startsWith("/").max(2_048).default("/"),
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    const handler = await db.handler.findUnique({ where: { id: input.handlerId } });
    if (!handler) throw notFound("Handler", input.handlerId);
    const hosts = await db.host.findMany({ where: { id: { in: input.hostIds }, removedAt: null } });
    for (const id of input.hostIds) if (!hosts.some((h) => h.id === id)) throw notFound("Host", id);
    const newest = await db.handlerVersion.findFirst({ where: { handlerId: handler.id }, orderBy: { number: "desc" } });
    const versionIds = [...new Set(input.variants.map((v) => v.versionId ?? newest?.id ?? ""))];
    const versions = await db.handlerVersion.findMany({ where: { handlerId: handler.id, id: { in: versionIds } } });
    const seen = new Set<string>();
    const newBuilds: {
      id: string;
      projectId: string;
      handlerId: string;
      versionId: string;
      target: string;
      mode: string;
      symbols: boolean;
      prime: string;
      createdBy: string;
    }[] = [];
    const buildIds: string[] = [];
    const facts: Parameters<typeof labelVariants>[0] = [];
    for (const { mode, target, symbols, prime: paths, knobs, versionId = newest?.id } of input.variants) {
      const version = versions.find((v) => v.id === versionId);
      if (!version) throw notFound("Version", versionId ?? "newest");
      const isOurs = mode !== "module" && target !== "any";
      if (isOurs && !launchModes.find((m) => m.name === mode)?.available) throw new AppError("INVALID", `The launch mode ${mode} cannot be built yet.`);
      if (isOurs && !targets.find((t) => t.triple === target)?.available) throw new AppError("INVALID", `The target ${target} cannot be built yet.`);
      for (const host of hosts) {
        const { runtime } = knobs;
        if (runtime !== undefined && !runtimesOf(host).some((r) => r.name === runtime))
          throw new AppError(
            "CONFLICT",
            `Host "${host.name}" does not run ${runtimeLabel(runtime)}: start its agent with --runtimes ${runtime}, or leave out one of the two.`,
          );
        if (isOurs && !(host.executors as { target: string }[]).some((e) => e.target === target))
          throw new AppError("CONFLICT", `Host "${host.name}" cannot run ${target}. Leave out one of the two.`);
      }
      const refused = isOurs ? primeProblem(paths, mode) : undefined;
      if (refused !== undefined) throw new AppError("INVALID", `${refused}.`);
      const prime = primeText(paths);
      const key = JSON.stringify([version.id, mode, target, symbols, prime, knobs]);
      if (seen.has(key)) throw new AppError("INVALID", "Two variants are the same: nothing would tell their results apart.");
      seen.add(key);
      const same = { versionId: version.id, mode, target, symbols, prime };
      const queued = newBuilds.find((b) => Object.entries(same).every(([name, value]) => b[name as keyof typeof same] === value));
      const known = queued ?? (await db.build.findFirst({ where: { ...same, state: { in: ["succeeded", "running", "queued"] } }, orderBy: { id: "desc" } }));
      if (!known) newBuilds.push({ id: newId("bld"), projectId, handlerId: handler.id, ...same, createdBy: ctx.actor.name });
      buildIds.push(known?.id ?? (newBuilds.at(-1) as { id: string }).id);
      facts.push({ mode, target, symbols, prime: paths, knobs, versionNumber: version.number });
    }
    const labels = labelVariants(facts);
    const variants: StoredVariant[] = facts.map((f, i) => ({ label: labels[i] as string, buildId: buildIds[i] as string, knobs: f.knobs }));
    const id = newId("exp");
    const { runs, warmup, path, hostIds } = input;
    const name = input.name || titleOf(labels);
    await app.db.$transaction(async (tx) => {
      await tx.build.createMany({ data: newBuilds.map((b) => ({ ...b, diagnostics: [], sections: [] })) });
      await app.jobs.enqueue(
        tx,
        newBuilds.map((b) => b.id),
      );
      await tx.experiment.create({
        data: { id, projectId, handlerId: handler.id, name, runs, warmup, path, variants, hostIds, measurementIds: [], createdBy: ctx.actor.name },
      });
      await ctx.audit({ target: { kind: "experiment", id, name }, detail: { variants: variants.length, hosts: hosts.length, runs } }, tx);
    });
    app.events.notify("jobs");
    app.events.notify("automation");
    app.events.notify(`project:${projectId}`);
    return { experimentId: id };
  });
