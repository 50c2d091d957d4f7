// From sort keys to lists: which regions are cut, and the order of the list (numerics, section 2).
//
// The host keeps its list sorted, stable, and appends two halves at its end after each cut. So an
// element's place is decided by its key, then by its age; the next region to be cut is the largest
// key, the oldest of equals, among those that can be cut; and only the last two are out of order.
#pragma once

#include <cstdint>
#include <cstring>

#include "cuda/partition.h"
#include "cuda/simt.h"

namespace gpst::cuda {

inline constexpr int kSelectThreads = 128;
inline constexpr int kLastPair = 0x7ffffffe;        // the order of the last two: behind all others
inline constexpr int kDuplicate = 1 << 30;          // flag of a node's number
inline constexpr double kDuplicateKey = 1'000'000;  // of the published program

// Unsigned integers in the order of the doubles; 0 belongs to no number.
__device__ __forceinline__ uint64_t sortable(double key) {
  const double without_minus_zero = key + 0.0;
  uint64_t bits;
  memcpy(&bits, &without_minus_zero, sizeof bits);
  return bits >> 63 != 0 ? ~bits : bits | uint64_t{1} << 63;
}

// An element of the list while regions are cut.
struct ListElement {
  uint64_t key;  // sortable; 0 where the region cannot be cut
  int order;     // how many were appended before it
  int node;      // may carry kDuplicate
};

// What becomes of a region that can be cut. Decided once for every region of a tile, whether it is
// reached or not, where the table fits shared memory.
struct NodeChoice {
  uint64_t key;
  int first, second;  // the halves
};

struct SelectGraph {
  const PartitionNode* nodes;  // [node_count]
  int cuttable;
  bool width_on_tie;
};

__device__ __forceinline__ NodeChoice choose_cut(const SelectGraph& graph,
                                                 const double* keys /*[cuttable]*/, int number) {
  const PartitionNode node = graph.nodes[number];
  bool columns = node.left >= 0;
  if (columns && node.top >= 0) {
    // Halves of a square that can be cut can be cut themselves: their keys are known.
    const auto least = [keys](int a, int b) { return keys[b] < keys[a] ? keys[b] : keys[a]; };
    const double left_right = least(node.left, node.right);
    const double top_bottom = least(node.top, node.bottom);
    columns = graph.width_on_tie ? left_right <= top_bottom : left_right < top_bottom;
  }
  return {sortable(keys[number]), columns ? node.left : node.top,
          columns ? node.right : node.bottom};
}

// The warp's largest key, the lowest order among equals, and where in the list it is; -1 where no
// key is above 0. Every lane gives its own best.
__device__ __forceinline__ int best_of_warp(uint64_t key, int order, int place) {
  const auto high = static_cast<unsigned>(key >> 32), low = static_cast<unsigned>(key);
  const unsigned most_high = __reduce_max_sync(kFullMask, high);
  const unsigned most_low = __reduce_max_sync(kFullMask, high == most_high ? low : 0u);
  const bool is_most = high == most_high && low == most_low && key != 0;
  const int oldest = __reduce_min_sync(kFullMask, is_most ? order : kLastPair);
  const unsigned winner = __ballot_sync(kFullMask, is_most && order == oldest);
  const int found =
      __shfl_sync(kFullMask, place, winner == 0 ? 0 : __ffs(static_cast<int>(winner)) - 1);
  return winner == 0 ? -1 : found;
}

// Where selected lists wait for their order.
struct SelectedLists {
  int* nodes;    // [T,rows], may carry kDuplicate
  int* orders;   // [T,rows]
  double* keys;  // [T,rows]; not written where the region cannot be cut and is no duplicate
  int* counts;   // [T]
  int rows;
};

// A block a tile. The first warp cuts tokens - 1 times, one cut after another; a cut takes a pass
// over the list (four loads a lane for 128 tokens), three reductions, a ballot, a shuffle and two
// reads of the table of which one waits for the other. Shared memory holds list and table, so that
// none of this waits for more than that.
// Dynamic shared memory: ListElement[rows], then NodeChoice[cuttable] where `staged`.
__global__ void __launch_bounds__(kSelectThreads)
    select_regions(SelectGraph graph, const double* __restrict__ keys,  // [T,cuttable]
                   const int* __restrict__ first_bad,                   // [T]
                   int fine,  // first_bad of a tile that is
                   int tokens, bool allow_duplicates, bool staged, SelectedLists lists) {
  GPST_DYNAMIC_SHARED(ListElement, list);
  NodeChoice* const choices = reinterpret_cast<NodeChoice*>(list + lists.rows);
  const int tile = static_cast<int>(blockIdx.x);
  const int thread = static_cast<int>(threadIdx.x);
  const double* tile_keys = keys + static_cast<int64_t>(tile) * graph.cuttable;
  if (first_bad[tile] < fine) {
    if (thread == 0) lists.counts[tile] = 0;
    return;
  }
  if (staged) {
    for (int i = thread; i < graph.cuttable; i += kSelectThreads) {
      choices[i] = choose_cut(graph, tile_keys, i);
    }
  }
  __syncthreads();
  if (thread >= kWarp) return;

  const auto choice = [&](int number) {
    return staged ? choices[number] : choose_cut(graph, tile_keys, number);
  };
  const auto key_of = [&](int number) {
    if (number >= graph.cuttable) return uint64_t{0};
    return staged ? choices[number].key : sortable(tile_keys[number]);
  };
  if (thread == 0) list[0] = {key_of(0), 0, 0};
  __syncwarp();
  int count = 1, appended = 1;
  int rows_node = -1;  // the newest that was or could have been cut into top and bottom
  while (count < tokens) {
    uint64_t best = 0;
    int order = kLastPair, place = 0;
    for (int i = thread; i < count; i += kWarp) {
      const ListElement element = list[i];
      if (element.key > best || (element.key == best && element.order < order)) {
        best = element.key;
        order = element.order;
        place = i;
      }
    }
    const int next = best_of_warp(best, order, place);
    if (next < 0 && (!allow_duplicates || rows_node < 0)) break;  // refused by the host
    if (next < 0) {
      if (thread == 0) {
        const PartitionNode node = graph.nodes[rows_node];
        const auto duplicate = [&](int number, int age) {
          const uint64_t key = number < graph.cuttable ? sortable(kDuplicateKey) : 0;
          return ListElement{key, age, number | kDuplicate};
        };
        list[count] = duplicate(node.top, appended);
        list[count + 1] = duplicate(node.bottom, appended + 1);
      }
      count += 2;
    } else {
      const int number = list[next].node & ~kDuplicate;
      const NodeChoice cut = choice(number);
      if (allow_duplicates && graph.nodes[number].top >= 0) rows_node = number;
      const ListElement first = {key_of(cut.first), appended, cut.first};
      const ListElement second = {key_of(cut.second), appended + 1, cut.second};
      __syncwarp();
      if (thread == 0) {
        list[next] = first;
        list[count] = second;
      }
      ++count;
    }
    appended += 2;
    __syncwarp();
  }

  const int64_t offset = static_cast<int64_t>(tile) * lists.rows;
  for (int i = thread; i < count; i += kWarp) {
    const ListElement element = list[i];
    const int age = element.order - (appended - 2);  // of the last pair: 0 or 1
    lists.nodes[offset + i] = element.node;
    lists.orders[offset + i] = appended > 1 && age >= 0 ? kLastPair + age : element.order;
    if ((element.node & kDuplicate) != 0) {
      lists.keys[offset + i] = kDuplicateKey;
    } else if (element.node < graph.cuttable) {
      lists.keys[offset + i] = tile_keys[element.node];
    }
  }
  if (thread == 0) lists.counts[tile] = count;
}

// A block a tile. Every element counts those before it: count^2 comparisons, 16,384 for 128 tokens.
__global__ void __launch_bounds__(kSelectThreads)
    order_regions(SelectedLists lists, const PartitionNode* __restrict__ nodes,
                  int4* __restrict__ regions,               // [T,rows]
                  double* __restrict__ complexity,          // [T,rows] or null
                  int* __restrict__ first_bad, int fine) {  // [T]; `fine` becomes -1
  const int tile = static_cast<int>(blockIdx.x);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t offset = static_cast<int64_t>(tile) * lists.rows;
  const double* keys = lists.keys + offset;
  const int* orders = lists.orders + offset;
  const int count = lists.counts[tile];
  for (int i = thread; i < count; i += kSelectThreads) {
    const double key = keys[i];
    const int order = orders[i];
    int place = 0;
    for (int j = 0; j < count; ++j) {
      const int other = orders[j];
      const bool sorted = order < kLastPair && other < kLastPair;
      const bool before =
          sorted ? keys[j] > key || (keys[j] == key && other < order) : other < order;
      place += before ? 1 : 0;
    }
    const PartitionNode node = nodes[lists.nodes[offset + i] & ~kDuplicate];
    regions[offset + place] = make_int4(node.x0, node.y0, node.x1, node.y1);
    if (complexity != nullptr) complexity[offset + place] = key;
  }
  for (int i = count + thread; i < lists.rows; i += kSelectThreads) {
    regions[offset + i] = make_int4(0, 0, 0, 0);
    if (complexity != nullptr) complexity[offset + i] = 0;
  }
  if (thread == 0 && first_bad[tile] == fine) first_bad[tile] = -1;
}

}  // namespace gpst::cuda
