"use client";
import { useQuery } from "@tanstack/react-query";
import { useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatCount } from "../../../lib/format.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { Ago } from "../../../ui/time.tsx";

type Status = NonNullable<Outputs["settings"]["telemetry"]>;

const example = `OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318
OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20KEY"   # if it wants one
OTEL_SERVICE_NAME=zerostart
OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0.1   # a tenth of the traces`;

function SignalCard({
  title,
  note,
  signal,
  unit,
  extra,
}: {
  title: string;
  note: string;
  signal: Status["traces"] | Status["metrics"];
  unit: string;
  extra: [name: string, value: string];
}) {
  return (
    <Card title={title} note={note} actions={signal ? <Badge tone={signal.lastError ? "warn" : "good"}>on</Badge> : <Badge>off</Badge>}>
      {signal ? (
        <div className="flex flex-col gap-3 text-sm">
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
            <dt className="text-muted">To</dt>
            <dd className="min-w-0 font-mono text-xs leading-5 break-all">{signal.endpoint}</dd>
            <dt className="text-muted">Sent</dt>
            <dd className="tnum">
              {formatCount(signal.exported)} {unit}
            </dd>
            <dt className="text-muted">Dropped</dt>
            <dd className="tnum">{formatCount(signal.dropped)}</dd>
            <dt className="text-muted">{extra[0]}</dt>
            <dd className="tnum">{extra[1]}</dd>
          </dl>
          {signal.lastError && (
            <ErrorNote title="The last failure">
              <p className="break-words">{signal.lastError.message}</p>
              <p className="text-muted">
                <Ago at={signal.lastError.at} />
              </p>
            </ErrorNote>
          )}
        </div>
      ) : (
        <p className="text-sm text-muted">No collector is named for these.</p>
      )}
    </Card>
  );
}

/** OpenTelemetry of the server: whether it is on, and how the collector takes it. */
export function TelemetryTab() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.settings.telemetry.queryOptions(undefined, { refetchInterval: 5_000 }));
  if (error) return <ErrorNote title="The state of telemetry cannot be read" error={error} />;
  if (data === undefined) return <Skeleton className="h-40" />;
  return (
    <div className="flex flex-col gap-4">
      {data ? (
        <div className="grid gap-4 lg:grid-cols-2">
          <SignalCard
            title="Traces"
            note="Each cold start with a span for each phase; its trace id is the start's id. Requests to this server too."
            signal={data.traces}
            unit="traces"
            extra={["Sampled", `${Math.round((data.traces?.ratio ?? 0) * 1_000) / 10} %`]}
          />
          <SignalCard
            title="Metrics"
            note="Cold starts, memory, requests of handlers and of this server, states of hosts, builds and instances."
            signal={data.metrics}
            unit={data.metrics?.exported === 1 ? "export" : "exports"}
            extra={["Every", `${(data.metrics?.intervalMs ?? 0) / 1_000} s`]}
          />
        </div>
      ) : (
        <Card title="OpenTelemetry is off" note="Cold starts as traces with a span for each phase, and metrics, to any collector that speaks OTLP over HTTP.">
          <div className="flex flex-col gap-3 text-sm">
            <p>Start the control plane with the standard variables:</p>
            <pre tabIndex={0} className="overflow-x-auto rounded border bg-bg px-3 py-2 font-mono text-xs">
              {example}
            </pre>
            <p className="text-muted">
              Without a collector, Prometheus can read <code className="font-mono text-xs">/metrics</code> with an API token.
            </p>
          </div>
        </Card>
      )}
    </div>
  );
}
