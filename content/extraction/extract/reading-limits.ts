/** Maximum unpacked size in bytes of all parts that are read of one file. It stops zip bombs. */
export const maxUnpacked = 200 * 1024 * 1024;
/** Cells of data tables are short. A longer one, in characters, belongs to a layout table. */
export const maxCell = 600;
/** Limits a column span, because a table may claim that a cell spans a million columns. */
export const maxSpan = 50;
