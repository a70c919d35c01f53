"use client";
import {
  flexRender,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnDef,
  type RowData,
  type SortingState,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useDeferredValue, useState, type ReactNode } from "react";
import { cn } from "../lib/cn.ts";
import { Button } from "./button.tsx";

declare module "@tanstack/react-table" {
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Figures are set flush right. */
    numeric?: boolean;
    /** Left out at phone width. */
    secondary?: boolean;
  }
}

/** Rows at first; sorting and filtering are of all of them. */
const pageLength = 100;

type Props<T> = {
  rows: T[];
  columns: ColumnDef<T>[];
  label: string;
  empty?: ReactNode;
  search?: string;
  onRowClick?: (row: T) => void;
  rowId?: (row: T) => string;
  selectedId?: string | undefined;
  /** The rows are the first of `total` that the server sorts; without, they are all and sorted here. */
  paged?: { sorting: SortingState; onSorting: (sorting: SortingState) => void; total: number; more: (() => void) | undefined; isLoading: boolean };
};

/** A table that sorts by its headings and filters by `search`. A row's first cell should hold its link, for the keyboard. */
export function DataTable<T>({ rows, columns, label, empty, search, onRowClick, rowId, selectedId, paged }: Props<T>) {
  const [ownSorting, setOwnSorting] = useState<SortingState>([]);
  const sorting = paged?.sorting ?? ownSorting;
  const [shown, setShown] = useState(pageLength);
  // What is typed stays quick however long the table is.
  const filter = useDeferredValue(search ?? "");
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting, globalFilter: paged ? "" : filter },
    onSortingChange: (change) => (paged?.onSorting ?? setOwnSorting)(typeof change === "function" ? change(sorting) : change),
    manualSorting: paged !== undefined,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
    ...(rowId ? { getRowId: rowId } : {}),
  });
  const all = table.getRowModel().rows;
  const visible = paged ? all : all.slice(0, shown);
  const total = paged?.total ?? all.length;
  const more = paged ? paged.more : () => setShown(shown + 4 * pageLength);
  if (visible.length === 0 && empty) return <>{empty}</>;
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full text-sm">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b">
              {group.headers.map((header) => {
                const { meta } = header.column.columnDef;
                const sorted = header.column.getIsSorted();
                const text = flexRender(header.column.columnDef.header, header.getContext());
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                    className={cn(
                      "px-4 py-2 text-left text-xs font-medium whitespace-nowrap text-muted",
                      meta?.numeric && "text-right",
                      meta?.secondary && "hidden md:table-cell",
                    )}
                  >
                    {header.column.getCanSort() ? (
                      <button type="button" onClick={header.column.getToggleSortingHandler()} className="inline-flex items-center gap-1 hover:text-fg">
                        {text}
                        {sorted === "asc" ? <ArrowUp className="size-3" /> : sorted === "desc" ? <ArrowDown className="size-3" /> : null}
                      </button>
                    ) : (
                      text
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {visible.map((row) => (
            <tr
              key={row.id}
              onClick={onRowClick ? () => onRowClick(row.original) : undefined}
              data-selected={selectedId === row.id || undefined}
              className={cn("border-b last:border-b-0 data-selected:bg-raised", onRowClick && "cursor-pointer hover:bg-raised/60")}
            >
              {row.getVisibleCells().map((cell) => {
                const { meta } = cell.column.columnDef;
                return (
                  <td
                    key={cell.id}
                    className={cn("px-4 py-2.5 align-middle", meta?.numeric && "tnum text-right whitespace-nowrap", meta?.secondary && "hidden md:table-cell")}
                  >
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {visible.length === 0 && <p className="px-4 py-8 text-center text-sm text-muted">Nothing matches “{search}”.</p>}
      {total > visible.length && more && (
        <div className="flex items-center justify-center gap-3 border-t p-3 text-[13px] text-muted">
          {visible.length} of {total}
          <Button size="sm" busy={paged?.isLoading ?? false} onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}
