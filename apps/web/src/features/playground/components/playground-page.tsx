"use client";
import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import Link from "next/link";
import { useEffect, useMemo, useRef, useState } from "react";
import { errorText, useTRPCClient } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { CodeEditor } from "../../../ui/lazy-code-editor.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Diagnostics } from "../../builds/components/diagnostics.tsx";
import { examples } from "../../handlers/helpers/examples.ts";
import { useCheck } from "../../handlers/helpers/use-check.ts";
import { encodeRequest, parseResponse, type RunAnswer, type RunRequest } from "../helpers/protocol.ts";
import { BytecodeListing } from "./bytecode-listing.tsx";
import { SnapshotCard } from "./snapshot-card.tsx";

const timeoutMs = 20_000;
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

class Engine {
  #worker: Worker | undefined;

  /** Rejects when the handler does not come to an end; the next run has a fresh worker. */
  run(request: RunRequest): Promise<RunAnswer> {
    const worker = (this.#worker ??= new Worker(new URL("../helpers/engine-worker.ts", import.meta.url), { type: "module" }));
    return new Promise<RunAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        reject(new Error(`Stopped after ${timeoutMs / 1000} s: the handler did not come to an end.`));
      }, timeoutMs);
      worker.onmessage = (event: MessageEvent<RunAnswer>) => {
        clearTimeout(timer);
        resolve(event.data);
      };
      worker.onerror = (event) => {
        clearTimeout(timer);
        this.close();
        reject(new Error(`The engine could not be started in this browser: ${event.message || "its worker did not load"}`));
      };
      worker.postMessage(request);
    });
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
const tones: Record<string, string> = { error: "text-bad", warn: "text-warn" };

