"use client";
import { isPooled, packagingsFor, targets, type ArtifactTarget, type LaunchMode } from "@zerostart/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, FlaskConical, Rocket, Timer } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { formatBytes, formatCount, formatPercent } from "../../../lib/format.ts";
import { apiPath } from "../../../lib/project.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card, Stat } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { ErrorNote, NotShown, Skeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Ago } from "../../../ui/time.tsx";
import { DeployDialog } from "../../deployments/components/deploy-dialog.tsx";
import { MeasureDialog } from "../../measurements/components/measure-dialog.tsx";
import { CheckCard } from "../../regressions/components/check-card.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { isForOtherRuntimes } from "../helpers/pipeline-types.ts";
import { LogLines, useBuildLogs } from "./build-logs.tsx";
import { Diagnostics } from "./diagnostics.tsx";
import { modeName } from "../helpers/build-name.ts";

function Sections({ sections }: { sections: { name: string; sizeBytes: number }[] }) {
  const total = sections.reduce((sum, s) => sum + s.sizeBytes, 0);
  return (
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b text-xs text-muted">
          <th scope="col" className="px-4 py-2 text-left font-medium">
            Section
          </th>
          <th scope="col" className="px-4 py-2 text-right font-medium">
            Size
          </th>
          <th scope="col" className="w-1/3 px-4 py-2 text-left font-medium">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {sections.map((s) => (
          <tr key={s.name} className="border-b last:border-b-0">
            <td className="px-4 py-2 font-mono text-xs">{s.name}</td>
            <td className="px-4 py-2 text-right">{formatBytes(s.sizeBytes)}</td>
            <td className="px-4 py-2">
              <div className="flex items-center gap-2">
                <div aria-hidden className="h-1.5 flex-1 rounded-full bg-raised">
                  <div className="h-full rounded-full bg-info" style={{ width: `${total ? (s.sizeBytes / total) * 100 : 0}%` }} />
                </div>
                <span className="w-12 text-right text-xs text-muted">{formatPercent(total ? s.sizeBytes / total : 0)}</span>
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const runsBy: Record<string, string> = {
  native: "natively, nothing beside it needed",
  portable: "by the portable path (vm.wasm in Node)",
  module: "in a program that loads the module",
  runtime: "in Node, Deno and Bun, for experiments that compare with them",
};

export function BuildPage({ buildId }: { buildId: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canDeploy = useCan("deployer");
  const [deploying, setDeploying] = useState(false);
  const [measuring, setMeasuring] = useState(false);
  const { data: build, error } = useQuery(trpc.builds.get.queryOptions({ buildId }));
  const { lines, error: logError } = useBuildLogs([buildId]);
  const cancel = useMutation(
    trpc.builds.cancel.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(),
      onError: (e) => toast.error("The build goes on", { description: errorText(e) }),
    }),
  );
  if (error) return <NotShown what="build" error={error} back={{ label: "Builds", href: "/builds" }} />;
  if (!build)
    return (
      <>
        <PageHeader title="Build" />
        <Skeleton className="h-96" />
      </>
    );
  const { artifact } = build;
  const going = build.state === "queued" || build.state === "running";
  const packages = artifact && artifact.executor !== "portable" ? packagingsFor(build.target as ArtifactTarget) : [];
  const label = targets.find((t) => t.triple === build.target)?.label ?? build.target;
  const isComparison = isForOtherRuntimes(build);
  return (
    <>
      <PageHeader
        title={[`v${build.versionNumber}`, modeName(build), ...(isComparison ? [] : [label])].join(" · ")}
        trail={[
          { label: "Handlers", href: "/" },
          { label: build.handlerName, href: `/handlers/${build.handlerId}` },
        ]}
        actions={
          <>
            {going && canDeploy && (
              <ConfirmButton
                title="Stop this build?"
                description="What it has done so far is thrown away."
                action="Stop build"
                busy={cancel.isPending}
                onConfirm={() => cancel.mutate({ buildId })}
              >
                Stop
              </ConfirmButton>
            )}
            {artifact && (
              <Button asChild>
                <a href={apiPath(`/api/artifacts/${artifact.sha256}`)} download>
                  <Download /> Download
                </a>
              </Button>
            )}
            {artifact && canDeploy && isComparison && (
              <Button asChild>
                <Link href={`/experiments/new?handlerId=${build.handlerId}`}>
                  <FlaskConical /> Compare
                </Link>
              </Button>
            )}
            {artifact && canDeploy && !isComparison && (
              <Button onClick={() => setMeasuring(true)}>
                <Timer /> Measure
              </Button>
            )}
            {artifact && canDeploy && !isComparison && (
              <Button variant="primary" onClick={() => setDeploying(true)}>
                <Rocket /> Deploy
              </Button>
            )}
          </>
        }
      >
        <span className="flex flex-wrap items-center gap-2">
          <StateBadge state={build.state} /> started by {build.createdBy}, <Ago at={build.createdAt} />
        </span>
      </PageHeader>
      <div className="flex flex-col gap-4">
        {build.error && <ErrorNote title={build.state === "cancelled" ? "Cancelled" : "This build failed"}>{build.error}</ErrorNote>}
        {build.diagnostics.length > 0 && <Diagnostics diagnostics={build.diagnostics} />}
        {artifact && (
          <>
            <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
              <Stat label="Artifact" value={formatBytes(artifact.sizeBytes)} hint={`${formatCount(artifact.sizeBytes)} bytes`} />
              {!isComparison && (
                <>
                  <Stat
                    label="Source to bytecode"
                    value={build.sourceBytes && build.bytecodeBytes ? formatPercent(build.bytecodeBytes / build.sourceBytes) : "–"}
                    hint={
                      build.sourceBytes !== null && build.bytecodeBytes !== null
                        ? `${formatBytes(build.sourceBytes)} → ${formatBytes(build.bytecodeBytes)}`
                        : null
                    }
                  />
                  <Stat
                    label="Dynamic dependencies"
                    value={artifact.dynamicDependencies.length === 0 ? "None" : artifact.dynamicDependencies.length}
                    hint={
                      artifact.executor !== "native"
                        ? (runsBy[artifact.executor] ?? "")
                        : artifact.dynamicDependencies.length === 0
                          ? "static binary"
                          : artifact.dynamicDependencies.join(", ")
                    }
                  />
                  <Stat
                    label="Top level at build"
                    value={build.handlerInitMs === null ? "–" : `${build.handlerInitMs.toFixed(1)} ms`}
                    hint={build.mode === "snapshot" ? "kept in the snapshot" : "runs at every start"}
                  />
                </>
              )}
            </dl>
            <Card title="Artifact">
              <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-[10rem_1fr]">
                {[
                  ["SHA-256", artifact.sha256],
                  ["Signature (Ed25519)", artifact.signature],
                  ["Stub SHA-256", artifact.stubSha256],
                ]
                  .filter(([, value]) => value !== "")
                  .map(([name, value]) => (
                    <div key={name} className="contents">
                      <dt className="text-muted">{name}</dt>
                      <dd className="flex min-w-0 items-center gap-1">
                        <code className="min-w-0 truncate font-mono text-xs">{value}</code>
                        <CopyButton text={value ?? ""} label={`Copy ${name}`} />
                      </dd>
                    </div>
                  ))}
                {build.prime.length > 0 && (
                  <>
                    <dt className="text-muted">Primed with</dt>
                    <dd className="flex min-w-0 flex-col gap-1">
                      {build.prime.map((path, i) => (
                        <code key={`${i}${path}`} className="truncate font-mono text-xs">
                          GET {path}
                        </code>
                      ))}
                    </dd>
                  </>
                )}
                {!isComparison && (
                  <>
                    <dt className="text-muted">Engine</dt>
                    <dd className="truncate font-mono text-xs">{artifact.engineVersion}</dd>
                  </>
                )}
                <dt className="text-muted">Runs</dt>
                <dd>{runsBy[artifact.executor] ?? artifact.executor}</dd>
                {packages.length > 0 && (
                  <>
                    <dt className="text-muted">Packaged as</dt>
                    <dd className="flex flex-col gap-1">
                      {packages.map(({ name, label: kind, what }) => (
                        <span key={name}>
                          <a className="underline hover:text-fg" href={apiPath(`/api/artifacts/${artifact.sha256}/${name}`)} download>
                            {kind}
                          </a>{" "}
                          <span className="text-muted">{what}</span>
                        </span>
                      ))}
                    </dd>
                  </>
                )}
              </dl>
            </Card>
          </>
        )}
        <CheckCard build={build} />
        {build.sections.length > 0 && (
          <Card
            title="Bytecode"
            note={`${formatBytes(build.sections.reduce((n, s) => n + s.sizeBytes, 0))} in ${build.sections.length} section${build.sections.length === 1 ? "" : "s"}`}
            flush
          >
            <Sections sections={build.sections} />
          </Card>
        )}
        <Card title="Log" flush>
          {logError ? (
            <div className="p-4">
              <ErrorNote title="The log cannot be followed">{logError}</ErrorNote>
            </div>
          ) : (
            <LogLines lines={lines.get(buildId) ?? []} label="Build log" className="max-h-96 min-h-24 rounded-b-lg" />
          )}
        </Card>
        {artifact && (
          <p className="text-sm text-muted">
            <Link className="underline hover:text-fg" href={`/cold-starts?handlerId=${build.handlerId}&buildId=${build.id}`}>
              Cold starts of this build
            </Link>
            {!isComparison && (
              <>
                {" · "}
                <Link className="underline hover:text-fg" href={`/profiles?handlerId=${build.handlerId}&buildId=${build.id}`}>
                  Profiles of it
                </Link>
              </>
            )}
            {canDeploy && artifact.executor === "native" && !isPooled(build.mode as LaunchMode) && (
              <>
                {" · "}
                <Link className="underline hover:text-fg" href={`/profiles?handlerId=${build.handlerId}&buildId=${build.id}&dialog=trace`}>
                  Trace a start
                </Link>
              </>
            )}
          </p>
        )}
      </div>
      <DeployDialog build={build} open={deploying} onOpenChange={setDeploying} />
      <MeasureDialog handlerId={build.handlerId} buildIds={[build.id]} open={measuring} onOpenChange={setMeasuring} />
    </>
  );
}
