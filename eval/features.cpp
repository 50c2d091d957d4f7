#include "eval/features.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/core.h>

#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "eval/chunks.h"
#include "eval/inception_graph.h"
#include "eval/picture_set.h"

namespace gpst {
namespace {

// In a chunk for a CUDA device. The CPU's chunks have one size always, so that its numbers do not
// change.
constexpr int64_t kDevicePictures = 32;

struct Rejected {
  int64_t index = 0;
  std::string reason;
};

// A picture of the set and its size, for messages.
struct Sized {
  int64_t index = 0;
  int width = 0, height = 0;
  bool same_size(const Sized& other) const {
    return width == other.width && height == other.height;
  }
};

// What a worker makes of a chunk. On a CUDA device the features are still to come.
struct Chunk {
  std::vector<Rejected> rejected;
  std::vector<Sized> sizes;  // of the first picture, and of the first that differs from it
  at::Tensor pictures;       // [n,H,W,3] uint8 of those that can be read; undefined for two sizes
  InceptionFeatures features;
};

at::Tensor stacked(const std::vector<const Picture8*>& pictures) {
  const Picture8& first = *pictures.front();
  const at::Tensor stack =
      at::empty({std::ssize(pictures), first.height, first.width, 3}, at::kByte);
  uint8_t* next = stack.mutable_data_ptr<uint8_t>();
  for (const Picture8* each : pictures) {
    std::memcpy(next, each->rgb.data(), each->rgb.size());
    next += each->rgb.size();
  }
  return stack;
}

Chunk chunk_of(std::span<const LoadedPicture> loaded) {
  Chunk chunk;
  std::vector<const Picture8*> pictures;
  for (const LoadedPicture& each : loaded) {
    if (!each.picture) {
      chunk.rejected.push_back({each.index, each.reason});
      continue;
    }
    pictures.push_back(&*each.picture);
    const Sized here{each.index, each.picture->width, each.picture->height};
    if (chunk.sizes.empty() || !here.same_size(chunk.sizes.front())) chunk.sizes.push_back(here);
  }
  if (chunk.sizes.size() == 1) chunk.pictures = stacked(pictures);
  return chunk;
}

// [N,width] with room for every picture of the set, filled from the top.
class Rows {
 public:
  Rows(bool wanted, int64_t capacity, int64_t width) {
    if (wanted) rows_ = at::empty({capacity, width});
  }
  void add(const at::Tensor& rows /* [n,width] */) {
    if (!rows_.defined()) return;
    rows_.narrow(0, count_, rows.size(0)).copy_(rows);
    count_ += rows.size(0);
  }
  at::Tensor result() const { return rows_.defined() ? rows_.narrow(0, 0, count_) : rows_; }

 private:
  at::Tensor rows_;
  int64_t count_ = 0;
};

class Extraction {
 public:
  Extraction(const PictureSet& pictures, const Inception& inception, const FeatureOptions& options)
      : pictures_(pictures),
        inception_(inception),
        options_(options),
        pool_rows_(options.request.pool_rows, pictures.size(), kInceptionFeatures),
        logits_(options.request.logits, pictures.size(), kInceptionClasses) {}

  SetFeatures run(Progress& progress) {
    const bool on_device = !inception_.device().is_cpu();
    ChunkOptions chunks{.threads = options_.threads, .progress = &progress};
    if (on_device) chunks.pictures = kDevicePictures;
    for_each_chunk<Chunk>(
        pictures_, chunks,
        [&](std::span<const LoadedPicture> loaded) {
          Chunk chunk = chunk_of(loaded);
          if (!on_device) compute(chunk);
          return chunk;
        },
        [&](int64_t, Chunk chunk) {
          check_sizes(chunk.sizes);
          if (on_device) compute(chunk);
          take(chunk);
        });
    return result();
  }

 private:
  // Safe on any thread.
  void compute(Chunk& chunk) const {
    if (!chunk.pictures.defined()) return;
    const at::NoGradGuard no_grad;
    const at::Tensor pictures = std::exchange(chunk.pictures, {}).to(inception_.device());
    InceptionFeatures& found = chunk.features;
    found = inception_.features(inception_input(pictures, options_.input));
    found = {found.pool.cpu(), found.spatial.cpu(), found.logits.cpu()};
  }

  // Against the first picture of the set.
  void check_sizes(const std::vector<Sized>& sizes) {
    for (const Sized& each : sizes) {
      if (!first_) first_ = each;
      if (each.same_size(*first_)) continue;
      const auto named = [&](const Sized& picture) {
        return fmt::format("{} is {}x{}", pictures_.location(picture.index), picture.width,
                           picture.height);
      };
      throw InputError(
          fmt::format("pictures of one set must have one size: {}, {}; --size N scales and crops "
                      "all to NxN",
                      named(*first_), named(each)));
    }
  }

  void take(const Chunk& chunk) {
    for (const Rejected& each : chunk.rejected) {
      if (options_.on_reject) options_.on_reject(each.index, each.reason);
    }
    const InceptionFeatures& found = chunk.features;
    if (!found.pool.defined()) return;
    pool_.add(found.pool);
    if (options_.request.spatial) spatial_.add(found.spatial);
    pool_rows_.add(found.pool);
    logits_.add(found.logits);
  }

  SetFeatures result() const {
    if (pool_.count() < 2) {
      throw InputError(fmt::format(
          "{} of {} pictures (the first: {}) could be read, and a covariance needs at least two",
          pool_.count(), pictures_.size(), pictures_.location(0)));
    }
    SetFeatures features{.count = pool_.count(),
                         .pool = pool_.result(),
                         .spatial = {},
                         .pool_rows = pool_rows_.result(),
                         .logits = logits_.result()};
    if (options_.request.spatial) features.spatial = spatial_.result();
    return features;
  }

  const PictureSet& pictures_;
  const Inception& inception_;
  const FeatureOptions& options_;
  std::optional<Sized> first_;
  MomentAccumulator pool_{kInceptionFeatures};
  MomentAccumulator spatial_{kInceptionSpatial};
  Rows pool_rows_;
  Rows logits_;
};

}  // namespace

SetFeatures extract_features(const PictureSet& pictures, const Inception& inception,
                             const FeatureOptions& options, Log& log) {
  Progress progress(log, options.label, pictures.size(), {.enabled = options.show_progress});
  return Extraction(pictures, inception, options).run(progress);
}

}  // namespace gpst
