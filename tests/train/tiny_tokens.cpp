#include "tests/train/tiny_tokens.h"

#include "ops/token_columns.h"
#include "train/token_shard.h"

namespace gpst {
namespace {

at::Tensor mirrored_x(at::Tensor tokens, bool mirrored) {
  if (mirrored) tokens.select(2, kX).neg_();
  return tokens;
}

}  // namespace

at::Tensor tiny_initial(int64_t index, bool mirrored) {
  // A 2x2 grid whose sizes tell the class.
  const float sigma = index % 2 == 0 ? 0.25f : 0.5f;
  at::Tensor initial = at::zeros({1, kTinyTokenCount, kGeometry});
  initial.narrow(2, kSigmaX, 2).fill_(sigma);
  for (int64_t i = 0; i < kTinyTokenCount; ++i) {
    initial[0][i][kX] = i % 2 == 0 ? -0.5f : 0.5f;
    initial[0][i][kY] = i / 2 == 0 ? -0.5f : 0.5f;
  }
  return mirrored_x(initial, mirrored);
}

at::Tensor tiny_tokens(int64_t index, bool mirrored) {
  const at::Tensor initial = tiny_initial(index);
  const at::Tensor moved =
      initial + 0.01 * at::sin(at::arange(initial.numel()).view(initial.sizes()) + index);
  const double level = index % 2 == 0 ? 2 : -1;
  const at::Tensor features =
      at::full({1, kTinyTokenCount, kTinyChannels - kGeometry}, level + 0.1 * std::sin(index));
  return mirrored_x(at::cat({moved, features}, 2), mirrored);
}

void write_tiny_tokens(const std::filesystem::path& folder, const TinyTokens& what) {
  std::filesystem::create_directories(folder);
  TokenIndex index;
  index.tokens = kTinyTokenCount;
  index.channels = kTinyChannels;
  index.classes = 2;
  index.flips = what.flips;
  index.dtype = "F32";
  index.resize = "bilinear";
  index.shard_size = what.shard_size;
  index.pictures = what.pictures;
  index.tokenizer_hash = "tokenizer";
  for (int64_t first = 0; first < what.pictures; first += what.shard_size) {
    std::vector<ExtractedPicture> pictures;
    for (int64_t i = first; i < std::min(what.pictures, first + what.shard_size); ++i) {
      ExtractedPicture picture{.id = i, .label = i % 2};
      picture.plain = EncodedPicture{Layout(tiny_initial(i)), Tokens(tiny_tokens(i))};
      if (what.flips) {
        picture.mirrored =
            EncodedPicture{Layout(tiny_initial(i, true)), Tokens(tiny_tokens(i, true))};
      }
      pictures.push_back(std::move(picture));
    }
    const std::string name = shard_name(static_cast<int64_t>(index.shards.size()));
    save_tensors((folder / name).string(), shard_tensors(pictures, DType::f32));
    index.shards.push_back({name, static_cast<int64_t>(pictures.size()), "unchecked"});
  }
  index.statistics = statistics_of_shards(folder, index);
  index.complete = what.complete;
  write_token_index(folder, index);
}

}  // namespace gpst
