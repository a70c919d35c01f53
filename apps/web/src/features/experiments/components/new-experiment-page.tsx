"use client";
import {
  affinities,
  isPooled,
  launchModes,
  pageKinds,
  primeProblem,
  runtimeNames,
  targets,
  type Affinity,
  type ArtifactMode,
  type ArtifactTarget,
  type Knobs,
  type LaunchMode,
  type PageKind,
  type RuntimeName,
} from "@zerostart/protocol";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsArrayOf, parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { toggle } from "../../../lib/toggle.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote, NotShown, Skeleton } from "../../../ui/feedback.tsx";
import { CheckField, NumberField, SelectField, TextField } from "../../../ui/field.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { LaunchModeFields } from "../../builds/components/launch-mode-fields.tsx";
import { parsePrime } from "../../builds/helpers/prime.ts";
import { plainSettings, settingsOf, type Settings } from "../helpers/settings.ts";
import { labelVariants, maxVariants } from "../helpers/variants.ts";
import { hasRuntimes, RuntimeFields } from "./runtime-fields.tsx";

/** "64, 16" as numbers; an empty text is one value: the default. Undefined when something in it is none. */
function parseNumbers(text: string): (number | undefined)[] | undefined {
  if (text.trim() === "") return [undefined];
  const numbers = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  return numbers.every((n) => Number.isInteger(n) && n >= 0) ? [...new Set(numbers)] : undefined;
}

type Variant = { versionId: string; versionNumber: number; mode: ArtifactMode; target: ArtifactTarget; symbols: boolean; prime: string[]; knobs: Knobs };

const hasSnapshot = (mode: string) => launchModes.some(({ name, payload }) => name === mode && payload === "snapshot");

const pageHints: { [kind in PageKind]: string } = {
  lazy: "One by one, as the start touches them.",
  populated: "All of the image's, copied at once.",
  huge: "Memory behind the image in pages of 2 MB.",
  locked: "What is touched is never paged out.",
};

const affinityHints: { [kind in Affinity]: string } = {
  near: "On the processor that connections come in on.",
  any: "On whichever the system chooses.",
};

/** Every combination of the choices; undefined: the default, which is left out. */
function combinations(choices: { [name in keyof Knobs]: readonly Knobs[name][] }): Knobs[] {
  return Object.entries(choices).reduce<Knobs[]>(
    (all, [name, values]) => all.flatMap((knobs) => values.map((value) => (value === undefined ? knobs : { ...knobs, [name]: value }))),
    [{}],
  );
}

type KindFieldsProps<T extends string> = { legend: string; kinds: readonly T[]; hints: { [kind in T]: string }; chosen: T[]; onChange: (kinds: T[]) => void };

function KindFields<T extends string>({ legend, kinds, hints, chosen, onChange }: KindFieldsProps<T>) {
  return (
    <fieldset>
      <legend className="mb-2 text-[13px] font-medium">{legend}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {kinds.map((kind) => (
          <CheckField key={kind} label={kind} hint={hints[kind]} checked={chosen.includes(kind)} onChange={() => onChange(toggle(chosen, kind))} />
        ))}
      </div>
    </fieldset>
  );
}

/** `from` in the URL: an experiment whose choices it begins with. */
export function NewExperimentPage() {
  const trpc = useTRPC();
  const [from] = useQueryState("from", parseAsString);
  const { data, error } = useQuery(trpc.experiments.get.queryOptions({ experimentId: from ?? "" }, { enabled: from !== null }));
  if (error) return <NotShown what="experiment" error={error} back={{ label: "Experiments", href: "/experiments" }} />;
  if (from !== null && !data) return <Skeleton className="h-96" />;
  return <NewExperiment {...(data && { handler: data.handlerId, initial: settingsOf(data) })} />;
}

