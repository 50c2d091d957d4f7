#include "eval/pairing.h"

#include <fmt/format.h>

#include <numeric>
#include <unordered_map>

#include "base/error.h"

namespace gpst {
namespace {

using Numbers = std::unordered_map<std::string, int64_t>;

Numbers numbers_by_name(const PictureSet& set) {
  Numbers numbers;
  for (int64_t i = 0; i < set.size(); ++i) {
    const auto [known, is_new] = numbers.emplace(set.name(i), i);
    if (!is_new) {
      throw InputError(fmt::format("{} and {} have the same name; pairs are found by name",
                                   set.location(known->second), set.location(i)));
    }
  }
  return numbers;
}

MatchedSets match_by_number(const PictureSet& a, const PictureSet& b) {
  if (a.size() != b.size()) {
    throw InputError(fmt::format(
        "{} pictures from {} on and {} from {} on: pictures of an npz are paired by their number, "
        "so both sides must have as many",
        a.size(), a.location(0), b.size(), b.location(0)));
  }
  return {a, b, {}};
}

}  // namespace

MatchedSets match_pictures(const PictureSet& a, const PictureSet& b) {
  if (a.has_archives() || b.has_archives() || (a.size() == 1 && b.size() == 1)) {
    return match_by_number(a, b);
  }
  const Numbers in_a = numbers_by_name(a), in_b = numbers_by_name(b);
  std::vector<int64_t> of_a, of_b;
  std::vector<UnmatchedPicture> unmatched;
  for (int64_t i = 0; i < a.size(); ++i) {
    const auto found = in_b.find(a.name(i));
    if (found == in_b.end()) {
      unmatched.push_back({a.location(i), "the second set has no picture of this name"});
    } else {
      of_a.push_back(i);
      of_b.push_back(found->second);
    }
  }
  for (int64_t i = 0; i < b.size(); ++i) {
    if (in_a.contains(b.name(i))) continue;
    unmatched.push_back({b.location(i), "the first set has no picture of this name"});
  }
  if (of_a.empty()) {
    throw InputError(
        fmt::format("no picture of the two sets has the same name (without extension): the first "
                    "has '{}', the second '{}'",
                    a.name(0), b.name(0)));
  }
  return {a.select(of_a), b.select(of_b), std::move(unmatched)};
}

}  // namespace gpst
