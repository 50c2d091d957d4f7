// Entropy-driven partition of many tiles (numerics, section 2; paper section 3.1): the regions of
// tokenizer/partition, in the same order, with the same sort keys to the bit.
//
// How equality is certain: every step that decides anything is the host's arithmetic, rounded
// operation by operation (this file's kernels are compiled with -fmad=false), the histogram is made
// of integers, terms of the entropy come from a table made on the host or from the code that made
// it (cuda/entropy_math.h), powers are products and a square root, sums of doubles have one order.
//
// How it is fast: a picture chooses among few regions (cuda/partition_graph.h), 2,729 for 256 x 256
// pixels and minhw 8, where the host evaluates about 425 one after another for 128 tokens. All that
// can be cut, 1,705, are evaluated at once, a block each; then one warp a tile follows the cuts
// through a table in shared memory; then the regions that cannot be cut and were chosen, at most
// one a token, are evaluated for the order of the list. Four times the arithmetic of the host's
// way, but no chain of 127 dependent evaluations.
#pragma once

#include <cstdint>

#include "cuda/partition_graph.h"
#include "cuda/stream.h"

namespace gpst::cuda {

struct PartitionTiles {
  const float* grey;  // [T,height,width], values in [-1,1]
  const float* bias;  // [T,height,width], summed over a region and added to its key; or null
  int64_t tiles, width, height;
};

// On the device: a PartitionGraph of the tiles' size and the rule's tokens.
struct PartitionTables {
  const PartitionNode* nodes;  // [node_count]
  int64_t node_count, cuttable;
  const double* terms;  // [4097], entropy_terms()
  // A table of cuts (16 bytes a cuttable node) up to this size is kept in shared memory, a longer
  // one is read from global memory.
  int64_t shared_bytes = 96 << 10;
};

struct PartitionRule {
  int64_t tokens;
  double exponent;  // of the entropy: a multiple of 0.5 from 0 to 16
  bool width_on_tie;
  // When nothing can be cut: the newest top/bottom pair again and again, as the published program
  // does. Without it the caller must ask for no more than the graph's most_regions.
  bool allow_duplicates;
  int64_t rows() const { return tokens + (allow_duplicates ? 1 : 0); }
};

struct PartitionResult {
  int32_t* regions;  // [T,rows,4] x0, y0, x1, y1, inclusive, in the order of the published program
  double* complexity;  // [T,rows] their sort keys; or null
  int32_t* counts;     // [T] rows in use: `tokens`, or one more with duplicates; the rest is 0
  // [T] -1, or the place in [height,width] of the first grey value that is not a number or beyond
  // +-16, or height*width more for a bias that is not finite. Such a tile has no rows in use.
  int32_t* first_bad;
};

// Bytes of scratch memory that partition_tiles needs, a multiple of 16.
int64_t partition_scratch_bytes(const PartitionTiles& tiles, const PartitionTables& tables,
                                const PartitionRule& rule);

// Six launches, no synchronisation. `scratch` is aligned to 16 bytes. InputError: another exponent,
// more than 8,192 tokens, sizes that do not fit. Nothing is launched for no tiles.
void partition_tiles(const PartitionTiles& tiles, const PartitionTables& tables,
                     const PartitionRule& rule, const PartitionResult& result, void* scratch,
                     Stream stream);

}  // namespace gpst::cuda
