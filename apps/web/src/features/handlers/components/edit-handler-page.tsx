"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { SourceWorkspace } from "./source-workspace.tsx";

export function EditHandlerPage({ handlerId }: { handlerId: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const handler = useQuery(trpc.handlers.get.queryOptions({ handlerId }));
  const newest = handler.data?.versions[0];
  const source = useQuery(trpc.handlers.source.queryOptions({ versionId: newest?.id ?? "" }, { enabled: newest !== undefined, staleTime: Infinity }));
  const upload = useMutation(
    trpc.handlers.upload.mutationOptions({
      onSuccess: (saved) => {
        if (saved.isNew) toast.success(`${saved.name} v${saved.number} saved`);
        else toast.info(`Nothing changed: this is v${saved.number}`);
        void queryClient.invalidateQueries();
        router.push(`/handlers/${handlerId}?dialog=build`);
      },
      onError: (error) => toast.error("Nothing was saved", { description: errorText(error) }),
    }),
  );
  const failure = handler.error ?? source.error;
  return (
    <>
      <PageHeader
        title="New version"
        trail={[
          { label: "Handlers", href: "/" },
          { label: handler.data?.name ?? "…", href: `/handlers/${handlerId}` },
        ]}
      >
        {newest ? `Begins with v${newest.number}.` : null}
      </PageHeader>
      {failure && <ErrorNote title="The source cannot be shown" error={failure} />}
      {!failure && !source.data && <Skeleton className="h-96" />}
      {source.data && (
        <SourceWorkspace
          initial={{
            entry: source.data.entry,
            files: source.data.files.flatMap((f) => (f.text === null ? [] : [{ path: f.path, content: f.text, encoding: "utf8" as const }])),
          }}
        >
          {(workspace) => (
            <div className="flex flex-col gap-3">
              {upload.error && <ErrorNote title="Nothing was saved" error={upload.error} />}
              <div>
                <Button variant="primary" busy={upload.isPending} onClick={() => upload.mutate({ handlerId, ...workspace })}>
                  Save version
                </Button>
              </div>
            </div>
          )}
        </SourceWorkspace>
      )}
    </>
  );
}
