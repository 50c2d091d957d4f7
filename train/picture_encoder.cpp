#include "train/picture_encoder.h"

#include <optional>
#include <span>
#include <utility>

#include "base/error.h"
#include "image/picture_source.h"
#include "nn/batch_pipeline.h"
#include "nn/worker_threads.h"
#include "sampler/tokenizer_batches.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

// A picture on its way through a device: as it is, then mirrored where that is asked for.
struct Loaded {
  ExtractedPicture result = {};
  std::vector<at::Tensor> ways = {};  // [3,S,S] each; none where it cannot be read
};

Picture8 crop_of(const ExtractJob& job, const ExtractOptions& options, int64_t id) {
  const auto side = static_cast<int>(job.tokenizer.options().tile_side());
  return preprocess(job.source.load(id, {}), {.size = side, .mode = options.resize});
}

// `use` gets the crop; a picture that cannot be read costs itself only.
template <class Use>
void read_or_reject(const ExtractJob& job, const ExtractOptions& options, ExtractedPicture& result,
                    const Use& use) {
  try {
    use(crop_of(job, options, result.id));
  } catch (const InputError& error) {
    result.reason = error.what();
  } catch (const IoError& error) {
    result.reason = error.what();
  }
}

Loaded load(const ExtractJob& job, const ExtractOptions& options, size_t place) {
  Loaded loaded{.result = {.id = job.positions[place], .label = job.labels[place]}};
  read_or_reject(job, options, loaded.result, [&](const Picture8& crop) {
    loaded.ways.push_back(picture_tensor(crop));
    if (options.flips) loaded.ways.push_back(picture_tensor(mirror(crop)));
  });
  return loaded;
}

std::vector<ExtractedPicture> results_of(std::span<const Loaded> pictures,
                                         std::vector<BatchedPicture> made) {
  std::vector<ExtractedPicture> results;
  auto next = made.begin();
  for (const Loaded& picture : pictures) {
    ExtractedPicture result = picture.result;
    for (size_t way = 0; way < picture.ways.size(); ++way, ++next) {
      if (!next->problem.empty()) result.reason = next->problem;
      (way == 0 ? result.plain : result.mirrored) = std::move(next->encoded);
    }
    if (!result.reason.empty()) result.plain.reset();
    results.push_back(std::move(result));
  }
  return results;
}

Pending<ExtractedPicture> start(TokenizerBatches& batches, std::span<const Loaded> pictures,
                                const EncodeOptions& options) {
  std::vector<at::Tensor> values;
  for (const Loaded& picture : pictures) {
    values.insert(values.end(), picture.ways.begin(), picture.ways.end());
  }
  return [pictures, pending = batches.encode(values, options)] {
    return results_of(pictures, pending());
  };
}

}  // namespace

std::vector<ExtractedPicture> PictureEncoder::encode(int64_t first, int64_t count,
                                                     const std::function<void()>& done) const {
  std::vector<ExtractedPicture> pictures(static_cast<size_t>(count));
  if (options_.batch_size > 1) {
    encode_in_batches(first, pictures, done);
    return pictures;
  }
  for_each_on_workers(count, options_.threads, [&](int64_t i, int) {
    pictures[static_cast<size_t>(i)] = encode_one(static_cast<size_t>(first + i));
    done();
  });
  return pictures;
}

ExtractedPicture PictureEncoder::encode_one(size_t place) const {
  ExtractedPicture result{.id = job_.positions[place], .label = job_.labels[place]};
  const auto encode = [&](const Picture8& picture) {
    return job_.tokenizer.encode(picture_tensor(picture), {.tokens = options_.tokens});
  };
  read_or_reject(job_, options_, result, [&](const Picture8& crop) {
    if (options_.flips) result.mirrored = encode(mirror(crop));
    result.plain = encode(crop);
  });
  return result;
}

void PictureEncoder::encode_in_batches(int64_t first, std::vector<ExtractedPicture>& pictures,
                                       const std::function<void()>& done) const {
  TokenizerBatches batches(job_.tokenizer);
  run_pipeline<Loaded, ExtractedPicture>(
      {.load = [&](int64_t i) { return load(job_, options_, static_cast<size_t>(first + i)); },
       .start =
           [&](std::span<const Loaded> loaded) {
             return start(batches, loaded, {.tokens = options_.tokens});
           },
       .finish =
           [&](int64_t i, const Loaded&, const ExtractedPicture& made) {
             pictures[static_cast<size_t>(i)] = made;
             done();
           }},
      {.count = static_cast<int64_t>(pictures.size()),
       .batch = options_.batch_size,
       .threads = options_.threads});
}

}  // namespace gpst
