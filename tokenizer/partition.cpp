#include "tokenizer/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "tokenizer/region_complexity.h"

namespace gpst {
namespace {

struct Valued {
  Region region;
  double value = 0;
};

struct ValuedHalves {
  Valued first;
  Valued second;
  double least() const { return std::min(first.value, second.value); }
};

constexpr double kDuplicateValue = 1'000'000;  // of the published program

class Splitter {
 public:
  Splitter(RegionComplexity complexity, const PartitionOptions& options)
      : complexity_(std::move(complexity)), options_(options) {}

  std::vector<Valued> split(const Region& whole) {
    list_.push_back({whole, complexity_(whole)});
    while (list_.size() < static_cast<size_t>(options_.tokens)) {
      sort();
      const auto next = std::find_if(list_.begin(), list_.end(), [this](const Valued& v) {
        return can_be_cut(v.region, options_.minhw);
      });
      const ValuedHalves halves = next == list_.end() ? duplicate() : cut(next->region);
      if (next != list_.end()) list_.erase(next);
      list_.push_back(halves.first);
      list_.push_back(halves.second);
    }
    return std::move(list_);
  }

 private:
  // Stable, by value, descending. All but the last two are in order already.
  void sort() {
    for (size_t sorted = list_.size() - std::min<size_t>(list_.size(), 2); sorted < list_.size();
         ++sorted) {
      const auto newest = list_.begin() + static_cast<ptrdiff_t>(sorted);
      const auto place =
          std::upper_bound(list_.begin(), newest, *newest,
                           [](const Valued& a, const Valued& b) { return a.value > b.value; });
      std::rotate(place, newest, newest + 1);
    }
  }

  ValuedHalves cut(const Region& region) {
    if (region.width() > region.height()) return evaluate(cut_left_right(region));
    last_rows_ = evaluate(cut_top_bottom(region));
    if (region.width() < region.height()) return *last_rows_;
    const ValuedHalves columns = evaluate(cut_left_right(region));
    const double left_right = columns.least(), top_bottom = last_rows_->least();
    const bool cut_width = options_.square_tie == SquareTie::width ? left_right <= top_bottom
                                                                   : left_right < top_bottom;
    return cut_width ? columns : *last_rows_;
  }

  ValuedHalves evaluate(const Halves& halves) {
    return {{halves.first, complexity_(halves.first)}, {halves.second, complexity_(halves.second)}};
  }

  // What the published program does by accident when nothing can be cut.
  ValuedHalves duplicate() const {
    if (!options_.allow_duplicates || !last_rows_) {
      throw InputError(fmt::format("partition: {} tokens asked, at most {} fit (minhw {})",
                                   options_.tokens, list_.size(), options_.minhw));
    }
    return {{last_rows_->first.region, kDuplicateValue},
            {last_rows_->second.region, kDuplicateValue}};
  }

  RegionComplexity complexity_;
  const PartitionOptions& options_;
  std::vector<Valued> list_;
  std::optional<ValuedHalves> last_rows_;  // the newest cut into top and bottom, taken or not
};

void check(const PartitionOptions& options, int width, int height) {
  if (options.tokens < 1) {
    throw InputError(
        fmt::format("partition: {} tokens asked, expected at least 1", options.tokens));
  }
  if (options.minhw < 0) {
    throw InputError(fmt::format("partition: minhw is {}, expected at least 0", options.minhw));
  }
  if (!std::isfinite(options.exponent) || options.exponent < 0) {
    throw InputError(fmt::format(
        "partition: exponent is {}, expected a finite number of at least 0", options.exponent));
  }
  if (options.allow_duplicates) return;
  const int most = max_regions(width, height, options.minhw);
  if (options.tokens > most) {
    throw InputError(fmt::format(
        "partition: {} tokens asked, at most {} fit into {} x {} pixels (minhw {}); ask "
        "for fewer or allow duplicates",
        options.tokens, most, width, height, options.minhw));
  }
}

using CountOfSize = std::map<std::pair<int, int>, int>;

int count_regions(std::pair<int, int> size, int minhw, CountOfSize& known) {
  const auto [shorter, longer] = size;
  if (longer - 1 <= minhw) return 1;
  if (const auto it = known.find(size); it != known.end()) return it->second;
  const auto half_count = [&, shorter = shorter](int half) {
    return count_regions(std::minmax({half, shorter}), minhw, known);
  };
  return known[size] = half_count(longer / 2) + half_count(longer - longer / 2);
}

}  // namespace

Partition partition_tile(std::span<const float> grey, int width, int height,
                         const PartitionOptions& options, std::span<const float> bias) {
  RegionComplexity complexity(grey, width, height, options.exponent, bias);
  check(options, width, height);
  Splitter splitter(std::move(complexity), options);
  Partition partition;
  for (const Valued& v : splitter.split(whole_tile(width, height))) {
    partition.regions.push_back(v.region);
    partition.complexity.push_back(v.value);
  }
  return partition;
}

int max_regions(int width, int height, int minhw) {
  // A square can be cut either way, with mirrored results: counting by shorter and longer side is
  // exact, and the number does not depend on the picture.
  CountOfSize known;
  return count_regions(std::minmax({width, height}), minhw, known);
}

int smallest_side(int side, int minhw) {
  while (side - 1 > minhw) side /= 2;
  return side;
}

}  // namespace gpst
