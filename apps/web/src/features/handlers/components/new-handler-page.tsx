"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/field.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { examples } from "../helpers/examples.ts";
import { handlerName, suggestName } from "../helpers/handler-name.ts";
import { SourceWorkspace, type Workspace } from "./source-workspace.tsx";

const first: Workspace = { files: [{ path: examples[0].path, content: examples[0].source, encoding: "utf8" }], entry: examples[0].path };

export function NewHandlerPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const create = useMutation(
    trpc.handlers.create.mutationOptions({
      onSuccess: (made) => {
        toast.success(`${made.name} v${made.number} saved`, { description: "Choose platforms and build it." });
        void queryClient.invalidateQueries();
        router.push(`/handlers/${made.handlerId}?dialog=build`);
      },
      onError: (error) => toast.error("Nothing was saved", { description: errorText(error) }),
    }),
  );
  const nameError = tried && !handlerName.safeParse(name).success ? "Lowercase letters, digits and hyphens, at most 63." : undefined;
  return (
    <>
      <PageHeader title="New handler" trail={[{ label: "Handlers", href: "/" }]}>
        An HTTP handler in JavaScript, TypeScript, JSX or TSX; npm imports are bundled.
      </PageHeader>
      <div className="flex flex-col gap-4">
        <TextField
          label="Name"
          placeholder="hello"
          className="max-w-sm"
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(e) => setName(e.target.value)}
          error={nameError}
          hint="Appears in URLs and file names."
        />
        <SourceWorkspace
          initial={first}
          onNamed={(suggested) => {
            if (!name) setName(suggestName(suggested));
          }}
          toolbar={(replace) => (
            <div className="flex flex-wrap items-center gap-2 text-sm">
              <span className="text-muted">Begin with</span>
              {examples.map((example) => (
                <Button
                  key={example.name}
                  size="sm"
                  onClick={() => replace({ files: [{ path: example.path, content: example.source, encoding: "utf8" }], entry: example.path })}
                >
                  {example.name}
                </Button>
              ))}
            </div>
          )}
        >
          {(workspace, compiles) => (
            <div className="flex flex-col gap-3">
              {create.error && <ErrorNote title="Nothing was saved" error={create.error} />}
              <div className="flex items-center gap-3">
                <Button
                  variant="primary"
                  busy={create.isPending}
                  onClick={() => {
                    setTried(true);
                    if (handlerName.safeParse(name).success) create.mutate({ name, ...workspace });
                    else document.querySelector<HTMLInputElement>("input[placeholder=hello]")?.focus();
                  }}
                >
                  Save handler
                </Button>
                {!compiles && <span className="text-sm text-muted">Only what compiles is saved.</span>}
              </div>
            </div>
          )}
        </SourceWorkspace>
      </div>
    </>
  );
}
