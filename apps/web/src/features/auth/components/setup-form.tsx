"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/field.tsx";
import { signInWithPassword } from "../helpers/sign-in.ts";
import { AuthFrame } from "./auth-frame.tsx";

const minPasswordLength = 10;

export function SetupForm() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { data } = useQuery(trpc.auth.state.queryOptions());
  useEffect(() => {
    if (data && !data.needsSetup) router.replace(data.person ? "/" : "/sign-in");
  }, [data, router]);
  const setup = useMutation({
    mutationFn: async () => {
      await client.auth.setup.mutate({ name, email, password });
      await signInWithPassword(email, password);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.auth.state.queryKey() }),
  });
  return (
    <AuthFrame title="Create the admin account" note="You are the first one here. This account manages people, tokens and hosts.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setup.mutate();
        }}
      >
        <TextField label="Name" name="name" autoComplete="name" required value={name} onChange={(e) => setName(e.target.value)} />
        <TextField label="Email" type="email" name="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.target.value)} />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          required
          minLength={minPasswordLength}
          hint={`At least ${minPasswordLength} characters.`}
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        {setup.error && <ErrorNote error={setup.error} />}
        <Button type="submit" variant="primary" busy={setup.isPending}>
          Create account
        </Button>
      </form>
    </AuthFrame>
  );
}
