"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "../../../lib/api.ts";
import { switchProject } from "../../../lib/project.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/field.tsx";
import { signInWithPassword } from "../helpers/sign-in.ts";
import { AuthFrame } from "./auth-frame.tsx";

/** The token is in the address's fragment: it is never sent to a server by a mere visit, nor kept in a log. */
export function InviteForm() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const [token, setToken] = useState("");
  const [form, setForm] = useState({ name: "", email: "", password: "" });
  useEffect(() => setToken(window.location.hash.slice(1)), []);
  const { data: state } = useQuery(trpc.auth.state.queryOptions());
  const { data: invite, error } = useQuery(trpc.auth.invite.queryOptions({ token }, { enabled: token !== "" }));
  const accept = useMutation({
    mutationFn: async (account: typeof form | undefined) => {
      const { projectSlug } = await client.auth.acceptInvite.mutate({ token, ...(account ? { account } : {}) });
      if (account) await signInWithPassword(account.email, account.password);
      switchProject(projectSlug);
    },
  });
  const set = (name: keyof typeof form) => (e: { target: { value: string } }) => setForm({ ...form, [name]: e.target.value });
  const note = invite ? `${invite.createdBy} invites you as ${invite.role}.` : "to a project of Zerostart.";
  return (
    <AuthFrame title={invite ? `Join ${invite.projectName}` : "Invitation"} note={note}>
      {error ? (
        <ErrorNote error={error} />
      ) : !invite ? (
        <Skeleton className="h-40" />
      ) : state?.person ? (
        <div className="flex flex-col gap-4">
          {accept.error && <ErrorNote error={accept.error} />}
          <Button variant="primary" busy={accept.isPending} onClick={() => accept.mutate(undefined)}>
            Join as {state.person.name}
          </Button>
        </div>
      ) : (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            accept.mutate(form);
          }}
        >
          <TextField label="Name" autoComplete="name" required value={form.name} onChange={set("name")} />
          <TextField label="Email" type="email" autoComplete="username" required value={form.email} onChange={set("email")} />
          <TextField
            label="Password"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            hint="At least 10 characters."
            value={form.password}
            onChange={set("password")}
          />
          {accept.error && <ErrorNote error={accept.error} />}
          <Button type="submit" variant="primary" busy={accept.isPending}>
            Create account and join
          </Button>
          <p className="text-[13px] text-muted">
            With an account already,{" "}
            <Link href="/sign-in" className="underline">
              sign in
            </Link>{" "}
            first, then open the invitation again.
          </p>
        </form>
      )}
    </AuthFrame>
  );
}
