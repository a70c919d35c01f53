"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { z } from "zod";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Ago } from "../../../ui/time.tsx";

const sessions = z.array(
  z.object({
    id: z.string(),
    token: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    userAgent: z.string().nullish(),
    ipAddress: z.string().nullish(),
  }),
);
const current = z.object({ session: z.object({ id: z.string() }) });

/** One of better-auth's endpoints; throws an Error with the server's words. */
async function callAuth(path: string, body?: object): Promise<unknown> {
  const response = await fetch(
    `/api/auth/${path}`,
    body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {},
  );
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new Error((answer as { message?: string } | null)?.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** "Firefox on Linux" of what a browser says about itself. */
function browserOf(userAgent: string | null | undefined): string {
  const find = (names: string[]) => names.find((n) => userAgent?.includes(n));
  const browser = find(["Edg", "Firefox", "Chrome", "Safari", "curl"])?.replace("Edg", "Edge");
  const system = find(["Android", "iPhone", "Windows", "Mac OS", "Linux"]);
  return browser ? `${browser}${system ? ` on ${system}` : ""}` : (userAgent?.slice(0, 60) ?? "an unknown browser");
}

export function AccountTab() {
  const queryClient = useQueryClient();
  const [passwords, setPasswords] = useState({ currentPassword: "", newPassword: "" });
  const { data, error } = useQuery({
    queryKey: ["sessions"],
    queryFn: async () => {
      const [list, mine] = await Promise.all([callAuth("list-sessions"), callAuth("get-session")]);
      const { id } = current.parse(mine).session;
      return sessions.parse(list).map((s) => ({ ...s, isThis: s.id === id }));
    },
  });
  const failed = (title: string) => (e: Error) => toast.error(title, { description: e.message });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["sessions"] });
  const revoke = useMutation({ mutationFn: (token: string) => callAuth("revoke-session", { token }), onSuccess: refresh, onError: failed("Not ended") });
  const revokeOthers = useMutation({ mutationFn: () => callAuth("revoke-other-sessions", {}), onSuccess: refresh, onError: failed("Not ended") });
  const change = useMutation({
    mutationFn: () => callAuth("change-password", { ...passwords, revokeOtherSessions: true }),
    onSuccess: () => {
      setPasswords({ currentPassword: "", newPassword: "" });
      toast.success("Password changed", { description: "All other sessions were ended." });
      return refresh();
    },
    onError: failed("The password stays"),
  });
  return (
    <div className="flex flex-col gap-4">
      <Card
        title="Where you are signed in"
        flush
        actions={
          data &&
          data.length > 1 && (
            <Button size="sm" busy={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
              End all others
            </Button>
          )
        }
      >
        {error ? (
          <div className="p-4">
            <ErrorNote error={error} />
          </div>
        ) : !data ? (
          <TableSkeleton rows={2} />
        ) : (
          <ul>
            {data.map((s) => (
              <li key={s.id} className="flex flex-wrap items-center justify-between gap-3 border-b px-4 py-2.5 text-sm last:border-b-0">
                <span>
                  <span className="font-medium">{browserOf(s.userAgent)}</span>{" "}
                  <span className="text-muted">
                    {s.ipAddress ? `from ${s.ipAddress}, ` : ""}signed in <Ago at={s.createdAt} />
                  </span>
                </span>
                {s.isThis ? (
                  <Badge tone="good">this one</Badge>
                ) : (
                  <Button size="sm" busy={revoke.isPending} onClick={() => revoke.mutate(s.token)}>
                    End session
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="Password" note="Changing it ends all other sessions.">
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(e) => {
            e.preventDefault();
            change.mutate();
          }}
        >
          <TextField
            label="Current password"
            type="password"
            autoComplete="current-password"
            required
            className="w-full sm:w-56"
            value={passwords.currentPassword}
            onChange={(e) => setPasswords({ ...passwords, currentPassword: e.target.value })}
          />
          <TextField
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            className="w-full sm:w-56"
            value={passwords.newPassword}
            onChange={(e) => setPasswords({ ...passwords, newPassword: e.target.value })}
          />
          <Button type="submit" busy={change.isPending}>
            Change password
          </Button>
        </form>
      </Card>
    </div>
  );
}
