//! Every bound of this crate, with its reason.

/// Bounds on one operation. The defaults suit a worker of the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Columns of a table. 4,096 holds the widest wafer and vision data seen, and keeps footers small.
    pub columns_max: usize,
    /// Rows of a table; row numbers stay exact in every JSON client.
    pub rows_max: u64,
    /// Bytes of one record of a text file; a longer one is a wrong delimiter or a lost quote.
    pub record_bytes_max: usize,
    /// Bytes of a column name.
    pub name_bytes_max: usize,
    /// Unpacked bytes of a compressed file.
    pub unpacked_bytes_max: u64,
    /// Unpacked to packed bytes of a compressed file, once past 16 MiB: above it is a bomb.
    pub unpack_ratio_max: u64,
    /// Bytes at the head of a text file from which separator and header are told.
    pub sample_bytes: usize,
    /// Bytes of whole records of a text file that one thread takes at a time.
    pub block_bytes: usize,
    /// Rows of an Arrow batch.
    pub batch_rows: usize,
    /// Rows of a Parquet row group.
    pub row_group_rows: usize,
    /// Bytes that one row group may hold in memory before it is written; wide tables reach this
    /// before `row_group_rows`.
    pub row_group_bytes: usize,
    /// Bytes that one operation may hold for data (sorting, grouping), beyond fixed state.
    pub memory_bytes_max: usize,
    /// Pairs of rows that a join without an equality may compare; about a minute of one core.
    pub pairs_max: u64,
    /// Threads of one operation.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            columns_max: 4_096,
            rows_max: 10_000_000_000,
            record_bytes_max: 4 << 20,
            name_bytes_max: 512,
            unpacked_bytes_max: 1 << 40,
            unpack_ratio_max: 200,
            sample_bytes: 1 << 20,
            block_bytes: 1 << 20,
            batch_rows: 16_384,
            row_group_rows: 122_880,
            row_group_bytes: 48 << 20,
            memory_bytes_max: 1 << 30,
            pairs_max: 20_000_000_000,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
