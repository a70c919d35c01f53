/** Signs in with better-auth's endpoint; throws an Error whose message is for the person. */
export async function signInWithPassword(email: string, password: string): Promise<void> {
  const response = await fetch("/api/auth/sign-in/email", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  if (response.ok) return;
  if (response.status === 429) throw new Error("Too many attempts. Wait a minute, then try again.");
  if (response.status === 401 || response.status === 400) throw new Error("The address or the password is wrong.");
  throw new Error(`The server answered ${response.status}. Look at its log.`);
}
