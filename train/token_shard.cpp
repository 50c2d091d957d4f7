#include "train/token_shard.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/interrupt.h"
#include "layout_gen/layout_transform.h"
#include "ops/token_columns.h"
#include "texture_gen/texture_target.h"
#include "train/token_dataset.h"

namespace gpst {
namespace {

class Statistics {
 public:
  explicit Statistics(int64_t channels)
      : texture_(channels), layout_(kGeometry), initial_(kGeometry) {}

  void add(const at::Tensor& tokens /*[N,l,5+c]*/, const at::Tensor& initial /*[N,l,5]*/) {
    texture_.add(texture_values(tokens, initial));
    layout_.add(layout_values(initial));
    initial_.add(initial);
  }
  TokenStatistics result() const {
    return {texture_.statistics(), layout_.statistics(), initial_.deviations()};
  }

 private:
  ChannelAccumulator texture_, layout_, initial_;
};

// Tokens and initial Gaussians of some pictures, to become one tensor each.
struct Columns {
  std::vector<at::Tensor> tokens, initial;

  void add(const EncodedPicture& picture) {
    tokens.push_back(picture.tokens.values());
    initial.push_back(picture.initial.values());
  }
};

}  // namespace

std::string shard_name(int64_t shard) { return fmt::format("tokens_{:05}.safetensors", shard); }

NamedTensors shard_tensors(const std::vector<ExtractedPicture>& pictures, DType dtype) {
  Columns plain, mirrored;
  std::vector<int64_t> ids;
  std::vector<int32_t> labels;
  for (const ExtractedPicture& picture : pictures) {
    if (!picture.plain) continue;
    ids.push_back(picture.id);
    labels.push_back(static_cast<int32_t>(picture.label));
    plain.add(*picture.plain);
    if (picture.mirrored) mirrored.add(*picture.mirrored);
  }
  if (ids.empty()) return {};
  const at::ScalarType type = scalar_type_of(dtype);
  NamedTensors tensors = {{shard_tensor::kTokens, at::cat(plain.tokens).to(type)},    // [N,l,5+c]
                          {shard_tensor::kInitial, at::cat(plain.initial).to(type)},  // [N,l,5]
                          {shard_tensor::kLabels, at::tensor(labels, at::kInt)},      // [N]
                          {shard_tensor::kIds, at::tensor(ids, at::kLong)}};          // [N]
  if (!mirrored.tokens.empty()) {
    tensors.emplace_back(shard_tensor::kTokensFlip, at::cat(mirrored.tokens).to(type));
    tensors.emplace_back(shard_tensor::kInitialFlip, at::cat(mirrored.initial).to(type));
  }
  return tensors;
}

TokenStatistics statistics_of_shards(const std::filesystem::path& folder, const TokenIndex& index) {
  Statistics statistics(index.channels);
  for (const ShardEntry& entry : index.shards) {
    throw_if_interrupted();
    const auto file = SafetensorsFile::open((folder / entry.name).string());
    const auto tensor = [&](const char* name) { return to_tensor_f32(file.get(name)); };
    statistics.add(tensor(shard_tensor::kTokens), tensor(shard_tensor::kInitial));
    if (index.flips) {
      statistics.add(tensor(shard_tensor::kTokensFlip), tensor(shard_tensor::kInitialFlip));
    }
  }
  return statistics.result();
}

std::unordered_set<int64_t> ids_of_shards(const std::filesystem::path& folder,
                                          const TokenIndex& index) {
  std::unordered_set<int64_t> ids;
  for (const ShardEntry& entry : index.shards) {
    const auto file = SafetensorsFile::open((folder / entry.name).string());
    const std::vector<int64_t> here = to_int64(file.get(shard_tensor::kIds));
    ids.insert(here.begin(), here.end());
  }
  return ids;
}

}  // namespace gpst