function NewExperiment({ handler: givenHandler, initial }: { handler?: string; initial?: Settings }) {
  const trpc = useTRPC();
  const router = useRouter();
  const begin = initial ?? plainSettings;
  const [handlerId, setHandlerId] = useQueryState("handlerId", parseAsString);
  const [modes, setModes] = useQueryState("modes", parseAsArrayOf(parseAsString).withDefault(begin.modes));
  const [chosenRuntimes, setRuntimes] = useQueryState("runtimes", parseAsArrayOf(parseAsStringLiteral(runtimeNames)).withDefault(begin.runtimes));
  const [withSymbols, setWithSymbols] = useQueryState("symbols", parseAsBoolean.withDefault(begin.withSymbols));
  const [prime, setPrime] = useQueryState("prime", parseAsString.withDefault(begin.prime));
  const [chosenTargets, setTargets] = useState(begin.targets);
  const [versionIds, setVersionIds] = useState(begin.versionIds);
  const [heap, setHeap] = useState(begin.heap);
  const [pool, setPool] = useState(begin.pool);
  const [prewarm, setPrewarm] = useState(begin.prewarm);
  const [pages, setPages] = useState(begin.pages);
  const [chosenAffinities, setAffinities] = useState(begin.affinities);
  const [withoutSandbox, setWithoutSandbox] = useState(begin.withoutSandbox);
  const [hostIds, setHostIds] = useState<string[] | null>(initial ? initial.hostIds : null);
  const [form, setForm] = useState(begin.form);
  const handlers = useQuery(trpc.handlers.list.queryOptions());
  const hosts = useQuery(trpc.hosts.list.queryOptions());
  const chosenHandler = handlerId ?? givenHandler ?? handlers.data?.[0]?.id ?? "";
  const handler = useQuery(trpc.handlers.get.queryOptions({ handlerId: chosenHandler }, { enabled: chosenHandler !== "" }));
  const onTargets = (hosts.data ?? []).filter((h) => modes.length === 0 || chosenTargets.every((t) => h.executors.some((e) => e.target === t)));
  const able = onTargets.filter((h) => hasRuntimes(h, chosenRuntimes));
  const chosenHosts = able.filter((h) => (hostIds ? hostIds.includes(h.id) : h.online)).map((h) => h.id);
  const create = useMutation(trpc.experiments.create.mutationOptions({ onSuccess: (made) => router.push(`/experiments/${made.experimentId}`) }));

  const axes = { heapMb: parseNumbers(heap), pool: parseNumbers(pool), prewarm: parseNumbers(prewarm) };
  const paths = parsePrime(prime);
  const primeTrouble = paths.length > 0 ? primeProblem(paths, "snapshot") : undefined;
  const usesPool = modes.some((m) => isPooled(m as LaunchMode));
  const versions = handler.data?.versions ?? [];
  const newest = versions[0];
  const numberOf = (versionId: string) => versions.find((v) => v.id === versionId)?.number ?? 0;
  const chosenVersions = versionIds.length > 0 ? versionIds : newest ? [newest.id] : [];
  const knobsOf = (mode: LaunchMode) => {
    const inPool = isPooled(mode);
    return combinations({
      heapMb: axes.heapMb ?? [],
      pool: inPool ? (axes.pool ?? []) : [undefined],
      prewarm: inPool ? (axes.prewarm ?? []) : [undefined],
      affinity: inPool ? affinities.filter((kind) => chosenAffinities.includes(kind)).map((kind) => (kind === "near" ? undefined : kind)) : [undefined],
      sandbox: withoutSandbox ? [true, false] : [undefined],
      pages: pageKinds.filter((kind) => pages.includes(kind) && !(inPool && kind === "locked")).map((kind) => (kind === "lazy" ? undefined : kind)),
    });
  };
  const ours = chosenVersions.flatMap((versionId) =>
    (modes as LaunchMode[]).flatMap((mode) =>
      chosenTargets.flatMap((target) =>
        knobsOf(mode).flatMap((knobs) =>
          (paths.length > 0 && hasSnapshot(mode) ? [[], paths] : [[]]).flatMap((primed) =>
            (withSymbols ? [false, true] : [false]).map((symbols): Variant => ({
              versionId,
              mode,
              target,
              symbols,
              prime: primed,
              knobs,
              versionNumber: numberOf(versionId),
            })),
          ),
        ),
      ),
    ),
  );
  const elsewhere = chosenVersions.flatMap((versionId) =>
    chosenRuntimes.map((runtime): Variant => ({
      versionId,
      versionNumber: numberOf(versionId),
      mode: "module",
      target: "any",
      symbols: false,
      prime: [],
      knobs: { runtime },
    })),
  );
  const variants = [...ours, ...elsewhere];
  const labels = labelVariants(variants);
  const trouble =
    axes.heapMb === undefined || axes.pool === undefined || axes.prewarm === undefined
      ? "Settings are whole numbers with commas between them."
      : primeTrouble !== undefined
        ? `${primeTrouble}.`
        : variants.length < 2
          ? "Choose at least two variants: two launch modes, a runtime, two platforms, two versions or two settings."
          : variants.length > maxVariants
            ? `${variants.length} variants are too many: ${maxVariants} at most.`
            : chosenHosts.length === 0
              ? "Choose a host that can run all of them."
              : null;
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });

  if (handlers.error ?? hosts.error) return <ErrorNote title="This cannot be shown" error={handlers.error ?? hosts.error} />;
  return (
    <>
      <PageHeader title="New experiment" trail={[{ label: "Experiments", href: "/experiments" }]}>
        One variant for every combination chosen; the first is what the others are compared with.
      </PageHeader>
      {!handlers.data || !hosts.data ? (
        <Skeleton className="h-96" />
      ) : (
        <form
          className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]"
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate({
              handlerId: chosenHandler,
              name: form.name,
              path: form.path,
              runs: Number(form.runs),
              warmup: Number(form.warmup),
              hostIds: chosenHosts,
              variants: variants.map(({ versionNumber: _, ...variant }) => variant),
            });
          }}
        >
          <div className="flex min-w-0 flex-col gap-4">
            <Card title="What">
              <div className="flex flex-col gap-4">
                <div className="grid gap-3 sm:grid-cols-2">
                  <SelectField
                    label="Handler"
                    value={chosenHandler}
                    onChange={(e) => {
                      setVersionIds([]);
                      void setHandlerId(e.target.value);
                    }}
                  >
                    {handlers.data.length === 0 && <option value="">There is no handler yet</option>}
                    {handlers.data.map((h) => (
                      <option key={h.id} value={h.id}>
                        {h.name}
                      </option>
                    ))}
                  </SelectField>
                  <TextField label="Name" placeholder="made of the variants" maxLength={120} value={form.name} onChange={(e) => set("name")(e.target.value)} />
                </div>
                {versions.length > 1 && (
                  <fieldset>
                    <legend className="mb-2 text-[13px] font-medium">Versions</legend>
                    <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
                      {versions.slice(0, 8).map((v, i) => (
                        <CheckField
                          key={v.id}
                          label={`v${v.number}${i === 0 ? " (newest)" : ""}`}
                          checked={versionIds.length === 0 ? i === 0 : versionIds.includes(v.id)}
                          onChange={() => setVersionIds(toggle(versionIds.length === 0 && newest ? [newest.id] : versionIds, v.id))}
                        />
                      ))}
                    </div>
                  </fieldset>
                )}
                <LaunchModeFields chosen={modes as LaunchMode[]} onChange={(next) => void setModes(next)} />
                <RuntimeFields hosts={onTargets} chosen={chosenRuntimes} onChange={(next: RuntimeName[]) => void setRuntimes(next)} />
                <fieldset>
                  <legend className="mb-2 text-[13px] font-medium">Platforms</legend>
                  <div className="grid gap-2 sm:grid-cols-2">
                    {targets
                      .filter((t) => t.available)
                      .map((t) => (
                        <CheckField
                          key={t.triple}
                          label={t.label}
                          hint={<span className="font-mono text-xs">{t.triple}</span>}
                          checked={chosenTargets.includes(t.triple)}
                          onChange={() => setTargets(toggle(chosenTargets, t.triple))}
                        />
                      ))}
                  </div>
                </fieldset>
                <div className="grid gap-3 sm:grid-cols-3">
                  <TextField
                    label="Heap, MB"
                    placeholder="default"
                    hint="Several with commas: 128, 16"
                    value={heap}
                    onChange={(e) => setHeap(e.target.value)}
                  />
                  {usesPool && <TextField label="Pool size" placeholder="default" value={pool} onChange={(e) => setPool(e.target.value)} />}
                  {usesPool && <TextField label="Prewarm" placeholder="default" value={prewarm} onChange={(e) => setPrewarm(e.target.value)} />}
                </div>
                <KindFields legend="Pages of memory" kinds={pageKinds} hints={pageHints} chosen={pages} onChange={setPages} />
                {usesPool && (
                  <KindFields
                    legend="Where a process of a pool waits"
                    kinds={affinities}
                    hints={affinityHints}
                    chosen={chosenAffinities}
                    onChange={setAffinities}
                  />
                )}
                {modes.some(hasSnapshot) && (
                  <TextField
                    label="Also primed with"
                    placeholder="not primed"
                    hint="Paths asked for when the snapshot is made, such as /, /api: each variant with a snapshot without and with it."
                    value={prime}
                    onChange={(e) => void setPrime(e.target.value)}
                  />
                )}
                <CheckField
                  label="Also without the sandbox"
                  hint="Each variant with and without the system-call filter around the process."
                  checked={withoutSandbox}
                  onChange={() => setWithoutSandbox(!withoutSandbox)}
                />
                <CheckField
                  label="Also with symbols"
                  hint="Each variant stripped and with its symbol table kept in the binary."
                  checked={withSymbols}
                  onChange={() => void setWithSymbols(!withSymbols)}
                />
              </div>
            </Card>
            <Card title="Where and how often">
              <div className="flex flex-col gap-4">
                <fieldset>
                  <legend className="mb-2 text-[13px] font-medium">Hosts</legend>
                  {able.length === 0 ? (
                    <p className="text-sm text-muted">No host can run all of these platforms{chosenRuntimes.length > 0 && " and runtimes"}.</p>
                  ) : (
                    <div className="grid gap-2 sm:grid-cols-2">
                      {able.map((h) => (
                        <CheckField
                          key={h.id}
                          label={h.name}
                          hint={`${h.cpuModel}${h.online ? "" : " (offline)"}`}
                          checked={chosenHosts.includes(h.id)}
                          onChange={() => setHostIds(toggle(chosenHosts, h.id))}
                        />
                      ))}
                    </div>
                  )}
                </fieldset>
                <div className="grid gap-3 sm:grid-cols-3">
                  <NumberField label="Runs of each variant" min={8} max={5000} required value={form.runs} onChange={set("runs")} />
                  <NumberField label="Warm-ups (dropped)" min={0} max={500} required value={form.warmup} onChange={set("warmup")} />
                  <TextField label="Path of the request" required value={form.path} onChange={(e) => set("path")(e.target.value)} />
                </div>
              </div>
            </Card>
          </div>
          <Card title="Variants" note="Measured in turns, so that what disturbs the host disturbs all alike" className="lg:sticky lg:top-6">
            <ol className="flex flex-col gap-1.5 text-sm">
              {variants.slice(0, maxVariants).map((v, i) => (
                <li key={`${labels[i]}${v.versionId}`} className="flex items-center justify-between gap-2">
                  <span className="min-w-0 truncate">{labels[i]}</span>
                  {i === 0 && variants.length > 1 && <Badge>baseline</Badge>}
                </li>
              ))}
            </ol>
            {trouble ? (
              <p className="mt-3 text-[13px] text-warn">{trouble}</p>
            ) : (
              <p className="tnum mt-3 text-[13px] text-muted">
                {variants.length * (Number(form.runs) || 0) * chosenHosts.length} starts on {chosenHosts.length} host{chosenHosts.length === 1 ? "" : "s"}
              </p>
            )}
            {create.error && (
              <ErrorNote title="Not started" className="mt-3">
                {errorText(create.error)}
              </ErrorNote>
            )}
            <Button type="submit" variant="primary" className="mt-4 w-full" disabled={trouble !== null} busy={create.isPending}>
              Start the experiment
            </Button>
          </Card>
        </form>
      )}
    </>
  );
}
