// The regions that cutting a tile can lead to (numerics, section 2), found on the host before any
// picture is seen: a region's cuts depend on its size alone, and a picture only chooses among them.
// The rule of the cuts is that of tokenizer/region.h.
#pragma once

#include <cstdint>
#include <vector>

namespace gpst::cuda {

// One reachable region: inclusive pixel bounds, and the numbers of the regions that it can be cut
// into, -1 where that cut is not made. A square can be cut both ways.
struct PartitionNode {
  int x0, y0, x1, y1;
  int left, right, top, bottom;
};

struct PartitionGraph {
  // Node 0 is the whole tile. The first `cuttable` nodes are the regions that can be cut, in order
  // of the number of cuts that lead to them, the rest those that cannot.
  std::vector<PartitionNode> nodes;
  int64_t cuttable = 0;
  int64_t most_regions = 0;  // without duplicates; exact up to the tokens asked for
  // A region that can be cut into top and bottom exists: what duplicates are made of.
  bool has_rows = false;
};

// Of a tile of width x height pixels, when no side of at most minhw + 1 pixels is cut, as far as
// `tokens` regions can reach. 2,729 nodes, 1,705 of them cuttable, for 256 x 256 and minhw 8.
PartitionGraph partition_graph(int width, int height, int minhw, int tokens);

// p*log2(p + 1e-10) by count, 0..4096, when no magnitude was dropped.
std::vector<double> entropy_terms();

}  // namespace gpst::cuda
