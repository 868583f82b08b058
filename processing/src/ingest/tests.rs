//! Small copies of the shapes that factory files have, through the whole of ingest.

use super::*;
