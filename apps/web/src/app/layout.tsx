import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import "./globals.css";
import { pageRequest } from "../lib/page-request.ts";
import { Providers } from "./providers.tsx";

export const metadata: Metadata = {
  title: { default: "Zerostart", template: "%s · Zerostart" },
  description: "HTTP handlers with the smallest possible cold start, visible per phase.",
};
export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafafa" },
    { media: "(prefers-color-scheme: dark)", color: "#0b0b0d" },
  ],
};

/** Reading the request makes every page dynamic, as it must be: each answer's scripts carry a nonce of their own (server/http.ts). */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = /'nonce-([^']+)'/.exec((await headers()).get("content-security-policy") ?? "")?.[1];
  return (
    <html lang="en" suppressHydrationWarning className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body className="font-sans">
        <Providers nonce={nonce} renderedAtMs={pageRequest()?.atMs ?? Date.now()}>
          {children}
        </Providers>
      </body>
    </html>
  );
}
