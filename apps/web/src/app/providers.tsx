"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { Tooltip } from "radix-ui";
import { useEffect, useState, type ReactNode } from "react";
import { Toaster } from "sonner";
import { createClient, errorData, TRPCProvider } from "../lib/api.ts";
import { becomeAlive, RenderedAt } from "../lib/now.ts";

/** Errors that a second try cannot mend. */
const final = new Set([400, 401, 403, 404, 409, 413, 422]);

export function Providers({ nonce, renderedAtMs, children }: { nonce: string | undefined; renderedAtMs: number; children: ReactNode }) {
  const [queryClient] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { staleTime: 5_000, retry: (count, error) => count < 2 && !final.has(errorData(error).httpStatus ?? 0), refetchOnWindowFocus: false },
        },
      }),
  );
  const [trpcClient] = useState(createClient);
  useEffect(becomeAlive, []);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange {...(nonce ? { nonce } : {})}>
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
          <NuqsAdapter>
            <RenderedAt value={renderedAtMs}>
              <Tooltip.Provider delayDuration={200}>{children}</Tooltip.Provider>
            </RenderedAt>
          </NuqsAdapter>
        </TRPCProvider>
      </QueryClientProvider>
      <Toaster
        position="bottom-right"
        closeButton
        toastOptions={{ className: "!bg-surface !text-fg !border-line !font-sans", descriptionClassName: "!text-muted" }}
      />
    </ThemeProvider>
  );
}
