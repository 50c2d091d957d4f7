#include "cuda/partition.h"

#include <limits>
#include <string>

#include "base/error.h"
#include "cuda/check_sizes.h"
#include "cuda/partition_select.cuh"
#include "cuda/region_evaluation.cuh"
#include "cuda/simt.h"

namespace gpst::cuda {
namespace {

constexpr const char* kName = "partition_tiles";
constexpr int kPrepareThreads = 256;
constexpr int kPixelsAThread = 8;
constexpr int64_t kMostTokens = 8192;            // a list in shared memory, 16 bytes each
constexpr int64_t kMostSharedBytes = 160 << 10;  // of a block, on every architecture compiled for
constexpr float kLargestGrey = 16;               // of tokenizer/region_complexity
constexpr float kLargestBias = std::numeric_limits<float>::max();

// What one launch leaves for the next.
struct Scratch {
  float* unit;        // [T,height,width]
  double* keys;       // [T,cuttable]
  unsigned* largest;  // [T] bits of the largest |unit|
  SelectedLists lists;
  int64_t bytes;
};

Scratch make_scratch(const PartitionTiles& tiles, const PartitionTables& tables,
                     const PartitionRule& rule, const PartitionResult& result, void* memory) {
  constexpr int64_t kAlignment = 16;
  Scratch scratch = {};
  const auto take = [&]<class T>(T*& array, int64_t count) {
    array = reinterpret_cast<T*>(static_cast<char*>(memory) + scratch.bytes);
    scratch.bytes += div_up(count * static_cast<int64_t>(sizeof(T)), kAlignment) * kAlignment;
  };
  const int64_t elements = tiles.tiles * rule.rows();
  take(scratch.unit, tiles.tiles * tiles.height * tiles.width);
  take(scratch.keys, tiles.tiles * tables.cuttable);
  take(scratch.largest, tiles.tiles);
  take(scratch.lists.nodes, elements);
  take(scratch.lists.orders, elements);
  take(scratch.lists.keys, elements);
  scratch.lists.counts = result.counts;
  scratch.lists.rows = static_cast<int>(rule.rows());
  return scratch;
}

__global__ void __launch_bounds__(kPrepareThreads)
    begin_tiles(int* first_bad, unsigned* largest, int tiles, int fine) {
  const int tile = static_cast<int>(blockIdx.x * kPrepareThreads + threadIdx.x);
  if (tile >= tiles) return;
  first_bad[tile] = fine;
  largest[tile] = 0;
}

// unit = (grey+1)/2 and the checks of the values. Bytes a pixel: 4 read, 4 written, 4 more read of
// a bias. Maxima and minima of integers: their order does not matter.
__global__ void __launch_bounds__(kPrepareThreads)
    prepare_tiles(const float* __restrict__ grey, const float* __restrict__ bias,  // [T,pixels]
                  float* __restrict__ unit,                                        // [T,pixels]
                  int pixels, int fine, int* first_bad, unsigned* largest) {
  const int tile = static_cast<int>(blockIdx.y);
  const int64_t offset = static_cast<int64_t>(tile) * pixels;
  const int begin = static_cast<int>(blockIdx.x) * kPrepareThreads * kPixelsAThread;
  int bad = fine;
  float most = 0;
  for (int k = 0; k < kPixelsAThread; ++k) {
    const int i = begin + k * kPrepareThreads + static_cast<int>(threadIdx.x);
    if (i >= pixels) break;
    const float value = grey[offset + i];
    const float scaled = (value + 1) / 2;
    unit[offset + i] = scaled;
    most = fmaxf(most, fabsf(scaled));
    if (!(fabsf(value) <= kLargestGrey) && i < bad) bad = i;
    if (bias != nullptr) {
      const bool finite = fabsf(bias[offset + i]) <= kLargestBias;
      if (!finite && pixels + i < bad) bad = pixels + i;
    }
  }
  const unsigned warp_most = __reduce_max_sync(kFullMask, __float_as_uint(most));
  const int warp_bad = __reduce_min_sync(kFullMask, bad);
  if (threadIdx.x % kWarp != 0) return;
  atomicMax(largest + tile, warp_most);
  if (warp_bad < fine) atomicMin(first_bad + tile, warp_bad);
}

struct Evaluation {
  const float* unit;        // [T,pixels]
  const float* bias;        // [T,pixels] or null
  const unsigned* largest;  // [T]
  const int* first_bad;     // [T]
  int fine, pixels, width;
  const PartitionNode* nodes;
  const double* terms;
  entropy_math::HalfPower exponent;
};

__device__ __forceinline__ RegionTile region_tile(const Evaluation& evaluation, int tile) {
  const int64_t offset = static_cast<int64_t>(tile) * evaluation.pixels;
  return {evaluation.unit + offset, evaluation.bias != nullptr ? evaluation.bias + offset : nullptr,
          evaluation.width,         __uint_as_float(evaluation.largest[tile]),
          evaluation.terms,         evaluation.exponent};
}

// A block a region that can be cut. Reads its pixels from the caches: 64 x 64 pixels take 4 to 16
// loads of 4 bytes each where the region is larger than that, fewer where it is smaller; writes 8
// bytes. Arithmetic: region_evaluation.cuh.
__global__ void __launch_bounds__(kRegionThreads)
    evaluate_cuttable(Evaluation evaluation, double* __restrict__ keys /*[T,cuttable]*/) {
  GPST_REGION_SCRATCH(scratch);
  const int tile = static_cast<int>(blockIdx.y);
  if (evaluation.first_bad[tile] < evaluation.fine) return;
  const PartitionNode node = evaluation.nodes[blockIdx.x];
  const double key = region_key(region_tile(evaluation, tile), node, scratch);
  if (threadIdx.x == 0) keys[static_cast<int64_t>(tile) * gridDim.x + blockIdx.x] = key;
}

// A block an element of a list; nothing to do for those that can be cut, and for duplicates.
__global__ void __launch_bounds__(kRegionThreads)
    evaluate_leaves(Evaluation evaluation, int cuttable, SelectedLists lists) {
  GPST_REGION_SCRATCH(scratch);
  const int tile = static_cast<int>(blockIdx.y);
  if (static_cast<int>(blockIdx.x) >= lists.counts[tile]) return;
  const int64_t element = static_cast<int64_t>(tile) * lists.rows + blockIdx.x;
  const int number = lists.nodes[element];
  if (number < cuttable || (number & kDuplicate) != 0) return;
  const double key = region_key(region_tile(evaluation, tile), evaluation.nodes[number], scratch);
  if (threadIdx.x == 0) lists.keys[element] = key;
}

void check(const PartitionTiles& tiles, const PartitionTables& tables, const PartitionRule& rule,
           entropy_math::HalfPower& exponent) {
  check_fits_int(kName, "the pixels of a tile", 2 * tiles.height * tiles.width);
  check_fits_int(kName, "the number of regions", tables.node_count);
  if (tiles.tiles > 65535) {
    throw InputError(std::string(kName) + ": at most 65535 tiles in one call, found " +
                     std::to_string(tiles.tiles));
  }
  if (rule.tokens < 1 || rule.tokens > kMostTokens) {
    throw InputError(std::string(kName) + ": tokens must be in [1, " + std::to_string(kMostTokens) +
                     "], found " + std::to_string(rule.tokens));
  }
  if (!entropy_math::is_half_power(rule.exponent, exponent)) {
    throw InputError(std::string(kName) + ": the exponent of the entropy is " +
                     std::to_string(rule.exponent) +
                     "; on CUDA it must be a multiple of 0.5 from 0 to 16, for others the "
                     "partition must run on the CPU");
  }
}

}  // namespace

int64_t partition_scratch_bytes(const PartitionTiles& tiles, const PartitionTables& tables,
                                const PartitionRule& rule) {
  return make_scratch(tiles, tables, rule, {}, nullptr).bytes;
}

void partition_tiles(const PartitionTiles& tiles, const PartitionTables& tables,
                     const PartitionRule& rule, const PartitionResult& result, void* memory,
                     Stream stream) {
  entropy_math::HalfPower exponent;
  check(tiles, tables, rule, exponent);
  if (tiles.tiles == 0) return;
  const Scratch scratch = make_scratch(tiles, tables, rule, result, memory);
  const int pixels = static_cast<int>(tiles.height * tiles.width), fine = 2 * pixels;
  const int cuttable = static_cast<int>(tables.cuttable);
  const auto count = static_cast<unsigned>(tiles.tiles);

  launch("partition begin_tiles", begin_tiles, dim3(div_up(count, unsigned{kPrepareThreads})),
         dim3(kPrepareThreads), 0, stream, result.first_bad, scratch.largest,
         static_cast<int>(count), fine);
  const auto chunks = static_cast<unsigned>(div_up(pixels, kPrepareThreads * kPixelsAThread));
  launch("partition prepare_tiles", prepare_tiles, dim3(chunks, count), dim3(kPrepareThreads), 0,
         stream, tiles.grey, tiles.bias, scratch.unit, pixels, fine, result.first_bad,
         scratch.largest);

  const Evaluation evaluation = {scratch.unit,
                                 tiles.bias,
                                 scratch.largest,
                                 result.first_bad,
                                 fine,
                                 pixels,
                                 static_cast<int>(tiles.width),
                                 tables.nodes,
                                 tables.terms,
                                 exponent};
  launch("partition evaluate_cuttable", evaluate_cuttable,
         dim3(static_cast<unsigned>(cuttable), count), dim3(kRegionThreads), 0, stream, evaluation,
         scratch.keys);

  const int64_t table_bytes = tables.cuttable * static_cast<int64_t>(sizeof(NodeChoice));
  const int64_t list_bytes = rule.rows() * static_cast<int64_t>(sizeof(ListElement));
  const bool staged =
      table_bytes <= tables.shared_bytes && list_bytes + table_bytes <= kMostSharedBytes;
  launch("partition select_regions", select_regions, dim3(count), dim3(kSelectThreads),
         static_cast<size_t>(list_bytes + (staged ? table_bytes : 0)), stream,
         SelectGraph{tables.nodes, cuttable, rule.width_on_tie}, scratch.keys, result.first_bad,
         fine, static_cast<int>(rule.tokens), rule.allow_duplicates, staged, scratch.lists);
  launch("partition evaluate_leaves", evaluate_leaves,
         dim3(static_cast<unsigned>(rule.rows()), count), dim3(kRegionThreads), 0, stream,
         evaluation, cuttable, scratch.lists);
  launch("partition order_regions", order_regions, dim3(count), dim3(kSelectThreads), 0, stream,
         scratch.lists, tables.nodes, reinterpret_cast<int4*>(result.regions), result.complexity,
         result.first_bad, fine);
}

}  // namespace gpst::cuda
