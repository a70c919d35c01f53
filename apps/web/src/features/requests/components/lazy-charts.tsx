"use client";
/** The charts in a bundle of their own: the page is there, and alive, before what draws them has come. */
import dynamic from "next/dynamic";
import { Skeleton } from "../../../ui/feedback.tsx";

const loading = () => <Skeleton className="h-[236px]" />;
export const RateChart = dynamic(() => import("./request-charts.tsx").then((m) => m.RateChart), { ssr: false, loading });
export const LatencyChart = dynamic(() => import("./request-charts.tsx").then((m) => m.LatencyChart), { ssr: false, loading });
