#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/library.h>

#include <bit>
#include <map>
#include <mutex>
#include <tuple>

#include "cuda/partition.h"
#include "ops/check.h"
#include "ops/cuda/kernels.h"
#include "ops/cuda/stream.h"
#include "ops/partition_regions_ops.h"

namespace gpst {
namespace {

// A graph and the terms of the entropy on a device.
struct DeviceTables {
  at::Tensor nodes;  // [N,8] int32, PartitionNode
  at::Tensor terms;  // [4097] float64
  int64_t cuttable, most_regions;
  bool has_rows;
};

struct TileKind {
  c10::Device device;
  int64_t width, height, minhw, tokens;

  auto key() const {
    return std::tuple(device.type(), device.index(), width, height, minhw, tokens);
  }
  bool operator<(const TileKind& other) const { return key() < other.key(); }
};

DeviceTables make_tables(const TileKind& kind) {
  static_assert(sizeof(cuda::PartitionNode) == 8 * sizeof(int32_t));
  const cuda::PartitionGraph graph =
      cuda::partition_graph(static_cast<int>(kind.width), static_cast<int>(kind.height),
                            static_cast<int>(kind.minhw), static_cast<int>(kind.tokens));
  const std::vector<double> terms = cuda::entropy_terms();
  at::Tensor nodes = at::empty({std::ssize(graph.nodes), 8}, at::kInt);
  std::memcpy(nodes.mutable_data_ptr(), graph.nodes.data(),
              graph.nodes.size() * sizeof(cuda::PartitionNode));
  return {nodes.to(kind.device), at::tensor(terms, at::kDouble).to(kind.device), graph.cuttable,
          graph.most_regions, graph.has_rows};
}

// Made once for each kind of tile and kept: captured graphs hold their addresses. Token counts
// share the table of the next power of two, so there are few.
const DeviceTables& tables_of(const at::Tensor& grey, int64_t minhw, int64_t tokens) {
  static std::mutex mutex;
  static auto& known = *new std::map<TileKind, DeviceTables>;  // outlives the CUDA runtime
  const auto shared_tokens = static_cast<int64_t>(
      std::min(std::bit_ceil(static_cast<uint64_t>(tokens)), uint64_t{1} << 30));
  const TileKind kind = {grey.device(), grey.size(2), grey.size(1), minhw, shared_tokens};
  const std::lock_guard lock(mutex);
  auto found = known.find(kind);
  if (found == known.end()) found = known.emplace(kind, make_tables(kind)).first;
  return found->second;
}

// The host's rule (tokenizer/partition.cpp): how many regions fit does not depend on the picture.
void check_fits(const at::Tensor& grey, const DeviceTables& tables, int64_t tokens, int64_t minhw,
                bool allow_duplicates) {
  if (tokens <= tables.most_regions || (allow_duplicates && tables.has_rows)) return;
  refuse("partition",
         fmt::format("{} tokens asked, at most {} fit into {} x {} pixels (minhw {}){}", tokens,
                     tables.most_regions, grey.size(2), grey.size(1), minhw,
                     allow_duplicates ? "" : "; ask for fewer or allow duplicates"));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> partition_regions_cuda(
    const at::Tensor& grey_in, int64_t tokens, int64_t minhw, double exponent, bool width_on_tie,
    bool allow_duplicates, const std::optional<at::Tensor>& bias_in) {
  ops::check_partition_regions(grey_in, tokens, minhw, bias_in);
  const OpStream stream(grey_in);
  const at::Tensor grey = grey_in.contiguous();                            // [T,H,W]
  const at::Tensor bias = bias_in ? bias_in->contiguous() : at::Tensor();  // [T,H,W]
  const DeviceTables& tables = tables_of(grey, minhw, tokens);
  check_fits(grey, tables, tokens, minhw, allow_duplicates);
  auto [regions, counts, first_bad] = ops::empty_partition(grey, tokens, allow_duplicates);

  const cuda::PartitionTiles tiles = {.grey = grey.const_data_ptr<float>(),
                                      .bias = bias_in ? bias.const_data_ptr<float>() : nullptr,
                                      .tiles = grey.size(0),
                                      .width = grey.size(2),
                                      .height = grey.size(1)};
  const cuda::PartitionTables graph = {
      .nodes = reinterpret_cast<const cuda::PartitionNode*>(tables.nodes.const_data_ptr<int32_t>()),
      .node_count = tables.nodes.size(0),
      .cuttable = tables.cuttable,
      .terms = tables.terms.const_data_ptr<double>()};
  const cuda::PartitionRule rule = {.tokens = tokens,
                                    .exponent = exponent,
                                    .width_on_tie = width_on_tie,
                                    .allow_duplicates = allow_duplicates};
  const at::Tensor scratch = at::empty({cuda::partition_scratch_bytes(tiles, graph, rule)},
                                       grey.options().dtype(at::kByte));
  cuda::partition_tiles(tiles, graph, rule,
                        {.regions = regions.mutable_data_ptr<int32_t>(),
                         .complexity = nullptr,
                         .counts = counts.mutable_data_ptr<int32_t>(),
                         .first_bad = first_bad.mutable_data_ptr<int32_t>()},
                        scratch.mutable_data_ptr(), stream.get());
  return {regions, counts, first_bad};
}

}  // namespace

void add_partition_regions(torch::Library& library) {
  library.impl("partition_regions", partition_regions_cuda);
}

}  // namespace gpst
