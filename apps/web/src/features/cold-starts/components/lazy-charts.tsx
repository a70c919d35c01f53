"use client";
/** The charts in a bundle of their own: the page is there, and alive, before what draws them has come. They are of a fixed height. */
import dynamic from "next/dynamic";
import { Skeleton } from "../../../ui/feedback.tsx";

const loading = (height: string) => () => <Skeleton className={height} />;
const charts = () => import("./charts.tsx");

export const StartsChart = dynamic(() => charts().then((m) => m.StartsChart), { ssr: false, loading: loading("h-[260px]") });
export const TimelineChart = dynamic(() => charts().then((m) => m.TimelineChart), { ssr: false, loading: loading("h-[220px]") });
export const HistogramChart = dynamic(() => charts().then((m) => m.HistogramChart), { ssr: false, loading: loading("h-[220px]") });
export const MemoryChart = dynamic(() => charts().then((m) => m.MemoryChart), { ssr: false, loading: loading("h-[220px]") });
export const SizeTrendChart = dynamic(() => charts().then((m) => m.SizeTrendChart), { ssr: false, loading: loading("h-[236px]") });
