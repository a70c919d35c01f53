"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/field.tsx";
import { signInWithPassword } from "../helpers/sign-in.ts";
import { AuthFrame } from "./auth-frame.tsx";

/** Only paths of our own: an address given in the URL must not lead elsewhere. */
function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}

export function SignInForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const next = safeNext(useSearchParams().get("next"));
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { data } = useQuery(trpc.auth.state.queryOptions());
  useEffect(() => {
    if (data?.needsSetup) router.replace("/setup");
    else if (data?.person) router.replace(next);
  }, [data, next, router]);
  const signIn = useMutation({
    mutationFn: () => signInWithPassword(email, password),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.auth.state.queryKey() }),
  });
  return (
    <AuthFrame title="Sign in" note="to the control plane of your handlers.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <TextField label="Email" type="email" name="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.target.value)} />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        {signIn.error && <ErrorNote error={signIn.error} />}
        <Button type="submit" variant="primary" busy={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </AuthFrame>
  );
}
