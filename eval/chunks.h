// Work on all pictures of a set: chunks of consecutive pictures are decoded and worked on by worker
// threads and handed over in their order, so that what is summed up over them does not depend on
// the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/progress.h"
#include "eval/picture_set.h"
#include "nn/libtorch_threads.h"
#include "nn/worker_pool.h"

namespace gpst {

inline constexpr int64_t kChunkPictures = 8;

struct ChunkOptions {
  int threads = 1;
  int64_t pictures = kChunkPictures;  // of a chunk
  Progress* progress = nullptr;       // told of each picture handed over
};

// A picture of a chunk, decoded, or why it could not be.
struct LoadedPicture {
  int64_t index = 0;
  std::string name;
  std::string location;
  std::optional<Picture8> picture;
  std::string reason;  // of a picture that could not be read
};

// Two pictures of the same number in two sets.
struct LoadedPair {
  LoadedPicture a, b;
};

LoadedPicture load_picture(const PendingPicture& pending);

namespace chunks_detail {

// The jobs of `count` pictures, a chunk each, from next(): run on workers, two a thread under way,
// their results handed to `take` in order, on the calling thread.
template <class Result>
void run_in_order(int64_t count, const ChunkOptions& options,
                  const std::function<std::function<Result()>()>& next,
                  const std::function<void(int64_t first, Result)>& take) {
  const LibtorchThreads one_each(1);
  WorkerPool pool(options.threads);
  std::deque<std::future<Result>> under_way;
  int64_t taken = 0;
  const auto take_oldest = [&] {
    Result result = under_way.front().get();
    under_way.pop_front();
    const int64_t here = std::min(options.pictures, count - taken);
    take(taken, std::move(result));
    taken += here;
    if (options.progress) options.progress->advance(here);
  };
  for (int64_t first = 0; first < count; first += options.pictures) {
    throw_if_interrupted();
    under_way.push_back(pool.submit(next()));
    if (static_cast<int>(under_way.size()) >= 2 * options.threads) take_oldest();
  }
  while (!under_way.empty()) take_oldest();
}

}  // namespace chunks_detail

// make(pictures) on workers, each computing with one LibTorch thread; take(first, result) on the
// calling thread, first being the number of the chunk's first picture. Errors of either end it.
template <class Result>
void for_each_chunk(const PictureSet& set, const ChunkOptions& options,
                    const std::function<Result(std::span<const LoadedPicture>)>& make,
                    const std::function<void(int64_t first, Result)>& take) {
  PictureCursor cursor = set.cursor();
  const std::function<std::function<Result()>()> next = [&] {
    return [pending = cursor.next(options.pictures), &make] {
      std::vector<LoadedPicture> loaded;
      for (const PendingPicture& picture : pending) loaded.push_back(load_picture(picture));
      return make(loaded);
    };
  };
  chunks_detail::run_in_order<Result>(set.size(), options, next, take);
}

// The same for two sets of one size in lockstep. std::logic_error when their sizes differ.
template <class Result>
void for_each_pair_chunk(const PictureSet& a, const PictureSet& b, const ChunkOptions& options,
                         const std::function<Result(std::span<const LoadedPair>)>& make,
                         const std::function<void(int64_t first, Result)>& take) {
  if (a.size() != b.size()) throw std::logic_error("pairs of two sets that differ in size");
  PictureCursor cursor_a = a.cursor(), cursor_b = b.cursor();
  const std::function<std::function<Result()>()> next = [&] {
    return [pending_a = cursor_a.next(options.pictures),
            pending_b = cursor_b.next(options.pictures), &make] {
      std::vector<LoadedPair> loaded;
      for (size_t i = 0; i < pending_a.size(); ++i) {
        loaded.push_back({load_picture(pending_a[i]), load_picture(pending_b[i])});
      }
      return make(loaded);
    };
  };
  chunks_detail::run_in_order<Result>(a.size(), options, next, take);
}

}  // namespace gpst
