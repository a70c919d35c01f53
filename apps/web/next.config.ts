import type { NextConfig } from "next";

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Types are checked by `npm run check`, for every package alike.
  typescript: { ignoreBuildErrors: true },
  transpilePackages: ["@zerostart/protocol", "@zerostart/stats", "@zerostart/vm"],
  devIndicators: false,
};
export default config;
