#include "train/token_dataset.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

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

void check_labels(const SafetensorsFile& file, int64_t classes) {
  const std::vector<int64_t> labels = to_int64(file.get(shard_tensor::kLabels));
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < classes) continue;
    throw InputError(
        fmt::format("{}: label {} of row {} is not in [0,{})", file.path(), labels[i], i, classes));
  }
}

// Rows are read in a shuffled order: reading ahead, 128 KB around every page, would read twenty
// times what is used. A hint, whose failure changes nothing.
void expect_random_reads(const SafetensorsFile& file) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (const TensorView& tensor : file.tensors()) {
    const auto first = reinterpret_cast<uintptr_t>(tensor.bytes.data()) / page * page;
    const auto end = reinterpret_cast<uintptr_t>(tensor.bytes.data() + tensor.bytes.size());
    madvise(reinterpret_cast<void*>(first), end - first, MADV_RANDOM);
  }
}

// Row `position` of a tensor [N,...], with shape [1,...].
TensorView row_of(const SafetensorsFile& file, const char* name, int64_t position) {
  TensorView row = file.get(name);
  const size_t bytes = row.bytes.size() / static_cast<size_t>(row.shape[0]);
  row.bytes = row.bytes.subspan(static_cast<size_t>(position) * bytes, bytes);
  row.shape[0] = 1;
  return row;
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
    const SafetensorsFile& shard = data.shards_.back();
    check_shard(shard, entry, data.index_);
    check_labels(shard, data.index_.classes);
    expect_random_reads(shard);
    data.ends_.push_back(entry.count + (data.ends_.empty() ? 0 : data.ends_.back()));
  }
  if (data.ends_.empty() || data.ends_.back() == 0) {
    throw InputError(folder.string() + ": no tokens in any shard");
  }
  return data;
}

TokenDataset::Place TokenDataset::place_of(int64_t index) const {
  const auto end = std::ranges::upper_bound(ends_, index);
  if (index < 0 || end == ends_.end()) {
    throw Error(ExitCode::internal, fmt::format("no row {} of {}", index, size()));
  }
  const int64_t first = end == ends_.begin() ? 0 : *(end - 1);
  return {shards_[static_cast<size_t>(end - ends_.begin())], index - first};
}

int64_t TokenDataset::label(int64_t index) const {
  const Place place = place_of(index);
  return to_int64(row_of(place.shard, shard_tensor::kLabels, place.position)).front();
}

TokenBatch TokenDataset::batch(const std::vector<TokenRow>& rows) const {
  TokenBatch batch;
  std::vector<at::Tensor> tokens, initial;
  for (const TokenRow& row : rows) {
    const Place place = place_of(row.index);
    const auto values = [&](const char* plain, const char* flip) {
      return to_tensor_f32(row_of(place.shard, row.flip ? flip : plain, place.position));
    };
    tokens.push_back(values(shard_tensor::kTokens, shard_tensor::kTokensFlip));
    initial.push_back(values(shard_tensor::kInitial, shard_tensor::kInitialFlip));
    batch.labels.push_back(label(row.index));
  }
  batch.tokens = at::cat(tokens);    // [B,l,5+c]
  batch.initial = at::cat(initial);  // [B,l,5]
  return batch;
}

}  // namespace gpst
