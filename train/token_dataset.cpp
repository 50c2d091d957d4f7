#include "train/token_dataset.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "nn/weights.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

void check_shape(const SafetensorsFile& file, const char* name, const std::vector<int64_t>& shape) {
  const TensorView& tensor = file.get(name);
  if (tensor.shape != shape) {
    throw InputError(fmt::format("{}: '{}' has shape [{}], the index says [{}]; extract again",
                                 file.path(), name, fmt::join(tensor.shape, ","),
                                 fmt::join(shape, ",")));
  }
}

void check_shard(const SafetensorsFile& file, const ShardEntry& entry, const TokenIndex& index) {
  check_shape(file, shard_tensor::kTokens, {entry.count, index.tokens, index.channels});
  check_shape(file, shard_tensor::kInitial, {entry.count, index.tokens, kGeometry});
  check_shape(file, shard_tensor::kLabels, {entry.count});
  if (index.flips) {
    check_shape(file, shard_tensor::kTokensFlip, {entry.count, index.tokens, index.channels});
    check_shape(file, shard_tensor::kInitialFlip, {entry.count, index.tokens, kGeometry});
  }
}

// Row `position` of a tensor [N,...] as float32.
at::Tensor row_of(const SafetensorsFile& file, const char* name, int64_t position) {
  TensorView row = file.get(name);
  const size_t bytes = row.bytes.size() / static_cast<size_t>(row.shape[0]);
  row.bytes = row.bytes.subspan(static_cast<size_t>(position) * bytes, bytes);
  row.shape[0] = 1;
  return to_tensor_f32(row);  // [1,...]
}

}  // namespace

TokenDataset TokenDataset::open(const std::filesystem::path& folder) {
  TokenDataset data;
  data.index_ = read_token_index(folder);
  if (!data.index_.complete) {
    throw InputError(fmt::format(
        "{}: the extraction is not finished; run the same 'gpstoken extract' again, it goes on "
        "where it stopped",
        folder.string()));
  }
  for (const ShardEntry& entry : data.index_.shards) {
    data.shards_.push_back(SafetensorsFile::open((folder / entry.name).string()));
    check_shard(data.shards_.back(), entry, data.index_);
    const std::vector<int64_t> labels = to_int64(data.shards_.back().get(shard_tensor::kLabels));
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] < 0 || labels[i] >= data.index_.classes) {
        throw InputError(fmt::format("{}: label {} of row {} is not in [0,{})",
                                     data.shards_.back().path(), labels[i], i,
                                     data.index_.classes));
      }
      data.rows_.push_back(
          {static_cast<int32_t>(data.shards_.size() - 1), static_cast<int32_t>(i), labels[i]});
    }
  }
  if (data.rows_.empty()) throw InputError(folder.string() + ": no tokens in any shard");
  return data;
}

TokenBatch TokenDataset::batch(const std::vector<TokenRow>& rows) const {
  TokenBatch batch;
  std::vector<at::Tensor> tokens, initial;
  for (const TokenRow& wanted : rows) {
    const Row& row = rows_[static_cast<size_t>(wanted.index)];
    const SafetensorsFile& shard = shards_[static_cast<size_t>(row.shard)];
    tokens.push_back(row_of(shard, wanted.flip ? shard_tensor::kTokensFlip : shard_tensor::kTokens,
                            row.position));
    initial.push_back(row_of(
        shard, wanted.flip ? shard_tensor::kInitialFlip : shard_tensor::kInitial, row.position));
    batch.labels.push_back(row.label);
  }
  batch.tokens = at::cat(tokens);    // [B,l,5+c]
  batch.initial = at::cat(initial);  // [B,l,5]
  return batch;
}

}  // namespace gpst
