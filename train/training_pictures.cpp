#include "train/training_pictures.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "tokenizer/grey.h"
#include "tokenizer/layout.h"
#include "tokenizer/partition_setup.h"

namespace gpst {
namespace {

std::span<float> floats_of(at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

}  // namespace

TrainingPictures::TrainingPictures(PictureSource source, const TokenizerOptions& tokenizer,
                                   ResizeMode mode, int64_t cache_bytes, Log& log)
    : source_(std::move(source)),
      tokenizer_(tokenizer),
      mode_(mode),
      health_(static_cast<size_t>(source_.size())),
      cache_left_(cache_bytes),
      log_(log) {}

bool TrainingPictures::reserve(int64_t bytes) {
  if (cache_left_.fetch_sub(bytes) >= bytes) return true;
  cache_left_.fetch_add(bytes);
  return false;
}

const Picture8& TrainingPictures::decoded(Shelf& shelf, int64_t index) {
  if (const auto it = shelf.kept.find(index); it != shelf.kept.end() && it->second.crop) {
    return *it->second.crop;
  }
  if (shelf.last_index == index) return shelf.last;
  Picture8 fresh = preprocess(source_.load(index, {}),
                              {.size = static_cast<int>(tokenizer_.tile_side()), .mode = mode_});
  if (reserve(static_cast<int64_t>(fresh.rgb.size()) + kEntryBytes)) {
    return shelf.kept[index].crop.emplace(std::move(fresh));
  }
  shelf.last_index = index;
  return shelf.last = std::move(fresh);
}

Picture8 TrainingPictures::crop(const PictureRequest& request) {
  Shelf& shelf = shelf_of(request.index);
  const std::lock_guard lock(shelf.mutex);
  const Picture8& picture = decoded(shelf, request.index);
  return request.flip ? mirror(picture) : picture;
}

bool TrainingPictures::is_bad(int64_t index) {
  Shelf& shelf = shelf_of(index);
  const std::lock_guard lock(shelf.mutex);
  Health& health = health_[static_cast<size_t>(index)];
  if (health != Health::unknown) return health == Health::bad;
  const auto reject = [&](const Error& error) {
    health = Health::bad;
    ++rejected_;
    log_.warn(fmt::format("{}: left out of training: {}", source_.location(index), error.what()));
  };
  try {
    decoded(shelf, index);
    health = Health::good;
  } catch (const InputError& error) {
    reject(error);
  } catch (const IoError& error) {
    reject(error);
  }
  return health == Health::bad;
}

int64_t TrainingPictures::readable(const std::vector<int64_t>& pool, int64_t place) {
  const auto size = static_cast<int64_t>(pool.size());
  for (int64_t i = 0; i < size; ++i) {
    const int64_t index = pool[static_cast<size_t>((place + i) % size)];
    if (!is_bad(index)) return index;
  }
  throw InputError(fmt::format("none of the {} pictures can be read", size));
}

Partition TrainingPictures::partition_of(const PictureRequest& request,
                                         std::span<const float> chw) {
  const int side = static_cast<int>(tokenizer_.tile_side());
  Shelf& shelf = shelf_of(request.index);
  {
    const std::lock_guard lock(shelf.mutex);
    if (const auto it = shelf.kept.find(request.index); it != shelf.kept.end()) {
      Partition partition;
      for (const CompactRegion& r : it->second.regions[request.flip]) {
        partition.regions.push_back({r.x0, r.y0, r.x1, r.y1});
      }
      if (!partition.regions.empty()) return partition;
    }
  }
  const Partition partition =
      partition_tile(grey_of(chw, side, side), side, side, partition_options(tokenizer_.gps));
  std::vector<CompactRegion> compact;
  for (const Region& r : partition.regions) {
    compact.push_back({static_cast<uint16_t>(r.x0), static_cast<uint16_t>(r.y0),
                       static_cast<uint16_t>(r.x1), static_cast<uint16_t>(r.y1)});
  }
  if (reserve(static_cast<int64_t>(compact.size() * sizeof(CompactRegion)) + kEntryBytes)) {
    const std::lock_guard lock(shelf.mutex);
    shelf.kept[request.index].regions[request.flip] = std::move(compact);
  }
  return partition;
}

PictureBatch TrainingPictures::batch(const std::vector<PictureRequest>& requests, int threads) {
  const int64_t side = tokenizer_.tile_side();
  const auto count = static_cast<int64_t>(requests.size());
  PictureBatch batch;
  batch.pictures = at::empty({count, 3, side, side}, at::kFloat);
  std::vector<Partition> partitions(requests.size());
  parallel_for(count, threads, [&](int64_t i, int) {
    const PictureRequest& request = requests[static_cast<size_t>(i)];
    at::Tensor picture = batch.pictures[i];  // [3,S,S] view
    to_float_chw(crop(request), floats_of(picture));
    partitions[static_cast<size_t>(i)] = partition_of(request, floats_of(picture));
  });
  const TileSize tile{static_cast<int>(side), static_cast<int>(side)};
  const SigmaInit init = tokenizer_.gps.gps_sigma_init;
  batch.initial = initial_gaussians(partitions, tile, init).values();
  batch.regions = region_boxes(partitions, tile);
  return batch;
}

}  // namespace gpst