/** A handler in the browser, on the engine that native binaries are made of: request in; response, console, bytecode and what a snapshot holds out. */
export function PlaygroundPage() {
  const client = useTRPCClient();
  const engine = useRef<Engine>(null);
  const [example, setExample] = useState(examples[0] as (typeof examples)[number]);
  const [source, setSource] = useState<string>(example.source);
  const [request, setRequest] = useState({ method: "GET", path: "/?name=Ada", headers: "", body: "" });
  useEffect(() => () => engine.current?.close(), []);
  const files = useMemo(() => [{ path: example.path, content: source, encoding: "utf8" as const }], [example.path, source]);
  const { check } = useCheck(files, example.path);
  const run = useMutation({
    mutationFn: async () => {
      const { compiled, sourceBytes, bytecodeBytes } = await client.playground.compile.mutate({ files });
      // Why it does not compile is told beside the source already.
      if (!compiled) return undefined;
      const answer = await (engine.current ??= new Engine()).run({
        bytecode: bytesOf(compiled.bytecode),
        telling: compiled.telling ? bytesOf(compiled.telling.bytecode) : undefined,
        request: encodeRequest(request),
      });
      return { compiled, sourceBytes, bytecodeBytes, source, answer, response: answer.response && parseResponse(answer.response) };
    },
  });
  const { compiled, answer, response } = run.data ?? {};
  const [line, setLine] = useState<number>();
  const set = (name: keyof typeof request) => (e: { target: { value: string } }) => setRequest({ ...request, [name]: e.target.value });
  return (
    <>
      <PageHeader
        title="Playground"
        actions={
          <Button variant="primary" busy={run.isPending} onClick={() => run.mutate()}>
            <Play /> Run
          </Button>
        }
      >
        Runs in this browser, on the same vm.wasm that native binaries are made of. Nothing is saved;{" "}
        <Link href="/handlers/new" className="underline hover:text-fg">
          make a handler
        </Link>{" "}
        to keep it.
      </PageHeader>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Card
            title={example.path}
            flush
            actions={
              <select
                aria-label="Example"
                value={example.name}
                onChange={(e) => {
                  const next = examples.find((x) => x.name === e.target.value);
                  if (!next) return;
                  setExample(next);
                  setSource(next.source);
                }}
                className="h-8 rounded-md border border-line-strong/50 bg-surface px-2 text-[13px]"
              >
                {examples.map((x) => (
                  <option key={x.name}>{x.name}</option>
                ))}
              </select>
            }
          >
            <div className="h-80">
              <CodeEditor
                key={example.name}
                path={example.path}
                value={source}
                onChange={setSource}
                label={`Source of ${example.path}`}
                marks={check?.diagnostics ?? []}
                line={compiled && line}
                onLine={setLine}
              />
            </div>
          </Card>
          <Card title="Request">
            <form
              className="flex flex-col gap-3"
              onSubmit={(e) => {
                e.preventDefault();
                run.mutate();
              }}
            >
              <div className="grid grid-cols-[7rem_1fr] gap-3">
                <SelectField label="Method" value={request.method} onChange={set("method")}>
                  {methods.map((m) => (
                    <option key={m}>{m}</option>
                  ))}
                </SelectField>
                <TextField label="Path" required pattern="/.*" value={request.path} onChange={set("path")} />
              </div>
              {(["headers", "body"] as const).map((name) => (
                <label key={name} className="flex flex-col gap-1.5 text-[13px] font-medium">
                  {name === "headers" ? "Headers" : "Body"}
                  <textarea
                    rows={2}
                    value={request[name]}
                    onChange={set(name)}
                    placeholder={name === "headers" ? "accept: application/json" : ""}
                    className="rounded-md border border-line-strong/50 bg-surface px-3 py-2 font-mono text-xs font-normal placeholder:text-muted"
                  />
                </label>
              ))}
            </form>
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          {run.error && <ErrorNote title="Not run">{errorText(run.error)}</ErrorNote>}
          {check && check.diagnostics.length > 0 && <Diagnostics diagnostics={check.diagnostics} />}
          {answer?.error && (
            <ErrorNote title="The handler failed">
              <pre className="overflow-x-auto font-mono text-xs whitespace-pre-wrap">{answer.error}</pre>
            </ErrorNote>
          )}
          <Card
            title={
              <span className="flex items-center gap-2">
                Response {response && <Badge tone={response.status.startsWith("2") ? "good" : "warn"}>{response.status}</Badge>}
              </span>
            }
            note={
              answer
                ? `image and load ${ms(answer.times.load)}, top level ${ms(answer.times.init)}, request ${ms(answer.times.request)}`
                : "Press Run: the handler is compiled, started and sent the request."
            }
          >
            {response ? (
              <div className="flex flex-col gap-3" role="status">
                <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 font-mono text-xs">
                  {response.headers.map(([name, value], i) => (
                    <div key={`${name}${i}`} className="contents">
                      <dt className="text-muted">{name}</dt>
                      <dd className="break-all">{value}</dd>
                    </div>
                  ))}
                </dl>
                <pre
                  tabIndex={0}
                  aria-label="Body of the response"
                  className="max-h-72 overflow-auto rounded border bg-bg p-3 font-mono text-xs whitespace-pre-wrap"
                >
                  {response.body === "" ? "(empty)" : response.body}
                </pre>
              </div>
            ) : answer && !answer.error ? (
              <p className="text-sm text-muted">No response came within the time that a request has.</p>
            ) : (
              <p className="text-sm text-muted">Nothing yet.</p>
            )}
          </Card>
          <Card title="Console" note={answer ? `${answer.records.length} line${answer.records.length === 1 ? "" : "s"}` : null}>
            {answer && answer.records.length > 0 ? (
              <ul className="max-h-48 overflow-auto font-mono text-xs" tabIndex={0} aria-label="Console">
                {answer.records.map((r, i) => (
                  <li key={i} className={cn("whitespace-pre-wrap", tones[r.level])}>
                    {r.text}
                  </li>
                ))}
              </ul>
            ) : (
              <p className="text-sm text-muted">What the handler logs appears here.</p>
            )}
          </Card>
          {compiled && (
            <Card
              title="Bytecode"
              note={`${run.data?.bytecodeBytes} bytes from ${run.data?.sourceBytes} bytes of source; choose a line here or in the source`}
              flush
            >
              <BytecodeListing functions={compiled.functions} sourceLines={run.data?.source?.split("\n") ?? []} line={line} onLine={setLine} />
            </Card>
          )}
          {answer?.snapshot && <SnapshotCard snapshot={answer.snapshot} bindings={compiled?.telling?.bindings ?? []} />}
        </div>
      </div>
    </>
  );
}
